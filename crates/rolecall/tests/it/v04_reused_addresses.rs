//! V04, a stranger's credentials after an address was used again: an instance is known by its
//! socket, so whoever has its address next gets its own role, and nobody else's.

use std::process::Command;

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{Server, TRUST_ECS, cases, read_credentials};

/// The addresses that are used again and again, one by each of the threads that make instances.
const ADDRESSES: [&str; 2] = ["192.168.0.7", "192.168.0.8"];
/// Roles, which take turns.
const ROLES: [&str; 3] = ["first", "second", "third"];

/// What a program inside reads, several times at once.
const READ: &str = "\
base=http://100.100.100.200/latest/meta-data
for each in 1 2 3; do curl -sS $base/instance-id & done; wait; echo
curl -sS $base/ram/security-credentials/; echo
curl -sS $base/ram/security-credentials/$(curl -sS $base/ram/security-credentials/)";

fn read(server: &Server, instance: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(["exec", "--data"])
        .arg(server.data())
        .args([instance, "--", "sh", "-c", READ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An instance at an address: made, asked who it is, and deleted.
fn live(server: &Server, [_, v_switch, group]: &[String; 3], address: &str, role: &str) {
    let launch = [
        ("ImageId", "ubuntu_22_04_x64_20G_alibase_20240101.vhd"),
        ("InstanceType", "ecs.g6.large"),
        ("VSwitchId", v_switch),
        ("SecurityGroupId", group),
        ("PrivateIpAddress", address),
        ("RamRoleName", role),
    ];
    let launched = server.must((Product::Ecs, "RunInstances"), &launch);
    let instance = launched["InstanceIdSets"]["InstanceIdSet"][0].as_str().unwrap();

    let said = read(server, instance);
    let (ids, rest) = said.split_once('\n').unwrap();
    assert_eq!(ids, instance.repeat(3), "at {address}");
    let (name, document) = rest.split_once('\n').unwrap();
    assert_eq!(name, role, "{instance} at {address}");
    let document: Value = serde_json::from_str(document).unwrap();
    let answer =
        server.call(&read_credentials(&document), (Product::Sts, "GetCallerIdentity"), &[]);
    let caller = answer.json();
    let arn = caller["Arn"].as_str().unwrap_or_default();
    assert!(arn.ends_with(&format!(":assumed-role/{role}/vm-ram-{instance}")), "{caller}");

    let ended = [("InstanceId.1", instance), ("Force", "true")];
    server.must((Product::Ecs, "DeleteInstances"), &ended);
}

#[test]
fn who_has_an_address_next_gets_its_own_credentials() {
    let server = Server::start();
    for role in ROLES {
        server.role(role, TRUST_ECS);
    }
    let network = server.network();
    let rounds = cases(16).div_ceil(ADDRESSES.len());
    std::thread::scope(|threads| {
        for (offset, address) in ADDRESSES.into_iter().enumerate() {
            let (server, network) = (&server, &network);
            threads.spawn(move || {
                for round in 0..rounds {
                    live(server, network, address, ROLES[(round + offset) % ROLES.len()]);
                }
            });
        }
    });
}
