//! Laws that hold for all policies and requests. `cargo xtask laws` tries each a million times.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod given;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod sets;
