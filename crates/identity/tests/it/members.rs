//! What members of a group may do: as much as the group holds, from the next call on.

use std::sync::Arc;

use rolecall_gate::Grant;
use rolecall_identity::IdentityDirectory;
use rolecall_identity::record::GroupRecord;
use rolecall_policy::PolicyType;
use rolecall_types::AccountId;

use crate::support::{ACCOUNT, TRUST_ACCOUNT, World, document};

/// Alice, without policies of her own, and the group `staff`, which is empty.
async fn world() -> (World, rolecall_crypto::sign::Credentials) {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    world.group("staff", &[]).await;
    world.policy("list", &document("Allow", "ram:List*", "*")).await;
    world.policy("no", &document("Deny", "ram:ListRoles", "*")).await;
    (world, alice)
}

const ALICE: [(&str, &str); 2] = [("UserName", "alice"), ("GroupName", "staff")];

#[tokio::test]
async fn a_member_may_what_the_group_may() {
    let (world, alice) = world().await;
    let may = async || world.ram(&alice, "ListRoles", &[]).await.code() == "ok";
    assert!(!may().await);
    world.attach("Group", "staff", "Custom", "list").await;
    assert!(!may().await, "not a member");
    world.must("AddUserToGroup", &ALICE).await;
    assert!(may().await);
    let detach = [("GroupName", "staff"), ("PolicyType", "Custom"), ("PolicyName", "list")];
    world.must("DetachPolicyFromGroup", &detach).await;
    assert!(!may().await);
    world.attach("Group", "staff", "Custom", "list").await;
    assert!(may().await);
    world.must("RemoveUserFromGroup", &ALICE).await;
    assert!(!may().await);
    world.must("AddUserToGroup", &ALICE).await;
    let other = document("Allow", "ecs:*", "*");
    let version = [("PolicyName", "list"), ("PolicyDocument", &*other), ("SetAsDefault", "true")];
    world.must("CreatePolicyVersion", &version).await;
    assert!(!may().await, "another document binds");
    world.must("SetDefaultPolicyVersion", &[("PolicyName", "list"), ("VersionId", "v1")]).await;
    assert!(may().await);
    world.attach("Group", "staff", "System", "AdministratorAccess").await;
    assert_eq!(world.ram(&alice, "DeleteGroup", &[("GroupName", "no")]).await.status, 404);
}

#[tokio::test]
async fn a_denial_of_a_group_beats_what_the_user_may() {
    let (world, alice) = world().await;
    world.attach("User", "alice", "System", "AdministratorAccess").await;
    world.attach("Group", "staff", "Custom", "no").await;
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok");
    world.must("AddUserToGroup", &ALICE).await;
    let answer = world.ram(&alice, "ListRoles", &[]).await;
    assert_eq!(answer.code(), "NoPermission");
    assert_eq!(answer.body["AccessDeniedDetail"]["NoPermissionType"], "ExplicitDeny");
    assert_eq!(world.ram(&alice, "ListUsers", &[]).await.code(), "ok");
    // She may leave: nothing denies it.
    assert_eq!(world.ram(&alice, "RemoveUserFromGroup", &ALICE).await.code(), "ok");
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok");
}

#[tokio::test]
async fn a_denial_of_one_group_beats_an_allow_of_another() {
    let (world, alice) = world().await;
    world.attach("Group", "staff", "Custom", "list").await;
    world.must("AddUserToGroup", &ALICE).await;
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok");
    world.group("bound", &["alice"]).await;
    world.attach("Group", "bound", "Custom", "no").await;
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "NoPermission");
    assert_eq!(world.ram(&alice, "ListUsers", &[]).await.code(), "ok");
}

#[tokio::test]
async fn a_policy_that_comes_twice_goes_twice() {
    let (world, alice) = world().await;
    world.must("AddUserToGroup", &ALICE).await;
    world.attach("Group", "staff", "Custom", "list").await;
    world.attach("User", "alice", "Custom", "list").await;
    let (kind, name) = (("PolicyType", "Custom"), ("PolicyName", "list"));
    world.must("DetachPolicyFromUser", &[kind, name, ALICE[0]]).await;
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok");
    world.must("DetachPolicyFromGroup", &[kind, name, ALICE[1]]).await;
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "NoPermission");
}

