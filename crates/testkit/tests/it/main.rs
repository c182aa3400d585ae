//! The oracle against the published outcomes, and the engine against the oracle.

#[cfg(test)]
mod vectors;
