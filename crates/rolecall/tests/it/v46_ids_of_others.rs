//! V46, another tenant's ids: to who is of another account, what this one has is the same as what
//! nobody has, for every operation; and nothing of it changes.

use std::collections::BTreeMap;

use rolecall_api::{Access, Kind, Product};
use rolecall_crypto::sign::Credentials;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Answer, BUCKET, KEY, Object, Sample, Scheme, Server, TRUST_ACCOUNT,
    catalogue, read_credentials, signed_operations,
};

/// What the account has: the value of a field, and one that nobody has.
type Ids = BTreeMap<&'static str, (String, String)>;

/// An account with one of everything.
fn furnished(server: &Server) -> Ids {
    for (action, parameters) in [
        ("CreateUser", vec![("UserName", "username")]),
        ("CreateGroup", vec![("GroupName", "groupname")]),
        ("CreateRole", vec![("RoleName", "rolename"), ("AssumeRolePolicyDocument", TRUST_ACCOUNT)]),
        ("CreatePolicy", vec![("PolicyName", "policyname"), ("PolicyDocument", ALLOW_ALL)]),
        ("AddUserToGroup", vec![("UserName", "username"), ("GroupName", "groupname")]),
    ] {
        server.ram(action, &parameters);
    }
    let key =
        read_credentials(&server.ram("CreateAccessKey", &[("UserName", "username")])["AccessKey"]);
    let network = server.network();
    let instance = server.instance(&network);
    let caller = server.user("alice", ALLOW_ALL);
    server.session(&caller, "rolename");
    let sessions = server.must((Product::Sts, "ListSessions"), &[]);
    let session = sessions["Sessions"]["Session"][0]["SessionId"].as_str().unwrap().to_owned();
    for (key, body) in [("", &b""[..]), (KEY, b"what is kept")] {
        let mut put = Object::new(Scheme::OssV1Header, &server.root, "PUT", (BUCKET, key)).sign();
        put.body = body.to_vec();
        assert_eq!(server.send(&put).status, 200);
    }
    let balancer = server.must((Product::Slb, "CreateLoadBalancer"), &[]);
    let balancer = balancer["LoadBalancerId"].as_str().unwrap().to_owned();
    let servers =
        server.must((Product::Slb, "CreateVServerGroup"), &[("LoadBalancerId", &balancer)]);
    let servers = servers["VServerGroupId"].as_str().unwrap().to_owned();
    let [vpc, v_switch, group] = network;
    let role = |name: &str| format!("acs:ram::{ACCOUNT}:role/{name}");
    let pair = |own: &str, nobodys: &str| (own.to_owned(), nobodys.to_owned());
    Ids::from([
        ("UserName", pair("username", "usernamex")),
        ("GroupName", pair("groupname", "groupnamex")),
        ("RoleName", pair("rolename", "rolenamex")),
        ("RamRoleName", pair("rolename", "rolenamex")),
        ("PolicyName", pair("policyname", "policynamex")),
        ("RoleArn", (role("rolename"), role("rolenamex"))),
        ("UserAccessKeyId", pair(&key.access_key_id, "LTAInobodysnobodysnobody")),
        ("SessionId", pair(&session, &"0".repeat(32))),
        ("VpcId", pair(&vpc, "vpc-nobodysnobodysnobodys")),
        ("VSwitchId", pair(&v_switch, "vsw-nobodysnobodysnobodys")),
        ("SecurityGroupId", pair(&group, "sg-nobodysnobodysnobo")),
        ("InstanceId", pair(&instance, "i-nobodysnobodysnobo")),
        ("LoadBalancerId", pair(&balancer, "lb-nobodysnobodysnobodys")),
        ("VServerGroupId", pair(&servers, "rsp-nobodysnobodysnobody")),
        ("ResourceNames.1", pair("rolename", "rolenamex")),
    ])
}

/// The request with the account's ids, and with nobody's.
fn both(sample: &Sample, ids: &Ids) -> (Sample, Sample) {
    let (mut own, mut nobodys) = (sample.clone(), sample.clone());
    for (name, _) in &sample.parameters {
        let field = match name.as_str() {
            "InstanceIds.1" | "InstanceId.1" | "ResourceId.1" => "InstanceId",
            "SecurityGroupIds.1" => "SecurityGroupId",
            "PolicyType" => {
                own = own.with(name, "Custom");
                nobodys = nobodys.with(name, "Custom");
                continue;
            }
            "ResourceType" if sample.product() == Product::Ram => {
                own = own.with(name, "role");
                nobodys = nobodys.with(name, "role");
                continue;
            }
            other => other,
        };
        if let Some((known, unknown)) = ids.get(field) {
            own = own.with(name, known);
            nobodys = nobodys.with(name, unknown);
        }
    }
    (own, nobodys)
}

