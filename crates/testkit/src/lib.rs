//! The independent policy oracle, conformance suites, generators; shares no code with policy.
//!
//! - [`oracle`]: a naive evaluator of the RAM policy language, to judge a real engine by.
//! - [`generate`]: random cases and documents for any engine.
//! - [`compare`]: runs an engine against the oracle and shrinks what they disagree about.
//! - [`fuzz`]: what holds for any bytes at all; the one part that knows the engine.

pub mod compare;
pub mod fuzz;
pub mod generate;
pub mod oracle;
pub mod store_suite;
