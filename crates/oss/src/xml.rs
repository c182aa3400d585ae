//! Documents: written from the tree of a reply, read by the fields of a request.

mod read;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{Writer, escape};
use serde_json::Value;

pub(crate) use read::{XmlError, read};

/// Writes a document whose root is `root`. Lists repeat their element, null is left out.
pub(crate) fn write(root: &str, tree: &Value) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| element(&mut writer, root, tree));
    writer.into_inner()
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items.iter().try_for_each(|item| element(writer, name, item)),
        Value::Object(object) => writer
            .create_element(name)
            .write_inner_content(|inner| {
                object.iter().try_for_each(|(name, value)| element(inner, name, value))
            })
            .map(drop),
        scalar => {
            let text = scalar.as_str().map_or_else(|| scalar.to_string().into(), Cow::Borrowed);
            writer
                .create_element(name)
                .write_text_content(BytesText::from_escaped(escaped(&text)))
                .map(drop)
        }
    }
}

/// Text with markup, carriage returns and control characters as references. XML 1.0 has no
/// spelling for control characters; clients whose keys have some ask for `encoding-type=url`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape::escape(text).chars() {
        if character.is_control() && !matches!(character, '\t' | '\n') {
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_becomes_a_document() {
        let tree = json!({
            "Name": "b", "Marker": "", "NextMarker": null, "IsTruncated": false, "MaxKeys": 100,
            "Contents": [{"Key": "<&>\"'\r\n\u{1}\t"}, {"Key": "中"}], "CommonPrefixes": [],
        });
        let text = String::from_utf8(write("ListBucketResult", &tree)).unwrap();
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>b</Name>\
             <Marker></Marker><IsTruncated>false</IsTruncated><MaxKeys>100</MaxKeys><Contents>\
             <Key>&lt;&amp;&gt;&quot;&apos;&#13;\n&#1;\t</Key></Contents><Contents><Key>中</Key>\
             </Contents></ListBucketResult>"
        );
    }
}
