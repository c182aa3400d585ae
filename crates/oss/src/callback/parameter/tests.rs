use std::pin::Pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_gate::{Message, Reply};
use serde_json::json;

use super::*;

/// Knows `private` as a private host, and no address with a space; carries nothing.
struct Checker;

impl Messenger for Checker {
    fn check(&self, url: &str) -> Result<String, MessageError> {
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let Some(rest) = rest.filter(|rest| !rest.contains(' ')) else {
            return Err(MessageError::Malformed { url: url.to_owned(), reason: "it is none" });
        };
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host == "private" {
            return Err(MessageError::Forbidden { url: url.to_owned() });
        }
        Ok(if target.is_empty() { "/".to_owned() } else { target.to_owned() })
    }

    fn send<'a>(
        &'a self,
        _: Message<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, MessageError>> + Send + 'a>> {
        unreachable!("nothing is sent while parameters are read")
    }
}

fn head(fields: &[(&str, &str)]) -> RequestHead {
    let headers = fields.iter().map(|(name, value)| (name, value.as_bytes().to_vec()));
    RequestHead::decode("PUT", "/", headers).unwrap()
}

fn encoded(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}

fn read(callback: &str, variables: Option<&str>) -> Result<Option<Callback>, &'static str> {
    let head = head(&[]);
    let parameters = CallbackParameters { callback: Some(callback), variables, head: &head };
    parameters.read(&Checker).map_err(|error| code::ec(&error))
}

fn callback(value: &Value) -> Result<Option<Callback>, &'static str> {
    read(&encoded(value), None)
}

#[test]
fn a_callback_says_where_to_and_what() {
    let said = json!({
        "callbackUrl": "app.example.com:8080/a%20b?c=%20; https://b.example.com ;",
        "callbackBody": "a=${bucket}",
    });
    let read = callback(&said).unwrap().unwrap();
    let urls: Vec<_> = read.goals.iter().map(|goal| goal.url.as_str()).collect();
    assert_eq!(urls, ["http://app.example.com:8080/a%20b?c=%20", "https://b.example.com"]);
    assert_eq!(read.goals[0].signed_text("body"), b"/a b?c=%20\nbody");
    assert_eq!(read.goals[1].signed_text(""), b"/\n");
    let rest = (read.host, read.names_server, read.body_type);
    assert_eq!(rest, (None, false, BodyType::Form));
    let said = json!({
        "callbackUrl": "http://a",
        "callbackHost": "b.example.com",
        "callbackBody": "{}",
        "callbackBodyType": "application/json",
        "callbackSNI": true,
    });
    let read = callback(&said).unwrap().unwrap();
    let rest = (read.host.as_deref(), read.names_server, read.body_type);
    assert_eq!(rest, (Some("b.example.com"), true, BodyType::Json));
}

#[test]
fn without_a_url_there_is_no_callback() {
    for said in [json!({}), json!({"callbackUrl": "", "callbackBody": "a"}), json!({"a": 1})] {
        assert!(callback(&said).unwrap().is_none(), "{said}");
    }
}

#[test]
fn what_is_wrong_with_a_callback_is_told() {
    let with = |name: &str, value: Value| {
        let mut said = json!({"callbackUrl": "http://a", "callbackBody": "a"});
        said[name] = value;
        callback(&said).map(|read| read.is_some())
    };
    let six = ["http://a"; 6].join(";");
    for (name, value, ec) in [
        ("callbackUrl", json!(7), "0007-00000004"),
        ("callbackUrl", json!("http://a b"), "0007-00000004"),
        ("callbackUrl", json!("ftp://a"), "0007-00000004"),
        ("callbackUrl", json!("http://a/%zz"), "0007-00000004"),
        ("callbackUrl", json!("http://a/%ff"), "0007-00000004"),
        ("callbackUrl", json!(six), "0007-00000005"),
        ("callbackUrl", json!("http://a;private"), "0007-00000008"),
        ("callbackBody", json!(""), "0007-00000011"),
        ("callbackBody", json!(null), "0007-00000011"),
        ("callbackBody", json!({"a": 1}), "0007-00000011"),
        ("callbackBody", json!("${key}"), "0099-00000506"),
        ("callbackBodyType", json!(123), "0007-00000012"),
        ("callbackBodyType", json!("text/plain"), "0007-00000012"),
        ("callbackHost", json!("a\r\nx: y"), "0099-00000502"),
        ("callbackHost", json!("\u{e9}.example.com"), "0099-00000502"),
        ("callbackSNI", json!("yes"), "0099-00000504"),
        ("additionalHeaders", json!({"key1": "a"}), "0099-00000501"),
    ] {
        assert_eq!(with(name, value.clone()), Err(ec), "{name}: {value}");
    }
    assert_eq!(with("callbackSNI", json!(false)), Ok(true));
    for (sent, ec) in [
        ("", "0007-00000003"),
        ("x123-*&", "0007-00000002"),
        (&*STANDARD.encode("no json"), "0007-00000003"),
        (&*STANDARD.encode("[]"), "0007-00000003"),
        (
            &*STANDARD.encode(r#"{"callbackUrl":"http://a","callbackUrl":"http://b"}"#),
            "0007-00000003",
        ),
        (&*"A".repeat(PARAMETER_BYTES_MAX + 4), "0099-00000505"),
    ] {
        assert_eq!(read(sent, None).map(|read| read.is_some()), Err(ec), "{sent:.20}");
    }
}

#[test]
fn variables_come_from_their_parameter_or_from_a_form() {
    let sent = encoded(&json!({"callbackUrl": "http://a", "callbackBody": "${x:a}"}));
    let head = head(&[("x:b", "of the form"), ("other", "none")]);
    let variables = encoded(&json!({"x:a": "1", "x:_2": ""}));
    let variables = Some(variables.as_str());
    let parameters = CallbackParameters { callback: Some(&sent), variables, head: &head };
    let read = parameters.read(&Checker).unwrap().unwrap();
    let read: Vec<_> = read.variables.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(read, [("x:_2", ""), ("x:a", "1"), ("x:b", "of the form")]);
}

#[test]
fn what_is_wrong_with_variables_is_told() {
    let sent = encoded(&json!({"callbackUrl": "http://a", "callbackBody": "a"}));
    for (variables, ec) in [
        (encoded(&json!({"a": "1"})), "0099-00000507"),
        (encoded(&json!({"x:A": "1"})), "0099-00000507"),
        (encoded(&json!({"x:a": 1})), "0099-00000507"),
        (encoded(&json!({"x:a": {"x:b": "c"}})), "0099-00000507"),
        ("*".to_owned(), "0007-00000002"),
        (STANDARD.encode("x:a=1"), "0007-00000003"),
        ("A".repeat(PARAMETER_BYTES_MAX + 4), "0099-00000505"),
    ] {
        let refused = read(&sent, Some(&variables)).map(|read| read.is_some());
        assert_eq!(refused, Err(ec), "{variables:.20}");
    }
}
