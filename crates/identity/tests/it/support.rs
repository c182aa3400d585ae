//! A whole installation in one process: store, directory, gate, and clients that sign.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rolecall_api::Product;
use rolecall_crypto::sign::{self, Credentials, TokenSigner};
use rolecall_crypto::{KeyRing, RecordSealer, RequestHead, SignatureAlgorithm, percent_encode};
use rolecall_gate::{
    Audit, AuditError, AuditRecord, Call, Directory, Egress, EgressError, Gate, GateParts, Ingress,
    NonceLedger, Outcome, ResourceTags, View, Views,
};
use rolecall_identity::ims::{self, Ims};
use rolecall_identity::ram::{self, Ram};
use rolecall_identity::sts::{self, Sts};
use rolecall_identity::{
    AccountSeed, IdentityDirectory, PinnedKeys, SessionBook, SignIns, Verifier, bootstrap,
    watch_tags,
};
use rolecall_store::{Memory, Store};
use rolecall_types::{AccessKeyId, AccountId, Clock, ManualClock, RegionId, Secret, SeededRandom};
use serde_json::{Value, json};

/// The account of most tests.
pub(crate) const ACCOUNT: &str = "1234567890123456";
/// Another one.
pub(crate) const STRANGER: &str = "6543210987654321";

/// An issuer of OIDC tokens.
pub(crate) const ISSUER: &str = "https://idp.example.com";

/// A way out that leads nowhere.
struct NoWayOut;

impl Egress for NoWayOut {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        _fingerprints: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, EgressError>> + Send + 'a>> {
        let (url, reason) = (url.to_owned(), "nobody is asked here".to_owned());
        Box::pin(async { Err(EgressError::Refused { url, reason }) })
    }
}

/// A trust policy for the users and roles of [`ACCOUNT`].
pub(crate) const TRUST_ACCOUNT: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;
/// A trust policy for instances.
pub(crate) const TRUST_ECS: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}],"Version":"1"}"#;

/// A document of one statement.
pub(crate) fn document(effect: &str, action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The error code, or `ok`.
    pub(crate) fn code(&self) -> &str {
        if self.status == 200 { "ok" } else { self.body["Code"].as_str().unwrap() }
    }
}

/// Everything that was recorded of calls, as text.
#[derive(Default)]
pub(crate) struct Recorded(pub(crate) Mutex<Vec<String>>);

impl Audit for Recorded {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        self.0.lock().unwrap().push(serde_json::to_string(record).unwrap());
        Ok(())
    }

    fn close(&self, _: &rolecall_types::RequestId, outcome: &Outcome) {
        self.0.lock().unwrap().push(format!("{outcome:?}"));
    }
}

/// The installation.
pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) directory: Arc<IdentityDirectory>,
    pub(crate) recorded: Arc<Recorded>,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) root: Credentials,
    pub(crate) stranger: Credentials,
    /// The key of [`ISSUER`], whose public half is pinned.
    pub(crate) issuer: TokenSigner,
    nonce: AtomicU64,
}

