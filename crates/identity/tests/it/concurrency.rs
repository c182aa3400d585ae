//! Many callers at once.

use std::sync::Arc;

use futures_util::future::join_all;
use rolecall_identity::record::{MemberRecord, MembershipRecord, QuotaRecord};

use crate::support::{TRUST_ECS, World, document};

/// Runs the calls of `parameters` at once and returns their codes.
async fn race(
    world: &Arc<World>,
    action: &'static str,
    calls: Vec<Vec<(String, String)>>,
) -> Vec<String> {
    let tasks = calls.into_iter().map(|parameters| {
        let world = Arc::clone(world);
        tokio::spawn(async move {
            let parameters: Vec<_> =
                parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
            world.code(action, &parameters).await
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn count(codes: &[String], code: &str) -> usize {
    codes.iter().filter(|each| *each == code).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_makes_the_role() {
    let world = Arc::new(World::new().await);
    let names = ["web", "Web", "wEb", "weB", "WEB", "WeB", "wEB", "WEb"];
    let calls = names
        .map(|name| owned(&[("RoleName", name), ("AssumeRolePolicyDocument", TRUST_ECS)]))
        .to_vec();
    let codes = race(&world, "CreateRole", calls).await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "EntityAlreadyExists.Role"), 7, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quotas_hold() {
    let world = Arc::new(World::new().await);
    let text = document("Allow", "oss:*", "*");
    world.policy("p", &text).await;
    let call = owned(&[("PolicyName", "p"), ("PolicyDocument", &text)]);
    let codes = race(&world, "CreatePolicyVersion", vec![call; 12]).await;
    assert_eq!(count(&codes, "ok"), 4, "{codes:?}");
    assert_eq!(count(&codes, "LimitExceeded.Policy.Version"), 8, "{codes:?}");

    world.must("CreateUser", &[("UserName", "alice")]).await;
    let call = owned(&[("UserName", "alice")]);
    let codes = race(&world, "CreateAccessKey", vec![call; 8]).await;
    assert_eq!(count(&codes, "ok"), 2, "{codes:?}");

    world.role("web", TRUST_ECS).await;
    for number in 0..8 {
        world.policy(&format!("p{number}"), &text).await;
    }
    let attach = |number| {
        let policy = format!("p{number}");
        owned(&[("RoleName", "web"), ("PolicyType", "Custom"), ("PolicyName", &policy)])
    };
    let codes = race(&world, "AttachPolicyToRole", (0..8).map(attach).collect()).await;
    assert_eq!(count(&codes, "ok"), 5, "{codes:?}");
    assert_eq!(count(&codes, "LimitExceeded.Role.Policy"), 3, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_attached_to_what_goes() {
    for round in 0..20 {
        let world = Arc::new(World::new().await);
        world.role("web", TRUST_ECS).await;
        world.policy("p", &document("Allow", "oss:*", "*")).await;
        let attach = owned(&[("RoleName", "web"), ("PolicyType", "Custom"), ("PolicyName", "p")]);
        let (attached, role, policy) = tokio::join!(
            race(&world, "AttachPolicyToRole", vec![attach]),
            race(&world, "DeleteRole", vec![owned(&[("RoleName", "web")])]),
            race(&world, "DeletePolicy", vec![owned(&[("PolicyName", "p")])]),
        );
        let codes = [&*attached[0], &*role[0], &*policy[0]];
        if attached[0] == "ok" {
            assert_eq!(
                codes,
                ["ok", "DeleteConflict.Role.Policy", "DeleteConflict.Policy.Role"],
                "round {round}"
            );
        } else {
            assert!(attached[0].starts_with("EntityNotExist"), "{codes:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_in_a_group_that_goes() {
    for round in 0..20 {
        let world = Arc::new(World::new().await);
        world.must("CreateUser", &[("UserName", "alice")]).await;
        world.must("CreateUser", &[("UserName", "bob")]).await;
        world.group("staff", &[]).await;
        let join = |user| owned(&[("UserName", user), ("GroupName", "staff")]);
        let (joined, gone, left) = tokio::join!(
            race(&world, "AddUserToGroup", vec![join("alice"), join("bob")]),
            race(&world, "DeleteGroup", vec![owned(&[("GroupName", "staff")])]),
            race(&world, "DeleteUser", vec![owned(&[("UserName", "bob")])]),
        );
        let reader = world.store.read().await.unwrap();
        let by_user = reader.all::<MembershipRecord>(&[]).await.unwrap().len();
        let by_group = reader.all::<MemberRecord>(&[]).await.unwrap().len();
        let codes = format!("round {round}: {joined:?} {gone:?} {left:?}");
        assert_eq!(by_user, count(&joined, "ok"), "{codes}");
        assert_eq!(by_group, by_user, "{codes}");
        if gone[0] == "ok" {
            assert_eq!(by_user, 0, "{codes}");
            assert_eq!(joined[0], "EntityNotExist.Group", "{codes}");
        } else {
            assert_eq!(gone[0], "DeleteConflict.Group.User", "{codes}");
            assert!(by_user > 0, "{codes}");
        }
        assert_eq!(left[0] == "ok", joined[1] != "ok", "{codes}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_that_is_renamed_takes_all_along() {
    for round in 0..20 {
        let world = Arc::new(World::new().await);
        world.must("CreateUser", &[("UserName", "alice")]).await;
        world.group("staff", &[]).await;
        let join = owned(&[("UserName", "alice"), ("GroupName", "staff")]);
        let names =
            ["carol", "dave"].map(|name| owned(&[("UserName", "alice"), ("NewUserName", name)]));
        let (joined, renamed) = tokio::join!(
            race(&world, "AddUserToGroup", vec![join]),
            race(&world, "UpdateUser", names.to_vec()),
        );
        let codes = format!("round {round}: {joined:?} {renamed:?}");
        assert_eq!(count(&renamed, "ok"), 1, "{codes}");
        assert_eq!(count(&renamed, "EntityNotExist.User"), 1, "{codes}");
        let name = if renamed[0] == "ok" { "carol" } else { "dave" };
        let groups = world.must("ListGroupsForUser", &[("UserName", name)]).await;
        let groups = groups["Groups"]["Group"].as_array().unwrap().len();
        assert_eq!(groups, count(&joined, "ok"), "{codes}");
        let members = world.must("ListUsersForGroup", &[("GroupName", "staff")]).await;
        assert_eq!(members["Users"]["User"].as_array().unwrap().len(), groups, "{codes}");
    }
}

#[tokio::test]
async fn the_account_is_full_at_its_quota() {
    let world = World::new().await;
    // A thousand calls would say the same: the count alone decides.
    let mut transaction = world.store.begin().await.unwrap();
    let quota =
        QuotaRecord { users: 999, roles: 999, policies: 1499, groups: 49, mfa_devices: 999 };
    transaction.put_at(&[crate::support::ACCOUNT], &quota).unwrap();
    transaction.commit().await.unwrap();
    let text = document("Allow", "oss:*", "*");
    for (name, expected) in [("a", "ok"), ("b", "LimitExceeded.")] {
        for (action, entity, more) in [
            ("CreateUser", "User", None),
            ("CreateRole", "Role", Some(("AssumeRolePolicyDocument", TRUST_ECS))),
            ("CreatePolicy", "Policy", Some(("PolicyDocument", &*text))),
            ("CreateGroup", "Group", None),
            ("CreateVirtualMFADevice", "VirtualMFADevice", None),
        ] {
            let key = format!("{entity}Name");
            let parameters: Vec<_> = std::iter::once((&*key, name)).chain(more).collect();
            let expected =
                if name == "a" { expected.to_owned() } else { format!("{expected}{entity}") };
            assert_eq!(world.code(action, &parameters).await, expected);
        }
    }
    world.must("DeleteUser", &[("UserName", "a")]).await;
    world.must("DeleteRole", &[("RoleName", "a")]).await;
    world.must("DeletePolicy", &[("PolicyName", "a")]).await;
    world.must("DeleteGroup", &[("GroupName", "a")]).await;
    let serial = format!("acs:ram::{}:mfa/a", crate::support::ACCOUNT);
    world.must("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]).await;
    world.must("CreateUser", &[("UserName", "c")]).await;
    world.must("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "c")]).await;
    world.role("c", TRUST_ECS).await;
    world.group("c", &[]).await;
    world.policy("c", &text).await;
}
