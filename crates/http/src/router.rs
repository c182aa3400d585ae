//! One port for everything: by host name, else by shape.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use rolecall_api::{ApiError, Product, code, codec};
use rolecall_crypto::RequestHead;
use rolecall_gate::{
    Answer, Body, BodyError, Call, Gate, Inbound, MAX_BODY_BYTES, Outbound, Service,
};
use rolecall_types::RequestId;
use tokio::sync::Semaphore;

use crate::host::{Named, named};
use crate::intercept::Intercept;

/// The prefix of our own endpoints; no bucket can have this name.
const LOCAL: &str = "/_rolecall/";

/// The bytes of a body that is read whatever else is read at the time. Nearly every call is
/// smaller; those with documents of identity providers or assertions of SAML are not.
const SMALL_BODY_BYTES: u64 = 64 * 1024;

/// How many larger bodies are read at one time, so that slow ones do not fill the memory; limit
/// ours.
const LARGE_BODIES: usize = 64;

/// An answer that is being worked out.
type Answering<'a> = Pin<Box<dyn Future<Output = Outbound> + Send + 'a>>;

/// Sends a request to the RPC gate, to the object service, or to our own endpoints.
pub struct Router {
    gate: Arc<Gate>,
    objects: Arc<dyn Service>,
    local: Arc<dyn Service>,
    intercept: Option<Arc<dyn Intercept>>,
    large_bodies: Semaphore,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

impl Router {
    /// A router to these three.
    pub fn new(gate: Arc<Gate>, objects: Arc<dyn Service>, local: Arc<dyn Service>) -> Self {
        let large_bodies = Semaphore::new(LARGE_BODIES);
        Self { gate, objects, local, intercept: None, large_bodies }
    }

    /// The same, with something that stands before the gate.
    #[must_use]
    pub fn with_intercept(self, intercept: Arc<dyn Intercept>) -> Self {
        Self { intercept: Some(intercept), ..self }
    }

    /// Answers a call. What is known at once is worked out at once: a future has room for each
    /// value twice that is handed on in it, and the allocator is quick with small ones only.
    fn rpc(&self, inbound: Inbound, product: Option<Product>) -> Answering<'_> {
        let intercept = self.intercept.as_deref().filter(|intercept| !intercept.is_idle());
        let Inbound { head, body, ingress } = inbound;
        if let Some(intercept) = intercept {
            return Box::pin(async move {
                match self.read(body).await {
                    Ok(body) => {
                        intercept.call(&self.gate, Call { head, body, ingress, product }).await
                    }
                    Err(error) => self.unread(&head, &error),
                }
            });
        }
        if body.length() == Some(0) {
            let call = Call { head, body: Bytes::new(), ingress, product };
            return Box::pin(async move { self.gate.call(&call).await.into() });
        }
        Box::pin(async move {
            match self.read(body).await {
                Ok(body) => self.gate.call(&Call { head, body, ingress, product }).await.into(),
                Err(error) => self.unread(&head, &error),
            }
        })
    }

    /// The whole body of a call.
    async fn read(&self, body: Body) -> Result<Bytes, ApiError> {
        let is_small = body.length().is_some_and(|length| length <= SMALL_BODY_BYTES);
        let throttled = |_| ApiError::new(&code::THROTTLING);
        let place = (!is_small).then(|| self.large_bodies.try_acquire().map_err(throttled));
        let _place = place.transpose()?;
        body.read(MAX_BODY_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge { limit } => {
                ApiError::of(&code::REQUEST_TOO_LARGE, limit.to_string())
            }
            other => ApiError::new(&code::REQUEST_TIMEOUT).because(other),
        })
    }

    /// The answer to a call whose body was not read to its end.
    fn unread(&self, head: &RequestHead, error: &ApiError) -> Outbound {
        self.refusal(head, error).header("connection", "close")
    }

    fn refusal(&self, head: &RequestHead, error: &ApiError) -> Outbound {
        let request_id = RequestId::generate(self.gate.random().as_ref());
        let format = codec::Format::Json;
        let product = Product::Ecs;
        Outbound::from(Answer {
            status: error.code().http,
            content_type: format.content_type(),
            body: codec::encode_error(format, product, error, &head.host, request_id.as_str()),
            request_id,
        })
    }
}

impl Service for Router {
    fn serve(&self, inbound: Inbound) -> Answering<'_> {
        if inbound.head.path.starts_with(LOCAL) {
            return self.local.serve(inbound);
        }
        match named(&inbound.head.host) {
            Named::Rpc(product) => self.rpc(inbound, Some(product)),
            Named::Stranger => {
                let error = ApiError::new(&code::INVALID_PRODUCT_NOT_FOUND);
                Box::pin(ready(self.refusal(&inbound.head, &error)))
            }
            Named::Nothing if is_rpc(&inbound.head) => self.rpc(inbound, None),
            Named::Objects | Named::Nothing => self.objects.serve(inbound),
        }
    }
}

/// Whether a request to an address looks like an RPC call: it goes to `/`, and it names an action,
/// or carries an ACS3 signature, or a form.
fn is_rpc(head: &RequestHead) -> bool {
    let acs3 = || head.header("authorization").is_some_and(|text| text.starts_with("ACS3-"));
    let form = || {
        let kind = head.header("content-type").unwrap_or_default();
        head.method == "POST" && kind.starts_with("application/x-www-form-urlencoded")
    };
    head.path == "/"
        && (head.query("Action").is_some() || head.has_header("x-acs-action") || acs3() || form())
}
