//! Requests, from their words to ours.

use rolecall_api::ApiError;
use rolecall_crypto::RequestHead;
use rolecall_gate::{Body, ChunkedBody};

use super::STORAGE_CLASSES;
use super::body::decode;
use super::checksum::Checksum;
use crate::code::{self, header_not_implemented, invalid_argument};
use crate::route::Target;

/// A request in our words.
#[derive(Debug)]
pub(crate) struct Translated {
    pub(crate) head: RequestHead,
    pub(crate) body: Body,
}

/// Headers that are advice, or that were used up when the request was believed.
const USED_UP: [&str; 9] = [
    "x-amz-checksum-mode",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// Headers whose values are the same in both.
const RENAMED: [(&str, &str); 8] = [
    ("x-amz-copy-source-if-match", "x-oss-copy-source-if-match"),
    ("x-amz-copy-source-if-modified-since", "x-oss-copy-source-if-modified-since"),
    ("x-amz-copy-source-if-none-match", "x-oss-copy-source-if-none-match"),
    ("x-amz-copy-source-if-unmodified-since", "x-oss-copy-source-if-unmodified-since"),
    ("x-amz-copy-source-range", "x-oss-copy-source-range"),
    ("x-amz-metadata-directive", "x-oss-metadata-directive"),
    ("x-amz-server-side-encryption", "x-oss-server-side-encryption"),
    ("x-amz-tagging", "x-oss-tagging"),
];

/// How many entries a page of their lists has where the request does not say.
const MAX_KEYS_DEFAULT: &str = "1000";

/// Puts a request, which was believed, into our words.
pub(crate) fn translate(
    head: &RequestHead,
    body: Body,
    target: &Target,
    chunked: Option<ChunkedBody>,
) -> Result<Translated, ApiError> {
    let checksum = Checksum::of(head)?;
    let body = decode(head, body, chunked, checksum)?;
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        if let Some(header) = header(head, target, name, value)? {
            let (name, value) = header;
            headers.push((name.into(), value));
        }
    }
    if head.has_header("range") || head.has_header("x-amz-copy-source-range") {
        // A range that the object ends before is cut or refused.
        headers.push(("x-oss-range-behavior".into(), b"standard".to_vec()));
    }
    let mut query = head.query.clone();
    let lists = head.method == "GET" && matches!(target, Target::Bucket(_) | Target::Service);
    if lists && head.query("max-keys").is_none() {
        query.push(("max-keys".into(), MAX_KEYS_DEFAULT.into()));
    }
    Ok(Translated { head: RequestHead { headers, query, ..head.clone() }, body })
}

/// A header in our words; `None`: nothing is left of it.
fn header(
    head: &RequestHead,
    target: &Target,
    name: &str,
    value: &[u8],
) -> Result<Option<(String, Vec<u8>)>, ApiError> {
    let as_is = |name: &str| Ok(Some((name.to_owned(), value.to_vec())));
    if let Some(own) = name.strip_prefix("x-amz-meta-") {
        return as_is(&format!("x-oss-meta-{own}"));
    }
    if let Some((_, own)) = RENAMED.iter().find(|(theirs, _)| *theirs == name) {
        return as_is(own);
    }
    if USED_UP.contains(&name) || name.starts_with("x-amz-checksum-") {
        return Ok(None);
    }
    let renamed = |own: &str, value: Vec<u8>| Ok(Some((own.to_owned(), value)));
    match name {
        "content-encoding" => Ok(without_chunks(value).map(|rest| (name.to_owned(), rest))),
        "if-none-match" if head.method == "PUT" && value.trim_ascii() == b"*" => {
            renamed("x-oss-forbid-overwrite", b"true".to_vec())
        }
        "x-amz-acl" => acl(target, value),
        "x-amz-copy-source" if !value.starts_with(b"/") => {
            renamed("x-oss-copy-source", [b"/", value].concat())
        }
        "x-amz-copy-source" => as_is("x-oss-copy-source"),
        "x-amz-storage-class" => renamed("x-oss-storage-class", storage_class(value)?),
        "x-amz-tagging-directive" => renamed("x-oss-tagging-directive", capitalised(value)),
        // Their signatures need not cover it.
        _ if name.starts_with("x-oss-callback") => Err(header_not_implemented(name)),
        _ if name.starts_with("x-amz-") => Err(header_not_implemented(name)),
        _ => as_is(name),
    }
}

