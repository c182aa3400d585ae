//! A service on a store in memory and a folder of its own, and a client that signs.

mod answer;
mod cases;
mod v4;
mod versioning;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rolecall_crypto::sign::{self, Credentials, ObjectCall, Pairs};
use rolecall_crypto::{
    KeyRing, RecordSealer, RequestHead, Session, SessionId, percent_encode, percent_encode_path,
};
use rolecall_gate::{
    Audit, AuditError, AuditRecord, Body, BodyError, Directory, Gate, GateParts, Inbound, Ingress,
    KeyEntry, KeyOwner, NonceLedger, Outcome, RoleEntry, Service, Snapshot, UserEntry, Views,
};
use rolecall_oss::{Callbacks, Endpoints, Holdings, LocalBlobs, ObjectService};
use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
use rolecall_store::{Backend, Memory, Revision, Store};
use rolecall_types::{
    AccessKeyId, AccountId, Clock, Folded, ManualClock, PrincipalId, RegionId, RequestId, RoleName,
    Secret, SeededRandom, Timestamp, UserName,
};

use crate::forms;
pub(crate) use answer::{Answer, Element, read};
pub(crate) use cases::cases;
use v4::v4;

/// The account whose buckets most tests are about.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// Another one.
pub(crate) const OTHER_ACCOUNT: &str = "1999999999999999";
/// When tests begin.
pub(crate) const START: i64 = 1_700_000_000;
/// The region that is served.
pub(crate) const REGION: &str = "cn-hangzhou";

/// What every key's secret is.
const SECRET: &str = "secret";

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    /// V1, in the header.
    V1,
    /// V4, in the header, with the hash of a body.
    V4(String),
    /// V1, in the query.
    Url,
    /// In the fields of a form, which is then the body.
    Form {
        /// The fields beside those of the proof; a policy among them is what is signed.
        fields: Pairs,
        /// The file.
        content: String,
        /// What proves who sends it.
        proof: FormProof,
    },
    /// Not at all.
    No,
}

/// How a form is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormProof {
    V1,
    V4,
    None,
}

/// A request on its way.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) bucket: Option<String>,
    pub(crate) key: String,
    pub(crate) query: Pairs,
    pub(crate) headers: Pairs,
    pub(crate) body: Body,
    /// The name of the AccessKey.
    pub(crate) who: String,
    pub(crate) token: Option<String>,
    pub(crate) signed: Signed,
    pub(crate) host: Option<String>,
}

/// A request of an operation on the service (no bucket), a bucket (an empty key), or an object.
pub(crate) fn request(method: &'static str, bucket: &str, key: &str) -> Request {
    Request {
        method,
        bucket: (!bucket.is_empty()).then(|| bucket.to_owned()),
        key: key.to_owned(),
        query: Pairs::new(),
        headers: Pairs::new(),
        body: Body::empty(),
        who: "LTAIroot".to_owned(),
        token: None,
        signed: Signed::V1,
        host: None,
    }
}

/// A `PUT` of an object.
pub(crate) fn put(bucket: &str, key: &str, body: impl Into<Bytes>) -> Request {
    let body = body.into();
    let length = body.len().to_string();
    let mut request = request("PUT", bucket, key).header("content-length", &length);
    request.body = Body::full(body);
    request
}

/// A `GET` of an object.
pub(crate) fn get(bucket: &str, key: &str) -> Request {
    request("GET", bucket, key)
}

impl Request {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn by(mut self, who: &str) -> Self {
        who.clone_into(&mut self.who);
        self
    }

    /// The same by nobody.
    pub(crate) fn unsigned(mut self) -> Self {
        match &mut self.signed {
            Signed::Form { proof, .. } => *proof = FormProof::None,
            signed => *signed = Signed::No,
        }
        self
    }

    pub(crate) fn signed(mut self, signed: Signed) -> Self {
        self.signed = signed;
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }
}

/// The service and what it stands on.
pub(crate) struct World {
    pub(crate) service: ObjectService,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) book: Arc<Book>,
    pub(crate) store: Store,
    pub(crate) folder: Arc<tempfile::TempDir>,
    blobs: LocalBlobs,
    gate: Arc<Gate>,
    ring: Arc<KeyRing>,
    random: Arc<SeededRandom>,
}

