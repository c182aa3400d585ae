//! Key pairs.

use rolecall_compute::InstalledKey;
use rolecall_crypto::SshPublicKey;
use rolecall_types::InstanceId;
use serde_json::{Value, json};

use crate::world::{PUBLIC_KEY, Who, World};

async fn described(world: &World, more: &[(&str, &str)]) -> Vec<Value> {
    let page = world.ok("ecs:DescribeKeyPairs", more).await;
    page["KeyPairs"]["KeyPair"].as_array().unwrap().clone()
}

fn installed(world: &World, id: &str) -> Option<InstalledKey> {
    let id = InstanceId::parse(id).unwrap();
    world.instances.get(&id).unwrap().key_pair.clone()
}

#[tokio::test]
async fn the_private_half_is_told_once_and_kept_nowhere() {
    let world = World::new().await;
    let tag = [("Tag.1.Key", "env"), ("Tag.1.Value", "test")];
    let made =
        world.ok("ecs:CreateKeyPair", &[&[("KeyPairName", "mine")], &tag[..]].concat()).await;
    let private = made["PrivateKeyBody"].as_str().unwrap();
    assert!(private.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(made["KeyPairId"].as_str().unwrap().starts_with("ssh-bp1"));
    let found = described(&world, &[("IncludePublicKey", "true")]).await.remove(0);
    let public = SshPublicKey::parse(found["PublicKey"].as_str().unwrap()).unwrap();
    assert_eq!(found["KeyPairFingerPrint"], made["KeyPairFingerPrint"]);
    assert_eq!(found["KeyPairFingerPrint"], public.fingerprint());
    assert_eq!(found["Tags"], json!({"Tag": [{"TagKey": "env", "TagValue": "test"}]}));
    assert_eq!(described(&world, &[]).await[0].get("PublicKey"), None, "it was not asked for");

    let line = private.lines().nth(5).unwrap();
    let dump = world.store.read().await.unwrap().dump().await.unwrap();
    assert!(dump.iter().all(|(_, value)| !String::from_utf8_lossy(value).contains(line)));
    assert!(!world.last_parameters().contains(line));
    let again = world.ok("ecs:CreateKeyPair", &[("KeyPairName", "other")]).await;
    assert_ne!(again["KeyPairFingerPrint"], made["KeyPairFingerPrint"]);
}

#[tokio::test]
async fn a_key_pair_stands_on_instances() {
    let world = World::new().await;
    let it = world.furnish().await;
    let ids = json!([it.instance, "i-0", it.instance]).to_string();
    let parameters = [("KeyPairName", "pair"), ("InstanceIds", ids.as_str())];
    let reply = world.ok("ecs:AttachKeyPair", &parameters).await;
    let result = |id: &str, code: &str, message: &str, success: &str| json!({"Code": code, "InstanceId": id, "Message": message, "Success": success});
    let unknown = "The specified InstanceId does not exist.";
    assert_eq!(
        reply["Results"]["Result"],
        json!([
            result(&it.instance, "200", "success", "true"),
            result("i-0", "InvalidInstanceId.NotFound", unknown, "false"),
        ])
    );
    assert_eq!((&reply["TotalCount"], &reply["FailCount"]), (&json!("2"), &json!("1")));
    let key = installed(&world, &it.instance).unwrap();
    assert_eq!((key.name.as_str(), key.public_key.as_str()), ("pair", PUBLIC_KEY));
    let page = world.ok("ecs:DescribeInstances", &[("KeyPairName", "pair")]).await;
    assert_eq!(page["Instances"]["Instance"][0]["KeyPairName"], "pair");
    assert_eq!(page["TotalCount"], 1);

    // The key stays where the key pair is deleted, and is taken off by its name.
    world.ok("ecs:DeleteKeyPairs", &[("KeyPairNames", r#"["pair"]"#)]).await;
    assert!(installed(&world, &it.instance).is_some());
    let other = [("KeyPairName", "other"), ("InstanceIds", ids.as_str())];
    let reply = world.ok("ecs:DetachKeyPair", &other).await;
    assert_eq!(reply["FailCount"], "2");
    let mismatch = "InvalidOperation.InstanceKeyPairMismatch";
    assert_eq!(reply["Results"]["Result"][0]["Code"], mismatch);
    let reply = world.ok("ecs:DetachKeyPair", &parameters).await;
    assert_eq!(reply["FailCount"], "1");
    assert_eq!(installed(&world, &it.instance), None);
}

#[tokio::test]
async fn an_instance_is_launched_with_a_key_pair() {
    let world = World::new().await;
    world.furnish().await;
    let id = world.run(&[("KeyPairName", "pair")]).await.remove(0);
    assert_eq!(installed(&world, &id).unwrap().public_key, PUBLIC_KEY);
    for action in ["ecs:StopInstance", "ecs:StartInstance", "ecs:RebootInstance"] {
        world.ok(action, &[("InstanceId", &id)]).await;
        assert!(installed(&world, &id).is_some(), "{action}");
    }
}

#[tokio::test]
async fn key_pairs_are_found_by_name_and_print_and_tag() {
    let world = World::new().await;
    world.furnish().await;
    let other = [
        ("KeyPairName", "web:1"),
        ("PublicKeyBody", PUBLIC_KEY),
        ("ResourceGroupId", "rg-1"),
        ("Tag.1.Key", "env"),
    ];
    let imported = world.ok("ecs:ImportKeyPair", &other).await;
    let print = imported["KeyPairFingerPrint"].as_str().unwrap();
    for (parameters, expected) in [
        (vec![], vec!["pair", "web:1"]),
        (vec![("KeyPairName", "w*")], vec!["web:1"]),
        (vec![("KeyPairName", "web")], vec![]),
        (vec![("KeyPairFingerPrint", print)], vec!["pair", "web:1"]),
        (vec![("KeyPairFingerPrint", "00")], vec![]),
        (vec![("ResourceGroupId", "rg-1")], vec!["web:1"]),
        (vec![("Tag.1.Key", "env")], vec!["web:1"]),
        (vec![("PageSize", "1"), ("PageNumber", "2")], vec!["web:1"]),
    ] {
        let found = described(&world, &parameters).await;
        let names: Vec<&str> = found.iter().map(|it| it["KeyPairName"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{parameters:?}");
    }
    let foreign = world.call(Who::OtherRoot, "ecs:DescribeKeyPairs", &[]).await;
    assert_eq!(foreign.tree["TotalCount"], 0);
    // Key pairs have tags, by their names.
    let named = [("ResourceType", "keypair"), ("ResourceId.1", "pair"), ("Tag.1.Key", "team")];
    world.ok("ecs:TagResources", &named).await;
    let listed = world.ok("ecs:ListTagResources", &[("ResourceType", "keypair")]).await;
    assert_eq!(listed["TagResources"]["TagResource"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_region_has_five_hundred_key_pairs() {
    let world = World::new().await;
    for number in 0..500 {
        let name = format!("pair{number}");
        let parameters = [("KeyPairName", name.as_str()), ("PublicKeyBody", PUBLIC_KEY)];
        world.ok("ecs:ImportKeyPair", &parameters).await;
    }
    let one_more = [("KeyPairName", "more"), ("PublicKeyBody", PUBLIC_KEY)];
    assert_eq!(world.word("ecs:ImportKeyPair", &one_more).await, "403 QuotaExceed.KeyPair");
    let elsewhere = [&one_more[..], &[("RegionId", "cn-beijing")]].concat();
    assert_eq!(world.word("ecs:ImportKeyPair", &elsewhere).await, "200");
}
