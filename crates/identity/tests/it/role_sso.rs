//! Sessions for whoever an OIDC issuer vouches for: what the trust policy says, and nothing else.

use rolecall_api::Product;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Answer, ISSUER, STRANGER, World, credentials, document};

const NOW: i64 = 1_700_000_000;
const PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/idp";

/// A trust policy for the provider, with a condition.
fn trust(condition: &Value) -> String {
    let statement = json!({
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Federated": [PROVIDER]}, "Condition": condition,
    });
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "repo:a/b", "aud": "app", "iat": NOW, "exp": NOW + 600})
}

impl World {
    /// The provider `idp` for the client ids `app` and `app2`.
    async fn oidc_provider(&self) {
        let parameters =
            [("OIDCProviderName", "idp"), ("IssuerUrl", ISSUER), ("ClientIds", "app,app2")];
        let made =
            self.send(Some(&self.root), Product::Ims, "CreateOIDCProvider", &parameters).await;
        assert_eq!(made.code(), "ok", "{}", made.body);
    }

    fn token(&self, claims: &Value) -> String {
        self.issuer.token(claims).unwrap()
    }

    /// A call of `AssumeRoleWithOIDC` that nobody signs.
    async fn federate(&self, role: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        let arn = format!("acs:ram::{ACCOUNT}:role/{role}");
        let mut parameters = vec![
            ("OIDCProviderArn", PROVIDER),
            ("RoleArn", arn.as_str()),
            ("OIDCToken", token),
            ("RoleSessionName", "run"),
        ];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            parameters.push((*name, *value));
        }
        self.send(None, Product::Sts, "AssumeRoleWithOIDC", &parameters).await
    }
}

const DENIED: &str = "AuthenticationFail.NoPermission";
const INVALID: &str = "AuthenticationFail.OIDCToken.Invalid";

#[tokio::test]
async fn a_token_gives_a_session_of_the_role() {
    let world = World::new().await;
    world.oidc_provider().await;
    let role = world.role("Deploy", &trust(&json!({}))).await;
    world.policy("list", &document("Allow", "ram:ListRoles", "*")).await;
    world.attach("Role", "Deploy", "Custom", "list").await;
    let token = world.token(&claims());
    let answer = world.federate("deploy", &token, &[]).await;
    assert_eq!(answer.code(), "ok", "{}", answer.body);
    let body = &answer.body;
    let id = role["RoleId"].as_str().unwrap();
    assert_eq!(
        body["AssumedRoleUser"],
        json!({
            "Arn": format!("acs:ram::{ACCOUNT}:role/deploy/run"), "AssumedRoleId": format!("{id}:run"),
        })
    );
    assert_eq!(body["Credentials"]["Expiration"], "2023-11-14T23:13:20Z");
    assert_eq!(
        body["OIDCTokenInfo"],
        json!({
            "Issuer": ISSUER, "Subject": "repo:a/b", "ClientIds": "app",
            "IssuanceTime": "2023-11-14T22:13:20Z", "ExpirationTime": "2023-11-14T22:23:20Z",
            "VerificationInfo": "Verified by the pinned keys of the issuer",
        })
    );
    let session = credentials(&body["Credentials"]);
    let who = world.who(&session).await.body;
    assert_eq!(who["IdentityType"], "AssumedRoleUser");
    assert_eq!(who["Arn"], format!("acs:ram::{ACCOUNT}:assumed-role/deploy/run"));
    assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), "ok");
    assert_eq!(world.ram(&session, "ListUsers", &[]).await.code(), "NoPermission");

    // Who stands behind it is told to the operator, and the token to nobody.
    let listed = world.send(Some(&world.root), Product::Sts, "ListSessions", &[]).await.body;
    let listed = &listed["Sessions"]["Session"][0];
    assert_eq!(
        (&listed["OriginIssuer"], &listed["OriginSubject"], &listed["AssumedBy"]),
        (&ISSUER.into(), &"repo:a/b".into(), &PROVIDER.into())
    );
    let recorded = world.recorded.0.lock().unwrap().join("\n");
    let origin = format!(r#""origin":{{"issuer":"{ISSUER}","subject":"repo:a/b"}}"#);
    assert_eq!(recorded.matches(&origin).count(), 4, "the call, and three of the session");
    assert!(!recorded.contains(&token) && recorded.contains(r#""OIDCToken":"***""#));
}

#[tokio::test]
async fn the_trust_policy_alone_decides() {
    let world = World::new().await;
    world.oidc_provider().await;
    let condition = json!({"StringEquals": {"oidc:aud": "app", "oidc:iss": ISSUER},
        "StringLike": {"oidc:sub": ["repo:a/*"]}});
    world.role("exact", &trust(&condition)).await;
    world.role("open", &trust(&json!({}))).await;
    let deny = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER]}},
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER]},
         "Condition": {"StringEquals": {"oidc:sub": "repo:a/b"}}},
    ]});
    world.role("denied", &deny.to_string()).await;
    world.role("other-provider", &trust(&json!({})).replace("/idp", "/other")).await;
    world.role("other-kind", &trust(&json!({})).replace("oidc-p", "saml-p")).await;
    world.role("other-spelling", &trust(&json!({})).replace("/idp", "/IDP")).await;
    world.role("account", crate::support::TRUST_ACCOUNT).await;
    world.role("service", crate::support::TRUST_ECS).await;
    let change = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        world.token(&claims)
    };
    let good = world.token(&claims());
    for (role, token, expected) in [
        ("exact", &good, "ok"),
        ("EXACT", &good, "ok"),
        ("exact", &change("sub", "repo:b/b".into()), DENIED),
        ("exact", &change("aud", "app2".into()), DENIED),
        ("exact", &change("aud", json!(["app2", "app"])), "ok"),
        ("open", &change("sub", "anybody".into()), "ok"),
        ("denied", &good, DENIED),
        ("denied", &change("sub", "repo:c/c".into()), "ok"),
        ("other-provider", &good, DENIED),
        ("other-kind", &good, DENIED),
        ("other-spelling", &good, DENIED),
        ("account", &good, DENIED),
        ("service", &good, DENIED),
        ("nobodys", &good, DENIED),
        ("open", &change("aud", "stranger".into()), INVALID),
        ("open", &change("iss", "https://other.example.com".into()), INVALID),
    ] {
        assert_eq!(world.federate(role, token, &[]).await.code(), expected, "{role}");
    }
    let refused = world.federate("exact", &change("aud", "app2".into()), &[]).await;
    assert_eq!(refused.status, 403);
    let detail = &refused.body["AccessDeniedDetail"];
    assert_eq!(
        (&detail["AuthPrincipalType"], &detail["PolicyType"], &detail["AuthAction"]),
        (&"Federated".into(), &"AssumeRolePolicy".into(), &"sts:AssumeRole".into())
    );
}

