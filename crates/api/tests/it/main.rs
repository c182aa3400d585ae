//! The derive of `Shape`: what it writes down, and what it refuses.

#[cfg(test)]
mod shape;
