//! The operations of ECS and VPC, one file each.
//!
//! A product is a folder: its operations, the list of them, and its error codes. What both products
//! share stands beside the folders: the records ([`InstanceRecord`], [`VpcRecord`],
//! [`VSwitchRecord`], [`SecurityGroupRecord`]), address blocks, tags, pages, client tokens.
//!
//! [`Instances`] is what the metadata service and the fabric read: every instance with all that
//! they need to know of it, and every security group with its rules, in memory, following the
//! store.
//!
//! Every record is kept under its account and its region, so that no id reaches what belongs to
//! somebody else.

mod address_pool;
mod cidr;
pub mod code;
pub mod ecs;
mod instance;
mod instances;
mod key_pair;
mod lease;
mod managed;
mod network;
mod records;
mod resource_tags;
mod role;
mod security_group_rule;
mod tagged;
mod text;
pub mod vpc;

pub(crate) use rolecall_gate::resource::{client_token, page, tag};

pub use address_pool::AddressPool;
pub use cidr::Cidr;
pub use ecs::Ecs;
pub use instance::{
    Binding, Bound, Declared, InstalledKey, InstanceRecord, MetadataOptions, NetworkInterface,
    Status, StoppedMode, UserData,
};
pub use instances::{InstanceMap, Instances, SecurityGroupMap};
pub use key_pair::KeyPairRecord;
pub use lease::{Lease, lease_address, return_address};
pub use managed::{ActivationRecord, ManagedInstanceRecord};
pub use network::{SecurityGroupRecord, VSwitchRecord, VpcRecord};
pub use resource_tags::watch_tags;
pub use rolecall_gate::resource::tag::Tag;
pub use security_group_rule::{
    Direction, NicType, Peer, Ports, Protocol, RulePolicy, SecurityGroupRule,
};
pub use tagged::{ResourceType, TagResource};
pub use vpc::Vpc;
