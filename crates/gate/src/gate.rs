//! The gate itself: decode, audit, authorize and execute one call.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rolecall_api::codec::{Parameters, Tree, decode, encode_reply};
use rolecall_api::{
    Access, ApiError, Authorize, Operation, Permit, Product, Proof, Scope, Spec, code,
};
use rolecall_crypto::{DayKeys, KeyRing};
use rolecall_policy::{self as policy, Need};
use rolecall_store::{Attempts, Revision, Store, StoreError};
use rolecall_types::{AccessKeyId, Clock, Random, RegionId, Secret};
use serde_json::Value;

use crate::Context;
use crate::audit::{Audit, AuditError, AuditOrigin, AuditRecord, Outcome, Recorded};
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::federation::Federation;
use crate::nonce::NonceLedger;
use crate::open_record::OpenRecord;
use crate::resource_tags::ResourceTags;
use crate::route::{Form, Handle, Route};
use crate::snapshot::Directory;
use crate::undecided::Undecided;
use crate::view::Views;
use crate::wholes::Wholes;

/// What a gate is made of.
pub struct GateParts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub random: Arc<dyn Random>,
    /// The keys that open sessions.
    pub key_ring: Arc<KeyRing>,
    /// The records.
    pub store: Store,
    /// What follows the store in memory.
    pub views: Views,
    /// Who is who.
    pub directory: Arc<dyn Directory>,
    /// The nonces that were used.
    pub nonces: Arc<NonceLedger>,
    /// Where records of calls go.
    pub audit: Arc<dyn Audit>,
    /// The region of calls that name none.
    pub region: RegionId,
}

impl fmt::Debug for GateParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateParts").field("region", &self.region).finish_non_exhaustive()
    }
}

/// The road of every request.
pub struct Gate {
    pub(crate) parts: GateParts,
    pub(crate) day_keys: DayKeys,
    pub(crate) stranger_secret: Secret<String>,
    pub(crate) signatures_checked: AtomicU64,
    pub(crate) resource_tags: Arc<ResourceTags>,
    federation: Option<Arc<dyn Federation>>,
    wholes: Option<Arc<dyn Wholes>>,
    /// The line of those whose transaction met a faster one.
    beaten: tokio::sync::Mutex<()>,
    routes: HashMap<Product, HashMap<&'static str, Box<dyn Route>>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate to these routes.
    pub fn new(parts: GateParts, routes: Vec<Box<dyn Route>>) -> Self {
        let mut table: HashMap<Product, HashMap<&'static str, Box<dyn Route>>> = HashMap::new();
        for route in routes {
            let spec = route.described().spec();
            table.entry(spec.product).or_default().insert(spec.action, route);
        }
        let stranger_secret = Secret::new(parts.random.text(b"0123456789abcdef", 30));
        let (day_keys, beaten) = (DayKeys::default(), tokio::sync::Mutex::default());
        let (resource_tags, federation, wholes) = (Arc::default(), None, None);
        let signatures_checked = AtomicU64::new(0);
        Self {
            parts,
            day_keys,
            stranger_secret,
            signatures_checked,
            resource_tags,
            federation,
            wholes,
            beaten,
            routes: table,
        }
    }

    /// The same, with tags of resources to decide by. They must be among the views that follow the
    /// store.
    #[must_use]
    pub fn with_resource_tags(self, resource_tags: Arc<ResourceTags>) -> Self {
        Self { resource_tags, ..self }
    }

    /// The same, believing what identity providers say. Without, calls that need it fail.
    #[must_use]
    pub fn with_federation(self, federation: Arc<dyn Federation>) -> Self {
        Self { federation: Some(federation), ..self }
    }

