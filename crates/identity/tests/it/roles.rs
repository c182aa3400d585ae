//! Roles: made, shown, listed, changed, removed.

use serde_json::json;

use crate::support::{ACCOUNT, TRUST_ACCOUNT, TRUST_ECS, World, document};

/// A role with all that a role can have.
async fn made(world: &World) -> serde_json::Value {
    let parameters = [
        ("RoleName", "Web.Reader"),
        ("AssumeRolePolicyDocument", TRUST_ECS),
        ("Description", "reads"),
        ("MaxSessionDuration", "43200"),
        ("Tag", r#"[{"Key":"env","Value":"prod"},{"Key":"empty"}]"#),
    ];
    world.must("CreateRole", &parameters).await["Role"].clone()
}

#[tokio::test]
async fn a_role_is_made() {
    let world = World::new().await;
    let role = made(&world).await;
    let id = role["RoleId"].as_str().unwrap().to_owned();
    assert_eq!(
        role,
        json!({
            "Arn": format!("acs:ram::{ACCOUNT}:role/web.reader"),
            "RoleName": "Web.Reader",
            "RoleId": id,
            "Description": "reads",
            "AssumeRolePolicyDocument": TRUST_ECS,
            "MaxSessionDuration": 43200,
            "AllowConsoleLogin": true,
            "CreateDate": "2023-11-14T22:13:20Z",
        })
    );
}

#[tokio::test]
async fn a_role_is_shown_changed_and_removed() {
    let world = World::new().await;
    let id = made(&world).await["RoleId"].clone();
    world.clock.advance(60);
    let shown = world.must("GetRole", &[("RoleName", "WEB.READER")]).await["Role"].clone();
    assert_eq!(shown["RoleName"], "Web.Reader");
    assert_eq!(shown["AssumeRolePolicyDocument"], TRUST_ECS);
    assert_eq!(shown["IsServiceLinkedRole"], false);
    assert_eq!(
        shown["RolePrincipalName"],
        format!("Web.Reader@role.{ACCOUNT}.onaliyunservice.com")
    );
    let changed = world
        .must(
            "UpdateRole",
            &[
                ("RoleName", "web.reader"),
                ("NewAssumeRolePolicyDocument", TRUST_ACCOUNT),
                ("NewMaxSessionDuration", "3600"),
                ("NewDescription", "else"),
                ("NewAllowConsoleLogin", "false"),
            ],
        )
        .await["Role"]
        .clone();
    assert_eq!(changed["AssumeRolePolicyDocument"], TRUST_ACCOUNT);
    assert_eq!(changed["MaxSessionDuration"], 3600);
    assert_eq!(changed["Description"], "else");
    assert_eq!(changed["AllowConsoleLogin"], false);
    assert_eq!(changed["RoleId"], id);
    assert_eq!(changed["UpdateDate"], "2023-11-14T22:14:20Z");
    world.must("UpdateRole", &[("RoleName", "web.reader")]).await;
    let listed = world.must("ListRoles", &[]).await;
    let listed = &listed["Roles"]["Role"][0];
    assert_eq!(listed["Description"], "else", "what is not given stays");
    assert!(listed["AssumeRolePolicyDocument"].is_null());
    assert_eq!(
        listed["Tags"]["Tag"],
        json!([{"TagKey":"env","TagValue":"prod"},{"TagKey":"empty","TagValue":""}])
    );
    world.must("DeleteRole", &[("RoleName", "Web.Reader")]).await;
    for action in ["GetRole", "DeleteRole", "UpdateRole", "ListPoliciesForRole"] {
        let code = world.code(action, &[("RoleName", "Web.Reader")]).await;
        assert_eq!(code, "EntityNotExist.Role", "{action}");
    }
}

async fn check_create(changes: &[(&str, &str)], expected: &str) {
    let world = World::new().await;
    let mut parameters = vec![("RoleName", "web"), ("AssumeRolePolicyDocument", TRUST_ECS)];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    assert_eq!(world.code("CreateRole", &parameters).await, expected, "{changes:?}");
}

#[tokio::test]
async fn each_limit_of_create_role() {
    let long = |length: usize| "a".repeat(length);
    let user = trust("RAM", &format!("acs:ram::{ACCOUNT}:user/nobody"));
    let role = trust("RAM", &format!("acs:ram::{ACCOUNT}:role/nobody"));
    let stranger = trust("RAM", "acs:ram::1111111111111111:root");
    let padded = |length: usize| {
        format!("{TRUST_ECS}{}", " ".repeat(length.saturating_sub(TRUST_ECS.len())))
    };
    let cases: &[(&str, &str, &str)] = &[
        ("RoleName", "", "MissingRoleName"),
        ("RoleName", "a", "ok"),
        ("RoleName", &long(64), "ok"),
        ("RoleName", &long(65), "InvalidParameter.RoleName.Length"),
        ("RoleName", "a_b", "InvalidParameter.RoleName.InvalidChars"),
        ("Description", "d", "ok"),
        ("Description", &long(1024), "ok"),
        ("Description", &long(1025), "InvalidParameter.Description.Length"),
        ("MaxSessionDuration", "3599", "InvalidParameter.MaxSessionDuration.Range"),
        ("MaxSessionDuration", "3600", "ok"),
        ("MaxSessionDuration", "43200", "ok"),
        ("MaxSessionDuration", "43201", "InvalidParameter.MaxSessionDuration.Range"),
        ("MaxSessionDuration", "x", "InvalidParameter.MaxSessionDuration.Format"),
        ("AllowConsoleLogin", "False", "ok"),
        ("AssumeRolePolicyDocument", "", "MissingAssumeRolePolicyDocument"),
        ("AssumeRolePolicyDocument", &padded(4096), "ok"),
        (
            "AssumeRolePolicyDocument",
            &padded(4097),
            "InvalidParameter.AssumeRolePolicyDocument.Length",
        ),
        ("AssumeRolePolicyDocument", "{", "MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &document("Allow", "*", "*"), "MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &user, "MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &role, "MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &stranger, "ok"),
        ("Tag", r#"[{"Key":"a"},{"Key":"a"}]"#, "InvalidParameter.Tag"),
        ("Tag", r#"[{"Value":"a"}]"#, "MissingTag.1.Key"),
        ("Color", "red", "UnsupportedParameter"),
    ];
    for (name, value, expected) in cases {
        check_create(&[(name, value)], expected).await;
    }
}

fn trust(kind: &str, who: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"{kind}":"{who}"}}}}]}}"#
    )
}

