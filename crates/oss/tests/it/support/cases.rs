//! How long searches take.

/// How many cases a search tries: as many as `ROLECALL_SEARCH_CASES` says, or enough for a test.
#[expect(clippy::disallowed_methods, reason = "a search is configured before any test runs")]
pub(crate) fn cases(enough: usize) -> usize {
    let wanted = std::env::var("ROLECALL_SEARCH_CASES").ok().and_then(|wanted| wanted.parse().ok());
    wanted.unwrap_or(enough)
}
