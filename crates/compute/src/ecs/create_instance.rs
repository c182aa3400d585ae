//! `ecs:CreateInstance`: makes an instance that stands still.

use rolecall_api::{ApiError, Authorize, Code, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, RoleName, SecurityGroupId, VSwitchId};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::launch::{self, Names, Place};
use crate::ecs::{Ecs, RunInstances, SystemDisk, code};
use crate::tag::{TAGS_MAX, TagParameter};
use crate::{UserData, client_token, records, role};

/// Makes one instance, which stands still until it is started: in a VPC with `VSwitchId`, else in
/// the classic network, where no role is worn.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInstance {
    /// The image: an id of the form `m-…`, or a public one that ends in `.vhd`. Any will do: an
    /// instance runs on its host's files.
    #[api(invalid = &code::INVALID_IMAGE_ID_NOT_FOUND)]
    pub image_id: String,
    /// The type, such as `ecs.g6.large`.
    #[api(invalid = &code::INVALID_INSTANCE_TYPE)]
    pub instance_type: String,
    /// The vSwitch.
    pub v_switch_id: Option<VSwitchId>,
    /// The security group: of the vSwitch's VPC, or of none for the classic network. A VPC's
    /// instance must have one.
    pub security_group_id: Option<SecurityGroupId>,
    /// The zone; the vSwitch's where there is one.
    pub zone_id: Option<String>,
    /// The private address.
    pub private_ip_address: Option<String>,
    /// The display name. Default: the id.
    #[api(invalid = &code::INVALID_INSTANCE_NAME_MALFORMED)]
    pub instance_name: Option<String>,
    /// The host name. Default: from the id.
    #[api(invalid = &code::INVALID_HOST_NAME_MALFORMED)]
    pub host_name: Option<String>,
    /// What it is for.
    #[api(invalid = &code::INVALID_DESCRIPTION_MALFORMED)]
    pub description: Option<String>,
    /// What it runs when it starts, up to 32 KB, as Base64.
    #[api(invalid = &code::INVALID_USER_DATA_SIZE_EXCEEDED)]
    pub user_data: Option<UserData>,
    /// The role that it wears.
    #[api(invalid = &code::INVALID_RAM_ROLE_NOT_FOUND_AT_LAUNCH)]
    pub ram_role_name: Option<RoleName>,
    /// Whether the metadata service answers. Default `enabled`.
    #[api(choices("enabled", "disabled"), invalid = &code::INVALID_HTTP_ENDPOINT)]
    pub http_endpoint: Option<String>,
    /// Whether it answers only with a token. Default `optional`.
    #[api(choices("optional", "required"), invalid = &code::INVALID_HTTP_TOKENS)]
    pub http_tokens: Option<String>,
    /// The most hops that a token may take. Default 1.
    #[api(range(1, 64), invalid = &code::INVALID_HTTP_PUT_RESPONSE_HOP_LIMIT)]
    pub http_put_response_hop_limit: Option<u32>,
    /// Whether it must not be deleted.
    pub deletion_protection: Option<bool>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// The key pair. The metadata service tells its public half.
    #[api(chars(2, 128))]
    pub key_pair_name: Option<String>,
    /// How it is charged. Nothing is, and there are no subscriptions.
    #[api(choices("PostPaid"))]
    pub instance_charge_type: Option<String>,
    /// How traffic is charged. It is kept and answered.
    #[api(choices("PayByTraffic", "PayByBandwidth"))]
    pub internet_charge_type: Option<String>,
    /// Megabits per second from the Internet. It is kept and answered.
    #[api(range(1, 200))]
    pub internet_max_bandwidth_in: Option<i64>,
    /// Megabits per second to the Internet. It is kept and answered; no public address is given.
    #[api(range(0, 100))]
    pub internet_max_bandwidth_out: Option<i64>,
    /// How a preemptible instance is bid for. It is kept and answered; none is taken away.
    #[api(choices("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"))]
    pub spot_strategy: Option<String>,
    /// The credit mode of a burstable instance. It is kept and answered.
    #[api(choices("Standard", "Unlimited"))]
    pub credit_specification: Option<String>,
    /// Whether it is I/O optimized. Every instance is.
    #[api(choices("optimized"))]
    pub io_optimized: Option<String>,
    /// The system disk. It is kept.
    pub system_disk: Option<SystemDisk>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// The instance that was made.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInstanceReply {
    /// Its id.
    pub instance_id: InstanceId,
}

