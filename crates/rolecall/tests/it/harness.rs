//! The real program on a folder of its own, and clients that speak to it by raw sockets.

mod catalogue;
mod dice;
mod issuer;
mod request;
mod server;
mod shapes;

use rolecall_crypto::sign::{Credentials, Pairs};
use rolecall_types::{Clock, Random, Secret, SystemClock, SystemRandom, Timestamp};

pub(crate) use catalogue::{
    BUCKET, KEY, Sample, catalogue, recorded, signed_operations, statements,
};
pub(crate) use dice::{Dice, cases, rounds};
pub(crate) use issuer::Issuer;
pub(crate) use request::{Answer, Object, Request, Rpc, Scheme};
pub(crate) use server::{PATIENCE, Server, Setup, poll, refuse};

/// The account of every server.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// The id of its root AccessKey.
pub(crate) const ROOT_ID: &str = "LTAIroot";
/// Another account, where a test adds it.
pub(crate) const STRANGER: &str = "6543210987654321";
/// The region that object signatures name.
pub(crate) const REGION: &str = "cn-hangzhou";

/// A trust policy for the users of the account.
pub(crate) const TRUST_ACCOUNT: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow",
"Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;
/// A trust policy for instances.
pub(crate) const TRUST_ECS: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow",
"Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}"#;
/// A policy that allows everything.
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The machine's time, in whole seconds.
pub(crate) fn now() -> Timestamp {
    at(SystemClock.now().as_second())
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn nonce() -> String {
    SystemRandom.text(b"0123456789abcdef", 32)
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        security_token: token.map(|token| Secret::new(token.to_owned())),
    }
}

/// The credentials in an answer.
pub(crate) fn read_credentials(view: &serde_json::Value) -> Credentials {
    let text = |name: &str| view[name].as_str();
    credentials(
        text("AccessKeyId").unwrap(),
        text("AccessKeySecret").unwrap(),
        text("SecurityToken"),
    )
}
