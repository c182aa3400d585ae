//! Bucket policies, access control lists and blocks of public access: what is kept, what is
//! refused, and what a denial says.

use rolecall_gate::Body;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Request, Signed, World, get, policy, put, request};

fn of_policy(method: &'static str) -> Request {
    request(method, "bucket", "").query("policy", "")
}

async fn set_policy(world: &World, text: impl Into<String>) {
    let text = text.into();
    world.send(of_policy("PUT").body(Body::full(text))).await.assert_status(200);
}

/// A policy of one statement on everything in the bucket.
fn bucket_policy(effect: &str, principal: &str, action: &str, condition: &Value) -> String {
    let statement = json!({
        "Effect": effect,
        "Principal": [principal],
        "Action": [action],
        "Resource": ["acs:oss:*:*:bucket", "acs:oss:*:*:bucket/*"],
        "Condition": condition,
    });
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

async fn block(world: &World, on: &str, method: &'static str) {
    let body = "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess>\
                </PublicAccessBlockConfiguration>";
    let asked = request(method, on, "").query("publicAccessBlock", "").body(Body::full(body));
    world.send(asked).await.assert_status(if method == "PUT" { 200 } else { 204 });
}

async fn blocked(world: &World, on: &str) -> String {
    let answer = world.send(request("GET", on, "").query("publicAccessBlock", "")).await.xml();
    assert_eq!(answer.name, "PublicAccessBlockConfiguration");
    answer.text("BlockPublicAccess").to_owned()
}

fn anonymous(request: Request) -> Request {
    request.signed(Signed::No)
}

#[tokio::test]
async fn a_policy_is_given_back_as_it_was_sent() {
    let world = World::new().await;
    world.send(of_policy("GET")).await.assert_error(404, "NoSuchBucketPolicy");
    world.send(of_policy("DELETE")).await.assert_status(204);
    let text = "{ \"Version\":\"1\",\n\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\
                [\"oss:PutObject\"],\"Principal\":[\"1234567890\"],\"Resource\":\
                [\"acs:oss:*:1234567890:*/*\"]}]}";
    set_policy(&world, text).await;
    let answer = world.send(of_policy("GET")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.body, text.as_bytes());
    world.send(of_policy("DELETE")).await.assert_status(204);
    world.send(of_policy("GET")).await.assert_error(404, "NoSuchBucketPolicy");
}

#[tokio::test]
async fn what_is_no_policy_is_refused_and_the_old_one_stays() {
    let world = World::new().await;
    let old = bucket_policy("Allow", "200000000000000009", "oss:GetObject", &json!({}));
    set_policy(&world, old.as_str()).await;
    let wrong = |edit: &str, by: &str| old.replace(edit, by);
    for (text, reason) in [
        (String::new(), "empty"),
        ("{".to_owned(), "line 1"),
        (wrong("\"1\"", "\"2\""), "Version"),
        (wrong("[\"200000000000000009\"]", "[\"acs:ram::1:user/bob\"]"), "UID"),
        (wrong("\"Principal\"", "\"NotPrincipal\""), "NotPrincipal"),
        (wrong("\"Allow\"", "\"allow\""), "Effect"),
        (wrong("\"Effect\"", "\"Effect\":\"Deny\",\"Effect\""), "line 1"),
        (format!("{old}{}", " ".repeat(16 * 1024)), "characters"),
    ] {
        let answer = world.send(of_policy("PUT").body(Body::full(text))).await;
        answer.assert_error(400, "InvalidPolicyDocument");
        let message = answer.error().text("Message").to_owned();
        assert!(message.contains(reason), "{message}");
    }
    let bytes = of_policy("PUT").body(Body::full(b"\xff".to_vec()));
    world.send(bytes).await.assert_error(400, "InvalidPolicyDocument");
    assert_eq!(world.send(of_policy("GET")).await.body, old.as_bytes());
}

#[tokio::test]
async fn a_change_decides_on_the_next_request_on_every_node() {
    let world = World::new().await;
    let other = world.beside();
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let open = bucket_policy("Allow", "*", "oss:GetObject", &json!({}));
    for _ in 0..3 {
        for node in [&world, &other] {
            node.send(anonymous(get("bucket", "k"))).await.assert_error(403, "AccessDenied");
        }
        set_policy(&other, open.as_str()).await;
        for node in [&world, &other] {
            node.send(anonymous(get("bucket", "k"))).await.assert_status(200);
        }
        other.send(of_policy("DELETE")).await.assert_status(204);
    }
    // A bucket of the same name that is made anew has nothing of the old one.
    set_policy(&other, open.as_str()).await;
    other.send(request("DELETE", "bucket", "k")).await.assert_status(204);
    other.send(request("DELETE", "bucket", "")).await.assert_status(204);
    world.send(anonymous(get("bucket", "k"))).await.assert_error(404, "NoSuchBucket");
    other.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(anonymous(get("bucket", "k"))).await.assert_error(403, "AccessDenied");
}

#[tokio::test]
async fn nobody_learns_which_keys_a_private_bucket_has() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(put("bucket", "own", "x").header("x-oss-object-acl", "private")).await;
    for key in ["k", "own", "missing"] {
        let answers = [
            world.send(anonymous(get("bucket", key))).await,
            world.send(get("bucket", key).by("LTAIother")).await,
        ];
        for answer in answers {
            assert_eq!((answer.status, answer.header("x-oss-ec")), (403, Some("0003-00000001")));
        }
    }
    let acl = request("PUT", "bucket", "").query("acl", "").header("x-oss-acl", "public-read");
    world.send(acl).await.assert_status(200);
    world.send(anonymous(get("bucket", "missing"))).await.assert_error(404, "NoSuchKey");
    world.send(anonymous(get("nothing", "k"))).await.assert_error(404, "NoSuchBucket");
    world.send(anonymous(get("bucket", "own"))).await.assert_error(403, "AccessDenied");
}

