//! The first account.

use rolecall_identity::{AccountSeed, BootstrapError, Seeded, bootstrap};
use rolecall_types::{AccessKeyId, AccountId, Clock, Secret};

use crate::support::{ACCOUNT, World, credentials};

fn seed(account: &str, id: &str, secret: &str) -> AccountSeed {
    AccountSeed {
        account: AccountId::parse(account).unwrap(),
        access_key_id: AccessKeyId::parse(id).unwrap(),
        secret: Secret::new(secret.to_owned()),
    }
}

async fn sow(world: &World, seed: &AccountSeed) -> Result<Seeded, BootstrapError> {
    let seeded = bootstrap(&world.store, seed, world.clock.now()).await;
    // A call of the gate waits for the views, and so shows the seed to the next one.
    world.ram(&world.stranger, "CreateUser", &[("UserName", "clock")]).await;
    world.ram(&world.stranger, "DeleteUser", &[("UserName", "clock")]).await;
    seeded
}

#[tokio::test]
async fn the_same_seed_changes_nothing() {
    let world = World::new().await;
    let before = world.store.revision();
    let same = seed(ACCOUNT, &world.root.access_key_id, world.root.secret.expose());
    let seeded = bootstrap(&world.store, &same, world.clock.now()).await.unwrap();
    assert_eq!((seeded, world.store.revision()), (Seeded::Unchanged, before));
}

#[tokio::test]
async fn another_seed_replaces_the_seeded_key_alone() {
    let world = World::new().await;
    let made = credentials(&world.must("CreateAccessKey", &[]).await["AccessKey"]);
    for (id, secret) in [(&*world.root.access_key_id, "another-secret"), ("LTAIother", "third-one")]
    {
        assert_eq!(sow(&world, &seed(ACCOUNT, id, secret)).await.unwrap(), Seeded::Replaced);
        let mut new = world.root.clone();
        new.access_key_id = id.to_owned();
        new.secret = Secret::new(secret.to_owned());
        assert_eq!(world.who(&new).await.code(), "ok", "{id}");
        assert_ne!(world.who(&world.root).await.code(), "ok", "{id}");
        assert_eq!(world.who(&made).await.code(), "ok", "{id}");
    }
}

#[tokio::test]
async fn a_key_that_was_switched_off_stays_off() {
    let world = World::new().await;
    let id = world.root.access_key_id.as_str();
    world.must("UpdateAccessKey", &[("UserAccessKeyId", id), ("Status", "Inactive")]).await;
    let same = seed(ACCOUNT, id, world.root.secret.expose());
    assert_eq!(sow(&world, &same).await.unwrap(), Seeded::Unchanged);
    assert_eq!(world.who(&world.root).await.code(), "InvalidAccessKeyId.Inactive");
}

#[tokio::test]
async fn ids_of_others_are_refused() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    for id in [&alice.access_key_id, &world.stranger.access_key_id] {
        let refused = sow(&world, &seed(ACCOUNT, id, "some-secret")).await;
        assert!(matches!(refused, Err(BootstrapError::KeyTaken { .. })), "{refused:?}");
    }
    for (id, secret) in [
        ("STS.abc", "some-secret"),
        ("LTAIa", "short"),
        ("LTAIa", "with a space"),
        ("LTAIa", &"a".repeat(129)),
    ] {
        let refused = sow(&world, &seed(ACCOUNT, id, secret)).await;
        assert!(matches!(refused, Err(BootstrapError::Key { .. })), "{id} {secret}");
    }
    assert_eq!(world.who(&world.root).await.code(), "ok");
}
