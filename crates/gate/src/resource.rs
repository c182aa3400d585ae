//! What the products of a region share: records that stand under an account and a region, tags,
//! parts of lists, client tokens.

pub mod client_token;
pub mod code;
pub mod page;
pub mod records;
pub mod tag;
pub mod tagged;
