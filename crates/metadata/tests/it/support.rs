//! An instance with a role, and its metadata service, in one process.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rolecall_compute::{
    Binding, InstanceRecord, Instances, MetadataOptions, NetworkInterface, Status, UserData,
};
use rolecall_crypto::{DocumentSigner, KeyRing, MetadataTokens, RecordSealer, RequestHead};
use rolecall_gate::{Body, Directory, Inbound, Ingress, RoleEntry, Service, Snapshot, Views};
use rolecall_http::{Limits, Server, Where};
use rolecall_identity::SessionBook;
use rolecall_metadata::{CredentialIssuer, MetadataService};
use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
use rolecall_store::{Memory, Store, Transaction};
use rolecall_types::{
    AccountId, Clock, Folded, InstanceId, ManualClock, PrincipalId, Random, RegionId, RoleName,
    Secret, SeededRandom, VpcId,
};

pub(crate) const ACCOUNT: &str = "1234567890123456";
pub(crate) const INSTANCE: &str = "i-bp13znx0m0me8cquu1ab";
pub(crate) const CREDENTIALS: &str = "/latest/meta-data/ram/security-credentials/";
pub(crate) const TTL: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
pub(crate) const TOKEN: &str = "x-aliyun-ecs-metadata-token";

const TRUST_ECS: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow",
"Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}"#;
const TRUST_FC: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
"Principal":{"Service":["fc.aliyuncs.com"]}}]}"#;

/// Who is who: a snapshot that tests change.
#[derive(Default)]
pub(crate) struct People(Mutex<Arc<Snapshot>>);

impl Directory for People {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) service: MetadataService,
    pub(crate) key_ring: Arc<KeyRing>,
    issuer: CredentialIssuer,
    signer: Arc<DocumentSigner>,
    people: Arc<People>,
    instances: Arc<Instances>,
    store: Store,
    views: Views,
    runtime: tokio::runtime::Runtime,
}

/// A service on a socket. Dropping it closes the socket.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    _server: Server,
}

