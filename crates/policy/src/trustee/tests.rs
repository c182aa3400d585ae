use rolecall_types::{PrincipalId, SessionName};

use super::*;

const ACCOUNT: &str = "1234567890123456";

fn id(text: &str) -> PrincipalId {
    serde_json::from_value(text.into()).unwrap()
}

fn caller(account: &str, kind: &str) -> PrincipalFacts {
    let kind = match kind.split_once('/') {
        None if kind == "root" => PrincipalKind::Root,
        None => PrincipalKind::Anonymous,
        Some(("user", name)) => {
            PrincipalKind::User { name: UserName::new(name).unwrap(), id: id("200000000000000001") }
        }
        Some(("role", name)) => PrincipalKind::Role {
            name: RoleName::new(name).unwrap(),
            id: id("300000000000000001"),
            session: SessionName::new("session1").unwrap(),
        },
        Some(("service", host)) => PrincipalKind::Service(host.to_owned()),
        Some((_, provider)) => PrincipalKind::Federated(provider.to_owned()),
    };
    PrincipalFacts { account: AccountId::parse(account).unwrap(), kind }
}

fn check(trustee: &Trustee, named: &[&str], strangers: &[&str]) {
    for kind in named {
        assert!(trustee.names(Some(&caller(ACCOUNT, kind))), "{} {kind}", trustee.text());
    }
    for kind in strangers {
        assert!(!trustee.names(Some(&caller(ACCOUNT, kind))), "{} {kind}", trustee.text());
    }
}

fn trust(key: &str, text: &str) -> Trustee {
    Trustee::of_trust(key, text).unwrap()
}

#[test]
fn an_account_trusts_its_users_and_roles_but_not_itself() {
    let trustee = trust("RAM", "acs:ram::1234567890123456:root");
    check(
        &trustee,
        &["user/a", "role/b"],
        &[
            "root",
            "anonymous",
            "service/ecs.aliyuncs.com",
            "federated/acs:ram::1234567890123456:saml-provider/p",
        ],
    );
    assert!(!trustee.names(Some(&caller("1234567890123457", "user/a"))), "another account");
    assert!(!trustee.names(None));
}

#[test]
fn named_principals_trust_themselves_alone() {
    check(
        &trust("RAM", "acs:ram::1234567890123456:user/alice"),
        &["user/alice"],
        &["user/bob", "user/Alice", "user/alice2", "role/alice", "root"],
    );
    check(
        &trust("RAM", "acs:ram:*:1234567890123456:role/Web"),
        &["role/web", "role/WEB"],
        &["role/web2", "user/web", "root"],
    );
    let role = trust("RAM", "acs:ram::1234567890123457:role/web");
    check(&role, &[], &["role/web"]);
    let user = trust("RAM", "acs:ram::1234567890123457:user/alice");
    check(&user, &[], &["user/alice"]);
    check(
        &trust("Service", "ecs.aliyuncs.com"),
        &["service/ecs.aliyuncs.com"],
        &[
            "service/fc.aliyuncs.com",
            "service/1@ecs.aliyuncs.com",
            "user/ecs.aliyuncs.com",
            "federated/ecs.aliyuncs.com",
        ],
    );
    let provider = "acs:ram::1234567890123456:oidc-provider/p";
    check(
        &trust("Federated", provider),
        &[&format!("federated/{provider}")],
        &[
            "federated/acs:ram::1234567890123456:oidc-provider/p2",
            "federated/acs:ram::1234567890123456:oidc-provider/P",
            "federated/acs:ram::1234567890123456:saml-provider/p",
            "federated/acs:ram::1234567890123457:oidc-provider/p",
            "federated/p",
            &format!("service/{provider}"),
        ],
    );
    check(
        &trust("Federated", "acs:ram:*:1234567890123456:oidc-provider/p"),
        &[&format!("federated/{provider}")],
        &["federated/acs:ram::1234567890123457:oidc-provider/p"],
    );
}

#[test]
fn bucket_policies_name_ids_and_sessions() {
    let bucket = |text: &str| Trustee::of_bucket(text).unwrap();
    check(&bucket("*"), &["root", "user/a", "role/b", "anonymous"], &[]);
    assert!(bucket("*").names(None), "somebody who did not sign");
    check(&bucket("200000000000000001"), &["user/a"], &["root", "role/b", "anonymous"]);
    check(&bucket("300000000000000001"), &[], &["root", "user/a", "role/b"]);
    check(&bucket(ACCOUNT), &["root"], &["user/a", "role/b"]);
    check(
        &bucket("arn:sts::1234567890123456:assumed-role/Web/*"),
        &["role/web"],
        &["role/web2", "user/web", "root"],
    );
    check(&bucket("arn:sts::1234567890123456:assumed-role/web/session1"), &["role/web"], &[]);
    check(&bucket("arn:sts::1234567890123456:assumed-role/web/session"), &[], &["role/web"]);
    check(&bucket("arn:sts::1234567890123457:assumed-role/web/*"), &[], &["role/web"]);
}

#[test]
fn malformed_entries_are_refused() {
    for (key, text) in [
        ("RAM", "*"),
        ("RAM", "acs:ram::*:root"),
        ("RAM", "acs:ram::1234567890123456:user/*"),
        ("RAM", "acs:ram::1234567890123456:group/g"),
        ("RAM", "acs:oss::1234567890123456:root"),
        ("RAM", "1234567890123456"),
        ("Service", "*"),
        ("Service", "*.aliyuncs.com"),
        ("Service", ""),
        ("Federated", "acs:ram::1234567890123456:saml-provider/*"),
        ("Federated", "acs:ram::1234567890123456:user/a"),
        ("Other", "x"),
    ] {
        assert_eq!(Trustee::of_trust(key, text), None, "{key} {text}");
    }
    let long = format!("web/{}", "s".repeat(65));
    let sessions = ["web/", "/s1", "web", "we*/*", "*/*", "web/s*", "web/s?", "web/s1/t", "w_b/s1"];
    let sessions = sessions.into_iter().chain([long.as_str()]);
    let sessions = sessions.map(|path| format!("arn:sts::{ACCOUNT}:assumed-role/{path}"));
    let others = ["", "alice", "acs:ram::1234567890123456:user/a", "arn:sts::1:assumed-role/a/bc"];
    for text in sessions.chain(others.map(str::to_owned)) {
        assert_eq!(Trustee::of_bucket(&text), None, "{text}");
    }
}
