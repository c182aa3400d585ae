//! The control policy of an account: whom it binds, and from when.

use rolecall_api::Product;
use rolecall_gate::Directory as _;
use rolecall_identity::{
    ControlPolicyError, IdentityDirectory, control_policy, set_control_policy,
};
use rolecall_types::{AccountId, Clock};

use crate::support::{ACCOUNT, STRANGER, TRUST_ACCOUNT, World, document};

fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// Sets the control policy of an account; it binds the next request.
async fn set(world: &World, account: &str, document: Option<&str>) {
    let now = world.clock.now();
    let revision = set_control_policy(&world.store, &id(account), document, now).await.unwrap();
    world.gate.settle(revision).await.unwrap();
}

#[tokio::test]
async fn it_binds_users_and_roles_on_the_next_request_and_not_the_account() {
    let world = World::new().await;
    let all = document("Allow", "*", "*");
    let alice = world.user("alice", &[&all]).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AdministratorAccess").await;
    let session = world.session(&alice, "web").await;
    let codes = async || {
        let user = world.ram(&alice, "ListUsers", &[]).await;
        let role = world.ram(&session, "ListUsers", &[]).await;
        (user.code().to_owned(), role.code().to_owned())
    };
    let (ok, denied) = ("ok".to_owned(), "NoPermission".to_owned());
    assert_eq!(codes().await, (ok.clone(), ok.clone()));

    set(&world, ACCOUNT, Some(&document("Allow", "ram:Get*", "*"))).await;
    assert_eq!(codes().await, (denied.clone(), denied.clone()));
    let answer = world.ram(&alice, "ListUsers", &[]).await;
    let detail = &answer.body["AccessDeniedDetail"];
    assert_eq!(detail["PolicyType"], "ControlPolicy");
    assert_eq!(detail["NoPermissionType"], "ImplicitDeny");
    assert_eq!(world.code("ListUsers", &[]).await, "ok", "the account itself");
    assert_eq!(world.ram(&alice, "GetUser", &[("UserName", "alice")]).await.code(), "ok");
    assert_eq!(world.assume(&alice, "web", &[]).await.code(), "NoPermission");
    assert_eq!(world.who(&alice).await.code(), "ok", "no policy governs it");

    let both = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"ram:ListUsers","Resource":"*"}]}"#;
    set(&world, ACCOUNT, Some(both)).await;
    assert_eq!(codes().await, (denied.clone(), denied));
    let line = world.recorded.0.lock().unwrap().last().cloned().unwrap();
    assert!(line.contains("Control") && line.contains("control policy"), "the audit: {line}");
    set(&world, ACCOUNT, None).await;
    assert_eq!(codes().await, (ok.clone(), ok));
}

#[tokio::test]
async fn it_gives_nothing_and_binds_its_own_account_alone() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    set(&world, ACCOUNT, Some(&document("Allow", "*", "*"))).await;
    assert_eq!(world.ram(&alice, "ListUsers", &[]).await.code(), "NoPermission");
    set(&world, STRANGER, Some(&document("Deny", "*", "*"))).await;
    let bob = world.user("bob", &[&document("Allow", "*", "*")]).await;
    assert_eq!(world.ram(&bob, "ListUsers", &[]).await.code(), "ok");
    let root = &world.stranger;
    let answer = world.send(Some(root), Product::Ram, "ListUsers", &[]).await;
    assert_eq!(answer.code(), "ok", "the other account itself");
}

#[tokio::test]
async fn only_a_valid_document_is_kept() {
    let world = World::new().await;
    let (account, now) = (id(ACCOUNT), world.clock.now());
    assert!(control_policy(&world.store, &account).await.unwrap().is_none());
    let good = document("Allow", "*", "*");
    set(&world, ACCOUNT, Some(&good)).await;
    let long = document("Allow", &"x".repeat(6_200), "*");
    for wrong in [
        "",
        "{}",
        "null",
        r#"{"Version":"1","Statement":[]}"#,
        r#"{"Version":"1","Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":["*"]}]}"#,
        &long,
    ] {
        let refused = set_control_policy(&world.store, &account, Some(wrong), now).await;
        assert!(matches!(refused, Err(ControlPolicyError::Document(_))), "{wrong:.100}");
    }
    assert_eq!(control_policy(&world.store, &account).await.unwrap().unwrap().document, good);
    let reader = world.store.read().await.unwrap();
    let loaded = IdentityDirectory::load(&reader).await.unwrap().snapshot();
    assert!(loaded.control.contains_key(&account), "a start reads it");
}
