//! All load balancers in memory: what the listeners and the gate read.

use std::sync::Arc;

use arc_swap::ArcSwap;
use imbl::OrdMap;
use rolecall_gate::{View, Wholes};
use rolecall_store::{Events, Reader, Revision, StoreError};
use rolecall_types::{AccountId, LoadBalancerId, RegionId, ServerGroupId};
use tokio::sync::watch;

use crate::LoadBalancerRecord;

/// All load balancers by their ids, as they were at one revision. A clone costs nothing.
pub type BalancerMap = OrdMap<LoadBalancerId, Arc<LoadBalancerRecord>>;

/// All load balancers, following the store. A look-up takes no lock and does no I/O.
#[derive(Debug)]
pub struct Balancers {
    state: ArcSwap<State>,
    changed: watch::Sender<Revision>,
}

#[derive(Debug, Clone, Default)]
struct State {
    balancers: BalancerMap,
    /// Which load balancer a group of servers is of.
    groups: OrdMap<ServerGroupId, LoadBalancerId>,
}

impl Balancers {
    /// The load balancers at the reader's revision, from which the view must then follow the store.
    pub async fn load(reader: &Reader) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (_, record) in reader.all::<LoadBalancerRecord>(&[]).await? {
            state.put(record);
        }
        let changed = watch::Sender::new(reader.revision());
        Ok(Self { state: ArcSwap::from_pointee(state), changed })
    }

    /// All load balancers.
    pub fn all(&self) -> BalancerMap {
        self.state.load().balancers.clone()
    }

    /// Tells the revision of each change of a load balancer, once the view shows it.
    pub fn changes(&self) -> watch::Receiver<Revision> {
        self.changed.subscribe()
    }
}

impl State {
    fn put(&mut self, record: LoadBalancerRecord) {
        self.forget(&record.id);
        for group in &record.groups {
            self.groups.insert(group.id.clone(), record.id.clone());
        }
        self.balancers.insert(record.id.clone(), Arc::new(record));
    }

    fn forget(&mut self, id: &LoadBalancerId) {
        for group in self.balancers.remove(id).iter().flat_map(|record| &record.groups) {
            self.groups.remove(&group.id);
        }
    }
}

impl View for Balancers {
    fn apply(&self, events: &Events) -> Result<(), StoreError> {
        let mut state = None;
        for event in &events.events {
            let Some((key, record)) = event.of::<LoadBalancerRecord>()? else { continue };
            let state = state.get_or_insert_with(|| State::clone(&self.state.load()));
            if let Some(record) = record {
                state.put(record);
            } else if let Some(id) = key.texts().pop().and_then(|id| LoadBalancerId::parse(&id)) {
                state.forget(&id);
            }
        }
        if let Some(state) = state {
            self.state.store(Arc::new(state));
            self.changed.send_replace(events.revision);
        }
        Ok(())
    }
}

impl Wholes for Balancers {
    fn whole_of(&self, account: &AccountId, region: &RegionId, part: &str) -> Option<String> {
        let state = self.state.load();
        let whole = state.groups.get(&ServerGroupId::parse(part)?)?;
        let record = state.balancers.get(whole)?;
        let is_theirs = record.account == *account && record.region == *region;
        is_theirs.then(|| whole.to_string())
    }
}
