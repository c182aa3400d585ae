//! The steps of a launch: what is asked for, where the instances go, what they are called.

use std::net::Ipv4Addr;

use rolecall_api::{ApiError, Code, code as common};
use rolecall_gate::Context;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, NetworkInterfaceId, RequestId, VSwitchId, ZoneId};

use crate::ecs::batch_name::BatchName;
use crate::ecs::{RunInstances, code, find, instance_type};
use crate::instance::{
    Binding, Declared, InstalledKey, InstanceRecord, MetadataOptions, NetworkInterface, Status,
};
use crate::text::{is_ecs_description, is_ecs_name, is_host_name};
use crate::{
    SecurityGroupRecord, Tag, UserData, VSwitchRecord, code as shared, records, role, tag,
};

fn refuse(code: &'static Code) -> ApiError {
    ApiError::new(code)
}

/// What the instances are called.
pub(super) struct Names {
    instance: Option<BatchName>,
    host: Hosts,
}

/// Where host names come from.
enum Hosts {
    /// From the instances' ids.
    Default,
    /// From one name for all.
    Numbered(BatchName),
    /// From a list with one for each.
    Each(Vec<String>),
}

impl Names {
    /// Reads the names, and checks the first and the last that they give.
    pub(super) fn check(call: &RunInstances) -> Result<Self, ApiError> {
        let last = call.most().saturating_sub(1);
        let unique_suffix = call.unique_suffix == Some(true) && last > 0;
        let read = |text: &Option<String>, rule: fn(&str) -> bool, code| {
            let Some(text) = text else { return Ok(None) };
            BatchName::parse(text, unique_suffix)
                .filter(|name| rule(&name.at(0)) && rule(&name.at(last)))
                .map(Some)
                .ok_or_else(|| refuse(code))
        };
        let malformed = &code::INVALID_INSTANCE_NAME_MALFORMED;
        let instance = read(&call.instance_name, is_ecs_name, malformed)?;
        let malformed = &code::INVALID_HOST_NAME_MALFORMED;
        let host = match (read(&call.host_name, is_host_name, malformed)?, &call.host_names) {
            (None, names) if names.is_empty() => Hosts::Default,
            (Some(name), names) if names.is_empty() => Hosts::Numbered(name),
            (None, names) if is_one_each(names, call.most()) => Hosts::Each(names.clone()),
            _ => return Err(refuse(malformed)),
        };
        Ok(Self { instance, host })
    }

    /// Names the instance at a place in the batch.
    pub(super) fn give(&self, index: u32, instance: &mut InstanceRecord) {
        if let Some(name) = &self.instance {
            instance.name = name.at(index);
        }
        match &self.host {
            Hosts::Default => {}
            Hosts::Numbered(name) => instance.host_name = name.at(index),
            Hosts::Each(names) => {
                let place = usize::try_from(index).unwrap_or(usize::MAX);
                if let Some(name) = names.get(place) {
                    instance.host_name.clone_from(name);
                }
            }
        }
    }
}

fn is_one_each(names: &[String], amount: u32) -> bool {
    u32::try_from(names.len()) == Ok(amount) && names.iter().all(|name| is_host_name(name))
}

/// What the instances of a launch share.
pub(super) struct Pattern {
    instance_type: String,
    image_id: String,
    description: String,
    user_data: Option<UserData>,
    metadata_options: MetadataOptions,
    tags: Vec<Tag>,
    deletion_protection: bool,
    declared: Declared,
}

/// Checks what is asked for, as far as the request alone tells.
pub(super) fn check(call: &RunInstances) -> Result<Pattern, ApiError> {
    if instance_type::find(&call.instance_type).is_none() {
        return Err(refuse(&code::INVALID_INSTANCE_TYPE));
    }
    if !is_image_id(&call.image_id) {
        return Err(refuse(&code::INVALID_IMAGE_ID_NOT_FOUND));
    }
    if call.description.as_deref().is_some_and(|text| !is_ecs_description(text)) {
        return Err(refuse(&code::INVALID_DESCRIPTION_MALFORMED));
    }
    call.user_data.iter().try_for_each(UserData::check)?;
    if call.min_amount.is_some_and(|least| least > call.most()) {
        return Err(refuse(&code::INVALID_MIN_AMOUNT_MALFORMED));
    }
    let default = MetadataOptions::default();
    let disk = call.system_disk.as_ref();
    Ok(Pattern {
        instance_type: call.instance_type.clone(),
        image_id: call.image_id.clone(),
        description: call.description.clone().unwrap_or_default(),
        user_data: call.user_data.clone(),
        metadata_options: MetadataOptions {
            enabled: call.http_endpoint.as_deref() != Some("disabled"),
            tokens_required: call.http_tokens.as_deref() == Some("required"),
            hop_limit: call
                .http_put_response_hop_limit
                .and_then(|hops| u8::try_from(hops).ok())
                .unwrap_or(default.hop_limit),
            tags: default.tags,
        },
        tags: tag::given(&call.tag)?,
        deletion_protection: call.deletion_protection == Some(true),
        declared: Declared {
            resource_group_id: call.resource_group_id.clone(),
            internet_charge_type: call.internet_charge_type.clone(),
            internet_max_bandwidth_in: call.internet_max_bandwidth_in,
            internet_max_bandwidth_out: call.internet_max_bandwidth_out,
            spot_strategy: call.spot_strategy.clone(),
            credit_specification: call.credit_specification.clone(),
            system_disk_category: disk.and_then(|disk| disk.category.clone()),
            system_disk_size: disk.and_then(|disk| disk.size),
        },
    })
}

