//! Documents: written from the tree of a reply, read into the few texts that a request can hold.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{Reader, Writer, escape};
use serde_json::Value;

/// How deep the elements of a request may lie.
const DEPTH_MAX: usize = 16;

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

/// A document that is none, or not one that is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read a document: {0}")]
pub(crate) struct XmlError(&'static str);

/// The texts of the elements directly in the root named `root`, in their order. Namespaces and
/// unknown elements are allowed, document types and entities of one's own are not.
pub(crate) fn read(root: &str, document: &[u8]) -> Result<Vec<(String, String)>, XmlError> {
    let text = std::str::from_utf8(document).map_err(|_| XmlError("it is not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut roots = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| XmlError("it is not well-formed"))?;
        match event {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open(&mut path, &mut found, name, root, &mut roots)?;
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                open(&mut path, &mut found, name, root, &mut roots)?;
                path.pop();
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Text(text) => append(&path, &mut found, &text)?,
            Event::CData(text) => append(&path, &mut found, &text)?,
            Event::GeneralRef(reference) => {
                let text = resolved(&reference).ok_or(XmlError("it has an unknown entity"))?;
                append(&path, &mut found, &text)?;
            }
            Event::DocType(_) => return Err(XmlError("it has a document type")),
            Event::Eof if path.is_empty() && roots == 1 => return Ok(found),
            Event::Eof => return Err(XmlError("it ends before its root does")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn open(
    path: &mut Vec<String>,
    found: &mut Vec<(String, String)>,
    name: String,
    root: &str,
    roots: &mut usize,
) -> Result<(), XmlError> {
    match path.len() {
        0 if name != root || *roots > 0 => return Err(XmlError("it has another root")),
        0 => *roots = 1,
        1 => found.push((name.clone(), String::new())),
        DEPTH_MAX.. => return Err(XmlError("it is too deep")),
        _ => {}
    }
    path.push(name);
    Ok(())
}

fn append(path: &[String], found: &mut [(String, String)], text: &str) -> Result<(), XmlError> {
    match (path.len(), found.last_mut()) {
        (2, Some((_, value))) => value.push_str(text),
        (0, _) if !text.trim().is_empty() => return Err(XmlError("it has text beside its root")),
        _ => {}
    }
    Ok(())
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().map(String::from);
    }
    escape::resolve_predefined_entity(reference).map(str::to_owned)
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

    fn check(document: &str) -> Result<Vec<(String, String)>, String> {
        read("R", document.as_bytes()).map_err(|error| error.0.to_owned())
    }

    #[test]
    fn documents_of_many_spellings() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(check("<R/>"), Ok(vec![]));
        assert_eq!(check(" <R></R>\n"), Ok(vec![]));
        assert_eq!(
            check(
                "<?xml version=\"1.0\"?><R xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\">\
                 <!-- c --> <A>x&amp;&#34;&#x41;</A><B><C>deep</C></B><D/><A><![CDATA[<]]></A></R>"
            ),
            Ok(vec![pair("A", "x&\"A"), pair("B", ""), pair("D", ""), pair("A", "<")])
        );
    }

    #[test]
    fn what_is_dangerous_or_broken_is_refused() {
        let deep = format!("<R>{}{}</R>", "<a>".repeat(16), "</a>".repeat(16));
        for document in [
            "",
            "x",
            "<R>",
            "<R></S>",
            "<S/>",
            "<R/><R/>",
            "<R/>x",
            "<R>&e;</R>",
            "<!DOCTYPE R [<!ENTITY e \"x\">]><R>&e;</R>",
            "<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R/>",
            &deep,
        ] {
            assert!(check(document).is_err(), "{document}");
        }
        assert!(read("R", b"<R>\xff</R>").is_err());
    }
}