impl CreateInstance {
    /// The launch of one instance that this is.
    fn launch(&self) -> RunInstances {
        RunInstances {
            image_id: self.image_id.clone(),
            instance_type: self.instance_type.clone(),
            v_switch_id: self.v_switch_id.clone(),
            security_group_id: self.security_group_id.clone(),
            zone_id: self.zone_id.clone(),
            private_ip_address: self.private_ip_address.clone(),
            instance_name: self.instance_name.clone(),
            host_name: self.host_name.clone(),
            description: self.description.clone(),
            user_data: self.user_data.clone(),
            ram_role_name: self.ram_role_name.clone(),
            http_endpoint: self.http_endpoint.clone(),
            http_tokens: self.http_tokens.clone(),
            http_put_response_hop_limit: self.http_put_response_hop_limit,
            deletion_protection: self.deletion_protection,
            tag: self.tag.clone(),
            resource_group_id: self.resource_group_id.clone(),
            key_pair_name: self.key_pair_name.clone(),
            instance_charge_type: self.instance_charge_type.clone(),
            internet_charge_type: self.internet_charge_type.clone(),
            internet_max_bandwidth_in: self.internet_max_bandwidth_in,
            internet_max_bandwidth_out: self.internet_max_bandwidth_out,
            spot_strategy: self.spot_strategy.clone(),
            credit_specification: self.credit_specification.clone(),
            io_optimized: self.io_optimized.clone(),
            system_disk: self.system_disk.clone(),
            client_token: self.client_token.clone(),
            dry_run: self.dry_run,
            security_group_ids: Vec::new(),
            amount: None,
            min_amount: None,
            host_names: Vec::new(),
            unique_suffix: None,
        }
    }

    /// Names are not numbered: brackets are no part of a name.
    fn check_names(&self) -> Result<(), ApiError> {
        let has_brackets =
            |name: &Option<String>| name.as_ref().is_some_and(|name| name.contains(['[', ']']));
        if has_brackets(&self.instance_name) {
            return Err(ApiError::new(&code::INVALID_INSTANCE_NAME_MALFORMED));
        }
        if has_brackets(&self.host_name) {
            return Err(ApiError::new(&code::INVALID_HOST_NAME_MALFORMED));
        }
        Ok(())
    }
}

impl Authorize for CreateInstance {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.launch().needs_of("ecs:CreateInstance", scope)
    }

    fn denied(&self, need: &Need) -> &'static Code {
        role::denied(need)
    }
}

impl Operation for CreateInstance {
    type Reply = CreateInstanceReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "CreateInstance")
        .errors(&[
            &code::INVALID_USER_PASS_ROLE_FORBIDDEN,
            &code::INVALID_IMAGE_ID_NOT_FOUND,
            &code::INVALID_INSTANCE_TYPE,
            &code::INVALID_INSTANCE_NAME_MALFORMED,
            &code::INVALID_HOST_NAME_MALFORMED,
            &code::INVALID_DESCRIPTION_MALFORMED,
            &code::INVALID_USER_DATA_FORMAT,
            &code::INVALID_USER_DATA_SIZE_EXCEEDED,
            &code::INVALID_HTTP_ENDPOINT,
            &code::INVALID_HTTP_TOKENS,
            &code::INVALID_HTTP_PUT_RESPONSE_HOP_LIMIT,
            &code::INVALID_ZONE_ID_NOT_FOUND,
            &code::ZONE_MISMATCH,
            &shared::INVALID_V_SWITCH_ID_NOT_FOUND,
            &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
            &code::SECURITY_GROUP_MISMATCH,
            &code::INVALID_KEY_PAIR_NAME_NOT_FOUND,
            &code::INVALID_PRIVATE_IP_ADDRESS,
            &code::INVALID_PRIVATE_IP_ADDRESS_DUPLICATED,
            &code::INVALID_PRIVATE_IP_ADDRESS_MALFORMED,
            &code::QUOTA_EXCEEDED_PRIVATE_IP_ADDRESS,
            &code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE,
            &code::INVALID_RAM_ROLE_NOT_FOUND_AT_LAUNCH,
            &code::INVALID_RAM_ROLE_NOT_ECS_ROLE_AT_LAUNCH,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
            &shared::INVALID_CLIENT_TOKEN,
            &shared::IDEMPOTENT_PARAMETER_MISMATCH,
            &shared::DRY_RUN_OPERATION,
        ])
        .stored_only(&[
            "ResourceGroupId",
            "InternetChargeType",
            "InternetMaxBandwidthIn",
            "InternetMaxBandwidthOut",
            "SpotStrategy",
            "CreditSpecification",
            "SystemDisk.Category",
            "SystemDisk.Size",
        ]);
}

impl Handle<CreateInstance> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateInstance>,
    ) -> Result<CreateInstanceReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        call.check_names()?;
        let asked = call.launch();
        let names = Names::check(&asked)?;
        let pattern = launch::check(&asked)?;
        let mut place = Place::find(context, transaction, &asked).await?;
        let binding = launch::check_role(context, &asked)?;
        let network = place.take(context, &asked)?.pop().flatten();
        end_dry_run(call.dry_run)?;

        let mut instance = pattern.instance(context, &place, network);
        names.give(0, &mut instance);
        instance.binding = binding;
        records::put(transaction, &instance)?;
        place.put(transaction)?;
        let reply = CreateInstanceReply { instance_id: instance.id };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
