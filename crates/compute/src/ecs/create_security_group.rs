//! `ecs:CreateSecurityGroup`: makes a security group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{SecurityGroupId, VpcId};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code, resource};
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::text::{is_ecs_description, is_ecs_name};
use crate::{SecurityGroupRecord, VpcRecord, client_token, records, vpc};

/// The most security groups of an account in a region. Source: "Limits" of the ECS pages.
const SECURITY_GROUPS_MAX: usize = 100;

/// Makes a security group in a VPC, or without one in the classic network. It has no rules.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecurityGroup {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// Its name.
    #[api(invalid = &code::INVALID_SECURITY_GROUP_NAME_MALFORMED)]
    pub security_group_name: Option<String>,
    /// What it is for.
    #[api(invalid = &code::INVALID_DESCRIPTION_MALFORMED)]
    pub description: Option<String>,
    /// Its kind: what becomes of traffic that no rule fits. Default `normal`.
    #[api(choices("normal", "enterprise"))]
    pub security_group_type: Option<String>,
    /// Its resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The security group that was made.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecurityGroupReply {
    /// Its id.
    pub security_group_id: SecurityGroupId,
}

impl Authorize for CreateSecurityGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let create = |resource| {
            Need::on("ecs:CreateSecurityGroup", resource)
                .with_request_tags(tag::requested(&self.tag))
        };
        let mut needs = vec![create(resource(scope, "securitygroup/*"))];
        let vpcs = self.vpc_id.iter();
        needs.extend(vpcs.map(|id| create(vpc::resource(scope, format!("vpc/{id}")))));
        needs
    }
}

impl Operation for CreateSecurityGroup {
    type Reply = CreateSecurityGroupReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "CreateSecurityGroup")
        .errors(&[
            &code::INVALID_SECURITY_GROUP_NAME_MALFORMED,
            &code::INVALID_DESCRIPTION_MALFORMED,
            &shared::INVALID_VPC_ID_NOT_FOUND,
            &code::QUOTA_EXCEED_SECURITY_GROUP,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
            &shared::INVALID_CLIENT_TOKEN,
            &shared::IDEMPOTENT_PARAMETER_MISMATCH,
        ])
        .stored_only(&["ResourceGroupId"]);
}

impl Handle<CreateSecurityGroup> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateSecurityGroup>,
    ) -> Result<CreateSecurityGroupReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let group = plan(context, call)?;
        if let Some(id) = &call.vpc_id {
            let vpc = records::find::<VpcRecord>(transaction, &context.scope, id.as_str()).await?;
            vpc.ok_or_else(|| ApiError::new(&shared::INVALID_VPC_ID_NOT_FOUND))?;
        }
        let groups = records::list::<SecurityGroupRecord>(transaction, &context.scope).await?;
        if groups.len() >= SECURITY_GROUPS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEED_SECURITY_GROUP));
        }
        records::put(transaction, &group)?;
        let reply = CreateSecurityGroupReply { security_group_id: group.id };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}

/// The group that is asked for.
fn plan(context: &Context, call: &CreateSecurityGroup) -> Result<SecurityGroupRecord, ApiError> {
    if call.security_group_name.as_deref().is_some_and(|name| !is_ecs_name(name)) {
        return Err(ApiError::new(&code::INVALID_SECURITY_GROUP_NAME_MALFORMED));
    }
    if call.description.as_deref().is_some_and(|text| !is_ecs_description(text)) {
        return Err(ApiError::new(&code::INVALID_DESCRIPTION_MALFORMED));
    }
    let group_type = call.security_group_type.as_deref().unwrap_or("normal");
    Ok(SecurityGroupRecord {
        id: SecurityGroupId::generate(context.random.as_ref(), &context.scope.region),
        account: context.scope.account.clone(),
        region: context.scope.region.clone(),
        vpc_id: call.vpc_id.clone(),
        name: call.security_group_name.clone().unwrap_or_default(),
        description: call.description.clone().unwrap_or_default(),
        group_type: group_type.to_owned(),
        resource_group_id: call.resource_group_id.clone().unwrap_or_default(),
        instances: 0,
        rules: Vec::new(),
        tags: tag::given(&call.tag)?,
        created_at: context.now,
    })
}
