//! Sessions: assumed, bounded, chained, ended.

use rolecall_api::Product;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, STRANGER, TRUST_ACCOUNT, TRUST_ECS, World, credentials, document};

/// A user that may assume every role.
async fn alice(world: &World) -> rolecall_crypto::sign::Credentials {
    world.user("Alice", &[&document("Allow", "sts:AssumeRole", "*")]).await
}

#[tokio::test]
async fn both_spellings_of_a_session() {
    let world = World::new().await;
    let alice = alice(&world).await;
    let role = world.role("Web.Reader", TRUST_ACCOUNT).await;
    let id = role["RoleId"].as_str().unwrap();
    let answer = world.assume(&alice, "WEB.reader", &[("SourceIdentity", "alice@corp")]).await;
    assert_eq!(answer.code(), "ok", "{}", answer.body);
    assert_eq!(
        answer.body["AssumedRoleUser"],
        json!({
            "Arn": format!("acs:ram::{ACCOUNT}:role/web.reader/alice"),
            "AssumedRoleId": format!("{id}:alice"),
        })
    );
    assert_eq!(answer.body["SourceIdentity"], "alice@corp");
    let given = &answer.body["Credentials"];
    assert_eq!(given["Expiration"], "2023-11-14T23:13:20Z");
    assert!(given["AccessKeyId"].as_str().unwrap().starts_with("STS."));
    assert!(given["SecurityToken"].as_str().unwrap().starts_with("CAIS"));
    let who = world.who(&credentials(given)).await.body;
    assert_eq!(
        without_request_id(who),
        json!({
            "IdentityType": "AssumedRoleUser",
            "AccountId": ACCOUNT,
            "PrincipalId": format!("{id}:alice"),
            "Arn": format!("acs:ram::{ACCOUNT}:assumed-role/web.reader/alice"),
            "RoleId": id,
        })
    );
    let plain = world.assume(&alice, "web.reader", &[]).await.body;
    assert!(plain["SourceIdentity"].is_null());
}

fn without_request_id(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("RequestId");
    body
}

#[tokio::test]
async fn root_and_users_know_themselves() {
    let world = World::new().await;
    let root = without_request_id(world.who(&world.root).await.body);
    assert_eq!(
        root,
        json!({
            "IdentityType": "Account",
            "AccountId": ACCOUNT,
            "PrincipalId": ACCOUNT,
            "UserId": ACCOUNT,
            "Arn": format!("acs:ram::{ACCOUNT}:root"),
        })
    );
    // Asking is everybody's right, a denial of it notwithstanding.
    let bob = world.user("Bob", &[&document("Deny", "sts:*", "*")]).await;
    let user = world.must("GetUser", &[("UserName", "Bob")]).await["User"]["UserId"].clone();
    assert_eq!(
        without_request_id(world.who(&bob).await.body),
        json!({
            "IdentityType": "RAMUser",
            "AccountId": ACCOUNT,
            "PrincipalId": user,
            "UserId": user,
            "Arn": format!("acs:ram::{ACCOUNT}:user/Bob"),
        })
    );
    let nobody = world.send(None, Product::Sts, "GetCallerIdentity", &[]).await;
    assert_eq!(nobody.code(), "MissingAccessKeyId");
}

#[tokio::test]
async fn who_may_assume() {
    let world = World::new().await;
    let alice = alice(&world).await;
    let poor = world.user("poor", &[]).await;
    let denied = world
        .user(
            "denied",
            &[
                &document("Allow", "*", "*"),
                &document("Deny", "sts:AssumeRole", "acs:ram:*:*:role/Web"),
            ],
        )
        .await;
    world.role("web", TRUST_ACCOUNT).await;
    world.role("ecs", TRUST_ECS).await;
    let named = TRUST_ACCOUNT.replace(":root", ":user/poor");
    world.role("named", &named).await;
    for (who, caller, role, expected) in [
        ("allowed by both", &alice, "web", "ok"),
        ("root", &world.root, "web", "NoPermission"),
        ("trusted alone", &poor, "web", "NoPermission"),
        ("denied by identity", &denied, "web", "NoPermission"),
        ("service role", &alice, "ecs", "NoPermission"),
        ("not the named user", &alice, "named", "NoPermission"),
        ("named, but not allowed", &poor, "named", "NoPermission"),
        ("stranger", &world.stranger, "web", "NoPermission"),
    ] {
        let answer = world.assume(caller, role, &[]).await;
        assert_eq!(answer.code(), expected, "{who}");
        if expected != "ok" {
            assert_eq!(answer.status, 403, "{who}");
        }
    }
}