impl World {
    /// An instance that wears the role `Web`, which trusts ECS.
    pub(crate) fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let random = Arc::new(SeededRandom::new(1));
        let key_ring = Arc::new(KeyRing::generate(random.as_ref()));
        let sealer = Arc::new(RecordSealer::new(&key_ring));
        let store = Store::new(Arc::new(Memory::new()), sealer, random.clone());
        let (instances, views) = runtime.block_on(async {
            let reader = store.read().await.unwrap();
            let instances = Arc::new(Instances::load(&reader).await.unwrap());
            let followers: Vec<Arc<dyn rolecall_gate::View>> = vec![instances.clone()];
            let (views, work) = Views::follow(store.clone(), reader.revision(), followers);
            tokio::spawn(work);
            (instances, views)
        });
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let people = Arc::new(People::default());
        let issuer = CredentialIssuer {
            directory: people.clone(),
            key_ring: key_ring.clone(),
            random,
            clock: clock.clone(),
            sessions: SessionBook::open(store.clone(), clock.clone()).0,
        };
        let tokens = MetadataTokens::new(&key_ring);
        let (id, signer) = (InstanceId::parse(INSTANCE).unwrap(), signer());
        let service =
            MetadataService::new(id, instances.clone(), tokens, signer.clone(), issuer.clone());
        let world = Self {
            clock,
            service,
            key_ring,
            issuer,
            signer,
            people,
            instances,
            store,
            views,
            runtime,
        };
        world.role("Web", '1', true);
        world.put(&record());
        world.change(|instance| instance.binding.attach(RoleName::new("Web").unwrap(), None));
        world
    }

    /// Changes the record of the instance; when this returns, the service sees it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut InstanceRecord)) {
        let id = InstanceId::parse(INSTANCE).unwrap();
        let mut instance = self.instances.get(&id).unwrap().as_ref().clone();
        change(&mut instance);
        self.put(&instance);
    }

    fn put(&self, instance: &InstanceRecord) {
        self.commit(|transaction| transaction.put(instance).unwrap());
    }

    /// Changes the store; when this returns, the services see it.
    fn commit(&self, change: impl FnOnce(&mut Transaction)) {
        self.runtime.block_on(async {
            let mut transaction = self.store.begin().await.unwrap();
            change(&mut transaction);
            let revision = transaction.commit().await.unwrap();
            self.views.reach(revision).await.unwrap();
        });
    }

    /// Makes another instance, which wears a role.
    pub(crate) fn launch(&self, id: &InstanceId, address: Ipv4Addr, role: &str) {
        let mut instance = record();
        instance.id = id.clone();
        if let Some(network) = &mut instance.network {
            network.private_address = address;
        }
        instance.binding.attach(RoleName::new(role).unwrap(), None);
        self.put(&instance);
    }

    /// Makes it be gone.
    pub(crate) fn delete(&self, id: &InstanceId) {
        self.commit(|transaction| transaction.delete::<InstanceRecord>(&[id.as_str()]));
    }

    /// Serves an instance on a socket, as inside it.
    pub(crate) fn listen(&self, id: &InstanceId, address: SocketAddrV4) -> Listening {
        // The one before may be about to close still.
        let mut tries = (0..2_000).map(|_| {
            TcpListener::bind(address).inspect_err(|_| std::thread::sleep(Duration::from_millis(1)))
        });
        let listener = tries.find_map(Result::ok).expect("the address is free");
        let address = listener.local_addr().unwrap();
        let SocketAddr::V4(own) = address else { panic!("an address of another kind") };
        let place = Where::Instance {
            id: id.clone(),
            vpc: VpcId::parse("vpc-1").unwrap(),
            address: *own.ip(),
        };
        let service = MetadataService::new(
            id.clone(),
            self.instances.clone(),
            MetadataTokens::new(&self.key_ring),
            self.signer.clone(),
            self.issuer.clone(),
        );
        let _entered = self.runtime.enter();
        let (service, clock) = (Arc::new(service), self.clock.clone());
        let server =
            Server::start(listener, place, None, service, clock, Limits::inside()).unwrap();
        Listening { address, _server: server }
    }

    /// Makes a role, or changes it; `generation` is the first digit of its id.
    pub(crate) fn role(&self, name: &str, generation: char, trusts: bool) {
        let trust = if trusts { TRUST_ECS } else { TRUST_FC };
        let document = Document::parse(DocumentKind::Trust, trust).unwrap();
        let source = Source {
            policy_type: PolicyType::Custom,
            name: "trust".to_owned(),
            version: "v1".to_owned(),
        };
        let account = AccountId::parse(ACCOUNT).unwrap();
        let role = RoleEntry {
            account: account.clone(),
            name: RoleName::new(name).unwrap(),
            id: PrincipalId::generate(&SeededRandom::new(3), generation),
            policies: PolicySet::compile([]),
            trust: Arc::new(PolicySet::compile([(Arc::new(source), Arc::new(document))])),
            max_session_seconds: 3_600,
        };
        self.edit(|snapshot| {
            snapshot.roles.insert((account, Folded::of(name)), Arc::new(role));
        });
    }

    pub(crate) fn delete_role(&self, name: &str) {
        let account = AccountId::parse(ACCOUNT).unwrap();
        self.edit(|snapshot| {
            snapshot.roles.remove(&(account, Folded::of(name)));
        });
    }

    fn edit(&self, edit: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = self.people.snapshot().as_ref().clone();
        edit(&mut snapshot);
        *self.people.0.lock().unwrap() = Arc::new(snapshot);
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name, value.as_bytes().to_vec()));
        let head = RequestHead::decode(method, path, headers).unwrap();
        self.ask_head(head)
    }

    pub(crate) fn ask_head(&self, head: RequestHead) -> Answer {
        let ingress = Ingress::Instance {
            id: InstanceId::parse(INSTANCE).unwrap(),
            vpc: VpcId::parse("vpc-1").unwrap(),
            address: [192, 168, 0, 9].into(),
            secure: false,
        };
        let inbound = Inbound { head, body: Body::empty(), ingress };
        let serving = self.service.serve(inbound);
        let answer = self.runtime.block_on(serving);
        let content_type = answer
            .headers
            .iter()
            .find(|(name, _)| name == "content-type")
            .map(|(_, value)| String::from_utf8(value.to_vec()).unwrap())
            .unwrap_or_default();
        let body = answer.body.as_full().unwrap().to_vec();
        let body = String::from_utf8(body).unwrap();
        Answer { status: answer.status, content_type, body }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// The body of an item that is there.
    pub(crate) fn item(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/plain"), "{path}");
        answer.body
    }

    /// A token for so many seconds, which must be given.
    pub(crate) fn token(&self, ttl: &str) -> String {
        let answer = self.ask("PUT", "/latest/api/token", &[(TTL, ttl)]);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_second()
    }
}

