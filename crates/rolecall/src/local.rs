//! Our own endpoints below `/_rolecall/`: health, metrics, the clock, the public key of callbacks.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;

use rolecall_crypto::{Surface, sha256_hex};
use rolecall_gate::{Caller, Gate, Inbound, Outbound, Service};
use rolecall_oss::{CallbackKeys, ObjectService, ScrubReport};
use rolecall_store::{Record, Store, StoreError};
use rolecall_types::{ShiftedClock, SystemClock, Timestamp, time};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::callbacks::{KEY_PATH, KeptCallbackKey};

/// The largest body of a request for the clock, in bytes.
const MAX_BODY_BYTES: usize = 1_024;

/// How far the clock was moved. It is kept, since time that went back would revive what expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockShift {
    /// Seconds ahead of the machine's clock.
    pub(crate) seconds: u32,
}

impl Record for ClockShift {
    const TABLE: &'static str = "clock";
    const VERSION: u32 = 1;
}

/// The clock of a development server, which its owner can move.
#[derive(Debug)]
pub(crate) struct MovableClock {
    /// The clock that everything asks.
    pub(crate) clock: Arc<ShiftedClock<SystemClock>>,
    /// Where the shift is kept.
    pub(crate) store: Store,
}

impl MovableClock {
    /// Reads how far the clock was moved before.
    pub(crate) async fn open(store: &Store) -> Result<Self, StoreError> {
        let kept = store.read().await?.get::<ClockShift>(&["shift"]).await?;
        let seconds = kept.map_or(0, |shift| shift.seconds);
        let clock = Arc::new(ShiftedClock::new(SystemClock, seconds));
        Ok(Self { clock, store: store.clone() })
    }

    /// Moves the clock forward and keeps the shift; returns the whole shift in seconds.
    pub(crate) async fn advance(&self, seconds: u32) -> Result<i64, StoreError> {
        loop {
            let mut transaction = self.store.begin().await?;
            let before =
                transaction.get::<ClockShift>(&["shift"]).await?.map_or(0, |it| it.seconds);
            let shift = ClockShift { seconds: before.saturating_add(seconds) };
            transaction.put_at(&["shift"], &shift)?;
            match transaction.commit().await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(self.clock.advance(shift.seconds.saturating_sub(before))),
            }
        }
    }
}

/// Answers health, metrics, the clock and the public key of callbacks.
#[derive(Debug)]
pub(crate) struct Local {
    gate: Arc<Gate>,
    clock: Arc<MovableClock>,
    objects: Arc<ObjectService>,
    callback_key: Arc<KeptCallbackKey>,
}

/// What a request for the clock says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

impl Local {
    /// Endpoints of this gate, this clock, these objects and this key.
    pub(crate) fn new(
        gate: Arc<Gate>,
        clock: Arc<MovableClock>,
        objects: Arc<ObjectService>,
        callback_key: Arc<KeptCallbackKey>,
    ) -> Self {
        Self { gate, clock, objects, callback_key }
    }

    async fn answer(&self, inbound: Inbound) -> Outbound {
        match (inbound.head.method.as_str(), inbound.head.path.as_str()) {
            ("GET", "/_rolecall/health") => self.health(),
            ("GET", "/_rolecall/metrics") => self.metrics(),
            ("GET", KEY_PATH) => self.callback_key().await,
            ("POST", "/_rolecall/clock") => self.advance(inbound).await,
            (_, "/_rolecall/health" | "/_rolecall/metrics" | "/_rolecall/clock" | KEY_PATH) => {
                refused(405, "MethodNotAllowed", "this method is not supported here")
            }
            _ => refused(404, "NotFound", "there is no such endpoint"),
        }
    }

    fn health(&self) -> Outbound {
        let now = time::seconds(self.gate.clock().now());
        json_answer(
            200,
            &json!({
                "status": "ok",
                "version": env!("CARGO_PKG_VERSION"),
                "time": now,
            }),
        )
    }

