//! V31: every operation that reads a document meets every document that is made to hurt.

use std::time::{Duration, Instant};

use rolecall_gate::Body;
use rolecall_oss::{OPERATIONS, code};

use crate::support::{Request, World, request};

/// How long the refusal of one document may take. The bound of V31 is 5 ms with optimisation; tests
/// run without it and beside others, so that this one finds only what has no bound at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Documents that are longer than this meet two operations alone: all read by the same code.
const LONG: usize = 64 << 10;

/// Every operation that reads a document, its request, and the document's root.
fn readers() -> Vec<(&'static str, Request, &'static str)> {
    let bucket = |sub_resource: &str| request("PUT", "bucket", "").query(sub_resource, "");
    vec![
        ("PutBucket", request("PUT", "bucket", ""), "CreateBucketConfiguration"),
        ("PutBucketVersioning", bucket("versioning"), "VersioningConfiguration"),
        ("PutBucketCors", bucket("cors"), "CORSConfiguration"),
        ("PutBucketReferer", bucket("referer"), "RefererConfiguration"),
        ("PutBucketRequestPayment", bucket("requestPayment"), "RequestPaymentConfiguration"),
        ("PutBucketEncryption", bucket("encryption"), "ServerSideEncryptionRule"),
        ("PutBucketWebsite", bucket("website"), "WebsiteConfiguration"),
        ("PutBucketLogging", bucket("logging"), "BucketLoggingStatus"),
        ("PutBucketTags", bucket("tagging"), "Tagging"),
        ("PutObjectTagging", request("PUT", "bucket", "k").query("tagging", ""), "Tagging"),
        ("DeleteMultipleObjects", request("POST", "bucket", "").query("delete", ""), "Delete"),
        ("PutBucketLifecycle", bucket("lifecycle"), "LifecycleConfiguration"),
        (
            "PutBucketPublicAccessBlock",
            bucket("publicAccessBlock"),
            "PublicAccessBlockConfiguration",
        ),
        (
            "PutPublicAccessBlock",
            request("PUT", "", "").query("publicAccessBlock", ""),
            "PublicAccessBlockConfiguration",
        ),
    ]
}

/// Documents that are made to hurt, for a root `R`.
const ATTACKS: &[&str] = &[
    // Entities and document types.
    "<!DOCTYPE R [<!ENTITY l0 \"lol\">LAUGHS]><R>&l9;</R>",
    "<!DOCTYPE R [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><R>&e;</R>",
    "<!DOCTYPE R [<!ENTITY e SYSTEM \"http://127.0.0.1:1/\">]><R>&e;</R>",
    "<!DOCTYPE R [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/x.dtd\"> %p;]><R/>",
    "<!DOCTYPE R PUBLIC \"-//X\" \"http://127.0.0.1:1/x.dtd\"><R/>",
    "<!DOCTYPE R SYSTEM \"/dev/zero\"><R/>",
    "<!DOCTYPE R [<!ATTLIST R a CDATA \"x\">]><R/>",
    "<!DOCTYPE R [<!ELEMENT R ANY>]><R/>",
    "<!DOCTYPE R [<!NOTATION n SYSTEM \"x\">]><R/>",
    "<!DOCTYPE R [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]><R>&a;</R>",
    "<!DOCTYPE R><R/>",
    "<!doctype R><R/>",
    "<R><!DOCTYPE R></R>",
    "<R/><!DOCTYPE R>",
    "<!DOCTYPE",
    "<!DOCTYPE R [",
    "<!ENTITY e \"x\"><R/>",
    "<R>&e;</R>",
    "<R>&nbsp;</R>",
    "<R>&;</R>",
    "<R>&amp</R>",
    "<R>& </R>",
    "<R>&#0;</R>",
    "<R>&#xD800;</R>",
    "<R>&#x110000;</R>",
    "<R>&#99999999999999999999;</R>",
    "<R>&#x;</R>",
    "<R>&#-1;</R>",
    "<R a='&e;'><b c='&#0;'",
    // Instructions, declarations, comments, character data.
    "<?xml-stylesheet href='http://127.0.0.1:1/'?><R/>",
    "<?xml version='1.0'?><?php echo 1 ?><R/>",
    "<?xml version='1.0' encoding='UTF-16'?><R/>",
    "<?xml version='1.0' encoding='UTF-7'?><R/>",
    "<?xml version='1.0' encoding='EBCDIC'?><R/>",
    "<?xml encoding='UTF-8'?><R/>",
    "<?xml?><R/>",
    "<?xml version='1.0'",
    "<R><?xml version='1.0'?></R>",
    "<R/><?xml version='1.0'?>",
    "<R><!-- </R>",
    "<R><![CDATA[</R>",
    "<![CDATA[<R/>]]>",
    "<R/><![CDATA[x]]>",
    // Elements.
    "<R>",
    "</R>",
    "<R></r>",
    "<R></R",
    "<R><a></R></a>",
    "<R/><R/>",
    "<R></R></R>",
    "<S/>",
    "<R/>text",
    "text<R/>",
    "<>",
    "<R><></></R>",
    "<R><1a/></R>",
    "<R><a b></a></R>",
    "<R a='1' a='1'/>",
    "<R a=\"<\"/>",
    "<R a='x' b=y/>",
    "<R ATTRIBUTES/>",
    "{\"R\": {}}",
    "\0",
    "<R>\u{1}</R>",
    "<R>\u{0}</R>",
    "<R><a>\u{1b}[0m</a></R>",
];