#[tokio::test]
async fn nothing_new_is_made_public_while_that_is_blocked() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let public = |value: &str| {
        let on = |method, key| request(method, "bucket", key);
        [
            on("PUT", "").header("x-oss-acl", value),
            on("PUT", "").query("acl", "").header("x-oss-acl", value),
            on("PUT", "k").query("acl", "").header("x-oss-object-acl", value),
            put("bucket", "new", "x").header("x-oss-object-acl", value),
            on("POST", "new").query("uploads", "").header("x-oss-object-acl", value),
        ]
    };
    let open = || {
        let text = bucket_policy("Allow", "*", "oss:GetObject", &json!({}));
        of_policy("PUT").body(Body::full(text))
    };
    for on in ["bucket", ""] {
        assert_eq!(blocked(&world, on).await, "false");
        block(&world, on, "PUT").await;
        assert_eq!(blocked(&world, on).await, "true");
        for value in ["public-read", "public-read-write"] {
            for asked in public(value) {
                let answer = world.send(asked).await;
                answer.assert_error(403, "AccessDenied");
                assert_eq!(answer.header("x-oss-ec"), Some("0099-00000401"));
            }
        }
        world.send(open()).await.assert_error(403, "AccessDenied");
        world.send(get("bucket", "new")).await.assert_error(404, "NoSuchKey");
        for asked in public("private") {
            world.send(asked).await.assert_status(200);
        }
        let closed = bucket_policy("Allow", "200000000000000009", "oss:*", &json!({}));
        set_policy(&world, closed).await;
        world.send(request("DELETE", "bucket", "new")).await.assert_status(204);
        block(&world, on, "DELETE").await;
        assert_eq!(blocked(&world, on).await, "false");
        world.send(of_policy("DELETE")).await.assert_status(204);
    }
    // A bucket that is to be made is the account's already.
    block(&world, "", "PUT").await;
    let another = request("PUT", "another", "").header("x-oss-acl", "public-read");
    world.send(another).await.assert_error(403, "AccessDenied");
    world.send(get("another", "k")).await.assert_error(404, "NoSuchBucket");
    let others = request("PUT", "another", "").header("x-oss-acl", "public-read").by("LTAIother");
    world.send(others).await.assert_status(200);
    block(&world, "", "DELETE").await;
    for asked in public("public-read") {
        world.send(asked).await.assert_status(200);
    }
    world.send(open()).await.assert_status(200);
}

