//! `ims:AddFingerprintToOIDCProvider`: adds a fingerprint to an OIDC provider.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, list_text, oidc_provider_arn};
use crate::record::{MAX_FINGERPRINTS, OidcProviderRecord, Provider};

/// Adds a fingerprint to an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddFingerprintToOIDCProvider {
    /// The provider's name.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: ProviderName,
    /// The fingerprint, of a certificate of the issuer's server.
    #[api(chars(1, 128))]
    pub fingerprint: String,
}

/// The provider that was changed.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddFingerprintToOIDCProviderReply {
    /// The provider as it is now.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for AddFingerprintToOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:AddFingerprintToOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for AddFingerprintToOIDCProvider {
    type Reply = AddFingerprintToOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "AddFingerprintToOIDCProvider").errors(&[
        &code::INVALID_FINGERPRINT,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
        &code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_FINGERPRINT,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER_FINGERPRINT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        list_text::check(&self.fingerprint, list_text::is_fingerprint, &code::INVALID_FINGERPRINT)
    }
}

impl Handle<AddFingerprintToOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AddFingerprintToOIDCProvider>,
    ) -> Result<AddFingerprintToOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        if provider.fingerprints.contains(&call.fingerprint) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_FINGERPRINT));
        }
        if provider.fingerprints.len() >= MAX_FINGERPRINTS {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_OIDC_PROVIDER_FINGERPRINT));
        }
        provider.fingerprints.push(call.fingerprint.clone());
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(AddFingerprintToOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