/// The same, and those that are too long to be written down.
fn attacks() -> Vec<Vec<u8>> {
    let laughs: Vec<String> = (1..10)
        .map(|level| {
            let refers = format!("&l{};", level - 1).repeat(10);
            format!("<!ENTITY l{level} \"{refers}\">")
        })
        .collect();
    let laughs = laughs.concat();
    let attributes: Vec<String> = (0..100_000).map(|number| format!("a{number}='x'")).collect();
    let attributes = attributes.join(" ");
    let written = ATTACKS
        .iter()
        .map(|it| it.replace("LAUGHS", &laughs).replace("ATTRIBUTES", &attributes).into_bytes());
    let mut attacks: Vec<Vec<u8>> = written.collect();
    // Sizes and depths.
    for depth in [17, 1_000, 100_000] {
        attacks
            .push(format!("<R>{}{}</R>", "<a>".repeat(depth), "</a>".repeat(depth)).into_bytes());
        attacks.push(format!("<R>{}", "<a>".repeat(depth)).into_bytes());
    }
    attacks.push(format!("<R>{}", "<a/>".repeat(500_000)).into_bytes());
    attacks.push(format!("<R>{}<R>", "&lt;".repeat(500_000)).into_bytes());
    attacks.push(format!("<R>{}", "x".repeat((2 << 20) - 3)).into_bytes());
    attacks.push(format!("<R>{}</R>", " ".repeat(2 << 20)).into_bytes());
    attacks.push(format!("<{}/>", "R".repeat(1 << 20)).into_bytes());
    // Encodings.
    attacks.push(b"<R>\xff\xfe</R>".to_vec());
    attacks.push(b"\xff\xfe<\0R\0/\0>\0".to_vec());
    attacks.push(b"\xfe\xff\0<\0R\0/\0>".to_vec());
    attacks.push(b"<R>\xc0\xaf</R>".to_vec());
    attacks.push(b"<R>\xed\xa0\x80</R>".to_vec());
    attacks
}

#[tokio::test]
async fn v31_no_document_hurts_any_operation_that_reads_one() {
    let readers = readers();
    let listed: Vec<_> = readers.iter().map(|(operation, ..)| *operation).collect();
    for operation in OPERATIONS {
        let spec = operation.spec();
        let reads = spec.errors.contains(&&code::MALFORMED_XML);
        assert_eq!(reads, listed.contains(&spec.action), "{} is not in the table", spec.action);
    }
    let attacks = attacks();
    assert!(attacks.len() >= 60, "{}", attacks.len());
    let world = World::new().await;
    for (operation, _, root) in &readers {
        let meets_long = ["PutBucket", "PutBucketTags"].contains(operation);
        for attack in attacks.iter().filter(|attack| meets_long || attack.len() < LONG) {
            let asked = || readers_of(operation);
            let text = match String::from_utf8(attack.clone()) {
                Ok(text) => rooted(&text, root).into_bytes(),
                Err(_) => attack.clone(),
            };
            let shown = String::from_utf8_lossy(&text[..text.len().min(80)]).into_owned();
            #[expect(clippy::disallowed_methods, reason = "how long an answer takes is measured")]
            let begun = Instant::now();
            let answer = world.send(asked().body(Body::full(text))).await;
            assert!(begun.elapsed() < PATIENCE, "{operation} {shown} {:?}", begun.elapsed());
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "MalformedXML"),
                "{operation} {shown}"
            );
        }
    }
}

fn readers_of(operation: &str) -> Request {
    let mut found = readers().into_iter().filter(|(own, ..)| *own == operation);
    found.next().map(|(_, request, _)| request).unwrap()
}

/// The attack with the operation's own root.
fn rooted(text: &str, root: &str) -> String {
    text.replace("<R>", &format!("<{root}>"))
        .replace("<R ", &format!("<{root} "))
        .replace("<R/>", &format!("<{root}/>"))
        .replace("</R>", &format!("</{root}>"))
}
