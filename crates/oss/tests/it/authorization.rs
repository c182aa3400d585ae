//! Every operation with every kind of caller.

mod configuration;
mod objects;

use std::collections::BTreeSet;

use rolecall_oss::OPERATIONS;
use serde_json::json;

use crate::support::{
    ACCOUNT, Element, OTHER_ACCOUNT, Request, Signed, World, policy, put, request, statements,
};

mod access;
mod forms;
mod multipart;

/// An operation, the one check that it must pass, and a request for it.
struct Row {
    operation: &'static str,
    action: &'static str,
    /// The resource, behind the account.
    resource: &'static str,
    request: fn() -> Request,
    /// The status where it is allowed.
    status: u16,
}

fn on_bucket(method: &'static str) -> Request {
    request(method, "bucket", "")
}

const TABLE: &[Row] = &[
    Row {
        operation: "ListBuckets",
        action: "oss:ListBuckets",
        resource: "*",
        request: || request("GET", "", ""),
        status: 200,
    },
    Row {
        operation: "PutBucket",
        action: "oss:PutBucket",
        resource: "bucket",
        request: || on_bucket("PUT"),
        status: 200,
    },
    Row {
        operation: "DeleteBucket",
        action: "oss:DeleteBucket",
        resource: "empty",
        request: || request("DELETE", "empty", ""),
        status: 204,
    },
    Row {
        operation: "GetBucketInfo",
        action: "oss:GetBucketInfo",
        resource: "bucket",
        request: || on_bucket("GET").query("bucketInfo", ""),
        status: 200,
    },
    Row {
        operation: "GetBucketLocation",
        action: "oss:GetBucketLocation",
        resource: "bucket",
        request: || on_bucket("GET").query("location", ""),
        status: 200,
    },
    Row {
        operation: "GetBucketAcl",
        action: "oss:GetBucketAcl",
        resource: "bucket",
        request: || on_bucket("GET").query("acl", ""),
        status: 200,
    },
    Row {
        operation: "ListObjects",
        action: "oss:ListObjects",
        resource: "bucket",
        request: || on_bucket("GET"),
        status: 200,
    },
    Row {
        operation: "ListObjectsV2",
        action: "oss:ListObjects",
        resource: "bucket",
        request: || on_bucket("GET").query("list-type", "2"),
        status: 200,
    },
    Row {
        operation: "PutObject",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: || put("bucket", "dir/new", "x"),
        status: 200,
    },
    Row {
        operation: "GetObject",
        action: "oss:GetObject",
        resource: "bucket/dir/*",
        request: || request("GET", "bucket", "dir/k"),
        status: 200,
    },
    Row {
        operation: "HeadObject",
        action: "oss:GetObject",
        resource: "bucket/dir/*",
        request: || request("HEAD", "bucket", "dir/k"),
        status: 200,
    },
    Row {
        operation: "GetObjectMeta",
        action: "oss:GetObject",
        resource: "bucket/dir/*",
        request: || request("HEAD", "bucket", "dir/k").query("objectMeta", ""),
        status: 200,
    },
    Row {
        operation: "DeleteObject",
        action: "oss:DeleteObject",
        resource: "bucket/dir/*",
        request: || request("DELETE", "bucket", "dir/gone"),
        status: 204,
    },
];

/// The EC where nothing allows a row's action.
fn unallowed(row: &Row) -> &'static str {
    match row.action {
        "oss:GetObjectAcl" => "0003-00000007",
        "oss:PutObjectAcl" => "0003-00000008",
        _ => "0003-00000001",
    }
}

/// All rows, of all subjects.
fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE
        .iter()
        .chain(configuration::TABLE)
        .chain(objects::TABLE)
        .chain(multipart::TABLE)
        .chain(forms::TABLE)
        .chain(access::TABLE)
}

fn arn(account: &str, resource: &str) -> String {
    format!("acs:oss:*:{account}:{resource}")
}

