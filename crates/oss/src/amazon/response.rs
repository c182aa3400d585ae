//! Answers, from our words to theirs.

use std::borrow::Cow;

use bytes::Bytes;
use rolecall_api::ApiError;
use rolecall_gate::{Body, Outbound};

use super::STORAGE_CLASSES;
use crate::code;

/// Headers that have a name of theirs.
const RENAMED: [(&str, &str); 7] = [
    ("x-oss-copy-source-version-id", "x-amz-copy-source-version-id"),
    ("x-oss-delete-marker", "x-amz-delete-marker"),
    ("x-oss-bucket-region", "x-amz-bucket-region"),
    ("x-oss-server-side-encryption", "x-amz-server-side-encryption"),
    ("x-oss-storage-class", "x-amz-storage-class"),
    ("x-oss-tagging-count", "x-amz-tagging-count"),
    ("x-oss-version-id", "x-amz-version-id"),
];

/// Puts an answer into their words, and its body if that is a document and not an object's bytes.
/// The headers of ours that have no counterpart stay.
pub(crate) fn answer(outbound: Outbound, is_document: bool) -> Outbound {
    let headers = outbound.headers.into_iter().map(header).collect();
    let body = match outbound.body.as_full() {
        Some(document) if is_document => Body::full(translate(document)),
        _ => outbound.body,
    };
    Outbound { headers, body, ..outbound }
}

/// The refusal of a conditional write is another one there.
pub(crate) fn refusal(error: ApiError) -> ApiError {
    if *error.code() == code::FILE_ALREADY_EXISTS {
        return ApiError::new(&code::PRECONDITION_FAILED).element("Condition", "If-None-Match");
    }
    error
}

fn header((name, value): (Cow<'static, str>, Bytes)) -> (Cow<'static, str>, Bytes) {
    if let Some(own) = name.strip_prefix("x-oss-meta-") {
        return (format!("x-amz-meta-{own}").into(), value);
    }
    let Some((_, theirs)) = RENAMED.iter().find(|(own, _)| *own == name) else {
        return (name, value);
    };
    let class = STORAGE_CLASSES.iter().find(|(_, own)| own.as_bytes() == value);
    match class {
        Some((class, _)) if *theirs == "x-amz-storage-class" => {
            ((*theirs).into(), Bytes::from_static(class.as_bytes()))
        }
        _ => ((*theirs).into(), value),
    }
}

/// Words that stand as whole elements in our documents, and theirs. Texts are escaped, so none of
/// them can stand within another one.
fn translate(document: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(document).into_owned();
    for (theirs, own) in STORAGE_CLASSES {
        let element = |class: &str| format!("<StorageClass>{class}</StorageClass>");
        text = text.replace(&element(own), &element(theirs));
    }
    text.replace("<OSSAccessKeyId>", "<AWSAccessKeyId>")
        .replace("</OSSAccessKeyId>", "</AWSAccessKeyId>")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_renamed() {
        let outbound = Outbound::empty(200)
            .header("x-oss-meta-a", "b")
            .header("x-oss-storage-class", "Standard")
            .header("x-oss-version-id", "v")
            .header("x-oss-hash-crc64ecma", "1")
            .header("etag", "\"e\"");
        let headers: Vec<(String, Bytes)> =
            answer(outbound, true).headers.into_iter().map(|(n, v)| (n.into_owned(), v)).collect();
        let expected = [
            ("x-amz-meta-a", "b"),
            ("x-amz-storage-class", "STANDARD"),
            ("x-amz-version-id", "v"),
            ("x-oss-hash-crc64ecma", "1"),
            ("etag", "\"e\""),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), Bytes::from(value)));
        assert_eq!(headers, expected);
    }

    #[test]
    fn documents_are_translated_and_objects_are_not() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><A><StorageClass>IA</StorageClass>\
                        <OSSAccessKeyId>k</OSSAccessKeyId></A>";
        let outbound = answer(Outbound::new(200, "application/xml", document), true);
        let text = String::from_utf8(outbound.body.as_full().unwrap().to_vec()).unwrap();
        assert!(text.contains("<StorageClass>STANDARD_IA</StorageClass>"), "{text}");
        assert!(text.contains("<AWSAccessKeyId>k</AWSAccessKeyId>"), "{text}");
        let object = answer(Outbound::new(200, "application/xml", document), false);
        assert_eq!(&object.body.as_full().unwrap()[..], document.as_bytes());
    }
}
