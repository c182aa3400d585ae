//! The RAM policy language: parse, validate, compile, decide, explain, compare; maker of the proof of permission.

mod authority;
mod context;
mod document;
mod error;
mod principal;
mod set;

pub use authority::{
    Allowed, Authority, Check, Combine, Denied, Layer, Need, Resource, Verdict, authorize, decide,
    exempt,
};
pub use context::Context;
pub use document::{Document, DocumentKind};
pub use error::PolicyError;
pub use principal::{PrincipalFacts, PrincipalKind};
pub use set::{Decision, PolicySet, PolicyType, Source};

/// Why a decision fell as it did.
#[derive(Debug)]
pub struct Explanation {}
