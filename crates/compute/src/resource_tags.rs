//! Which records have tags that policies can ask for.

use rolecall_gate::{ResourceTags, Tagged};
use rolecall_store::{Key, Reader, StoreError};
use rolecall_types::Arn;

use crate::{
    ActivationRecord, InstanceRecord, KeyPairRecord, ManagedInstanceRecord, SecurityGroupRecord,
    Tag, VSwitchRecord, VpcRecord,
};

/// Watches the tags of instances, managed ones among them, of security groups, key pairs,
/// activations, VPCs and vSwitches.
pub async fn watch_tags(tags: &mut ResourceTags, reader: &Reader) -> Result<(), StoreError> {
    tags.watch::<InstanceRecord>(reader).await?;
    tags.watch::<SecurityGroupRecord>(reader).await?;
    tags.watch::<KeyPairRecord>(reader).await?;
    tags.watch::<ActivationRecord>(reader).await?;
    tags.watch::<ManagedInstanceRecord>(reader).await?;
    tags.watch::<VpcRecord>(reader).await?;
    tags.watch::<VSwitchRecord>(reader).await
}

macro_rules! tagged {
    ($($record:ty => $service:literal, $kind:literal;)+) => {
        $(impl Tagged for $record {
            fn resource(key: &Key) -> Option<Arn> {
                let [account, region, id] = key.texts().try_into().ok()?;
                Some(Arn::new($service, region, account, format!(concat!($kind, "/{}"), id)))
            }

            fn tags(&self) -> Vec<(String, String)> {
                let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone());
                self.tags.iter().map(pair).collect()
            }
        })+
    };
}

tagged! {
    InstanceRecord => "ecs", "instance";
    SecurityGroupRecord => "ecs", "securitygroup";
    KeyPairRecord => "ecs", "keypair";
    ActivationRecord => "ecs", "activation";
    ManagedInstanceRecord => "ecs", "instance";
    VpcRecord => "vpc", "vpc";
    VSwitchRecord => "vpc", "vswitch";
}
