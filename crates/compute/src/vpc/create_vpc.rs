//! `vpc:CreateVpc`: makes a private network.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{RouteTableId, VRouterId, VpcId};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::vpc::{Vpc, check_text, code, resource};
use crate::{Cidr, VpcRecord, client_token, records};

/// The block of a VPC whose maker names none. Source: VPC `CreateVpc`.
const DEFAULT_BLOCK: &str = "172.16.0.0/12";
/// The longest prefix of a VPC's block, in bits. Source: VPC `CreateVpc`.
const PREFIX_LENGTH_MAX: u8 = 28;
/// The most VPCs of an account in a region. Source: "Limits" of the VPC pages.
const VPCS_MAX: usize = 10;

/// Makes a VPC with its router and its system route table. It can be used at once.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpc {
    /// Its addresses: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or a part of them with a prefix of
    /// up to 28 bits. Default 172.16.0.0/12.
    pub cidr_block: Option<String>,
    /// Its name.
    #[api(chars(1, 128))]
    pub vpc_name: Option<String>,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
    /// Its resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The VPC that was made.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpcReply {
    /// Its id.
    pub vpc_id: VpcId,
    /// Its router.
    pub v_router_id: VRouterId,
    /// Its router's system route table.
    pub route_table_id: RouteTableId,
    /// Its resource group; empty where none was given.
    pub resource_group_id: String,
}

impl Authorize for CreateVpc {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("vpc:CreateVpc", resource(scope, "vpc/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateVpc {
    type Reply = CreateVpcReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "CreateVpc")
        .errors(&[
            &code::INVALID_CIDR_BLOCK_MALFORMED,
            &code::QUOTA_EXCEEDED_VPC,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
            &shared::INVALID_CLIENT_TOKEN,
            &shared::IDEMPOTENT_PARAMETER_MISMATCH,
            &shared::DRY_RUN_OPERATION,
        ])
        .stored_only(&["ResourceGroupId"]);
}

impl Handle<CreateVpc> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateVpc>,
    ) -> Result<CreateVpcReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let vpc = plan(context, call)?;
        if records::list::<VpcRecord>(transaction, &context.scope).await?.len() >= VPCS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_VPC));
        }
        end_dry_run(call.dry_run)?;
        records::put(transaction, &vpc)?;
        let reply = CreateVpcReply {
            vpc_id: vpc.id,
            v_router_id: vpc.v_router_id,
            route_table_id: vpc.route_table_id,
            resource_group_id: vpc.resource_group_id,
        };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}

/// The VPC that is asked for.
fn plan(context: &Context, call: &CreateVpc) -> Result<VpcRecord, ApiError> {
    let block = call.cidr_block.as_deref().unwrap_or(DEFAULT_BLOCK).parse::<Cidr>();
    let block = block
        .ok()
        .filter(|block| block.is_private() && block.prefix_length() <= PREFIX_LENGTH_MAX)
        .ok_or_else(|| ApiError::new(&code::INVALID_CIDR_BLOCK_MALFORMED))?;
    check_text("VpcName", call.vpc_name.as_deref())?;
    check_text("Description", call.description.as_deref())?;
    let (random, region) = (context.random.as_ref(), &context.scope.region);
    Ok(VpcRecord {
        id: VpcId::generate(random, region),
        account: context.scope.account.clone(),
        region: region.clone(),
        name: call.vpc_name.clone().unwrap_or_default(),
        description: call.description.clone().unwrap_or_default(),
        block,
        v_router_id: VRouterId::generate(random, region),
        route_table_id: RouteTableId::generate(random, region),
        v_switch_ids: Vec::new(),
        resource_group_id: call.resource_group_id.clone().unwrap_or_default(),
        tags: tag::given(&call.tag)?,
        created_at: context.now,
    })
}
