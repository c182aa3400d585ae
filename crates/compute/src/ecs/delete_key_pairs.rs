//! `ecs:DeleteKeyPairs`: deletes key pairs.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find, key_pairs};
use crate::{KeyPairRecord, records};

/// Deletes up to 100 key pairs: all, or none where one is not there. Instances keep the public half
/// that they have.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteKeyPairs {
    /// The key pairs, as a JSON array in one parameter.
    #[api(items(1, 100), required, invalid = &code::INVALID_KEY_PAIR_NAMES_MALFORMED)]
    pub key_pair_names: Vec<String>,
}

/// The key pairs are gone.
#[derive(Debug, Serialize, Shape)]
pub struct DeleteKeyPairsReply {}

impl Authorize for DeleteKeyPairs {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let names = self.key_pair_names.iter();
        names.map(|name| Need::on("ecs:DeleteKeyPairs", key_pairs::arn(scope, name))).collect()
    }
}

impl Operation for DeleteKeyPairs {
    type Reply = DeleteKeyPairsReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "DeleteKeyPairs")
        .errors(&[&code::INVALID_KEY_PAIR_NAMES_MALFORMED, &code::INVALID_KEY_PAIR_NAME_NOT_FOUND]);
}

impl Handle<DeleteKeyPairs> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteKeyPairs>,
    ) -> Result<DeleteKeyPairsReply, ApiError> {
        let scope = &context.scope;
        for name in &call.key_pair_names {
            find::key_pair(transaction, scope, name).await?;
        }
        for name in &call.key_pair_names {
            records::delete::<KeyPairRecord>(transaction, scope, name);
        }
        Ok(DeleteKeyPairsReply {})
    }
}
