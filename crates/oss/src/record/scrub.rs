//! What the index keeps of the look at all bytes.

use rolecall_store::Record;
use rolecall_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scrub::Finding;

/// How far the look at all bytes has come, so that it goes on there after a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ScrubState {
    /// When the last pass over everything ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_pass: Option<Timestamp>,
    /// The pass that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pass: Option<PassState>,
    /// What was found, each with the encoded place of its record in base 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<(String, Finding)>,
}

/// A pass that goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PassState {
    /// The encoded place of the last record that it has read, in base 64.
    pub(crate) after: String,
}

impl Record for ScrubState {
    const TABLE: &'static str = "oss-scrub";
    const VERSION: u32 = 1;
}
