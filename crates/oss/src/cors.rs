//! Requests of pages of other sites: the question of a browser beforehand, and the headers that let
//! it show an answer to the page.
//!
//! Nothing is permitted here: who may do what is decided by policies. The rules only tell browsers
//! which pages may see answers. Source: OSS `OptionObject` and `PutBucketCors`.

use rolecall_api::ApiError;
use rolecall_crypto::RequestHead;
use rolecall_gate::Outbound;
use rolecall_policy::Glob;

use crate::code;
use crate::record::{CorsConfiguration, CorsRule};

/// The header that names the site of the page.
const ORIGIN: &str = "origin";
/// The header of the question that names the method.
const METHOD: &str = "access-control-request-method";
/// The header of the question that names headers.
const HEADERS: &str = "access-control-request-headers";

/// The most headers that a question may name. Limit ours; browsers name some.
const ASKED_HEADERS_MAX: usize = 100;

/// Answers the question whether a page may send a request.
pub(crate) fn preflight(
    rules: Option<&CorsConfiguration>,
    head: &RequestHead,
) -> Result<Outbound, ApiError> {
    let insufficient = |name: &str| ApiError::of(&code::CORS_INSUFFICIENT, name);
    let origin = head.header(ORIGIN).ok_or_else(|| insufficient("Origin"))?;
    let method =
        head.header(METHOD).ok_or_else(|| insufficient("Access-Control-Request-Method"))?;
    let rules = rules.ok_or_else(|| ApiError::new(&code::CORS_NOT_ENABLED))?;
    let asked = head.header(HEADERS).unwrap_or_default();
    let headers: Vec<&str> =
        asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let rule = rules.rules.iter().find(|rule| {
        headers.len() <= ASKED_HEADERS_MAX
            && rule.is_for(origin, method)
            && headers.iter().all(|header| rule.admits(header))
    });
    let rule = rule.ok_or_else(|| ApiError::new(&code::CORS_FORBIDDEN))?;
    let answer = rule.describe(origin, Outbound::empty(200));
    Ok(if headers.is_empty() {
        answer
    } else {
        answer.header("access-control-allow-headers", headers.join(", "))
    })
}

/// The answer to any request, as the page that sent it may see it: with the headers of the first
/// rule that fits, and without any where none does.
pub(crate) fn describe(
    rules: &CorsConfiguration,
    head: &RequestHead,
    answer: Outbound,
) -> Outbound {
    let rule = head.header(ORIGIN).and_then(|origin| {
        let rule = rules.rules.iter().find(|rule| rule.is_for(origin, &head.method))?;
        Some((origin, rule))
    });
    let answer = match rule {
        Some((origin, rule)) => rule.describe(origin, answer),
        None => answer,
    };
    if rules.response_vary == Some(true) { answer.header("vary", "Origin") } else { answer }
}

impl CorsRule {
    fn is_for(&self, origin: &str, method: &str) -> bool {
        self.allowed_method.iter().any(|allowed| allowed == method)
            && self.allowed_origin.iter().any(|allowed| Glob::new(allowed).matches(origin))
    }

    fn admits(&self, header: &str) -> bool {
        self.allowed_header.iter().any(|allowed| Glob::new(allowed).matches_folded(header))
    }

    fn describe(&self, origin: &str, answer: Outbound) -> Outbound {
        let all = self.allowed_origin.iter().any(|allowed| allowed == "*");
        let origin = if all { "*" } else { origin };
        let mut answer = answer
            .header("access-control-allow-origin", origin.to_owned())
            .header("access-control-allow-methods", self.allowed_method.join(", "));
        if !self.expose_header.is_empty() {
            let exposed = self.expose_header.join(", ");
            answer = answer.header("access-control-expose-headers", exposed);
        }
        if let Some(seconds) = self.max_age_seconds {
            answer = answer.header("access-control-max-age", seconds.to_string());
        }
        answer
    }
}
