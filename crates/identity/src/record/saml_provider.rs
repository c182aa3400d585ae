//! Identity providers of SAML 2.0.

use rolecall_api::ApiError;
use rolecall_crypto::ProviderKind;
use rolecall_gate::store_error;
use rolecall_store::{Key, Keyed, Record, Transaction};
use rolecall_types::{AccountId, PrincipalId, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{all, get, wire_time};
use crate::ims::code;

/// The most SAML providers of an account. Source: the limits of SSO.
pub const MAX_SAML_PROVIDERS: usize = 100;

/// A SAML provider whose users may wear roles of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SamlProviderRecord {
    /// Its account.
    pub account: AccountId,
    /// Its name, as it was given.
    pub name: ProviderName,
    /// Its id; another provider of the same name has another. Answers do not show it.
    pub id: PrincipalId,
    /// What it is for; empty where nothing was said.
    pub description: String,
    /// Its metadata in Base64, as they were given.
    pub metadata: String,
    /// Kept and answered; nothing is asked of the provider here.
    pub authn_sign_algo: String,
    /// When it was made.
    #[serde(with = "wire_time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "wire_time")]
    pub updated_at: Timestamp,
}

impl Record for SamlProviderRecord {
    const TABLE: &'static str = "ims-saml-provider";
    const VERSION: u32 = 1;
}

impl Keyed for SamlProviderRecord {
    fn key(&self) -> Key {
        Key::of::<Self>(&[self.account.as_str(), &self.name.folded()])
    }
}

impl SamlProviderRecord {
    /// Its ARN, as trust policies name it.
    pub fn arn(&self) -> String {
        format!("acs:ram::{}:{}/{}", self.account, ProviderKind::Saml.relative(), self.name)
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
            .ok_or_else(|| ApiError::new(&code::ENTITY_NOT_EXIST_SAML_PROVIDER))
    }

    /// Adds a provider whose name must be free.
    pub(crate) async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let known: Vec<Self> =
            all(transaction, &[self.account.as_str()], MAX_SAML_PROVIDERS).await?;
        if known.iter().any(|provider| provider.name.folded() == self.name.folded()) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_SAML_PROVIDER));
        }
        if known.len() >= MAX_SAML_PROVIDERS {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_SAML_PROVIDER));
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
