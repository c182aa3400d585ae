//! Answers that were good, made worse.

use rolecall_gate::{Body, Ending, Outbound};
use rolecall_types::{Timestamp, time};

use super::rule::Fault;

/// How long the credentials in an answer are over, in seconds.
const OVER_SECONDS: i64 = 60;
/// How long they lasted, in seconds: the life of an instance's credentials.
const LIFE_SECONDS: i64 = 21_600;

/// An answer as a fault leaves it. Only a good one can be malformed or expired.
pub(crate) fn spoil(mut answer: Outbound, fault: Fault, now: Timestamp) -> Outbound {
    match fault {
        Fault::HalfBody => answer.transport.ending = Ending::HalfBody,
        Fault::Reset => answer.transport.ending = Ending::Reset,
        Fault::MalformedJson if answer.status == 200 => {
            // No begin of an object, of an array or of an element in XML is one itself.
            if let Some(whole) = answer.body.as_full() {
                answer.body = Body::full(whole.slice(..whole.len() / 2));
            }
        }
        Fault::Expired if answer.status == 200 => {
            let text = answer.body.as_full().and_then(|whole| std::str::from_utf8(whole).ok());
            if let Some(text) = text {
                answer.body = Body::full(expired(text, now));
            }
        }
        Fault::MalformedJson
        | Fault::Expired
        | Fault::Latency(_)
        | Fault::Status(_)
        | Fault::Throttle => {}
    }
    answer
}

/// A text with credentials, in JSON or XML, which were good until a minute ago. All else stays as
/// it is, byte for byte.
fn expired(text: &str, now: Timestamp) -> String {
    let ago = |seconds: i64| {
        let at = Timestamp::from_second(now.as_second().saturating_sub(seconds)).unwrap_or(now);
        time::seconds(at)
    };
    let over = ago(OVER_SECONDS);
    let began = ago(OVER_SECONDS.saturating_add(LIFE_SECONDS));
    with_value(&with_value(text, "Expiration", &over), "LastUpdated", &began)
}

/// A text whose field has another value, where there is such a field. Values are texts without
/// escapes.
fn with_value(text: &str, field: &str, value: &str) -> String {
    let json = text.split_once(&format!("\"{field}\"")).and_then(|(before, rest)| {
        let old = rest.split('"').nth(1)?;
        let (between, after) = rest.split_once(old)?;
        Some(format!("{before}\"{field}\"{between}{value}{after}"))
    });
    let xml = || {
        let (before, rest) = text.split_once(&format!("<{field}>"))?;
        let (_, after) = rest.split_once('<')?;
        Some(format!("{before}<{field}>{value}<{after}"))
    };
    json.or_else(xml).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_that_are_over() {
        let now = time::parse_seconds("2026-12-01T06:01:00Z").unwrap();
        for (text, wanted) in [
            (
                "{\n  \"Expiration\": \"2026-12-01T12:00:00Z\",\n  \"LastUpdated\": \"x\",\n  \"C\": 1\n}",
                "{\n  \"Expiration\": \"2026-12-01T06:00:00Z\",\n  \"LastUpdated\": \"2026-12-01T00:00:00Z\",\n  \"C\": 1\n}",
            ),
            (
                r#"{"Credentials":{"Expiration":"2026-12-01T12:00:00Z","A":"b"},"R":"2026-12-01T12:00:00Z"}"#,
                r#"{"Credentials":{"Expiration":"2026-12-01T06:00:00Z","A":"b"},"R":"2026-12-01T12:00:00Z"}"#,
            ),
            (
                "<A><Expiration>x</Expiration></A>",
                "<A><Expiration>2026-12-01T06:00:00Z</Expiration></A>",
            ),
            ("web", "web"),
        ] {
            assert_eq!(expired(text, now), wanted);
        }
    }

    #[test]
    fn half_of_a_document_is_none() {
        let now = Timestamp::from_second(0).unwrap();
        for text in [r#"{"Code": "Success"}"#, "[]", r#"{"a": {"b": [1, 2]}}"#] {
            let answer = Outbound::new(200, "application/json", text);
            let spoilt = spoil(answer, Fault::MalformedJson, now);
            let body = spoilt.body.as_full().unwrap();
            assert!(serde_json::from_slice::<serde_json::Value>(body).is_err(), "{body:?}");
            let refused = Outbound::new(403, "application/json", text);
            let kept = spoil(refused, Fault::MalformedJson, now);
            assert_eq!(kept.body.as_full().unwrap(), text);
        }
    }
}
