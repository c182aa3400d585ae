//! Tags of resources, in memory: what conditions on `acs:ResourceTag/<key>` are decided by.
//!
//! A request names a resource and does not tell its tags. The store knows them; this view of it
//! adds them to each check of a resource that has any.

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwap;
use imbl::HashMap;
use rolecall_policy::{Need, Resource};
use rolecall_store::{Event, Events, Key, Reader, Record, StoreError};
use rolecall_types::{Arn, SmolStr};

use crate::View;

/// A record of a resource that can have tags.
pub trait Tagged: Record {
    /// The resource whose record has this key; `None` where the key is of no such record.
    fn resource(key: &Key) -> Option<Arn>;

    /// Its tags: keys with values.
    fn tags(&self) -> Vec<(String, String)>;
}

/// By account, service and relative id, so that looking a resource up copies nothing of its name.
type AllTags = HashMap<SmolStr, HashMap<SmolStr, HashMap<String, Tags>>>;
type Tags = Arc<[(String, String)]>;
type Change = (Arn, Vec<(String, String)>);
/// Reads the change of a resource from a change in the store.
type Read = fn(&Event) -> Result<Option<Change>, StoreError>;

/// The tags of all resources that have any.
#[derive(Debug, Default)]
pub struct ResourceTags {
    tags: ArcSwap<AllTags>,
    watched: Vec<Read>,
}

impl ResourceTags {
    /// Takes in the records of one kind, and follows them from the reader's revision on.
    pub async fn watch<T: Tagged>(&mut self, reader: &Reader) -> Result<(), StoreError> {
        let mut tags = HashMap::clone(&self.tags.load());
        for (key, record) in reader.all::<T>(&[]).await? {
            put(&mut tags, (resource::<T>(&key)?, record.tags()));
        }
        self.tags.store(Arc::new(tags));
        self.watched.push(change::<T>);
        Ok(())
    }

    /// Adds to each check of a resource the tags that the resource has: as `acs:ResourceTag/<key>`
    /// and, for ECS, VPC and SLB, as their own older `ecs:tag/<key>`, `vpc:tag/<key>` and
    /// `slb:tag/<key>`. Source: the condition keys of RAM.
    ///
    /// Whoever calls: a Deny on a tag must bind strangers too. What they are told of a denial does
    /// not depend on the tags.
    pub(crate) fn describe(&self, mut needs: Vec<Need>) -> Vec<Need> {
        let tags = self.tags.load();
        if tags.is_empty() {
            return needs;
        }
        for need in &mut needs {
            let described = condition_keys(&tags, &need.resource).into_iter();
            need.context.extend(described.map(|(key, value)| (key.into(), value)));
        }
        needs
    }

    /// The condition keys that the tags of a resource make, each with its value.
    pub(crate) fn of(&self, resource: &Resource) -> Vec<(String, String)> {
        condition_keys(&self.tags.load(), resource)
    }
}

fn condition_keys(tags: &AllTags, resource: &Resource) -> Vec<(String, String)> {
    let Resource::Named(arn) = resource else { return Vec::new() };
    let Some(tags) = find(tags, arn) else { return Vec::new() };
    let own = matches!(arn.service.as_str(), "ecs" | "vpc" | "slb").then_some(&arn.service);
    let mut keys = Vec::new();
    for (key, value) in tags.iter() {
        keys.push((format!("acs:ResourceTag/{key}"), value.clone()));
        if let Some(service) = own {
            keys.push((format!("{service}:tag/{key}"), value.clone()));
        }
    }
    keys
}

impl View for ResourceTags {
    fn apply(&self, events: &Events) -> Result<(), StoreError> {
        let mut tags = None;
        for event in &events.events {
            for watched in &self.watched {
                if let Some(change) = watched(event)? {
                    put(tags.get_or_insert_with(|| HashMap::clone(&self.tags.load())), change);
                }
            }
        }
        if let Some(tags) = tags {
            self.tags.store(Arc::new(tags));
        }
        Ok(())
    }
}

fn change<T: Tagged>(event: &Event) -> Result<Option<Change>, StoreError> {
    let Some((key, record)) = event.of::<T>()? else { return Ok(None) };
    Ok(Some((resource::<T>(key)?, record.map(|record| record.tags()).unwrap_or_default())))
}

fn put(tags: &mut AllTags, (arn, new): Change) {
    let relative = relative(&arn).into_owned();
    let known = tags.entry(arn.account).or_default().entry(arn.service).or_default();
    if new.is_empty() {
        known.remove(&relative);
    } else {
        known.insert(relative, new.into());
    }
}

fn find<'a>(tags: &'a AllTags, arn: &Arn) -> Option<&'a Tags> {
    tags.get(&arn.account)?.get(&arn.service)?.get(relative(arn).as_ref())
}

fn resource<T: Tagged>(key: &Key) -> Result<Arn, StoreError> {
    T::resource(key).ok_or_else(|| StoreError::Damaged {
        key: key.to_string(),
        reason: "its key is none of ours".to_owned(),
    })
}

/// The relative id under which a resource is kept. Names of RAM's resources are unique whatever
/// their case. The region is no part of it, for ids are unique without it.
fn relative(arn: &Arn) -> Cow<'_, str> {
    if arn.service == "ram" && arn.relative.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(arn.relative.to_ascii_lowercase())
    } else {
        Cow::Borrowed(&arn.relative)
    }
}
