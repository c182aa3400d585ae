//! The record of an instance: everything that ECS, the metadata service and the fabric know of it.

use std::fmt;
use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rolecall_api::{ApiError, Kind, Shape};
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{
    AccountId, InstanceId, NetworkInterfaceId, RegionId, RoleName, SecurityGroupId, TextRule,
    Timestamp, VSwitchId, VpcId, ZoneId,
};
use serde::{Deserialize, Serialize};

use crate::ecs::code;
use crate::{Cidr, Tag, records};

/// An instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// Its id.
    pub id: InstanceId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its display name.
    pub name: String,
    /// Its host name.
    pub host_name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// Its type, such as `ecs.g6.large`.
    pub instance_type: String,
    /// Its image.
    pub image_id: String,
    /// Whether it runs.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last started or rebooted; `None` for one that never was, or was when this was
    /// not yet kept.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// How often it was started or rebooted. What runs since a lower count must end.
    #[serde(default)]
    pub boots: u64,
    /// What would be charged while it stands still; `None` while it does not.
    #[serde(default)]
    pub stopped_mode: Option<StoppedMode>,
    /// A lower-case UUID.
    pub serial_number: String,
    /// Where it stands in a VPC; `None` for an instance of the classic network.
    pub network: Option<NetworkInterface>,
    /// Its security groups.
    pub security_groups: Vec<SecurityGroupId>,
    /// Its key pair, if it has one.
    #[serde(default)]
    pub key_pair: Option<InstalledKey>,
    /// What it runs when it starts, if anything.
    pub user_data: Option<UserData>,
    /// How its metadata service answers.
    pub metadata_options: MetadataOptions,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Whether it must not be deleted.
    pub deletion_protection: bool,
    /// The role that it wears.
    pub binding: Binding,
    /// What its maker said that changes nothing here.
    pub declared: Declared,
}

/// An instance's life, in the vendor's words. Source: ECS `DescribeInstances`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It is being made.
    Pending,
    /// It is being started.
    Starting,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It stands still.
    Stopped,
}

/// What the vendor charges for an instance that stands still. Nothing is charged here, so that it
/// is kept and answered. Source: ECS `StopInstance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoppedMode {
    /// All of it.
    KeepCharging,
    /// Its disks alone.
    StopCharging,
}

/// The network interface of an instance in a VPC, and what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// Its id.
    pub id: NetworkInterfaceId,
    /// Its hardware address, such as `00:16:3e:00:00:09`; unique in its VPC.
    pub mac: String,
    /// Its private address, which no other instance of the VPC has.
    pub private_address: Ipv4Addr,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// The VPC's addresses.
    pub vpc_block: Cidr,
    /// Its vSwitch.
    pub v_switch_id: VSwitchId,
    /// The vSwitch's addresses.
    pub v_switch_block: Cidr,
}

/// A key pair on an instance. It stays where the key pair is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledKey {
    /// The key pair's name.
    pub name: String,
    /// Its public half, as one line of SSH.
    pub public_key: String,
}

/// How an instance's metadata service answers. Source: ECS `RunInstances` and
/// `ModifyInstanceMetadataOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// Whether it answers at all: `HttpEndpoint`.
    pub enabled: bool,
    /// Whether it answers only with a token: `HttpTokens`.
    pub tokens_required: bool,
    /// The most hops that the answer with a token may take, 1 to 64: `HttpPutResponseHopLimit`.
    pub hop_limit: u8,
    /// Whether it tells the instance's tags: `InstanceMetadataTags`.
    #[serde(default)]
    pub tags: bool,
}

/// The role that an instance wears, and how often that has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Grows at each change; what was made for a lower one is outdated.
    pub generation: u64,
    /// The role, if there is one.
    pub bound: Option<Bound>,
}

/// A role on an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The role's name. A role that is deleted and made again under its name is worn again.
    pub role_name: RoleName,
    /// A session policy that narrows the role on this instance.
    pub policy: Option<String>,
}

/// Parameters of `RunInstances` that are kept and answered, and change nothing here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// How traffic is charged.
    pub internet_charge_type: Option<String>,
    /// Megabits per second from the Internet.
    pub internet_max_bandwidth_in: Option<i64>,
    /// Megabits per second to the Internet.
    pub internet_max_bandwidth_out: Option<i64>,
    /// How a preemptible instance is bid for.
    pub spot_strategy: Option<String>,
    /// The credit mode of a burstable instance.
    pub credit_specification: Option<String>,
    /// The kind of the system disk.
    pub system_disk_category: Option<String>,
    /// The size of the system disk in GiB.
    pub system_disk_size: Option<i64>,
}

