//! `ecs:RunInstances`: launches instances.

use rolecall_api::{ApiError, Authorize, Code, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, RoleName, SecurityGroupId, VSwitchId};
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::launch::{self, Names, Place};
use crate::ecs::{Ecs, code, resource};
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::{UserData, client_token, records, role, vpc};

/// Launches up to 100 equal instances: in a VPC with `VSwitchId`, else in the classic network,
/// where no role is worn. They run at once.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RunInstances {
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
    /// Several security groups, in the place of one.
    #[api(items(1, 5))]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// The zone; the vSwitch's where there is one.
    pub zone_id: Option<String>,
    /// How many, at the most. Default 1.
    #[api(range(1, 100), invalid = &code::INVALID_PARAM_AMOUNT)]
    pub amount: Option<u32>,
    /// How many at least, where there are addresses for fewer than `Amount`. Default: as many.
    #[api(range(1, 100), invalid = &code::INVALID_MIN_AMOUNT_MALFORMED)]
    pub min_amount: Option<u32>,
    /// The private address, for one instance.
    pub private_ip_address: Option<String>,
    /// The display name; `web-[1,3]` numbers a batch. Default: the id.
    #[api(invalid = &code::INVALID_INSTANCE_NAME_MALFORMED)]
    pub instance_name: Option<String>,
    /// The host name; numbered like the display name. Default: from the id.
    #[api(invalid = &code::INVALID_HOST_NAME_MALFORMED)]
    pub host_name: Option<String>,
    /// A host name for each instance, in the place of one for all.
    #[api(items(1, 100), invalid = &code::INVALID_HOST_NAME_MALFORMED)]
    pub host_names: Vec<String>,
    /// Whether names of a batch that are not numbered get the ending 001, 002, …
    pub unique_suffix: Option<bool>,
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

/// A system disk that is asked for.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SystemDisk {
    /// Its kind, such as `cloud_essd`.
    #[api(chars(1, 64))]
    pub category: Option<String>,
    /// Its size in GiB.
    #[api(range(1, 2048))]
    pub size: Option<i64>,
}

/// The instances that were launched.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RunInstancesReply {
    /// Their ids.
    #[api(item = "InstanceIdSet")]
    pub instance_id_sets: Vec<InstanceId>,
}

impl RunInstances {
    /// The security groups, in either spelling.
    pub(super) fn security_groups(&self) -> impl Iterator<Item = &SecurityGroupId> {
        self.security_group_id.iter().chain(&self.security_group_ids)
    }

    /// The largest number of instances.
    pub(super) fn most(&self) -> u32 {
        self.amount.unwrap_or(1)
    }

    /// What a launch by the operation `action` needs.
    pub(super) fn needs_of(&self, action: &'static str, scope: &Scope) -> Vec<Need> {
        let run = |resource| Need::on(action, resource);
        let hardened = self.http_tokens.as_deref() == Some("required");
        let instances = run(resource(scope, "instance/*"))
            .with("ecs:InstanceType", &self.instance_type)
            .with("ecs:SecurityHardeningMode", hardened.to_string());
        let mut needs = vec![instances, run(resource(scope, format!("image/{}", self.image_id)))];
        needs.extend(
            self.security_groups().map(|id| run(resource(scope, format!("securitygroup/{id}")))),
        );
        needs.extend(
            self.v_switch_id.iter().map(|id| run(vpc::resource(scope, format!("vswitch/{id}")))),
        );
        let key_pairs = self.key_pair_name.iter();
        needs.extend(key_pairs.map(|name| run(resource(scope, format!("keypair/{name}")))));
        needs.extend(self.ram_role_name.iter().map(|name| role::pass_role(scope, name)));
        let tagged = |need: Need| need.with_request_tags(tag::requested(&self.tag));
        needs.into_iter().map(tagged).collect()
    }
}

impl Authorize for RunInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.needs_of("ecs:RunInstances", scope)
    }

    fn denied(&self, need: &Need) -> &'static Code {
        role::denied(need)
    }
}

impl Operation for RunInstances {
    type Reply = RunInstancesReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "RunInstances")
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
            &code::INVALID_PARAM_AMOUNT,
            &code::INVALID_MIN_AMOUNT_MALFORMED,
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

impl Handle<RunInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RunInstances>,
    ) -> Result<RunInstancesReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let names = Names::check(call)?;
        let pattern = launch::check(call)?;
        let mut place = Place::find(context, transaction, call).await?;
        let binding = launch::check_role(context, call)?;
        let interfaces = place.take(context, call)?;
        end_dry_run(call.dry_run)?;

        let mut instance_ids = Vec::with_capacity(interfaces.len());
        for (index, network) in (0..).zip(interfaces) {
            let mut instance = pattern.instance(context, &place, network);
            names.give(index, &mut instance);
            instance.binding = binding.clone();
            instance.boot(context.now);
            records::put(transaction, &instance)?;
            instance_ids.push(instance.id);
        }
        place.put(transaction)?;
        let reply = RunInstancesReply { instance_id_sets: instance_ids };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}
