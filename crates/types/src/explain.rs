//! An error on one line.

use std::error::Error;

/// An error and its sources, joined by colons. A source that its parent has quoted already is not
/// said again.
pub fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open `{0}`")]
    struct Outer(&'static str, #[source] std::fmt::Error);

    #[test]
    fn sources_follow() {
        let text = explain(&Outer("f", std::fmt::Error));
        assert!(text.starts_with("cannot open `f`: an error occurred"), "{text}");
    }
}
