use proptest::prelude::*;
use rolecall_api::Shape;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

/// A document.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Sample {
    /// A text of any kind.
    text: Option<String>,
    /// One of few words.
    #[api(choices("On", "Off"))]
    word: Option<String>,
    /// A number.
    #[api(range(1, 10))]
    number: Option<u32>,
    /// A truth.
    truth: Option<bool>,
    /// Texts.
    #[api(items(0, 3))]
    name: Vec<String>,
    /// Structs.
    #[api(items(0, 3))]
    part: Vec<Part>,
    /// A struct.
    filter: Option<Filter>,
}

/// One of many.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Part {
    /// Must be there, and may be empty.
    key: String,
    /// Must be there.
    number: u32,
}

/// One.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    /// At least one.
    #[api(required)]
    not: Vec<Part>,
}

fn check(document: &str) -> Result<serde_json::Value, String> {
    let tree = read("R", Sample::FIELDS, document.as_bytes()).map_err(|error| error.to_string())?;
    let sample = Sample::deserialize(&tree).unwrap();
    let mut value = serde_json::to_value(sample).unwrap();
    let absent = |value: &serde_json::Value| value.is_null() || *value == json!([]);
    value.as_object_mut().unwrap().retain(|_, value| !absent(value));
    Ok(value)
}

#[test]
fn documents_of_many_spellings() {
    for (document, expected) in [
        ("<R/>", json!({})),
        (" <R></R>\n", json!({})),
        ("\u{feff}<?xml version='1.0' encoding='utf-8'?><R/>", json!({})),
        ("<R><Text/></R>", json!({"Text": ""})),
        ("<R><Number></Number><Truth/><Word/></R>", json!({})),
        ("<R><Number> 10\n</Number><Truth>True</Truth></R>", json!({"Number": 10, "Truth": true})),
        ("<R><Text> a&amp;&#34;&#x41;<![CDATA[<]]> </Text></R>", json!({"Text": " a&\"A< "})),
        ("<R><Text>a\r\nb</Text></R>", json!({"Text": "a\nb"})),
        ("<R><Text>a<!-- c -->b<x>c</x>d</Text></R>", json!({"Text": "abd"})),
        (
            "<R><Name>a</Name><Word> On </Word><Name>b</Name></R>",
            json!({"Name": ["a", "b"], "Word": "On"}),
        ),
        (
            "<R xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\"><o:Part xmlns:o='x'><o:Key/>\
             <o:Other><Number>7</Number></o:Other><o:Number>1</o:Number></o:Part></R>",
            json!({"Part": [{"Key": "", "Number": 1}]}),
        ),
        (
            "<R><Filter><Not><Number>1</Number><Key>a</Key></Not><Not><Key>b</Key>\
             <Number>2</Number></Not></Filter></R>",
            json!({"Filter": {"Not": [{"Key": "a", "Number": 1}, {"Key": "b", "Number": 2}]}}),
        ),
    ] {
        assert_eq!(check(document), Ok(expected), "{document}");
    }
}

#[test]
fn what_a_field_does_not_allow_is_refused_by_its_name() {
    for (document, name) in [
        ("<R><Number>0</Number></R>", "Number"),
        ("<R><Number>11</Number></R>", "Number"),
        ("<R><Number>99999999999999999999</Number></R>", "Number"),
        ("<R><Number>1.0</Number></R>", "Number"),
        ("<R><Truth>yes</Truth></R>", "Truth"),
        ("<R><Word>on</Word></R>", "Word"),
        ("<R><Word>On</Word><Word>On</Word></R>", "Word"),
        ("<R><Text>a</Text><Text>a</Text></R>", "Text"),
        ("<R><Filter/></R>", "Not"),
        ("<R><Filter><Not><Key>a</Key></Not></Filter></R>", "Number"),
        ("<R><Part><Number>1</Number></Part></R>", "Key"),
        ("<R><Name/><Name/><Name/><Name/></R>", "Name"),
    ] {
        let refused = check(document).unwrap_err();
        assert!(refused.starts_with(&format!("the element {name} ")), "{document}: {refused}");
    }
}

#[test]
fn what_is_dangerous_or_broken_is_refused() {
    let deep = format!("<R>{}{}</R>", "<a>".repeat(16), "</a>".repeat(16));
    let fits = format!("<R>{}{}</R>", "<a>".repeat(15), "</a>".repeat(15));
    assert_eq!(check(&fits), Ok(json!({})));
    for document in [
        "",
        "x",
        "<R>",
        "<R></S>",
        "<S/>",
        "<R/><R/>",
        "<R/>x",
        "x<R/>",
        "<R>&e;</R>",
        "<R/>&amp;",
        "<![CDATA[x]]><R/>",
        "<R>\u{1}</R>",
        "<R><1/></R>",
        "<R a/>",
        "<R a='1' a='2'/>",
        "<R a='<'/>",
        "<R/><?xml version='1.0'?>",
        " <?xml version='1.0'?><R/>",
        "<?xml version='1.0' encoding='UTF-16'?><R/>",
        "<?go?><R/>",
        "<!DOCTYPE R [<!ENTITY e \"x\">]><R>&e;</R>",
        "<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R/>",
        &deep,
    ] {
        assert!(check(document).is_err(), "{document}");
    }
    assert!(read("R", Sample::FIELDS, b"<R>\xff</R>").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read("R", Sample::FIELDS, &bytes);
    }

    #[test]
    fn pieces_of_documents_are_read_or_refused(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "<R>", "</R>", "<Text>", "</Text>", "<Part>", "</Part>", "<Key/>", "<Number>",
                "</Number>", "1", " ", "&amp;", "&#65;", "&e;", "<![CDATA[", "]]>", "<!--", "-->",
                "<?xml version='1.0'?>", "<!DOCTYPE R>", "<a b='c'", ">", "/>", "\u{1}", "中",
            ]),
            0..30,
        ),
    ) {
        let document = pieces.concat();
        if let Ok(tree) = read("R", Sample::FIELDS, document.as_bytes()) {
            prop_assert!(Sample::deserialize(&tree).is_ok(), "{document}");
        }
    }

    #[test]
    fn what_is_written_is_read(text in "[^\\x00-\\x1f\\x7f-\\x9f]{0,50}", number in 1_u32..=10) {
        let value = json!({"Text": text, "Number": number, "Name": ["", "a"]});
        let document = String::from_utf8(crate::xml::write("R", &value)).unwrap();
        prop_assert_eq!(check(&document), Ok(value));
    }
}