#[tokio::test]
async fn who_is_told_that_a_role_does_not_exist() {
    let world = World::new().await;
    let alice = alice(&world).await;
    let poor = world.user("poor", &[]).await;
    let all = document("Allow", "*", "*");
    let deny = document("Deny", "sts:AssumeRole", "acs:ram:*:*:role/none");
    let denied = world.user("denied", &[&all, &deny]).await;
    let elsewhere = document("Allow", "sts:AssumeRole", "acs:ram:*:*:role/other");
    let elsewhere = world.user("elsewhere", &[&elsewhere]).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AliyunSTSAssumeRoleAccess").await;
    let session = world.session(&alice, "web").await;
    let bounded = [("Policy", &*document("Allow", "oss:*", "*"))];
    let bounded = world.assume(&alice, "web", &bounded).await.body;
    let bounded = credentials(&bounded["Credentials"]);
    for (who, caller, expected) in [
        ("may assume every role", &alice, (404, "EntityNotExist.Role")),
        ("a session that may", &session, (404, "EntityNotExist.Role")),
        ("a session that its policy keeps from it", &bounded, (403, "NoPermission")),
        ("no policy", &poor, (403, "NoPermission")),
        ("denied by identity", &denied, (403, "NoPermission")),
        ("may assume others", &elsewhere, (403, "NoPermission")),
        ("root", &world.root, (403, "NoPermission")),
        ("stranger", &world.stranger, (403, "NoPermission")),
    ] {
        let answer = world.assume(caller, "none", &[]).await;
        assert_eq!((answer.status, answer.code()), expected, "{who}");
    }
}

#[tokio::test]
async fn another_account_may_be_trusted() {
    let world = World::new().await;
    world.role("web", &TRUST_ACCOUNT.replace(ACCOUNT, STRANGER)).await;
    let made = world.ram(&world.stranger, "CreateUser", &[("UserName", "eve")]).await;
    assert_eq!(made.code(), "ok");
    let key = world.ram(&world.stranger, "CreateAccessKey", &[("UserName", "eve")]).await;
    let eve = credentials(&key.body["AccessKey"]);
    assert_eq!(world.assume(&eve, "web", &[]).await.code(), "NoPermission");
    let attach = [
        ("UserName", "eve"),
        ("PolicyType", "System"),
        ("PolicyName", "AliyunSTSAssumeRoleAccess"),
    ];
    let attached = world.ram(&world.stranger, "AttachPolicyToUser", &attach).await;
    assert_eq!(attached.code(), "ok");
    let session = world.session(&eve, "web").await;
    let who = world.who(&session).await.body;
    assert_eq!(who["AccountId"], ACCOUNT, "the session lives in the role's account");
}

