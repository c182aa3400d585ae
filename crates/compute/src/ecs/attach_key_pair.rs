//! `ecs:AttachKeyPair`: puts a key pair on instances.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::ecs::key_pairs::{self, INSTANCES_MAX, KeyPairResult};
use crate::ecs::{Ecs, code, find, instances};

/// Puts a key pair on up to 50 instances, in the place of another one. An instance that is not
/// there fails, and the others do not.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachKeyPair {
    /// The key pair.
    pub key_pair_name: String,
    /// The instances, as a JSON array in one parameter.
    #[api(items(1, INSTANCES_MAX), required, invalid = &code::INVALID_INSTANCE_IDS_MALFORMED)]
    pub instance_ids: Vec<InstanceId>,
}

/// What became of each instance. The vendor writes the numbers as texts.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AttachKeyPairReply {
    /// The key pair.
    pub key_pair_name: String,
    /// One result for each instance, in the order of the request.
    #[api(item = "Result")]
    pub results: Vec<KeyPairResult>,
    /// How many instances there are.
    pub total_count: String,
    /// How many of them failed.
    pub fail_count: String,
}

impl Authorize for AttachKeyPair {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let key_pair = key_pairs::arn(scope, &self.key_pair_name);
        let resources = instances(scope, &self.instance_ids).into_iter().chain([key_pair]);
        resources.map(|resource| Need::on("ecs:AttachKeyPair", resource)).collect()
    }
}

impl Operation for AttachKeyPair {
    type Reply = AttachKeyPairReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "AttachKeyPair").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INVALID_INSTANCE_IDS_MALFORMED,
        &code::INVALID_KEY_PAIR_NAME_NOT_FOUND,
    ]);
}

impl Handle<AttachKeyPair> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AttachKeyPair>,
    ) -> Result<AttachKeyPairReply, ApiError> {
        let (scope, name) = (&context.scope, &call.key_pair_name);
        let key = find::key_pair(transaction, scope, name).await?.installed();
        let results = key_pairs::change(transaction, scope, &call.instance_ids, |installed| {
            *installed = Some(key.clone());
            Ok(())
        });
        let results = results.await?;
        Ok(AttachKeyPairReply {
            key_pair_name: name.clone(),
            total_count: results.len().to_string(),
            fail_count: key_pairs::failures(&results).to_string(),
            results,
        })
    }
}
