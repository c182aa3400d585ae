//! The body of a callback: a text with variables, `${…}`.

use rolecall_crypto::percent_encode;
use serde_json::Value;

/// A body whose variables are still to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Variable(Variable),
}

/// What a body can tell. Source: the page "Callback" of OSS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable {
    Bucket,
    Object,
    Etag,
    Size,
    MimeType,
    ImageHeight,
    ImageWidth,
    ImageFormat,
    Crc64,
    ContentMd5,
    VpcId,
    ClientIp,
    RequestId,
    Operation,
    /// One of the uploader's own, with its `x:`.
    Own(String),
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyType {
    /// Values are percent-encoded.
    Form,
    /// Values are written as JSON has them.
    Json,
}

impl BodyType {
    /// The type of the body.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

impl Variable {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "bucket" => Self::Bucket,
            "object" => Self::Object,
            "etag" => Self::Etag,
            "size" => Self::Size,
            "mimeType" => Self::MimeType,
            "imageInfo.height" => Self::ImageHeight,
            "imageInfo.width" => Self::ImageWidth,
            "imageInfo.format" => Self::ImageFormat,
            "crc64" => Self::Crc64,
            "contentMd5" => Self::ContentMd5,
            "vpcId" => Self::VpcId,
            "clientIp" => Self::ClientIp,
            "reqId" => Self::RequestId,
            "operation" => Self::Operation,
            own if own.starts_with("x:") => Self::Own(own.to_owned()),
            _ => return None,
        })
    }
}

impl Template {
    /// Reads a body; `None` where a variable is none that there is. A `${` without an end is text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            segments.push(Segment::Text(before.to_owned()));
            segments.push(Segment::Variable(Variable::named(name)?));
            rest = after;
        }
        segments.push(Segment::Text(rest.to_owned()));
        Some(Self(segments))
    }

    /// Whether it tells of the object as an image.
    pub(super) fn tells_image(&self) -> bool {
        self.0.iter().any(|segment| {
            matches!(
                segment,
                Segment::Variable(
                    Variable::ImageHeight | Variable::ImageWidth | Variable::ImageFormat
                )
            )
        })
    }

    /// The body with values, each a text or a number. In JSON a text brings its quotes along,
    /// unless the variable stands between quotes already.
    pub(super) fn fill(&self, body_type: BodyType, value: impl Fn(&Variable) -> Value) -> String {
        let mut body = String::new();
        let mut quotes = Quotes::default();
        for segment in &self.0 {
            match (segment, body_type) {
                (Segment::Text(text), _) => {
                    quotes.pass(text);
                    body.push_str(text);
                }
                (Segment::Variable(variable), BodyType::Form) => {
                    body.push_str(&percent_encode(plain(&value(variable)).as_bytes()));
                }
                (Segment::Variable(variable), BodyType::Json) if quotes.inside => {
                    let quoted = Value::String(plain(&value(variable))).to_string();
                    let bare = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                    body.push_str(bare.unwrap_or_default());
                }
                (Segment::Variable(variable), BodyType::Json) => {
                    body.push_str(&value(variable).to_string());
                }
            }
        }
        body
    }
}

/// A value as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text of JSON is within a string.
#[derive(Debug, Default)]
struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    fn pass(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = self.inside,
                '"' => self.inside = !self.inside,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(variable: &Variable) -> Value {
        match variable {
            Variable::Size => 5.into(),
            Variable::Own(name) if name == "x:evil" => "a\"b\\c&d=e\r\n\u{e9}/".into(),
            Variable::Own(_) => "".into(),
            _ => "image/png".into(),
        }
    }

    fn filled(body_type: BodyType, text: &str) -> String {
        Template::read(text).unwrap().fill(body_type, value)
    }

    #[test]
    fn forms_are_percent_encoded() {
        for (text, body) in [
            ("", ""),
            ("a=b c&${", "a=b c&${"),
            ("${size}", "5"),
            ("s=${size}&m=${mimeType}&n=${x:none}&${x:a", "s=5&m=image%2Fpng&n=&${x:a"),
            ("e=${x:evil}", "e=a%22b%5Cc%26d%3De%0D%0A%C3%A9%2F"),
        ] {
            assert_eq!(filled(BodyType::Form, text), body);
        }
    }

    #[test]
    fn json_is_json_with_quotes_around_variables_or_without() {
        let text = r#"{"size":${size},"own":${x:evil},"in":"<${x:evil}>","n":"${size}\"${size}"}"#;
        let body: Value = serde_json::from_str(&filled(BodyType::Json, text)).unwrap();
        let evil = "a\"b\\c&d=e\r\n\u{e9}/";
        let expected = serde_json::json!({
            "size": 5, "own": evil, "in": format!("<{evil}>"), "n": "5\"5",
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn an_unknown_variable_is_refused() {
        for text in ["${}", "${key}", "a${Bucket}", "${X:a}", "${bucket}${size }"] {
            assert_eq!(Template::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_variable_holds_the_json_stays_one(evil in ".{0,20}") {
            let template = Template::read(r#"{"a":${x:a},"b":"${x:a}"}"#).unwrap();
            let body = template.fill(BodyType::Json, |_| Value::from(evil.clone()));
            let body: Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(body, serde_json::json!({"a": evil, "b": evil}));
        }
    }
}
