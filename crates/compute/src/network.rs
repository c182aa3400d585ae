//! The records of VPCs, vSwitches and security groups.

use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{
    AccountId, RegionId, RouteTableId, SecurityGroupId, Timestamp, VRouterId, VSwitchId, VpcId,
    ZoneId,
};
use serde::{Deserialize, Serialize};

use crate::{AddressPool, Cidr, Direction, RulePolicy, SecurityGroupRule, Tag, records};

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcRecord {
    /// Its id.
    pub id: VpcId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its name; empty where nobody gave one.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// Its addresses.
    pub block: Cidr,
    /// Its router.
    pub v_router_id: VRouterId,
    /// The system route table of its router.
    pub route_table_id: RouteTableId,
    /// Its vSwitches. Whoever makes or deletes one writes here: calls on one VPC meet.
    pub v_switch_ids: Vec<VSwitchId>,
    /// Its resource group; kept and answered.
    pub resource_group_id: String,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A vSwitch: a part of a VPC's addresses in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VSwitchRecord {
    /// Its id.
    pub id: VSwitchId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// The VPC's addresses.
    pub vpc_block: Cidr,
    /// The VPC's system route table.
    pub route_table_id: RouteTableId,
    /// Its name; empty where nobody gave one.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// Its addresses, and which of them are taken.
    pub addresses: AddressPool,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRecord {
    /// Its id.
    pub id: SecurityGroupId,
    /// The account that owns it.
    pub account: AccountId,
    /// Its region.
    pub region: RegionId,
    /// Its VPC; `None` for a group of the classic network.
    pub vpc_id: Option<VpcId>,
    /// Its name; empty where nobody gave one.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// `normal` or `enterprise`: what becomes of traffic that no rule fits.
    pub group_type: String,
    /// Its resource group; kept and answered.
    pub resource_group_id: String,
    /// How many instances are in it.
    pub instances: u64,
    /// Its rules, in the order in which they were made.
    #[serde(default)]
    pub rules: Vec<SecurityGroupRule>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Record for VpcRecord {
    const TABLE: &'static str = "vpc";
    const VERSION: u32 = 1;
}

impl Keyed for VpcRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}

impl Record for VSwitchRecord {
    const TABLE: &'static str = "vswitch";
    const VERSION: u32 = 1;
}

impl Keyed for VSwitchRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}

impl SecurityGroupRecord {
    /// What becomes of traffic between two members where no rule fits.
    /// Source: ECS "Basic security groups and advanced security groups".
    pub fn inner_policy(&self) -> RulePolicy {
        if self.is_basic() { RulePolicy::Accept } else { RulePolicy::Drop }
    }

    /// What becomes of other traffic where no rule fits: nothing comes in, and out of a basic group
    /// everything goes. Source: as above.
    pub fn default_policy(&self, direction: Direction) -> RulePolicy {
        match direction {
            Direction::Egress if self.is_basic() => RulePolicy::Accept,
            Direction::Ingress | Direction::Egress => RulePolicy::Drop,
        }
    }

    fn is_basic(&self) -> bool {
        self.group_type == "normal"
    }
}

impl Record for SecurityGroupRecord {
    const TABLE: &'static str = "security-group";
    const VERSION: u32 = 1;
}

impl Keyed for SecurityGroupRecord {
    fn key(&self) -> Key {
        records::key::<Self>(&self.account, &self.region, self.id.as_str())
    }
}