impl NetworkInterface {
    /// The router of its vSwitch: the third address from the end of the block. Source: the VPC page
    /// "VPC and vSwitch", reserved addresses.
    pub fn router(&self) -> Option<Ipv4Addr> {
        let block = self.v_switch_block;
        block.size().checked_sub(3).and_then(|offset| block.address(offset))
    }

    /// The bytes of its hardware address; `None` where the text is none.
    pub fn hardware_address(&self) -> Option<[u8; 6]> {
        let bytes = self.mac.split(':').map(|byte| u8::from_str_radix(byte, 16).ok());
        bytes.collect::<Option<Vec<_>>>()?.try_into().ok()
    }
}

impl Record for InstanceRecord {
    const TABLE: &'static str = "instance";
    const VERSION: u32 = 1;
}

impl Keyed for InstanceRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Starting, Self::Running, Self::Stopping, Self::Stopped];

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
        }
    }
}

impl StoppedMode {
    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepCharging => "KeepCharging",
            Self::StopCharging => "StopCharging",
        }
    }
}

impl Shape for StoppedMode {
    const KIND: Kind = Kind::Text(TextRule::length(1, 32));
}

impl InstanceRecord {
    /// Lets it run from now on, with nothing of what ran in it before.
    pub(crate) fn boot(&mut self, now: Timestamp) {
        self.status = Status::Running;
        self.started_at = Some(now);
        self.boots = self.boots.saturating_add(1);
        self.stopped_mode = None;
    }
}

impl Default for MetadataOptions {
    /// The vendor's defaults: it answers, with a token or without. It does not tell its default of
    /// the hops; one keeps the answer on the instance.
    fn default() -> Self {
        Self { enabled: true, tokens_required: false, hop_limit: 1, tags: false }
    }
}

impl Binding {
    /// Whether the instance wears exactly this.
    pub fn is(&self, role_name: &RoleName, policy: Option<&str>) -> bool {
        self.bound
            .as_ref()
            .is_some_and(|bound| bound.wears(role_name) && bound.policy.as_deref() == policy)
    }

    /// Puts a role on, in the place of what was there.
    pub fn attach(&mut self, role_name: RoleName, policy: Option<String>) {
        self.generation = self.generation.saturating_add(1);
        self.bound = Some(Bound { role_name, policy });
    }

    /// Takes the role off and returns it; `None`, and no change, where there was none.
    pub fn detach(&mut self) -> Option<Bound> {
        let bound = self.bound.take()?;
        self.generation = self.generation.saturating_add(1);
        Some(bound)
    }
}

impl Bound {
    /// Whether it is this role; names of roles are compared whatever their case.
    pub fn wears(&self, role_name: &RoleName) -> bool {
        self.role_name.as_str().eq_ignore_ascii_case(role_name.as_str())
    }
}

/// What an instance runs when it starts, as Base64. It may hold secrets, so that `Debug` does not
/// show it and audit records mask it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserData(String);

impl UserData {
    /// The most bytes, decoded: 32 KB. Source: ECS `RunInstances`.
    pub const BYTES_MAX: usize = 32 * 1024;

    /// The text as it was given.
    pub fn as_base64(&self) -> &str {
        &self.0
    }

    /// The bytes; `None` where the text is no Base64.
    pub fn decode(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }

    /// Refuses what is no Base64, or too long.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let bytes = self.decode().ok_or_else(|| ApiError::new(&code::INVALID_USER_DATA_FORMAT))?;
        if bytes.len() > Self::BYTES_MAX {
            return Err(ApiError::new(&code::INVALID_USER_DATA_SIZE_EXCEEDED));
        }
        Ok(())
    }
}

impl Shape for UserData {
    /// Longer than the Base64 of 32 KB, so that what is too long is told from what is malformed.
    const KIND: Kind = Kind::Text(TextRule::length(0, 65_536));
    const SECRET: bool = true;
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserData(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generation_grows_at_each_change() {
        let mut binding = Binding::default();
        let (web, folded) = (RoleName::new("Web").unwrap(), RoleName::new("web").unwrap());
        assert_eq!(binding.detach(), None);
        assert_eq!(binding.generation, 0, "nothing was taken off");
        binding.attach(web.clone(), None);
        assert!(binding.is(&folded, None) && !binding.is(&web, Some("{}")));
        binding.attach(web.clone(), Some("{}".to_owned()));
        assert!(binding.is(&web, Some("{}")) && !binding.is(&web, None));
        assert!(binding.detach().is_some());
        assert_eq!((binding.generation, binding.bound), (3, None));
    }

    #[test]
    fn user_data_is_not_shown() {
        let data: UserData = serde_json::from_str(r#""Y2FuYXJ5""#).unwrap();
        assert_eq!(data.decode().as_deref(), Some(&b"canary"[..]));
        assert_eq!(format!("{data:?}"), "UserData(…)");
    }
}
