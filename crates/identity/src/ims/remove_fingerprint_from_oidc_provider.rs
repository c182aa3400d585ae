//! `ims:RemoveFingerprintFromOIDCProvider`: takes a fingerprint from an OIDC provider.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, list_text, oidc_provider_arn};
use crate::record::{OidcProviderRecord, Provider};

/// Takes a fingerprint from an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveFingerprintFromOIDCProvider {
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
pub struct RemoveFingerprintFromOIDCProviderReply {
    /// The provider as it is now.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for RemoveFingerprintFromOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:RemoveFingerprintFromOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for RemoveFingerprintFromOIDCProvider {
    type Reply = RemoveFingerprintFromOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "RemoveFingerprintFromOIDCProvider").errors(&[
        &code::INVALID_FINGERPRINT,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER_FINGERPRINT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        list_text::check(&self.fingerprint, list_text::is_fingerprint, &code::INVALID_FINGERPRINT)
    }
}

impl Handle<RemoveFingerprintFromOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RemoveFingerprintFromOIDCProvider>,
    ) -> Result<RemoveFingerprintFromOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        let before = provider.fingerprints.len();
        provider.fingerprints.retain(|known| *known != call.fingerprint);
        if provider.fingerprints.len() == before {
            return Err(ApiError::new(&code::ENTITY_NOT_EXIST_OIDC_PROVIDER_FINGERPRINT));
        }
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(RemoveFingerprintFromOIDCProviderReply {
            oidc_provider: OidcProviderView::of(&provider),
        })
    }
}
