//! How answers show identity providers.

use rolecall_api::Shape;
use rolecall_types::{ProviderName, Timestamp, time};
use serde::Serialize;

use crate::record::{OidcProviderRecord, Provider, SamlProviderRecord};

/// An OIDC provider.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct OidcProviderView {
    /// Its ARN, as trust policies name it.
    pub arn: String,
    /// Its name.
    #[serde(rename = "OIDCProviderName")]
    pub oidc_provider_name: ProviderName,
    /// The issuer's URL.
    pub issuer_url: String,
    /// What it is for.
    pub description: String,
    /// For whom tokens may be made out, with commas between them.
    pub client_ids: String,
    /// Fingerprints of certificates of the issuer's server, with commas between them.
    pub fingerprints: String,
    /// How long ago a token may have been issued, in hours.
    pub issuance_limit_time: u32,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed.
    pub update_date: String,
    /// When it was made, in milliseconds of the Unix epoch.
    pub gmt_create: String,
    /// When it was last changed, in milliseconds of the Unix epoch.
    pub gmt_modified: String,
}

impl OidcProviderView {
    /// A provider as it is.
    pub(super) fn of(provider: &OidcProviderRecord) -> Self {
        Self {
            arn: provider.arn(),
            oidc_provider_name: provider.name.clone(),
            issuer_url: provider.issuer_url.clone(),
            description: provider.description.clone(),
            client_ids: provider.client_ids.join(","),
            fingerprints: provider.fingerprints.join(","),
            issuance_limit_time: provider.issuance_limit_hours,
            create_date: time::seconds(provider.created_at),
            update_date: time::seconds(provider.updated_at),
            gmt_create: milliseconds(provider.created_at),
            gmt_modified: milliseconds(provider.updated_at),
        }
    }
}

/// A SAML provider.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SamlProviderView {
    /// Its ARN, as trust policies name it.
    pub arn: String,
    /// Its name.
    #[serde(rename = "SAMLProviderName")]
    pub saml_provider_name: ProviderName,
    /// What it is for.
    pub description: String,
    /// Its metadata in Base64, as they were given. In `GetSAMLProvider` alone.
    #[serde(rename = "EncodedSAMLMetadataDocument")]
    pub encoded_saml_metadata_document: Option<String>,
    /// Kept and answered; nothing is asked of the provider here.
    pub authn_sign_algo: String,
    /// When it was made.
    pub create_date: String,
    /// When it was last changed.
    pub update_date: String,
}

impl SamlProviderView {
    /// A provider without its metadata.
    pub(super) fn of(provider: &SamlProviderRecord) -> Self {
        Self {
            arn: provider.arn(),
            saml_provider_name: provider.name.clone(),
            description: provider.description.clone(),
            encoded_saml_metadata_document: None,
            authn_sign_algo: provider.authn_sign_algo.clone(),
            create_date: time::seconds(provider.created_at),
            update_date: time::seconds(provider.updated_at),
        }
    }

    /// A provider with its metadata.
    pub(super) fn whole(provider: &SamlProviderRecord) -> Self {
        let encoded_saml_metadata_document = Some(provider.metadata.clone());
        Self { encoded_saml_metadata_document, ..Self::of(provider) }
    }
}

fn milliseconds(at: Timestamp) -> String {
    at.as_millisecond().to_string()
}
