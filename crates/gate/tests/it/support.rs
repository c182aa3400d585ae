//! A gate of two toy operations over a store in memory, and a client that signs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_crypto::sign::{self, Credentials, Pairs};
use rolecall_crypto::{KeyRing, RecordSealer, RequestHead, percent_encode};
use rolecall_gate::{
    Answer, Audit, AuditError, AuditRecord, Call, Context, Directory, Gate, GateParts, Handle,
    Ingress, KeyEntry, KeyOwner, NonceLedger, Outcome, Route, RouteOf, Snapshot, Views,
};
use rolecall_policy::Need;
use rolecall_store::{Memory, Store, Transaction};
use rolecall_types::{
    AccessKeyId, AccountId, Clock, ManualClock, RegionId, RequestId, Secret, SeededRandom,
};
use serde::{Deserialize, Serialize};

/// The account's own key.
pub(crate) const KEY: &str = "LTAIroot";

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn store() -> Store {
    let random = Arc::new(SeededRandom::new(1));
    let ring = KeyRing::generate(random.as_ref());
    Store::new(Arc::new(Memory::new()), Arc::new(RecordSealer::new(&ring)), random)
}

/// Answers its text.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Echo {
    /// Any text.
    pub(crate) text: Option<String>,
    /// The region.
    pub(crate) region_id: Option<String>,
}

/// The text, and what the context says.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EchoReply {
    /// The text.
    pub(crate) text: Option<String>,
    /// The region.
    pub(crate) region: String,
    /// The caller.
    pub(crate) caller: String,
}

impl Authorize for Echo {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:Echo")]
    }
}

impl Operation for Echo {
    type Reply = EchoReply;
    const SPEC: Spec = Spec::read(Product::Ecs, "Echo");
}

/// Says of itself that it changes something.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Keep {
    /// Any text.
    pub(crate) text: Option<String>,
}

impl Authorize for Keep {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:Keep")]
    }
}

impl Operation for Keep {
    type Reply = EchoReply;
    const SPEC: Spec = Spec::write(Product::Ecs, "Keep");
}

impl Handle<Keep> for Echoing {
    async fn handle(
        &self,
        context: &Context,
        _: &mut Transaction,
        call: &Permit<Keep>,
    ) -> Result<EchoReply, ApiError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let (text, region) = (call.text.clone(), call.scope().region.to_string());
        Ok(EchoReply { text, region, caller: context.caller.arn() })
    }
}

/// Handles [`Echo`] and [`Keep`] and counts their calls.
#[derive(Default)]
pub(crate) struct Echoing(pub(crate) AtomicU64);

impl Handle<Echo> for Echoing {
    async fn handle(
        &self,
        context: &Context,
        _: &mut Transaction,
        call: &Permit<Echo>,
    ) -> Result<EchoReply, ApiError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match call.text.as_deref() {
            Some("panic") => panic!("as asked"),
            Some("hang") => std::future::pending().await,
            _ => {}
        }
        let (text, region) = (call.text.clone(), call.scope().region.to_string());
        Ok(EchoReply { text, region, caller: context.caller.arn() })
    }
}

struct Known(Arc<Snapshot>);

impl Directory for Known {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0)
    }
}

/// Counts the calls that were opened, and can be told to fail. It takes no outcome but of a call
/// that is open.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) open: Mutex<Vec<String>>,
    pub(crate) closed: Mutex<Vec<Option<String>>>,
    pub(crate) broken: Mutex<bool>,
    pending: Mutex<BTreeSet<String>>,
}

impl Audit for Book {
    fn open(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        if *self.broken.lock().unwrap() {
            return Err(AuditError("the disk is full".into()));
        }
        self.open.lock().unwrap().push(serde_json::to_string(record).unwrap());
        assert!(self.pending.lock().unwrap().insert(record.request_id.to_string()));
        Ok(())
    }

    fn close(&self, request_id: &RequestId, outcome: &Outcome) {
        let known = self.pending.lock().unwrap().remove(request_id.as_str());
        assert!(known, "an outcome of a call that is not open");
        self.closed.lock().unwrap().push(outcome.error_code.clone());
    }
}

pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) echoing: Arc<Echoing>,
    pub(crate) book: Arc<Book>,
    nonce: AtomicU64,
}

