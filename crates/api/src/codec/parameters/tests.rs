use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::{Product, Shape};

/// A request with every kind of field.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Sample {
    /// A name.
    role_name: rolecall_types::RoleName,
    /// A number.
    #[api(range(3600, 43200))]
    max_session_duration: Option<i64>,
    /// A switch.
    dry_run: Option<bool>,
    /// One of few.
    #[api(choices("System", "Custom"))]
    policy_type: Option<String>,
    /// Ids.
    #[api(items(1, 3))]
    instance_ids: Vec<String>,
    /// Tags.
    tag: Vec<Tag>,
    /// Hidden.
    #[api(secret)]
    password: Option<String>,
    /// Nested.
    system_disk: Option<Disk>,
}

/// A tag.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    /// Its key.
    key: String,
    /// Its value.
    value: Option<String>,
}

/// A disk.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Disk {
    /// Its size.
    size: i64,
}

fn decode_pairs(pairs: &[(&str, &str)]) -> Result<Tree<'static>, Refusal> {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    decode(Sample::FIELDS, &Parameters::gather(&pairs)?).map(Tree::into_owned)
}

fn check(pairs: &[(&str, &str)], expected: &Value) {
    let tree = decode_pairs(pairs).unwrap();
    let sample = serde_json::to_value(Sample::deserialize(&tree).unwrap()).unwrap();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&sample[name], value, "{name} of {pairs:?}");
    }
    assert_eq!(serde_json::to_value(&tree).unwrap(), sample, "shown as it is read");
}

fn refused(pairs: &[(&str, &str)], product: Product, code: &str) {
    let error = decode_pairs(pairs).unwrap_err().into_error(product);
    assert_eq!(error.name(), code, "{pairs:?}");
}

#[test]
fn values_take_their_types() {
    check(
        &[("RoleName", "web"), ("MaxSessionDuration", "7200"), ("DryRun", "True")],
        &json!({"RoleName": "web", "MaxSessionDuration": 7200, "DryRun": true, "Tag": []}),
    );
    check(&[("RoleName", "web"), ("PolicyType", "")], &json!({"PolicyType": null}));
    check(&[("RoleName", "web"), ("SystemDisk.Size", "40")], &json!({"SystemDisk": {"Size": 40}}));
}

#[test]
fn lists_come_numbered_or_as_json() {
    check(&[("RoleName", "web"), ("Tag", "[]")], &json!({"Tag": []}));
    let flat = [("RoleName", "w"), ("InstanceIds.2", "b"), ("InstanceIds.1", "a")];
    check(&flat, &json!({"InstanceIds": ["a", "b"]}));
    check(
        &[("RoleName", "w"), ("InstanceIds", r#"["a","b"]"#)],
        &json!({"InstanceIds": ["a", "b"]}),
    );
    let tags = json!({"Tag": [{"Key": "k", "Value": "v"}]});
    check(&[("RoleName", "w"), ("Tag.1.Key", "k"), ("Tag.1.Value", "v")], &tags);
    check(&[("RoleName", "w"), ("Tag", r#"[{"Key":"k","Value":"v"}]"#)], &tags);
}

#[test]
fn faults_are_worded_by_the_product() {
    let long = "a".repeat(65);
    for (pairs, account, resource) in [
        (vec![], "MissingRoleName", "MissingParameter"),
        (vec![("RoleName", "")], "MissingRoleName", "MissingParameter"),
        (vec![("RoleName", "a_b")], "InvalidParameter.RoleName.InvalidChars", "InvalidParameter"),
        (vec![("RoleName", long.as_str())], "InvalidParameter.RoleName.Length", "InvalidParameter"),
        (
            vec![("RoleName", "w"), ("MaxSessionDuration", "3599")],
            "InvalidParameter.MaxSessionDuration.Range",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("MaxSessionDuration", "1e4")],
            "InvalidParameter.MaxSessionDuration.Format",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("DryRun", "yes")],
            "InvalidParameter.DryRun.Format",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("PolicyType", "system")],
            "InvalidParameter.PolicyType",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("Rolename", "x")],
            "UnsupportedParameter",
            "UnsupportedParameter",
        ),
        (vec![("RoleName", "w"), ("Tag", "{}")], "InvalidParameter.Tag.Format", "InvalidParameter"),
        (vec![("RoleName", "w"), ("Tag.1.Size", "x")], "MissingTag.1.Key", "MissingParameter"),
        (
            vec![("RoleName", "w"), ("InstanceIds", "[]")],
            "InvalidParameter.InstanceIds.Length",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("InstanceIds", r#"["a",["b"]]"#)],
            "InvalidParameter.InstanceIds.Format",
            "InvalidParameter",
        ),
        // A key twice: readers elsewhere would take the other one.
        (
            vec![("RoleName", "w"), ("Tag", r#"[{"Key":"k","Value":"v","Key":"other"}]"#)],
            "InvalidParameter.Tag.Format",
            "InvalidParameter",
        ),
        (
            vec![("RoleName", "w"), ("InstanceIds", r#"["a","b","c","d"]"#)],
            "InvalidParameter.InstanceIds.Length",
            "InvalidParameter",
        ),
    ] {
        refused(&pairs, Product::Ram, account);
        refused(&pairs, Product::Ecs, resource);
    }
}

#[test]
fn a_parameter_sent_twice_is_refused() {
    let pairs = [("RoleName".to_owned(), "a".to_owned()), ("RoleName".to_owned(), "a".to_owned())];
    assert!(Parameters::gather(&pairs).is_err());
}

#[test]
fn too_many_parameters_are_refused() {
    let pairs: Vec<_> =
        (0..=MAX_PARAMETERS).map(|number| (format!("P{number}"), String::new())).collect();
    assert!(Parameters::gather(&pairs).is_err());
}

#[test]
fn a_number_has_one_spelling() {
    for name in ["InstanceIds.01", "InstanceIds.0", "InstanceIds.+1", "InstanceIds.x"] {
        refused(&[("RoleName", "w"), (name, "a")], Product::Ram, "UnsupportedParameter");
    }
}

#[test]
fn secrets_are_masked() {
    let tree = decode_pairs(&[("RoleName", "w"), ("Password", "canary")]).unwrap();
    let shown = serde_json::to_value(&tree).unwrap();
    assert_eq!((&shown["Password"], &shown["SystemDisk"]), (&json!("***"), &json!(null)));
    assert!(!format!("{shown} {tree:?}").contains("canary"));
    let sample = Sample::deserialize(&tree).unwrap();
    assert_eq!(sample.password.as_deref(), Some("canary"), "for the operation it is not");
}
