//! What is told of a denial: in the answer, in the audit trail, and by `DecodeDiagnosticMessage`.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::Value;

use crate::support::{ACCOUNT, Answer, STRANGER, TRUST_ACCOUNT, TRUST_ECS, World, document};

/// The sealed words of an answer.
fn message(answer: &Answer) -> &str {
    answer.body["AccessDeniedDetail"]["EncodedDiagnosticMessage"].as_str().unwrap()
}

async fn decoded(world: &World, caller: &Credentials, message: &str) -> Answer {
    let parameters = [("EncodedDiagnosticMessage", message)];
    world.ram(caller, "DecodeDiagnosticMessage", &parameters).await
}

async fn opened(world: &World, answer: &Answer) -> Value {
    let decoded = decoded(world, &world.root, message(answer)).await;
    assert_eq!(decoded.code(), "ok", "{}", decoded.body);
    decoded.body["DecodedDiagnosticMessage"].clone()
}

/// The last line of the audit trail that tells of a denial.
fn recorded(world: &World) -> String {
    let lines = world.recorded.0.lock().unwrap();
    lines.iter().rev().find(|line| line.contains("denial: Some")).cloned().unwrap()
}

#[tokio::test]
async fn an_implicit_denial_is_opened_by_its_account() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "ram:GetRole", "*")]).await;
    let denied = world.ram(&alice, "GetUser", &[("UserName", "alice")]).await;
    assert_eq!(denied.code(), "NoPermission");
    let open = opened(&world, &denied).await;
    assert_eq!(open["AuthAction"], "ram:GetUser");
    assert_eq!(open["AuthResource"], format!("acs:ram:*:{ACCOUNT}:user/alice"));
    assert_eq!(open["ExplicitDeny"], false);
    assert_eq!(open["MatchedPolicies"], serde_json::json!([]));
    assert_eq!(open["NoPermissionPolicyType"], "AccountLevelIdentityBasedPolicy");
    let principal = &open["AuthPrincipal"];
    assert_eq!(principal["AuthPrincipalType"], "SubUser");
    assert_eq!(principal["AuthPrincipalOwnerId"], ACCOUNT);
    let conditions = open["AuthConditions"].as_array().unwrap();
    let address = conditions.iter().find(|it| it["ConditionKey"] == "acs:sourceip").unwrap();
    assert_eq!(address["ConditionValues"], serde_json::json!(["192.0.2.7"]));
    let line = recorded(&world);
    assert!(line.contains("alice-0") && line.contains("Action"), "{line}");
}

#[tokio::test]
async fn an_explicit_denial_names_the_policy_and_its_holder() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "*", "*")]).await;
    world.policy("no-roles", &document("Deny", "ram:*Role", "*")).await;
    world.group("staff", &["alice"]).await;
    world.attach("Group", "staff", "Custom", "no-roles").await;
    let denied = world.ram(&alice, "GetRole", &[("RoleName", "web")]).await;
    let open = opened(&world, &denied).await;
    assert_eq!(open["ExplicitDeny"], true);
    let expected = serde_json::json!([{
        "AttachedEntityType": "RamGroup",
        "AttachedScope": "Account",
        "Effect": "Deny",
        "PolicyIdentifier": "no-roles",
        "PolicyType": "Custom",
        "PolicyVersion": "v1",
    }]);
    assert_eq!(open["MatchedPolicies"], expected);

    world.role("web", TRUST_ACCOUNT).await;
    world.attach("Role", "web", "Custom", "no-roles").await;
    let session = world.session(&alice, "web").await;
    let denied = world.ram(&session, "GetRole", &[("RoleName", "web")]).await;
    let open = opened(&world, &denied).await;
    assert_eq!(open["AuthPrincipal"]["AuthPrincipalDisplayName"], "web:alice");
    assert_eq!(open["MatchedPolicies"][0]["AttachedEntityType"], "RamRole");
}

