//! Users and their AccessKeys.

use serde_json::json;

use crate::support::{World, credentials, document};

#[tokio::test]
async fn a_user_lives() {
    let world = World::new().await;
    let made = world
        .must(
            "CreateUser",
            &[
                ("UserName", "Alice.A_1"),
                ("DisplayName", "Alice"),
                ("Email", "alice@example.com"),
                ("MobilePhone", "86-13800000000"),
                ("Comments", "first"),
            ],
        )
        .await;
    let id = made["User"]["UserId"].clone();
    assert_eq!(
        made["User"],
        json!({
            "UserName": "Alice.A_1",
            "UserId": id,
            "DisplayName": "Alice",
            "Email": "alice@example.com",
            "MobilePhone": "86-13800000000",
            "Comments": "first",
            "CreateDate": "2023-11-14T22:13:20Z",
        })
    );
    let shown = world.must("GetUser", &[("UserName", "Alice.A_1")]).await;
    assert_eq!(shown["User"]["LastLoginDate"], "");
    assert_eq!(shown["User"]["UserId"], id);
    // Another spelling is another name to policies, and so must find nothing.
    for action in ["GetUser", "DeleteUser", "ListPoliciesForUser", "CreateAccessKey"] {
        let code = world.code(action, &[("UserName", "alice.a_1")]).await;
        assert_eq!(code, "EntityNotExist.User", "{action}");
    }
    assert_eq!(
        world.code("CreateUser", &[("UserName", "alice.a_1")]).await,
        "EntityAlreadyExists.User"
    );
    let listed = world.must("ListUsers", &[]).await;
    assert_eq!(listed["Users"]["User"].as_array().unwrap().len(), 1);
    world.must("DeleteUser", &[("UserName", "Alice.A_1")]).await;
    let again = world.must("CreateUser", &[("UserName", "Alice.A_1")]).await;
    assert_ne!(again["User"]["UserId"], id);
}

#[tokio::test]
async fn each_limit_of_create_user() {
    let world = World::new().await;
    let long = |length: usize| "a".repeat(length);
    let cases: &[(&str, &str, &str)] = &[
        ("UserName", "", "MissingUserName"),
        ("UserName", &long(64), "ok"),
        ("UserName", &long(65), "InvalidParameter.UserName.Length"),
        ("UserName", "a b", "InvalidParameter.UserName.InvalidChars"),
        ("DisplayName", &long(128), "ok"),
        ("DisplayName", &long(129), "InvalidParameter.DisplayName.Length"),
        ("Comments", &long(128), "ok"),
        ("Comments", &long(129), "InvalidParameter.Comments.Length"),
        ("Email", "a@b", "ok"),
        ("Email", "@b", "InvalidParameter.Email.Format"),
        ("Email", "a@b@c", "InvalidParameter.Email.Format"),
        ("Email", "a b@c", "InvalidParameter.Email.Format"),
        ("MobilePhone", "86-1", "ok"),
        ("MobilePhone", "861", "InvalidParameter.MobilePhone.Format"),
        ("MobilePhone", "86-1x", "InvalidParameter.MobilePhone.Format"),
    ];
    for (number, (name, value, expected)) in cases.iter().enumerate() {
        let fresh = format!("u{number}");
        let mut parameters = vec![("UserName", fresh.as_str())];
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
        assert_eq!(world.code("CreateUser", &parameters).await, *expected, "{name} {value}");
    }
}

