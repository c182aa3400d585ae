//! The policy engine from outside: recorded decisions, and remedies that hold.

#[cfg(test)]
mod remedies;
#[cfg(test)]
mod vectors;
