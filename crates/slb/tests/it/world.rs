//! A gate with the operations of this crate, two accounts, a user, servers on loopback addresses,
//! and a client.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rolecall_api::{ApiError, Product, Scope, code};
use rolecall_crypto::sign::{self, Credentials};
use rolecall_crypto::{KeyRing, RequestHead};
use rolecall_gate::{
    Audit, AuditError, AuditRecord, Call, Directory, Gate, GateParts, Ingress, KeyEntry, KeyOwner,
    NonceLedger, Outcome, ResourceTags, Snapshot, UserEntry, View, Views,
};
use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
use rolecall_slb::record::Vpc;
use rolecall_slb::{
    Addresses, Balancers, Engine, Later, Network, NoAddress, OPERATIONS, Server, Servers, Slb,
    TakenAddress, watch_tags,
};
use rolecall_store::{Memory, Sealer, Store, Transaction, UnsealError};
use rolecall_types::{
    AccessKeyId, AccountId, Clock, Folded, InstanceId, ManualClock, PrincipalId, Random, RegionId,
    RequestId, Secret, SeededRandom, SystemRandom, UserName, VpcId,
};
use serde_json::Value;
use tokio::net::TcpStream;

/// The account of most tests.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// Another one.
pub(crate) const STRANGER: &str = "1999999999999999";
/// Where calls go that name no region.
pub(crate) const REGION: &str = "cn-hangzhou";
/// When the tests begin: 2027-01-15T08:00:00Z.
pub(crate) const START: i64 = 1_800_000_000;

const SECRET: &str = "secret";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Root,
    OtherRoot,
    User,
    Nobody,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) tree: Value,
}

impl Answer {
    /// The error code with its status, or `200`.
    pub(crate) fn word(&self) -> String {
        match self.tree["Code"].as_str() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}

pub(crate) struct World {
    gate: Gate,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Store,
    pub(crate) servers: Arc<Fleet>,
    directory: Arc<FixedDirectory>,
    audit: Arc<Checks>,
    nonce: AtomicU64,
}

impl World {
    /// One whose load balancers have addresses of their own, though other tests run beside it.
    pub(crate) async fn new() -> Self {
        Self::with(Arc::new(SystemRandom)).await
    }

    /// One that gives the same ids each time.
    pub(crate) async fn seeded() -> Self {
        Self::with(Arc::new(SeededRandom::new(7))).await
    }

    async fn with(random: Arc<dyn Random>) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let store = Store::new(Arc::new(Memory::new()), Arc::new(Plain), Arc::clone(&random));
        let reader = store.read().await.unwrap();
        let balancers = Arc::new(Balancers::load(&reader).await.unwrap());
        let mut tags = ResourceTags::default();
        watch_tags(&mut tags, &reader).await.unwrap();
        let tags = Arc::new(tags);
        let followers: Vec<Arc<dyn View>> = vec![balancers.clone(), tags.clone()];
        let (views, work) = Views::follow(store.clone(), reader.revision(), followers);
        tokio::spawn(work);
        let servers = Arc::new(Fleet::default());
        let engine = Engine::new(balancers.clone(), servers.clone(), Arc::new(Loopback));
        let engine = Arc::new(engine);
        let following = Arc::clone(&engine);
        tokio::spawn(async move { following.follow().await });
        let directory = Arc::new(FixedDirectory::new());
        let audit = Arc::new(Checks::default());
        let slb = Slb::new(servers.clone(), Arc::new(VSwitches), engine);
        let routes = rolecall_slb::routes(&Arc::new(slb));
        let parts = GateParts {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            key_ring: Arc::new(KeyRing::generate(random.as_ref())),
            random,
            store: store.clone(),
            views,
            directory: Arc::clone(&directory) as Arc<dyn Directory>,
            nonces: Arc::new(NonceLedger::in_memory()),
            audit: Arc::clone(&audit) as Arc<dyn Audit>,
            region: RegionId::find(REGION).unwrap(),
        };
        let gate = Gate::new(parts, routes).with_resource_tags(tags).with_wholes(balancers);
        Self { gate, clock, store, servers, directory, audit, nonce: AtomicU64::new(0) }
    }

