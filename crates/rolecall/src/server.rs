//! `rolecall dev`: everything on one port, put together.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rolecall_compute::Instances;
use rolecall_crypto::{DocumentSigner, KeyRing, MetadataTokens, RecordSealer};
use rolecall_fabric::Fabric;
use rolecall_fabric::ca::LocalCa;
use rolecall_gate::{
    Directory, Federation, Gate, GateParts, NonceLedger, ResourceTags, Service, View, Views,
};
use rolecall_http::{Limits, Router, Server, Where};
use rolecall_identity::{
    AccountSeed, BootstrapError, IdentityDirectory, SessionBook, SignIns, bootstrap,
    record::AccountRecord,
};
use rolecall_metadata::CredentialIssuer;
use rolecall_oss::{Callbacks, Endpoints, LocalBlobs, ObjectService};
use rolecall_slb::Balancers;
use rolecall_store::{Backend, PagedRedb, Redb, Sealer, Store, StoreError};
use rolecall_types::{AccessKeyId, AccountId, Clock, Random, RegionId, Secret, SystemRandom};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::audit::AuditFile;
use crate::balance;
use crate::callbacks::callbacks;
use crate::cli::{Dev, Issuers, Objects, Seed};
use crate::control::Status;
use crate::failure::Failure;
use crate::faults::FaultPlan;
use crate::fleet::{Fleet, FleetParts};
use crate::folder;
use crate::issuers;
use crate::local::{Local, MovableClock};
use crate::routes::routes;
use crate::socket::{self, Desk};
use crate::tls;
use crate::uses::{KeptUses, keep_uses};

/// A running server. Dropping it ends its instances and closes its listeners.
pub(crate) struct Running {
    /// How to reach it, and the root AccessKey.
    pub(crate) ready: Ready,
    _listener: Server,
    tasks: tokio::task::JoinSet<Failure>,
    uses: KeptUses,
    objects: Arc<ObjectService>,
}

/// What the ready file says.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ready {
    /// The address, such as `http://127.0.0.1:4600`.
    pub(crate) endpoint: String,
    /// The console's address; there is no console yet.
    pub(crate) console: Option<String>,
    /// The account.
    pub(crate) account_id: String,
    /// The region of calls that name none.
    pub(crate) region: String,
    /// The root AccessKey's id.
    pub(crate) access_key_id: String,
    /// The root AccessKey's secret.
    #[serde(serialize_with = "expose")]
    pub(crate) access_key_secret: Secret<String>,
}

fn expose<S: serde::Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

impl Running {
    /// Waits until something that the server cannot do without has failed.
    pub(crate) async fn broken(&mut self) -> Failure {
        match self.tasks.join_next().await {
            Some(Ok(failure)) => failure,
            Some(Err(error)) => Failure::NotStarted { reason: error.to_string() },
            None => Failure::NotStarted { reason: "nothing runs".to_owned() },
        }
    }

    /// Writes what is written now and then, and ends.
    pub(crate) async fn stop(self) {
        self.uses.stop().await;
        self.objects.flush().await;
    }
}

/// Serves until it is told to stop.
pub(crate) async fn dev(arguments: Dev) -> Result<(), Failure> {
    let folder = folder::locate(&arguments.data)?;
    let failed = |source| Failure::System { attempted: "watch for signals", source };
    let mut interrupts = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminations = signal(SignalKind::terminate()).map_err(failed)?;
    // It strikes nothing until it is told to; no other server has one.
    let faults = Some(Arc::new(FaultPlan::default()));
    let Dev { listen, seed, issuers, objects, .. } = &arguments;
    let mut running = start(&folder, *listen, seed, issuers, faults, objects).await?;
    announce(&running.ready);
    if let Some(file) = &arguments.ready_file {
        write_ready(file, &running.ready)?;
    }
    tokio::select! {
        failure = running.broken() => Err(failure),
        _ = interrupts.recv() => { running.stop().await; Ok(()) }
        _ = terminations.recv() => { running.stop().await; Ok(()) }
    }
}

