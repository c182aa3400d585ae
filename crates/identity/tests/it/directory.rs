//! The directory: what it loads is what it came to by following.

use std::sync::Arc;

use rolecall_gate::{Directory, Snapshot};
use rolecall_identity::IdentityDirectory;
use rolecall_types::AccountId;

use crate::support::{ACCOUNT, TRUST_ACCOUNT, TRUST_ECS, World, document};

/// A snapshot as text, without what differs from one compilation to the next.
fn describe(snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, key) in &snapshot.keys {
        lines.push(format!("key {id} {} {:?}", key.active, key.owner));
    }
    for ((account, name), user) in &snapshot.users {
        let (policies, grants) = (&user.policies, &user.grants);
        lines.push(format!("user {account} {name} {} {policies:?} {grants:?}", user.id));
    }
    for ((account, name), role) in &snapshot.roles {
        let (policies, trust) = (&role.policies, &role.trust);
        let seconds = role.max_session_seconds;
        lines.push(format!("role {account} {name} {} {seconds} {policies:?} {trust:?}", role.id));
    }
    lines.sort();
    lines
}

#[tokio::test]
async fn loading_and_following_agree() {
    let world = World::new().await;
    world.user("alice", &[&document("Allow", "sts:*", "*"), &document("Deny", "oss:*", "*")]).await;
    world.user("bob", &[]).await;
    world.role("web", TRUST_ACCOUNT).await;
    world.role("gone", TRUST_ECS).await;
    world.policy("p", &document("Allow", "ram:*", "*")).await;
    world.attach("Role", "web", "Custom", "p").await;
    world.attach("Role", "web", "System", "ReadOnlyAccess").await;
    world.attach("User", "bob", "Custom", "p").await;
    let second = document("Allow", "ecs:*", "*");
    let version = [("PolicyName", "p"), ("PolicyDocument", &*second), ("SetAsDefault", "true")];
    world.must("CreatePolicyVersion", &version).await;
    let detach = [("UserName", "bob"), ("PolicyType", "Custom"), ("PolicyName", "p")];
    world.must("DetachPolicyFromUser", &detach).await;
    world.must("DeleteRole", &[("RoleName", "gone")]).await;
    world.must("UpdateRole", &[("RoleName", "web"), ("NewMaxSessionDuration", "7200")]).await;
    world.group("staff", &["alice", "bob"]).await;
    world.group("crew", &["bob"]).await;
    world.attach("Group", "staff", "Custom", "p").await;
    world.attach("Group", "crew", "System", "ReadOnlyAccess").await;
    world.must("UpdateGroup", &[("GroupName", "staff"), ("NewGroupName", "all")]).await;
    world.must("RemoveUserFromGroup", &[("GroupName", "all"), ("UserName", "bob")]).await;
    let reader = world.store.read().await.unwrap();
    let loaded = IdentityDirectory::load(&reader).await.unwrap();
    assert_eq!(describe(&loaded.snapshot()), describe(&world.snapshot()));
}

#[tokio::test]
async fn a_new_default_version_compiles_its_holders_alone() {
    let world = World::new().await;
    let text = document("Allow", "ram:*", "*");
    world.policy("p", &text).await;
    for role in ["one", "two", "other"] {
        world.role(role, TRUST_ECS).await;
    }
    world.user("alice", &[]).await;
    world.attach("Role", "one", "Custom", "p").await;
    world.attach("User", "alice", "Custom", "p").await;
    world.attach("Role", "other", "System", "ReadOnlyAccess").await;
    let account = AccountId::parse(ACCOUNT).unwrap();
    let entries = |snapshot: &Snapshot| {
        let role = |name| Arc::as_ptr(snapshot.role(&account, name).unwrap()).addr();
        let alice = Arc::as_ptr(snapshot.user(&account, "alice").unwrap()).addr();
        [role("one"), alice, role("two"), role("other")]
    };
    let changed = |before: &Snapshot| {
        let after = world.snapshot();
        let pairs = entries(before).into_iter().zip(entries(&after));
        pairs.map(|(before, after)| before != after).collect::<Vec<_>>()
    };
    let before = world.snapshot();
    let version = [("PolicyName", "p"), ("PolicyDocument", &*text), ("SetAsDefault", "true")];
    world.must("CreatePolicyVersion", &version).await;
    assert_eq!(changed(&before), [true, true, false, false]);
    let before = world.snapshot();
    world.must("CreatePolicyVersion", &version[..2]).await;
    assert_eq!(changed(&before), [false; 4], "a version that does not bind");
    let before = world.snapshot();
    world.must("SetDefaultPolicyVersion", &[("PolicyName", "p"), ("VersionId", "v3")]).await;
    assert_eq!(changed(&before), [true, true, false, false]);
    let before = world.snapshot();
    world.attach("Role", "two", "Custom", "p").await;
    assert_eq!(changed(&before), [false, false, true, false]);
}

#[tokio::test]
async fn a_hole_in_the_records_is_an_error() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.policy("p", &document("Deny", "*", "*")).await;
    world.attach("Role", "web", "Custom", "p").await;
    let mut transaction = world.store.begin().await.unwrap();
    transaction.delete::<rolecall_identity::record::PolicyRecord>(&[ACCOUNT, "p"]);
    transaction.commit().await.unwrap();
    let reader = world.store.read().await.unwrap();
    let error = IdentityDirectory::load(&reader).await.unwrap_err();
    assert!(error.to_string().contains("policy `p`"), "{error}");
}
