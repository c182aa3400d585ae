//! Changes at run time: they show at the next read.

use rolecall_types::RoleName;
use serde_json::Value;

use crate::support::{CREDENTIALS, World, check_refused};

fn path(role: &str) -> String {
    format!("{CREDENTIALS}{role}")
}

fn key(world: &World, role: &str) -> String {
    let document: Value = serde_json::from_str(&world.item(&path(role))).unwrap();
    document["AccessKeyId"].as_str().unwrap().to_owned()
}

fn attach(world: &World, role: &str, policy: Option<&str>) {
    let (role, policy) = (RoleName::new(role).unwrap(), policy.map(str::to_owned));
    world.change(|instance| instance.binding.attach(role, policy));
}

fn detach(world: &World) {
    world.change(|instance| drop(instance.binding.detach()));
}

fn check_nothing(world: &World, role: &str) {
    check_refused(&world.get(CREDENTIALS), 404);
    check_refused(&world.get(&path(role)), 404);
}

#[test]
fn a_role_that_is_taken_off_is_gone() {
    let world = World::new();
    key(&world, "Web");
    detach(&world);
    check_nothing(&world, "Web");
    let listing = world.item("/latest/meta-data/");
    assert!(!listing.lines().any(|line| line == "ram/"), "{listing}");
}

/// Credentials of a binding that ended are not handed out by the next one.
#[test]
fn a_role_that_is_put_on_again_is_worn_anew() {
    let world = World::new();
    let first = key(&world, "Web");
    detach(&world);
    attach(&world, "Web", None);
    assert_ne!(key(&world, "Web"), first);
}

#[test]
fn another_role_takes_the_place_of_the_first() {
    let world = World::new();
    world.role("Batch", '2', true);
    let first = key(&world, "Web");
    attach(&world, "Batch", None);
    assert_eq!(world.item(CREDENTIALS), "Batch");
    check_refused(&world.get(&path("Web")), 404);
    assert_ne!(key(&world, "Batch"), first);
    check_refused(&world.get(&path("Other")), 404);
}

#[test]
fn another_session_policy_is_another_binding() {
    let world = World::new();
    let first = key(&world, "Web");
    let policy =
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}"#;
    attach(&world, "Web", Some(policy));
    assert_ne!(key(&world, "Web"), first);
}

#[test]
fn a_deleted_role_gives_nothing() {
    let world = World::new();
    let first = key(&world, "Web");
    world.delete_role("Web");
    check_nothing(&world, "Web");
    // Made again, it has another id: credentials of the first would be dead.
    world.role("Web", '7', true);
    assert_eq!(world.item(CREDENTIALS), "Web");
    assert_ne!(key(&world, "Web"), first);
}

#[test]
fn a_role_that_trusts_ecs_no_more_gives_nothing() {
    let world = World::new();
    key(&world, "Web");
    world.role("Web", '1', false);
    check_refused(&world.get(&path("Web")), 404);
    world.role("Web", '1', true);
    key(&world, "Web");
}

/// Who edits a role changes nobody's credentials: what they allow follows the role.
#[test]
fn an_edited_role_leaves_credentials_as_they_are() {
    let world = World::new();
    let first = key(&world, "Web");
    for _ in 0..3 {
        world.role("Web", '1', true);
        assert_eq!(key(&world, "Web"), first);
    }
}

/// The role that is worn is not the caller's choice (kube2iam's issue 15).
#[test]
fn a_role_that_is_not_worn_is_not_given() {
    let world = World::new();
    world.role("Admin", '2', true);
    for name in ["Admin", "admin", "Web2", "We", "*", "Web,Admin", "Web:Admin"] {
        check_refused(&world.get(&path(name)), 404);
    }
}
