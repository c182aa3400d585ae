//! `vpc:CreateVSwitch`: makes a part of a private network in one zone.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{VSwitchId, VpcId, ZoneId};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::vpc::{Vpc, check_text, code, resource};
use crate::{AddressPool, Cidr, VSwitchRecord, VpcRecord, client_token, records};

/// The shortest and the longest prefix of a vSwitch's block, in bits. Source: VPC `CreateVSwitch`.
const PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 16..=29;
/// The most vSwitches of a VPC. Source: "Limits" of the VPC pages.
const V_SWITCHES_MAX: usize = 150;

/// Makes a vSwitch. It can be used at once.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVSwitch {
    /// The VPC.
    pub vpc_id: VpcId,
    /// The zone.
    pub zone_id: String,
    /// Its addresses: a part of the VPC's with a prefix of 16 to 29 bits, of which no other vSwitch
    /// of the VPC has any.
    pub cidr_block: String,
    /// Its name.
    #[api(chars(1, 128))]
    pub v_switch_name: Option<String>,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The vSwitch that was made.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVSwitchReply {
    /// Its id.
    pub v_switch_id: VSwitchId,
}

impl Authorize for CreateVSwitch {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let create = |relative: String| {
            Need::on("vpc:CreateVSwitch", resource(scope, relative))
                .with_request_tags(tag::requested(&self.tag))
        };
        vec![create(format!("vpc/{}", self.vpc_id)), create("vswitch/*".to_owned())]
    }
}

impl Operation for CreateVSwitch {
    type Reply = CreateVSwitchReply;

    const SPEC: Spec = Spec::write(Product::Vpc, "CreateVSwitch").errors(&[
        &code::FORBIDDEN_VPC_NOT_FOUND,
        &code::INVALID_ZONE_ID_NOT_FOUND,
        &code::INVALID_CIDR_BLOCK_MALFORMED,
        &code::INVALID_CIDR_BLOCK_IN_VPC,
        &code::INVALID_CIDR_BLOCK_OVERLAPPED,
        &code::QUOTA_EXCEEDED_V_SWITCH,
        &shared::INVALID_TAG_COUNT,
        &shared::INVALID_TAG_KEY_MALFORMED,
        &shared::INVALID_TAG_VALUE_MALFORMED,
        &shared::DUPLICATE_TAG_KEY,
        &shared::INVALID_CLIENT_TOKEN,
        &shared::IDEMPOTENT_PARAMETER_MISMATCH,
    ]);
}

impl Handle<CreateVSwitch> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateVSwitch>,
    ) -> Result<CreateVSwitchReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let vpc_id = call.vpc_id.as_str();
        let vpc = records::find::<VpcRecord>(transaction, &context.scope, vpc_id).await?;
        let mut vpc = vpc.ok_or_else(|| ApiError::new(&code::FORBIDDEN_VPC_NOT_FOUND))?;
        let v_switch = plan(context, call, &vpc)?;
        if vpc.v_switch_ids.len() >= V_SWITCHES_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_V_SWITCH));
        }
        for id in &vpc.v_switch_ids {
            let other =
                records::find::<VSwitchRecord>(transaction, &context.scope, id.as_str()).await?;
            let block = v_switch.addresses.block();
            if other.is_some_and(|other| other.addresses.block().overlaps(block)) {
                return Err(ApiError::new(&code::INVALID_CIDR_BLOCK_OVERLAPPED));
            }
        }
        vpc.v_switch_ids.push(v_switch.id.clone());
        records::put(transaction, &vpc)?;
        records::put(transaction, &v_switch)?;
        let reply = CreateVSwitchReply { v_switch_id: v_switch.id };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}

/// The vSwitch that is asked for.
fn plan(
    context: &Context,
    call: &CreateVSwitch,
    vpc: &VpcRecord,
) -> Result<VSwitchRecord, ApiError> {
    let region = &context.scope.region;
    let zone = ZoneId::find(region, &call.zone_id)
        .ok_or_else(|| ApiError::new(&code::INVALID_ZONE_ID_NOT_FOUND))?;
    let block = call.cidr_block.parse::<Cidr>().ok();
    let block = block
        .filter(|block| PREFIX_LENGTHS.contains(&block.prefix_length()))
        .ok_or_else(|| ApiError::new(&code::INVALID_CIDR_BLOCK_MALFORMED))?;
    if !vpc.block.contains(block) {
        return Err(ApiError::new(&code::INVALID_CIDR_BLOCK_IN_VPC));
    }
    check_text("VSwitchName", call.v_switch_name.as_deref())?;
    check_text("Description", call.description.as_deref())?;
    Ok(VSwitchRecord {
        id: VSwitchId::generate(context.random.as_ref(), region),
        account: vpc.account.clone(),
        region: region.clone(),
        zone,
        vpc_id: vpc.id.clone(),
        vpc_block: vpc.block,
        route_table_id: vpc.route_table_id.clone(),
        name: call.v_switch_name.clone().unwrap_or_default(),
        description: call.description.clone().unwrap_or_default(),
        addresses: AddressPool::new(block),
        tags: tag::given(&call.tag)?,
        created_at: context.now,
    })
}
