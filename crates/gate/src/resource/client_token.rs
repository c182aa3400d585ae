//! Client tokens: a call that is sent again does its work once.
//!
//! The answer of a call with a token is kept for 24 hours. The same call with the same token is
//! answered with it; another call with the token is refused. The record is written in the
//! transaction of the call itself, so there is an answer if and only if the work was done.

use rolecall_api::{ApiError, Operation, Permit, code as common};
use rolecall_crypto::sha256_hex;
use rolecall_store::{Key, KeyRange, Keyed, Record, Transaction};
use rolecall_types::{AccountId, RegionId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::code;
use crate::{Context, store_error};

/// How long a token is remembered, in seconds. The vendor does not tell.
const RETENTION_SECONDS: i64 = 24 * 60 * 60;
/// The most characters of a token. Source: ECS "Idempotence".
const TOKEN_CHARACTERS_MAX: usize = 64;
/// How many outdated tokens a call with a token clears away: more than the one it adds.
const SWEEP_LENGTH: usize = 4;

/// What a call with a token answered.
///
/// Records stand in buckets of a day, so that outdated ones are found without an index, in a part
/// of the table where nobody writes.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    account: AccountId,
    region: RegionId,
    action: String,
    token: String,
    /// The hash of the request.
    fingerprint: String,
    at: Timestamp,
    reply: Value,
}

impl Record for Answered {
    /// Named after its first users.
    const TABLE: &'static str = "compute-client-token";
    const VERSION: u32 = 1;
}

impl Keyed for Answered {
    fn key(&self) -> Key {
        place(self.at, &self.account, &self.region, (&self.action, &self.token))
    }
}

/// The answer that this call was given before, if it carries a token and was.
pub async fn earlier<O>(
    context: &Context,
    transaction: &mut Transaction,
    call: &Permit<O>,
    token: Option<&str>,
) -> Result<Option<O::Reply>, ApiError>
where
    O: Operation<Reply: DeserializeOwned>,
{
    let Some(token) = token else { return Ok(None) };
    if token.chars().count() > TOKEN_CHARACTERS_MAX || !token.is_ascii() {
        return Err(ApiError::new(&code::INVALID_CLIENT_TOKEN));
    }
    let (account, region) = (context.scope.account.as_str(), context.scope.region.as_str());
    for day in [day_of(context.now), day_of(context.now).saturating_sub(1)] {
        let parts = [account, &day_text(day), region, O::SPEC.action, token];
        let Some(known) = transaction.get::<Answered>(&parts).await.map_err(store_error)? else {
            continue;
        };
        let age = context.now.as_second().saturating_sub(known.at.as_second());
        if age >= RETENTION_SECONDS {
            continue;
        }
        if known.fingerprint != fingerprint(call)? {
            return Err(ApiError::new(&code::IDEMPOTENT_PARAMETER_MISMATCH));
        }
        return serde_json::from_value(known.reply).map(Some).map_err(internal);
    }
    Ok(None)
}

/// Keeps the answer of a call that carries a token.
pub async fn remember<O: Operation>(
    context: &Context,
    transaction: &mut Transaction,
    call: &Permit<O>,
    token: Option<&str>,
    reply: &O::Reply,
) -> Result<(), ApiError> {
    let Some(token) = token else { return Ok(()) };
    sweep(context, transaction).await?;
    let answered = Answered {
        account: context.scope.account.clone(),
        region: context.scope.region.clone(),
        action: O::SPEC.action.to_owned(),
        token: token.to_owned(),
        fingerprint: fingerprint(call)?,
        at: context.now,
        reply: serde_json::to_value(reply).map_err(internal)?,
    };
    transaction.put(&answered).map_err(store_error)
}

/// Deletes some of the account's records from before yesterday.
async fn sweep(context: &Context, transaction: &mut Transaction) -> Result<(), ApiError> {
    let account = context.scope.account.as_str();
    let yesterday = day_text(day_of(context.now).saturating_sub(1));
    let outdated = KeyRange::under(Answered::TABLE, &[account])
        .through(&Key::of::<Answered>(&[account, &yesterday]));
    let found =
        transaction.scan_range::<Answered>(outdated, SWEEP_LENGTH).await.map_err(store_error)?;
    for (key, _) in found {
        let parts = key.texts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        transaction.delete::<Answered>(&parts);
    }
    Ok(())
}

fn place(
    at: Timestamp,
    account: &AccountId,
    region: &RegionId,
    (action, token): (&str, &str),
) -> Key {
    let day = day_text(day_of(at));
    Key::of::<Answered>(&[account.as_str(), &day, region.as_str(), action, token])
}

fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(RETENTION_SECONDS)
}

/// A day's number as text that sorts as the number does, up to the year 27000.
fn day_text(day: i64) -> String {
    format!("{day:07}")
}

/// What two requests must share to be the same: all their parameters. The caller is not among
/// them: whoever may make the call may have its answer.
fn fingerprint<O: Operation>(call: &Permit<O>) -> Result<String, ApiError> {
    let json = serde_json::to_vec::<O>(call).map_err(internal)?;
    Ok(sha256_hex(&json))
}

fn internal(error: serde_json::Error) -> ApiError {
    ApiError::new(&common::INTERNAL_ERROR).because(error)
}
