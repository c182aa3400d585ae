//! All instances and security groups in memory: what the metadata service and the fabric read.

use std::sync::Arc;

use arc_swap::ArcSwap;
use imbl::OrdMap;
use rolecall_gate::View;
use rolecall_store::{Events, Reader, Revision, StoreError};
use rolecall_types::{InstanceId, SecurityGroupId};
use tokio::sync::watch;

use crate::{InstanceRecord, SecurityGroupRecord};

/// All instances by their ids, as they were at one revision. A clone costs nothing.
pub type InstanceMap = OrdMap<InstanceId, Arc<InstanceRecord>>;

/// All security groups by their ids, as they were at one revision. A clone costs nothing.
pub type SecurityGroupMap = OrdMap<SecurityGroupId, Arc<SecurityGroupRecord>>;

/// All instances and all security groups, following the store.
///
/// A look-up takes no lock and does no I/O. The gate answers a call that changes an instance only
/// after this view shows the change, so that who reads here after the answer sees it.
///
/// Who must act on changes (end a deleted instance, mint for a new binding) waits on
/// [`Instances::changes`], takes [`Instances::all`], and compares it with the map that it had
/// before: [`OrdMap::diff`] skips what both share. Several changes may come as one.
#[derive(Debug)]
pub struct Instances {
    map: ArcSwap<InstanceMap>,
    groups: ArcSwap<SecurityGroupMap>,
    changed: watch::Sender<Revision>,
}

impl Instances {
    /// The instances at the reader's revision, from which the view must then follow the store.
    pub async fn load(reader: &Reader) -> Result<Self, StoreError> {
        let records = reader.all::<InstanceRecord>(&[]).await?;
        let map = records.into_iter().map(|(_, record)| (record.id.clone(), Arc::new(record)));
        let map = ArcSwap::from_pointee(map.collect());
        let groups = reader.all::<SecurityGroupRecord>(&[]).await?.into_iter();
        let groups = groups.map(|(_, group)| (group.id.clone(), Arc::new(group)));
        let groups = ArcSwap::from_pointee(groups.collect());
        Ok(Self { map, groups, changed: watch::Sender::new(reader.revision()) })
    }

    /// An instance by its id, whoever owns it: for those who know the instance by its socket.
    pub fn get(&self, id: &InstanceId) -> Option<Arc<InstanceRecord>> {
        self.map.load().get(id).cloned()
    }

    /// All instances.
    pub fn all(&self) -> InstanceMap {
        self.map.load().as_ref().clone()
    }

    /// All security groups, with their rules. Who is in a group says each instance.
    pub fn security_groups(&self) -> SecurityGroupMap {
        self.groups.load().as_ref().clone()
    }

    /// The security groups that an instance is in.
    pub fn groups_of(&self, instance: &InstanceRecord) -> Vec<Arc<SecurityGroupRecord>> {
        let groups = self.groups.load();
        instance.security_groups.iter().filter_map(|id| groups.get(id).cloned()).collect()
    }

    /// Tells the revision of each change of an instance or a security group, once the view shows
    /// it.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.changed.subscribe()
    }
}

impl View for Instances {
    fn apply(&self, events: &Events) -> Result<(), StoreError> {
        let (mut map, mut groups) = (None, None);
        for event in &events.events {
            if let Some((key, record)) = event.of::<InstanceRecord>()? {
                let map = map.get_or_insert_with(|| self.all());
                if let Some(record) = record {
                    map.insert(record.id.clone(), Arc::new(record));
                } else if let Some(id) = key.texts().pop().and_then(|id| InstanceId::parse(&id)) {
                    map.remove(&id);
                }
            } else if let Some((key, record)) = event.of::<SecurityGroupRecord>()? {
                let groups = groups.get_or_insert_with(|| self.security_groups());
                if let Some(record) = record {
                    groups.insert(record.id.clone(), Arc::new(record));
                } else if let Some(id) = key.texts().pop() {
                    SecurityGroupId::parse(&id).map(|id| groups.remove(&id));
                }
            }
        }
        if map.is_none() && groups.is_none() {
            return Ok(());
        }
        // Groups first: whoever sees an instance sees the groups that it is in.
        if let Some(groups) = groups {
            self.groups.store(Arc::new(groups));
        }
        if let Some(map) = map {
            self.map.store(Arc::new(map));
        }
        self.changed.send_replace(events.revision);
        Ok(())
    }
}
