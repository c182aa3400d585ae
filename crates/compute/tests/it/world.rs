//! A gate with the operations of this crate, two accounts, some users and roles, and a client.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rolecall_api::{Product, code};
use rolecall_compute::{Ecs, Instances, Vpc, ecs, vpc, watch_tags};
use rolecall_crypto::sign::{self, Credentials};
use rolecall_crypto::{KeyRing, RequestHead};
use rolecall_gate::{
    Audit, AuditError, AuditRecord, Call, Directory, Gate, GateParts, Ingress, KeyEntry, KeyOwner,
    NonceLedger, Outcome, ResourceTags, RoleEntry, Snapshot, UserEntry, View, Views,
};
use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
use rolecall_store::{Memory, Sealer, Store, UnsealError};
use rolecall_types::{
    AccessKeyId, AccountId, Clock, Folded, ManualClock, PrincipalId, Random, RegionId, RequestId,
    RoleName, Secret, SeededRandom, UserName,
};
use serde_json::Value;

/// The account of most tests.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// Another one.
pub(crate) const STRANGER: &str = "1999999999999999";
/// Where calls go that name no region.
pub(crate) const REGION: &str = "cn-hangzhou";
/// A role that instances may wear, and another.
pub(crate) const ROLES: [&str; 2] = ["Web", "Batch"];
/// A role that ECS must not wear.
pub(crate) const DISTRUSTFUL: &str = "Distrustful";
/// A public key.
pub(crate) const PUBLIC_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
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
    pub(crate) instances: Arc<Instances>,
    directory: Arc<FixedDirectory>,
    audit: Arc<Checks>,
    nonce: AtomicU64,
}

