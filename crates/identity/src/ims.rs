//! IMS 2019-08-15: the identity providers whose users may wear roles.
//!
//! The vendor's pages name the actions of these operations as RAM's: `ram:CreateOIDCProvider`.

use rolecall_api::{ApiError, Scope};
use rolecall_types::{Arn, ProviderName};

mod add_client_id_to_oidc_provider;
mod add_fingerprint_to_oidc_provider;
pub mod code;
mod create_oidc_provider;
mod create_saml_provider;
mod delete_oidc_provider;
mod delete_saml_provider;
mod get_oidc_provider;
mod get_saml_provider;
mod issuer_url;
mod list_oidc_providers;
mod list_saml_providers;
mod list_text;
mod remove_client_id_from_oidc_provider;
mod remove_fingerprint_from_oidc_provider;
mod update_oidc_provider;
mod update_saml_provider;
mod view;

pub use add_client_id_to_oidc_provider::{
    AddClientIdToOIDCProvider, AddClientIdToOIDCProviderReply,
};
pub use add_fingerprint_to_oidc_provider::{
    AddFingerprintToOIDCProvider, AddFingerprintToOIDCProviderReply,
};
pub use create_oidc_provider::{CreateOIDCProvider, CreateOIDCProviderReply};
pub use create_saml_provider::{CreateSAMLProvider, CreateSAMLProviderReply};
pub use delete_oidc_provider::{DeleteOIDCProvider, DeleteOIDCProviderReply};
pub use delete_saml_provider::{DeleteSAMLProvider, DeleteSAMLProviderReply};
pub use get_oidc_provider::{GetOIDCProvider, GetOIDCProviderReply};
pub use get_saml_provider::{GetSAMLProvider, GetSAMLProviderReply};
pub use list_oidc_providers::{ListOIDCProviders, ListOIDCProvidersReply};
pub use list_saml_providers::{ListSAMLProviders, ListSAMLProvidersReply};
pub use remove_client_id_from_oidc_provider::{
    RemoveClientIdFromOIDCProvider, RemoveClientIdFromOIDCProviderReply,
};
pub use remove_fingerprint_from_oidc_provider::{
    RemoveFingerprintFromOIDCProvider, RemoveFingerprintFromOIDCProviderReply,
};
pub use update_oidc_provider::{UpdateOIDCProvider, UpdateOIDCProviderReply};
pub use update_saml_provider::{UpdateSAMLProvider, UpdateSAMLProviderReply};
pub use view::{OidcProviderView, SamlProviderView};

/// Handles IMS's calls. All that it needs is in the records and in the context of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ims;

rolecall_gate::product! {
    /// Handles every operation of IMS that is served.
    ImsHandlers:
        CreateOIDCProvider, GetOIDCProvider, ListOIDCProviders, UpdateOIDCProvider,
        DeleteOIDCProvider,
        AddClientIdToOIDCProvider, RemoveClientIdFromOIDCProvider,
        AddFingerprintToOIDCProvider, RemoveFingerprintFromOIDCProvider,
        CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider,
        DeleteSAMLProvider,
}

/// An OIDC provider as RAM checks it.
fn oidc_provider_arn(scope: &Scope, name: &str) -> Arn {
    Arn::ram(scope.account.as_str(), format!("oidc-provider/{name}"))
}

/// A SAML provider as RAM checks it.
fn saml_provider_arn(scope: &Scope, name: &str) -> Arn {
    Arn::ram(scope.account.as_str(), format!("saml-provider/{name}"))
}

/// The name of an OIDC provider; its length and characters were checked, its ends were not.
fn oidc_provider_name(text: &str) -> Result<ProviderName, ApiError> {
    ProviderName::new(text).map_err(|_| ApiError::new(&code::INVALID_OIDC_PROVIDER_NAME))
}
