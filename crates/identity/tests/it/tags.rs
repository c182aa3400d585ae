//! Tags of roles and policies.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, TRUST_ECS, World, document};

const ROLE: (&str, &str) = ("ResourceType", "role");

/// Two roles and a policy, without tags.
async fn world() -> World {
    let world = World::new().await;
    world.role("Web", TRUST_ECS).await;
    world.role("db", TRUST_ECS).await;
    world.policy("Mine", &document("Allow", "oss:*", "*")).await;
    world
}

/// What `ListTagResources` answers, a line for each tag.
async fn tags(world: &World, parameters: &[(&str, &str)]) -> Vec<String> {
    let listed = world.must("ListTagResources", parameters).await;
    let line = |tag: &Value| {
        let text = |name: &str| tag[name].as_str().unwrap().to_owned();
        let (kind, name) = (text("ResourceType"), text("ResourceName"));
        format!("{kind} {name} {}={}", text("TagKey"), text("TagValue"))
    };
    listed["TagResources"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn tags_live() {
    let world = world().await;
    let both = ("ResourceNames", r#"["web","db"]"#);
    let given = [ROLE, both, ("Tag", r#"[{"Key":"env","Value":"prod"},{"Key":"empty"}]"#)];
    world.must("TagResources", &given).await;
    // The other spelling; a key that is there gets the new value.
    let given = [
        ROLE,
        ("ResourceNames.1", "Web"),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "test"),
        ("Tag.2.Key", "a"),
        ("Tag.2.Value", "b"),
    ];
    world.must("TagResources", &given).await;
    let policy = ("ResourceType", "policy");
    let given = [policy, ("ResourceNames", r#"["Mine"]"#), ("Tag", r#"[{"Key":"k","Value":"v"}]"#)];
    world.must("TagResources", &given).await;
    assert_eq!(
        tags(&world, &[ROLE]).await,
        [
            "role db empty=",
            "role db env=prod",
            "role Web a=b",
            "role Web empty=",
            "role Web env=test"
        ]
    );
    assert_eq!(tags(&world, &[policy]).await, ["policy Mine k=v"]);
    let named = [ROLE, ("ResourceNames", r#"["WEB","web"]"#)];
    assert_eq!(tags(&world, &named).await.len(), 3, "each once");
    let filter = async |tag: &str| tags(&world, &[ROLE, ("Tag", tag)]).await;
    assert_eq!(filter(r#"[{"Key":"env","Value":"prod"}]"#).await.len(), 2);
    assert_eq!(filter(r#"[{"Key":"env"}]"#).await.len(), 5);
    assert_eq!(filter(r#"[{"Key":"env"},{"Key":"a","Value":"b"}]"#).await.len(), 3);
    assert_eq!(filter(r#"[{"Key":"env","Value":"no"}]"#).await, [""; 0]);
    let roles = world.must("ListRoles", &[("Tag.1.Key", "a")]).await;
    assert_eq!(roles["Roles"]["Role"][0]["RoleName"], "Web");
    let policies = world.must("ListPolicies", &[("Tag.1.Key", "k"), ("Tag.1.Value", "v")]).await;
    assert_eq!(policies["Policies"]["Policy"][0]["PolicyName"], "Mine");

    world.must("UntagResources", &[ROLE, both, ("TagKeys", r#"["env","none"]"#)]).await;
    assert_eq!(tags(&world, &[ROLE]).await, ["role db empty=", "role Web a=b", "role Web empty="]);
    let keys_count = [ROLE, both, ("TagKeys.1", "empty"), ("All", "true")];
    world.must("UntagResources", &keys_count).await;
    assert_eq!(tags(&world, &[ROLE]).await, ["role Web a=b"]);
    world.must("UntagResources", &[ROLE, both, ("All", "true")]).await;
    assert_eq!(tags(&world, &[ROLE]).await, [""; 0]);
    assert_eq!(tags(&world, &[policy]).await, ["policy Mine k=v"]);
}

#[tokio::test]
async fn tags_come_in_pages() {
    let world = world().await;
    for (name, count) in [("Web", 3), ("db", 2)] {
        for number in 0..count {
            let key = format!("k{number}");
            let given = [ROLE, ("ResourceNames.1", name), ("Tag.1.Key", &key)];
            world.must("TagResources", &given).await;
        }
    }
    let whole = tags(&world, &[ROLE]).await;
    assert_eq!(whole.len(), 5);
    for more in [vec![], vec![("ResourceNames", r#"["Web","db"]"#)]] {
        for size in ["1", "2", "3", "4", "5", "100"] {
            let (mut token, mut seen, mut pages) = (String::new(), Vec::new(), 0);
            loop {
                let page = [("PageSize", size), ("NextToken", &*token), ROLE];
                let page = [&page[..], &more[..]].concat();
                seen.extend(tags(&world, &page).await);
                pages += 1;
                let next = world.must("ListTagResources", &page).await["NextToken"].clone();
                let Some(next) = next.as_str() else { break };
                next.clone_into(&mut token);
            }
            assert_eq!(seen, whole, "{size} {more:?}");
            assert_eq!(pages, 5_usize.div_ceil(size.parse().unwrap()), "{size}");
        }
    }
    // A resource that goes between two pages hides no other.
    let first = world.must("ListTagResources", &[ROLE, ("PageSize", "1")]).await;
    world.must("DeleteRole", &[("RoleName", "db")]).await;
    let token = first["NextToken"].as_str().unwrap();
    assert_eq!(tags(&world, &[ROLE, ("NextToken", token)]).await, whole[2..]);
}

#[tokio::test]
async fn errors_and_limits_of_tags() {
    let world = world().await;
    let keys = |count: usize, length: usize| {
        let tag = |number| json!({"Key": format!("{number:0length$}"), "Value": "v"});
        Value::Array((0..count).map(tag).collect()).to_string()
    };
    let names = |count: usize| Value::Array(vec![json!("web"); count]).to_string();
    let web = r#"["Web"]"#.to_owned();
    let value = |length: usize| json!([{"Key": "k", "Value": "v".repeat(length)}]).to_string();
    let k = r#"[{"Key":"k"}]"#.to_owned();
    let cases = [
        ("user", web.clone(), k.clone(), "InvalidParameter.ResourceType"),
        ("Role", web.clone(), k.clone(), "InvalidParameter.ResourceType"),
        ("", web.clone(), k.clone(), "MissingResourceType"),
        ("role", String::new(), k.clone(), "MissingResourceNames"),
        ("role", web.clone(), String::new(), "MissingTag"),
        ("role", web.clone(), "[]".to_owned(), "InvalidParameter.Tag.Length"),
        ("role", "[]".to_owned(), k.clone(), "InvalidParameter.ResourceNames.Length"),
        ("role", "Web".to_owned(), k.clone(), "InvalidParameter.ResourceNames.Format"),
        ("role", r#"[["Web"]]"#.to_owned(), k.clone(), "InvalidParameter.ResourceNames.Format"),
        ("role", r#"["a_b"]"#.to_owned(), k.clone(), "InvalidParameter.ResourceNames.InvalidChars"),
        ("role", r#"["*"]"#.to_owned(), k.clone(), "InvalidParameter.ResourceNames.InvalidChars"),
        (
            "policy",
            r#"["a.b"]"#.to_owned(),
            k.clone(),
            "InvalidParameter.ResourceNames.InvalidChars",
        ),
        (
            "role",
            json!(["a".repeat(65)]).to_string(),
            k.clone(),
            "InvalidParameter.ResourceNames.Length",
        ),
        ("role", r#"["none"]"#.to_owned(), k.clone(), "EntityNotExist.Role"),
        ("role", r#"["Web","none"]"#.to_owned(), k.clone(), "EntityNotExist.Role"),
        ("policy", r#"["mine"]"#.to_owned(), k.clone(), "EntityNotExist.Policy"),
        ("policy", r#"["ReadOnlyAccess"]"#.to_owned(), k.clone(), "EntityNotExist.Policy"),
        ("role", names(50), k.clone(), "ok"),
        ("role", names(51), k.clone(), "InvalidParameter.ResourceNames.Length"),
        ("role", web.clone(), keys(21, 1), "InvalidParameter.Tag.Length"),
        ("role", web.clone(), keys(1, 128), "ok"),
        ("role", web.clone(), keys(1, 129), "InvalidParameter.Tag.1.Key.Length"),
        ("role", web.clone(), value(128), "ok"),
        ("role", web.clone(), value(129), "InvalidParameter.Tag.1.Value.Length"),
        ("role", web.clone(), r#"[{"Value":"v"}]"#.to_owned(), "MissingTag.1.Key"),
        ("role", web.clone(), r#"[{"Key":"k"},{"Key":"k"}]"#.to_owned(), "InvalidParameter.Tag"),
        ("role", web.clone(), r#"[{"Key":"acs:k"}]"#.to_owned(), "InvalidParameter.Tag"),
        ("role", web.clone(), r#"[{"Key":"Aliyun"}]"#.to_owned(), "InvalidParameter.Tag"),
        ("role", web.clone(), r#"[{"Key":"a-http://b"}]"#.to_owned(), "InvalidParameter.Tag"),
    ];
    for (kind, names, tag, expected) in &cases {
        let parameters = [("ResourceType", *kind), ("ResourceNames", &**names), ("Tag", &**tag)];
        let code = world.code("TagResources", &parameters).await;
        assert_eq!(code, *expected, "{kind} {names} {tag}");
    }
    assert_eq!(tags(&world, &[ROLE, ("ResourceNames", r#"["db"]"#)]).await, [""; 0]);
    let all = [ROLE, ("ResourceNames", &*web), ("All", "true")];
    world.must("UntagResources", &all).await;
    world.must("TagResources", &[ROLE, all[1], ("Tag", &*keys(20, 1))]).await;
    // Of two that are named, one is full: none gets the tag.
    let both = ("ResourceNames", r#"["db","Web"]"#);
    assert_eq!(
        world.code("TagResources", &[ROLE, both, ("Tag", r#"[{"Key":"more"}]"#)]).await,
        "LimitExceeded.Tag"
    );
    assert_eq!(tags(&world, &[ROLE, ("Tag", r#"[{"Key":"more"}]"#)]).await, [""; 0]);
    world.must("TagResources", &[ROLE, all[1], ("Tag", r#"[{"Key":"0","Value":"new"}]"#)]).await;
    assert_eq!(tags(&world, &[ROLE]).await.len(), 20);
}

#[tokio::test]
async fn errors_of_taking_and_listing() {
    let world = world().await;
    let web = ("ResourceNames", r#"["Web"]"#);
    let none = ("ResourceNames", r#"["none"]"#);
    let policy = ("ResourceType", "policy");
    let keys = Value::Array((0..21).map(|key| json!(key.to_string())).collect()).to_string();
    for (action, parameters, expected) in [
        ("UntagResources", vec![ROLE, web], "MissingTagKeys"),
        ("UntagResources", vec![ROLE, web, ("All", "false")], "MissingTagKeys"),
        ("UntagResources", vec![ROLE, ("All", "true")], "MissingResourceNames"),
        ("UntagResources", vec![web, ("All", "true")], "MissingResourceType"),
        ("UntagResources", vec![ROLE, web, ("All", "yes")], "InvalidParameter.All.Format"),
        ("UntagResources", vec![ROLE, web, ("TagKeys", &keys)], "InvalidParameter.TagKeys.Length"),
        ("UntagResources", vec![ROLE, none, ("All", "true")], "EntityNotExist.Role"),
        ("UntagResources", vec![policy, none, ("All", "true")], "EntityNotExist.Policy"),
        ("ListTagResources", vec![], "MissingResourceType"),
        ("ListTagResources", vec![ROLE, none], "EntityNotExist.Role"),
        ("ListTagResources", vec![policy, none], "EntityNotExist.Policy"),
        ("ListTagResources", vec![ROLE, ("PageSize", "0")], "InvalidParameter.PageSize.Range"),
        ("ListTagResources", vec![ROLE, ("PageSize", "100")], "ok"),
        ("ListTagResources", vec![ROLE, ("PageSize", "101")], "InvalidParameter.PageSize.Range"),
        ("ListTagResources", vec![ROLE, ("NextToken", "zz")], "InvalidParameter.NextToken"),
        ("ListTagResources", vec![ROLE, ("NextToken", "61")], "InvalidParameter.NextToken"),
        (
            "ListTagResources",
            vec![ROLE, ("Tag", r#"[{"Key":"a"},{"Key":"a"}]"#)],
            "InvalidParameter.Tag",
        ),
    ] {
        assert_eq!(world.code(action, &parameters).await, expected, "{action} {parameters:?}");
    }
}

#[tokio::test]
async fn each_named_resource_is_asked_for() {
    let world = world().await;
    let arn = |name: &str| format!("acs:ram:*:{ACCOUNT}:{name}");
    let on = |action: &str, name: &str| document("Allow", action, &arn(name));
    let alice =
        world.user("alice", &[&on("ram:*Tag*", "role/web"), &on("ram:*Tag*", "policy/Mine")]).await;
    let tag = ("Tag", r#"[{"Key":"k","Value":"v"}]"#);
    let (web, both) = (("ResourceNames", r#"["Web"]"#), ("ResourceNames", r#"["Web","db"]"#));
    let policy = [("ResourceType", "policy"), ("ResourceNames", r#"["Mine"]"#)];
    for (action, more) in [
        ("TagResources", Some(tag)),
        ("ListTagResources", None),
        ("UntagResources", Some(("All", "true"))),
    ] {
        let code = async |parameters: &[(&str, &str)]| {
            let parameters: Vec<_> = parameters.iter().copied().chain(more).collect();
            world.ram(&alice, action, &parameters).await.code().to_owned()
        };
        assert_eq!(code(&[ROLE, web]).await, "ok", "{action}");
        assert_eq!(code(&policy).await, "ok", "{action}");
        assert_eq!(code(&[ROLE, both]).await, "NoPermission", "{action}");
    }
    for kind in ["role", "policy"] {
        let answer = world.ram(&alice, "ListTagResources", &[("ResourceType", kind)]).await;
        assert_eq!(answer.code(), "NoPermission", "{kind}");
    }
    for (kind, name, expected) in
        [("role", "Web", "EntityNotExist.Role"), ("policy", "Mine", "EntityNotExist.Policy")]
    {
        let parameters = [("ResourceType", kind), ("ResourceNames.1", name), tag];
        let answer = world.ram(&world.stranger, "TagResources", &parameters).await;
        assert_eq!(answer.code(), expected);
        let listed = world.ram(&world.stranger, "ListTagResources", &parameters[..1]).await;
        assert_eq!(listed.body["TagResources"], json!([]));
    }
}

#[tokio::test]
async fn conditions_see_the_tags_of_a_request() {
    let world = world().await;
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:TagResources",
        "Resource":"*","Condition":{"StringEquals":{"acs:RequestTag/env":["test","dev"]}}},
        {"Effect":"Deny","Action":"ram:TagResources","Resource":"*",
        "Condition":{"StringLike":{"acs:RequestTag/owner":"*"}}}]}"#;
    let alice = world.user("alice", &[document]).await;
    for (tag, expected) in [
        (r#"[{"Key":"env","Value":"test"}]"#, "ok"),
        (r#"[{"Key":"env","Value":"dev"},{"Key":"a","Value":"b"}]"#, "ok"),
        (r#"[{"Key":"env","Value":"prod"}]"#, "NoPermission"),
        (r#"[{"Key":"ENV","Value":"test"}]"#, "NoPermission"),
        (r#"[{"Key":"a","Value":"b"}]"#, "NoPermission"),
        (r#"[{"Key":"env","Value":"test"},{"Key":"owner"}]"#, "NoPermission"),
    ] {
        let parameters = [ROLE, ("ResourceNames.1", "Web"), ("Tag", tag)];
        assert_eq!(world.ram(&alice, "TagResources", &parameters).await.code(), expected, "{tag}");
    }
}

#[tokio::test]
async fn conditions_see_the_tags_of_a_resource_from_the_next_call_on() {
    let world = world().await;
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*",
        "Condition":{"StringEquals":{"acs:ResourceTag/env":"test"}}}]}"#;
    let alice = world.user("alice", &[document]).await;
    let policy = [("ResourceType", "policy"), ("ResourceNames.1", "Mine")];
    let role = [ROLE, ("ResourceNames.1", "web")];
    let tag = |value| [("Tag.1.Key", "env"), ("Tag.1.Value", value)];
    for (named, action, name) in [
        (role, "GetRole", [("RoleName", "Web")].as_slice()),
        (policy, "GetPolicy", &[("PolicyName", "Mine"), ("PolicyType", "Custom")]),
    ] {
        let code = async || world.ram(&alice, action, name).await.code().to_owned();
        assert_eq!(code().await, "NoPermission");
        world.must("TagResources", &[named, tag("test")].concat()).await;
        assert_eq!(code().await, "ok");
        world.must("TagResources", &[named, tag("prod")].concat()).await;
        assert_eq!(code().await, "NoPermission");
        world.must("TagResources", &[named, tag("test")].concat()).await;
        assert_eq!(code().await, "ok");
        // She may take the tag, and with it what it gave her.
        let all = [named[0], named[1], ("All", "true")];
        assert_eq!(world.ram(&alice, "UntagResources", &all).await.code(), "ok");
        assert_eq!(code().await, "NoPermission");
    }
}
