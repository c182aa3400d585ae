//! What the owner of a bucket sets: each document is set, told and taken back.

mod buckets;
mod cors;
mod lifecycle;
mod lifecycle_rules;
mod lifecycle_versions;
mod logging;
mod referer;
mod tags;
mod website;
mod xml_attacks;

use rolecall_gate::Body;

use crate::support::{Element, Request, World, request};

/// A `PUT` of a sub-resource's document.
pub(crate) fn set(sub_resource: &str, document: impl Into<String>) -> Request {
    let body = Body::full(document.into());
    request("PUT", "bucket", "").query(sub_resource, "").body(body)
}

/// A `GET` of it.
pub(crate) fn told(sub_resource: &str) -> Request {
    request("GET", "bucket", "").query(sub_resource, "")
}

#[tokio::test]
async fn versioning_is_set_and_told_and_never_unset() {
    let world = World::new().await;
    let unset = world.send(told("versioning")).await.xml();
    assert_eq!(unset.name, "VersioningConfiguration");
    assert!(unset.children.is_empty());
    let document = |status: &str| {
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>")
    };
    for status in ["Suspended", "Enabled"] {
        let answer = world.send(set("versioning", document(status))).await;
        answer.assert_status(200);
        assert!(answer.body.is_empty());
        assert_eq!(world.send(told("versioning")).await.xml().text("Status"), status);
        let info = world.send(told("bucketInfo")).await.xml();
        assert_eq!(info.text("Bucket/Versioning"), status);
    }
    let missing = world.send(set("versioning", "<VersioningConfiguration/>")).await;
    missing.assert_error(400, "InvalidArgument");
    assert_eq!(missing.error().text("Message"), "The Versioning element must be specified.");
    for wrong in [document("enabled"), document("Off"), "<Other/>".to_owned(), String::new()] {
        world.send(set("versioning", wrong)).await.assert_error(400, "MalformedXML");
    }
    let nowhere = request("PUT", "nowhere", "").query("versioning", "");
    world
        .send(nowhere.body(Body::full(document("Enabled"))))
        .await
        .assert_error(404, "NoSuchBucket");
    let digest = set("versioning", document("Suspended")).header("content-md5", "AAAA");
    world.send(digest).await.assert_error(400, "InvalidDigest");
    assert_eq!(world.send(told("versioning")).await.xml().text("Status"), "Enabled");
}

/// A `DELETE` of it.
pub(crate) fn unset(sub_resource: &str) -> Request {
    request("DELETE", "bucket", "").query(sub_resource, "")
}

/// A document as text, without its declaration: what a client would send to get it.
fn text(element: &Element) -> String {
    let inner = if element.children.is_empty() {
        element.text.replace('&', "&amp;").replace('<', "&lt;")
    } else {
        element.children.iter().map(text).collect()
    };
    format!("<{0}>{inner}</{0}>", element.name)
}

/// Sets a document and checks that it is told as `expected`.
async fn round(world: &World, sub_resource: &str, document: &str, expected: &str) {
    world.send(set(sub_resource, document)).await.assert_status(200);
    let answer = world.send(told(sub_resource)).await;
    answer.assert_status(200);
    assert_eq!(text(&answer.xml()), expected);
}

/// Checks that a document is refused and that nothing else is told afterwards.
async fn refuse(world: &World, sub_resource: &str, document: &str, status: u16, code: &str) {
    let before = world.send(told(sub_resource)).await;
    let answer = world.send(set(sub_resource, document)).await;
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{document}");
    let after = world.send(told(sub_resource)).await;
    assert_eq!(before.status, after.status, "{document}");
    if before.status == 200 {
        assert_eq!(before.body, after.body, "{document}");
    }
}

#[tokio::test]
async fn what_is_not_set_is_told_so_and_what_is_set_can_be_taken_back() {
    let world = World::new().await;
    for (sub_resource, document, code) in [
        (
            "cors",
            "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
             <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
            "NoSuchCORSConfiguration",
        ),
        (
            "lifecycle",
            "<LifecycleConfiguration><Rule><ID>a</ID><Prefix></Prefix><Status>Enabled</Status>\
             <Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
            "NoSuchLifecycle",
        ),
        (
            "website",
            "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument>\
             </WebsiteConfiguration>",
            "NoSuchWebsiteConfiguration",
        ),
    ] {
        world.send(told(sub_resource)).await.assert_error(404, code);
        world.send(unset(sub_resource)).await.assert_status(204);
        round(&world, sub_resource, document, document).await;
        let gone = world.send(unset(sub_resource)).await;
        gone.assert_status(204);
        assert!(gone.body.is_empty());
        world.send(told(sub_resource)).await.assert_error(404, code);
    }
}

