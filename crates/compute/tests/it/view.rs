//! The instances in memory.

use rolecall_compute::Instances;
use rolecall_types::InstanceId;

use crate::world::World;

#[tokio::test]
async fn the_view_shows_a_change_when_the_call_returns() {
    let world = World::new().await;
    let it = world.furnish().await;
    let id = InstanceId::parse(&it.instance).unwrap();
    let found = world.instances.get(&id).unwrap();
    let network = found.network.as_ref().unwrap();
    assert_eq!(network.vpc_block.to_string(), "192.168.0.0/16");
    assert_eq!(network.v_switch_block.to_string(), "192.168.1.0/24");
    assert_eq!(network.private_address.to_string(), "192.168.1.1");
    assert_eq!(found.account.as_str(), crate::world::ACCOUNT);

    let ids = format!(r#"["{}"]"#, it.instance);
    world.ok("ecs:AttachInstanceRamRole", &[("InstanceIds", &ids), ("RamRoleName", "Web")]).await;
    let bound = world.instances.get(&id).unwrap().binding.clone();
    assert_eq!(bound.bound.unwrap().role_name.as_str(), "Web");
    world.ok("ecs:DeleteInstance", &[("InstanceId", &it.instance), ("Force", "true")]).await;
    assert!(world.instances.get(&id).is_none());
    assert_eq!(world.instances.all().len(), 1);
}

#[tokio::test]
async fn changes_are_told_once_the_view_shows_them() {
    let world = World::new().await;
    let mut changes = world.instances.changes();
    changes.mark_unchanged();
    world.ok("vpc:CreateVpc", &[]).await;
    assert!(!changes.has_changed().unwrap(), "no instance changed");
    let before = world.instances.all();
    let id = world.run(&[]).await.remove(0);
    assert!(changes.has_changed().unwrap());
    assert_eq!(*changes.borrow_and_update(), world.store.revision());
    let after = world.instances.all();
    let added: Vec<String> = before.diff(&after).map(|change| format!("{change:?}")).collect();
    assert!(added.len() == 1 && added[0].contains(&id), "{added:?}");
}

#[tokio::test]
async fn a_view_that_is_loaded_equals_one_that_followed() {
    let world = World::new().await;
    let it = world.furnish().await;
    world.run(&[("Amount", "3"), ("UserData", "Y2FuYXJ5")]).await;
    world.ok("ecs:DeleteInstance", &[("InstanceId", &it.classic), ("Force", "true")]).await;
    let loaded = Instances::load(&world.store.read().await.unwrap()).await.unwrap();
    assert_eq!(loaded.all(), world.instances.all());
    assert_eq!(loaded.all().len(), 4);
}
