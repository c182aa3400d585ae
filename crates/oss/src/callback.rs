//! Callbacks: a message to a server of the uploader's choice, sent when an object is stored. What
//! that server answers is the answer of the upload.
//!
//! ```text
//! parameter ─ checked ─ object stored ─ body filled in ─ signed ─ POST ─┬─ 200, JSON ─▶ 200
//!                                                                     └─ else ───────▶ 203
//! ```
//!
//! While it is under way nothing is held but one of a bounded number of places: no transaction, no
//! place for uploads. Source: the pages "Callback" and "Upload callbacks" of OSS.

mod facts;
mod image;
mod parameter;
mod template;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use rolecall_api::{ApiError, code as api};
use rolecall_crypto::{CallbackKey, percent_encode_path};
use rolecall_gate::{Caller, Context, Message, MessageError, Messenger};
use rolecall_types::Random;
use serde::de::IgnoredAny;
use tokio::sync::Semaphore;

use crate::code::{self, header_not_implemented};

pub(crate) use facts::{Facts, IMAGE_HEAD_BYTES};
pub(crate) use image::Image;
pub(crate) use parameter::{Callback, CallbackParameters};

/// The longest answer of an application, in bytes. Source: the page "HTTP status code 203" of OSS.
const REPLY_BYTES_MAX: u64 = 1 << 20;

/// The most callbacks that are under way at a time; what is more fails at once, as on the live
/// service. The number is ours.
const UNDER_WAY_MAX: usize = 64;

/// Who has the key that signs callbacks. It is asked for when one is sent: most installations never
/// send any, and a key takes its time to make.
pub trait CallbackKeys: Send + Sync + 'static {
    /// The key, always the same.
    fn key(&self) -> BoxFuture<'_, Result<Arc<CallbackKey>, Box<dyn Error + Send + Sync>>>;
}

impl fmt::Debug for dyn CallbackKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackKeys")
    }
}

/// What callbacks need: who carries them, the key that signs them, and where its other half is.
#[derive(Debug)]
pub struct Callbacks {
    messenger: Arc<dyn Messenger>,
    keys: Arc<dyn CallbackKeys>,
    /// The URL of the public key, in Base64.
    key_url: String,
    places: Semaphore,
}

impl Callbacks {
    /// Callbacks carried by `messenger` and signed by a key whose public half is in PEM at
    /// `key_url`.
    pub fn new(messenger: Arc<dyn Messenger>, keys: Arc<dyn CallbackKeys>, key_url: &str) -> Self {
        let key_url = STANDARD.encode(key_url);
        Self { messenger, keys, key_url, places: Semaphore::new(UNDER_WAY_MAX) }
    }

    /// Sends a callback to the first of its URLs that takes it, and returns what is answered there.
    pub(crate) async fn send(
        &self,
        callback: &Callback,
        facts: &Facts,
        random: &dyn Random,
    ) -> Result<Bytes, ApiError> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(facts.failed("Too many callback requests."));
        };
        let internal = |error| ApiError::new(&api::INTERNAL_ERROR).because(error);
        let key = self.keys.key().await.map_err(internal)?;
        let body = callback.body(facts);
        let mut failure = None;
        for goal in &callback.goals {
            let text = goal.signed_text(&body);
            let authorization = key.sign(&text, random).map_err(|error| internal(error.into()))?;
            let message = Message {
                url: &goal.url,
                host: callback.host.as_deref(),
                names_server: callback.names_server,
                headers: vec![
                    ("content-type", callback.body_type.as_str().to_owned()),
                    ("user-agent", "aliyun-oss-callback".to_owned()),
                    ("authorization", authorization),
                    ("x-oss-pub-key-url", self.key_url.clone()),
                    ("x-oss-bucket", facts.bucket.clone()),
                    ("x-oss-object", percent_encode_path(facts.object.as_str().as_bytes())),
                    ("x-oss-request-id", facts.request_id.clone()),
                ],
                body: body.clone().into(),
                longest_reply: REPLY_BYTES_MAX,
            };
            match self.exchange(message, facts).await {
                Ok(reply) => return Ok(reply),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| ApiError::new(&api::INTERNAL_ERROR)))
    }

    async fn exchange(&self, message: Message<'_>, facts: &Facts) -> Result<Bytes, ApiError> {
        let reply = match self.messenger.send(message).await {
            Ok(reply) => reply,
            Err(error) => return Err(facts.failed(failure(&error)).because(error)),
        };
        if reply.status != 200 {
            return Err(facts.failed(&format!("Error status : {}.", reply.status)));
        }
        if serde_json::from_slice::<IgnoredAny>(&reply.body).is_err() {
            return Err(facts.failed("Response body is not valid json format."));
        }
        Ok(reply.body)
    }
}

/// How the answer says why nobody answered. Source: the page "HTTP status code 203" of OSS; the
/// first is that of EC 0007-00000008.
fn failure(error: &MessageError) -> &'static str {
    match error {
        MessageError::Forbidden { .. } => "Private address is forbidden to callback.",
        MessageError::Late { .. } => "Cost too long time.",
        MessageError::Length { .. } => {
            "Error status : 400.User server return too long content-length value."
        }
        MessageError::Malformed { .. } | MessageError::Failed { .. } => {
            "Error status : -1.OSS can not connect to your callbackUrl, please check it."
        }
    }
}

/// The callback that a request asks for, if it does; checked, and nothing is sent yet.
///
/// Nobody's request has none: an application that trusts the signature must be able to trust that
/// somebody was permitted to upload.
pub(crate) fn asked(
    callbacks: Option<&Callbacks>,
    parameters: &CallbackParameters<'_>,
    context: &Context,
) -> Result<Option<Callback>, ApiError> {
    if parameters.callback.is_none() {
        return Ok(None);
    }
    let callbacks = callbacks.ok_or_else(|| header_not_implemented("x-oss-callback"))?;
    let callback = parameters.read(callbacks.messenger.as_ref())?;
    if callback.is_some() && matches!(context.caller, Caller::Anonymous) {
        return Err(ApiError::new(&code::CALLBACK_OF_NOBODY));
    }
    Ok(callback)
}