#[tokio::test]
async fn a_role_that_does_not_trust_is_told_as_such() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "sts:AssumeRole", "*")]).await;
    world.role("machine", TRUST_ECS).await;
    let denied = world.assume(&alice, "machine", &[]).await;
    let open = opened(&world, &denied).await;
    assert_eq!(open["NoPermissionPolicyType"], "AssumeRolePolicy");
    let line = recorded(&world);
    assert!(line.contains("trust policy"), "{line}");
    assert!(line.contains(&format!("acs:ram::{ACCOUNT}:user/alice")), "the remedy: {line}");
}

#[tokio::test]
async fn nobody_else_opens_a_message() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "ram:GetRole", "*")]).await;
    let denied = world.ram(&alice, "ListUsers", &[]).await;
    let message = message(&denied).to_owned();
    let wrong = "InvalidParameter.EncodedDiagnosticMessage";
    let refused = decoded(&world, &world.stranger, &message).await;
    assert_eq!(refused.code(), wrong, "another account");
    let denied = decoded(&world, &alice, &message).await;
    assert_eq!(denied.code(), "NoPermission", "one's own message needs the permission too");
    let reader = world.user("bob", &[&document("Allow", "ram:DecodeDiagnosticMessage", "*")]).await;
    assert_eq!(decoded(&world, &reader, &message).await.code(), "ok");
    let mut cut = message.clone();
    cut.pop();
    for text in [cut.as_str(), "AQEAAAAB", "hello", &"A".repeat(8_192), &"A".repeat(8_193)] {
        assert_eq!(decoded(&world, &world.root, text).await.code(), wrong, "{}", text.len());
    }
    let missing = world.code("DecodeDiagnosticMessage", &[]).await;
    assert_eq!(missing, "MissingEncodedDiagnosticMessage");
}

