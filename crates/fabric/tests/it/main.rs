//! Instances as they are. Every test runs as root, when root starts it, and as an ordinary user.
//!
//! They need Linux with namespaces, `curl` and `python3`; without them they fail and say so.

#[cfg(test)]
mod adopt;
#[cfg(test)]
mod balancers;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod life;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod network;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vpc;
