//! `rolecall doctor`: each link of the chain is broken on purpose, and is the one that is named.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{Server, TRUST_ACCOUNT, TRUST_ECS};

/// A policy that denies what `AdministratorAccess` allows.
const DENY: &str = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"oss:GetObject",
"Resource":"acs:oss:*:*:photos/secret/*"}]}"#;
/// A session policy that leaves one thing.
const NARROW: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject",
"Resource":"acs:oss:*:*:photos/album/*"}]}"#;

const ASKED: [&str; 4] = ["--action", "oss:GetObject", "--resource", "acs:oss:*:*:photos/secret/a"];

/// What the doctor found: the state of each link, and the document.
struct Found {
    code: Option<i32>,
    states: BTreeMap<String, String>,
    document: Value,
}

impl Found {
    fn of(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        let document: Value = serde_json::from_slice(&output.stdout).expect(&said);
        let text = |link: &Value, name: &str| link[name].as_str().unwrap().to_owned();
        let links = document["links"].as_array().unwrap();
        let states = links.iter().map(|link| (text(link, "link"), text(link, "state"))).collect();
        Self { code: output.status.code(), states, document }
    }

    /// Asserts that one link is broken, that some others are passed by, and that the rest hold.
    fn breaks(&self, broken: &str, skipped: &[&str]) -> String {
        for (link, state) in &self.states {
            let expected = match link.as_str() {
                link if link == broken => "broken",
                link if skipped.contains(&link) => "skipped",
                _ => "ok",
            };
            assert_eq!(state, expected, "{link}: {:#}", self.document);
        }
        assert_eq!((self.code, self.states.len()), (Some(1), 9));
        let links = self.document["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["link"] == broken).unwrap();
        assert!(!link["next"].as_str().unwrap().is_empty());
        format!("{} {}", link["seen"].as_str().unwrap(), link["next"].as_str().unwrap())
    }
}

fn doctor(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.arg("doctor").args(words).arg("--data").arg(folder).output().unwrap()
}

/// What it finds of an instance.
fn found(server: &Server, instance: &str, more: &[&str]) -> Found {
    let words = [&["--json", "--instance", instance], more].concat();
    Found::of(&doctor(&server.data(), &words))
}

/// A server with an instance that wears the role `worker`.
fn start() -> (Server, String) {
    let server = Server::start();
    server.role("worker", TRUST_ECS);
    let instance = server.instance(&server.network());
    attach(&server, &instance, &[]);
    (server, instance)
}

fn ids(instance: &str) -> String {
    Value::from(vec![instance]).to_string()
}

fn attach(server: &Server, instance: &str, more: &[(&str, &str)]) {
    let ids = ids(instance);
    let named = [("InstanceIds", ids.as_str()), ("RamRoleName", "worker")];
    server.must((Product::Ecs, "AttachInstanceRamRole"), &[&named, more].concat());
}

#[test]
fn a_chain_that_holds_is_told_line_by_line() {
    let (server, instance) = start();
    let output = doctor(&server.data(), &["--instance", &instance]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let words: Vec<_> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let ok = "ok";
    assert_eq!(words, [ok, ok, ok, ok, ok, ok, ok, "skipped", ok], "{said}");
    let session = format!(":assumed-role/worker/vm-ram-{instance}");
    assert!(said.contains("100.100.0.1") && said.contains(&session), "{said}");

    let asked = found(&server, &instance, &ASKED);
    assert!(asked.code == Some(0) && asked.states.values().all(|state| state == "ok"));
    // No secret is told.
    for secret in ["SecurityToken", "AccessKeySecret"] {
        assert!(!asked.document.to_string().contains(secret));
    }
}

#[test]
fn without_a_server_that_is_what_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let output = doctor(folder.path(), &["--json", "--instance", "i-none"]);
    let all = ["fabric", "dns", "ca", "metadata", "role", "trust", "policy", "target"];
    let said = Found::of(&output).breaks("server", &all);
    assert!(said.contains("control.sock") && said.contains("rolecall dev --data"), "{said}");
}

#[test]
fn a_stopped_instance_cannot_be_entered() {
    let (server, instance) = start();
    server.must((Product::Ecs, "StopInstance"), &[("InstanceId", &instance)]);
    let skipped = ["dns", "ca", "metadata", "trust", "target"];
    let said = found(&server, &instance, &ASKED).breaks("fabric", &skipped);
    assert!(said.contains("Stopped") && said.contains("ecs StartInstance"), "{said}");
    assert!(said.contains(&server.address), "the command must not reach the cloud: {said}");

    let gone = found(&server, "i-none", &[]);
    gone.breaks("fabric", &[&skipped[..], &["role", "policy"]].concat());
}

#[test]
fn an_instance_without_a_role_is_told() {
    let (server, instance) = start();
    let ids = ids(&instance);
    let taken = [("InstanceIds", ids.as_str()), ("RamRoleName", "worker")];
    server.must((Product::Ecs, "DetachInstanceRamRole"), &taken);
    let found = found(&server, &instance, &ASKED);
    let said = found.breaks("role", &["trust", "policy", "target"]);
    assert!(said.contains("wears no role") && said.contains("rolecall run"), "{said}");
    // What it says to do helps.
    let output = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(["run", "--instance", &instance, "--role", "worker", "--data"])
        .arg(server.data())
        .args(["--", "true"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(doctor(&server.data(), &["--instance", &instance]).status.success());
}

#[test]
fn a_role_that_was_deleted_is_told() {
    let (server, instance) = start();
    let attached =
        [("RoleName", "worker"), ("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
    server.ram("DetachPolicyFromRole", &attached);
    server.ram("DeleteRole", &[("RoleName", "worker")]);
    let found = found(&server, &instance, &[]);
    let said = found.breaks("role", &["trust", "policy", "target"]);
    assert!(said.contains("EntityNotExist.Role") && said.contains("ram CreateRole"), "{said}");
}

#[test]
fn a_role_that_trusts_somebody_else_is_told() {
    let (server, instance) = start();
    let other = TRUST_ECS.replace("ecs.aliyuncs.com", "fc.aliyuncs.com");
    for trust in [other.as_str(), TRUST_ACCOUNT] {
        let update = [("RoleName", "worker"), ("NewAssumeRolePolicyDocument", trust)];
        server.ram("UpdateRole", &update);
        let said = found(&server, &instance, &ASKED).breaks("trust", &["target"]);
        assert!(said.contains("404") && said.contains("ram UpdateRole"), "{said}");
    }
}

#[test]
fn a_policy_that_denies_is_shown() {
    let (server, instance) = start();
    let policy = [("PolicyName", "no-secrets"), ("PolicyDocument", DENY)];
    server.ram("CreatePolicy", &policy);
    let attached = [("RoleName", "worker"), ("PolicyType", "Custom"), ("PolicyName", "no-secrets")];
    server.ram("AttachPolicyToRole", &attached);
    let said = found(&server, &instance, &ASKED).breaks("policy", &[]);
    assert!(said.contains("no-secrets") && said.contains("rolecall simulate"), "{said}");
    assert_eq!(found(&server, &instance, &[]).code, Some(0), "where nothing is asked");
}

#[test]
fn the_policy_that_a_role_is_worn_with_counts() {
    let (server, instance) = start();
    attach(&server, &instance, &[("Policy", NARROW)]);
    found(&server, &instance, &ASKED).breaks("policy", &[]);
    let inside = ["--action", "oss:GetObject", "--resource", "acs:oss:*:*:photos/album/a"];
    let found = found(&server, &instance, &inside);
    assert_eq!(found.code, Some(0), "{:#}", found.document);
}

#[test]
fn a_metadata_service_that_is_switched_off_is_told() {
    let (server, instance) = start();
    let modify = |endpoint, tokens| {
        let id = instance.as_str();
        let options = [("InstanceId", id), ("HttpEndpoint", endpoint), ("HttpTokens", tokens)];
        server.must((Product::Ecs, "ModifyInstanceMetadataOptions"), &options);
    };
    modify("enabled", "required");
    let with_tokens = found(&server, &instance, &[]);
    assert!(with_tokens.document.to_string().contains("tokens are required"));
    assert_eq!(with_tokens.code, Some(0));
    modify("disabled", "required");
    let said = found(&server, &instance, &ASKED).breaks("metadata", &["trust", "target"]);
    assert!(said.contains("403") && said.contains("--HttpEndpoint enabled"), "{said}");
}

/// Writes over a file of the instance, which covers the machine's own inside.
fn cover(server: &Server, instance: &str, name: &str, text: &str) {
    let file = server.data().join("fabric").join(instance).join(name);
    assert!(file.exists(), "{}", file.display());
    std::fs::write(file, text).unwrap();
}

#[test]
fn a_hidden_authority_is_told() {
    let (server, instance) = start();
    assert_eq!(found(&server, &instance, &[]).code, Some(0));
    cover(&server, &instance, "ca-bundle.pem", "");
    let said = found(&server, &instance, &ASKED).breaks("ca", &[]);
    assert!(said.contains("0 authorities") && said.contains("RebootInstance"), "{said}");
    // What it says to do helps.
    let reboot = [("InstanceId", instance.as_str()), ("ForceStop", "true")];
    server.must((Product::Ecs, "RebootInstance"), &reboot);
    assert_eq!(found(&server, &instance, &[]).code, Some(0));
}

#[test]
fn a_resolver_that_knows_nothing_is_told() {
    let (server, instance) = start();
    assert_eq!(found(&server, &instance, &[]).code, Some(0));
    // Nobody listens there.
    cover(&server, &instance, "resolv.conf", "nameserver 127.0.0.1\n");
    let found = found(&server, &instance, &[]);
    let said = found.breaks("dns", &["ca", "policy", "target"]);
    assert!(said.contains("does not resolve"), "{said}");
}

#[test]
fn without_an_instance_the_machine_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let output = doctor(folder.path(), &["--json"]);
    let beyond = ["role", "trust", "policy", "target"];
    Found::of(&output).breaks("server", &beyond);

    // In a user namespace of its own the machine's limits are ours to set.
    let script = "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", script, "sh"])
        .arg(env!("CARGO_BIN_EXE_rolecall"))
        .args(["doctor", "--json", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let found = Found::of(&output);
    assert_eq!(found.states["fabric"], "broken", "{:#}", found.document);
    for link in ["dns", "ca", "metadata"] {
        assert_eq!(found.states[link], "skipped");
    }
    assert!(found.document.to_string().contains("OperationDenied.Fabric"));
}

#[test]
fn an_action_needs_its_resource_and_an_instance() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["--action", "oss:GetObject", "--resource", "*"][..],
        &["--instance", "i-none", "--action", "oss:GetObject"],
        &["--instance", "i-none", "--resource", "*"],
    ] {
        assert_eq!(doctor(folder.path(), words).status.code(), Some(2), "{words:?}");
    }
}