/// The audit records: what was opened, what was closed.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) open: Mutex<Vec<String>>,
    pub(crate) closed: Mutex<Vec<Option<String>>>,
    /// How many calls were recorded with their outcome, when they were over.
    pub(crate) whole: AtomicUsize,
    /// What was recorded of denials.
    pub(crate) denials: Mutex<Vec<serde_json::Value>>,
    /// Whether nothing can be written.
    pub(crate) broken: AtomicBool,
}

impl Audit for Book {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(AuditError("the disk is full".into()));
        }
        self.open.lock().unwrap().push(serde_json::to_string(record).unwrap());
        Ok(())
    }

    fn whole(&self, record: &AuditRecord<'_>, outcome: &Outcome) -> Result<(), AuditError> {
        self.open(record)?;
        self.close(record.request_id, outcome);
        self.whole.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn close(&self, _: &RequestId, outcome: &Outcome) {
        self.closed.lock().unwrap().push(outcome.error_code.clone());
        self.denials.lock().unwrap().extend(outcome.denial.clone());
    }
}

struct Known(Arc<Snapshot>);

impl Directory for Known {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0)
    }
}

impl World {
    /// A service with the keys `LTAIroot` and `LTAIother` of two accounts, and one key and user for
    /// each policy: `(name, account, policy)`. The role `worker` of the first account may do
    /// everything.
    pub(crate) async fn with(users: &[(&str, &str, String)]) -> Self {
        Self::over(Arc::new(Memory::new()), users).await
    }

    /// The same with its index in a backend of the test's own.
    pub(crate) async fn over(backend: Arc<dyn Backend>, users: &[(&str, &str, String)]) -> Self {
        let random = Arc::new(SeededRandom::new(7));
        let clock = Arc::new(ManualClock::at(START));
        let ring = Arc::new(KeyRing::generate(random.as_ref()));
        let book = Arc::new(Book::default());
        let control = store(Arc::new(Memory::new()), &random, &ring);
        let (views, _) = Views::follow(control.clone(), Revision::ZERO, Vec::new());
        let gate = Arc::new(Gate::new(
            GateParts {
                clock: clock.clone(),
                random: random.clone(),
                key_ring: Arc::clone(&ring),
                store: control,
                views,
                directory: Arc::new(Known(Arc::new(snapshot(users)))),
                nonces: Arc::new(NonceLedger::in_memory()),
                audit: book.clone(),
                region: RegionId::find(REGION).unwrap(),
            },
            Vec::new(),
        ));
        let (folder, store) =
            (Arc::new(tempfile::tempdir().unwrap()), store(backend, &random, &ring));
        let (service, blobs) = open(&gate, &store, folder.path(), &random);
        service.sweep().await.unwrap();
        Self { service, clock, book, store, folder, blobs, gate, ring, random }
    }

    /// The same without users, with a bucket `bucket`.
    pub(crate) async fn new() -> Self {
        let world = Self::with(&[]).await;
        world.send(request("PUT", "bucket", "")).await.assert_status(200);
        world
    }

    /// The same service with callbacks.
    pub(crate) fn calling(self, callbacks: Callbacks) -> Self {
        Self { service: self.service.with_callbacks(callbacks), ..self }
    }

    /// The service as it is after a restart on the same store and folder.
    pub(crate) async fn restarted(self) -> Self {
        let (service, blobs) = open(&self.gate, &self.store, self.folder.path(), &self.random);
        service.sweep().await.unwrap();
        Self { service, blobs, ..self }
    }

    /// Another service on the same store and bytes, as another node has it.
    pub(crate) fn beside(&self) -> Self {
        let keeper = Arc::new(self.blobs.clone());
        let endpoints = Endpoints::of_region(&RegionId::find(REGION).unwrap());
        Self {
            service: ObjectService::new(self.gate.clone(), self.store.clone(), keeper, endpoints),
            clock: self.clock.clone(),
            book: self.book.clone(),
            store: self.store.clone(),
            folder: self.folder.clone(),
            gate: self.gate.clone(),
            ring: self.ring.clone(),
            random: self.random.clone(),
            blobs: self.blobs.clone(),
        }
    }

    /// A session of the role `worker`: the name of its key and its token.
    pub(crate) fn session(&self, policies: &[String]) -> (String, String, Secret<String>) {
        let session = Session {
            session_id: SessionId::generate(self.random.as_ref()),
            account: AccountId::parse(ACCOUNT).unwrap(),
            role_name: "worker".to_owned(),
            role_id: role_id(),
            instance: None,
            session_name: "test".to_owned(),
            policies: policies.to_vec(),
            source_identity: None,
            issued_at: self.clock.now(),
            expires_at: Timestamp::from_second(START + 3600).unwrap(),
            parent: None,
            ancestors: Vec::new(),
            vouched: None,
        };
        let credentials = self.ring.mint(&session);
        (credentials.access_key_id.as_str().to_owned(), credentials.token, credentials.secret)
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        self.send_with(request, &Secret::new(SECRET.to_owned())).await
    }

