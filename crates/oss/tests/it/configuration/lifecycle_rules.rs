//! Lifecycle rules: which may be set.

use super::{refuse, round, set, text, told};
use crate::support::World;

fn document(rules: &str) -> String {
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

fn rule(id: &str, prefix: &str, inner: &str) -> String {
    format!("<Rule><ID>{id}</ID><Prefix>{prefix}</Prefix><Status>Enabled</Status>{inner}</Rule>")
}

const EXPIRE: &str = "<Expiration><Days>30</Days></Expiration>";

fn transition(days: u32) -> String {
    format!("<Transition><Days>{days}</Days><StorageClass>IA</StorageClass></Transition>")
}

#[tokio::test]
async fn rules_are_told_as_they_were_set() {
    let world = World::new().await;
    let whole = document(&[
        rule(
            "one",
            "logs/",
            "<Tag><Key>a</Key><Value>1</Value></Tag><Filter>\
             <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>\
             <ObjectSizeLessThan>64000</ObjectSizeLessThan><Not><Prefix>logs/keep</Prefix>\
             <Tag><Key>k</Key><Value>v</Value></Tag></Not></Filter>\
             <Expiration><Days>30</Days></Expiration><Transition><Days>10</Days>\
             <StorageClass>IA</StorageClass></Transition><NoncurrentVersionExpiration>\
             <NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>\
             <NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays>\
             <StorageClass>IA</StorageClass></NoncurrentVersionTransition>",
        ),
        rule(
            "two",
            "up/",
            "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
             <AbortMultipartUpload><CreatedBeforeDate>2023-11-15T00:00:00.000Z</CreatedBeforeDate>\
             </AbortMultipartUpload>",
        ),
    ]
    .concat());
    round(&world, "lifecycle", &whole, &whole).await;
    let unnamed =
        document("<Rule><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>");
    world.send(set("lifecycle", unnamed)).await.assert_status(200);
    let answer = world.send(told("lifecycle")).await.xml();
    assert_eq!(answer.text("Rule/ID").len(), 32, "{}", text(&answer));
}

#[tokio::test]
async fn rules_that_cannot_be_carried_out_are_refused() {
    let world = World::new().await;
    let one = |inner: &str| document(&rule("r", "p/", inner));
    let archive = "<Transition><Days>1</Days><StorageClass>Archive</StorageClass></Transition>";
    let access = "<Transition><Days>1</Days><StorageClass>IA</StorageClass>\
                  <IsAccessTime>true</IsAccessTime></Transition>";
    let tag = "<Tag><Key>a</Key><Value>b</Value></Tag>";
    let abort = "<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>";
    let marker =
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
    for (inner, status, code) in [
        (String::new(), 400, "InvalidRequest"),
        (archive.to_owned(), 501, "NotImplemented"),
        (access.to_owned(), 501, "NotImplemented"),
        (archive.replace("Archive", "Gold"), 400, "InvalidArgument"),
        (access.replace("IsAccessTime", "AllowSmallFile"), 400, "InvalidRequest"),
        ("<Expiration/>".to_owned(), 400, "InvalidRequest"),
        ("<Expiration><Days>0</Days></Expiration>".to_owned(), 400, "MalformedXML"),
        ("<Expiration><Days>99999999999</Days></Expiration>".to_owned(), 400, "MalformedXML"),
        (
            "<Expiration><Date>2023-11-15T01:00:00.000Z</Date></Expiration>".to_owned(),
            400,
            "InvalidArgument",
        ),
        (
            "<Expiration><Date>2023-02-30T00:00:00.000Z</Date></Expiration>".to_owned(),
            400,
            "InvalidArgument",
        ),
        ("<Expiration><Date>soon</Date></Expiration>".to_owned(), 400, "InvalidArgument"),
        (
            "<Expiration><Days>1</Days><Date>2023-11-15T00:00:00.000Z</Date></Expiration>"
                .to_owned(),
            400,
            "InvalidRequest",
        ),
        (format!("{tag}{abort}"), 400, "InvalidRequest"),
        (format!("<Filter/>{abort}"), 400, "InvalidRequest"),
        (format!("{tag}{marker}"), 400, "InvalidRequest"),
        ("<AbortMultipartUpload/>".to_owned(), 400, "InvalidRequest"),
        (format!("{}{}", transition(1), transition(2)), 400, "InvalidRequest"),
        (format!("{}{EXPIRE}", transition(30)), 400, "InvalidRequest"),
        (
            format!(
                "{}<Expiration><CreatedBeforeDate>2023-11-15T00:00:00.000Z</CreatedBeforeDate>\
                 </Expiration>",
                transition(1)
            ),
            400,
            "InvalidRequest",
        ),
    ] {
        refuse(&world, "lifecycle", &one(&inner), status, code).await;
    }
    refuse(&world, "lifecycle", &document(""), 400, "MalformedXML").await;
    let twice = [rule("r", "a", EXPIRE), rule("r", "b", EXPIRE)].concat();
    refuse(&world, "lifecycle", &document(&twice), 400, "InvalidArgument").await;
    let named = rule(&"i".repeat(256), "a", EXPIRE);
    refuse(&world, "lifecycle", &document(&named), 400, "MalformedXML").await;
}

#[tokio::test]
async fn filters_that_leave_nothing_are_refused() {
    let world = World::new().await;
    let not = |inner: &str| format!("<Filter><Not>{inner}</Not></Filter>{EXPIRE}");
    for (inner, status, code) in [
        (not(""), 400, "InvalidRequest"),
        (not("<Prefix>other</Prefix>"), 400, "InvalidArgument"),
        (not("<Prefix>p/</Prefix>"), 400, "InvalidArgument"),
        (
            format!(
                "<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>\
                 <ObjectSizeLessThan>5</ObjectSizeLessThan></Filter>{EXPIRE}"
            ),
            400,
            "InvalidArgument",
        ),
        (
            "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>\
             </NoncurrentVersionExpiration><NoncurrentVersionTransition>\
             <NoncurrentDays>3</NoncurrentDays><StorageClass>IA</StorageClass>\
             </NoncurrentVersionTransition>"
                .to_owned(),
            400,
            "InvalidRequest",
        ),
    ] {
        refuse(&world, "lifecycle", &document(&rule("r", "p/", &inner)), status, code).await;
    }
}

#[tokio::test]
async fn rules_that_overlap_are_meant_or_refused() {
    let world = World::new().await;
    let tagged = format!("<Tag><Key>a</Key><Value>b</Value></Tag>{EXPIRE}");
    for (first, second, ec) in [
        (rule("1", "a", EXPIRE), rule("2", "a/b", EXPIRE), Some("0014-00000084")),
        (rule("1", "a/b", EXPIRE), rule("2", "", EXPIRE), Some("0014-00000084")),
        (rule("1", "a", EXPIRE), rule("2", "a", &transition(3)), Some("0014-00000085")),
        (rule("1", "a", &transition(2)), rule("2", "ab", &transition(3)), Some("0014-00000079")),
        (rule("1", "a", EXPIRE), rule("2", "b", EXPIRE), None),
        (rule("1", "a", EXPIRE), rule("2", "a/b", &tagged), None),
        (rule("1", "a", EXPIRE), rule("2", "ab", &transition(3)), None),
    ] {
        let rules = document(&format!("{first}{second}"));
        let answer = world.send(set("lifecycle", rules.as_str())).await;
        assert_eq!(answer.header("x-oss-ec"), ec, "{rules}");
        if ec.is_some() {
            answer.assert_error(400, "InvalidRequest");
        }
        let meant = set("lifecycle", rules).header("x-oss-allow-same-action-overlap", "true");
        world.send(meant).await.assert_status(200);
    }
    // Deleting before moving makes no sense, whoever means it.
    let early = document(&[rule("1", "a", EXPIRE), rule("2", "a/b", &transition(30))].concat());
    let answer =
        world.send(set("lifecycle", early).header("x-oss-allow-same-action-overlap", "true"));
    assert_eq!(answer.await.header("x-oss-ec"), Some("0014-00000082"));
}

#[tokio::test]
async fn a_bucket_has_a_thousand_rules_and_no_more() {
    let world = World::new().await;
    let rules = |count: usize| -> String {
        (0..count)
            .map(|number| rule(&format!("r{number}"), &format!("p{number:04}/"), EXPIRE))
            .collect()
    };
    world.send(set("lifecycle", document(&rules(1000)))).await.assert_status(200);
    assert_eq!(world.send(told("lifecycle")).await.xml().children.len(), 1000);
    refuse(&world, "lifecycle", &document(&rules(1001)), 400, "MalformedXML").await;
}
