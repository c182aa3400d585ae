//! The published outcomes: cases taken from the vendor's pages, with the answers given there.

use serde::Deserialize;

use crate::oracle::{Answer, Case};

/// A case of the vendor's pages and its answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Vector {
    /// Its name.
    pub id: String,
    /// The answer.
    pub expected: Answer,
    /// The case.
    #[serde(flatten)]
    pub case: Case,
}

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

/// All of them; none if the file cannot be read, which a test would notice.
pub fn vectors() -> Vec<Vector> {
    let file = serde_json::from_str(include_str!("../tests/vectors/policy.json"));
    file.map(|file: File| file.vectors).unwrap_or_default()
}