#[tokio::test]
async fn keys_live() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let id = alice.access_key_id.as_str();
    let switch = async |status: &str| {
        let parameters = [("UserName", "alice"), ("UserAccessKeyId", id), ("Status", status)];
        world.must("UpdateAccessKey", &parameters).await;
    };
    assert_eq!(world.who(&alice).await.code(), "ok");
    switch("Inactive").await;
    assert_eq!(world.who(&alice).await.code(), "InvalidAccessKeyId.Inactive");
    switch("Active").await;
    assert_eq!(world.who(&alice).await.code(), "ok");
    let listed = world.must("ListAccessKeys", &[("UserName", "alice")]).await;
    assert_eq!(
        listed["AccessKeys"]["AccessKey"],
        json!([{"AccessKeyId": id, "Status": "Active", "CreateDate": "2023-11-14T22:13:20Z"}])
    );
    world.must("CreateAccessKey", &[("UserName", "alice")]).await;
    assert_eq!(
        world.code("CreateAccessKey", &[("UserName", "alice")]).await,
        "LimitExceeded.User.AccessKey"
    );
    assert_eq!(
        world.code("DeleteUser", &[("UserName", "alice")]).await,
        "DeleteConflict.User.AccessKey"
    );
    let parameters = [("UserName", "alice"), ("UserAccessKeyId", id)];
    world.must("DeleteAccessKey", &parameters).await;
    assert_eq!(world.who(&alice).await.code(), "InvalidAccessKeyId.NotFound");
    let gone = "EntityNotExist.User.AccessKey";
    assert_eq!(world.code("DeleteAccessKey", &parameters).await, gone);
    let [user, key] = parameters;
    assert_eq!(world.code("UpdateAccessKey", &[user, key, ("Status", "Active")]).await, gone);
    assert_eq!(
        world.code("UpdateAccessKey", &[user, key, ("Status", "On")]).await,
        "InvalidParameter.Status"
    );
    for action in ["CreateAccessKey", "ListAccessKeys"] {
        let code = world.code(action, &[("UserName", "bob")]).await;
        assert_eq!(code, "EntityNotExist.User", "{action}");
    }
}

#[tokio::test]
async fn keys_of_others_are_out_of_reach() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    world.must("CreateUser", &[("UserName", "bob")]).await;
    // A key is found by its owner alone, whoever it is.
    for (caller, user) in [(&world.root, "bob"), (&world.stranger, "alice")] {
        let parameters = [("UserName", user), ("UserAccessKeyId", &*alice.access_key_id)];
        let code = world.ram(caller, "DeleteAccessKey", &parameters).await;
        assert!(code.code().starts_with("EntityNotExist.User"), "{}", code.code());
    }
    let by_root = [("UserAccessKeyId", &*alice.access_key_id)];
    assert_eq!(
        world.code("DeleteAccessKey", &by_root).await,
        "EntityNotExist.User.AccessKey",
        "without a name the account means its own keys"
    );
}

#[tokio::test]
async fn who_names_nobody_means_itself() {
    let world = World::new().await;
    let keys = document("Allow", "ram:*AccessKey*", "acs:ram:*:*:user/alice");
    let alice = world.user("alice", &[&keys]).await;
    let made = world.ram(&alice, "CreateAccessKey", &[]).await;
    assert_eq!(made.code(), "ok");
    let second = credentials(&made.body["AccessKey"]);
    assert_eq!(world.who(&second).await.body["UserId"], world.who(&alice).await.body["UserId"]);
    let own = document("Allow", "ram:*AccessKey*", "acs:ram:*:*:user/bob");
    let bob = world.user("bob", &[&own]).await;
    assert_eq!(world.ram(&bob, "CreateAccessKey", &[("UserName", "bob")]).await.code(), "ok");
    for (user, expected) in [(None, "ok"), (Some("alice"), "NoPermission")] {
        let parameters: Vec<_> = user.map(|name| ("UserName", name)).into_iter().collect();
        let answer = world.ram(&bob, "ListAccessKeys", &parameters).await;
        assert_eq!(answer.code(), expected, "{user:?}");
    }
    let made = world.must("CreateAccessKey", &[]).await;
    let who = world.who(&credentials(&made["AccessKey"])).await.body;
    assert_eq!(who["IdentityType"], "Account");
    world.role("web", crate::support::TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AliyunRAMFullAccess").await;
    let carol = world.user("carol", &[&document("Allow", "sts:*", "*")]).await;
    let session = world.session(&carol, "web").await;
    let answer = world.ram(&session, "CreateAccessKey", &[]).await;
    assert_eq!(answer.code(), "MissingUserName");
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "*", "*")]).await;
    let secret = alice.secret.expose();
    assert_eq!(secret.len(), 30);
    world.role("web", crate::support::TRUST_ACCOUNT).await;
    let session = world.session(&alice, "web").await;
    let later = [
        world.must("ListAccessKeys", &[("UserName", "alice")]).await,
        world.must("GetUser", &[("UserName", "alice")]).await,
        world.who(&session).await.body,
    ];
    let recorded = world.recorded.0.lock().unwrap().join("\n");
    let seen = format!("{later:?}{recorded}{:?}{:?}", world.directory, world.snapshot());
    for hidden in [secret, session.secret.expose(), session.security_token.unwrap().expose()] {
        assert!(!seen.contains(hidden.as_str()));
    }
    assert!(recorded.contains("CreateAccessKey"));
}
