//! Giving tags to resources of any kind, taking them away, and listing them.

use rolecall_api::{ApiError, Code, Kind as ValueKind, Scope, Shape};
use rolecall_policy::Need;
use rolecall_store::{Keyed, Transaction};
use rolecall_types::{Arn, TextRule};
use serde::{Deserialize, Serialize};

use crate::tag::{self, TAGS_MAX, Tag, TagParameter};
use crate::{
    InstanceRecord, KeyPairRecord, SecurityGroupRecord, VSwitchRecord, VpcRecord, code, records,
};

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

/// A record whose resource has tags.
pub(crate) trait HasTags: Keyed {
    /// Its id.
    fn id(&self) -> &str;
    /// Its tags.
    fn tags(&self) -> &[Tag];
    /// Its tags, to be changed.
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
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

/// A resource with one of its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    /// The resource.
    pub resource_id: String,
    /// Its kind.
    pub resource_type: String,
    /// The tag's key.
    pub tag_key: String,
    /// The tag's value.
    pub tag_value: String,
}

/// What is done to the tags of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    /// It gets these; a key that it has gets the new value.
    Give(&'a [TagParameter]),
    /// It loses those with these keys.
    Take(&'a [String]),
    /// It loses all.
    TakeAll,
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
        let selected = all.into_iter().filter(|(id, tags)| {
            (ids.is_empty() || ids.contains(id)) && tag::carries(tags, wanted)
        });
        let rows = selected.flat_map(|(id, mut tags)| {
            tags.retain(|tag| wanted.is_empty() || tag::is_wanted(tag, wanted));
            tags.sort_by(|one, other| one.key.cmp(&other.key));
            tags.into_iter().map(move |tag| TagResource {
                resource_id: id.clone(),
                resource_type: self.as_str().to_owned(),
                tag_key: tag.key,
                tag_value: tag.value,
            })
        });
        Ok(rows.collect())
    }
}

async fn edit<T: HasTags>(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &str,
    change: Change<'_>,
) -> Result<(), ApiError> {
    let refuse = |code: &'static Code| ApiError::new(code);
    let found = records::find::<T>(transaction, scope, id).await?;
    let mut record = found.ok_or_else(|| refuse(&code::INVALID_RESOURCE_ID_NOT_FOUND))?;
    let tags = record.tags_mut();
    match change {
        Change::Give(given) => {
            for new in tag::given(given)? {
                match tags.iter_mut().find(|known| known.key == new.key) {
                    Some(known) => known.value = new.value,
                    None => tags.push(new),
                }
            }
            if tags.len() > TAGS_MAX {
                return Err(refuse(&code::INVALID_TAG_COUNT));
            }
        }
        Change::Take(keys) => tags.retain(|tag| !keys.contains(&tag.key)),
        Change::TakeAll => tags.clear(),
    }
    records::put(transaction, &record)
}

async fn gather<T: HasTags>(
    transaction: &mut Transaction,
    scope: &Scope,
) -> Result<Vec<(String, Vec<Tag>)>, ApiError> {
    let all = records::list::<T>(transaction, scope).await?;
    let tagged = all.into_iter().filter(|record| !record.tags().is_empty());
    Ok(tagged.map(|record| (record.id().to_owned(), record.tags().to_vec())).collect())
}

impl TagResource {
    /// Its place in a list of such.
    pub(crate) fn place(&self) -> String {
        // No id has this character, and none that sorts before it.
        format!("{}\n{}", self.resource_id, self.tag_key)
    }
}
