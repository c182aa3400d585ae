//! The road of an object request: route, authenticate, find the bucket, decode, authorize, execute,
//! audit, encode.

mod callback;
mod maintain;
mod seen;
mod site;

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rolecall_api::{ApiError, Scope};
use rolecall_crypto::{RequestHead, Surface};
use rolecall_gate::{
    Authenticated, Body, Context, Declared, Gate, Inbound, Ingress, Outbound, Service, http_date,
};
use rolecall_store::Store;
use rolecall_types::{RequestId, Timestamp, explain};

use crate::access::Access;
use crate::access_log::AccessLog;
use crate::amazon::{self, Translated};
use crate::answer::{Asking, encode_error};
use crate::ask::{ask, refuse_headers};
use crate::blobs::Blobs;
use crate::callback::Callbacks;
use crate::code;
use crate::cors::preflight;
use crate::decode::{decode, gather};
use crate::denied::{nobody, refuse_anonymous};
use crate::endpoints::Endpoints;
use crate::error::ObjectError;
use crate::form::{Form, Lengths, is_form, refused_signature};
use crate::index::Index;
use crate::objects::Objects;
use crate::operation::{
    Call, Follow, Incoming, PostObject, Serve, Subject as _, bucket_name, find_bucket,
};
use crate::pieces::Pieces;
use crate::record::{Bucket, Payer};
use crate::route::{Target, route, without_port};
use crate::scrub::Scrubber;

pub use maintain::Maintenance;
use seen::Answered;
pub(crate) use seen::Seen;
use site::Visit;

/// How often the service looks whether something is due: a clock that is moved tells nobody.
const UPKEEP: Duration = Duration::from_secs(1);

/// The most bytes of a `User-Agent` that conditions see: what stands behind is cut off, so that a
/// caller does not choose how much work its policies are. A limit of ours; those of clients are
/// shorter.
const MAX_USER_AGENT: usize = 512;

/// The object service.
#[derive(Debug)]
pub struct ObjectService(Inner);

/// What operations work with.
pub(crate) struct Inner {
    gate: Arc<Gate>,
    pub(crate) endpoints: Endpoints,
    pub(crate) objects: Objects,
    /// What callbacks need, where they are served.
    pub(crate) callbacks: Option<Callbacks>,
    access_log: Arc<AccessLog>,
    /// The last midnight at which lifecycle rules were looked at.
    ran: Mutex<Option<Timestamp>>,
    scrubber: Scrubber,
    /// How many requests there were.
    requests: AtomicU64,
}

/// A request whose caller is known.
pub(crate) struct Asked<'a> {
    head: &'a RequestHead,
    body: Body,
    ingress: Ingress,
    target: Target,
    believed: Authenticated,
    request_id: RequestId,
    /// What becomes known on the way.
    seen: &'a mut Seen,
    /// How long the body may be, where who signed for it said so.
    lengths: Option<Lengths>,
}

impl ObjectService {
    /// The service on a store of its own, which holds the index, and on the bytes.
    ///
    /// A V4 signature may name any region: one service stands for all.
    pub fn new(gate: Arc<Gate>, store: Store, blobs: Arc<dyn Blobs>, endpoints: Endpoints) -> Self {
        let (key_ring, random) = (Arc::clone(gate.key_ring()), Arc::clone(gate.random()));
        let index = Index::new(store, Arc::clone(&random));
        let objects = Objects::new(index, Pieces::new(blobs, key_ring, random));
        let (access_log, ran) = (Arc::default(), Mutex::default());
        let (scrubber, requests) = (Scrubber::default(), AtomicU64::new(0));
        let callbacks = None;
        Self(Inner { gate, endpoints, objects, callbacks, access_log, ran, scrubber, requests })
    }

    /// The same, with callbacks. Without them a request that asks for one is refused.
    #[must_use]
    pub fn with_callbacks(self, callbacks: Callbacks) -> Self {
        Self(Inner { callbacks: Some(callbacks), ..self.0 })
    }

    /// Removes what an earlier run left half done. Requests may come meanwhile.
    pub async fn sweep(&self) -> Result<(), ObjectError> {
        self.0.objects.sweep().await
    }

    /// Looks after what is stored, as long as the service runs: sweeps once, and then does what is
    /// due by the clock.
    pub async fn tend(&self) {
        if let Err(error) = self.sweep().await {
            tracing::error!(cause = %explain(&error), "what an earlier run left stays on the disk");
        }
        loop {
            tokio::time::sleep(UPKEEP).await;
            if let Err(error) = self.maintain().await {
                tracing::warn!(cause = %explain(&error), "what is due waits for the next time");
            }
        }
    }
}

