//! Flat parameters to a request, a reply or an error to JSON or XML.
//!
//! Both ways are driven by the fields of the operation. A request goes through a neutral tree,
//! [`Tree`], that its audit record is read from too; a reply is written as it serializes itself.

mod parameters;
mod reply;
mod shaped;
mod tree;

pub use parameters::{MAX_PARAMETERS, Parameters, decode, is_of_the_gateway, typed};
pub use reply::{Format, encode_error, encode_reply};
pub use tree::Tree;
