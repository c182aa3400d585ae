//! Which records have tags that policies can ask for.

use rolecall_gate::{ResourceTags, Tagged};
use rolecall_store::{Key, Reader, StoreError};
use rolecall_types::Arn;

use crate::record::{PolicyRecord, RoleRecord};

/// Watches the tags of roles and custom policies.
pub async fn watch_tags(tags: &mut ResourceTags, reader: &Reader) -> Result<(), StoreError> {
    tags.watch::<RoleRecord>(reader).await?;
    tags.watch::<PolicyRecord>(reader).await
}

macro_rules! tagged {
    ($($record:ty => $kind:literal;)+) => {
        $(impl Tagged for $record {
            fn resource(key: &Key) -> Option<Arn> {
                let [account, name] = key.texts().try_into().ok()?;
                let account: String = account;
                Some(Arn::ram(&account, format!(concat!($kind, "/{}"), name)))
            }

            fn tags(&self) -> Vec<(String, String)> {
                self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
            }
        })+
    };
}

tagged! {
    RoleRecord => "role";
    PolicyRecord => "policy";
}
