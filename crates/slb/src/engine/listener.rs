//! One listener that listens.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rolecall_types::LoadBalancerId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::Instant;

use super::pick::{Ends, Picker, is_usable};
use super::target::{Entry, Forwarded, Target};
use super::{health, http, tcp};
use crate::record::{Listener, Settings};
use crate::{LoadBalancerRecord, Network, Servers};

/// The most connections of a listener at once; more of them wait in the kernel's line. The vendor
/// bounds them by the specification.
const CONNECTIONS_MAX: usize = 10_000;
/// The most clients whose server is remembered by their address.
const REMEMBERED_MAX: usize = 65_536;

/// A listener that listens. Dropping it ends all that it forwards.
pub(super) struct Running {
    shared: Arc<Shared>,
    listener: watch::Sender<Arc<Listener>>,
    entries: watch::Sender<Arc<Vec<Entry>>>,
    /// Who looks at each server, in the order of the entries.
    watchers: Mutex<Vec<Watcher>>,
    accepting: JoinHandle<()>,
}

/// Who looks at a server, as long as it lives.
struct Watcher {
    target: Arc<Target>,
    task: AbortHandle,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The connections are in its set.
        self.accepting.abort();
    }
}

/// What the connections of a listener share.
pub(super) struct Shared {
    pub(super) balancer: LoadBalancerId,
    listener: watch::Receiver<Arc<Listener>>,
    entries: watch::Receiver<Arc<Vec<Entry>>>,
    picker: Picker,
    /// Which server a client's address leads to, and until when.
    remembered: Mutex<HashMap<IpAddr, (Arc<Target>, Instant)>>,
}

impl Running {
    /// Serves what comes in on a listener that is bound already. Must be called in a tokio runtime.
    pub(super) fn start(
        opened: StdListener,
        record: &LoadBalancerRecord,
        listener: &Listener,
        servers: &dyn Servers,
        network: &Arc<dyn Network>,
    ) -> io::Result<Self> {
        opened.set_nonblocking(true)?;
        let opened = TcpListener::from_std(opened)?;
        let (listener_sender, listener_receiver) = watch::channel(Arc::new(listener.clone()));
        let (entries, entries_receiver) = watch::channel(Arc::default());
        let shared = Arc::new(Shared {
            balancer: record.id.clone(),
            listener: listener_receiver,
            entries: entries_receiver,
            picker: Picker::default(),
            remembered: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(opened, Arc::clone(&shared)));
        let (listener_of_record, listener, watchers) =
            (listener, listener_sender, Mutex::default());
        let running = Self { shared, listener, entries, watchers, accepting };
        running.aim(record, listener_of_record, servers, network);
        Ok(running)
    }

    /// The servers as they are now.
    pub(super) fn entries(&self) -> Arc<Vec<Entry>> {
        self.shared.entries()
    }

    /// Takes in what its record says now.
    pub(super) fn follow(
        &self,
        record: &LoadBalancerRecord,
        listener: &Listener,
        servers: &dyn Servers,
        network: &Arc<dyn Network>,
    ) {
        self.listener.send_if_modified(|known| {
            let is_new = **known != *listener;
            if is_new {
                *known = Arc::new(listener.clone());
            }
            is_new
        });
        self.aim(record, listener, servers, network);
    }

    /// Forwards to the servers that the record names. One that stays is the same as before.
    fn aim(
        &self,
        record: &LoadBalancerRecord,
        listener: &Listener,
        servers: &dyn Servers,
        network: &Arc<dyn Network>,
    ) {
        let known = self.entries();
        let mut entries = Vec::new();
        for (server, port) in record.targets(listener) {
            let id = &server.server_id;
            let found = servers.server(&record.account, &record.region, id);
            let Some(place) = found.and_then(|found| found.place) else { continue };
            let same =
                known.iter().find(|entry| entry.target.is(id, port) && entry.target.stands(&place));
            let target = same.map_or_else(
                || Arc::new(Target::new(id.clone(), place, port, Arc::clone(network))),
                |entry| Arc::clone(&entry.target),
            );
            entries.push(Entry { target, weight: server.weight });
        }
        self.watch(&entries);
        self.entries.send_if_modified(|known| {
            let is_same = |(one, other): (&Entry, &Entry)| {
                one.weight == other.weight && Arc::ptr_eq(&one.target, &other.target)
            };
            let is_new = known.len() != entries.len() || !known.iter().zip(&entries).all(is_same);
            if is_new {
                *known = Arc::new(entries);
            }
            is_new
        });
    }

    /// Lets each of these servers be looked at, and no other one.
    fn watch(&self, entries: &[Entry]) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due =
            |target: &Arc<Target>| entries.iter().any(|entry| Arc::ptr_eq(&entry.target, target));
        watchers.retain(|watcher| is_due(&watcher.target));
        for entry in entries {
            if watchers.iter().any(|it| Arc::ptr_eq(&it.target, &entry.target)) {
                continue;
            }
            let target = Arc::clone(&entry.target);
            let task = health::watch(Arc::clone(&target), self.listener.subscribe());
            watchers.push(Watcher { target, task: tokio::spawn(task).abort_handle() });
        }
    }
}

