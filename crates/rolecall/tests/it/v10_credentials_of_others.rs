//! V10, credentials for someone else: what a call names is what it was allowed for, for every
//! operation and every field; and a field that no operation has is refused.

use rolecall_api::{Described, Kind};
use rolecall_policy::Need;

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Object, Sample, Scheme, Server, TRUST_ACCOUNT, catalogue, pairs,
    read_credentials, signed_operations, statements,
};

/// Fields that name what a call is about. Another value must be another check, or the check be one
/// of all there are.
const NAMING: &[&str] = &[
    "UserName",
    "GroupName",
    "RoleName",
    "PolicyName",
    "RoleArn",
    "RamRoleName",
    "InstanceId",
    "InstanceIds",
    "InstanceId.1",
    "InstanceIds.1",
    "ResourceNames.1",
    "VpcId",
    "VSwitchId",
    "SecurityGroupId",
    "Bucket",
    "Key",
];

/// Actions and resources.
fn names(needs: &[Need]) -> Vec<String> {
    needs.iter().map(|need| format!("{} {}", need.action, need.resource)).collect()
}

/// A request for each field that names something, beside the field.
fn naming(operation: &'static dyn Described) -> Vec<(&'static str, Sample)> {
    let mut samples = vec![Sample::of(operation, None)];
    for field in operation.request().iter().filter(|field| !field.required) {
        if !matches!(field.kind, Kind::Boolean | Kind::Object(_)) {
            samples.push(Sample::of(operation, Some(field.name)));
        }
    }
    let mut found: Vec<(&'static str, Sample)> = Vec::new();
    for sample in samples {
        for name in NAMING {
            let known = found.iter().any(|(known, _)| known == name);
            if sample.get(name).is_some() && !known {
                found.push((name, sample.clone()));
            }
        }
    }
    found
}

/// The same kind of value, for something else.
fn other(name: &str, value: &str) -> String {
    match name {
        "Bucket" => "other-bucket".to_owned(),
        _ => format!("{value}x"),
    }
}

#[test]
fn what_a_call_names_is_what_it_was_allowed_for() {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", ("other-bucket", ""));
    assert_eq!(server.send(&put.sign()).status, 200);
    let session = |policy: &str| {
        let arn = format!("acs:ram::{ACCOUNT}:role/admin");
        let parameters = [("RoleArn", &*arn), ("RoleSessionName", "session"), ("Policy", policy)];
        let answer = server.call(&user, (rolecall_api::Product::Sts, "AssumeRole"), &parameters);
        assert_eq!(answer.status, 200, "{policy}: {answer:?}");
        read_credentials(&answer.json()["Credentials"])
    };
    let (mut pairs, mut faults) = (0, Vec::new());
    for operation in signed_operations() {
        for (name, sample) in naming(operation) {
            let case = format!("{} {name}", sample.name());
            let elsewhere = sample.with(name, &other(name, sample.get(name).unwrap()));
            let asked = sample.needs(ACCOUNT).unwrap();
            let Some(asked_elsewhere) = elsewhere.needs(ACCOUNT) else {
                faults.push(format!("{case}: no other value"));
                continue;
            };
            if names(&asked) == names(&asked_elsewhere) {
                // What is made, and what narrows a list, needs the permission on all.
                if names(&asked).iter().any(|check| !check.ends_with("/*")) {
                    faults.push(format!("{case}: {:?}", names(&asked)));
                }
                continue;
            }
            let caller = session(&statements(&asked, "Allow"));
            sample.prepare(&server);
            for scheme in [sample.schemes()[0], sample.schemes()[1]] {
                let answer = elsewhere.send(&server, scheme, &caller);
                assert!(elsewhere.is_denied(&answer), "{case} {scheme:?}: {answer:?}");
                let answer = sample.send(&server, scheme, &caller);
                assert!(!sample.is_denied(&answer), "{case} {scheme:?}: {answer:?}");
                sample.prepare(&server);
            }
            pairs += 1;
        }
    }
    assert!(faults.is_empty() && pairs > 50, "{pairs} pairs, {faults:#?}");
}

/// Each operation on a user, by one who may do everything with himself and nothing with another.
#[test]
fn a_user_reaches_no_other_user() {
    let server = Server::start();
    let own = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"*","Resource":[
        "acs:ram:*:{ACCOUNT}:user/alice","acs:ram:*:{ACCOUNT}:policy/*",
        "acs:ram:*:{ACCOUNT}:group/*","acs:ram:*:system:policy/*"]}}]}}"#
    );
    let alice = server.user("alice", &own);
    server.user("bob", ALLOW_ALL);
    let mut users = 0;
    for operation in signed_operations() {
        let Some((_, sample)) = naming(operation).into_iter().find(|(name, _)| *name == "UserName")
        else {
            continue;
        };
        if matches!(sample.action(), "CreateUser" | "DeleteUser" | "UpdateUser") {
            // The names of users to come belong to nobody, and alice shall live.
            let answer = sample.with("UserName", "bob").send(&server, Scheme::Acs3, &alice);
            assert!(sample.is_denied(&answer), "{}: {answer:?}", sample.name());
            continue;
        }
        for spelling in ["bob", "BOB", "Bob"] {
            for answer in sample.with("UserName", spelling).send_all(&server, &alice) {
                assert!(sample.is_denied(&answer), "{} {spelling}: {answer:?}", sample.name());
            }
        }
        for answer in sample.with("UserName", "alice").send_all(&server, &alice) {
            assert!(!sample.is_denied(&answer), "{}: {answer:?}", sample.name());
        }
        users += 1;
    }
    assert!(users > 10, "{users}");
    let keys = server.ram("ListAccessKeys", &[("UserName", "bob")]).to_string();
    assert_eq!(keys.matches("LTAI").count(), 1, "{keys}");
}

/// Fields that would say more of a caller or a target than an operation declares.
#[test]
fn a_field_that_an_operation_does_not_have_is_refused() {
    const STRANGERS: &[&str] = &[
        "AccountId",
        "OwnerAccount",
        "OwnerId",
        "ResourceOwnerAccount",
        "ResourceOwnerId",
        "UserId",
        "Policy",
        "PolicyDocument",
        "Policies.1",
        "IsAdmin",
        "AssumedBy",
        "SourceIp",
        "username",
        "rolename",
    ];
    let server = Server::start();
    let mut cases = 0;
    for sample in catalogue().into_iter().filter(|sample| !sample.is_object()) {
        let declared = sample.operation.request();
        for stranger in STRANGERS {
            let head = stranger.split('.').next().unwrap();
            if declared.iter().any(|field| field.name.eq_ignore_ascii_case(head)) {
                continue;
            }
            let mut more = sample.clone();
            more.parameters.extend(pairs(&[(stranger, "x")]));
            for answer in more.send_all(&server, &server.root) {
                let code = answer.code();
                assert_eq!(code, "UnsupportedParameter", "{} {stranger}", sample.name());
                cases += 1;
            }
        }
    }
    assert!(cases > 1_500, "{cases}");
    assert!(!server.audit().contains(r#""checks":[""#), "a call with a stranger was decided");
}
