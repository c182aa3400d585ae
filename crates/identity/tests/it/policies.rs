//! Policies and their versions.

use serde_json::{Value, json};

use crate::support::{TRUST_ECS, World, document};

#[tokio::test]
async fn a_policy_lives() {
    let world = World::new().await;
    // White space and order are the author's: the text comes back as it was given.
    let text = "{ \"Statement\" : {\"Resource\":\"*\", \"Action\":[\"oss:*\"],\"Effect\":\"Allow\"},\n\"Version\":\"1\"}";
    let made = world
        .must(
            "CreatePolicy",
            &[
                ("PolicyName", "Mine"),
                ("PolicyDocument", text),
                ("Description", "what for"),
                ("Tag.1.Key", "a"),
                ("Tag.1.Value", "b"),
            ],
        )
        .await;
    assert_eq!(
        made["Policy"],
        json!({
            "PolicyName": "Mine",
            "PolicyType": "Custom",
            "Description": "what for",
            "DefaultVersion": "v1",
            "CreateDate": "2023-11-14T22:13:20Z",
        })
    );
    let mine = [("PolicyName", "Mine"), ("PolicyType", "Custom")];
    let shown = world.must("GetPolicy", &mine).await;
    assert_eq!(shown["DefaultPolicyVersion"]["PolicyDocument"], text);
    assert_eq!(shown["Policy"]["PolicyDocument"], text);
    assert_eq!(shown["Policy"]["AttachmentCount"], 0);
    let other = document("Allow", "ecs:*", "*");
    let version = [("PolicyName", "Mine"), ("PolicyDocument", other.as_str())];
    let added = world.must("CreatePolicyVersion", &version).await;
    assert_eq!(added["PolicyVersion"]["VersionId"], "v2");
    assert_eq!(added["PolicyVersion"]["IsDefaultVersion"], false);
    world.must("SetDefaultPolicyVersion", &[("PolicyName", "Mine"), ("VersionId", "v2")]).await;
    assert_eq!(world.must("GetPolicy", &mine).await["Policy"]["DefaultVersion"], "v2");
    assert_eq!(versions(&world, "Mine").await, [("v1", false), ("v2", true)].map(owned));
    let first = [mine[0], mine[1], ("VersionId", "v1")];
    assert_eq!(
        world.must("GetPolicyVersion", &first).await["PolicyVersion"]["PolicyDocument"],
        text
    );
    assert_eq!(
        world.code("DeletePolicy", &[("PolicyName", "Mine")]).await,
        "DeleteConflict.Policy.Version"
    );
    let wrong = [("PolicyName", "Mine"), ("VersionId", "v2")];
    assert_eq!(
        world.code("DeletePolicyVersion", &wrong).await,
        "DeleteConflict.Policy.Version.Default"
    );
    world.must("DeletePolicyVersion", &[("PolicyName", "Mine"), ("VersionId", "v1")]).await;
    world.must("DeletePolicy", &[("PolicyName", "Mine")]).await;
    assert_eq!(world.code("GetPolicy", &mine).await, "EntityNotExist.Policy");
}

fn owned((id, default): (&str, bool)) -> (String, bool) {
    (id.to_owned(), default)
}

async fn versions(world: &World, policy: &str) -> Vec<(String, bool)> {
    let parameters = [("PolicyName", policy), ("PolicyType", "Custom")];
    let listed = world.must("ListPolicyVersions", &parameters).await;
    let listed = listed["PolicyVersions"]["PolicyVersion"].as_array().unwrap().clone();
    let view = |version: &Value| {
        let id = version["VersionId"].as_str().unwrap().to_owned();
        (id, version["IsDefaultVersion"].as_bool().unwrap())
    };
    listed.iter().map(view).collect()
}

#[tokio::test]
async fn five_versions_and_no_more() {
    let world = World::new().await;
    let text = document("Allow", "oss:*", "*");
    world.policy("p", &text).await;
    let add = [("PolicyName", "p"), ("PolicyDocument", text.as_str())];
    for _ in 2..=5 {
        world.must("CreatePolicyVersion", &add).await;
    }
    let full = "LimitExceeded.Policy.Version";
    assert_eq!(world.code("CreatePolicyVersion", &add).await, full);
    let none = [add[0], add[1], ("RotateStrategy", "None")];
    assert_eq!(world.code("CreatePolicyVersion", &none).await, full);
    let strange = [add[0], add[1], ("RotateStrategy", "DeleteAll")];
    assert_eq!(
        world.code("CreatePolicyVersion", &strange).await,
        "InvalidParameter.RotateStrategy"
    );
    let rotate = [
        add[0],
        add[1],
        ("RotateStrategy", "DeleteOldestNonDefaultVersionWhenLimitExceeded"),
        ("SetAsDefault", "true"),
    ];
    // The oldest is `v1`, but that one binds.
    world.must("CreatePolicyVersion", &rotate).await;
    let ids = ["v1", "v3", "v4", "v5", "v6"].map(|id| (id.to_owned(), id == "v6"));
    assert_eq!(versions(&world, "p").await, ids);
    world.must("CreatePolicyVersion", &rotate).await;
    let ids = ["v3", "v4", "v5", "v6", "v7"].map(|id| (id.to_owned(), id == "v7"));
    assert_eq!(versions(&world, "p").await, ids);
    world.must("DeletePolicyVersion", &[("PolicyName", "p"), ("VersionId", "v6")]).await;
    let added = world.must("CreatePolicyVersion", &add).await;
    assert_eq!(added["PolicyVersion"]["VersionId"], "v8", "numbers are not used twice");
    world.must("DeletePolicy", &[("PolicyName", "p"), ("CascadingDelete", "true")]).await;
    world.policy("p", &text).await;
    assert_eq!(versions(&world, "p").await, [owned(("v1", true))], "nothing is left behind");
}

