//! `slb:CreateLoadBalancer`: makes a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

use rolecall_api::code as common;
use rolecall_gate::resource::code as shared;
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{client_token, records};
use rolecall_gate::store_error;
use rolecall_types::{LoadBalancerId, VSwitchId, VpcId, ZoneId};

use super::find::{balancers, check_name};
use super::view::LoadBalancerView;
use crate::record::{BalancerStatus, Declared, HostAddressRecord, Place};
use crate::{LoadBalancerRecord, NoAddress, Slb, TakenAddress, code};

/// The most load balancers of an account in a region. Source: "Limits" of the SLB pages.
const LOAD_BALANCERS_MAX: usize = 60;
/// The addresses of the machine that load balancers which face the Internet get: 127.64.0.0/10, so
/// that each has every port for itself, and nobody else's listener is met.
const HOST_BLOCK: (Ipv4Addr, u8) = (Ipv4Addr::new(127, 64, 0, 0), 10);
/// How often an address is drawn that nobody has. There are four million.
const DRAWS_MAX: usize = 64;

/// Makes a load balancer: one that faces the Internet, which listens on an address of the machine,
/// or one in a vSwitch.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoadBalancer {
    /// `internet` or `intranet`. Default: `intranet` where a vSwitch is named.
    #[api(choices("internet", "intranet"))]
    pub address_type: Option<String>,
    /// The vSwitch that it gets its address from, of one that is to be in a VPC.
    pub v_switch_id: Option<VSwitchId>,
    /// The vSwitch's VPC.
    pub vpc_id: Option<VpcId>,
    /// The address that it is to have in the vSwitch. Default: the next free one.
    pub address: Option<String>,
    /// The kind of its address: `ipv4`.
    #[api(choices("ipv4"))]
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: Option<String>,
    /// Its name: 1 to 80 letters, digits and `._-`, of which the first is a letter. Default: one
    /// that is made up.
    #[api(chars(1, 80))]
    pub load_balancer_name: Option<String>,
    /// Its specification. Default: a shared instance.
    #[api(choices(
        "slb.s1.small",
        "slb.s2.small",
        "slb.s2.medium",
        "slb.s3.small",
        "slb.s3.medium",
        "slb.s3.large",
        "slb.lcu.elastic"
    ))]
    pub load_balancer_spec: Option<String>,
    /// Megabits per second.
    #[api(range(1, 5_120))]
    pub bandwidth: Option<i64>,
    /// How traffic is charged. Default `paybytraffic`.
    #[api(choices("paybytraffic", "paybybandwidth"))]
    pub internet_charge_type: Option<String>,
    /// Whether the specification or the use is charged. Default `PayBySpec`.
    #[api(choices("PayBySpec", "PayByCLCU"))]
    pub instance_charge_type: Option<String>,
    /// How it is paid: `PayOnDemand`.
    #[api(choices("PayOnDemand"))]
    pub pay_type: Option<String>,
    /// Its zone. Default: the vSwitch's, or the region's first.
    pub master_zone_id: Option<String>,
    /// The zone that it would move to. Default: another one of the region.
    pub slave_zone_id: Option<String>,
    /// Whether it must not be deleted. Default `off`.
    #[api(choices("on", "off"))]
    pub delete_protection: Option<String>,
    /// Whether the console must not change it. Default `NonProtection`.
    #[api(choices("NonProtection", "ConsoleProtection"))]
    pub modification_protection_status: Option<String>,
    /// Why not.
    #[api(chars(1, 80))]
    pub modification_protection_reason: Option<String>,
    /// Its resource group.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The load balancer that was made.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLoadBalancerReply {
    /// Its id.
    pub load_balancer_id: LoadBalancerId,
    /// Its name.
    pub load_balancer_name: String,
    /// Its address.
    pub address: String,
    /// Always `ipv4`.
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: String,
    /// `vpc`, or `Classic` where it faces the Internet.
    pub network_type: String,
    /// Its VPC; empty where it faces the Internet.
    pub vpc_id: String,
    /// Its vSwitch; empty where it faces the Internet.
    pub v_switch_id: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// The order; there is none.
    pub order_id: i64,
}

impl Authorize for CreateLoadBalancer {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let address_type = self.address_type();
        let need = Need::on("slb:CreateLoadBalancer", balancers(scope));
        let need = need.with("slb:AddressType", address_type);
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateLoadBalancer {
    type Reply = CreateLoadBalancerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "CreateLoadBalancer")
        .errors(&[
            &code::INVALID_V_SWITCH_ID_NOT_FOUND,
            &code::OBTAIN_IP_FAIL,
            &code::INVALID_ZONE_ID_NOT_FOUND,
            &code::QUOTA_EXCEEDED_LOAD_BALANCER,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
            &shared::INVALID_CLIENT_TOKEN,
            &shared::IDEMPOTENT_PARAMETER_MISMATCH,
        ])
        .stored_only(&[
            "Bandwidth",
            "InternetChargeType",
            "InstanceChargeType",
            "LoadBalancerSpec",
            "MasterZoneId",
            "SlaveZoneId",
            "ResourceGroupId",
        ]);
}