#[tokio::test]
async fn a_role_of_another_account_is_not_worn() {
    let world = World::new().await;
    world.oidc_provider().await;
    let parameters = [("RoleName", "theirs"), ("AssumeRolePolicyDocument", &*trust(&json!({})))];
    assert_eq!(world.ram(&world.stranger, "CreateRole", &parameters).await.code(), "ok");
    let arn = format!("acs:ram::{STRANGER}:role/theirs");
    let token = world.token(&claims());
    let answer = world.federate("x", &token, &[("RoleArn", &arn)]).await;
    assert_eq!(answer.code(), DENIED);
    let provider = PROVIDER.replace(ACCOUNT, STRANGER);
    let answer = world.federate("x", &token, &[("OIDCProviderArn", &provider)]).await;
    assert_eq!(answer.code(), "EntityNotExist.OIDCProvider");
}

#[tokio::test]
async fn each_parameter_that_is_wrong_is_told() {
    let world = World::new().await;
    world.oidc_provider().await;
    world.role("deploy", &trust(&json!({}))).await;
    let token = world.token(&claims());
    let long = "a".repeat(20_001);
    for (name, value, expected) in [
        ("OIDCProviderArn", "", "MissingOIDCProviderArn"),
        ("OIDCProviderArn", "idp", "InvalidParameter.OIDCProviderArn"),
        (
            "OIDCProviderArn",
            "acs:ram::1234567890123456:saml-provider/idp",
            "InvalidParameter.OIDCProviderArn",
        ),
        (
            "OIDCProviderArn",
            "acs:ram::1234567890123456:oidc-provider/none",
            "EntityNotExist.OIDCProvider",
        ),
        ("RoleArn", "", "MissingRoleArn"),
        ("RoleArn", "deploy", "InvalidParameter.RoleArn"),
        ("OIDCToken", "", "MissingOIDCToken"),
        ("OIDCToken", "abc", "InvalidParameter.OIDCToken"),
        ("OIDCToken", &long, "InvalidParameter.OIDCToken"),
        ("OIDCToken", "abcd", INVALID),
        ("RoleSessionName", "", "MissingRoleSessionName"),
        ("RoleSessionName", "a b", "InvalidParameter.RoleSessionName"),
        ("DurationSeconds", "899", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "3601", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "900", "ok"),
        ("Policy", "{}", "InvalidParameter.PolicyGrammar"),
        ("SourceIdentity", "alice", "UnsupportedParameter"),
    ] {
        let answer = world.federate("deploy", &token, &[(name, value)]).await;
        assert_eq!(answer.code(), expected, "{name}={value}");
    }
}