/// The users that a row is tried with: their names, accounts and policies.
fn users_of(row: &Row) -> Vec<(&'static str, &'static str, String)> {
    let exact = arn("*", row.resource);
    let elsewhere =
        if row.resource == "*" { "acs:oss:*:*:x" } else { "acs:oss:*:*:bucket/other/*" };
    let other = if row.action == "oss:ListBuckets" { "oss:GetObject" } else { "oss:ListBuckets" };
    let all = ("Allow", "oss:*", "*");
    vec![
        ("exact", ACCOUNT, policy("Allow", row.action, &exact)),
        ("stranger", ACCOUNT, policy("Allow", "ecs:*", "*")),
        ("elsewhere", ACCOUNT, policy("Allow", row.action, elsewhere)),
        ("otheraction", ACCOUNT, policy("Allow", other, "*")),
        ("denied", ACCOUNT, statements(&[all, ("Deny", row.action, &exact)])),
        ("deniedother", ACCOUNT, statements(&[all, ("Deny", other, "*")])),
        ("foreigner", OTHER_ACCOUNT, policy("Allow", "*", "*")),
    ]
}

async fn world(row: &Row) -> World {
    let world = World::with(&users_of(row)).await;
    for bucket in ["bucket", "empty", "policed"] {
        world.send(request("PUT", bucket, "")).await.assert_status(200);
    }
    let policy = request("PUT", "policed", "").query("policy", "");
    let policy = policy.body(rolecall_gate::Body::full(access::POLICY));
    world.send(policy).await.assert_status(200);
    world.send(put("bucket", "dir/k", "x")).await.assert_status(200);
    for document in configuration::documents() {
        world.send(document).await.assert_status(200);
    }
    world.send(objects::link()).await.assert_status(200);
    world
}

async fn refused(world: &World, row: &Row, asked: Request, ec: &str) {
    let (operation, who) = (row.operation, asked.who.clone());
    let answer = world.send(asked).await;
    assert_eq!(answer.status, 403, "{operation} by {who}: {answer:?}");
    assert_eq!(answer.code(), "AccessDenied");
    assert_eq!(answer.header("x-oss-ec"), Some(ec), "{operation} by {who}");
}

#[test]
fn the_table_has_every_operation() {
    let table: BTreeSet<_> = rows().map(|row| row.operation).collect();
    let mut all: BTreeSet<_> = OPERATIONS.iter().map(|it| it.spec().action).collect();
    for several_checks in objects::SEVERAL_CHECKS {
        assert!(all.remove(several_checks));
    }
    assert_eq!(table, all);
}

#[tokio::test]
async fn users() {
    for row in rows() {
        let world = world(row).await;
        refused(&world, row, (row.request)().by("stranger"), unallowed(row)).await;
        refused(&world, row, (row.request)().by("elsewhere"), unallowed(row)).await;
        refused(&world, row, (row.request)().by("otheraction"), unallowed(row)).await;
        let is_batch = row.operation == "DeleteMultipleObjects";
        let ec = if is_batch { "0003-00000204" } else { "0003-00000201" };
        refused(&world, row, (row.request)().by("denied"), ec).await;
        let answer = world.send((row.request)().by("exact")).await;
        assert_eq!(answer.status, row.status, "{} by exact", row.operation);
        let world = self::world(row).await;
        let answer = world.send((row.request)().by("deniedother")).await;
        assert_eq!(answer.status, row.status, "{} by deniedother", row.operation);
    }
}

#[tokio::test]
async fn nobody() {
    for row in rows() {
        let world = world(row).await;
        let ec = match row.resource {
            "*" => "0003-00000905",
            bucket if !bucket.contains('/') => "0003-00000002",
            _ => unallowed(row),
        };
        refused(&world, row, (row.request)().unsigned(), ec).await;
    }
}

#[tokio::test]
async fn other_accounts() {
    for row in rows() {
        let world = world(row).await;
        for who in ["LTAIother", "foreigner"] {
            let asked = (row.request)().by(who);
            match row.operation {
                "DescribeRegions" => world.send(asked).await.assert_status(200),
                // Of its own account.
                "ListBuckets" => {
                    let document = world.send(asked).await.xml();
                    assert_eq!(document.text("Owner/ID"), OTHER_ACCOUNT);
                    assert!(document.find("Buckets").unwrap().children.is_empty());
                }
                "PutBucket" => world.send(asked).await.assert_error(409, "BucketAlreadyExists"),
                _ if row.resource == "*" => assert_eq!(world.send(asked).await.status, row.status),
                _ => refused(&world, row, asked, unallowed(row)).await,
            }
        }
    }
}