/// Ids of what [`World::furnish`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Furniture {
    pub(crate) vpc: String,
    pub(crate) v_switch: String,
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) classic: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(7));
        let clock = Arc::new(ManualClock::at(START));
        let store = Store::new(Arc::new(Memory::new()), Arc::new(Plain), Arc::clone(&random));
        let reader = store.read().await.unwrap();
        let instances = Arc::new(Instances::load(&reader).await.unwrap());
        let mut tags = ResourceTags::default();
        watch_tags(&mut tags, &reader).await.unwrap();
        let tags = Arc::new(tags);
        let followers: Vec<Arc<dyn View>> = vec![instances.clone(), tags.clone()];
        let (views, work) = Views::follow(store.clone(), reader.revision(), followers);
        tokio::spawn(work);
        let directory = Arc::new(FixedDirectory::new());
        let audit = Arc::new(Checks::default());
        let mut routes = ecs::routes(&Arc::new(Ecs));
        routes.extend(vpc::routes(&Arc::new(Vpc)));
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
        let gate = Gate::new(parts, routes).with_resource_tags(tags);
        Self { gate, clock, store, instances, directory, audit, nonce: AtomicU64::new(0) }
    }

    /// A VPC with a vSwitch, a security group and an instance, a classic instance, and the key pair
    /// `pair`.
    pub(crate) async fn furnish(&self) -> Furniture {
        let id = |tree: &Value, name: &str| tree[name].as_str().unwrap().to_owned();
        let vpc = self.ok("vpc:CreateVpc", &[("CidrBlock", "192.168.0.0/16")]).await;
        let vpc = id(&vpc, "VpcId");
        let v_switch =
            [("VpcId", vpc.as_str()), ("ZoneId", "cn-hangzhou-i"), ("CidrBlock", "192.168.1.0/24")];
        let v_switch = id(&self.ok("vpc:CreateVSwitch", &v_switch).await, "VSwitchId");
        let group = self.ok("ecs:CreateSecurityGroup", &[("VpcId", &vpc)]).await;
        let group = id(&group, "SecurityGroupId");
        let pair = [("KeyPairName", "pair"), ("PublicKeyBody", PUBLIC_KEY)];
        self.ok("ecs:ImportKeyPair", &pair).await;
        let place = [("VSwitchId", v_switch.as_str()), ("SecurityGroupId", group.as_str())];
        let instance = self.run(&place).await.remove(0);
        let classic = self.run(&[]).await.remove(0);
        Furniture { vpc, v_switch, group, instance, classic }
    }

    /// Launches instances and returns their ids.
    pub(crate) async fn run(&self, parameters: &[(&str, &str)]) -> Vec<String> {
        let tree = self.ok("ecs:RunInstances", &launch(parameters)).await;
        let ids = tree["InstanceIdSets"]["InstanceIdSet"].as_array().unwrap();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
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

    /// Makes a call: an action such as `ecs:RunInstances` with its parameters.
    pub(crate) async fn call(&self, who: Who, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let (service, action) = action.split_once(':').unwrap();
        let product = if service == "ecs" { Product::Ecs } else { Product::Vpc };
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
        check_declared(product, action, &answer);
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

    /// Deletes a role.
    pub(crate) fn forget_role(&self, name: &str) {
        self.directory.change(|snapshot| {
            snapshot.roles.remove(&(account(ACCOUNT), Folded::of(name)));
        });
    }

    /// What the last call had to be allowed: action and resource.
    pub(crate) fn last_checks(&self) -> Vec<String> {
        self.audit.0.lock().unwrap().0.clone()
    }

    /// The parameters of the last call, as they are recorded.
    pub(crate) fn last_parameters(&self) -> String {
        self.audit.0.lock().unwrap().1.clone()
    }
}

/// A code of this crate must be one that the operation declares.
fn check_declared(product: Product, action: &str, answer: &Answer) {
    let Some(name) = answer.tree["Code"].as_str() else { return };
    let shared = code::COMMON.iter().any(|code| code.name == name);
    let common = rolecall_gate::resource::code::ALL;
    let own = [common, rolecall_compute::code::ALL, ecs::code::ALL, vpc::code::ALL].concat();
    let own = !shared && own.iter().any(|code| code.name == name);
    let operations = if product == Product::Ecs { ecs::OPERATIONS } else { vpc::OPERATIONS };
    let spec = operations.iter().map(|it| it.spec()).find(|spec| spec.action == action);
    let declares = spec.is_some_and(|spec| spec.errors.iter().any(|code| code.name == name));
    assert!(!own || declares, "{action} does not declare {name}");
}

/// Parameters of a launch: a type and an image, and these.
pub(crate) fn launch<'n, 'v>(parameters: &[(&'n str, &'v str)]) -> Vec<(&'n str, &'v str)> {
    let usual = [("InstanceType", "ecs.g6.large"), ("ImageId", "ubuntu_22_04_x64.vhd")];
    let is_given = |name: &str| parameters.iter().any(|(given, _)| *given == name);
    let usual = usual.into_iter().filter(|(name, _)| !is_given(name));
    usual.chain(parameters.iter().copied()).collect()
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
            for name in ROLES {
                add_role(snapshot, name, "ecs.aliyuncs.com");
            }
            add_role(snapshot, DISTRUSTFUL, "rds.aliyuncs.com");
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

fn add_role(snapshot: &mut Snapshot, name: &str, service: &str) {
    let trust = format!(
        r#"[{{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{{"Service":"{service}"}}}}]"#
    );
    let role = RoleEntry {
        account: account(ACCOUNT),
        name: RoleName::new(name).unwrap(),
        id: PrincipalId::generate(&SeededRandom::new(3), '3'),
        policies: PolicySet::compile([]),
        trust: Arc::new(compile(DocumentKind::Trust, &trust)),
        max_session_seconds: 3600,
    };
    snapshot.roles.insert((account(ACCOUNT), Folded::of(name)), Arc::new(role));
}

/// Remembers the checks and the parameters of the last call.
#[derive(Default)]
struct Checks(Mutex<(Vec<String>, String)>);

impl Audit for Checks {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        let parameters = serde_json::to_string(&record.request_parameters).unwrap();
        *self.0.lock().unwrap() = (record.checks.clone(), parameters);
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