#[tokio::test]
async fn the_refusal_names_the_fault() {
    let world = World::new().await;
    let nobody = trust("RAM", &format!("acs:ram::{ACCOUNT}:user/nobody"));
    let parameters = [("RoleName", "web"), ("AssumeRolePolicyDocument", nobody.as_str())];
    let answer = world.ram(&world.root, "CreateRole", &parameters).await;
    let message = answer.body["Message"].as_str().unwrap();
    let column = nobody.find("\"acs:ram").unwrap() + 1;
    let place = format!("line 1, column {column}: statement 1, Principal: `acs:ram");
    assert!(message.contains(&place), "{message}");
    assert!(message.contains("user/nobody` does not exist"), "{message}");
    world.role("web", TRUST_ECS).await;
    let bad = TRUST_ECS.replace("\"Principal\"", "\n  \"Sid\": 1, \"Principal\"");
    let parameters = [("RoleName", "web"), ("NewAssumeRolePolicyDocument", bad.as_str())];
    let answer = world.ram(&world.root, "UpdateRole", &parameters).await;
    let message = answer.body["Message"].as_str().unwrap();
    assert!(message.contains("line 2, column 3: statement 1, Sid: unknown"), "{message}");
    let parameters = [("RoleName", "web"), ("NewAssumeRolePolicyDocument", nobody.as_str())];
    assert_eq!(world.code("UpdateRole", &parameters).await, "MalformedPolicyDocument");
    let parameters = [("RoleName", "web"), ("NewAssumeRolePolicyDocument", "[]")];
    assert_eq!(world.code("UpdateRole", &parameters).await, "MalformedPolicyDocument");
    world.must("CreateUser", &[("UserName", "nobody")]).await;
    world.role("other", &nobody).await;
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let world = World::new().await;
    world.role("Web", TRUST_ECS).await;
    let parameters = [("RoleName", "wEB"), ("AssumeRolePolicyDocument", TRUST_ECS)];
    assert_eq!(world.code("CreateRole", &parameters).await, "EntityAlreadyExists.Role");
    let other = world.ram(&world.stranger, "CreateRole", &parameters).await;
    assert_eq!(other.code(), "ok", "another account has names of its own");
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    for action in ["GetRole", "DeleteRole", "UpdateRole"] {
        let answer = world.ram(&world.stranger, action, &[("RoleName", "web")]).await;
        assert_eq!(answer.code(), "EntityNotExist.Role", "{action}");
    }
    let listed = world.ram(&world.stranger, "ListRoles", &[]).await;
    assert_eq!(listed.body["Roles"]["Role"], json!([]));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new().await;
    for name in ["e", "d", "c", "b", "a"] {
        let tag = if name < "c" { "first" } else { "last" };
        let tag = format!(r#"[{{"Key":"half","Value":"{tag}"}}]"#);
        let parameters =
            [("RoleName", name), ("AssumeRolePolicyDocument", TRUST_ECS), ("Tag", &*tag)];
        world.must("CreateRole", &parameters).await;
    }
    let all = pages(&world, &[("MaxItems", "2")]).await;
    assert_eq!(all, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    let whole = pages(&world, &[("MaxItems", "5")]).await;
    assert_eq!(whole, [vec!["a", "b", "c", "d", "e"]]);
    let tagged = [("MaxItems", "2"), ("Tag.1.Key", "half"), ("Tag.1.Value", "last")];
    assert_eq!(pages(&world, &tagged).await, [vec!["c", "d"], vec!["e"]]);
    let keyed = [("Tag", r#"[{"Key":"half"}]"#)];
    assert_eq!(pages(&world, &keyed).await, [vec!["a", "b", "c", "d", "e"]]);
    let none = [("Tag", r#"[{"Key":"half","Value":"no"}]"#)];
    assert_eq!(pages(&world, &none).await, [Vec::<String>::new()]);
    for (name, value, expected) in [
        ("Marker", "!", "InvalidParameter.Marker"),
        ("Marker", "abc", "InvalidParameter.Marker"),
        ("MaxItems", "0", "InvalidParameter.MaxItems.Range"),
        ("MaxItems", "1000", "ok"),
        ("MaxItems", "1001", "InvalidParameter.MaxItems.Range"),
    ] {
        assert_eq!(world.code("ListRoles", &[(name, value)]).await, expected, "{name} {value}");
    }
}

async fn pages(world: &World, parameters: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut parameters = parameters.to_vec();
        if let Some(marker) = &marker {
            parameters.push(("Marker", marker));
        }
        let page = world.must("ListRoles", &parameters).await;
        let roles = page["Roles"]["Role"].as_array().unwrap();
        let name = |role: &serde_json::Value| role["RoleName"].as_str().unwrap().to_owned();
        pages.push(roles.iter().map(name).collect());
        marker = page["Marker"].as_str().map(str::to_owned);
        assert_eq!(page["IsTruncated"], marker.is_some());
        if marker.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_role_with_policies_stays() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.attach("Role", "Web", "System", "AliyunOSSReadOnlyAccess").await;
    assert_eq!(
        world.code("DeleteRole", &[("RoleName", "web")]).await,
        "DeleteConflict.Role.Policy"
    );
    let parameters =
        [("RoleName", "WEB"), ("PolicyType", "System"), ("PolicyName", "AliyunOSSReadOnlyAccess")];
    world.must("DetachPolicyFromRole", &parameters).await;
    world.must("DeleteRole", &[("RoleName", "web")]).await;
}

#[tokio::test]
async fn tags_of_roles_and_policies_decide() {
    let world = World::new().await;
    let tags = r#"[{"Key":"team","Value":"a"}]"#;
    for (name, tag) in [("Tagged", Some(tags)), ("Bare", None)] {
        let mut role = vec![("RoleName", name), ("AssumeRolePolicyDocument", TRUST_ACCOUNT)];
        role.extend(tag.map(|tag| ("Tag", tag)));
        world.must("CreateRole", &role).await;
        let document = document("Allow", "oss:*", "*");
        let mut policy = vec![("PolicyName", name), ("PolicyDocument", document.as_str())];
        policy.extend(tag.map(|tag| ("Tag", tag)));
        world.must("CreatePolicy", &policy).await;
    }
    let allow = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:Get*","Resource":"*","Condition":{"StringEquals":{"acs:ResourceTag/team":"a"}}}]}"#;
    let user = world.user("reader", &[allow]).await;
    let role = world.ram(&user, "GetRole", &[("RoleName", "tAGGED")]).await;
    assert_eq!(role.code(), "ok", "a role's name is one in any case");
    for (name, code) in [("Tagged", "ok"), ("Bare", "NoPermission")] {
        assert_eq!(world.ram(&user, "GetRole", &[("RoleName", name)]).await.code(), code, "{name}");
        let policy = [("PolicyName", name), ("PolicyType", "Custom")];
        assert_eq!(world.ram(&user, "GetPolicy", &policy).await.code(), code, "{name}");
    }
}