impl World {
    pub(crate) async fn new() -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let key_ring = Arc::new(KeyRing::generate(random.as_ref()));
        let sealer = Arc::new(RecordSealer::new(&key_ring));
        let store = Store::new(Arc::new(Memory::new()), sealer, random.clone());
        let root = account(&store, &clock, ACCOUNT).await;
        let stranger = account(&store, &clock, STRANGER).await;
        let reader = store.read().await.unwrap();
        let directory = Arc::new(IdentityDirectory::load(&reader).await.unwrap());
        let mut tags = ResourceTags::default();
        watch_tags(&mut tags, &reader).await.unwrap();
        let tags = Arc::new(tags);
        let followers: Vec<Arc<dyn View>> = vec![directory.clone(), tags.clone()];
        let (views, work) = Views::follow(store.clone(), reader.revision(), followers);
        tokio::spawn(async move { panic!("the views stopped: {}", work.await) });
        let recorded = Arc::new(Recorded::default());
        let sign_ins = Arc::new(SignIns::new(store.clone()));
        let mut routes = ram::routes(&Arc::new(Ram::new(sign_ins.clone(), key_ring.clone())));
        routes.extend(ims::routes(&Arc::new(Ims)));
        let (sessions, writing) = SessionBook::open(store.clone(), clock.clone());
        tokio::spawn(async move { panic!("the book of sessions stopped: {}", writing.await) });
        routes.extend(sts::routes(&Arc::new(Sts::new(key_ring.clone(), sessions))));
        let parts = GateParts {
            clock: clock.clone(),
            random,
            key_ring: key_ring.clone(),
            store: store.clone(),
            views,
            directory: directory.clone(),
            nonces: Arc::new(NonceLedger::in_memory()),
            audit: recorded.clone(),
            region: RegionId::find("cn-hangzhou").unwrap(),
        };
        let issuer = TokenSigner::generate(SignatureAlgorithm::Es256, "key").unwrap();
        let mut pinned = PinnedKeys::default();
        pinned.pin(ISSUER, json!({"keys": [issuer.public_jwk()]}).to_string().as_bytes()).unwrap();
        let federation = Arc::new(Verifier::new(Arc::new(NoWayOut), pinned, clock.now()));
        let gate = Gate::new(parts, routes).with_resource_tags(tags).with_federation(federation);
        let nonce = AtomicU64::new(0);
        Self {
            gate,
            store,
            clock,
            key_ring,
            directory,
            recorded,
            sign_ins,
            root,
            stranger,
            issuer,
            nonce,
        }
    }

    /// Sends a signed call, its parameters in the form as the newest clients do.
    pub(crate) async fn send(
        &self,
        caller: Option<&Credentials>,
        product: Product,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let host = format!("{}.aliyuncs.com", product.name().to_lowercase());
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let form: Vec<_> = parameters.iter().copied().map(pair).collect();
        let mut query: Vec<_> =
            [("Action", action), ("Version", product.version()), ("Format", "JSON")]
                .map(pair)
                .to_vec();
        if let Some(caller) = caller {
            let nonce = self.nonce.fetch_add(1, Ordering::SeqCst).to_string();
            let (method, path, headers) = ("POST", "/", &[]);
            let call = sign::Call { method, host: &host, path, query: &query, headers };
            query = sign::rpc_v1(caller, &call, &form, self.clock.now(), &nonce);
        }
        let encode = |text: &str| percent_encode(text.as_bytes());
        let body: Vec<_> = form
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let kind = b"application/x-www-form-urlencoded".to_vec();
        let head = RequestHead {
            method: "POST".into(),
            host: host.into(),
            path: "/".into(),
            query: query.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            headers: vec![("content-type".into(), kind)],
        };
        let ingress = Ingress::Host { peer: "192.0.2.7".parse().unwrap(), secure: true };
        let call = Call { head, body: body.join("&").into(), ingress, product: Some(product) };
        let answer = self.gate.call(&call).await;
        let body = serde_json::from_slice(&answer.body).unwrap();
        let answer = Answer { status: answer.status, body };
        check_declared(product, action, &answer);
        answer
    }

    /// A call of RAM.
    pub(crate) async fn ram(
        &self,
        caller: &Credentials,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        self.send(Some(caller), Product::Ram, action, parameters).await
    }

    /// A call of RAM by the account itself, which must succeed.
    pub(crate) async fn must(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.ram(&self.root, action, parameters).await;
        assert_eq!(answer.code(), "ok", "{action} {parameters:?}: {}", answer.body);
        answer.body
    }

    /// The code that RAM answers the account itself.
    pub(crate) async fn code(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.ram(&self.root, action, parameters).await.code().to_owned()
    }

    /// A user with an AccessKey and these documents as policies.
    pub(crate) async fn user(&self, name: &str, documents: &[&str]) -> Credentials {
        self.must("CreateUser", &[("UserName", name)]).await;
        for (number, document) in documents.iter().enumerate() {
            let policy = format!("{name}-{number}");
            self.must("CreatePolicy", &[("PolicyName", &policy), ("PolicyDocument", document)])
                .await;
            self.attach("User", name, "Custom", &policy).await;
        }
        let made = self.must("CreateAccessKey", &[("UserName", name)]).await;
        credentials(&made["AccessKey"])
    }

    /// A role of the account.
    pub(crate) async fn role(&self, name: &str, trust: &str) -> Value {
        let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        self.must("CreateRole", &parameters).await["Role"].clone()
    }

    /// A custom policy of the account.
    pub(crate) async fn policy(&self, name: &str, document: &str) {
        self.must("CreatePolicy", &[("PolicyName", name), ("PolicyDocument", document)]).await;
    }

    /// A group with these members, who must be there.
    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> Value {
        let made = self.must("CreateGroup", &[("GroupName", name)]).await;
        for user in members {
            self.must("AddUserToGroup", &[("GroupName", name), ("UserName", user)]).await;
        }
        made["Group"].clone()
    }

    /// Attaches a policy to a `User`, a `Group` or a `Role`.
    pub(crate) async fn attach(&self, kind: &str, holder: &str, policy_type: &str, policy: &str) {
        let action = format!("AttachPolicyTo{kind}");
        let name = format!("{kind}Name");
        let parameters =
            [(name.as_str(), holder), ("PolicyType", policy_type), ("PolicyName", policy)];
        self.must(&action, &parameters).await;
    }

    /// A call of `AssumeRole`.
    pub(crate) async fn assume(
        &self,
        caller: &Credentials,
        role: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let arn = format!("acs:ram::{ACCOUNT}:role/{role}");
        let parameters =
            [&[("RoleArn", arn.as_str()), ("RoleSessionName", "alice")], more].concat();
        self.send(Some(caller), Product::Sts, "AssumeRole", &parameters).await
    }

    /// The credentials of a session, which must be given.
    pub(crate) async fn session(&self, caller: &Credentials, role: &str) -> Credentials {
        let answer = self.assume(caller, role, &[]).await;
        assert_eq!(answer.code(), "ok", "{}", answer.body);
        credentials(&answer.body["Credentials"])
    }

    /// What `GetCallerIdentity` answers.
    pub(crate) async fn who(&self, caller: &Credentials) -> Answer {
        self.send(Some(caller), Product::Sts, "GetCallerIdentity", &[]).await
    }

    /// The snapshot that requests see.
    pub(crate) fn snapshot(&self) -> Arc<rolecall_gate::Snapshot> {
        self.directory.snapshot()
    }
}

