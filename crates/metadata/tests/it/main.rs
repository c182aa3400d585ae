//! The metadata service of one instance, as its programs see it.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod items;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod reused_addresses;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