#[tokio::test]
async fn sessions() {
    for row in rows() {
        let world = world(row).await;
        let exact = policy("Allow", row.action, &arn("*", row.resource));
        let other = policy("Allow", "ecs:*", "*");
        let deny = statements(&[("Allow", "*", "*"), ("Deny", row.action, "*")]);
        for (policies, status, ec) in [
            (vec![other.clone()], 403, Some("0003-00000301")),
            (vec![deny], 403, Some("0003-00000301")),
            (vec![exact.clone(), other], 403, Some("0003-00000301")),
            (vec![exact], row.status, None),
        ] {
            let (who, token, secret) = world.session(&policies);
            let mut asked = (row.request)().by(&who);
            asked.token = Some(token);
            let answer = world.send_with(asked, &secret).await;
            assert_eq!(answer.status, status, "{} with {policies:?}", row.operation);
            assert_eq!(answer.header("x-oss-ec").filter(|_| status == 403), ec);
        }
    }
}

#[tokio::test]
async fn a_refusal_says_why() {
    let row = &TABLE[9];
    let world = world(row).await;
    let answer = world.send((row.request)().by("denied")).await;
    let error = answer.error();
    for (path, expected) in [
        ("Message", "Access denied by bucket policy."),
        ("Bucket", "bucket"),
        ("AccessDeniedDetail/AuthAction", "oss:GetObject"),
        ("AccessDeniedDetail/AuthPrincipalType", "SubUser"),
        ("AccessDeniedDetail/AuthPrincipalOwnerId", ACCOUNT),
        ("AccessDeniedDetail/NoPermissionType", "ExplicitDeny"),
        ("AccessDeniedDetail/PolicyType", "AccountLevelIdentityBasedPolicy"),
    ] {
        assert_eq!(error.text(path), expected, "{path}");
    }
    let answer = world.send((row.request)().by("stranger")).await;
    let message = "You have no right to access this object because of bucket acl.";
    assert_eq!(answer.error().text("Message"), message);
    assert_eq!(answer.error().text("AccessDeniedDetail/NoPermissionType"), "ImplicitDeny");
}

/// The sealed words of an answer, where it has any.
fn message(error: &Element) -> Option<&str> {
    let detail = error.find("AccessDeniedDetail")?;
    detail.find("EncodedDiagnosticMessage").map(|_| error.text(MESSAGE))
}

const MESSAGE: &str = "AccessDeniedDetail/EncodedDiagnosticMessage";

#[tokio::test]
async fn a_refusal_is_sealed_for_the_callers_own_account_alone() {
    let row = &TABLE[9];
    let world = world(row).await;
    for who in ["stranger", "denied"] {
        let answer = world.send((row.request)().by(who)).await;
        assert!(message(&answer.error()).unwrap().starts_with("AQEAAAAB"), "{who}");
    }
    let foreigner = world.send((row.request)().by("foreigner")).await;
    assert_eq!(foreigner.error().text("AccessDeniedDetail/AuthPrincipalType"), "SubUser");
    assert_eq!(message(&foreigner.error()), None, "another account's bucket");
    let nobody = world.send((row.request)().signed(Signed::No)).await;
    assert_eq!((nobody.status, message(&nobody.error())), (403, None));
}

#[tokio::test]
async fn the_header_of_a_refused_head_stays_small() {
    let row = &TABLE[9];
    let world = world(row).await;
    // The longest key of the characters that take most room as JSON.
    let asked = request("HEAD", "bucket", &"\u{1}".repeat(1_023)).by("stranger");
    let answer = world.send(asked.header("user-agent", &"agent".repeat(2_000))).await;
    assert_eq!(answer.status, 403);
    let header = answer.header("x-oss-err").unwrap();
    assert!(header.len() < 8_192, "{}", header.len());
}

/// Whoever has no key fills no disk.
#[tokio::test]
async fn little_is_recorded_of_a_denial_of_nobody() {
    let world = world(&TABLE[9]).await;
    let long = "k".repeat(1_023);
    for who in [Signed::No, Signed::V1] {
        let asked = request("GET", "bucket", &long).by("stranger").signed(who);
        let answer = world.send(asked.header("user-agent", &"agent".repeat(2_000))).await;
        assert_eq!(answer.status, 403);
    }
    let denials = world.book.denials.lock().unwrap().clone();
    let [nobodys, users] = &denials[..] else { panic!("{denials:?}") };
    assert!(nobodys.to_string().len() < 1_024, "{nobodys}");
    assert_eq!(nobodys["conditions"], serde_json::Value::Null, "{nobodys}");
    assert_eq!(nobodys["explanation"]["decision"], "ImplicitDeny");
    assert_eq!(nobodys["explanation"]["layer"], "Identity");
    assert_ne!(users["explanation"]["remedies"], serde_json::Value::Null, "{users}");
}