#[tokio::test]
async fn a_policy_is_public_unless_it_keeps_to_some_who_are_known() {
    let world = World::new().await;
    let status = async || {
        let asked = request("GET", "bucket", "").query("policyStatus", "");
        world.send(asked).await.xml().text("IsPublic").to_owned()
    };
    assert_eq!(status().await, "false");
    let ip = |range: &str| json!({"IpAddress": {"acs:SourceIp": [range]}});
    for (effect, principal, condition, public) in [
        ("Allow", "*", json!({}), "true"),
        ("Deny", "*", json!({}), "false"),
        ("Allow", "200000000000000009", json!({}), "false"),
        ("Allow", "*", ip("10.0.0.0/8"), "false"),
        ("Allow", "*", ip("0.0.0.0/0"), "true"),
        ("Allow", "*", ip("0.0.0.0/1"), "true"),
        ("Allow", "*", json!({"NotIpAddress": {"acs:SourceIp": ["10.0.0.1"]}}), "true"),
        ("Allow", "*", json!({"StringEquals": {"acs:SourceVpc": ["vpc-1"]}}), "false"),
        ("Allow", "*", json!({"StringLike": {"acs:SourceVpc": ["vpc-*"]}}), "true"),
        ("Allow", "*", json!({"StringNotEquals": {"acs:SourceVpc": ["vpc-1"]}}), "true"),
        ("Allow", "*", json!({"StringEquals": {"acs:AccessId": ["LTAI1"]}}), "false"),
        ("Allow", "*", json!({"StringEquals": {"acs:UserAgent": ["x"]}}), "true"),
        ("Allow", "*", json!({"ForAllValues:StringEquals": {"acs:SourceVpc": ["v"]}}), "true"),
    ] {
        set_policy(&world, bucket_policy(effect, principal, "oss:GetObject", &condition)).await;
        assert_eq!(status().await, public, "{effect} {principal} {condition}");
    }
    let empty = bucket_policy("Allow", "*", "oss:GetObject", &json!({})).replace("[\"*\"]", "[]");
    set_policy(&world, empty).await;
    assert_eq!(status().await, "true", "an empty list is everybody");
}

#[tokio::test]
async fn an_access_control_list_is_told_as_it_was_set() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let of_object = |method| request(method, "bucket", "k").query("acl", "");
    let missing = world.send(of_object("PUT")).await;
    missing.assert_error(400, "InvalidArgument");
    assert_eq!(missing.header("x-oss-ec"), Some("0017-00000105"));
    let wrong = world.send(of_object("PUT").header("x-oss-object-acl", "everybody")).await;
    wrong.assert_error(400, "InvalidArgument");
    let bucket = request("PUT", "bucket", "").query("acl", "");
    world.send(bucket).await.assert_error(400, "InvalidArgument");
    for acl in ["default", "private", "public-read", "public-read-write"] {
        let set = of_object("PUT").header("x-oss-object-acl", acl);
        world.send(set).await.assert_status(200);
        let told = world.send(of_object("GET")).await.xml();
        assert_eq!(told.text("AccessControlList/Grant"), acl);
        assert_eq!(told.text("Owner/ID"), ACCOUNT);
    }
    let absent = request("PUT", "bucket", "absent").query("acl", "");
    let absent = absent.header("x-oss-object-acl", "private");
    world.send(absent).await.assert_error(404, "NoSuchKey");
    let absent = request("GET", "bucket", "absent").query("acl", "");
    world.send(absent).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn each_version_has_an_access_control_list_of_its_own() {
    let world = World::new().await;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let versioning = request("PUT", "bucket", "").query("versioning", "");
    world.send(versioning.body(Body::full(enabled))).await.assert_status(200);
    let old = world.send(put("bucket", "k", "old")).await;
    let old = old.header("x-oss-version-id").unwrap().to_owned();
    world.send(put("bucket", "k", "new")).await.assert_status(200);
    let acl = request("PUT", "bucket", "k").query("acl", "").query("versionId", &old);
    let acl = acl.header("x-oss-object-acl", "public-read");
    world.send(acl).await.assert_status(200);
    let answer = world.send(anonymous(get("bucket", "k").query("versionId", &old))).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"old"[..]));
    world.send(anonymous(get("bucket", "k"))).await.assert_error(403, "AccessDenied");
    let told = get("bucket", "k").query("acl", "");
    assert_eq!(world.send(told).await.xml().text("AccessControlList/Grant"), "default");
}

