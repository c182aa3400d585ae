//! Key pairs.

use super::{Case, Wrong, case, ecs_of};
use crate::world::{Furniture, PUBLIC_KEY};

/// A call of each operation.
pub(super) fn cases(it: &Furniture) -> Vec<Case> {
    let (every, pair) = (ecs_of("keypair/*"), ecs_of("keypair/pair"));
    let ids = format!(r#"["{}"]"#, it.instance);
    let on_instance = |action| {
        let instance = ecs_of(&format!("instance/{}", it.instance));
        let parameters = [("KeyPairName", "pair"), ("InstanceIds", ids.as_str())];
        case(action, &parameters, &[(action, instance), (action, pair.clone())])
    };
    vec![
        case(
            "ecs:CreateKeyPair",
            &[("KeyPairName", "other")],
            &[("ecs:CreateKeyPair", every.clone())],
        ),
        case(
            "ecs:ImportKeyPair",
            &[("KeyPairName", "other"), ("PublicKeyBody", PUBLIC_KEY)],
            &[("ecs:ImportKeyPair", every.clone())],
        ),
        case("ecs:DescribeKeyPairs", &[], &[("ecs:DescribeKeyPairs", every.clone())]),
        case("ecs:DescribeKeyPairs", &[("KeyPairName", "p*r")], &[("ecs:DescribeKeyPairs", every)]),
        case(
            "ecs:DescribeKeyPairs",
            &[("KeyPairName", "pair")],
            &[("ecs:DescribeKeyPairs", pair.clone())],
        ),
        case(
            "ecs:DeleteKeyPairs",
            &[("KeyPairNames", r#"["pair"]"#)],
            &[("ecs:DeleteKeyPairs", pair.clone())],
        ),
        on_instance("ecs:AttachKeyPair"),
        on_instance("ecs:DetachKeyPair"),
    ]
}

/// Calls that are refused.
pub(super) const WRONG: &[Wrong] = &[
    ("ecs:CreateKeyPair", "", "400 MissingParameter"),
    ("ecs:CreateKeyPair", "KeyPairName=1", "400 InvalidKeyPairName.Malformed"),
    ("ecs:CreateKeyPair", "KeyPairName=pair", "400 KeyPair.AlreadyExist"),
    ("ecs:ImportKeyPair", "KeyPairName=xx", "400 MissingParameter"),
    (
        "ecs:ImportKeyPair",
        "KeyPairName=http://x&PublicKeyBody={public_key}",
        "400 InvalidKeyPairName.Malformed",
    ),
    (
        "ecs:ImportKeyPair",
        "KeyPairName=xx&PublicKeyBody=ssh-rsa",
        "400 InvalidPublicKeyBody.Malformed",
    ),
    (
        "ecs:ImportKeyPair",
        "KeyPairName=pair&PublicKeyBody={public_key}",
        "400 KeyPair.AlreadyExist",
    ),
    ("ecs:DeleteKeyPairs", "KeyPairNames=[]", "400 InvalidKeyPairNames.ValueNotSupported"),
    ("ecs:DeleteKeyPairs", "KeyPairNames=[\"pair\",\"none\"]", "400 InvalidKeyPairName.NotFound"),
    ("ecs:DescribeKeyPairs", "PageSize=51", "400 InvalidParameter"),
    ("ecs:AttachKeyPair", "KeyPairName=pair&InstanceIds=x", "400 InvalidInstanceIds.Malformed"),
    (
        "ecs:AttachKeyPair",
        "KeyPairName=none&InstanceIds=[\"{instance}\"]",
        "400 InvalidKeyPairName.NotFound",
    ),
    ("ecs:DetachKeyPair", "KeyPairName=pair&InstanceIds=[]", "400 InvalidInstanceIds.Malformed"),
    (
        "ecs:AttachKeyPair",
        "KeyPairName=pair&InstanceIds=[\"i-0\",\"i-1\"]",
        "404 InvalidInstanceId.NotFound",
    ),
    (
        "ecs:DetachKeyPair",
        "KeyPairName=pair&InstanceIds=[\"i-0\"]",
        "404 InvalidInstanceId.NotFound",
    ),
    ("ecs:RunInstances", "{run}&KeyPairName=none", "400 InvalidKeyPairName.NotFound"),
    ("ecs:CreateInstance", "{run}&KeyPairName=none", "400 InvalidKeyPairName.NotFound"),
];