#[tokio::test]
async fn a_session_needs_its_token() {
    let world = World::new().await;
    let (who, token, secret) = world.session(&[]);
    let asked = |token: Option<String>| {
        let mut asked = request("GET", "bucket", "").by(&who);
        asked.token = token;
        asked
    };
    world.send_with(asked(Some(token.clone())), &secret).await.assert_status(200);
    world.send_with(asked(None), &secret).await.assert_error(403, "InvalidAccessKeyId");
    let garbled = format!("{token}A");
    let answer = world.send_with(asked(Some(garbled)), &secret).await;
    answer.assert_error(403, "InvalidSecurityToken");
    let (_, others, _) = world.session(&[]);
    let answer = world.send_with(asked(Some(others)), &secret).await;
    answer.assert_error(403, "AccessKeyIdAndSecurityTokenNotMatch");
    world.clock.advance(3600);
    let answer = world.send_with(asked(Some(token)), &secret).await;
    answer.assert_error(403, "SecurityTokenExpired");
}

#[tokio::test]
async fn conditions_see_the_request() {
    let conditioned = |action: &str, key: &str, value: &str| {
        let statement = json!({
            "Effect": "Allow", "Action": action, "Resource": "*",
            "Condition": {"StringLike": {key: [value]}},
        });
        json!({"Version": "1", "Statement": [statement]}).to_string()
    };
    let home = conditioned("oss:ListObjects", "oss:Prefix", "user/eric/*");
    let flat = conditioned("oss:ListObjects", "oss:Delimiter", "");
    let agent = conditioned("oss:ListObjects", "acs:UserAgent", "good*");
    let long = conditioned("oss:ListObjects", "acs:UserAgent", &"g".repeat(512));
    let key = conditioned("oss:ListObjects", "acs:AccessId", "key");
    let acl = conditioned("oss:PutObject", "oss:x-oss-object-acl", "private");
    let world = World::with(&[
        ("home", ACCOUNT, home),
        ("flat", ACCOUNT, flat),
        ("agent", ACCOUNT, agent),
        ("long", ACCOUNT, long),
        ("key", ACCOUNT, key),
        ("acl", ACCOUNT, acl),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let list = |who: &str| request("GET", "bucket", "").by(who);
    let upload = || put("bucket", "k", "").by("acl");
    for (asked, status) in [
        (list("home"), 403),
        (list("home").query("prefix", "user/"), 403),
        (list("home").query("prefix", "user/eric/a"), 200),
        (list("home").query("prefix", "user/eric/").query("list-type", "2"), 200),
        (list("flat"), 200),
        (list("flat").query("delimiter", "/"), 403),
        (list("agent"), 403),
        (list("agent").header("user-agent", "good/1"), 200),
        // What stands behind 512 bytes is not seen.
        (list("long").header("user-agent", &"g".repeat(511)), 403),
        (list("long").header("user-agent", &"g".repeat(20_000)), 200),
        (list("key"), 200),
        (upload(), 403),
        (upload().header("x-oss-object-acl", "default"), 403),
        (upload().header("x-oss-object-acl", "private"), 200),
    ] {
        let what = format!("{} {:?} {:?}", asked.who, asked.query, asked.headers);
        assert_eq!(world.send(asked).await.status, status, "{what}");
    }
}

#[tokio::test]
async fn the_bucket_comes_before_permission() {
    let world = World::new().await;
    for signed in [Signed::V1, Signed::No] {
        for asked in [request("GET", "nothing", "k"), request("GET", "nothing", "")] {
            let asked = asked.by("LTAIother").signed(signed.clone());
            world.send(asked).await.assert_error(404, "NoSuchBucket");
        }
    }
    let chosen = request("GET", "bucket", "k").query("response-expires", "x").signed(Signed::No);
    world.send(chosen).await.assert_error(400, "InvalidRequest");
}
