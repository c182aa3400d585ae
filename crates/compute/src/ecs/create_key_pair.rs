//! `ecs:CreateKeyPair`: makes a key pair, and tells its private half this once.

use std::fmt;

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_crypto::SshKeyPair;
use rolecall_gate::{Context, Handle, Prepared};
use rolecall_policy::Need;
use rolecall_store::{Store, Transaction};
use rolecall_types::KeyPairId;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::code as shared;
use crate::ecs::key_pairs::{self, Named};
use crate::ecs::{Ecs, code, resource};
use crate::tag::{self, TAGS_MAX, TagParameter};

/// Makes a key pair: RSA of 2048 bits. Its private half is in the answer, and nowhere else.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeyPair {
    /// Its name.
    #[api(invalid = &code::INVALID_KEY_PAIR_NAME_MALFORMED)]
    pub key_pair_name: String,
    /// Its resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The key pair that was made, with its private half. `Debug` leaves that out.
#[derive(Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeyPairReply {
    /// Its id.
    pub key_pair_id: KeyPairId,
    /// Its name.
    pub key_pair_name: String,
    /// The MD5 of its public half.
    pub key_pair_finger_print: String,
    /// Its private half, PKCS#1 in PEM. No other answer has it.
    #[api(secret)]
    pub private_key_body: String,
}

impl fmt::Debug for CreateKeyPairReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateKeyPairReply")
            .field("key_pair_name", &self.key_pair_name)
            .finish_non_exhaustive()
    }
}

impl Authorize for CreateKeyPair {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ecs:CreateKeyPair", resource(scope, "keypair/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateKeyPair {
    type Reply = CreateKeyPairReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "CreateKeyPair")
        .errors(&[
            &code::INVALID_KEY_PAIR_NAME_MALFORMED,
            &code::KEY_PAIR_ALREADY_EXIST,
            &code::QUOTA_EXCEED_KEY_PAIR,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
        ])
        .stored_only(&["ResourceGroupId"]);

    fn validate(&self) -> Result<(), ApiError> {
        key_pairs::check_name(&self.key_pair_name)
    }
}

impl Handle<CreateKeyPair> for Ecs {
    async fn prepare(
        &self,
        _context: &Context,
        _store: &Store,
        _call: &Permit<CreateKeyPair>,
    ) -> Result<Prepared, ApiError> {
        let fault = |fault| ApiError::new(&common::INTERNAL_ERROR).because(fault);
        let made =
            spawn_blocking(SshKeyPair::generate).await.map_err(|it| fault(it.to_string()))?;
        made.map(Prepared::of).map_err(|it| fault(it.to_string()))
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateKeyPair>,
    ) -> Result<CreateKeyPairReply, ApiError> {
        let made: &SshKeyPair = context.prepared.get()?;
        let named = Named {
            name: &call.key_pair_name,
            resource_group_id: call.resource_group_id.as_deref(),
            tags: &call.tag,
        };
        let kept = key_pairs::keep(context, transaction, &made.public, named).await?;
        Ok(CreateKeyPairReply {
            key_pair_id: kept.id,
            key_pair_name: kept.name,
            key_pair_finger_print: kept.fingerprint,
            private_key_body: made.private.expose().clone(),
        })
    }
}
