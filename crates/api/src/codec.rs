//! Flat parameters to a request, a reply or an error to JSON or XML.
//!
//! Both ways go through one neutral tree, `serde_json::Value`, driven by the fields of the
//! operation, so that nothing here is generic over operations.

mod parameters;
mod reply;

pub use parameters::{MAX_PARAMETERS, Parameters, decode, is_of_the_gateway, mask};
pub use reply::{Format, encode_error, encode_reply};