#[tokio::test]
async fn parameters_of_assume_role() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.must("UpdateRole", &[("RoleName", "web"), ("NewMaxSessionDuration", "7200")]).await;
    let long = |length: usize| "a".repeat(length);
    let policy = document("Allow", "oss:*", "*");
    let padded = |length: usize| format!("{policy}{}", " ".repeat(length - policy.len()));
    let cases: &[(&str, &str, &str)] = &[
        ("RoleArn", "", "MissingRoleArn"),
        ("RoleArn", "web", "InvalidParameter.RoleArn"),
        ("RoleArn", "acs:ram::123:role/web", "InvalidParameter.RoleArn"),
        ("RoleArn", "acs:ram::1234567890123456:user/web", "InvalidParameter.RoleArn"),
        ("RoleArn", "acs:ram::1234567890123456:role/*", "InvalidParameter.RoleArn"),
        ("RoleArn", "acs:ram:cn-beijing:1234567890123456:role/web", "InvalidParameter.RoleArn"),
        ("RoleSessionName", "", "MissingRoleSessionName"),
        ("RoleSessionName", "a", "InvalidParameter.RoleSessionName"),
        ("RoleSessionName", "ab", "ok"),
        ("RoleSessionName", &long(64), "ok"),
        ("RoleSessionName", &long(65), "InvalidParameter.RoleSessionName"),
        ("RoleSessionName", "a/b", "InvalidParameter.RoleSessionName"),
        ("DurationSeconds", "899", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "900", "ok"),
        ("DurationSeconds", "7200", "ok"),
        ("DurationSeconds", "7201", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "1h", "InvalidParameter.DurationSeconds"),
        ("Policy", &padded(2048), "ok"),
        ("Policy", &padded(2049), "InvalidParameter.PolicySize"),
        ("Policy", "{}", "InvalidParameter.PolicyGrammar"),
        ("ExternalId", "a", "InvalidParameter.ExternalId"),
        ("ExternalId", "a+=,.@:/-_Z", "ok"),
        ("ExternalId", &long(1224), "ok"),
        ("ExternalId", &long(1225), "InvalidParameter.ExternalId"),
        ("ExternalId", "a b", "InvalidParameter.ExternalId"),
        ("SourceIdentity", "a", "InvalidParameter.SourceIdentity"),
        ("SourceIdentity", &long(64), "ok"),
        ("SourceIdentity", &long(65), "InvalidParameter.SourceIdentity"),
        ("SourceIdentity", "a:b", "InvalidParameter.SourceIdentity"),
        ("SerialNumber", "1", "UnsupportedParameter"),
    ];
    let arn = format!("acs:ram::{ACCOUNT}:role/web");
    for (name, value, expected) in cases {
        let mut parameters = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "alice")];
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
        let answer = world.send(Some(&alice), Product::Sts, "AssumeRole", &parameters).await;
        assert_eq!(answer.code(), *expected, "{name} {value}");
    }
}

#[tokio::test]
async fn a_trust_policy_may_ask_for_an_external_id() {
    let world = World::new().await;
    let alice = alice(&world).await;
    let trust = TRUST_ACCOUNT.replace(
        r#""Action""#,
        r#""Condition":{"StringEquals":{"sts:ExternalId":"abcd1234"}},"Action""#,
    );
    world.role("web", &trust).await;
    for (given, expected) in [
        (None, "NoPermission"),
        (Some("abcd1235"), "NoPermission"),
        (Some("ABCD1234"), "NoPermission"),
        (Some("abcd1234"), "ok"),
    ] {
        let parameters: Vec<_> = given.map(|id| ("ExternalId", id)).into_iter().collect();
        assert_eq!(world.assume(&alice, "web", &parameters).await.code(), expected, "{given:?}");
    }
}

#[tokio::test]
async fn a_session_has_the_roles_rights_and_no_more() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AliyunRAMFullAccess").await;
    let session = world.session(&alice, "web").await;
    assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), "ok");
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "NoPermission");
    let read = document("Allow", "ram:List*", "*");
    let bounded = world.assume(&alice, "web", &[("Policy", &read)]).await;
    let bounded = credentials(&bounded.body["Credentials"]);
    assert_eq!(world.ram(&bounded, "ListRoles", &[]).await.code(), "ok");
    let refused = world.ram(&bounded, "CreateUser", &[("UserName", "mallory")]).await;
    assert_eq!(refused.code(), "NoPermission");
    assert_eq!(refused.body["AccessDeniedDetail"]["PolicyType"], "SessionPolicy");
    let wide = document("Allow", "*", "*");
    let wide = world.assume(&alice, "web", &[("Policy", &wide)]).await;
    let wide = credentials(&wide.body["Credentials"]);
    let refused = world.assume(&wide, "web", &[]).await;
    assert_eq!(refused.code(), "NoPermission", "the role does not hold what the policy allows");
}

#[tokio::test]
async fn a_policy_edit_binds_the_next_call() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.policy("p", &document("Allow", "ram:List*", "*")).await;
    let session = world.session(&alice, "web").await;
    let may = async |expected: &str| {
        assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), expected);
    };
    may("NoPermission").await;
    world.attach("Role", "web", "Custom", "p").await;
    may("ok").await;
    let deny = document("Deny", "ram:ListRoles", "*");
    let version = [("PolicyName", "p"), ("PolicyDocument", &*deny), ("SetAsDefault", "true")];
    world.must("CreatePolicyVersion", &version).await;
    may("NoPermission").await;
    world.must("SetDefaultPolicyVersion", &[("PolicyName", "p"), ("VersionId", "v1")]).await;
    may("ok").await;
    world
        .must(
            "DetachPolicyFromRole",
            &[("RoleName", "web"), ("PolicyType", "Custom"), ("PolicyName", "p")],
        )
        .await;
    may("NoPermission").await;
}