/// An answer without what differs in any two: ids of the request, times, and the names asked for.
fn likeness(answer: &Answer, ids: &Ids) -> String {
    let mut text = answer.text();
    for (own, nobodys) in ids.values() {
        text = text.replace(own.as_str(), "…").replace(nobodys.as_str(), "…");
    }
    let mut tree: serde_json::Value = serde_json::from_str(&text).unwrap();
    if answer.status == 200 {
        return "ok".to_owned();
    }
    for volatile in ["RequestId", "HostId", "Recommend"] {
        tree.as_object_mut().unwrap().remove(volatile);
    }
    format!("{} {tree}", answer.status)
}

/// Every request of an operation: with what is required, and with each field of its own beside.
fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for operation in signed_operations() {
        samples.push(Sample::of(operation, None));
        for field in operation.request().iter().filter(|field| !field.required) {
            if !matches!(field.kind, Kind::Boolean | Kind::Object(_)) {
                samples.push(Sample::of(operation, Some(field.name)));
            }
        }
    }
    samples
}

/// All that the account is told of itself.
fn inventory(server: &Server, ids: &Ids) -> Vec<String> {
    let reads = samples().into_iter().filter(|sample| {
        sample.operation.spec().access == Access::Read
            && !sample.is_object()
            && sample.action() != "AssumeRole"
    });
    reads
        .map(|sample| {
            let answer = both(&sample, ids).0.send(server, Scheme::Acs3, &server.root);
            let mut tree = answer.json();
            for volatile in ["RequestId", "HostId", "Recommend"] {
                tree.as_object_mut().unwrap().remove(volatile);
            }
            format!("{} {} {tree}", sample.name(), answer.status)
        })
        .collect()
}

/// A user of the other account who may do anything there.
fn bob(server: &Server, stranger: &Credentials) -> Credentials {
    let ram = |action: &str, parameters: &[(&str, &str)]| {
        let answer = server.call(stranger, (Product::Ram, action), parameters);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    ram("CreateUser", &[("UserName", "bob")]);
    let all = [("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
    ram("AttachPolicyToUser", &[&[("UserName", "bob")], &all[..]].concat());
    read_credentials(&ram("CreateAccessKey", &[("UserName", "bob")])["AccessKey"])
}

#[test]
fn what_another_account_has_is_what_nobody_has() {
    let mut server = Server::start();
    let stranger = server.add_stranger();
    let ids = furnished(&server);
    let bob = bob(&server, &stranger);
    let before = inventory(&server, &ids);
    let (mut compared, mut different) = (0, Vec::new());
    for caller in [&stranger, &bob] {
        for sample in samples().iter().filter(|sample| !sample.is_object()) {
            let (own, nobodys) = both(sample, &ids);
            if own.parameters == nobodys.parameters || sample.action().starts_with("Create") {
                continue;
            }
            let (theirs, none) = (
                own.send(&server, Scheme::Acs3, caller),
                nobodys.send(&server, Scheme::Acs3, caller),
            );
            let likenesses = (likeness(&theirs, &ids), likeness(&none, &ids));
            if likenesses.0 != likenesses.1 {
                different.push(format!("{}: {likenesses:?}", sample.name()));
            }
            assert!(!theirs.text().contains(ACCOUNT) || theirs.status != 200, "{theirs:?}");
            compared += 1;
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    assert!(compared > 100, "{compared}");
    let after = inventory(&server, &ids);
    assert_eq!(before, after, "another account changed something");
    // The ids are right: the account itself finds what they name.
    let found = after.iter().filter(|answer| answer.contains(" 200 ")).count();
    assert!(found * 10 > after.len() * 8, "{found} of {}", after.len());
}

/// The names of buckets are everybody's, and so it is told that there is one; no more than that.
#[test]
fn the_buckets_of_another_account_are_closed() {
    let mut server = Server::start();
    let stranger = server.add_stranger();
    furnished(&server);
    let bob = bob(&server, &stranger);
    for caller in [&stranger, &bob] {
        for sample in catalogue().iter().filter(|sample| sample.is_object()) {
            // The rest is about the caller's own account.
            if sample.get("Bucket").is_none() {
                continue;
            }
            for answer in sample.send_all(&server, caller) {
                let code = answer.code();
                assert!(matches!(answer.status, 403 | 409), "{}: {answer:?}", sample.name());
                assert!(
                    ["ok", "AccessDenied", "BucketAlreadyExists"].contains(&code.as_str()),
                    "{}: {code}",
                    sample.name()
                );
                assert!(!answer.text().contains("what is kept"), "{answer:?}");
            }
        }
        let list = Object::new(Scheme::OssV4Header, caller, "GET", ("", "")).sign();
        assert!(!server.send(&list).text().contains("<Name>"), "a bucket of another is listed");
    }
    let kept = Object::new(Scheme::OssV4Header, &server.root, "GET", (BUCKET, KEY)).sign();
    assert_eq!(server.send(&kept).body, b"what is kept");
}