/// A code of this crate must be one that the operation declares.
fn check_declared(product: Product, action: &str, answer: &Answer) {
    let all = ram::code::ALL.iter().chain(sts::code::ALL).chain(ims::code::ALL);
    let own = all.copied().find(|code| code.name == answer.code());
    let operations = match product {
        Product::Sts => sts::OPERATIONS,
        Product::Ims => ims::OPERATIONS,
        _ => ram::OPERATIONS,
    };
    let spec = operations.iter().map(|it| it.spec()).find(|spec| spec.action == action);
    let declares = |name| spec.is_some_and(|it| it.errors.iter().any(|code| code.name == name));
    assert!(
        own.is_none_or(|own| declares(own.name)),
        "{action} does not declare {}",
        answer.code()
    );
}

/// The credentials in an answer.
pub(crate) fn credentials(view: &Value) -> Credentials {
    let text = |name: &str| view[name].as_str().map(str::to_owned);
    Credentials {
        access_key_id: text("AccessKeyId").unwrap(),
        secret: Secret::new(text("AccessKeySecret").unwrap()),
        security_token: text("SecurityToken").map(Secret::new),
    }
}

/// An account that was seeded.
async fn account(store: &Store, clock: &ManualClock, id: &str) -> Credentials {
    let access_key_id = format!("LTAIroot{id}");
    let secret = Secret::new(format!("secret-of-{id}"));
    let seed = AccountSeed {
        account: AccountId::parse(id).unwrap(),
        access_key_id: AccessKeyId::parse(&access_key_id).unwrap(),
        secret: secret.clone(),
    };
    bootstrap(store, &seed, clock.now()).await.unwrap();
    Credentials { access_key_id, secret, security_token: None }
}

/// Padded Base64, as SAML carries its documents.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