/// Puts a server together on a data folder and starts it.
pub(crate) async fn start(
    folder: &Path,
    listen: SocketAddr,
    seed: &Seed,
    issuers: &Issuers,
    faults: Option<Arc<FaultPlan>>,
    objects: &Objects,
) -> Result<Running, Failure> {
    let parts = Foundation::lay(folder, seed).await?;
    let federation = issuers::verifier(issuers, parts.clock.clock.now())?;
    let seeded = parts.account(seed).await?;
    let mut tasks = tokio::task::JoinSet::new();
    let (sessions, writing) =
        SessionBook::open(parts.store.clone(), Arc::clone(&parts.clock.clock) as Arc<dyn Clock>);
    tasks.spawn(async move { Failure::Store(writing.await) });
    let authority = parts.authority()?;
    let fabric = Arc::new(Fabric::new(folder, authority.certificate_pem())?);
    let (gate, instances, directory) =
        parts.gate(&mut tasks, &sessions, federation, &fabric).await?;
    let uses = keep_uses(&mut tasks, parts.store.clone(), directory.clone());
    let refused = |source| Failure::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let ready = Ready {
        endpoint: format!("http://{address}"),
        console: None,
        account_id: seeded.account.to_string(),
        region: parts.region.to_string(),
        access_key_id: seeded.access_key_id.to_string(),
        access_key_secret: seeded.secret.clone(),
    };
    let (called, key) = callbacks(&objects.callback_networks, &parts.store, &ready.endpoint);
    let objects = parts.objects(&gate, &ready.endpoint, objects, called).await?;
    let (clock, served) = (Arc::clone(&parts.clock), Arc::clone(&objects));
    let local = Arc::new(Local::new(Arc::clone(&gate), clock, served, key));
    let tended = Arc::clone(&objects);
    tasks.spawn(async move {
        tended.tend().await;
        Failure::NotStarted { reason: "the care of objects ended".to_owned() }
    });
    let mut router = Router::new(Arc::clone(&gate), Arc::clone(&objects) as _, local);
    if let Some(plan) = &faults {
        router = router.with_intercept(Arc::clone(plan) as _);
    }
    let edge: Arc<dyn Service> = Arc::new(router);
    let clock: Arc<dyn Clock> = parts.clock.clock.clone();
    let server = Server::start(
        listener,
        Where::Host,
        None,
        Arc::clone(&edge),
        Arc::clone(&clock),
        Limits::default().within(descriptors()),
    )
    .map_err(refused)?;
    let kept = (instances, directory, sessions);
    let fleet = Arc::new(parts.fleet(edge, kept, (fabric, authority), faults.clone())?);
    let following = Arc::clone(&fleet);
    tasks.spawn(async move {
        following.follow().await;
        Failure::NotStarted { reason: "the view of instances ended".to_owned() }
    });
    let status = Status {
        endpoint: ready.endpoint.clone(),
        account_id: ready.account_id.clone(),
        region: ready.region.clone(),
    };
    let (account, clock) = (seeded.account, Arc::clone(&parts.clock));
    let desk = Desk { gate, account, fleet, objects: Arc::clone(&objects), clock, faults, status };
    let control = socket::listen(folder).map_err(parts.fail("open the control socket in"))?;
    tasks.spawn(async move {
        socket::serve(control, Arc::new(desk)).await;
        Failure::NotStarted { reason: "the control socket ended".to_owned() }
    });
    Ok(Running { ready, _listener: server, tasks, uses, objects })
}

/// How many descriptors this process may have: as many as it may give itself. Each connection is
/// one, and most shells begin with no more than 1,024.
fn descriptors() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_or(soft, |()| hard)
}

/// What everything stands on.
struct Foundation {
    folder: PathBuf,
    random: Arc<dyn Random>,
    key_ring: Arc<KeyRing>,
    store: Store,
    clock: Arc<MovableClock>,
    region: RegionId,
}

impl Foundation {
    async fn lay(folder: &Path, seed: &Seed) -> Result<Self, Failure> {
        folder::prepare(folder)?;
        let region = RegionId::find(&seed.region).ok_or_else(|| Failure::Seed {
            name: "region",
            value: seed.region.clone(),
            rule: "it must be one of the vendor's regions, such as cn-hangzhou",
        })?;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let key_ring = Arc::new(KeyRing::open_or_create(&folder.join("keys"), random.as_ref())?);
        let store = open_store(Redb::open, folder.join("store"), &key_ring, &random).await?;
        let clock = Arc::new(MovableClock::open(&store).await?);
        Ok(Self { folder: folder.to_owned(), random, key_ring, store, clock, region })
    }

    /// The first account: the one that is there, the one that was given, or a random one.
    async fn account(&self, seed: &Seed) -> Result<AccountSeed, Failure> {
        let given = given(seed)?;
        let reader = self.store.read().await?;
        let known = reader.all::<AccountRecord>(&[]).await?.into_iter().next();
        let known = known.map(|(_, record)| record.id);
        let account = given.account.or(known.clone());
        let account = account.unwrap_or_else(|| AccountId::generate(self.random.as_ref()));
        let seed = match (given.key, known.filter(|known| *known == account)) {
            (Some((access_key_id, secret)), _) => AccountSeed { account, access_key_id, secret },
            (None, Some(_)) => {
                let (access_key_id, secret) = self.root_key(&account).await?;
                return Ok(AccountSeed { account, access_key_id, secret });
            }
            (None, None) => {
                let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
                let secret = Secret::new(self.random.text(letters, 30));
                let access_key_id = AccessKeyId::generate(self.random.as_ref());
                AccountSeed { account, access_key_id, secret }
            }
        };
        match bootstrap(&self.store, &seed, self.clock.clock.now()).await {
            Ok(_) => Ok(seed),
            Err(BootstrapError::Store { source, .. }) => Err(source.into()),
            Err(error) => Err(Failure::Account(error)),
        }
    }