/// The codings of a body without that of its chunks.
fn without_chunks(value: &[u8]) -> Option<Vec<u8>> {
    let codings = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let kept: Vec<&[u8]> = codings.filter(|coding| *coding != b"aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(&b","[..]))
}

/// Who may use what is written.
fn acl(target: &Target, value: &[u8]) -> Result<Option<(String, Vec<u8>)>, ApiError> {
    let name = match target {
        Target::Object(..) => "x-oss-object-acl",
        Target::Bucket(_) | Target::Service => "x-oss-acl",
    };
    match value.trim_ascii() {
        b"private" | b"public-read" | b"public-read-write" => {
            Ok(Some((name.to_owned(), value.to_vec())))
        }
        // The owner of the bucket is the owner of its objects.
        b"bucket-owner-full-control" | b"bucket-owner-read" => Ok(None),
        _ => Err(header_not_implemented("x-amz-acl")),
    }
}

fn storage_class(value: &[u8]) -> Result<Vec<u8>, ApiError> {
    let known = STORAGE_CLASSES.iter().find(|(theirs, _)| theirs.as_bytes() == value.trim_ascii());
    known.map(|(_, own)| own.as_bytes().to_vec()).ok_or_else(|| {
        let message = "The storage class you specified is not valid.";
        invalid_argument(message, "x-amz-storage-class", &String::from_utf8_lossy(value))
    })
}

/// `COPY` as `Copy`.
fn capitalised(value: &[u8]) -> Vec<u8> {
    let mut value = value.trim_ascii().to_ascii_lowercase();
    if let Some(first) = value.first_mut() {
        first.make_ascii_uppercase();
    }
    value
}

/// A length that a header of theirs tells.
pub(super) fn length(head: &RequestHead, name: &str) -> Result<u64, ApiError> {
    let text = head.header(name).ok_or_else(|| ApiError::new(&code::MISSING_CONTENT_LENGTH))?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = text.parse().ok().filter(|_| digits);
    length.ok_or_else(|| invalid_argument("The length is not a number.", name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        method: &str,
        target: &Target,
        headers: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, String> {
        let headers: Vec<(String, Vec<u8>)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        let head = RequestHead::decode(method, "/b/k", headers).unwrap();
        let translated = translate(&head, Body::empty(), target, None);
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        translated
            .map(|it| {
                it.head.headers.iter().map(|(name, it)| (name.to_string(), text(it))).collect()
            })
            .map_err(|error| error.name())
    }

    #[test]
    fn headers_are_renamed() {
        let object = Target::Object("b".to_owned(), "k".to_owned());
        let bucket = Target::Bucket("b".to_owned());
        for (target, name, value, expected) in [
            (&object, "x-amz-meta-mtime", "1.5", Some(("x-oss-meta-mtime", "1.5"))),
            (&object, "x-amz-acl", "private", Some(("x-oss-object-acl", "private"))),
            (&bucket, "x-amz-acl", "public-read", Some(("x-oss-acl", "public-read"))),
            (&object, "x-amz-acl", "bucket-owner-full-control", None),
            (&object, "x-amz-copy-source", "b/k%2Bl", Some(("x-oss-copy-source", "/b/k%2Bl"))),
            (&object, "x-amz-copy-source", "/b/k", Some(("x-oss-copy-source", "/b/k"))),
            (&object, "x-amz-storage-class", "STANDARD_IA", Some(("x-oss-storage-class", "IA"))),
            (&object, "x-amz-tagging-directive", "REPLACE", {
                Some(("x-oss-tagging-directive", "Replace"))
            }),
            (&object, "if-none-match", "*", Some(("x-oss-forbid-overwrite", "true"))),
            (&object, "if-none-match", "\"e\"", Some(("if-none-match", "\"e\""))),
            (&object, "content-encoding", "aws-chunked", None),
            (&object, "content-encoding", "aws-chunked, gzip", Some(("content-encoding", "gzip"))),
            (&object, "x-amz-date", "20260115T083000Z", None),
            (&object, "cache-control", "no-cache", Some(("cache-control", "no-cache"))),
        ] {
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let found = check("PUT", target, &[(name, value)]);
            assert_eq!(found, Ok(expected.into_iter().collect()), "{name}: {value}");
        }
        let range = check("GET", &object, &[("range", "bytes=0-")]).unwrap();
        assert!(range.contains(&("x-oss-range-behavior".to_owned(), "standard".to_owned())));
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        let object = Target::Object("b".to_owned(), "k".to_owned());
        for (name, value, code) in [
            ("x-amz-acl", "authenticated-read", "NotImplemented"),
            ("x-amz-expected-bucket-owner", "1", "NotImplemented"),
            ("x-amz-grant-read", "id=1", "NotImplemented"),
            ("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"),
            ("x-amz-server-side-encryption-customer-key", "x", "NotImplemented"),
            ("x-amz-website-redirect-location", "/", "NotImplemented"),
            ("x-oss-callback", "e30=", "NotImplemented"),
            ("x-oss-callback-var", "e30=", "NotImplemented"),
            ("x-amz-storage-class", "GOLD", "InvalidArgument"),
        ] {
            let found = check("PUT", &object, &[(name, value)]);
            assert_eq!(found, Err(code.to_owned()), "{name}: {value}");
        }
    }
}
