//! Items and directories, as programs parse them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_compute::{Status, Tag};
use serde_json::Value;

use crate::support::{ACCOUNT, INSTANCE, World, check_refused, user_data};

#[test]
fn values_have_no_newline() {
    let world = World::new();
    for (item, expected) in [
        ("instance-id", INSTANCE),
        ("region-id", "cn-hangzhou"),
        ("zone-id", "cn-hangzhou-h"),
        ("owner-account-id", ACCOUNT),
        ("hostname", "web-1-host"),
        ("instance/instance-name", "web-1"),
        ("instance/instance-type", "ecs.g6.large"),
        ("image-id", "m-image"),
        ("mac", "00:16:3e:00:00:09"),
        ("network-type", "vpc"),
        ("private-ipv4", "192.168.0.9"),
        ("vpc-id", "vpc-1"),
        ("vpc-cidr-block", "192.168.0.0/16"),
        ("vswitch-id", "vsw-1"),
        ("vswitch-cidr-block", "192.168.0.0/24"),
        ("hibernation/configured", "false"),
        ("instance/virtualization-solution", "ECS Virt"),
        ("instance/last-host-landing-time", "2023-11-14 22:13:20"),
        ("sub-private-ipv4-list", ""),
        ("network/interfaces/macs/00:16:3e:00:00:09/netmask", "255.255.255.0"),
        ("network/interfaces/macs/00:16:3e:00:00:09/gateway", "192.168.0.253"),
        ("network/interfaces/macs/00:16:3e:00:00:09/private-ipv4s", "[\"192.168.0.9\"]"),
        ("network/interfaces/macs/00:16:3e:00:00:09/network-interface-id", "eni-1"),
        ("ram/security-credentials/", "Web"),
    ] {
        for version in ["latest", "2016-01-01"] {
            assert_eq!(world.item(&format!("/{version}/meta-data/{item}")), expected, "{item}");
        }
    }
}

#[test]
fn directories_list_their_children() {
    let world = World::new();
    assert_eq!(world.item("/"), "2016-01-01\nlatest");
    for path in ["/latest", "/latest/"] {
        assert_eq!(world.item(path), "dynamic/\nmaintenance/\nmeta-data/", "{path}");
    }
    for path in ["/latest/meta-data", "/latest/meta-data/"] {
        let listing = world.item(path);
        assert!(!listing.ends_with('\n'), "{listing:?}");
        let lines: Vec<_> = listing.lines().collect();
        for line in ["instance-id", "network/", "ram/", "dns-conf/", "instance/"] {
            assert!(lines.contains(&line), "{line}: {lines:?}");
        }
    }
    assert_eq!(world.item("/latest/meta-data/ram/"), "security-credentials/");
    let macs = "/latest/meta-data/network/interfaces/macs";
    assert_eq!(world.item(macs), "00:16:3e:00:00:09/");
}

/// Who crawls the listings, as old clients do, finds every item.
#[test]
fn every_line_of_a_listing_is_there() {
    fn crawl(world: &World, path: &str, seen: &mut usize) {
        *seen += 1;
        let listing = world.item(path);
        if !path.ends_with('/') {
            return;
        }
        for line in listing.lines() {
            let below = if path == "/" { format!("/{line}/") } else { format!("{path}{line}") };
            let is_name = path.ends_with("security-credentials/");
            if is_name {
                assert_eq!(world.get(&below).status, 200, "{below}");
            } else {
                crawl(world, &below, seen);
            }
        }
    }
    let mut seen = 0;
    crawl(&World::new(), "/", &mut seen);
    assert!(seen > 40, "{seen}");
}

fn leaves_are_texts(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().all(leaves_are_texts),
        other => other.is_string(),
    }
}

#[test]
fn all_of_it_is_one_object() {
    let world = World::new();
    let text = world.item("/2016-01-01/meta-data/all");
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["instance-id"], INSTANCE);
    assert_eq!(all["network"]["interfaces"]["macs"]["00:16:3e:00:00:09"]["vpc-id"], "vpc-1");
    assert_eq!(all["dns-conf"]["nameservers"], "100.100.2.136\r\n100.100.2.138");
    assert_eq!(all["ram"], Value::Null, "it holds no credentials");
    assert!(leaves_are_texts(&all), "{text}");
    assert_eq!(world.item("/latest/meta-data/dns-conf/nameservers").lines().count(), 2);
}

#[test]
fn what_is_not_there() {
    let world = World::new();
    for path in [
        "/latest/meta-data/nothing",
        "/latest/meta-data/instance-id/below",
        "/latest/user-data",
        "/latest/vendor-data",
        "/latest/dynamic/nothing",
        "/latest/meta-data/public-keys/",
        "/latest/meta-data/tags/",
        "/favicon.ico",
    ] {
        check_refused(&world.get(path), 404);
    }
}

