//! `ecs:ImportKeyPair`: keeps the public half of a key pair.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::SshPublicKey;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::key_pairs::{self, Named};
use crate::ecs::{Ecs, code, resource};
use crate::tag::{self, TAGS_MAX, TagParameter};

/// Keeps the public half of a key pair that was made elsewhere: RSA, Ed25519, or ECDSA on a curve
/// of NIST.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ImportKeyPair {
    /// Its name.
    #[api(invalid = &code::INVALID_KEY_PAIR_NAME_MALFORMED)]
    pub key_pair_name: String,
    /// The key, as one line of SSH.
    #[api(chars(1, 16_384), invalid = &code::INVALID_PUBLIC_KEY_BODY_MALFORMED)]
    pub public_key_body: String,
    /// Its resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The key pair that is kept.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ImportKeyPairReply {
    /// Its name.
    pub key_pair_name: String,
    /// The MD5 of the key.
    pub key_pair_finger_print: String,
}

impl Authorize for ImportKeyPair {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ecs:ImportKeyPair", resource(scope, "keypair/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for ImportKeyPair {
    type Reply = ImportKeyPairReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "ImportKeyPair")
        .errors(&[
            &code::INVALID_KEY_PAIR_NAME_MALFORMED,
            &code::INVALID_PUBLIC_KEY_BODY_MALFORMED,
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

impl Handle<ImportKeyPair> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ImportKeyPair>,
    ) -> Result<ImportKeyPairReply, ApiError> {
        let key = SshPublicKey::parse(&call.public_key_body)
            .ok_or_else(|| ApiError::new(&code::INVALID_PUBLIC_KEY_BODY_MALFORMED))?;
        let named = Named {
            name: &call.key_pair_name,
            resource_group_id: call.resource_group_id.as_deref(),
            tags: &call.tag,
        };
        let kept = key_pairs::keep(context, transaction, &key, named).await?;
        Ok(ImportKeyPairReply { key_pair_name: kept.name, key_pair_finger_print: kept.fingerprint })
    }
}