impl Service for ObjectService {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        Box::pin(self.0.answer(inbound))
    }
}

impl Inner {
    async fn answer(&self, inbound: Inbound) -> Outbound {
        let Inbound { head, body, ingress } = inbound;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let (begun, amazon) = (self.gate.clock().now(), amazon::seems_to_speak(&head));
        let request_id = RequestId::of_objects(self.gate.random().as_ref());
        let (length, mut seen) = (body.length(), Seen::default());
        let road = self.road(&head, body, ingress.clone(), request_id.clone(), &mut seen);
        let (outbound, error) = match road.await {
            Ok(outbound) => (outbound, None),
            Err(error) => {
                let error = if amazon { amazon::refusal(error) } else { error };
                if let Some(cause) = error.cause() {
                    let code = error.name();
                    tracing::warn!(%request_id, code, cause = %explain(cause), "call failed");
                }
                let is_head = head.method == "HEAD";
                let (host, request_id) = (without_port(&head.host), request_id.as_str());
                let outbound = encode_error(&error, Asking { is_head, host, request_id });
                let outbound = if amazon { amazon::answer(outbound, true) } else { outbound };
                (outbound, Some(error.name()))
            }
        };
        let outbound = match self.bucket_of(&mut seen).await {
            Some(bucket) => {
                let (head, ingress, request_id) = (&head, &ingress, request_id.as_str());
                let error = error.as_deref();
                let answered = Answered { head, ingress, length, begun, request_id, error };
                self.accompanied(answered, &seen, &bucket, outbound)
            }
            None => outbound,
        };
        let ended = self.gate.clock().now();
        let elapsed = ended.as_millisecond().saturating_sub(begun.as_millisecond()).max(0);
        let outbound = if amazon {
            outbound.header("x-amz-request-id", request_id.to_string())
        } else {
            outbound
        };
        outbound
            .header("server", "AliyunOSS")
            .header("date", http_date(ended))
            .header("x-oss-request-id", request_id.to_string())
            .header("x-oss-server-time", elapsed.to_string())
    }

    async fn road(
        &self,
        head: &RequestHead,
        body: Body,
        ingress: Ingress,
        request_id: RequestId,
        seen: &mut Seen,
    ) -> Result<Outbound, ApiError> {
        let target = route(&self.endpoints, head)?;
        seen.target = Some(target.clone());
        if head.method == "OPTIONS" && target.bucket().is_some() {
            seen.operation = Some("OptionObject");
            let bucket = find_bucket(&self.objects.index, &bucket_name(&target)?).await?;
            return preflight(bucket.configuration.cors.as_ref(), head);
        }
        if is_form(head, &target) {
            let (target, ingress, request_id) = (&target, &ingress, &request_id);
            return self.post(Visit { head, target, ingress, request_id }, body, seen).await;
        }
        let mut believed = self.believe(head, &target)?;
        seen.caller(&believed);
        if amazon::speaks(believed.scheme) {
            let Translated { head, body } =
                amazon::translate(head, body, &target, believed.chunks.take())?;
            let route = ask(&head, &target)?;
            let is_document = route.spec().action != "GetObject";
            let lengths = None;
            let asked =
                Asked { head: &head, body, ingress, target, believed, request_id, seen, lengths };
            let outbound = route.run(self, asked).await?;
            return Ok(amazon::answer(outbound, is_document));
        }
        if let Some(site) = self.site_of(head, &target, &believed.caller).await? {
            let (target, ingress, request_id) = (&target, &ingress, &request_id);
            return self.show(&site, Visit { head, target, ingress, request_id }, seen).await;
        }
        let route = ask(head, &target)?;
        let lengths = None;
        let asked = Asked { head, body, ingress, target, believed, request_id, seen, lengths };
        route.run(self, asked).await
    }

    /// Believes or refuses what a request presents.
    fn believe(&self, head: &RequestHead, target: &Target) -> Result<Authenticated, ApiError> {
        self.gate
            .authenticate(Surface::Oss, head, &[], None, target.resource())
            .map_err(|error| error.into_api_error(Surface::Oss))
    }