    pub(crate) async fn send_with(&self, request: Request, secret: &Secret<String>) -> Answer {
        let inbound = self.inbound(request, secret);
        read(self.service.serve(inbound).await).await
    }

    /// The request as the edge would hand it in.
    pub(crate) fn inbound(&self, mut request: Request, secret: &Secret<String>) -> Inbound {
        let credentials = Credentials {
            access_key_id: request.who.clone(),
            secret: secret.clone(),
            security_token: request.token.clone().map(Secret::new),
        };
        let call = ObjectCall {
            method: request.method,
            resource: request.bucket.as_deref().map(|bucket| (bucket, request.key.as_str())),
            query: &request.query,
            headers: &request.headers,
        };
        let now = self.clock.now();
        let (mut query, mut headers) = (request.query.clone(), request.headers.clone());
        let signed = request.signed.clone();
        match &signed {
            Signed::No => {}
            Signed::Form { fields, content, proof } => {
                let mut fields = fields.clone();
                let policy = match fields.iter().position(|(name, _)| name == "policy") {
                    Some(at) => fields.remove(at).1,
                    None => forms::policy(&serde_json::json!([])),
                };
                let proof = prove(&credentials, &policy, *proof, now);
                let (content_type, body) = forms::compose(&proof, &fields, content);
                headers.push(("content-type".to_owned(), content_type));
                headers.push(("content-length".to_owned(), body.len().to_string()));
                request.body = Body::full(body);
            }
            Signed::V1 => headers = sign::oss_v1(&credentials, &call, now),
            Signed::V4(hash) => headers = v4(&call, &credentials, hash, now),
            Signed::Url => {
                let expires = Timestamp::from_second(now.as_second() + 60).unwrap();
                query = sign::oss_v1_url(&credentials, &call, expires);
            }
        }
        let host = request.host.clone().unwrap_or_else(|| "127.0.0.1:4600".to_owned());
        let path = match (&request.bucket, &request.host) {
            (Some(bucket), None) => {
                format!("/{}/{}", percent_encode(bucket.as_bytes()), encoded_key(&request.key))
            }
            (Some(_), Some(_)) => format!("/{}", encoded_key(&request.key)),
            (None, _) => "/".to_owned(),
        };
        headers.push(("host".to_owned(), host));
        let headers = headers.into_iter().map(|(name, value)| (name, value.into_bytes()));
        let target = format!("{path}?{}", encoded_query(&query));
        Inbound {
            head: RequestHead::decode(request.method, &target, headers).unwrap(),
            body: request.body,
            ingress: Ingress::Host { peer: "192.0.2.7".parse().unwrap(), secure: false },
        }
    }

    /// The fields that prove who sends a form with this policy.
    pub(crate) fn proof(&self, who: &str, policy: &str, proof: FormProof) -> Pairs {
        let credentials = Credentials {
            access_key_id: who.to_owned(),
            secret: Secret::new(SECRET.to_owned()),
            security_token: None,
        };
        prove(&credentials, policy, proof, self.clock.now())
    }