#[tokio::test]
async fn tags_decide_where_policies_look_at_them() {
    let look = |effect: &str, action: &str, key: &str| {
        let statement = json!({
            "Effect": effect, "Action": action, "Resource": "*",
            "Condition": {"StringEquals": {key: ["a"]}},
        });
        let all = json!({"Effect": "Allow", "Action": "oss:*", "Resource": "*"});
        let statements = if effect == "Deny" { vec![all, statement] } else { vec![statement] };
        json!({"Version": "1", "Statement": statements}).to_string()
    };
    let world = World::with(&[
        ("reader", ACCOUNT, look("Allow", "oss:GetObject", "oss:ExistingObjectTag/team")),
        ("kept", ACCOUNT, look("Deny", "oss:GetObject", "oss:ExistingObjectTag/team")),
        ("writer", ACCOUNT, look("Allow", "oss:PutObject*", "oss:RequestObjectTag/team")),
    ])
    .await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    for (key, tags) in [("a", "team=a&x=y"), ("b", "team=b"), ("c", "Team=a")] {
        let tagged = put("bucket", key, "x").header("x-oss-tagging", tags);
        world.send(tagged).await.assert_status(200);
        let status = async |who: &str| world.send(get("bucket", key).by(who)).await.status;
        let (allowed, denied) = if key == "a" { (200, 403) } else { (403, 200) };
        assert_eq!((status("reader").await, status("kept").await), (allowed, denied), "{key}");
        let write = put("bucket", "new", "x").header("x-oss-tagging", tags).by("writer");
        assert_eq!(world.send(write).await.status, allowed, "{key}");
    }
    // For strangers too.
    set_policy(
        &world,
        bucket_policy(
            "Allow",
            "*",
            "oss:GetObject",
            &json!({"StringEquals": {"oss:ExistingObjectTag/team": "b"}}),
        ),
    )
    .await;
    world.send(anonymous(get("bucket", "b"))).await.assert_status(200);
    world.send(anonymous(get("bucket", "a"))).await.assert_error(403, "AccessDenied");
}

#[tokio::test]
async fn a_signed_url_acts_as_its_signer_at_the_time_of_the_request() {
    let world = World::with(&[("silent", ACCOUNT, policy("Allow", "ecs:*", "*"))]).await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let url = || get("bucket", "k").by("silent").signed(Signed::Url);
    world.send(url()).await.assert_error(403, "AccessDenied");
    set_policy(&world, bucket_policy("Allow", "200000000000000000", "oss:Get*", &json!({}))).await;
    world.send(url()).await.assert_status(200);
    world.send(of_policy("DELETE")).await.assert_status(204);
    world.send(url()).await.assert_error(403, "AccessDenied");
}

#[tokio::test]
async fn a_denial_tells_what_decided_and_what_was_ignored() {
    let world = World::with(&[("user", ACCOUNT, policy("Allow", "oss:*", "*"))]).await;
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let last = || world.book.denials.lock().unwrap().last().unwrap()["explanation"].clone();
    set_policy(&world, bucket_policy("Deny", "*", "oss:GetObject", &json!({}))).await;
    let answer = world.send(get("bucket", "k").by("user")).await;
    let detail = |path: &str| answer.error().text(&format!("AccessDeniedDetail/{path}")).to_owned();
    assert_eq!(answer.error().text("Message"), "Access denied by bucket policy.");
    assert_eq!(detail("PolicyType"), "ResourceBasedPolicy");
    assert_eq!(detail("NoPermissionType"), "ExplicitDeny");
    assert_eq!(detail("AuthAction"), "oss:GetObject");
    assert!(!detail("EncodedDiagnosticMessage").is_empty());
    let told = last();
    assert_eq!(told["layer"], "Resource");
    assert_eq!(told["deciding"]["source"]["name"], "bucket policy");
    assert_eq!(told["deciding"]["statement"], 1);

    set_policy(&world, bucket_policy("Allow", "*", "oss:GetObject", &json!({}))).await;
    let acl = request("PUT", "bucket", "").query("acl", "").header("x-oss-acl", "public-read");
    world.send(acl).await.assert_status(200);
    world.send(anonymous(get("bucket", "k"))).await.assert_error(404, "NoSuchKey");
    block(&world, "bucket", "PUT").await;
    for stranger in [anonymous(get("bucket", "k")), get("bucket", "k").by("LTAIother")] {
        let answer = world.send(stranger).await;
        assert_eq!((answer.status, answer.header("x-oss-ec")), (403, Some("0003-00000001")));
        let ignored = &last()["ignored"];
        assert_eq!(ignored["at"], "Bucket");
        assert_eq!(ignored["statement"]["statement"], 1);
        assert_eq!(ignored["acl"], json!({"of": "Bucket", "access": "public-read"}));
    }
    block(&world, "", "PUT").await;
    world.send(anonymous(get("bucket", "k"))).await.assert_error(403, "AccessDenied");
    assert_eq!(last()["ignored"]["at"], "Account", "the widest");
}