#[tokio::test]
async fn members_alone_take_on_roles_and_roles_are_in_no_group() {
    let (world, alice) = world().await;
    world.role("web", TRUST_ACCOUNT).await;
    assert_eq!(world.assume(&alice, "web", &[]).await.code(), "NoPermission");
    world.must("AddUserToGroup", &ALICE).await;
    world.attach("Group", "staff", "System", "AliyunSTSAssumeRoleAccess").await;
    world.attach("Group", "staff", "Custom", "list").await;
    let session = world.session(&alice, "web").await;
    assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), "NoPermission");
    // A group of the role's name is none of the role's.
    world.group("web", &[]).await;
    world.attach("Group", "web", "Custom", "list").await;
    assert_eq!(world.ram(&session, "ListRoles", &[]).await.code(), "NoPermission");
}

#[tokio::test]
async fn it_is_known_by_which_group_a_policy_came() {
    let (world, _alice) = world().await;
    world.must("CreateGroup", &[("GroupName", "Crew")]).await;
    world.must("AddUserToGroup", &[ALICE[0], ("GroupName", "Crew")]).await;
    world.must("AddUserToGroup", &ALICE).await;
    world.attach("User", "alice", "Custom", "list").await;
    world.attach("Group", "staff", "Custom", "list").await;
    world.attach("Group", "Crew", "System", "ReadOnlyAccess").await;
    let account = AccountId::parse(ACCOUNT).unwrap();
    let ways = |snapshot: &rolecall_gate::Snapshot| {
        let alice = Arc::clone(snapshot.user(&account, "alice").unwrap());
        let way = |grant: &Grant| {
            let group = grant.group.as_ref().map(ToString::to_string);
            (grant.source.policy_type, grant.source.name.clone(), group)
        };
        alice.grants.iter().map(way).collect::<Vec<_>>()
    };
    let (list, all) = ("list".to_owned(), "ReadOnlyAccess".to_owned());
    assert_eq!(
        ways(&world.snapshot()),
        [
            (PolicyType::Custom, list.clone(), None),
            (PolicyType::System, all, Some("Crew".to_owned())),
            (PolicyType::Custom, list, Some("staff".to_owned())),
        ]
    );
    world.must("UpdateGroup", &[("GroupName", "Crew"), ("NewGroupName", "crew")]).await;
    assert_eq!(ways(&world.snapshot())[1].2.as_deref(), Some("crew"));
}

#[tokio::test]
async fn only_members_are_compiled_anew() {
    let (world, _alice) = world().await;
    for user in ["bob", "carol"] {
        world.must("CreateUser", &[("UserName", user)]).await;
    }
    world.must("AddUserToGroup", &ALICE).await;
    world.group("crew", &["bob"]).await;
    world.attach("Group", "crew", "Custom", "list").await;
    let account = AccountId::parse(ACCOUNT).unwrap();
    let entries = || {
        let snapshot = world.snapshot();
        ["alice", "bob", "carol"].map(|name| Arc::clone(snapshot.user(&account, name).unwrap()))
    };
    let mut before = entries();
    let mut changed = |what: &str, expected: [bool; 3]| {
        let after = entries();
        let changed: Vec<_> =
            before.iter().zip(&after).map(|(one, other)| !Arc::ptr_eq(one, other)).collect();
        assert_eq!(changed, expected, "{what}");
        before = after;
    };
    world.attach("Group", "staff", "System", "ReadOnlyAccess").await;
    changed("a policy for alice's group", [true, false, false]);
    world.must("AddUserToGroup", &[("UserName", "carol"), ALICE[1]]).await;
    changed("carol joins", [false, false, true]);
    let text = document("Allow", "ram:Get*", "*");
    let version = [("PolicyName", "list"), ("PolicyDocument", &*text), ("SetAsDefault", "true")];
    world.must("CreatePolicyVersion", &version).await;
    changed("another document for bob's group", [false, true, false]);
    world.must("RemoveUserFromGroup", &ALICE).await;
    changed("alice leaves", [true, false, false]);
    world.group("empty", &[]).await;
    world.attach("Group", "empty", "Custom", "list").await;
    changed("a policy for nobody", [false, false, false]);
}

#[tokio::test]
async fn a_group_that_the_store_lost_is_an_error() {
    let (world, _alice) = world().await;
    world.must("AddUserToGroup", &ALICE).await;
    let mut transaction = world.store.begin().await.unwrap();
    transaction.delete::<GroupRecord>(&[ACCOUNT, "staff"]);
    transaction.commit().await.unwrap();
    let reader = world.store.read().await.unwrap();
    let error = IdentityDirectory::load(&reader).await.unwrap_err();
    assert!(error.to_string().contains("group `staff`"), "{error}");
}