#[tokio::test]
async fn a_session_policy_and_the_roles_limit_bind() {
    let world = World::new().await;
    world.oidc_provider().await;
    world.role("deploy", &trust(&json!({}))).await;
    world.must("UpdateRole", &[("RoleName", "deploy"), ("NewMaxSessionDuration", "43200")]).await;
    world.attach("Role", "deploy", "System", "AdministratorAccess").await;
    let token = world.token(&claims());
    let policy = document("Allow", "ram:ListRoles", "*");
    let more = [("Policy", policy.as_str()), ("DurationSeconds", "43200")];
    let answer = world.federate("deploy", &token, &more).await;
    assert_eq!(answer.body["Credentials"]["Expiration"], "2023-11-15T10:13:20Z");
    let session = credentials(&answer.body["Credentials"]);
    assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), "ok");
    assert_eq!(world.ram(&session, "ListUsers", &[]).await.code(), "NoPermission");
    world.clock.advance(43_200);
    assert_eq!(world.who(&session).await.code(), "InvalidSecurityToken.Expired");
}

#[tokio::test]
async fn what_a_session_hangs_on_ends_it() {
    const GONE: &str = "InvalidSecurityToken.Malformed";
    let world = World::new().await;
    world.oidc_provider().await;
    world.role("deploy", &trust(&json!({}))).await;
    world.role("next", crate::support::TRUST_ACCOUNT).await;
    world.attach("Role", "deploy", "System", "AliyunSTSAssumeRoleAccess").await;
    let token = world.token(&claims());
    let first = credentials(&world.federate("deploy", &token, &[]).await.body["Credentials"]);
    let chained = world.session(&first, "next").await;
    assert_eq!(world.who(&chained).await.code(), "ok");
    let listed = world.send(Some(&world.root), Product::Sts, "ListSessions", &[]).await.body;
    for session in listed["Sessions"]["Session"].as_array().unwrap() {
        assert_eq!(session["OriginSubject"], "repo:a/b", "{session}");
    }

    let named = [("OIDCProviderName", "idp")];
    let deleted = world.send(Some(&world.root), Product::Ims, "DeleteOIDCProvider", &named).await;
    assert_eq!(deleted.code(), "ok");
    assert_eq!(world.who(&first).await.code(), GONE);
    assert_eq!(world.who(&chained).await.code(), GONE);
    let answer = world.federate("deploy", &token, &[]).await;
    assert_eq!(answer.code(), "EntityNotExist.OIDCProvider");
    // Another provider of the same name is another.
    world.oidc_provider().await;
    assert_eq!(world.who(&first).await.code(), GONE);
    let second = credentials(&world.federate("deploy", &token, &[]).await.body["Credentials"]);
    assert_eq!(world.who(&second).await.code(), "ok");

    // What is taken from a provider binds the tokens to come.
    let change = [("OIDCProviderName", "idp"), ("ClientId", "app")];
    let removed = world
        .send(Some(&world.root), Product::Ims, "RemoveClientIdFromOIDCProvider", &change)
        .await;
    assert_eq!(removed.code(), "ok");
    assert_eq!(world.who(&second).await.code(), "ok");
    assert_eq!(world.federate("deploy", &token, &[]).await.code(), INVALID);
    world
        .must(
            "DetachPolicyFromRole",
            &[
                ("RoleName", "deploy"),
                ("PolicyType", "System"),
                ("PolicyName", "AliyunSTSAssumeRoleAccess"),
            ],
        )
        .await;
    world.must("DeleteRole", &[("RoleName", "deploy")]).await;
    assert_eq!(world.who(&second).await.code(), GONE);
}

#[tokio::test]
async fn who_signs_beside_the_token_takes_no_part() {
    let world = World::new().await;
    world.oidc_provider().await;
    world.role("deploy", &trust(&json!({}))).await;
    let arn = format!("acs:ram::{ACCOUNT}:role/deploy");
    let token = world.token(&claims());
    let parameters = [
        ("OIDCProviderArn", PROVIDER),
        ("RoleArn", arn.as_str()),
        ("OIDCToken", token.as_str()),
        ("RoleSessionName", "run"),
    ];
    let action = "AssumeRoleWithOIDC";
    let signed = world.send(Some(&world.root), Product::Sts, action, &parameters).await;
    assert_eq!(signed.code(), "ok");
    let mut forged = world.root.clone();
    forged.secret = world.stranger.secret.clone();
    let refused = world.send(Some(&forged), Product::Sts, action, &parameters).await;
    assert_eq!(refused.code(), "SignatureDoesNotMatch");
    let recorded = world.recorded.0.lock().unwrap().join("\n");
    let line = recorded.lines().find(|line| line.contains(action)).unwrap();
    assert!(line.contains(&format!(r#""principal":"{PROVIDER}""#)), "{line}");
    assert!(line.contains(r#""accessKeyId":null"#), "{line}");
}

#[tokio::test]
async fn no_other_call_goes_unsigned() {
    let world = World::new().await;
    for (product, action) in [
        (Product::Sts, "AssumeRole"),
        (Product::Sts, "GetCallerIdentity"),
        (Product::Ims, "CreateOIDCProvider"),
        (Product::Ram, "ListUsers"),
        (Product::Sts, "NoSuchAction"),
    ] {
        let more = [("OIDCProviderArn", PROVIDER), ("OIDCToken", "a.b.c")];
        let answer = world.send(None, product, action, &more).await;
        assert_eq!(answer.code(), "MissingAccessKeyId", "{action}");
    }
}