/// A request that can still be changed.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) query: Pairs,
    pub(crate) headers: Pairs,
    pub(crate) body: Vec<u8>,
    pub(crate) product: Option<Product>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let (store, echoing, book) = (store(), Arc::new(Echoing::default()), Arc::default());
        let start = block_on(store.read()).unwrap().revision();
        let (views, _) = Views::follow(store.clone(), start, Vec::new());
        let echo = RouteOf::<Echo, Echoing>::new(Arc::clone(&echoing));
        let keep = RouteOf::<Keep, Echoing>::new(Arc::clone(&echoing));
        let gate =
            gate(&clock, (store, views), Arc::clone(&book), vec![Box::new(echo), Box::new(keep)]);
        Self { gate, clock, echoing, book, nonce: AtomicU64::new(0) }
    }

    /// A call of [`Echo`], signed with RPC V1, with further parameters in the query.
    pub(crate) fn echo(&self, more: &[(&str, &str)]) -> Request {
        self.call("Echo", more)
    }

    /// The same of an operation by its name.
    pub(crate) fn call(&self, action: &str, more: &[(&str, &str)]) -> Request {
        let mut query = pairs(&[("Action", action), ("Version", Product::Ecs.version())]);
        query.extend(pairs(more));
        self.signed("GET", &query)
    }

    /// Any parameters, signed with RPC V1.
    pub(crate) fn signed(&self, method: &'static str, query: &Pairs) -> Request {
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst).to_string();
        let call = sign::Call { method, host: "h", path: "/", query, headers: &[] };
        let query = sign::rpc_v1(&credentials(), &call, &[], self.clock.now(), &nonce);
        Request { method, query, headers: Pairs::new(), body: Vec::new(), product: None }
    }

    /// A call of [`Echo`], signed with ACS3, with this body.
    pub(crate) fn echo_acs3(&self, headers: &[(&str, &str)], body: &[u8]) -> Request {
        let mut headers = pairs(headers);
        headers
            .extend(pairs(&[("x-acs-action", "Echo"), ("x-acs-version", Product::Ecs.version())]));
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst).to_string();
        let (method, query) = ("POST", Pairs::new());
        let call = sign::Call { method, host: "h", path: "/", query: &query, headers: &headers };
        let headers = sign::acs3(&credentials(), &call, body, self.clock.now(), &nonce);
        Request { method, query, headers, body: body.to_vec(), product: None }
    }

    pub(crate) fn send(&self, request: Request) -> Answer {
        block_on(self.begin(request))
    }

    /// A request on its way, which can be given up.
    pub(crate) async fn begin(&self, request: Request) -> Answer {
        let mut headers: Vec<_> =
            request.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        headers.push(("host".to_owned(), b"h".to_vec()));
        let query: Vec<_> = request
            .query
            .iter()
            .map(|(name, value)| {
                format!("{}={}", percent_encode(name.as_bytes()), percent_encode(value.as_bytes()))
            })
            .collect();
        let target = format!("/?{}", query.join("&"));
        let head = RequestHead::decode(request.method, &target, headers).unwrap();
        let ingress = Ingress::Host { peer: "192.0.2.7".parse().unwrap(), secure: true };
        let (body, product) = (request.body.into(), request.product);
        self.gate.call(&Call { head, body, ingress, product }).await
    }
}

/// A gate of these routes that knows one key.
pub(crate) fn gate(
    clock: &Arc<ManualClock>,
    (store, views): (Store, Views),
    audit: Arc<Book>,
    routes: Vec<Box<dyn Route>>,
) -> Gate {
    let random = Arc::new(SeededRandom::new(7));
    let key = KeyEntry {
        secret: Secret::new("secret".to_owned()),
        active: true,
        owner: root(),
        last_use: Arc::default(),
    };
    let keys = [(AccessKeyId::parse(KEY).unwrap(), Arc::new(key))].into_iter().collect();
    let snapshot = Snapshot { keys, ..Snapshot::default() };
    let parts = GateParts {
        clock: clock.clone(),
        random: random.clone(),
        key_ring: Arc::new(KeyRing::generate(random.as_ref())),
        store,
        views,
        directory: Arc::new(Known(Arc::new(snapshot))),
        nonces: Arc::new(NonceLedger::in_memory()),
        audit,
        region: RegionId::find("cn-hangzhou").unwrap(),
    };
    Gate::new(parts, routes)
}

fn root() -> KeyOwner {
    KeyOwner::Root(AccountId::parse("1234567890123456").unwrap())
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: KEY.to_owned(),
        secret: Secret::new("secret".to_owned()),
        security_token: None,
    }
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The texts of an answer, after a check that it is well formed: JSON or XML by its content type,
/// with the request id in it.
pub(crate) fn read(answer: &Answer) -> BTreeMap<String, String> {
    let body = String::from_utf8(answer.body.clone()).unwrap();
    let texts = match answer.content_type {
        "application/json;charset=utf-8" => {
            let tree: serde_json::Map<_, _> = serde_json::from_str(&body).unwrap();
            let text = |value: &serde_json::Value| {
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            };
            tree.iter().map(|(name, value)| (name.clone(), text(value))).collect()
        }
        "text/xml;charset=utf-8" => read_xml(&body),
        other => panic!("an answer of type {other}"),
    };
    assert_eq!(texts["RequestId"], answer.request_id.as_str(), "{body}");
    if answer.status != 200 {
        for name in ["Code", "Message", "HostId", "Recommend"] {
            assert!(texts.contains_key(name), "no {name}: {body}");
        }
    }
    texts
}

fn read_xml(body: &str) -> BTreeMap<String, String> {
    use quick_xml::events::Event;
    // The parser takes characters that XML 1.0 does not know, and others do not.
    let legal = |it: char| !it.is_control() && !matches!(it, '\u{fffe}' | '\u{ffff}');
    let legal = |it: char| legal(it) || matches!(it, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}');
    assert!(body.chars().all(legal), "{body:?}");
    let mut reader = quick_xml::Reader::from_str(body);
    let (mut texts, mut path) = (BTreeMap::<String, String>::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                if path.len() == 2 {
                    texts.insert(path[1].clone(), String::new());
                }
            }
            Event::End(_) => drop(path.pop()),
            Event::Text(text) if path.len() == 2 => {
                texts.get_mut(&path[1]).unwrap().push_str(&text);
            }
            Event::GeneralRef(reference) if path.len() == 2 => {
                let name: &str = &reference;
                let known = quick_xml::escape::unescape(&format!("&{name};")).unwrap().into_owned();
                texts.get_mut(&path[1]).unwrap().push_str(&known);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "{body}");
    texts
}