impl Shared {
    /// The listener's record as it is now.
    pub(super) fn listener(&self) -> Arc<Listener> {
        Arc::clone(&self.listener.borrow())
    }

    /// The servers as they are now.
    pub(super) fn entries(&self) -> Arc<Vec<Entry>> {
        Arc::clone(&self.entries.borrow())
    }

    /// Chooses a server, other than those that were tried; `None` where none is usable.
    pub(super) fn choose(&self, ends: Ends, tried: &[Arc<Target>]) -> Option<Forwarded> {
        let (listener, entries) = (self.listener(), self.entries());
        let is_checked = listener.health_check.on;
        let is_untried =
            |entry: &&Entry| !tried.iter().any(|target| Arc::ptr_eq(target, &entry.target));
        let usable: Vec<&Entry> = entries
            .iter()
            .filter(|entry| is_usable(entry, is_checked))
            .filter(is_untried)
            .collect();
        let chosen = self.picker.pick(listener.scheduler, &usable, ends)?;
        Some(Forwarded::to(chosen))
    }

    /// The server that a mark names, if new traffic may go there.
    pub(super) fn find(&self, is_it: impl Fn(&Target) -> bool) -> Option<Forwarded> {
        let is_checked = self.listener().health_check.on;
        let entries = self.entries();
        let mut usable = entries.iter().filter(|entry| is_usable(entry, is_checked));
        let found = usable.find(|entry| is_it(&entry.target))?;
        Some(Forwarded::to(Arc::clone(&found.target)))
    }

    /// The server that a client was forwarded to before, by its address.
    pub(super) fn recall(&self, client: IpAddr) -> Option<Forwarded> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered.get(&client).filter(|(_, until)| *until > Instant::now());
        let target = known.map(|(target, _)| Arc::clone(target))?;
        drop(remembered);
        self.find(|known| std::ptr::eq(known, &raw const *target))
    }

    /// Remembers which server a client was forwarded to, for some seconds.
    pub(super) fn remember(&self, client: IpAddr, target: &Arc<Target>, seconds: u32) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, (_, until)| *until > now);
        }
        if remembered.len() < REMEMBERED_MAX {
            let until = now + Duration::from_secs(seconds.into());
            remembered.insert(client, (Arc::clone(target), until));
        }
    }

    /// Returns when a server has been removed, and as long after as connections may go on; never
    /// where they may go on without end.
    pub(super) async fn drained(&self, target: &Arc<Target>, seconds: Option<u32>) {
        let Some(seconds) = seconds else { return std::future::pending().await };
        let is_gone = |entries: &Arc<Vec<Entry>>| {
            !entries.iter().any(|entry| Arc::ptr_eq(&entry.target, target))
        };
        // Where nobody tells of servers any more, the listener has ended.
        let mut entries = self.entries.clone();
        let _ended = entries.wait_for(is_gone).await.is_err();
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }
}

/// Takes connections until it is aborted, which ends them too.
async fn accept(opened: TcpListener, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = loop {
            tokio::select! {
                accepted = opened.accept() => break accepted,
                Some(_ended) = connections.join_next() => {}
            }
        };
        match accepted {
            Ok((stream, client)) => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    serve(shared, stream, client).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, client: SocketAddr) {
    let Ok(listener) = stream.local_addr() else { return };
    // Without it small pieces wait for acknowledgements that come late.
    let _ = stream.set_nodelay(true);
    let ends = Ends { client, listener };
    match &shared.listener().settings {
        Settings::Tcp(_) => tcp::serve(&shared, stream, ends).await,
        Settings::Http(settings) => http::serve(Arc::clone(&shared), settings, stream, ends).await,
    }
}