/// The page of a refusal, with its title.
pub(crate) fn check_refused(answer: &Answer, status: u16) {
    let title = match status {
        400 => "400 - Missing or Invalid Parameters",
        401 => "401 - Unauthorized",
        403 => "403 - Forbidden",
        404 => "404 - Not Found",
        _ => "405 - Method Not Allowed",
    };
    assert_eq!((answer.status, answer.content_type.as_str()), (status, "text/html"), "{answer:?}");
    assert!(answer.body.starts_with(r#"<?xml version="1.0" encoding="iso-8859-1"?>"#));
    assert!(answer.body.contains(&format!("<title>{title}</title>")), "{answer:?}");
    assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "{answer:?}");
}

fn record() -> InstanceRecord {
    let region = RegionId::find("cn-hangzhou").unwrap();
    let random = SeededRandom::new(5);
    InstanceRecord {
        id: InstanceId::parse(INSTANCE).unwrap(),
        account: AccountId::parse(ACCOUNT).unwrap(),
        zone: rolecall_types::ZoneId::find(&region, "cn-hangzhou-h").unwrap(),
        name: "web-1".to_owned(),
        host_name: "web-1-host".to_owned(),
        description: String::new(),
        instance_type: "ecs.g6.large".to_owned(),
        image_id: "m-image".to_owned(),
        status: Status::Running,
        created_at: ManualClock::at(1_700_000_000).now(),
        started_at: None,
        boots: 1,
        stopped_mode: None,
        serial_number: random.text(b"0123456789abcdef", 32),
        network: Some(NetworkInterface {
            id: rolecall_types::NetworkInterfaceId::parse("eni-1").unwrap(),
            mac: "00:16:3e:00:00:09".to_owned(),
            private_address: [192, 168, 0, 9].into(),
            vpc_id: VpcId::parse("vpc-1").unwrap(),
            vpc_block: "192.168.0.0/16".parse().unwrap(),
            v_switch_id: rolecall_types::VSwitchId::parse("vsw-1").unwrap(),
            v_switch_block: "192.168.0.0/24".parse().unwrap(),
        }),
        region,
        security_groups: Vec::new(),
        key_pair: None,
        user_data: None,
        metadata_options: MetadataOptions::default(),
        tags: Vec::new(),
        deletion_protection: false,
        binding: Binding::default(),
        declared: serde_json::from_str("{}").unwrap(),
    }
}

/// User data from its Base64.
pub(crate) fn user_data(base64: &str) -> Option<UserData> {
    serde_json::from_value(base64.into()).unwrap()
}

/// A certificate of this test's own, and its key.
fn signer() -> Arc<DocumentSigner> {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    Arc::new(DocumentSigner::new(&certificate, &Secret::new(key.serialize_der())).unwrap())
}
