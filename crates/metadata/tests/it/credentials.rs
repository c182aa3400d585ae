//! The credentials document: its exact form, how long it stays the same, and when it is renewed.

use rolecall_types::AccessKeyId;
use serde_json::Value;

use crate::support::{CREDENTIALS, INSTANCE, World};

const SIX_HOURS: i64 = 6 * 3_600;
const HALF: i64 = SIX_HOURS / 2;

fn document(world: &World) -> Value {
    serde_json::from_str(&world.item(&format!("{CREDENTIALS}Web"))).unwrap()
}

fn seconds(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    // `2024-11-08T09:44:50Z`: clients read it by a fixed layout.
    assert_eq!(text.len(), 20, "{text}");
    rolecall_types::time::parse_seconds(text).unwrap().as_second()
}

#[test]
fn six_keys_in_their_order_all_of_them_texts() {
    let world = World::new();
    let document = document(&world);
    let keys: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["AccessKeyId", "AccessKeySecret", "Expiration", "SecurityToken", "LastUpdated", "Code"];
    assert_eq!(keys, expected);
    assert!(document.as_object().unwrap().values().all(Value::is_string));
    assert_eq!(document["Code"], "Success");
    assert!(document["AccessKeyId"].as_str().unwrap().starts_with("STS."));
    assert!(document["AccessKeySecret"].as_str().unwrap().len() >= 30);
    assert_eq!(seconds(&document["LastUpdated"]), world.now());
    assert_eq!(seconds(&document["Expiration"]), world.now() + SIX_HOURS);
}

/// What is handed out opens with the keys that sealed it, and says whose it is.
#[test]
fn the_token_is_the_instances_session() {
    let world = World::new();
    let document = document(&world);
    let text = |name: &str| document[name].as_str().unwrap();
    let id = AccessKeyId::parse(text("AccessKeyId")).unwrap();
    let (session, secret) = world.key_ring.open_session(&id, text("SecurityToken")).unwrap();
    assert_eq!(secret.expose(), text("AccessKeySecret"));
    assert_eq!(session.role_name, "Web");
    assert_eq!(session.session_name, format!("vm-ram-{INSTANCE}"));
    assert_eq!(session.instance.unwrap().id.as_str(), INSTANCE);
    assert_eq!(session.expires_at.as_second(), world.now() + SIX_HOURS);
}

#[test]
fn the_same_until_half_of_its_life_is_over() {
    let world = World::new();
    let first = document(&world);
    for step in [0, 1, 60, HALF - 62] {
        world.clock.advance(step);
        assert_eq!(document(&world), first);
    }
    world.clock.advance(1);
    let second = document(&world);
    for name in ["AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"] {
        assert_ne!(second[name], first[name], "{name}");
    }
    assert_eq!(seconds(&second["LastUpdated"]), world.now());
    assert_eq!(seconds(&second["Expiration"]), world.now() + SIX_HOURS);
    assert_eq!(document(&world), second);
}

/// Whoever asks always gets some that last for half of their life at least.
#[test]
fn there_is_always_time_left() {
    let world = World::new();
    for _ in 0..100 {
        world.clock.advance(1_717);
        assert!(seconds(&document(&world)["Expiration"]) - world.now() > HALF);
    }
}

#[test]
fn spellings_of_the_path_that_clients_use() {
    let world = World::new();
    let first = world.item(&format!("{CREDENTIALS}Web"));
    for path in [
        "/latest/meta-data/Ram/security-credentials/Web",
        "/2016-01-01/meta-data/ram/security-credentials/Web",
        "/latest/meta-data/ram/security-credentials/web",
        "/latest/meta-data/ram/security-credentials/Web/",
        "/latest/meta-data/Ram/Security-Credentials/WEB",
    ] {
        assert_eq!(world.item(path), first, "{path}");
    }
    for path in [CREDENTIALS, "/latest/meta-data/Ram/security-credentials"] {
        assert_eq!(world.item(path), "Web", "{path}");
    }
}