    /// For each blob, durable or on its way, the file that it is in: of a large one its own, of a
    /// small one the segment.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Holdings { mut large, small } = self.blobs.holdings().unwrap();
        large.extend(small);
        large
    }

    /// The same when what was given up has had the time to go.
    pub(crate) fn settled_files(&self) -> Vec<PathBuf> {
        let incoming = |file: &PathBuf| file.parent().unwrap().ends_with("incoming");
        for _ in 0..500 {
            let files = self.files();
            if !files.iter().any(incoming) {
                return files;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        self.files()
    }
}

fn prove(credentials: &Credentials, policy: &str, proof: FormProof, now: Timestamp) -> Pairs {
    match proof {
        FormProof::V1 => sign::oss_form_v1(credentials, policy),
        FormProof::V4 => sign::oss_form_v4(credentials, policy, REGION, now).unwrap(),
        FormProof::None => Pairs::new(),
    }
}

/// A body that comes in pieces of unknown number.
pub(crate) fn chunked(pieces: Vec<Vec<u8>>) -> Body {
    let pieces = pieces.into_iter().map(|piece| Ok(Bytes::from(piece)));
    Body::stream(None, Box::pin(futures_util::stream::iter(pieces)))
}

/// A body that breaks off after some bytes.
pub(crate) fn cut(length: Option<u64>, bytes: Vec<u8>, error: BodyError) -> Body {
    let pieces = vec![Ok(Bytes::from(bytes)), Err(error)];
    Body::stream(length, Box::pin(futures_util::stream::iter(pieces)))
}

/// A policy of one statement.
pub(crate) fn policy(effect: &str, action: &str, resource: &str) -> String {
    statements(&[(effect, action, resource)])
}

/// A policy of several statements.
pub(crate) fn statements(statements: &[(&str, &str, &str)]) -> String {
    let statements: Vec<_> = statements
        .iter()
        .map(|(effect, action, resource)| {
            serde_json::json!({"Effect": effect, "Action": action, "Resource": resource})
        })
        .collect();
    serde_json::json!({"Version": "1", "Statement": statements}).to_string()
}

fn store(backend: Arc<dyn Backend>, random: &Arc<SeededRandom>, ring: &KeyRing) -> Store {
    Store::new(backend, Arc::new(RecordSealer::new(ring)), random.clone())
}

fn open(
    gate: &Arc<Gate>,
    store: &Store,
    folder: &Path,
    random: &Arc<SeededRandom>,
) -> (ObjectService, LocalBlobs) {
    let blobs = LocalBlobs::open(folder, random.clone()).unwrap();
    let endpoints = Endpoints::of_region(&RegionId::find(REGION).unwrap())
        .advertising("http://127.0.0.1:4600", "http://127.0.0.1:4601");
    let keeper = Arc::new(blobs.clone());
    (ObjectService::new(Arc::clone(gate), store.clone(), keeper, endpoints), blobs)
}

fn snapshot(users: &[(&str, &str, String)]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut add_key = |id: &str, owner: KeyOwner| {
        let key = KeyEntry {
            secret: Secret::new(SECRET.to_owned()),
            active: true,
            owner,
            last_use: Arc::default(),
        };
        snapshot.keys.insert(AccessKeyId::parse(id).unwrap(), Arc::new(key));
    };
    add_key("LTAIroot", KeyOwner::Root(AccountId::parse(ACCOUNT).unwrap()));
    add_key("LTAIother", KeyOwner::Root(AccountId::parse(OTHER_ACCOUNT).unwrap()));
    for (name, account, _) in users {
        add_key(name, KeyOwner::User(AccountId::parse(account).unwrap(), (*name).to_owned()));
    }
    for (number, (name, account, text)) in users.iter().enumerate() {
        let account = AccountId::parse(account).unwrap();
        let user = UserEntry {
            account: account.clone(),
            name: UserName::new(*name).unwrap(),
            id: principal_id(&format!("2{number:017}")),
            policies: compiled(text),
            grants: Vec::new(),
        };
        snapshot.users.insert((account, Folded::of(name)), Arc::new(user));
    }
    let role = RoleEntry {
        account: AccountId::parse(ACCOUNT).unwrap(),
        name: RoleName::new("worker").unwrap(),
        id: role_id(),
        policies: compiled(&policy("Allow", "oss:*", "*")),
        trust: Arc::new(PolicySet::compile([])),
        max_session_seconds: 3600,
    };
    snapshot.roles.insert((role.account.clone(), Folded::of("worker")), Arc::new(role));
    snapshot
}

fn compiled(text: &str) -> PolicySet {
    let document = Document::parse(DocumentKind::Identity, text).unwrap();
    let source = Source {
        policy_type: PolicyType::Custom,
        name: "test".to_owned(),
        version: "v1".to_owned(),
    };
    PolicySet::compile([(Arc::new(source), Arc::new(document))])
}

fn role_id() -> PrincipalId {
    principal_id("300000000000000001")
}

fn principal_id(text: &str) -> PrincipalId {
    serde_json::from_value(serde_json::Value::from(text)).unwrap()
}

/// The key as most clients encode it.
fn encoded_key(key: &str) -> String {
    percent_encode_path(key.as_bytes())
}

fn encoded_query(query: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("{}={}", percent_encode(name.as_bytes()), percent_encode(value.as_bytes()))
    };
    query.iter().map(pair).collect::<Vec<_>>().join("&")
}