    /// The road of a form: its fields are read, its signature and its policy checked, and it goes
    /// on as the request on an object that its fields stand for.
    async fn post(
        &self,
        visit: Visit<'_>,
        body: Body,
        seen: &mut Seen,
    ) -> Result<Outbound, ApiError> {
        let form = Form::read(visit.head, body).await?;
        let believed = self.gate.authenticate_form(&form.pairs()).map_err(refused_signature)?;
        seen.caller(&believed);
        let bucket = visit.target.bucket().unwrap_or_default();
        let lengths = form.check_policy(bucket, self.gate.clock().now())?;
        let target = Target::Object(bucket.to_owned(), form.key()?);
        let head = &form.head(visit.head);
        refuse_headers(head, &Declared::<PostObject>::VALUE)?;
        let asked = Asked {
            head,
            body: form.file,
            ingress: visit.ingress.clone(),
            target,
            believed,
            request_id: visit.request_id.clone(),
            seen,
            lengths,
        };
        self.run::<PostObject>(asked).await
    }

    /// Carries out one operation for a caller who is known.
    pub(crate) async fn run<O: Serve>(&self, asked: Asked<'_>) -> Result<Outbound, ApiError> {
        let Asked { head, body, ingress, target, mut believed, request_id, seen, lengths } = asked;
        seen.operation = Some(O::SPEC.action);
        let on = O::On::find(&self.objects.index, &target).await?;
        seen.bucket = on.bucket().cloned();
        let sent = gather::<O>(head, &target)?;
        let (operation, tree) = decode::<O>(&sent, head, &target)?;
        operation.validate()?;
        refuse_anonymous(&believed.caller, head, &target)?;
        let Some(account) = on.owner().or(believed.caller.account()).cloned() else {
            return Err(nobody(&target));
        };
        let signed_sha256 = believed.declared_body_sha256.take();
        let incoming = Incoming { body, signed_sha256 };
        let completed = operation.complete(&self.objects.index, incoming).await?;
        let (operation, Incoming { body, signed_sha256 }) = completed;
        let source = match operation.source() {
            Some(name) => Some(find_bucket(&self.objects.index, &name).await?),
            None => None,
        };
        // No operation on objects means its caller, whose account may be another one.
        let foreign = source.iter().map(|it| (it.name.to_string(), it.owner.clone())).collect();
        let scope = Scope { foreign, ..Scope::of(account, self.gate.region().clone()) };
        let context = self.gate.context(request_id, believed, scope, ingress);
        let conditions = conditions(&context, head);
        let (record, undecided) = self.gate.open(&context, conditions, operation, &tree)?;
        let result = async {
            if let Some(bucket) = on.bucket() {
                admit(bucket, &context, head, &target)?;
            }
            let buckets = on.bucket().cloned().into_iter().chain(source);
            let access = Access::to(&self.objects.index, buckets).await?;
            let permit = access.decide(undecided, &context.caller).await?;
            let (gate, context) = (self.gate.as_ref(), &context);
            let follow = Follow { gate, access: &access, context, head };
            let call = Call { permit, on, context, head, follow, body, signed_sha256, lengths };
            O::serve(self, call).await
        };
        record.close(result.await)?.encode()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("endpoints", &self.endpoints)
            .field("objects", &self.objects)
            .finish_non_exhaustive()
    }
}

/// Refuses what a bucket does not take, whoever is permitted it: a request for an object from a
/// page that may not link to it, and one of another account that does not say that it pays.
fn admit(
    bucket: &Bucket,
    context: &Context,
    head: &RequestHead,
    target: &Target,
) -> Result<(), ApiError> {
    if let (Some(referers), Target::Object(..)) = (&bucket.configuration.referer, target) {
        referers.admit(head)?;
    }
    let is_own = context.caller.account() == Some(&bucket.owner);
    let says = [head.header(REQUEST_PAYER), head.query(REQUEST_PAYER)];
    let pays = context.caller.account().is_some() && says.contains(&Some("requester"));
    if bucket.configuration.payer == Payer::Requester && !is_own && !pays {
        return Err(ApiError::new(&code::REQUESTER_PAYS));
    }
    Ok(())
}

/// Where a request says that its caller pays: a header or a parameter.
const REQUEST_PAYER: &str = "x-oss-request-payer";

/// The condition keys of the request as a whole. Source: the page on RAM policies of OSS.
pub(crate) fn conditions(context: &Context, head: &RequestHead) -> rolecall_policy::Context {
    let mut conditions = context.conditions();
    if let Some(agent) = head.header("user-agent") {
        conditions.insert("acs:UserAgent", head_of(agent, MAX_USER_AGENT));
    }
    if let Some(id) = &context.access_key_id {
        conditions.insert("acs:AccessId", id.as_str());
    }
    conditions
}

/// The first characters of a text, of at most so many bytes.
fn head_of(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}
