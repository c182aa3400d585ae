//! The listeners that listen: each is a task on this machine's runtime, which follows its record.

mod activity;
mod health;
mod http;
mod listener;
mod pick;
mod target;
mod tcp;
#[cfg(test)]
mod tests_support;

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use rolecall_types::{InstanceId, LoadBalancerId, VpcId};
use tokio::time::Instant;

use crate::record::{BalancerStatus, Listener, ListenerId, ListenerStatus};
use crate::{BalancerMap, Balancers, LoadBalancerRecord, Network, Servers};
pub(crate) use health::Health;
use listener::Running;
use target::Entry;

/// How often what could not be opened is tried again, and instances are looked up anew.
const ROUND: Duration = Duration::from_secs(2);
/// How long a listener that was opened ahead waits for its record. A call takes milliseconds.
const AHEAD: Duration = Duration::from_secs(30);

/// What a listener is known by.
type Key = (LoadBalancerId, ListenerId);

/// Lets the listeners of load balancers listen. Dropping it ends them all.
///
/// What is forwarded goes on while weights and servers change. It ends where its listener is
/// stopped or deleted.
pub struct Engine {
    balancers: Arc<Balancers>,
    servers: Arc<dyn Servers>,
    network: Arc<dyn Network>,
    running: Mutex<BTreeMap<Key, Running>>,
    /// Listeners that were opened before their records say so.
    ahead: Mutex<HashMap<Key, (TcpListener, Instant)>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that opens nothing yet.
    pub fn new(
        balancers: Arc<Balancers>,
        servers: Arc<dyn Servers>,
        network: Arc<dyn Network>,
    ) -> Self {
        let (running, ahead) = (Mutex::default(), Mutex::default());
        Self { balancers, servers, network, running, ahead }
    }

    /// Lets all listeners follow their records, until the view of load balancers ends.
    pub async fn follow(&self) {
        let mut changes = self.balancers.changes();
        loop {
            self.reconcile().await;
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    /// Opens the port of a listener that is about to be started, so that nobody who connects after
    /// its start is turned away.
    pub(crate) async fn open_ahead(
        &self,
        record: &LoadBalancerRecord,
        listener: &Listener,
    ) -> io::Result<()> {
        let key = (record.id.clone(), listener.id);
        let is_open = self.running().contains_key(&key) || self.ahead().contains_key(&key);
        if is_open || record.status == BalancerStatus::Inactive {
            return Ok(());
        }
        let opened = self.open(record, listener.id).await?;
        self.ahead().insert(key, (opened, Instant::now()));
        Ok(())
    }

    /// Whether a server of a listener answers.
    pub(crate) fn health(
        &self,
        balancer: &LoadBalancerId,
        listener: ListenerId,
        server: &InstanceId,
        port: u16,
    ) -> Health {
        let running = self.running();
        let entries = running.get(&(balancer.clone(), listener)).map(Running::entries);
        let is_it = |entry: &&Entry| entry.target.is(server, port);
        let entry = entries.as_ref().and_then(|entries| entries.iter().find(is_it));
        entry.map_or(Health::Unknown, |entry| entry.target.health())
    }

    /// Ends what is to listen no longer, tells all others what they are now, and opens what is to
    /// listen and does not.
    async fn reconcile(&self) {
        let all = self.balancers.all();
        let mut due: BTreeMap<Key, (&LoadBalancerRecord, &Listener)> = BTreeMap::new();
        for record in all.values().filter(|record| record.status == BalancerStatus::Active) {
            let listeners = record.listeners.iter();
            for listener in listeners.filter(|it| it.status == ListenerStatus::Running) {
                due.insert((record.id.clone(), listener.id), (record, listener));
            }
        }
        self.running().retain(|key, _| due.contains_key(key));
        for (key, (record, listener)) in due {
            let servers = self.servers.as_ref();
            if let Some(running) = self.running().get(&key) {
                running.follow(record, listener, servers, &self.network);
                continue;
            }
            let ahead = self.ahead().remove(&key).map(|(opened, _)| opened);
            let opened = match ahead {
                Some(opened) => Ok(opened),
                None => self.open(record, listener.id).await,
            };
            let started = opened.and_then(|opened| {
                Running::start(opened, record, listener, servers, &self.network)
            });
            match started {
                Ok(running) => drop(self.running().insert(key, running)),
                Err(error) => {
                    let (balancer, listener) = (&key.0, listener.id);
                    let port = listener.port;
                    tracing::warn!(%balancer, port, %error, "a listener cannot take its port");
                }
            }
        }
        self.ahead().retain(|_, (_, since)| since.elapsed() < AHEAD);
        self.network.retain(&self.used(&all)).await;
    }

    /// The VPCs that are in use: those of servers, and those of load balancers with their
    /// addresses.
    fn used(&self, all: &BalancerMap) -> BTreeMap<VpcId, Vec<Ipv4Addr>> {
        let mut used: BTreeMap<VpcId, Vec<Ipv4Addr>> = BTreeMap::new();
        for running in self.running().values() {
            for entry in running.entries().iter() {
                used.entry(entry.target.vpc().id.clone()).or_default();
            }
        }
        for record in all.values() {
            if let Some(place) = &record.place {
                used.entry(place.vpc.id.clone()).or_default().push(record.address);
            }
        }
        used
    }

    async fn open(&self, record: &LoadBalancerRecord, id: ListenerId) -> io::Result<TcpListener> {
        let vpc = record.place.as_ref().map(|place| &place.vpc);
        self.network.listen(vpc, SocketAddrV4::new(record.address, id.port)).await
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<Key, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ahead(&self) -> MutexGuard<'_, HashMap<Key, (TcpListener, Instant)>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