#[tokio::test]
async fn the_account_itself_and_strangers_get_no_message() {
    let world = World::new().await;
    world.role("web", TRUST_ACCOUNT).await;
    let denied = world.assume(&world.root, "web", &[]).await;
    assert_eq!((denied.code(), &denied.body["AccessDeniedDetail"]), ("NoPermission", &Value::Null));
    let stranger = {
        let made = world.ram(&world.stranger, "CreateUser", &[("UserName", "eve")]).await;
        assert_eq!(made.code(), "ok");
        let policy =
            [("UserName", "eve"), ("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
        world.ram(&world.stranger, "AttachPolicyToUser", &policy).await;
        let key = world.ram(&world.stranger, "CreateAccessKey", &[("UserName", "eve")]).await;
        crate::support::credentials(&key.body["AccessKey"])
    };
    for role in ["web", "none"] {
        let denied = world.assume(&stranger, role, &[]).await;
        let detail = &denied.body["AccessDeniedDetail"];
        assert_eq!(detail["AuthPrincipalType"], "SubUser", "{role}");
        assert_eq!(detail["EncodedDiagnosticMessage"], Value::Null, "{role}");
    }
    let nobody = world.send(None, Product::Ram, "ListUsers", &[]).await;
    assert_eq!(nobody.body["AccessDeniedDetail"], Value::Null);
}

/// V46: of a role of another account nothing is learnt, by its own policy or by the caller's.
#[tokio::test]
async fn a_role_of_another_account_is_as_one_that_is_not_there() {
    let world = World::new().await;
    let deny = serde_json::json!({"Version": "1", "Statement": [{
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": [format!("acs:ram::{STRANGER}:root")]},
    }]});
    world.role("plain", TRUST_ACCOUNT).await;
    world.role("tagged", TRUST_ACCOUNT).await;
    world.role("denies", &deny.to_string()).await;
    let tag = [
        ("ResourceType", "role"),
        ("ResourceNames", r#"["tagged"]"#),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "prod"),
    ];
    world.must("TagResources", &tag).await;
    for effect in ["Allow", "Deny"] {
        let condition = serde_json::json!({"StringEquals": {"acs:ResourceTag/env": "prod"}});
        let one = |effect: &str, condition: Value| {
            serde_json::json!({
                "Effect": effect,
                "Action": "sts:AssumeRole",
                "Resource": "*",
                "Condition": condition,
            })
        };
        let asking = one(effect, condition);
        let all = one("Allow", serde_json::json!({}));
        let statements = if effect == "Deny" { vec![all, asking] } else { vec![asking] };
        let policy = serde_json::json!({"Version": "1", "Statement": statements}).to_string();
        let eve = strangers_user(&world, &format!("eve-{effect}"), &policy).await;
        let mut answers = Vec::new();
        for role in ["absent", "plain", "tagged", "denies"] {
            let denied = world.assume(&eve, role, &[]).await;
            assert_eq!(denied.code(), "NoPermission", "{role}: {}", denied.body);
            let id = denied.body["RequestId"].as_str().unwrap();
            answers.push(denied.body.to_string().replace(role, "it").replace(id, "id"));
        }
        assert_eq!(answers, vec![answers[0].clone(); 4]);
    }
}

/// A trust policy's Deny on a tag of the role binds callers of other accounts as well.
#[tokio::test]
async fn a_deny_on_a_tag_binds_strangers() {
    let world = World::new().await;
    let principal = serde_json::json!({"RAM": [format!("acs:ram::{STRANGER}:root")]});
    let trust = serde_json::json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal},
        {
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Principal": principal,
            "Condition": {"StringEquals": {"acs:ResourceTag/env": "prod"}},
        },
    ]});
    world.role("shared", &trust.to_string()).await;
    let policy = document("Allow", "sts:AssumeRole", "*");
    let eve = strangers_user(&world, "eve", &policy).await;
    assert_eq!(world.assume(&eve, "shared", &[]).await.code(), "ok");
    let tag = [
        ("ResourceType", "role"),
        ("ResourceNames", r#"["shared"]"#),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "prod"),
    ];
    world.must("TagResources", &tag).await;
    assert_eq!(world.assume(&eve, "shared", &[]).await.code(), "NoPermission");
}

/// A user of the other account, with this policy.
async fn strangers_user(world: &World, name: &str, policy: &str) -> Credentials {
    let attached = [("UserName", name), ("PolicyType", "Custom"), ("PolicyName", name)];
    for (action, parameters) in [
        ("CreateUser", &[("UserName", name)][..]),
        ("CreatePolicy", &[("PolicyName", name), ("PolicyDocument", policy)]),
        ("AttachPolicyToUser", &attached),
    ] {
        let made = world.ram(&world.stranger, action, parameters).await;
        assert_eq!(made.code(), "ok", "{action}: {}", made.body);
    }
    let key = world.ram(&world.stranger, "CreateAccessKey", &[("UserName", name)]).await;
    crate::support::credentials(&key.body["AccessKey"])
}

#[tokio::test]
async fn a_message_stays_small_whatever_was_asked() {
    let world = World::new().await;
    // Conditions with as many and as long values as a policy can hold.
    let values: Vec<String> = (0..60).map(|number| format!("{number}{}", "x".repeat(90))).collect();
    let text = serde_json::json!({"Version": "1", "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"sts:ExternalId": values}},
    }]});
    let alice = world.user("alice", &[&text.to_string()]).await;
    world.role("web", TRUST_ACCOUNT).await;
    let id = "y".repeat(1_224);
    let denied = world.assume(&alice, "web", &[("ExternalId", &id)]).await;
    assert_eq!(denied.code(), "NoPermission");
    let message = message(&denied);
    assert!(message.len() <= 4_100, "{}", message.len());
    assert!(recorded(&world).contains("\"truncated\": Bool(true)"), "{}", recorded(&world));
    assert_eq!(opened(&world, &denied).await["AuthAction"], "sts:AssumeRole");
}
