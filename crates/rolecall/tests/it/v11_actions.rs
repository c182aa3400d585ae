//! V11, a handler with the wrong check: each operation, as the real program carries it out, asks
//! for what the reviewed page of permissions says, under its own name, and for all of it.

use std::collections::BTreeMap;

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, ALLOW_ALL, BUCKET, KEY, Sample, Server, TRUST_ACCOUNT, catalogue, read_credentials,
    recorded,
};

/// The page that people review, as it is checked in.
const PAGE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/authorization.md"));

/// Operations whose first check is not `<product>:<operation>`, and what it is.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("AppendObject", "oss:PutObject"),
    ("CompleteMultipartUpload", "oss:PutObject"),
    ("CopyObject", "oss:GetObject"),
    ("DeleteBucketTags", "oss:DeleteBucketTagging"),
    ("GetBucketTags", "oss:GetBucketTagging"),
    ("GetObjectMeta", "oss:GetObject"),
    ("GetSymlink", "oss:GetObject"),
    ("HeadBucket", "oss:GetBucketInfo"),
    ("HeadObject", "oss:GetObject"),
    ("InitiateMultipartUpload", "oss:PutObject"),
    ("ListObjectsV2", "oss:ListObjects"),
    ("PutBucketTags", "oss:PutBucketTagging"),
    ("PutSymlink", "oss:PutObject"),
    ("UploadPart", "oss:PutObject"),
    ("UploadPartCopy", "oss:GetObject"),
];

/// The checks of each call by the page: product and call, then `action resource`.
fn page() -> BTreeMap<(String, String), Vec<String>> {
    let (mut product, mut rows) = (String::new(), BTreeMap::new());
    for line in PAGE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut product);
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        let [call, checks, _, ..] = cells.as_slice() else { continue };
        if checks.contains('`') {
            let checks = checks.split("<br>").map(|check| check.replace('`', "")).collect();
            let call = call.trim_start_matches("| ").to_owned();
            rows.insert((product.clone(), call), checks);
        }
    }
    rows
}

/// The row of the page for a request: that of its operation, or of the optional field that it has.
fn row<'a>(
    page: &'a BTreeMap<(String, String), Vec<String>>,
    sample: &Sample,
) -> Option<&'a Vec<String>> {
    let product = sample.product().name().to_owned();
    let row = |call: String| page.get(&(product.clone(), call));
    let required = sample.operation.request();
    let optional = sample.parameters.iter().map(|(name, _)| name.split('.').next().unwrap());
    optional
        .filter(|name| required.iter().any(|field| field.name == *name && !field.required))
        .find_map(|name| row(format!("{}, `{name}`", sample.action())))
        .or_else(|| row(sample.action().to_owned()))
}

#[test]
fn the_program_asks_what_the_page_says() {
    let (server, page) = (Server::start(), page());
    let mut compared = 0;
    for sample in catalogue() {
        let name = sample.name();
        let expected = row(&page, &sample).unwrap_or_else(|| panic!("{name} is not on the page"));
        for scheme in sample.schemes() {
            sample.prepare(&server);
            let (_, records) = recorded(&server, || sample.send(&server, *scheme, &server.root));
            let record = &records[0];
            assert_eq!(record["serviceName"], sample.product().name(), "{name}");
            assert_eq!(record["eventName"], sample.action(), "{name}");
            let checks: Vec<&str> =
                record["checks"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let page_says = expected.iter().map(|check| check.replace("bucket/key", &object()));
            assert_eq!(checks, page_says.collect::<Vec<_>>(), "{name} {scheme:?}");
            compared += 1;
        }
    }
    assert!(compared > 150, "{compared}");
    let mut operations: Vec<&str> = catalogue().iter().map(Sample::action).collect();
    // Decided by what an identity provider says: see role SSO.
    operations.extend(["AssumeRoleWithOIDC", "AssumeRoleWithSAML"]);
    // Signed otherwise, or not asked without a document: see the object service.
    operations.extend(["DeleteMultipleObjects", "PostObject"]);
    for (product, call) in page.keys() {
        let action = call.split(',').next().unwrap();
        assert!(operations.contains(&action), "{product} {call} is on the page alone");
    }
}

fn object() -> String {
    format!("{BUCKET}/{KEY}")
}

/// An operation asks under its own name: two that are exchanged are both found.
#[test]
fn the_first_check_is_the_operation() {
    for sample in catalogue() {
        let first = sample.needs(ACCOUNT).unwrap().remove(0).action;
        // The vendor names the actions of IMS as RAM's.
        let product = match sample.product() {
            Product::Ims => "ram".to_owned(),
            product => product.name().to_ascii_lowercase(),
        };
        let own = format!("{product}:{}", sample.action());
        let other = OTHER_NAMES.iter().find(|(action, _)| *action == sample.action());
        let expected = other.map_or(own.as_str(), |(_, check)| *check);
        assert_eq!(first, expected, "{}", sample.name());
    }
}

/// A session of a role that may do everything, bounded by a policy.
fn session(server: &Server, user: &Credentials, statement: &Value) -> Credentials {
    let policy = json!({"Version": "1", "Statement": [statement]}).to_string();
    let arn = format!("acs:ram::{ACCOUNT}:role/admin");
    let parameters = [("RoleArn", &*arn), ("RoleSessionName", "session"), ("Policy", &*policy)];
    let answer = server.call(user, (Product::Sts, "AssumeRole"), &parameters);
    assert_eq!(answer.status, 200, "{answer:?}");
    read_credentials(&answer.json()["Credentials"])
}

/// Each check counts: who may do everything but one of them is refused, who may do nothing but
/// them is not, and who may do exactly what another operation asks is refused.
#[test]
fn each_check_counts() {
    let server = Server::start();
    server.role("admin", TRUST_ACCOUNT);
    let user = server.user("alice", ALLOW_ALL);
    let samples = catalogue();
    for (index, sample) in samples.iter().enumerate().filter(|(_, sample)| !sample.is_exempt()) {
        let needs = sample.needs(ACCOUNT).unwrap();
        let actions: Vec<&str> = needs.iter().map(|need| need.action).collect();
        sample.prepare(&server);
        for action in &actions {
            let all_but = json!({"Effect": "Allow", "NotAction": action, "Resource": "*"});
            let caller = session(&server, &user, &all_but);
            for answer in sample.send_all(&server, &caller) {
                let name = sample.name();
                assert!(sample.is_denied(&answer), "{name} without {action}: {answer:?}");
            }
        }
        let exact = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
        let caller = session(&server, &user, &exact);
        for answer in sample.send_all(&server, &caller) {
            assert!(!sample.is_denied(&answer), "{}: {answer:?}", sample.name());
        }
        // The next operation, and one far away.
        for step in [1, samples.len() / 2] {
            let neighbour = &samples[(index + step) % samples.len()];
            let asked = neighbour.needs(ACCOUNT).unwrap();
            let covered = asked.iter().all(|need| actions.contains(&need.action));
            if covered || neighbour.is_exempt() {
                continue;
            }
            neighbour.prepare(&server);
            for answer in neighbour.send_all(&server, &caller) {
                let case = format!("{} by {}", neighbour.name(), sample.name());
                assert!(neighbour.is_denied(&answer), "{case}: {answer:?}");
            }
        }
    }
}
