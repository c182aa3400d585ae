//! What holds for any bytes at all: the targets of the fuzzer.
//!
//! A target takes bytes and asserts; whatever they are, it returns. `fuzz/` beside the crates gives
//! each of them to libFuzzer, and a test replays the inputs that are kept there. The inputs are
//! texts where that is possible, so that one can be written by hand.

mod dns;
mod federation;
mod json;
mod metadata;
mod names;
mod parameters;
mod policy;
mod present;
mod request;
mod revocation;
mod sealed;

pub use dns::dns_message;
pub use federation::{oidc_token, saml_metadata, saml_response};
pub use json::{key_set, strict_json};
pub use metadata::metadata_service;
pub use names::{arn, store_key};
pub use parameters::{json_list, rpc_parameters};
pub use policy::{policy_choices, policy_condition, policy_decide, policy_document, policy_glob};
pub use present::{present_oss, present_rpc};
pub use request::request_head;
pub use revocation::revocations;
pub use sealed::{sealed_record, session_token};

/// A target.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file and of its corpus in `fuzz/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("arn", arn),
    ("dns_message", dns_message),
    ("json_list", json_list),
    ("key_set", key_set),
    ("metadata_service", metadata_service),
    ("oidc_token", oidc_token),
    ("policy_choices", policy_choices),
    ("policy_condition", policy_condition),
    ("policy_decide", policy_decide),
    ("policy_document", policy_document),
    ("policy_glob", policy_glob),
    ("present_oss", present_oss),
    ("present_rpc", present_rpc),
    ("request_head", request_head),
    ("revocations", revocations),
    ("rpc_parameters", rpc_parameters),
    ("saml_metadata", saml_metadata),
    ("saml_response", saml_response),
    ("sealed_record", sealed_record),
    ("session_token", session_token),
    ("store_key", store_key),
    ("strict_json", strict_json),
];
