//! Identity providers of OIDC.

use rolecall_api::ApiError;
use rolecall_crypto::ProviderKind;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, PrincipalId, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{all, get, wire_time};
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

impl OidcProviderRecord {
    /// Its ARN, as trust policies name it.
    pub fn arn(&self) -> String {
        format!("acs:ram::{}:{}/{}", self.account, ProviderKind::Oidc.relative(), self.name)
    }

    /// A provider that must be there, by its name letter for letter, as trust policies name it.
    pub(crate) async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &ProviderName,
    ) -> Result<Self, ApiError> {
        let provider: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        provider
            .filter(|provider| provider.name == *name)
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_OIDC_PROVIDER))
    }

    /// Adds a provider whose name and issuer must be free.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let known: Vec<Self> =
            all(transaction, &[self.account.as_str()], MAX_OIDC_PROVIDERS).await?;
        if known.iter().any(|provider| provider.name.folded() == self.name.folded()) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER));
        }
        if known.iter().any(|provider| provider.issuer_url == self.issuer_url) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_URL));
        }
        if known.len() >= MAX_OIDC_PROVIDERS {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_OIDC_PROVIDER));
        }
        self.put(transaction)
    }

    /// Writes a provider that was changed.
    pub(crate) fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Removes a provider. The sessions of its users end with it.
    pub(crate) fn remove(&self, transaction: &mut Transaction) {
        transaction.delete::<Self>(&[self.account.as_str(), &self.name.folded()]);
    }
}