    /// Makes a load balancer that faces the Internet, and returns its id and its address.
    pub(crate) async fn balancer(&self) -> (String, String) {
        let made = self.ok("CreateLoadBalancer", &[]).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("LoadBalancerId"), text("Address"))
    }

    /// Makes a call as the account itself, and expects success.
    pub(crate) async fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.call(Who::Root, action, parameters).await;
        assert_eq!(answer.status, 200, "{action} {parameters:?}: {}", answer.tree);
        answer.tree
    }

    /// Makes a call as the account itself, and returns the status and the code.
    pub(crate) async fn word(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.call(Who::Root, action, parameters).await.word()
    }

    /// Makes a call: an action with its parameters.
    pub(crate) async fn call(&self, who: Who, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let product = Product::Slb;
        let mut query: Vec<(String, String)> = [("Action", action), ("Version", product.version())]
            .iter()
            .chain(parameters)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        if who != Who::Nobody {
            query = self.sign(who, &query);
        }
        let head = RequestHead {
            method: "GET".into(),
            host: "localhost".into(),
            path: "/".into(),
            query: query.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            headers: Vec::new(),
        };
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let ingress = Ingress::Host { peer, secure: true };
        let call = Call { head, body: Bytes::new(), ingress, product: None };
        let answer = self.gate.call(&call).await;
        let tree = serde_json::from_slice(&answer.body).unwrap();
        let answer = Answer { status: answer.status, tree };
        check_declared(action, &answer);
        answer
    }

    fn sign(&self, who: Who, query: &[(String, String)]) -> Vec<(String, String)> {
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst).to_string();
        let credentials = Credentials {
            access_key_id: key_id(who).to_owned(),
            secret: Secret::new(SECRET.to_owned()),
            security_token: None,
        };
        let call = sign::Call { method: "GET", host: "localhost", path: "/", query, headers: &[] };
        sign::rpc_v1(&credentials, &call, &[], self.clock.now(), &nonce)
    }

    /// Gives the user exactly this policy: a JSON list of statements.
    pub(crate) fn grant(&self, statements: &str) {
        self.directory.grant(statements);
    }

    /// What the last call had to be allowed: action and resource.
    pub(crate) fn last_checks(&self) -> Vec<String> {
        self.audit.0.lock().unwrap().clone()
    }
}

/// A code of this crate must be one that the operation declares.
fn check_declared(action: &str, answer: &Answer) {
    let Some(name) = answer.tree["Code"].as_str() else { return };
    let shared = code::COMMON.iter().any(|code| code.name == name);
    let own = [rolecall_gate::resource::code::ALL, rolecall_slb::code::ALL].concat();
    let own = !shared && own.iter().any(|code| code.name == name);
    let spec = OPERATIONS.iter().map(|it| it.spec()).find(|spec| spec.action == action);
    let declares = spec.is_some_and(|spec| spec.errors.iter().any(|code| code.name == name));
    assert!(!own || declares, "{action} does not declare {name}");
}

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn key_id(who: Who) -> &'static str {
    match who {
        Who::Root => "LTAIroot",
        Who::OtherRoot => "LTAIother",
        Who::User => "LTAIuser",
        Who::Nobody => "",
    }
}

