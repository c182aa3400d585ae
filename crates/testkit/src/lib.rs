//! The independent policy oracle, conformance suites, generators; shares no code with policy.
//!
//! - [`oracle`]: a naive evaluator of the RAM policy language, to judge a real engine by.
//! - [`generate`]: random cases and documents for any engine.
//! - [`compare`]: runs an engine against the oracle and shrinks what they disagree about.
//! - [`enumerate`]: every policy of a small alphabet.
//! - [`engine`]: the engine of this project, asked in the oracle's terms.
//! - [`vectors`]: the published outcomes.
//! - [`fuzz`]: what holds for any bytes at all.

pub mod compare;
pub mod engine;
pub mod enumerate;
#[cfg(feature = "product")]
pub mod fuzz;
pub mod generate;
pub mod oracle;
#[cfg(feature = "product")]
pub mod store_suite;
pub mod vectors;
