//! The road of every request and who calls: principals, keys, sessions, the compiled snapshot, the
//! audit port.
//!
//! ```text
//! decoded request ─ authenticate ─ find the operation ─ decode ─ open audit ─ authorize
//!                 ─ execute in one transaction ─ wait for the views ─ close audit ─ encode
//! ```
//!
//! It knows no socket: the edge hands it a decoded request and where that came in. It decides in
//! memory, on the [`Snapshot`] that the directory keeps from the store's watch, and a change is
//! visible to the next request because [`Gate::call`] answers a write only after every [`View`]
//! has applied it.

mod audit;
mod authenticate;
mod authorize;
mod call;
mod caller;
pub mod code;
mod context;
mod diagnosis;
mod edge;
mod federation;
mod gate;
mod gather;
mod messenger;
mod nonce;
mod open_record;
mod refused;
pub mod resource;
mod resource_tags;
mod revocation;
mod route;
mod simulate;
mod snapshot;
mod undecided;
mod view;
mod wholes;

pub use audit::{Audit, AuditError, AuditOrigin, AuditRecord, Outcome, Recorded};
pub use authenticate::{ALLOWED_SKEW_SECONDS, Authenticated, ChunkedBody};
pub use authorize::preview;
pub use call::{Answer, Asked, Call, MAX_BODY_BYTES};
pub use caller::{Caller, RoleSession};
pub use context::{Context, Ingress, Prepared, conditions_at};
pub use diagnosis::{AttachedTo, Diagnosis, MAX_DIAGNOSIS_BYTES};
pub use edge::{
    Body, BodyError, BodyStream, Ending, Inbound, Outbound, Service, Transport, http_date,
};
pub use federation::{
    Egress, EgressError, FederatedCaller, FederatedDetails, Federation, OidcTrust, ProviderEntry,
    ProviderTrust, SamlTrust,
};
pub use gate::{Gate, GateParts, store_error};
pub use messenger::{Message, MessageError, Messenger, Reply};
pub use nonce::{NonceDigest, NonceError, NonceLedger};
pub use open_record::OpenRecord;
pub use refused::AuthenticationError;
pub use resource_tags::{ResourceTags, Tagged};
pub use revocation::{RevocationScope, Revocations};
pub use route::{Declared, Form, Handle, Route, RouteOf};
pub use simulate::{Question, Simulation, SimulationError};
pub use snapshot::{
    Directory, ECS_SERVICE, Grant, KeyEntry, KeyOwner, LastUse, RoleEntry, SessionEnd, Snapshot,
    UserEntry,
};
pub use undecided::{ResourceFacts, Undecided};
pub use view::{View, Views};
pub use wholes::Wholes;