#[tokio::test]
async fn what_is_set_belongs_to_the_bucket_and_goes_with_it() {
    let world = World::new().await;
    let cors = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
                <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
    let rules = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>1</Days>\
                 </Expiration></Rule></LifecycleConfiguration>";
    for (sub_resource, document) in [("cors", cors), ("lifecycle", rules)] {
        world.send(set(sub_resource, document)).await.assert_status(200);
    }
    world.send(request("DELETE", "bucket", "")).await.assert_status(204);
    world.send(told("cors")).await.assert_error(404, "NoSuchBucket");
    world.send(set("cors", cors)).await.assert_error(404, "NoSuchBucket");
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(told("cors")).await.assert_error(404, "NoSuchCORSConfiguration");
    world.send(told("lifecycle")).await.assert_error(404, "NoSuchLifecycle");
}

#[tokio::test]
async fn what_is_set_survives_a_restart() {
    let world = World::new().await;
    let document = "<RequestPaymentConfiguration><Payer>Requester</Payer>\
                    </RequestPaymentConfiguration>";
    world.send(set("requestPayment", document)).await.assert_status(200);
    let world = world.restarted().await;
    assert_eq!(world.send(told("requestPayment")).await.xml().text("Payer"), "Requester");
}

#[tokio::test]
async fn encryption_that_nobody_does_is_refused() {
    let world = World::new().await;
    let rule = |inner: &str| {
        format!(
            "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>{inner}\
             </ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
        )
    };
    let wrong = "InvalidEncryptionAlgorithmError";
    for (inner, status, code) in [
        ("<SSEAlgorithm>KMS</SSEAlgorithm>", 501, "NotImplemented"),
        ("<SSEAlgorithm>SM4</SSEAlgorithm>", 501, "NotImplemented"),
        ("<SSEAlgorithm>aes256</SSEAlgorithm>", 400, wrong),
        ("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>", 400, wrong),
        ("", 400, "MalformedXML"),
    ] {
        refuse(&world, "encryption", &rule(inner), status, code).await;
    }
    let info = world.send(told("bucketInfo")).await.xml();
    assert_eq!(info.text("Bucket/ServerSideEncryptionRule/SSEAlgorithm"), "None");
    world.send(told("encryption")).await.assert_error(404, "NoSuchServerSideEncryptionRule");
    world.send(unset("encryption")).await.assert_status(204);
}

#[tokio::test]
async fn callers_of_other_accounts_say_that_they_pay() {
    use crate::support::{ACCOUNT, OTHER_ACCOUNT, policy};
    let users = [
        ("own", ACCOUNT, policy("Allow", "oss:*", "*")),
        ("foreign", OTHER_ACCOUNT, policy("Allow", "oss:*", "*")),
    ];
    let world = World::with(&users).await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let payer = |payer: &str| {
        format!("<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>")
    };
    assert_eq!(world.send(told("requestPayment")).await.xml().text("Payer"), "BucketOwner");
    refuse(&world, "requestPayment", &payer("Nobody"), 400, "MalformedXML").await;
    round(&world, "requestPayment", &payer("Requester"), &payer("Requester")).await;
    let list = || request("GET", "bucket", "");
    world.send(list().by("own")).await.assert_status(200);
    let silent = world.send(list().by("foreign")).await;
    silent.assert_error(403, "AccessDenied");
    assert_eq!(silent.header("x-oss-ec"), Some("0003-00000703"));
    // Whoever says so is still to be permitted.
    let paying = list().by("foreign").header("x-oss-request-payer", "requester");
    let answer = world.send(paying).await;
    answer.assert_error(403, "AccessDenied");
    assert_eq!(answer.header("x-oss-ec"), Some("0003-00000001"));
}
