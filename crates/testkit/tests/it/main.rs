//! The oracle against the published outcomes, and the engine against the oracle.

#[cfg(test)]
mod differential;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod vectors;
