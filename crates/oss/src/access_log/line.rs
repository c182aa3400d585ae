//! A line of an access log. Source: the table of fields on the page "Logging" of OSS; times are
//! UTC.

use std::fmt::Write as _;

use rolecall_crypto::Pair;
use rolecall_types::{Timestamp, time};

use super::Route;

/// Parameters of signed URLs whose values let a reader of the log send the same request again.
const SECRET_PARAMETERS: [&str; 4] =
    ["Signature", "security-token", "x-oss-security-token", "x-oss-signature"];

/// All that a line says but what the end of the answer tells.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) route: Route,
    pub(crate) begun: Timestamp,
    pub(crate) remote: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<Pair>,
    pub(crate) status: u16,
    pub(crate) referer: String,
    pub(crate) user_agent: String,
    pub(crate) host: String,
    pub(crate) request_id: String,
    /// The account of who called.
    pub(crate) requester: String,
    pub(crate) operation: String,
    pub(crate) key: String,
    /// The object's length in bytes, where there is one.
    pub(crate) object_size: Option<u64>,
    /// From the request's arrival to its answer, in milliseconds.
    pub(crate) server_milliseconds: i64,
    /// The name of the error that was answered.
    pub(crate) error: String,
    /// The length of the request's body, in bytes.
    pub(crate) request_length: Option<u64>,
    /// The account of the bucket.
    pub(crate) owner: String,
    pub(crate) storage_class: String,
    pub(crate) access_key_id: String,
    pub(crate) bucket_arn: String,
}

impl Line {
    /// The line, with its end. `sent` bytes went out until `ended`.
    pub(crate) fn write(&self, sent: u64, ended: Timestamp) -> String {
        let whole = ended.as_millisecond().saturating_sub(self.begun.as_millisecond()).max(0);
        let request = format!("{} {} HTTP/1.1", self.method, self.uri());
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |it| it.to_string());
        let mut line = String::new();
        let mut put = |text: &str| {
            let _ = if line.is_empty() { write!(line, "{text}") } else { write!(line, " {text}") };
        };
        put(&bare(&self.remote));
        put("-");
        put("-");
        put(&format!("[{}]", time::log_date(self.begun)));
        put(&quoted(&request));
        put(&self.status.to_string());
        put(&sent.to_string());
        put(&whole.to_string());
        put(&quoted(&self.referer));
        put(&quoted(&self.user_agent));
        put(&quoted(&self.host));
        put(&quoted(&self.request_id));
        put("\"true\"");
        put(&quoted(&self.requester));
        put(&quoted(&self.operation));
        put(&quoted(self.route.source.as_str()));
        put(&quoted(&self.key));
        put(&number(self.object_size));
        put(&self.server_milliseconds.max(0).to_string());
        put(&quoted(&self.error));
        put(&number(self.request_length));
        put(&quoted(&self.owner));
        // The change of what the bucket holds, and who sent the request for whom: not known here.
        put("-");
        put("\"-\"");
        put(&quoted(&self.storage_class));
        put("\"-\"");
        put("\"-\"");
        put(&quoted(&self.access_key_id));
        put(&quoted(&self.bucket_arn));
        line.push('\n');
        line
    }

    /// Path and query, without what would let a reader send a signed URL again.
    fn uri(&self) -> String {
        let encode = |text: &str| rolecall_crypto::percent_encode(text.as_bytes());
        let mut uri = self.path.clone();
        for (number, (name, value)) in self.query.iter().enumerate() {
            uri.push(if number == 0 { '?' } else { '&' });
            uri.push_str(&encode(name));
            if SECRET_PARAMETERS.contains(&name.as_str()) {
                uri.push_str("=***");
            } else if !value.is_empty() {
                uri.push('=');
                uri.push_str(&encode(value));
            }
        }
        uri
    }
}

/// A text between quotation marks; nothing in it ends it, or the line. An empty one is a dash.
fn quoted(text: &str) -> String {
    let text = if text.is_empty() { "-" } else { text };
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for character in text.chars() {
        if character == '"' || character == '\\' || character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(character);
        }
    }
    out.push('"');
    out
}

/// A text that stands for itself.
fn bare(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !it.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use rolecall_types::BucketName;

    use super::*;

    fn line() -> Line {
        let name = |text: &str| BucketName::new(text).unwrap();
        Line {
            route: Route { source: name("source"), target: name("target"), prefix: String::new() },
            begun: Timestamp::from_second(1_700_000_000).unwrap(),
            remote: "192.0.2.7".to_owned(),
            method: "GET".to_owned(),
            path: "/source/k".to_owned(),
            query: vec![("versionId".into(), "a b".into())],
            status: 200,
            referer: String::new(),
            user_agent: "curl/8".to_owned(),
            host: "localhost".to_owned(),
            request_id: "ID".to_owned(),
            requester: "1234567890123456".to_owned(),
            operation: "GetObject".to_owned(),
            key: "k".to_owned(),
            object_size: Some(10),
            server_milliseconds: 3,
            error: String::new(),
            request_length: None,
            owner: "1234567890123456".to_owned(),
            storage_class: "Standard".to_owned(),
            access_key_id: "LTAI".to_owned(),
            bucket_arn: "acs:oss:cn-hangzhou:1234567890123456:source".to_owned(),
        }
    }

    #[test]
    fn a_line_has_the_vendors_fields_in_their_order() {
        let ended = Timestamp::from_millisecond(1_700_000_000_071).unwrap();
        assert_eq!(
            line().write(10, ended),
            "192.0.2.7 - - [14/Nov/2023:22:13:20 +0000] \"GET /source/k?versionId=a%20b HTTP/1.1\" \
             200 10 71 \"-\" \"curl/8\" \"localhost\" \"ID\" \"true\" \"1234567890123456\" \
             \"GetObject\" \"source\" \"k\" 10 3 \"-\" - \"1234567890123456\" - \"-\" \"Standard\" \
             \"-\" \"-\" \"LTAI\" \"acs:oss:cn-hangzhou:1234567890123456:source\"\n"
        );
    }

    #[test]
    fn nobody_writes_lines_of_their_own_and_no_line_tells_a_secret() {
        let hostile = "a\"b\r\nc\\d\u{85}";
        let pairs = SECRET_PARAMETERS.map(|name| (name.into(), "secret".into()));
        let line = Line {
            referer: hostile.to_owned(),
            user_agent: hostile.to_owned(),
            key: hostile.to_owned(),
            query: pairs.to_vec(),
            ..line()
        };
        let text = line.write(0, line.begun);
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.contains("\"a%22b%0D%0Ac%5Cd%C2%85\""), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
