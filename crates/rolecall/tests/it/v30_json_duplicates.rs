//! V30, duplicate keys in JSON: a policy that two readers could read in two ways is refused, at
//! each depth, wherever a policy is given.

use rolecall_api::Product;
use serde_json::Value;

use crate::harness::{ACCOUNT, ALLOW_ALL, Server, TRUST_ACCOUNT};

const POLICY: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:Get*",
"ram:List*"],"Resource":["*"],"Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"],
"acs:VpcSourceIp":"10.1.0.0/16"},"Bool":{"acs:SecureTransport":"true"}}},{"Effect":"Deny",
"Action":"ram:Delete*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
"Principal":{"RAM":["acs:ram::1234567890123456:root"],"Service":["ecs.aliyuncs.com"]},
"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}"#;

/// Every copy of a document in which one key of one object is there twice: with the same value,
/// with another one, and with the key spelled by an escape.
fn mutants(document: &str) -> Vec<String> {
    let tree: Value = serde_json::from_str(document).unwrap();
    let mut mutants = Vec::new();
    let mut keys = 0;
    count(&tree, &mut keys);
    for target in 0..keys {
        for way in 0..4 {
            let (mut text, mut number) = (String::new(), 0);
            print(&tree, target, way, &mut number, &mut text);
            mutants.push(text);
        }
    }
    mutants
}

fn count(tree: &Value, keys: &mut usize) {
    match tree {
        Value::Object(object) => {
            *keys += object.len();
            object.values().for_each(|value| count(value, keys));
        }
        Value::Array(items) => items.iter().for_each(|item| count(item, keys)),
        _ => {}
    }
}

/// Prints a tree with its `target`th key twice.
fn print(tree: &Value, target: usize, way: usize, number: &mut usize, out: &mut String) {
    match tree {
        Value::Object(object) => {
            out.push('{');
            let mut parts = Vec::new();
            for (key, value) in object {
                let own = *number;
                *number += 1;
                let mut text = String::new();
                print(value, target, way, number, &mut text);
                let pair = format!("\"{key}\":{text}");
                if own == target {
                    let mut rest = key.chars();
                    let first = u32::from(rest.next().unwrap());
                    let escaped = format!("\"\\u{first:04x}{}\":{text}", rest.as_str());
                    parts.push(match way {
                        0 => pair.clone(),
                        1 => format!("\"{key}\":[]"),
                        2 => format!("\"{key}\":null"),
                        _ => escaped,
                    });
                }
                parts.push(pair);
            }
            out.push_str(&parts.join(","));
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            let printed: Vec<_> = items
                .iter()
                .map(|item| {
                    let mut text = String::new();
                    print(item, target, way, number, &mut text);
                    text
                })
                .collect();
            out.push_str(&printed.join(","));
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn check(server: &Server, call: (Product, &str), parameters: &[(&str, &str)], code: &str) {
    let answer = server.call(&server.root, call, parameters);
    assert_eq!((answer.status, answer.code().as_str()), (400, code), "{parameters:?}: {answer:?}");
}

#[test]
fn the_mutants_are_what_they_say() {
    let mutants = mutants(POLICY);
    assert!(mutants.len() > 50, "{}", mutants.len());
    for mutant in &mutants {
        // Readers that take the last of two see a document.
        assert!(serde_json::from_str::<Value>(mutant).is_ok(), "{mutant}");
        assert_ne!(mutant, POLICY);
    }
}

#[test]
fn identity_policies() {
    let server = Server::start();
    let malformed = "MalformedPolicyDocument";
    server.ram("CreatePolicy", &[("PolicyName", "good"), ("PolicyDocument", POLICY)]);
    for mutant in mutants(POLICY) {
        let named = [("PolicyName", "bad"), ("PolicyDocument", mutant.as_str())];
        check(&server, (Product::Ram, "CreatePolicy"), &named, malformed);
        let version = [("PolicyName", "good"), ("PolicyDocument", mutant.as_str())];
        check(&server, (Product::Ram, "CreatePolicyVersion"), &version, malformed);
    }
    let policies = server.ram("ListPolicies", &[("PolicyType", "Custom")]).to_string();
    assert!(policies.contains("good") && !policies.contains("bad"), "{policies}");
}

#[test]
fn trust_policies() {
    let server = Server::start();
    server.ram("CreateRole", &[("RoleName", "good"), ("AssumeRolePolicyDocument", TRUST)]);
    for mutant in mutants(TRUST) {
        for (action, field, name) in [
            ("CreateRole", "AssumeRolePolicyDocument", "bad"),
            ("UpdateRole", "NewAssumeRolePolicyDocument", "good"),
        ] {
            let parameters = [("RoleName", name), (field, mutant.as_str())];
            let answer = server.call(&server.root, (Product::Ram, action), &parameters);
            assert_eq!(answer.status, 400, "{action}: {answer:?}");
            assert!(answer.code().contains("MalformedPolicyDocument"), "{action}: {answer:?}");
        }
    }
    assert!(!server.ram("ListRoles", &[]).to_string().contains("bad"));
}

#[test]
fn session_policies() {
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    server.role("admin", TRUST_ACCOUNT);
    let arn = format!("acs:ram::{ACCOUNT}:role/admin");
    let ask = |policy: &str| {
        let parameters =
            [("RoleArn", arn.as_str()), ("RoleSessionName", "session"), ("Policy", policy)];
        server.call(&user, (Product::Sts, "AssumeRole"), &parameters)
    };
    assert_eq!(ask(POLICY).status, 200);
    for mutant in mutants(POLICY) {
        let answer = ask(&mutant);
        assert_eq!(answer.status, 400, "{mutant}: {answer:?}");
        assert_eq!(answer.code(), "InvalidParameter.PolicyGrammar", "{mutant}");
    }
}

/// What is deeper or stranger than any policy is refused as well, and nothing breaks.
#[test]
fn documents_that_are_no_policies() {
    let server = Server::start();
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let deep_condition = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*",
"Condition":{}1{}}}]}}"#,
        r#"{"a":"#.repeat(500),
        "}".repeat(500)
    );
    let unknown = POLICY.replacen("\"Effect\"", "\"Effekt\":\"Allow\",\"Effect\"", 1);
    let trailing = format!("{POLICY}{{}}");
    for document in [
        "null",
        "1",
        "[]",
        "{}",
        "\"\"",
        "{\"Version\":\"1\"}",
        &deep,
        &deep_condition,
        &unknown,
        &trailing,
        "{\"Version\":\"1\",\"Statement\":[,]}",
        "\u{feff}{}",
    ] {
        let named = [("PolicyName", "bad"), ("PolicyDocument", document)];
        let answer = server.call(&server.root, (Product::Ram, "CreatePolicy"), &named);
        assert_eq!(answer.status, 400, "{document}: {answer:?}");
    }
}