impl Handle<CreateLoadBalancer> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateLoadBalancer>,
    ) -> Result<CreateLoadBalancerReply, ApiError> {
        let (scope, token) = (&context.scope, call.client_token.as_deref());
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        let all = records::list::<LoadBalancerRecord>(transaction, scope).await?;
        if all.len() >= LOAD_BALANCERS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_LOAD_BALANCER));
        }
        let mut record = plan(context, call)?;
        if call.address_type() == "intranet" {
            self.settle_in(transaction, scope, call, &mut record).await?;
        } else if call.address.is_some() {
            return Err(ApiError::of(&common::INVALID_PARAMETER, "Address"));
        } else {
            record.address = host_address(context, transaction, &record.id).await?;
        }
        records::put(transaction, &record)?;
        let view = LoadBalancerView::of(&record);
        let reply = CreateLoadBalancerReply {
            load_balancer_id: view.load_balancer_id,
            load_balancer_name: view.load_balancer_name,
            address: view.address,
            address_ip_version: view.address_ip_version,
            network_type: view.network_type,
            vpc_id: view.vpc_id,
            v_switch_id: view.v_switch_id,
            resource_group_id: view.resource_group_id,
            order_id: 0,
        };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}

impl CreateLoadBalancer {
    fn address_type(&self) -> &str {
        let default = if self.v_switch_id.is_some() { "intranet" } else { "internet" };
        self.address_type.as_deref().unwrap_or(default)
    }
}

impl Slb {
    /// Gives a load balancer its place in a VPC.
    async fn settle_in(
        &self,
        transaction: &mut Transaction,
        scope: &Scope,
        call: &CreateLoadBalancer,
        record: &mut LoadBalancerRecord,
    ) -> Result<(), ApiError> {
        let missing = || ApiError::of(&common::MISSING_PARAMETER, "VSwitchId");
        let v_switch_id = call.v_switch_id.clone().ok_or_else(missing)?;
        let wanted = call.address.as_deref().map(str::parse::<Ipv4Addr>).transpose();
        let wanted = wanted.map_err(|_| ApiError::of(&common::INVALID_PARAMETER, "Address"))?;
        let taken = self.addresses.take(transaction, scope, v_switch_id.as_str(), wanted).await?;
        let TakenAddress { address, vpc, zone } = taken.map_err(|reason| match reason {
            NoAddress::NoVSwitch => ApiError::new(&code::INVALID_V_SWITCH_ID_NOT_FOUND),
            NoAddress::NotFree => ApiError::new(&code::OBTAIN_IP_FAIL),
        })?;
        if call.vpc_id.as_ref().is_some_and(|id| *id != vpc.id) {
            return Err(ApiError::new(&code::INVALID_V_SWITCH_ID_NOT_FOUND));
        }
        record.address = address;
        record.place = Some(Place { vpc, v_switch_id });
        if call.master_zone_id.is_none() {
            record.declared.master_zone_id = zone;
        }
        Ok(())
    }
}

/// The load balancer that is asked for, still without an address.
fn plan(context: &Context, call: &CreateLoadBalancer) -> Result<LoadBalancerRecord, ApiError> {
    let region = &context.scope.region;
    let id = LoadBalancerId::generate(context.random.as_ref(), region);
    if let Some(name) = &call.load_balancer_name {
        check_name("LoadBalancerName", name)?;
    }
    let zone = |asked: Option<&String>, default: usize| match asked {
        Some(text) if ZoneId::find(region, text).is_some() => Ok(text.clone()),
        Some(_) => Err(ApiError::new(&code::INVALID_ZONE_ID_NOT_FOUND)),
        None => {
            Ok(ZoneId::LETTERS.get(default).map(|it| format!("{region}-{it}")).unwrap_or_default())
        }
    };
    let or =
        |asked: &Option<String>, default: &str| asked.clone().unwrap_or_else(|| default.to_owned());
    let is_protected = call.modification_protection_status.as_deref() == Some("ConsoleProtection");
    let reason = call.modification_protection_reason.clone().unwrap_or_default();
    Ok(LoadBalancerRecord {
        name: call.load_balancer_name.clone().unwrap_or_else(|| format!("auto_named_{id}")),
        id,
        account: context.scope.account.clone(),
        region: region.clone(),
        address: Ipv4Addr::UNSPECIFIED,
        place: None,
        status: BalancerStatus::Active,
        delete_protection: call.delete_protection.as_deref() == Some("on"),
        modification_protection: is_protected.then_some(reason),
        declared: Declared {
            spec: or(&call.load_balancer_spec, ""),
            bandwidth: call.bandwidth,
            internet_charge_type: or(&call.internet_charge_type, "paybytraffic"),
            instance_charge_type: or(&call.instance_charge_type, "PayBySpec"),
            master_zone_id: zone(call.master_zone_id.as_ref(), 0)?,
            slave_zone_id: zone(call.slave_zone_id.as_ref(), 1)?,
            resource_group_id: or(&call.resource_group_id, ""),
        },
        tags: tag::given(&call.tag)?,
        created_at: context.now,
        servers: Vec::new(),
        groups: Vec::new(),
        listeners: Vec::new(),
    })
}

/// Takes an address of the machine that no load balancer has.
async fn host_address(
    context: &Context,
    transaction: &mut Transaction,
    id: &LoadBalancerId,
) -> Result<Ipv4Addr, ApiError> {
    let (first, length) = HOST_BLOCK;
    let mask = u32::MAX.checked_shr(length.into()).unwrap_or(0);
    for _ in 0..DRAWS_MAX {
        let mut drawn = [0_u8; 4];
        context.random.fill(&mut drawn);
        let address = Ipv4Addr::from_bits(first.to_bits() | (u32::from_be_bytes(drawn) & mask));
        let key = address.to_string();
        let known = transaction.get::<HostAddressRecord>(&[&key]).await.map_err(store_error)?;
        // The ends of each small block are left out: some programs take them for broadcasts.
        if known.is_none() && !matches!(address.octets(), [.., 0 | 255]) {
            records::put(transaction, &HostAddressRecord { address, load_balancer: id.clone() })?;
            return Ok(address);
        }
    }
    Err(ApiError::new(&code::OBTAIN_IP_FAIL))
}
