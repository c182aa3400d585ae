//! Flat parameters to a request, a reply or an error to JSON or XML.
//!
//! Both ways go through a neutral tree, driven by the fields of the operation, so that nothing here
//! is generic over operations: [`Tree`] for requests, `serde_json::Value` for replies.

mod parameters;
mod reply;
mod tree;

pub use parameters::{MAX_PARAMETERS, Parameters, decode, is_of_the_gateway, typed};
pub use reply::{Format, encode_error, encode_reply};
pub use tree::Tree;
