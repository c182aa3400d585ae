//! What an operation is: the traits, the permit, the error catalogue, the codecs.
//!
//! An operation is one file in the crate of its product: a request type and a reply type, both
//! [`Shape`]s, and a [`Spec`]. Everything else is computed from these: [`codec`] turns flat
//! parameters into the request and the reply into JSON or XML, [`Refusal`] words the limits in the
//! product's error codes, and the gate asks [`Authorize::needs`] what the call must be allowed.
//!
//! A handler receives a [`Permit`], which only a proof made by `rolecall-policy` can open.

// The derive names this crate as its users do.
extern crate self as rolecall_api;

pub mod code;
pub mod codec;
mod error;
mod operation;
mod permit;
mod refusal;
mod shape;

pub use code::Code;
pub use error::{AccessDeniedDetail, ApiError};
pub use operation::{
    Access, Asks, Authorize, Described, Operation, Product, Proof, Scope, Spec, Statement, Style,
};
pub use permit::{Permit, PermitError};
pub use refusal::{Fault, Refusal};
pub use rolecall_macros::Shape;
pub use shape::{Field, Kind, Place, Shape};
