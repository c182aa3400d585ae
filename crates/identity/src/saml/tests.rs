use std::collections::BTreeSet;

use super::c14n::canonicalize;
use super::xml::{self, Element};
use super::*;

/// The canonical form of the element of a name in a document.
fn canonical(document: &str, local: &str, inclusive: &[&str]) -> String {
    let root = xml::parse(document.as_bytes()).unwrap();
    let found: Vec<&Element> =
        root.descendants().into_iter().filter(|it| it.local == local).collect();
    let inclusive: BTreeSet<String> = inclusive.iter().map(|&it| it.to_owned()).collect();
    canonicalize(found[0], None, &inclusive)
}

/// The examples of W3C "Exclusive XML Canonicalization 1.0", section 2.2.
#[test]
fn the_examples_of_the_standard() {
    let first = "<n0:local xmlns:n0=\"foo:bar\" xmlns:n3=\"ftp://example.org\">\
        <n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\">\
        <n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2></n0:local>";
    let second = "<n2:pdu xmlns:n1=\"http://example.com\" xmlns:n2=\"http://foo.example\" \
        xml:lang=\"fr\" xml:space=\"retain\"><n1:elem2 xmlns:n1=\"http://example.net\" \
        xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2></n2:pdu>";
    let expected = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\">\
        <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    for document in [first, second] {
        assert_eq!(canonical(document, "elem2", &[]), expected);
    }
}

#[test]
fn each_rule_of_the_canonical_form() {
    for (document, local, inclusive, expected) in [
        ("<a><b/></a>", "a", &[][..], "<a><b></b></a>"),
        (
            "<?xml version=\"1.0\"?>\n<a  z='1'\ty = \"2\" ></a >\n",
            "a",
            &[],
            "<a y=\"2\" z=\"1\"></a>",
        ),
        ("<a>\r\nx\r y&#13;</a>", "a", &[], "<a>\nx\n y&#xD;</a>"),
        ("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x4e2d;</a>", "a", &[], "<a>&lt;&gt;&amp;\"'A中</a>"),
        ("<a b='&lt;&gt;&amp;&quot;&apos;'/>", "a", &[], "<a b=\"&lt;>&amp;&quot;'\"></a>"),
        ("<a b='x&#9;&#10;&#13;y\tz'/>", "a", &[], "<a b=\"x&#x9;&#xA;&#xD;y z\"></a>"),
        ("<a xmlns='u'><b/></a>", "b", &[], "<b xmlns=\"u\"></b>"),
        ("<a xmlns='u'><b xmlns=''/></a>", "a", &[], "<a xmlns=\"u\"><b xmlns=\"\"></b></a>"),
        ("<a xmlns=''><b xmlns=''/></a>", "a", &[], "<a><b></b></a>"),
        ("<a xmlns='u'><b xmlns='u'/></a>", "a", &[], "<a xmlns=\"u\"><b></b></a>"),
        (
            "<a xmlns:p='u'><b p:c='1'/><p:d/></a>",
            "a",
            &[],
            "<a><b xmlns:p=\"u\" p:c=\"1\"></b><p:d xmlns:p=\"u\"></p:d></a>",
        ),
        (
            "<a xmlns:p='u'><b p:c='1'/><p:d/></a>",
            "a",
            &["p"],
            "<a xmlns:p=\"u\"><b p:c=\"1\"></b><p:d></p:d></a>",
        ),
        (
            "<a xmlns:p='u' xmlns='v'><p:b/></a>",
            "b",
            &["", "none"],
            "<p:b xmlns=\"v\" xmlns:p=\"u\"></p:b>",
        ),
        (
            "<p:a xmlns:p='u'><p:b xmlns:p='v'/></p:a>",
            "a",
            &[],
            "<p:a xmlns:p=\"u\"><p:b xmlns:p=\"v\"></p:b></p:a>",
        ),
        (
            "<a xmlns:z='1' xmlns:b='2' z:x='1' b:x='2' x='3' a='4'/>",
            "a",
            &[],
            "<a xmlns:b=\"2\" xmlns:z=\"1\" a=\"4\" x=\"3\" z:x=\"1\" b:x=\"2\"></a>",
        ),
    ] {
        assert_eq!(canonical(document, local, inclusive), expected, "{document}");
    }
}

/// V31: documents that show a verifier one thing and a reader another, or that cost too much.
#[test]
fn what_is_not_plain_xml_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
    let wide = format!("<a>{}</a>", "<b/>".repeat(4096));
    let attributes: Vec<_> = (0..65).map(|number| format!("a{number}='1'")).collect();
    let attributes = attributes.join(" ");
    for document in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><a/>",
        "<a/>x",
        "x<a/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<a xmlns:p='1' xmlns:p='2'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:xmlns='u'/>",
        "<a:b:c xmlns:a='u'/>",
        "<a>&b;</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<a>\u{1}</a>",
        "<a b='&#1;'/>",
        "<a><!-- comment --></a>",
        "<!-- comment --><a/>",
        "<a><![CDATA[x]]></a>",
        "<a><?pi x?></a>",
        "<?pi x?><a/>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://127.0.0.1/'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]><a/>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
        "<a><?xml version=\"1.0\"?></a>",
        "<a b=1/>",
        "<a b/>",
        "<a b='<'/>",
        "<a",
        &deep,
        &wide,
        &format!("<a {attributes}/>"),
    ] {
        assert!(xml::parse(document.as_bytes()).is_err(), "{document}");
    }
    assert!(xml::parse(b"<a>\xff</a>").is_err());
    assert!(xml::parse(b"\xff\xfe<\0a\0/\0>\0").is_err());
}

#[test]
fn texts_in_base64_may_have_blanks_and_nothing_else() {
    assert_eq!(base64("YW\n Jj\r\n\t").as_deref(), Some(&b"abc"[..]));
    for wrong in ["YWJj=", "YWJ", "YW-_", "YWJj\u{a0}", "YWJ*"] {
        assert_eq!(base64(wrong), None, "{wrong}");
    }
}

#[test]
fn metadata_that_name_no_key_are_refused() {
    let document = |inner: &str| {
        format!(
            "<EntityDescriptor xmlns=\"{}\" xmlns:ds=\"{}\" entityID=\"idp\">{inner}\
             </EntityDescriptor>",
            namespace::METADATA,
            namespace::SIGNATURE
        )
    };
    let certificate = "<KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA\
        </ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>";
    for wrong in [
        document(""),
        document("<SPSSODescriptor/>"),
        document("<IDPSSODescriptor/>"),
        document("<IDPSSODescriptor><KeyDescriptor use=\"signing\"/></IDPSSODescriptor>"),
        document(&format!("<IDPSSODescriptor>{certificate}</IDPSSODescriptor>")),
        format!("<EntitiesDescriptor xmlns=\"{}\"/>", namespace::METADATA),
        "<EntityDescriptor entityID=\"idp\"><IDPSSODescriptor/></EntityDescriptor>".to_owned(),
    ] {
        assert!(Metadata::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
}