    /// The same, knowing which resources parts of resources belong to. Without, none is known.
    #[must_use]
    pub fn with_wholes(self, wholes: Arc<dyn Wholes>) -> Self {
        Self { wholes: Some(wholes), ..self }
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// The source of randomness.
    pub fn random(&self) -> &Arc<dyn Random> {
        &self.parts.random
    }

    /// The keys of the installation.
    pub fn key_ring(&self) -> &Arc<KeyRing> {
        &self.parts.key_ring
    }

    /// Who is who, now.
    pub fn directory(&self) -> &Arc<dyn Directory> {
        &self.parts.directory
    }

    /// The region of calls that name none.
    pub fn region(&self) -> &RegionId {
        &self.parts.region
    }

    /// Whether an operation is served.
    pub fn serves(&self, product: Product, action: &str) -> bool {
        self.route(product, action).is_some()
    }

    pub(crate) fn route(&self, product: Product, action: &str) -> Option<&dyn Route> {
        self.routes.get(&product)?.get(action).map(Box::as_ref)
    }

    /// Decodes, audits, authorizes and executes one RPC call.
    pub(crate) async fn serve<O: Operation, H: Handle<O>>(
        &self,
        handler: &H,
        context: &Context,
        parameters: &Parameters<'_>,
        form: Form,
    ) -> Result<Vec<u8>, ApiError> {
        let (operation, tree) = match read::<O>(parameters) {
            Ok(read) => read,
            Err(error) => return Err(self.turn_away(context, &O::SPEC, error)),
        };
        let vouched;
        let context = match operation.proof() {
            None => context,
            Some(proof) => match Box::pin(self.believe(context, proof)).await {
                Ok(believed) => {
                    vouched = believed;
                    &vouched
                }
                Err(error) => return Err(self.turn_away(context, &O::SPEC, error)),
            },
        };
        let placed;
        let context = match self.place(context, &operation.parts()) {
            None => context,
            Some(context) => {
                placed = context;
                &placed
            }
        };
        let needs = operation.needs(&context.scope);
        let record = record(context, &O::SPEC, &needs, Recorded::Call(&tree));
        let open = self.open_record(context, record)?;
        // The permit stands still from here on: a future has room for each value twice that is
        // handed on in it, and the allocator is slow with those of more than a kilobyte.
        open.close(match self.permit(context, operation, needs) {
            Ok(ref permit) => self.run(handler, context, permit, form).await,
            Err(error) => Err(error),
        })
    }

    /// The context of a call that names parts of resources, with these resources.
    fn place(&self, context: &Context, parts: &[&str]) -> Option<Box<Context>> {
        let wholes = self.wholes.as_ref().filter(|_| !parts.is_empty())?;
        let (account, region) = (&context.scope.account, &context.scope.region);
        let known = |part: &&str| {
            let whole = wholes.whole_of(account, region, part)?;
            Some(((*part).to_owned(), whole))
        };
        let wholes = parts.iter().filter_map(known).collect();
        let scope = Scope { wholes, ..context.scope.clone() };
        Some(Box::new(Context { scope, ..context.clone() }))
    }

    /// Authorizes one RPC call.
    fn permit<O: Operation>(
        &self,
        context: &Context,
        operation: Box<O>,
        needs: Vec<Need>,
    ) -> Result<Permit<O>, ApiError> {
        let needs = self.resource_tags.describe(needs);
        let ring = Some(&*self.parts.key_ring);
        authorize(context, &context.conditions(), operation, needs, ring)
    }

    /// Executes one RPC call.
    async fn run<O: Operation, H: Handle<O>>(
        &self,
        handler: &H,
        context: &Context,
        permit: &Permit<O>,
        form: Form,
    ) -> Result<Vec<u8>, ApiError> {
        let prepared = handler.prepare(context, &self.parts.store, permit).await?;
        let reply = if prepared.is_empty() {
            self.execute(handler, context, permit).await?
        } else {
            let context = Box::new(Context { prepared, ..context.clone() });
            Box::pin(self.execute(handler, &context, permit)).await?
        };
        let encoded = match form {
            Form::Wire(format) => {
                encode_reply(format, O::SPEC.action, &reply, context.request_id.as_str())
            }
            Form::Plain => serde_json::to_vec(&reply),
        };
        encoded.map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
    }

    /// The context of a call that carries its own proof of who calls. The proof alone counts: who
    /// signed beside it, if anybody did, takes no part in the call.
    async fn believe(&self, context: &Context, proof: Proof<'_>) -> Result<Box<Context>, ApiError> {
        let Some(federation) = &self.federation else {
            let missing = "the gate was given nobody who verifies what identity providers say";
            return Err(ApiError::new(&code::INTERNAL_ERROR).because(missing));
        };
        let federated = federation.believe(&context.snapshot, context.now, proof).await?;
        let caller = Caller::Federated(Arc::new(federated));
        Ok(Box::new(Context { caller, access_key_id: None, ..context.clone() }))
    }

    /// Opens the audit record of a call of the object service, which is to be decided next.
    /// `conditions` are those of the request as a whole.
    pub fn open<'a, O: Authorize>(
        &'a self,
        context: &'a Context,
        conditions: policy::Context,
        operation: O,
        tree: &'a Tree<'a>,
    ) -> Result<(OpenRecord<'a>, Undecided<'a, O>), ApiError> {
        let call = self.ask(context, conditions, operation);
        let spec = call.operation().spec();
        let record = record(context, spec, call.needs(), Recorded::Call(tree));
        Ok((self.open_record(context, record)?, call))
    }

