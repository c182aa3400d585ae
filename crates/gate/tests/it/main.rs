//! The gate through its public interface: what it reads of a call, what it answers, and what it
//! hands to services.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod body;
#[cfg(test)]
mod parsing;
#[cfg(test)]
mod preparing;
#[cfg(test)]
mod support;
#[cfg(test)]
mod views;
