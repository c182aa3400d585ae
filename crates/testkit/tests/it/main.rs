//! The oracle against the published outcomes, the engine against the oracle, and the fuzz corpus.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod vectors;
