//! Request signatures verified and made; the key ring; sealed records and session tokens.
//!
//! A request is decoded once, into a [`RequestHead`]; routing, the handlers and the check of its
//! signature read that one value. [`present()`] parses what the request claims, without any secret;
//! the gate then looks at the key, the time and the token in the order that the surface documents,
//! and calls [`Presented::verify`] last.
//!
//! ```text
//! bytes ── RequestHead::decode ── present ── Presented ── verify(secret) ── Ok | Mismatch
//! ```
//!
//! What others signed, a [`Jws`] verifies by a [`KeySet`]: the key says by which algorithm, never
//! the token.
//!
//! Keys of our own live in a [`KeyRing`]: it seals records ([`RecordSealer`]), mints and opens
//! session tokens ([`Session`]), seals diagnostic messages, and signs tokens of the metadata
//! service ([`MetadataTokens`]). Bytes of users are encrypted with a [`DataKey`] of their own,
//! which the ring derives. Documents that anybody can verify are signed with a certificate's key
//! ([`DocumentSigner`]), and callbacks of OSS with an RSA key ([`CallbackKey`]). What a person
//! proves itself by is kept as a [`PasswordHash`] and a [`TotpSeed`].

mod callback_key;
mod canonical;
mod chunks;
mod data_key;
mod day_keys;
mod diagnostic;
mod encoding;
mod hash;
mod jws;
mod keyring;
mod metadata_token;
mod password;
mod present;
mod public_key;
mod record;
mod request;
mod session;
pub mod sign;
mod signed_document;
mod ssh_key;
mod totp;

pub use callback_key::{CallbackKey, CallbackKeyError};
pub use canonical::v1::is_signed_sub_resource;
pub use chunks::{ChunkSignatures, Chunks};
pub use data_key::{CHUNK_SEAL_BYTES, ChunkPlace, DataKey, DataKeySeed};
pub use day_keys::DayKeys;
pub use diagnostic::{DiagnosticError, MAX_DIAGNOSTIC_LENGTH};
pub use encoding::{
    DecodeError, MAX_PARAMETERS, Pair, decode_form, decode_path, percent_encode,
    percent_encode_path,
};
pub use hash::{BodyHash, EMPTY_SHA256, ct_eq, decode_base64, sha1, sha1_hex, sha256, sha256_hex};
pub use jws::{Jws, JwsError, KeySet, MAX_JWS_LENGTH, strict_json_object};
pub use keyring::{KeyRing, KeyRingError};
pub use metadata_token::MetadataTokens;
pub use password::PasswordHash;
pub use present::{
    MAX_PRESIGNED_SECONDS, Mismatch, PresentError, Presented, SKEW_SECONDS, Scheme, Surface,
    Window, WindowError, present, present_form,
};
pub use public_key::{PublicKey, SignatureAlgorithm};
pub use record::{RecordSealer, SealError};
pub use request::{Header, RequestHead};
pub use session::{
    Ancestor, InstanceBinding, MAX_TOKEN_LENGTH, Origin, ProviderKind, ProviderMark, Session,
    SessionCredentials, SessionId, SessionMark, TokenError,
};
pub use signed_document::{DocumentSigner, SignedDocumentError};
pub use ssh_key::{SshKeyError, SshKeyPair, SshPublicKey};
pub use totp::{TOTP_STEP_SECONDS, TotpCode, TotpSeed};