    /// The root AccessKey that an earlier start made.
    async fn root_key(
        &self,
        account: &AccountId,
    ) -> Result<(AccessKeyId, Secret<String>), Failure> {
        let directory = IdentityDirectory::load(&self.store.read().await?).await?;
        let snapshot = directory.snapshot();
        let root = rolecall_gate::KeyOwner::Root(account.clone());
        let found = snapshot.keys.iter().find(|(_, key)| key.owner == root && key.active);
        found.map(|(id, key)| (id.clone(), key.secret.clone())).ok_or(Failure::NoRootKey)
    }

    /// The gate with every route, and the views that follow the store.
    async fn gate(
        &self,
        tasks: &mut tokio::task::JoinSet<Failure>,
        sessions: &SessionBook,
        federation: Arc<dyn Federation>,
        fabric: &Arc<Fabric>,
    ) -> Result<(Arc<Gate>, Arc<Instances>, Arc<IdentityDirectory>), Failure> {
        let reader = self.store.read().await?;
        let directory = Arc::new(IdentityDirectory::load(&reader).await?);
        let instances = Arc::new(Instances::load(&reader).await?);
        let mut tags = ResourceTags::default();
        rolecall_identity::watch_tags(&mut tags, &reader).await?;
        rolecall_compute::watch_tags(&mut tags, &reader).await?;
        rolecall_slb::watch_tags(&mut tags, &reader).await?;
        let balancers = Arc::new(Balancers::load(&reader).await?);
        let tags = Arc::new(tags);
        let followers: Vec<Arc<dyn View>> =
            vec![directory.clone(), instances.clone(), tags.clone(), balancers.clone()];
        let (views, following) = Views::follow(self.store.clone(), reader.revision(), followers);
        tasks.spawn(async move { Failure::Store(following.await) });
        let clock: Arc<dyn Clock> = self.clock.clock.clone();
        let nonces = NonceLedger::open(&self.folder.join("nonces"), clock.unmoved())?;
        let audit = AuditFile::open(&self.folder.join("audit.jsonl"))
            .map_err(self.fail("open the audit trail in"))?;
        let parts = GateParts {
            clock,
            random: Arc::clone(&self.random),
            key_ring: Arc::clone(&self.key_ring),
            store: self.store.clone(),
            views,
            directory: directory.clone(),
            nonces: Arc::new(nonces),
            audit: Arc::new(audit),
            region: self.region.clone(),
        };
        let sign_ins = Arc::new(SignIns::new(self.store.clone()));
        let slb = balance::start(tasks, fabric, &instances, &balancers);
        let routes = routes(&self.key_ring, sessions, sign_ins, slb);
        let gate = Gate::new(parts, routes)
            .with_resource_tags(tags)
            .with_federation(federation)
            .with_wholes(balancers);
        let gate = Arc::new(gate);
        Ok((gate, instances, directory))
    }

    async fn objects(
        &self,
        gate: &Arc<Gate>,
        endpoint: &str,
        options: &Objects,
        callbacks: Callbacks,
    ) -> Result<Arc<ObjectService>, Failure> {
        let folder = self.folder.join("oss");
        folder::prepare(&folder)?;
        let index = folder.join("index");
        let index = open_store(PagedRedb::open, index, &self.key_ring, &self.random).await?;
        let blobs = LocalBlobs::open(&folder.join("blobs"), Arc::clone(&self.random))
            .map_err(|error| Failure::Objects(error.into()))?;
        let endpoints = Endpoints::of_region(&self.region).advertising(endpoint, endpoint);
        let cnames = options.cnames.iter();
        let endpoints =
            cnames.fold(endpoints, |it, (host, bucket)| it.naming(host, bucket.clone()));
        let (gate, blobs) = (Arc::clone(gate), Arc::new(blobs));
        let service = ObjectService::new(gate, index, blobs, endpoints);
        Ok(Arc::new(service.with_callbacks(callbacks)))
    }

    /// The authority that instances trust.
    fn authority(&self) -> Result<LocalCa, Failure> {
        LocalCa::open_or_create(&self.folder.join("ca"), self.clock.clock.unmoved())
            .map_err(|error| Failure::Authority(error.into()))
    }