/// Whether a text has the form of an image's id: `m-…` for one's own images, `….vhd` for the
/// vendor's. Source: ECS `DescribeImages`.
fn is_image_id(text: &str) -> bool {
    let is_word = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    text.strip_prefix("m-").or_else(|| text.strip_suffix(".vhd")).is_some_and(is_word)
}

/// The role that the instances begin with: it must exist and trust ECS.
pub(super) fn check_role(context: &Context, call: &RunInstances) -> Result<Binding, ApiError> {
    let mut binding = Binding::default();
    let Some(role_name) = &call.ram_role_name else { return Ok(binding) };
    if call.v_switch_id.is_none() {
        return Err(refuse(&code::INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE));
    }
    let role = context.snapshot.role(&context.scope.account, role_name.as_str());
    let role = role.ok_or_else(|| refuse(&code::INVALID_RAM_ROLE_NOT_FOUND_AT_LAUNCH))?;
    if !role::trusts_ecs(role) {
        return Err(refuse(&code::INVALID_RAM_ROLE_NOT_ECS_ROLE_AT_LAUNCH));
    }
    binding.attach(role.name.clone(), None);
    Ok(binding)
}

/// Where the instances go.
pub(super) struct Place {
    zone: ZoneId,
    v_switch: Option<VSwitchRecord>,
    groups: Vec<SecurityGroupRecord>,
    key_pair: Option<InstalledKey>,
}

impl Place {
    /// Finds the zone, the vSwitch, the security groups and the key pair, and checks that they fit
    /// together.
    pub(super) async fn find(
        context: &Context,
        transaction: &mut Transaction,
        call: &RunInstances,
    ) -> Result<Self, ApiError> {
        let scope = &context.scope;
        if call.security_group_id.is_some() && !call.security_group_ids.is_empty() {
            return Err(ApiError::of(&common::INVALID_PARAMETER, "SecurityGroupIds"));
        }
        let asked = call.zone_id.as_deref().map(|text| {
            ZoneId::find(&scope.region, text)
                .ok_or_else(|| refuse(&code::INVALID_ZONE_ID_NOT_FOUND))
        });
        let asked = asked.transpose()?;
        let v_switch = find_v_switch(context, transaction, call.v_switch_id.as_ref()).await?;
        let groups = find_groups(context, transaction, call, v_switch.as_ref()).await?;
        let zone = match (&v_switch, asked) {
            (Some(v_switch), Some(asked)) if v_switch.zone != asked => {
                return Err(refuse(&code::ZONE_MISMATCH));
            }
            (Some(v_switch), _) => v_switch.zone.clone(),
            (None, Some(asked)) => asked,
            (None, None) => first_zone(context)?,
        };
        let key_pair = match &call.key_pair_name {
            Some(name) => Some(find::key_pair(transaction, scope, name).await?.installed()),
            None => None,
        };
        Ok(Self { zone, v_switch, groups, key_pair })
    }

    /// Takes an interface in the vSwitch for each instance; `None` for each in the classic network.
    pub(super) fn take(
        &mut self,
        context: &Context,
        call: &RunInstances,
    ) -> Result<Vec<Option<NetworkInterface>>, ApiError> {
        let interfaces = match &mut self.v_switch {
            None if call.private_ip_address.is_some() => {
                return Err(ApiError::of(&common::MISSING_PARAMETER, "VSwitchId"));
            }
            None => (0..call.most()).map(|_| None).collect(),
            Some(v_switch) => {
                let addresses = take_addresses(call, v_switch)?;
                let interface = |address| Some(interface(context, v_switch, address));
                addresses.into_iter().map(interface).collect::<Vec<_>>()
            }
        };
        for group in &mut self.groups {
            let more = u64::try_from(interfaces.len()).unwrap_or(u64::MAX);
            group.instances = group.instances.saturating_add(more);
        }
        Ok(interfaces)
    }

    /// Writes down what was taken.
    pub(super) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        self.v_switch.iter().try_for_each(|v_switch| records::put(transaction, v_switch))?;
        self.groups.iter().try_for_each(|group| records::put(transaction, group))
    }
}

async fn find_v_switch(
    context: &Context,
    transaction: &mut Transaction,
    id: Option<&VSwitchId>,
) -> Result<Option<VSwitchRecord>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    let found = records::find(transaction, &context.scope, id.as_str()).await?;
    found.map(Some).ok_or_else(|| refuse(&shared::INVALID_V_SWITCH_ID_NOT_FOUND))
}

