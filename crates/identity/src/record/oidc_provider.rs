//! Identity providers of OIDC.

use rolecall_api::{ApiError, Code};
use rolecall_crypto::ProviderKind;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, PrincipalId, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Provider, wire_time};
use crate::ims::code;

/// The most OIDC providers of an account. Source: IMS `CreateOIDCProvider`.
pub const MAX_OIDC_PROVIDERS: usize = 100;

/// The most client ids of a provider. Source: IMS `CreateOIDCProvider`.
pub const MAX_CLIENT_IDS: usize = 50;

/// The most fingerprints of a provider. Source: IMS `CreateOIDCProvider`.
pub const MAX_FINGERPRINTS: usize = 5;

/// An issuer of OIDC tokens whose users may wear roles of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OidcProviderRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: ProviderName,
    /// Its id; another provider of the same name has another. Answers do not show it.
    pub id: PrincipalId,
    /// The issuer's URL, letter for letter as tokens have it in `iss`.
    pub issuer_url: String,
    /// What it is for; empty where nothing was said.
    pub description: String,
    /// For whom tokens may be made out.
    pub client_ids: Vec<String>,
    /// Fingerprints of certificates of the issuer's server, as they were given.
    pub fingerprints: Vec<String>,
    /// How long ago a token may have been issued, in hours.
    pub issuance_limit_hours: u32,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

impl Record for OidcProviderRecord {
    const TABLE: &'static str = "ims-oidc-provider";
    const VERSION: u32 = 1;
}

impl Keyed for OidcProviderRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl Provider for OidcProviderRecord {
    const KIND: ProviderKind = ProviderKind::Oidc;
    const MOST: usize = MAX_OIDC_PROVIDERS;
    const MISSING: &'static Code = &code::ENTITY_NOT_EXIST_OIDC_PROVIDER;
    const TAKEN: &'static Code = &code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER;
    const FULL: &'static Code = &code::LIMIT_EXCEEDED_OIDC_PROVIDER;

    fn account(&self) -> &AccountId {
        &self.account
    }

    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn differs_from(&self, other: &Self) -> Result<(), ApiError> {
        if other.issuer_url == self.issuer_url {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_URL));
        }
        Ok(())
    }
}
