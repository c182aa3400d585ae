//! Answers: a reply becomes headers and a document, an error the vendor's error document.

mod fields;
mod header;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use rolecall_api::{ApiError, Shape, code as api};
use rolecall_gate::{Body, Outbound};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::code;
use crate::xml;
use fields::Fields;

/// How many headers an answer has that tells of an object, with those that every answer has.
const HEADERS_USUAL: usize = 12;

/// How many bytes the values of the headers of such an answer have, and some more.
const VALUES_USUAL: usize = 320;

/// What an operation answers.
#[derive(Debug)]
pub(crate) struct Answer<R> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Fields that are headers, and at most one that is the root of the document.
    pub(crate) reply: R,
    /// Further headers, which have no names of their own: user metadata.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The body, where it is not the document.
    pub(crate) body: Body,
}

impl<R> Answer<R> {
    /// An answer of a reply alone.
    pub(crate) fn new(status: u16, reply: R) -> Self {
        Self { status, reply, headers: Vec::new(), body: Body::empty() }
    }

    /// An answer of a reply whose document is not ours but this one, in JSON.
    pub(crate) fn relaying(reply: R, document: Bytes) -> Self {
        let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
        Self { status: 200, reply, headers, body: Body::full(document) }
    }
}

/// The reply of an operation that answers nothing but that it is done.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct Done {}

impl<R: Shape + Serialize> Answer<R> {
    /// The answer as the edge sends it.
    pub(crate) fn encode(self) -> Result<Outbound, ApiError> {
        let mut outbound = Outbound::empty(self.status);
        outbound.headers.reserve(HEADERS_USUAL);
        let values = BytesMut::with_capacity(VALUES_USUAL);
        outbound.body = self.body;
        let mut outbound = self
            .reply
            .serialize(Fields { shape: R::FIELDS, outbound, values })
            .map_err(|error| ApiError::new(&api::INTERNAL_ERROR).because(error))?;
        for (name, value) in self.headers {
            outbound = outbound.header(name, value);
        }
        Ok(outbound)
    }
}

/// What the answer to an error needs to know of its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// Whether the method is `HEAD`, whose answers have no body.
    pub(crate) is_head: bool,
    /// The host that was called.
    pub(crate) host: &'a str,
    /// What the answer is known by.
    pub(crate) request_id: &'a str,
}

/// The answer to an error. `HEAD` carries its document in a header.
pub(crate) fn encode_error(error: &ApiError, asking: Asking<'_>) -> Outbound {
    let ec = code::ec(error);
    let document = xml::write("Error", &Value::Object(error_tree(error, ec, asking)));
    let status = error.code().http;
    let outbound = if asking.is_head {
        Outbound::empty(status).header("x-oss-err", STANDARD.encode(document))
    } else {
        Outbound::new(status, "application/xml", document)
    };
    let outbound = outbound.header("x-oss-ec", ec);
    error
        .headers()
        .iter()
        .fold(outbound, |outbound, (name, value)| outbound.header(*name, value.clone()))
}

fn error_tree(error: &ApiError, ec: &str, asking: Asking<'_>) -> Map<String, Value> {
    let mut tree = Map::new();
    let mut put = |name: &str, value: Value| {
        tree.insert(name.to_owned(), value);
    };
    put("Code", error.name().into());
    put("Message", error.message().into());
    put("RequestId", asking.request_id.into());
    put("HostId", asking.host.into());
    for (name, value) in error.elements() {
        put(name, legible(value).into());
    }
    if let Some(detail) = error.detail().and_then(|detail| serde_json::to_value(detail).ok()) {
        put("AccessDeniedDetail", detail);
    }
    put("EC", ec.into());
    put("RecommendDoc", format!("https://api.aliyun.com/troubleshoot?q={ec}").into());
    tree
}

/// A text that every reader of XML 1.0 takes: who asks for a key with control characters must be
/// able to read that there is none.
fn legible(text: &str) -> String {
    let fits = |it: char| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|character| if fits(character) { character } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKING: Asking<'_> = Asking { is_head: false, host: "b.localhost", request_id: "ID" };

    fn text(outbound: &Outbound) -> String {
        let bytes = outbound.body.as_full().unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn header<'a>(outbound: &'a Outbound, name: &str) -> Option<&'a [u8]> {
        let mut found = outbound.headers.iter().filter(|(header, _)| header == name);
        found.next().map(|(_, value)| &**value)
    }

    #[test]
    fn an_error_is_a_document() {
        let error =
            ApiError::new(&code::NO_SUCH_KEY).element("Key", "a<b\0\u{ffff}").because("inside");
        let outbound = encode_error(&error, ASKING);
        assert_eq!(outbound.status, 404);
        assert_eq!(header(&outbound, "x-oss-ec"), Some(&b"0026-00000001"[..]));
        assert_eq!(
            text(&outbound),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><RequestId>ID</RequestId>\
             <HostId>b.localhost</HostId><Key>a&lt;b\u{fffd}\u{fffd}</Key><EC>0026-00000001</EC>\
             <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0026-00000001</RecommendDoc>\
             </Error>"
        );
    }

    #[test]
    fn head_carries_the_document_in_a_header() {
        let error = ApiError::new(&code::NO_SUCH_KEY);
        let outbound = encode_error(&error, Asking { is_head: true, ..ASKING });
        assert_eq!(text(&outbound), "");
        let document = STANDARD.decode(header(&outbound, "x-oss-err").unwrap()).unwrap();
        assert_eq!(document, text(&encode_error(&error, ASKING)).into_bytes());
    }

    /// A reply with a header and a document.
    #[derive(Serialize, Shape)]
    struct Reply {
        /// A header.
        #[api(header = "etag")]
        etag: String,
        /// A header that is absent.
        #[api(header = "content-md5")]
        md5: Option<String>,
        /// A number in a header.
        #[api(header = "x-oss-hash-crc64ecma")]
        crc: u64,
        /// The document.
        #[serde(rename = "LocationConstraint")]
        location: String,
    }

    #[test]
    fn a_reply_is_headers_and_one_document() {
        let location = "oss-cn-hangzhou".to_owned();
        let reply = Reply { etag: "caf\u{e9}".to_owned(), md5: None, crc: u64::MAX, location };
        let outbound = Answer::new(200, reply).encode().unwrap();
        assert_eq!(header(&outbound, "etag"), Some(&b"caf\xe9"[..]));
        assert_eq!(header(&outbound, "content-md5"), None);
        assert_eq!(header(&outbound, "x-oss-hash-crc64ecma"), Some(&b"18446744073709551615"[..]));
        assert_eq!(header(&outbound, "content-type"), Some(&b"application/xml"[..]));
        assert!(
            text(&outbound).ends_with("<LocationConstraint>oss-cn-hangzhou</LocationConstraint>")
        );
    }
}