async fn find_groups(
    context: &Context,
    transaction: &mut Transaction,
    call: &RunInstances,
    v_switch: Option<&VSwitchRecord>,
) -> Result<Vec<SecurityGroupRecord>, ApiError> {
    let mut groups: Vec<SecurityGroupRecord> = Vec::new();
    for id in call.security_groups() {
        if groups.iter().any(|known| known.id == *id) {
            continue;
        }
        let found = records::find(transaction, &context.scope, id.as_str()).await?;
        groups.push(found.ok_or_else(|| refuse(&code::INVALID_SECURITY_GROUP_ID_NOT_FOUND))?);
    }
    let missing = |name: &str| Err(ApiError::of(&common::MISSING_PARAMETER, name));
    match v_switch {
        Some(_) if groups.is_empty() => missing("SecurityGroupId"),
        Some(v_switch) if groups.iter().any(|it| it.vpc_id.as_ref() != Some(&v_switch.vpc_id)) => {
            Err(refuse(&code::SECURITY_GROUP_MISMATCH))
        }
        // A group of a VPC says that an instance of a VPC was meant.
        None if groups.iter().any(|group| group.vpc_id.is_some()) => missing("VSwitchId"),
        _ => Ok(groups),
    }
}

fn first_zone(context: &Context) -> Result<ZoneId, ApiError> {
    let region = &context.scope.region;
    let mut zones = ZoneId::LETTERS.iter();
    zones
        .find_map(|letter| ZoneId::find(region, &format!("{region}-{letter}")))
        .ok_or_else(|| refuse(&code::INVALID_ZONE_ID_NOT_FOUND))
}

/// Takes the address that is named, or as many as are asked for and free.
fn take_addresses(
    call: &RunInstances,
    v_switch: &mut VSwitchRecord,
) -> Result<Vec<Ipv4Addr>, ApiError> {
    let addresses = &mut v_switch.addresses;
    if let Some(text) = &call.private_ip_address {
        let address = text.parse::<Ipv4Addr>();
        let address = address.map_err(|_| refuse(&code::INVALID_PRIVATE_IP_ADDRESS_MALFORMED))?;
        if call.most() != 1 {
            return Err(refuse(&code::INVALID_PARAM_AMOUNT));
        }
        if !addresses.may_hold(address) {
            return Err(refuse(&code::INVALID_PRIVATE_IP_ADDRESS));
        }
        if !addresses.take(address) {
            return Err(refuse(&code::INVALID_PRIVATE_IP_ADDRESS_DUPLICATED));
        }
        return Ok(vec![address]);
    }
    let taken: Vec<_> = (0..call.most()).map_while(|_| addresses.take_next()).collect();
    let least = usize::try_from(call.min_amount.unwrap_or(call.most())).unwrap_or(usize::MAX);
    if taken.len() < least {
        return Err(refuse(&code::QUOTA_EXCEEDED_PRIVATE_IP_ADDRESS));
    }
    Ok(taken)
}

fn interface(context: &Context, v_switch: &VSwitchRecord, address: Ipv4Addr) -> NetworkInterface {
    // The vendor's prefix, then the part of the address in which those of a VPC differ: its block
    // has a prefix of 8 bits or more.
    let [_, a, b, c] = address.octets();
    NetworkInterface {
        id: NetworkInterfaceId::generate(context.random.as_ref(), &v_switch.region),
        mac: format!("00:16:3e:{a:02x}:{b:02x}:{c:02x}"),
        private_address: address,
        vpc_id: v_switch.vpc_id.clone(),
        vpc_block: v_switch.vpc_block,
        v_switch_id: v_switch.id.clone(),
        v_switch_block: v_switch.addresses.block(),
    }
}

impl Pattern {
    /// A new instance, with the names that it has where it is given none. It stands still.
    pub(super) fn instance(
        &self,
        context: &Context,
        place: &Place,
        network: Option<NetworkInterface>,
    ) -> InstanceRecord {
        let random = context.random.as_ref();
        let id = InstanceId::generate(random, &context.scope.region);
        let unique = id.as_str().trim_start_matches(InstanceId::PREFIX);
        InstanceRecord {
            account: context.scope.account.clone(),
            region: context.scope.region.clone(),
            zone: place.zone.clone(),
            name: id.to_string(),
            host_name: format!("iZ{unique}Z"),
            description: self.description.clone(),
            instance_type: self.instance_type.clone(),
            image_id: self.image_id.clone(),
            status: Status::Stopped,
            created_at: context.now,
            started_at: None,
            boots: 0,
            stopped_mode: None,
            serial_number: RequestId::generate(random).as_str().to_ascii_lowercase(),
            network,
            security_groups: place.groups.iter().map(|group| group.id.clone()).collect(),
            key_pair: place.key_pair.clone(),
            user_data: self.user_data.clone(),
            metadata_options: self.metadata_options,
            tags: self.tags.clone(),
            deletion_protection: self.deletion_protection,
            binding: Binding::default(),
            declared: self.declared.clone(),
            id,
        }
    }
}
