//! Replies and errors to bytes, as JSON or XML.
//!
//! Both spell the same tree: in JSON the list `roles` with the element name `Role` is
//! `"Roles":{"Role":[…]}`, in XML `<Roles><Role>…</Role></Roles>`; empty lists keep their wrapper.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Serialize;
use serde_json::{Map, Value};

use super::shaped::Reply;
use crate::{ApiError, Product, Shape};

/// How a caller wants its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// `application/json`.
    #[default]
    Json,
    /// `text/xml`.
    Xml,
}

impl Format {
    /// The content type, spelled as clients compare it.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "text/xml;charset=utf-8",
        }
    }
}

/// The bytes of a reply: its fields behind the request id. The XML root is `<ActionResponse>`.
/// Fails where the reply has no JSON form.
pub fn encode_reply<T: Serialize + Shape>(
    format: Format,
    action: &str,
    reply: &T,
    request_id: &str,
) -> serde_json::Result<Vec<u8>> {
    // Most replies fit, and need not be moved as they grow.
    let mut bytes = Vec::with_capacity(1024);
    let reply = Reply { request_id, fields: T::FIELDS, value: reply };
    serde_json::to_writer(&mut bytes, &reply)?;
    match format {
        Format::Json => Ok(bytes),
        Format::Xml => Ok(xml(&format!("{action}Response"), &serde_json::from_slice(&bytes)?)),
    }
}

/// The bytes of an error. `host` is the address that the caller used.
pub fn encode_error(
    format: Format,
    product: Product,
    error: &ApiError,
    host: &str,
    request_id: &str,
) -> Vec<u8> {
    let code = error.name();
    let recommend = format!(
        "https://api.aliyun.com/troubleshoot?q={code}&product={}&requestId={request_id}",
        product.name()
    );
    let mut tree = Map::new();
    for (name, value) in [
        ("RequestId", request_id),
        ("HostId", host),
        ("Code", &code),
        ("Message", &error.message()),
        ("Recommend", &recommend),
    ] {
        tree.insert(name.to_owned(), Value::from(value));
    }
    if let Some(detail) = error.detail().and_then(|detail| serde_json::to_value(detail).ok()) {
        tree.insert("AccessDeniedDetail".to_owned(), detail);
    }
    match format {
        Format::Json => Value::Object(tree).to_string().into_bytes(),
        Format::Xml => xml("Error", &Value::Object(tree)),
    }
}

fn xml(root: &str, tree: &Value) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    // Writing to memory cannot fail.
    let _ = write_document(&mut writer, root, tree);
    writer.into_inner()
}

fn write_document(writer: &mut Writer<Vec<u8>>, root: &str, tree: &Value) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    write_element(writer, root, tree)
}

fn write_element(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| write_element(writer, name, item)),
        Value::Object(object) => writer
            .create_element(name)
            .write_inner_content(|inner| {
                object.iter().try_for_each(|(name, value)| write_element(inner, name, value))
            })
            .map(drop),
        scalar => {
            let text = scalar.as_str().map_or_else(|| scalar.to_string(), str::to_owned);
            let text = text.replace(is_unknown_to_xml, "\u{fffd}");
            writer.create_element(name).write_text_content(BytesText::new(&text)).map(drop)
        }
    }
}

/// Whether XML 1.0 has no way to write a character, not even as a reference. An error may quote one
/// that its caller sent.
fn is_unknown_to_xml(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code;

    /// A reply with a wrapped list, a bare list and an absent value.
    #[derive(Serialize, Shape)]
    #[serde(rename_all = "PascalCase")]
    struct Reply {
        /// Wrapped.
        #[api(item = "Role")]
        roles: Vec<String>,
        /// Bare.
        names: Vec<String>,
        /// Absent.
        marker: Option<String>,
        /// A switch.
        is_truncated: bool,
    }

    fn encode(format: Format, reply: &Reply) -> String {
        String::from_utf8(encode_reply(format, "ListRoles", reply, "ID").unwrap()).unwrap()
    }

    fn check(format: Format, expected: &str) {
        let reply = Reply {
            roles: vec!["a<b".to_owned()],
            names: vec!["n".to_owned()],
            marker: None,
            is_truncated: false,
        };
        assert_eq!(encode(format, &reply), expected);
    }

    #[test]
    fn json_wraps_lists_twice() {
        check(
            Format::Json,
            r#"{"RequestId":"ID","Roles":{"Role":["a<b"]},"Names":["n"],"IsTruncated":false}"#,
        );
    }

    #[test]
    fn xml_spells_the_same_tree() {
        check(
            Format::Xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListRolesResponse><RequestId>ID</RequestId>\
             <Roles><Role>a&lt;b</Role></Roles><Names>n</Names><IsTruncated>false</IsTruncated>\
             </ListRolesResponse>",
        );
    }

    #[test]
    fn empty_lists_keep_their_wrapper() {
        let marker = Some(String::new());
        let reply = Reply { roles: vec![], names: vec![], marker, is_truncated: true };
        let text = encode(Format::Json, &reply);
        assert!(text.contains(r#""Roles":{"Role":[]},"Names":[],"Marker":"""#), "{text}");
    }

    #[test]
    fn structs_in_structs_and_in_lists_are_shaped_too() {
        /// A reply with structs.
        #[derive(Serialize, Shape)]
        #[serde(rename_all = "PascalCase")]
        struct Outer {
            /// One.
            one: Inner,
            /// None.
            none: Option<Inner>,
            /// Several.
            #[api(item = "Inner")]
            several: Vec<Inner>,
        }
        /// A struct in a reply.
        #[derive(Serialize, Shape)]
        #[serde(rename_all = "PascalCase")]
        struct Inner {
            /// Absent.
            absent: Option<i64>,
            /// Wrapped.
            #[api(item = "Number")]
            numbers: Option<Vec<i64>>,
        }
        /// A reply without fields.
        #[derive(Serialize, Shape)]
        struct Nothing {}
        let inner = |numbers| Inner { absent: None, numbers };
        let outer = Outer {
            one: inner(Some(vec![1])),
            none: None,
            several: vec![inner(None), inner(Some(Vec::new()))],
        };
        let json = encode_reply(Format::Json, "Do", &outer, "ID").unwrap();
        let expected = r#"{"RequestId":"ID","One":{"Numbers":{"Number":[1]}},"#.to_owned()
            + r#""Several":{"Inner":[{},{"Numbers":{"Number":[]}}]}}"#;
        assert_eq!(String::from_utf8(json).unwrap(), expected);
        let json = encode_reply(Format::Json, "Do", &Nothing {}, "ID").unwrap();
        assert_eq!(json, br#"{"RequestId":"ID"}"#);
    }

    #[test]
    fn xml_holds_no_character_that_it_does_not_know() {
        let error = ApiError::of(&code::UNSUPPORTED_PARAMETER, "a\0\t\u{b}\u{1f}\u{ffff}\u{85}");
        let bytes = encode_error(Format::Xml, Product::Ecs, &error, "host", "ID");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("a\u{fffd}\t\u{fffd}\u{fffd}\u{fffd}\u{85}"), "{text:?}");
    }

    #[test]
    fn errors_carry_the_code_and_the_request() {
        let error = ApiError::of(&code::MISSING, "RoleName").because("inner");
        let bytes = encode_error(Format::Json, Product::Ram, &error, "host", "ID");
        let tree: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(tree["Code"], "MissingRoleName");
        assert_eq!(tree["Message"], "RoleName is mandatory for this action.");
        assert_eq!(tree["HostId"], "host");
        assert!(!String::from_utf8(bytes).unwrap().contains("inner"));
    }
}