fn compile(kind: DocumentKind, statements: &str) -> PolicySet {
    let text = format!(r#"{{"Version":"1","Statement":{statements}}}"#);
    let document = Document::parse(kind, &text).unwrap();
    let (policy_type, version) = (PolicyType::Custom, "v1".to_owned());
    let source = Source { policy_type, name: "test".to_owned(), version };
    PolicySet::compile([(Arc::new(source), Arc::new(document))])
}

/// A directory that tests change by hand.
struct FixedDirectory(Mutex<Arc<Snapshot>>);

impl Directory for FixedDirectory {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

impl FixedDirectory {
    fn new() -> Self {
        let directory = Self(Mutex::default());
        directory.change(|snapshot| {
            for (who, owner) in [
                (Who::Root, KeyOwner::Root(account(ACCOUNT))),
                (Who::OtherRoot, KeyOwner::Root(account(STRANGER))),
                (Who::User, KeyOwner::User(account(ACCOUNT), "alice".to_owned())),
            ] {
                let secret = Secret::new(SECRET.to_owned());
                let key = KeyEntry { secret, active: true, owner, last_use: Arc::default() };
                snapshot.keys.insert(AccessKeyId::parse(key_id(who)).unwrap(), Arc::new(key));
            }
        });
        directory.grant("[]");
        directory
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = self.0.lock().unwrap();
        change(Arc::make_mut(&mut snapshot));
    }

    fn grant(&self, statements: &str) {
        let policies = if statements == "[]" {
            PolicySet::compile([])
        } else {
            compile(DocumentKind::Identity, statements)
        };
        let user = UserEntry {
            account: account(ACCOUNT),
            name: UserName::new("alice").unwrap(),
            id: PrincipalId::generate(&SeededRandom::new(2), '2'),
            policies,
            grants: Vec::new(),
        };
        self.change(|snapshot| {
            snapshot.users.insert((account(ACCOUNT), Folded::of("alice")), Arc::new(user));
        });
    }
}

/// Remembers the checks of the last call.
#[derive(Default)]
struct Checks(Mutex<Vec<String>>);

impl Audit for Checks {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        self.0.lock().unwrap().clone_from(&record.checks);
        Ok(())
    }

    fn close(&self, _request_id: &RequestId, _outcome: &Outcome) {}
}

/// Seals nothing.
struct Plain;

impl Sealer for Plain {
    fn seal(&self, _random: &dyn Random, _key: &[u8], plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }

    fn open(&self, _key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        Ok(sealed.to_vec())
    }
}

/// The VPC of all servers.
pub(crate) fn vpc(name: &str) -> Vpc {
    Vpc { id: VpcId::parse(name).unwrap(), block: (Ipv4Addr::new(127, 0, 0, 0), 8) }
}

/// Servers that are loopback addresses, by their ids.
#[derive(Default)]
pub(crate) struct Fleet(Mutex<BTreeMap<String, Server>>);

impl Fleet {
    /// Makes a server, or changes it.
    pub(crate) fn put(&self, id: &str, address: Ipv4Addr) {
        let place = Some((vpc("vpc-a"), address));
        self.put_as(id, Server { is_running: true, place });
    }

    pub(crate) fn put_as(&self, id: &str, server: Server) {
        self.0.lock().unwrap().insert(id.to_owned(), server);
    }
}

impl Servers for Fleet {
    fn server(&self, owner: &AccountId, _region: &RegionId, id: &InstanceId) -> Option<Server> {
        let known = self.0.lock().unwrap().get(id.as_str()).cloned();
        known.filter(|_| *owner == account(ACCOUNT))
    }
}

/// One vSwitch, `vsw-a`, whose addresses are those of 127.0.3.0/24; 127.0.3.9 is taken.
struct VSwitches;

impl Addresses for VSwitches {
    fn take<'a>(
        &'a self,
        _transaction: &'a mut Transaction,
        _scope: &'a Scope,
        v_switch: &'a str,
        wanted: Option<Ipv4Addr>,
    ) -> Later<'a, Result<Result<TakenAddress, NoAddress>, ApiError>> {
        let address = wanted.unwrap_or(Ipv4Addr::new(127, 0, 3, 7));
        let taken = match (v_switch, address.octets()) {
            ("vsw-a", [127, 0, 3, 9]) => Err(NoAddress::NotFree),
            ("vsw-a", [127, 0, 3, _]) => {
                Ok(TakenAddress { address, vpc: vpc("vpc-a"), zone: "cn-hangzhou-i".to_owned() })
            }
            ("vsw-a", _) => Err(NoAddress::NotFree),
            _ => Err(NoAddress::NoVSwitch),
        };
        Box::pin(std::future::ready(Ok(taken)))
    }

    fn give_back<'a>(
        &'a self,
        _transaction: &'a mut Transaction,
        _scope: &'a Scope,
        _v_switch: &'a str,
        _address: Ipv4Addr,
    ) -> Later<'a, Result<(), ApiError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Every VPC is the loopback network.
struct Loopback;

impl Network for Loopback {
    fn listen<'a>(
        &'a self,
        _vpc: Option<&'a Vpc>,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpListener>> {
        Box::pin(async move { TcpListener::bind(address) })
    }

    fn connect<'a>(
        &'a self,
        _vpc: &'a Vpc,
        address: SocketAddrV4,
    ) -> Later<'a, io::Result<TcpStream>> {
        Box::pin(TcpStream::connect(address))
    }

    fn retain<'a>(&'a self, _used: &'a BTreeMap<VpcId, Vec<Ipv4Addr>>) -> Later<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
