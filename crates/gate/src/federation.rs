//! Callers that an identity provider vouches for, and the ports that verify what it said.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use rolecall_api::{ApiError, Proof};
use rolecall_crypto::{Origin, ProviderKind, ProviderMark, PublicKey};
use rolecall_types::{AccountId, PrincipalId, ProviderName, SessionName, Timestamp};

use crate::snapshot::Snapshot;

/// An identity provider that an account trusts, as its administrator described it.
#[derive(Debug)]
pub struct ProviderEntry {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: ProviderName,
    /// Its id: a provider made again under the same name has another.
    pub id: PrincipalId,
    /// How it vouches.
    pub trust: ProviderTrust,
}

/// By what a provider is believed.
#[derive(Debug)]
pub enum ProviderTrust {
    /// Tokens of an OIDC issuer.
    Oidc(OidcTrust),
    /// Assertions of a SAML provider.
    Saml(SamlTrust),
}

/// What an assertion must have.
#[derive(Debug)]
pub struct SamlTrust {
    /// The provider's own name, letter for letter.
    pub issuer: String,
    /// The keys that it signs with.
    pub keys: Vec<PublicKey>,
}

/// What a token must have.
#[derive(Debug)]
pub struct OidcTrust {
    /// The issuer, letter for letter.
    pub issuer: String,
    /// For whom a token may be made out: one of these.
    pub client_ids: Vec<String>,
    /// Fingerprints of certificates, in lower case; where there are some, the issuer's server must
    /// show one that has one of them.
    pub fingerprints: Vec<String>,
    /// How long ago a token may have been issued, in seconds.
    pub issuance_limit_seconds: i64,
}

impl ProviderEntry {
    /// Its kind.
    pub fn kind(&self) -> ProviderKind {
        match self.trust {
            ProviderTrust::Oidc(_) => ProviderKind::Oidc,
            ProviderTrust::Saml(_) => ProviderKind::Saml,
        }
    }

    /// Its name as its owner sees it: `acs:ram::<account>:oidc-provider/<name>`.
    pub fn arn(&self) -> String {
        format!("acs:ram::{}:{}/{}", self.account, self.kind().relative(), self.name)
    }

    /// What sessions keep of it.
    pub fn mark(&self) -> ProviderMark {
        ProviderMark {
            kind: self.kind(),
            account: self.account.clone(),
            name: self.name.to_string(),
            id: self.id.clone(),
        }
    }
}

/// Somebody whom an identity provider vouches for. Nobody else makes one but [`Federation`].
#[derive(Debug)]
pub struct FederatedCaller {
    /// The provider.
    pub provider: Arc<ProviderEntry>,
    /// Who it says that calls.
    pub origin: Origin,
    /// The condition keys that what it said supplies, such as `oidc:aud`; a key may come several
    /// times, with one value each.
    pub conditions: Vec<(&'static str, String)>,
    /// When the provider's own session ends, if it says so: no session of ours lasts longer.
    pub ends_at: Option<Timestamp>,
    /// What the answer tells of it.
    pub details: FederatedDetails,
}

/// What an answer tells of what a provider said.
#[derive(Debug)]
pub enum FederatedDetails {
    /// An OIDC token.
    Oidc {
        /// Its `aud`.
        audiences: Vec<String>,
        /// Its `iat`.
        issued_at: Timestamp,
        /// Its `exp`.
        expires_at: Timestamp,
        /// How it was verified.
        verification: String,
    },
    /// A SAML assertion.
    Saml {
        /// The form of the subject's name.
        subject_type: String,
        /// Where it was to be handed in.
        recipient: String,
        /// The pairs of a role and a provider that it names.
        roles: Vec<(String, String)>,
        /// The name of the session.
        session_name: SessionName,
        /// How long the session is to last, in seconds, if it says so.
        session_seconds: Option<i64>,
    },
}

/// Who verifies what identity providers said. The identity service answers.
pub trait Federation: Send + Sync + 'static {
    /// Believes or refuses a proof. It may ask the provider's server for keys, within bounds of
    /// its own.
    fn believe<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        now: Timestamp,
        proof: Proof<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<FederatedCaller, ApiError>> + Send + 'a>>;
}

/// A document of a provider's server could not be had. The reason is for our log.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The address is not one that may be asked: its scheme, its form, or where its name leads.
    #[error("`{url}` may not be asked: {reason}")]
    Refused {
        /// What was to be asked.
        url: String,
        /// Why not.
        reason: String,
    },
    /// No certificate of the server has one of the fingerprints.
    #[error("no certificate of `{url}` has one of the fingerprints")]
    Fingerprint {
        /// What was asked.
        url: String,
    },
    /// The server did not answer as it should.
    #[error("`{url}` did not answer")]
    Failed {
        /// What was asked.
        url: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The one way out to servers of others. The edge provides it, with all its bounds: which networks
/// may be reached, how long it takes, how much is read.
pub trait Egress: Send + Sync + 'static {
    /// Reads a document. Where `fingerprints` has some, the server must show a certificate that
    /// has one of them: SHA-1 or SHA-256, in lower-case hexadecimal.
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        fingerprints: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, EgressError>> + Send + 'a>>;
}

impl fmt::Debug for dyn Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Egress")
    }
}