#[test]
fn user_data_comes_decoded() {
    let world = World::new();
    world.change(|instance| instance.user_data = user_data("IyEvYmluL3NoCmVjaG8gaGkK"));
    assert_eq!(world.item("/latest/user-data"), "#!/bin/sh\necho hi\n");
    assert_eq!(world.item("/latest/"), "dynamic/\nmaintenance/\nmeta-data/\nuser-data");
}

#[test]
fn a_key_pair_is_told_where_there_is_one() {
    let world = World::new();
    check_refused(&world.get("/latest/meta-data/public-keys/"), 404);
    world.change(|instance| {
        let (name, public_key) = ("my:pair".to_owned(), "ssh-ed25519 AAAA".to_owned());
        instance.key_pair = Some(rolecall_compute::InstalledKey { name, public_key });
    });
    assert_eq!(world.item("/latest/meta-data/public-keys/"), "my:pair/");
    let key = world.item("/latest/meta-data/public-keys/my:pair/openssh-key");
    assert_eq!(key, "ssh-ed25519 AAAA");
}

#[test]
fn an_instance_that_does_not_run_is_not_served() {
    let world = World::new();
    for status in Status::ALL {
        world.change(|instance| instance.status = status);
        let answer = world.get("/latest/meta-data/instance-id");
        if status == Status::Running {
            assert_eq!(answer.status, 200);
        } else {
            check_refused(&answer, 404);
        }
    }
}

#[test]
fn the_document_says_who_the_instance_is() {
    let world = World::new();
    let folder = "/latest/dynamic/instance-identity/";
    let document = world.item(&format!("{folder}document"));
    let members: Value = serde_json::from_str(&document).unwrap();
    let names: Vec<_> = members.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "zone-id",
            "serial-number",
            "instance-id",
            "region-id",
            "private-ipv4",
            "owner-account-id",
            "mac",
            "image-id",
            "instance-type"
        ]
    );
    assert_eq!(members["instance-id"], INSTANCE);
    assert_eq!(members["private-ipv4"], "192.168.0.9");

    // The signed one holds the same text, and for whom it was made where somebody said so.
    let signed = |query: &str| {
        let text = world.item(&format!("{folder}pkcs7{query}"));
        assert!(!text.contains(['\n', '-']), "one line of Base64: {text}");
        String::from_utf8_lossy(&STANDARD.decode(text).unwrap()).into_owned()
    };
    assert!(signed("").contains(&document));
    let for_whom = document.replace('}', r#","audience":"https://a.example/?x=\"1\""}"#);
    assert!(signed("?audience=https%3A%2F%2Fa.example%2F%3Fx%3D%221%22").contains(&for_whom));
    check_refused(&world.get(&format!("{folder}pkcs7?audience=a&audience=b")), 400);
    assert_eq!(world.item("/latest/maintenance/active-system-events"), "[]");
}

/// Tags are told where the instance's options say so, as they are now, and else they are not there.
#[test]
fn tags_are_told_where_they_are_to_be() {
    let world = World::new();
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    let hidden = ["a/b", "a b", "\u{e9}", "a%2fb", ""].map(|key| tag(key, "hidden"));
    let told = [tag("Team", "blue"), tag("team", "red"), tag("empty", "")];
    world.change(|instance| instance.tags = [&told[..], &hidden].concat());
    let directory = "/latest/meta-data/tags/instance/";
    let paths =
        ["/latest/meta-data/tags/", directory, &format!("{directory}Team")].map(String::from);
    for path in &paths {
        check_refused(&world.get(path), 404);
    }
    assert!(!world.item("/latest/meta-data/all").contains("blue"));

    world.change(|instance| instance.metadata_options.tags = true);
    assert_eq!(world.item("/latest/meta-data/tags/"), "instance/");
    assert_eq!(world.item(directory), "Team\nteam\nempty");
    for (key, value) in [("Team", "blue"), ("team", "red"), ("empty", "")] {
        assert_eq!(world.item(&format!("{directory}{key}")), value, "{key}");
    }
    for key in ["a/b", "a", "a%2fb", "other", "Team/x"] {
        check_refused(&world.get(&format!("{directory}{key}")), 404);
    }
    let all: Value = serde_json::from_str(&world.item("/latest/meta-data/all")).unwrap();
    assert_eq!(all["tags"]["instance"]["Team"], "blue");

    // An instance without tags has the directory still.
    world.change(|instance| instance.tags = Vec::new());
    assert_eq!(world.item(directory), "");
    world.change(|instance| instance.metadata_options.tags = false);
    check_refused(&world.get(directory), 404);
}
