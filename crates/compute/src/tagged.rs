//! Giving tags to resources of any kind, taking them away, and listing them.

use rolecall_api::{ApiError, Kind as ValueKind, Scope, Shape};
pub use rolecall_gate::resource::tagged::TagResource;
pub(crate) use rolecall_gate::resource::tagged::{Change, HasTags, edit, gather, rows};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, TextRule};
use serde::{Deserialize, Serialize};

use crate::tag::{Tag, TagParameter};
use crate::{InstanceRecord, KeyPairRecord, SecurityGroupRecord, VSwitchRecord, VpcRecord};

/// The most resources of one call. Source: ECS and VPC `TagResources`.
pub(crate) const RESOURCES_MAX: usize = 50;

/// The kinds of resources of ECS and VPC that have tags here, in the words of their products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceType {
    /// Instances.
    #[serde(rename = "instance")]
    Instance,
    /// Security groups.
    #[serde(rename = "securitygroup")]
    SecurityGroup,
    /// Key pairs, by their names.
    #[serde(rename = "keypair")]
    KeyPair,
    /// VPCs.
    #[serde(rename = "VPC")]
    Vpc,
    /// vSwitches.
    #[serde(rename = "VSWITCH")]
    VSwitch,
}

impl Shape for ResourceType {
    const KIND: ValueKind = ValueKind::Text(TextRule::length(1, 64));
}

macro_rules! has_tags {
    ($($record:ty),+) => {
        $(impl HasTags for $record {
            fn id(&self) -> &str {
                self.id.as_str()
            }

            fn tags(&self) -> &[Tag] {
                &self.tags
            }

            fn tags_mut(&mut self) -> &mut Vec<Tag> {
                &mut self.tags
            }
        })+
    };
}

has_tags! { InstanceRecord, SecurityGroupRecord, VpcRecord, VSwitchRecord }

impl HasTags for KeyPairRecord {
    fn id(&self) -> &str {
        &self.name
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl ResourceType {
    /// The kinds of ECS.
    pub(crate) const ECS: [Self; 3] = [Self::Instance, Self::SecurityGroup, Self::KeyPair];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::SecurityGroup => "securitygroup",
            Self::KeyPair => "keypair",
            Self::Vpc => "VPC",
            Self::VSwitch => "VSWITCH",
        }
    }

    /// A resource of this kind, or all of them by the id `*`, as policies name it.
    pub(crate) fn arn(self, scope: &Scope, id: &str) -> Arn {
        let (service, kind) = match self {
            Self::Instance => ("ecs", "instance"),
            Self::SecurityGroup => ("ecs", "securitygroup"),
            Self::KeyPair => ("ecs", "keypair"),
            Self::Vpc => ("vpc", "vpc"),
            Self::VSwitch => ("vpc", "vswitch"),
        };
        let relative = format!("{kind}/{id}");
        Arn::new(service, scope.region.as_str(), scope.account.as_str(), relative)
    }

    /// What a call on these resources needs, or on all of the kind where none is named.
    pub(crate) fn needs(self, action: &'static str, scope: &Scope, ids: &[String]) -> Vec<Need> {
        if ids.is_empty() {
            return vec![Need::on(action, self.arn(scope, "*"))];
        }
        ids.iter().map(|id| Need::on(action, self.arn(scope, id))).collect()
    }

    /// Changes the tags of all these resources; of none where one is not there.
    pub(crate) async fn change(
        self,
        transaction: &mut Transaction,
        scope: &Scope,
        ids: &[String],
        change: Change<'_>,
    ) -> Result<(), ApiError> {
        for id in ids {
            match self {
                Self::Instance => edit::<InstanceRecord>(transaction, scope, id, change).await,
                Self::SecurityGroup => {
                    edit::<SecurityGroupRecord>(transaction, scope, id, change).await
                }
                Self::KeyPair => edit::<KeyPairRecord>(transaction, scope, id, change).await,
                Self::Vpc => edit::<VpcRecord>(transaction, scope, id, change).await,
                Self::VSwitch => edit::<VSwitchRecord>(transaction, scope, id, change).await,
            }?;
        }
        Ok(())
    }

    /// The tags of these resources, or of all of the kind where none is named, that carry all
    /// `wanted`. Unknown ids are left out. Where tags are wanted, only those are told.
    pub(crate) async fn list(
        self,
        transaction: &mut Transaction,
        scope: &Scope,
        ids: &[String],
        wanted: &[TagParameter],
    ) -> Result<Vec<TagResource>, ApiError> {
        let all = match self {
            Self::Instance => gather::<InstanceRecord>(transaction, scope).await,
            Self::SecurityGroup => gather::<SecurityGroupRecord>(transaction, scope).await,
            Self::KeyPair => gather::<KeyPairRecord>(transaction, scope).await,
            Self::Vpc => gather::<VpcRecord>(transaction, scope).await,
            Self::VSwitch => gather::<VSwitchRecord>(transaction, scope).await,
        }?;
        Ok(rows(self.as_str(), all, ids, wanted))
    }
}