    fn fleet(
        &self,
        edge: Arc<dyn Service>,
        (instances, directory, sessions): (Arc<Instances>, Arc<IdentityDirectory>, SessionBook),
        (fabric, authority): (Arc<Fabric>, LocalCa),
        faults: Option<Arc<FaultPlan>>,
    ) -> Result<Fleet, Failure> {
        let clock: Arc<dyn Clock> = self.clock.clock.clone();
        let identity = authority.documents();
        let documents = DocumentSigner::new(&identity.certificate_pem, &identity.key_der)
            .map_err(|error| Failure::Authority(error.into()))?;
        let documents = Arc::new(documents);
        let tls = tls::configure(Arc::new(authority), Arc::clone(&clock))
            .map_err(|error| Failure::Authority(error.into()))?;
        let credentials = CredentialIssuer {
            directory,
            key_ring: Arc::clone(&self.key_ring),
            random: Arc::clone(&self.random),
            clock,
            sessions,
        };
        let tokens = MetadataTokens::new(&self.key_ring);
        let parts =
            FleetParts { fabric, instances, tokens, documents, credentials, edge, tls, faults };
        Ok(Fleet::new(parts))
    }

    fn fail(&self, attempted: &'static str) -> impl Fn(io::Error) -> Failure {
        let path = self.folder.clone();
        move |source| Failure::Folder { attempted, path: path.clone(), source }
    }
}

/// How a backend is opened.
type Open<B> = fn(&Path, Arc<dyn Sealer>, Arc<dyn Random>) -> Result<B, StoreError>;

/// Opens a store. Its first verification reads everything, so it runs where it may block.
async fn open_store<B: Backend>(
    open: Open<B>,
    folder: PathBuf,
    key_ring: &Arc<KeyRing>,
    random: &Arc<dyn Random>,
) -> Result<Store, Failure> {
    let sealer = Arc::new(RecordSealer::new(key_ring));
    let (sealing, drawing) = (sealer.clone(), Arc::clone(random));
    let opened = tokio::task::spawn_blocking(move || open(&folder, sealing, drawing)).await;
    let backend = opened.map_err(|error| Failure::NotStarted { reason: error.to_string() })??;
    Ok(Store::new(Arc::new(backend), sealer, Arc::clone(random)))
}

/// What was given of the first account.
struct Given {
    account: Option<AccountId>,
    key: Option<(AccessKeyId, Secret<String>)>,
}

fn given(seed: &Seed) -> Result<Given, Failure> {
    let wrong = |name, value: &str, rule| Failure::Seed { name, value: value.to_owned(), rule };
    let account = match &seed.account_id {
        Some(text) => Some(
            AccountId::parse(text)
                .ok_or_else(|| wrong("account id", text, "it must be 16 decimal digits"))?,
        ),
        None => None,
    };
    let key = match (&seed.root_access_key_id, folder::root_secret()) {
        (Some(text), Some(secret)) => {
            let id = AccessKeyId::parse(text)
                .ok_or_else(|| wrong("root AccessKey id", text, "letters, digits and `._-`"))?;
            Some((id, secret))
        }
        (Some(text), None) => {
            let rule = "ROLECALL_ROOT_ACCESS_KEY_SECRET must be set as well";
            return Err(wrong("root AccessKey id", text, rule));
        }
        (None, Some(_)) => {
            let rule = "ROLECALL_ROOT_ACCESS_KEY_ID must be set as well as its secret";
            return Err(wrong("root AccessKey id", "", rule));
        }
        (None, None) => None,
    };
    Ok(Given { account, key })
}

/// Says on standard output how to reach the server. The secret is shown here and in the ready file.
#[expect(clippy::print_stdout, reason = "the answer to the person who started the server")]
fn announce(ready: &Ready) {
    println!("Rolecall serves {}", ready.endpoint);
    println!("  account            {}", ready.account_id);
    println!("  region             {}", ready.region);
    println!("  root AccessKey id  {}", ready.access_key_id);
    println!("  root secret        {}", ready.access_key_secret.expose());
}

/// Writes the ready file whole or not at all, for its owner alone.
fn write_ready(file: &Path, ready: &Ready) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let fail = |source| Failure::Folder { attempted: "write", path: file.to_owned(), source };
    let text = serde_json::to_string_pretty(ready).map_err(|error| fail(error.into()))?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true).mode(0o600);
    options
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&new, file))
        .map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_root_key_is_refused() {
        let seed = Seed {
            account_id: None,
            region: "cn-hangzhou".to_owned(),
            root_access_key_id: Some("LTAIexample".to_owned()),
        };
        assert!(matches!(given(&seed), Err(Failure::Seed { .. })));
    }

    #[test]
    fn a_store_error_is_explained_with_its_cause() {
        let text = rolecall_types::explain(&Failure::Store(StoreError::Conflict));
        assert!(text.starts_with("cannot use the store: "), "{text}");
    }
}