#[tokio::test]
async fn each_limit_of_create_policy() {
    let world = World::new().await;
    let text = document("Allow", "oss:*", "*");
    let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));
    let long = |length: usize| "a".repeat(length);
    let cases: &[(&str, &str, &str)] = &[
        ("PolicyName", "", "MissingPolicyName"),
        ("PolicyName", "a", "ok"),
        ("PolicyName", &long(128), "ok"),
        ("PolicyName", &long(129), "InvalidParameter.PolicyName.Length"),
        ("PolicyName", "a.b", "InvalidParameter.PolicyName.InvalidChars"),
        ("PolicyName", "administratoraccess", "EntityAlreadyExists.Policy"),
        ("PolicyDocument", "", "MissingPolicyDocument"),
        ("PolicyDocument", &padded(6144), "ok"),
        ("PolicyDocument", &padded(6145), "InvalidParameter.PolicyDocument.Length"),
        ("PolicyDocument", TRUST_ECS, "MalformedPolicyDocument"),
        ("PolicyDocument", r#"{"Version":"2","Statement":[]}"#, "MalformedPolicyDocument"),
        ("Description", &long(1024), "ok"),
        ("Description", &long(1025), "InvalidParameter.Description.Length"),
    ];
    for (number, (name, value, expected)) in cases.iter().enumerate() {
        let fresh = format!("p{number}");
        let mut parameters = vec![("PolicyName", fresh.as_str()), ("PolicyDocument", &*text)];
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
        assert_eq!(world.code("CreatePolicy", &parameters).await, *expected, "{name} {value}");
    }
    let bad = document("Alow", "oss:*", "*");
    let parameters = [("PolicyName", "bad"), ("PolicyDocument", bad.as_str())];
    let answer = world.ram(&world.root, "CreatePolicy", &parameters).await;
    assert_eq!(answer.status, 400);
    let message = answer.body["Message"].as_str().unwrap();
    let column = bad.find("\"Alow\"").unwrap() + 1;
    let place = format!("line 1, column {column}: statement 1, Effect");
    assert!(message.contains(&place), "{message}");
    let again = [("PolicyName", "A"), ("PolicyDocument", text.as_str())];
    assert_eq!(world.code("CreatePolicy", &again).await, "EntityAlreadyExists.Policy");
    let version = [("PolicyName", "a"), ("PolicyDocument", "{}")];
    assert_eq!(world.code("CreatePolicyVersion", &version).await, "MalformedPolicyDocument");
}

#[tokio::test]
async fn names_of_policies_are_compared_letter_for_letter() {
    let world = World::new().await;
    world.policy("Secret", &document("Allow", "oss:*", "*")).await;
    // Otherwise a denial on `policy/Secret` would not hold for `policy/secret`.
    for (action, more) in [
        ("GetPolicy", Some(("PolicyType", "Custom"))),
        ("ListPolicyVersions", Some(("PolicyType", "Custom"))),
        ("ListEntitiesForPolicy", Some(("PolicyType", "Custom"))),
        ("DeletePolicy", None),
        ("SetDefaultPolicyVersion", Some(("VersionId", "v1"))),
        ("DeletePolicyVersion", Some(("VersionId", "v1"))),
    ] {
        let parameters: Vec<_> = std::iter::once(("PolicyName", "secret")).chain(more).collect();
        assert_eq!(world.code(action, &parameters).await, "EntityNotExist.Policy", "{action}");
    }
}

