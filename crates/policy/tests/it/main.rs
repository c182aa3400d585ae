//! The policy engine from outside: recorded decisions and the laws of the language.

#[cfg(test)]
mod laws;
#[cfg(test)]
mod remedies;
#[cfg(test)]
mod vectors;
