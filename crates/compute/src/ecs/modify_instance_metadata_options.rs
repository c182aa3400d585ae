//! `ecs:ModifyInstanceMetadataOptions`: says how an instance's metadata service answers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, code, find};
use crate::records;

/// Says how an instance's metadata service answers, from the answer to this call on. What is not
/// named stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceMetadataOptions {
    /// The instance.
    pub instance_id: InstanceId,
    /// Whether it answers at all.
    #[api(choices("enabled", "disabled"), invalid = &code::INVALID_HTTP_ENDPOINT)]
    pub http_endpoint: String,
    /// Whether it answers only with a token.
    #[api(choices("optional", "required"), invalid = &code::INVALID_HTTP_TOKENS)]
    pub http_tokens: Option<String>,
    /// The most hops that a token may take.
    #[api(range(1, 64), invalid = &code::INVALID_HTTP_PUT_RESPONSE_HOP_LIMIT)]
    pub http_put_response_hop_limit: Option<u32>,
    /// Whether it tells the instance's tags.
    #[api(choices("enabled", "disabled"))]
    pub instance_metadata_tags: Option<String>,
}

/// The service answers so.
#[derive(Debug, Serialize, Shape)]
pub struct ModifyInstanceMetadataOptionsReply {}

impl Authorize for ModifyInstanceMetadataOptions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:ModifyInstanceMetadataOptions", instance)]
    }
}

impl Operation for ModifyInstanceMetadataOptions {
    type Reply = ModifyInstanceMetadataOptionsReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "ModifyInstanceMetadataOptions").errors(&[
        &code::INVALID_INSTANCE_ID_NOT_FOUND,
        &code::INVALID_HTTP_ENDPOINT,
        &code::INVALID_HTTP_TOKENS,
        &code::INVALID_HTTP_PUT_RESPONSE_HOP_LIMIT,
    ]);
}

impl Handle<ModifyInstanceMetadataOptions> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifyInstanceMetadataOptions>,
    ) -> Result<ModifyInstanceMetadataOptionsReply, ApiError> {
        let mut instance = find::instance(transaction, &context.scope, &call.instance_id).await?;
        let options = &mut instance.metadata_options;
        options.enabled = call.http_endpoint == "enabled";
        if let Some(tokens) = &call.http_tokens {
            options.tokens_required = tokens == "required";
        }
        if let Some(hops) = call.http_put_response_hop_limit {
            options.hop_limit = u8::try_from(hops).unwrap_or(options.hop_limit);
        }
        if let Some(tags) = &call.instance_metadata_tags {
            options.tags = tags == "enabled";
        }
        records::put(transaction, &instance)?;
        Ok(ModifyInstanceMetadataOptionsReply {})
    }
}