#[tokio::test]
async fn versions_that_are_none() {
    let world = World::new().await;
    world.policy("p", &document("Allow", "oss:*", "*")).await;
    for (id, expected) in [
        ("v2", "EntityNotExist.Policy.Version"),
        ("2", "InvalidParameter.VersionId.Format"),
        ("v02", "InvalidParameter.VersionId.Format"),
        ("v11111111111111111", "InvalidParameter.VersionId.Format"),
        ("", "MissingVersionId"),
    ] {
        for action in ["SetDefaultPolicyVersion", "DeletePolicyVersion", "GetPolicyVersion"] {
            let mut parameters = vec![("PolicyName", "p"), ("VersionId", id)];
            if action == "GetPolicyVersion" {
                parameters.push(("PolicyType", "Custom"));
            }
            assert_eq!(world.code(action, &parameters).await, expected, "{action} {id}");
        }
    }
    world.must("SetDefaultPolicyVersion", &[("PolicyName", "p"), ("VersionId", "v1")]).await;
}

#[tokio::test]
async fn system_policies_are_there() {
    let world = World::new().await;
    let admin = [("PolicyName", "AdministratorAccess"), ("PolicyType", "System")];
    let shown = world.must("GetPolicy", &admin).await;
    assert_eq!(shown["Policy"]["PolicyType"], "System");
    assert_eq!(shown["DefaultPolicyVersion"]["VersionId"], "v1");
    let versions = world.must("ListPolicyVersions", &admin).await;
    assert_eq!(versions["PolicyVersions"]["PolicyVersion"].as_array().unwrap().len(), 1);
    world.must("GetPolicyVersion", &[admin[0], admin[1], ("VersionId", "v1")]).await;
    let second = [admin[0], admin[1], ("VersionId", "v2")];
    assert_eq!(world.code("GetPolicyVersion", &second).await, "EntityNotExist.Policy.Version");
    for action in ["DeletePolicy", "SetDefaultPolicyVersion"] {
        let mut parameters = vec![admin[0]];
        if action == "SetDefaultPolicyVersion" {
            parameters.push(("VersionId", "v1"));
        }
        assert_eq!(world.code(action, &parameters).await, "EntityNotExist.Policy", "{action}");
    }
    let custom = [admin[0], ("PolicyType", "Custom")];
    assert_eq!(world.code("GetPolicy", &custom).await, "EntityNotExist.Policy");
    let strange = [admin[0], ("PolicyType", "Other")];
    assert_eq!(world.code("GetPolicy", &strange).await, "InvalidParameter.PolicyType");
}

#[tokio::test]
async fn lists_hold_both_types_in_pages() {
    let world = World::new().await;
    for name in ["b", "a"] {
        let text = document("Allow", "oss:*", "*");
        let parameters = [("PolicyName", name), ("PolicyDocument", &*text), ("Tag.1.Key", "k")];
        world.must("CreatePolicy", &parameters).await;
    }
    world.role("web", TRUST_ECS).await;
    world.attach("Role", "web", "System", "AdministratorAccess").await;
    world.attach("Role", "web", "Custom", "a").await;
    let whole = list(&world, &[]).await;
    let system = whole.iter().filter(|policy| policy.starts_with("System")).count();
    assert_eq!(system, rolecall_identity::system_policy::all().len());
    assert_eq!(whole[0], "System AdministratorAccess 1");
    assert_eq!(whole[system..], ["Custom a 1", "Custom b 0"]);
    for length in [1, 2, 3, system - 1, system, system + 1, system + 2] {
        let most = ("MaxItems", &*length.to_string());
        assert_eq!(list(&world, &[most]).await, whole, "{length}");
        let vendors = list(&world, &[most, ("PolicyType", "System")]).await;
        assert_eq!(vendors, whole[..system], "{length}");
        let custom = list(&world, &[most, ("PolicyType", "Custom")]).await;
        assert_eq!(custom, whole[system..], "{length}");
    }
    assert_eq!(list(&world, &[("Tag.1.Key", "k")]).await, whole[system..]);
    for marker in ["!", "57", "53797374656d2f6e6f6e65"] {
        let code = world.code("ListPolicies", &[("Marker", marker)]).await;
        assert_eq!(code, "InvalidParameter.Marker", "{marker}");
    }
}

/// All policies, page by page.
async fn list(world: &World, parameters: &[(&str, &str)]) -> Vec<String> {
    let mut listed = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut parameters = parameters.to_vec();
        if let Some(marker) = &marker {
            parameters.push(("Marker", marker));
        }
        let page = world.must("ListPolicies", &parameters).await;
        let policies = page["Policies"]["Policy"].as_array().unwrap();
        assert!(policies.len() <= 100);
        listed.extend(policies.iter().map(|policy| {
            let text = |name: &str| policy[name].as_str().unwrap().to_owned();
            let count = &policy["AttachmentCount"];
            format!("{} {} {count}", text("PolicyType"), text("PolicyName"))
        }));
        marker = page["Marker"].as_str().map(str::to_owned);
        assert_eq!(page["IsTruncated"], marker.is_some());
        if marker.is_none() {
            return listed;
        }
    }
}