    fn metrics(&self) -> Outbound {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: i64| {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        };
        let snapshot = self.gate.directory().snapshot();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        family("rolecall_roles", "gauge", "Roles.", count(snapshot.roles.len()));
        family("rolecall_users", "gauge", "Users.", count(snapshot.users.len()));
        let total = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let checked = total(self.gate.signatures_checked());
        let help = "Signatures that were computed to check one.";
        family("rolecall_signatures_checked_total", "counter", help, checked);
        family("rolecall_access_keys", "gauge", "AccessKeys.", count(snapshot.keys.len()));
        family(
            "rolecall_clock_offset_seconds",
            "gauge",
            "How far the clock was moved.",
            self.clock.clock.shift_seconds(),
        );
        let ScrubReport { objects, bytes, last_pass, rotten, .. } = self.objects.scrub_report();
        let help = "Objects, versions and parts of uploads that were read to find rot.";
        family("rolecall_scrubbed_objects_total", "counter", help, total(objects));
        let help = "Bytes that were read to find rot.";
        family("rolecall_scrubbed_bytes_total", "counter", help, total(bytes));
        let help = "Objects, versions and parts of uploads that are known to have rotted.";
        family("rolecall_rot_found", "gauge", help, total(rotten));
        let help =
            "When all objects were last read to find rot, in seconds of Unix time; 0: never.";
        let last_pass = last_pass.map_or(0, Timestamp::as_second);
        family("rolecall_scrub_last_pass_timestamp_seconds", "gauge", help, last_pass);
        Outbound::new(200, "text/plain; version=0.0.4", text)
    }

    async fn callback_key(&self) -> Outbound {
        match self.callback_key.key().await {
            Ok(key) => {
                Outbound::new(200, "application/x-pem-file", key.public_key_pem().to_owned())
            }
            Err(error) => {
                tracing::error!(%error, "cannot open the key of callbacks");
                refused(500, "InternalError", "there is no key")
            }
        }
    }

    /// Moves the clock. The request is signed by the root AccessKey, with ACS3: RPC V1 covers no
    /// body but a form, and the body says how far.
    async fn advance(&self, inbound: Inbound) -> Outbound {
        let Inbound { head, body, .. } = inbound;
        let Ok(body) = body.read(MAX_BODY_BYTES).await else {
            return refused(413, "RequestTooLarge", "the body is too large");
        };
        let believed =
            self.gate.authenticate(Surface::Rpc, &head, &[], Some(&sha256_hex(&body)), None);
        match believed.map(|it| (it.caller, it.declared_body_sha256)) {
            Ok((Caller::Root(_), Some(_))) => {}
            Ok((Caller::Root(_), None)) => {
                let message = "the signature must cover the body: sign with ACS3-HMAC-SHA256";
                return refused(400, "IncompleteSignature", message);
            }
            Ok((
                Caller::Anonymous | Caller::User(_) | Caller::Session(_) | Caller::Federated(_),
                _,
            )) => {
                return refused(403, "NoPermission", "only the root AccessKey may move the clock");
            }
            Err(error) => {
                let error = error.into_api_error(Surface::Rpc);
                return refused(error.code().http, &error.name(), &error.message());
            }
        }
        let Ok(Advance { advance_seconds }) = serde_json::from_slice(&body) else {
            return refused(400, "InvalidParameter", r#"the body is {"advance_seconds": NUMBER}"#);
        };
        match self.clock.advance(advance_seconds).await {
            Ok(offset) => json_answer(
                200,
                &json!({
                    "time": time::seconds(self.gate.clock().now()),
                    "offset_seconds": offset,
                }),
            ),
            Err(error) => {
                tracing::error!(%error, "cannot keep the clock's shift");
                refused(500, "InternalError", "the clock was not moved")
            }
        }
    }
}

impl Service for Local {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        Box::pin(self.answer(inbound))
    }
}

fn json_answer(status: u16, body: &serde_json::Value) -> Outbound {
    Outbound::new(status, "application/json", body.to_string())
}

fn refused(status: u16, code: &str, message: &str) -> Outbound {
    json_answer(status, &json!({ "Code": code, "Message": message }))
}
