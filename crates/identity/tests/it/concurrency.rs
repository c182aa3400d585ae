//! Many callers at once.

use std::sync::Arc;

use futures_util::future::join_all;

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

#[tokio::test]
async fn the_account_is_full_at_its_quota() {
    let world = World::new().await;
    // A thousand calls would say the same: the count alone decides.
    let mut transaction = world.store.begin().await.unwrap();
    let quota = rolecall_identity::record::QuotaRecord { users: 999, roles: 999, policies: 1499 };
    transaction.put_at(&[crate::support::ACCOUNT], &quota).unwrap();
    transaction.commit().await.unwrap();
    let text = document("Allow", "oss:*", "*");
    for (name, expected) in [("a", "ok"), ("b", "LimitExceeded.")] {
        for (action, entity, more) in [
            ("CreateUser", "User", None),
            ("CreateRole", "Role", Some(("AssumeRolePolicyDocument", TRUST_ECS))),
            ("CreatePolicy", "Policy", Some(("PolicyDocument", &*text))),
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
    world.must("CreateUser", &[("UserName", "c")]).await;
    world.role("c", TRUST_ECS).await;
    world.policy("c", &text).await;
}
