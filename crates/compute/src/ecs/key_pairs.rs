//! Keeping key pairs, and putting them on instances.

use rolecall_api::{ApiError, Code, Scope, Shape};
use rolecall_crypto::SshPublicKey;
use rolecall_gate::Context;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, KeyPairId};
use serde::Serialize;

use crate::ecs::{code, distinct, resource};
use crate::tag::{self, TagParameter};
use crate::text::is_ecs_name;
use crate::{InstalledKey, InstanceRecord, KeyPairRecord, records};

/// The most key pairs of an account in a region. Source: ECS `CreateKeyPair`.
const KEY_PAIRS_MAX: usize = 500;
/// The most instances of one call. Source: ECS `AttachKeyPair`.
pub(super) const INSTANCES_MAX: usize = 50;

/// What is said of a key pair that is to be kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) resource_group_id: Option<&'a str>,
    pub(super) tags: &'a [TagParameter],
}

/// What became of one instance. Source: ECS `AttachKeyPair`, whose answers are texts.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPairResult {
    /// `200`, or an error code.
    pub code: String,
    /// The instance.
    pub instance_id: InstanceId,
    /// `success`, or what is wrong.
    pub message: String,
    /// `true` or `false`.
    pub success: String,
}

/// Refuses what no key pair can be called: 2 to 128 characters, as other names of ECS.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let malformed = || ApiError::new(&code::INVALID_KEY_PAIR_NAME_MALFORMED);
    if is_ecs_name(name) { Ok(()) } else { Err(malformed()) }
}

/// A key pair as policies name it, or all of them by the name `*`.
pub(super) fn arn(scope: &Scope, name: &str) -> Arn {
    resource(scope, format!("keypair/{name}"))
}

/// Keeps the public half of a key pair under a name that none has.
pub(super) async fn keep(
    context: &Context,
    transaction: &mut Transaction,
    key: &SshPublicKey,
    named: Named<'_>,
) -> Result<KeyPairRecord, ApiError> {
    let scope = &context.scope;
    let all = records::list::<KeyPairRecord>(transaction, scope).await?;
    if all.iter().any(|known| known.name == named.name) {
        return Err(ApiError::new(&code::KEY_PAIR_ALREADY_EXIST));
    }
    if all.len() >= KEY_PAIRS_MAX {
        return Err(ApiError::new(&code::QUOTA_EXCEED_KEY_PAIR));
    }
    let record = KeyPairRecord {
        id: KeyPairId::generate(context.random.as_ref(), &scope.region),
        account: scope.account.clone(),
        region: scope.region.clone(),
        name: named.name.to_owned(),
        public_key: key.to_line(),
        fingerprint: key.fingerprint(),
        resource_group_id: named.resource_group_id.unwrap_or_default().to_owned(),
        tags: tag::given(named.tags)?,
        created_at: context.now,
    };
    records::put(transaction, &record)?;
    Ok(record)
}

/// Does something to the key of each instance, and tells what became of each. Where none of them is
/// there, the whole call fails, as it does for roles.
pub(super) async fn change(
    transaction: &mut Transaction,
    scope: &Scope,
    ids: &[InstanceId],
    deed: impl Fn(&mut Option<InstalledKey>) -> Result<(), &'static Code>,
) -> Result<Vec<KeyPairResult>, ApiError> {
    let (mut results, mut there) = (Vec::with_capacity(ids.len()), false);
    for id in distinct(ids) {
        let found = records::find::<InstanceRecord>(transaction, scope, id.as_str()).await?;
        there |= found.is_some();
        let outcome = match found {
            None => Err(&code::INVALID_INSTANCE_ID_NOT_FOUND),
            Some(mut instance) => match deed(&mut instance.key_pair) {
                Ok(()) => records::put(transaction, &instance).map(Ok)?,
                Err(code) => Err(code),
            },
        };
        let (code, message) =
            outcome.map_or_else(|code| (code.name, code.message), |()| ("200", "success"));
        results.push(KeyPairResult {
            code: code.to_owned(),
            instance_id: id.clone(),
            message: message.to_owned(),
            success: outcome.is_ok().to_string(),
        });
    }
    if there { Ok(results) } else { Err(ApiError::new(&code::INVALID_INSTANCE_ID_NOT_FOUND)) }
}

/// How many of them failed.
pub(super) fn failures(results: &[KeyPairResult]) -> usize {
    results.iter().filter(|result| result.success != "true").count()
}