#[tokio::test]
async fn trust_binds_new_sessions_alone() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    let session = world.session(&alice, "web").await;
    world
        .must("UpdateRole", &[("RoleName", "web"), ("NewAssumeRolePolicyDocument", TRUST_ECS)])
        .await;
    assert_eq!(world.assume(&alice, "web", &[]).await.code(), "NoPermission");
    assert_eq!(world.who(&session).await.code(), "ok");
}

#[tokio::test]
async fn a_deleted_role_takes_its_sessions_along() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    let session = world.session(&alice, "web").await;
    world.must("DeleteRole", &[("RoleName", "web")]).await;
    let dead = "InvalidSecurityToken.Malformed";
    assert_eq!(world.who(&session).await.code(), dead);
    assert_eq!(world.assume(&alice, "web", &[]).await.code(), "EntityNotExist.Role");
    world.role("web", TRUST_ACCOUNT).await;
    assert_eq!(world.who(&session).await.code(), dead, "another role of the same name");
    assert_eq!(world.who(&world.session(&alice, "web").await).await.code(), "ok");
}

#[tokio::test]
async fn sessions_end() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    let session = world.session(&alice, "web").await;
    world.clock.advance(3599);
    assert_eq!(world.who(&session).await.code(), "ok");
    world.clock.advance(1);
    assert_eq!(world.who(&session).await.code(), "InvalidSecurityToken.Expired");
}

#[tokio::test]
async fn a_chain_ends_with_its_first_session() {
    let world = World::new().await;
    let alice = alice(&world).await;
    for role in ["one", "two"] {
        world.role(role, TRUST_ACCOUNT).await;
        world.attach("Role", role, "System", "AliyunSTSAssumeRoleAccess").await;
    }
    let first = world.assume(&alice, "one", &[("SourceIdentity", "alice")]).await.body;
    let end = first["Credentials"]["Expiration"].clone();
    let mut session = credentials(&first["Credentials"]);
    for (depth, role) in ["two", "one", "two", "one"].into_iter().enumerate() {
        world.clock.advance(60);
        let child = world.assume(&session, role, &[]).await;
        assert_eq!(child.code(), "ok", "{}", child.body);
        assert_eq!(child.body["Credentials"]["Expiration"], end, "depth {depth}");
        assert_eq!(child.body["SourceIdentity"], "alice");
        session = credentials(&child.body["Credentials"]);
    }
    let other = world.assume(&session, "two", &[("SourceIdentity", "mallory")]).await;
    assert_eq!(other.code(), "InvalidParameter.SourceIdentity");
    let shorter = world.assume(&session, "two", &[("DurationSeconds", "900")]).await;
    assert_ne!(shorter.body["Credentials"]["Expiration"], end);
    let id = rolecall_types::AccessKeyId::parse(&session.access_key_id).unwrap();
    let token = session.security_token.as_ref().unwrap().expose();
    let (claims, _) = world.key_ring.open_session(&id, token).unwrap();
    let origin = format!("acs:ram::{ACCOUNT}:user/Alice");
    let last = format!("acs:ram::{ACCOUNT}:assumed-role/two/alice");
    assert_eq!(claims.parent, Some(format!("{origin} {last}")), "the origin is not forgotten");
}

#[tokio::test]
async fn a_session_policy_decides_whether_to_chain() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("one", TRUST_ACCOUNT).await;
    world.role("two", TRUST_ACCOUNT).await;
    world.attach("Role", "one", "System", "AliyunSTSAssumeRoleAccess").await;
    let policy = document("Allow", "oss:*", "*");
    let bounded = world.assume(&alice, "one", &[("Policy", &policy)]).await.body;
    let bounded = credentials(&bounded["Credentials"]);
    assert_eq!(world.assume(&bounded, "two", &[]).await.code(), "NoPermission");
}

#[tokio::test]
async fn assuming_writes_nothing() {
    let world = World::new().await;
    let alice = alice(&world).await;
    world.role("web", TRUST_ACCOUNT).await;
    let before = world.store.revision();
    let session = world.session(&alice, "web").await;
    world.who(&session).await;
    assert_eq!(world.store.revision(), before);
}