    /// A further question of a call of the object service, whose audit record is open.
    pub fn ask<'a, O: Authorize>(
        &'a self,
        context: &'a Context,
        conditions: policy::Context,
        question: O,
    ) -> Undecided<'a, O> {
        Undecided::new(&self.parts.key_ring, context, conditions, question)
    }

    /// Records a call that is refused before it is known what it needs, and whose parameters may be
    /// anything. Gives the refusal back, or why it cannot be recorded.
    fn turn_away(&self, context: &Context, spec: &Spec, error: ApiError) -> ApiError {
        let record = record(context, spec, &[], Recorded::Deed(&Value::Null));
        match self.parts.audit.whole(&record, &outcome(Some(&error))) {
            Ok(()) => error,
            Err(unwritten) => unrecorded(unwritten),
        }
    }

    /// Runs a handler in a transaction.
    async fn execute<O: Operation, H: Handle<O>>(
        &self,
        handler: &H,
        context: &Context,
        permit: &Permit<O>,
    ) -> Result<O::Reply, ApiError> {
        if is_read_only(&O::SPEC) {
            let mut transaction = self.parts.store.begin().await.map_err(store_error)?;
            return handler.handle(context, &mut transaction, permit).await;
        }
        // Writing waits for the disk, and makes no call that only reads larger.
        Box::pin(self.write(handler, context, permit)).await
    }

    /// Commits what a handler writes, and waits until every view shows the change. Who was beaten
    /// once by a faster transaction waits in a line for its next tries, so that it meets newcomers
    /// only, however many rivals there are.
    async fn write<O: Operation, H: Handle<O>>(
        &self,
        handler: &H,
        context: &Context,
        permit: &Permit<O>,
    ) -> Result<O::Reply, ApiError> {
        let (mut attempts, mut in_line) = (Attempts::new(), None);
        loop {
            let mut transaction = self.parts.store.begin().await.map_err(store_error)?;
            let reply = handler.handle(context, &mut transaction, permit).await?;
            if let Some(revision) = attempts.commit(transaction).await.map_err(store_error)? {
                self.settle(revision).await?;
                return Ok(reply);
            }
            if in_line.is_none() {
                in_line = Some(self.beaten.lock().await);
            }
        }
    }

    /// Waits until every view shows `revision`, so that the next request sees the change.
    pub async fn settle(&self, revision: Revision) -> Result<(), ApiError> {
        self.parts
            .views
            .reach(revision)
            .await
            .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
    }
}

/// A call from its parameters, and these for the audit record.
fn read<'a, O: Operation>(parameters: &Parameters<'a>) -> Result<(Box<O>, Tree<'a>), ApiError> {
    let tree =
        decode(O::FIELDS, parameters).map_err(|refusal| refusal.into_error(O::SPEC.product))?;
    let operation = O::deserialize(&tree)
        .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))?;
    operation.validate()?;
    Ok((Box::new(operation), tree))
}

pub(crate) fn record<'a>(
    context: &'a Context,
    spec: &'a Spec,
    needs: &[Need],
    request_parameters: Recorded<'a>,
) -> AuditRecord<'a> {
    AuditRecord {
        request_id: &context.request_id,
        event_time: context.now,
        service_name: spec.product.name(),
        event_name: spec.action,
        writes: spec.access == Access::Write,
        principal: context.caller.arn(),
        assumed_by: context.caller.origin(),
        origin: context
            .caller
            .vouched()
            .map(|it| AuditOrigin { issuer: &it.issuer, subject: &it.subject }),
        access_key_id: context.access_key_id.as_ref().map(AccessKeyId::as_str),
        source_ip_address: context.ingress.source(),
        checks: needs.iter().map(check).collect(),
        request_parameters,
    }
}

/// A check as records show it: action and resource.
fn check(need: &Need) -> String {
    let mut text = String::with_capacity(64);
    text.push_str(need.action);
    // Memory takes all of it.
    let _ = write!(text, " {}", need.resource);
    text
}

pub(crate) fn outcome(error: Option<&ApiError>) -> Outcome {
    Outcome {
        error_code: error.map(ApiError::name),
        denial: error.and_then(ApiError::explanation).cloned(),
    }
}

pub(crate) fn unrecorded(error: AuditError) -> ApiError {
    ApiError::new(&code::SERVICE_UNAVAILABLE).because(error)
}

fn is_read_only(spec: &Spec) -> bool {
    spec.access == Access::Read
}

/// The meaning of a store's failure for the caller: what met a faster transaction may be sent
/// again; all else is a fault of ours, and its cause goes to the log.
pub fn store_error(error: StoreError) -> ApiError {
    let code = match error {
        StoreError::Conflict => &code::SERVICE_UNAVAILABLE,
        _ => &code::INTERNAL_ERROR,
    };
    ApiError::new(code).because(error)
}
