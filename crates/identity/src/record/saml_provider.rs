//! Identity providers of SAML 2.0.

use rolecall_api::Code;
use rolecall_crypto::ProviderKind;
use rolecall_store::{Key, Keyed, Record};
use rolecall_types::{AccountId, PrincipalId, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Provider, wire_time};
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

impl Provider for SamlProviderRecord {
    const KIND: ProviderKind = ProviderKind::Saml;
    const MOST: usize = MAX_SAML_PROVIDERS;
    const MISSING: &'static Code = &code::ENTITY_NOT_EXIST_SAML_PROVIDER;
    const TAKEN: &'static Code = &code::ENTITY_ALREADY_EXISTS_SAML_PROVIDER;
    const FULL: &'static Code = &code::LIMIT_EXCEEDED_SAML_PROVIDER;

    fn account(&self) -> &AccountId {
        &self.account
    }

    fn name(&self) -> &ProviderName {
        &self.name
    }
}
