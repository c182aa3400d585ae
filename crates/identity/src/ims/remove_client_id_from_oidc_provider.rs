//! `ims:RemoveClientIdFromOIDCProvider`: takes a client id from an OIDC provider.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, list_text, oidc_provider_arn};
use crate::record::{OidcProviderRecord, Provider};

/// Takes a client id from an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveClientIdFromOIDCProvider {
    /// The provider's name.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: ProviderName,
    /// The client id, for whom tokens may be made out.
    #[api(chars(1, 128))]
    pub client_id: String,
}

/// The provider that was changed.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveClientIdFromOIDCProviderReply {
    /// The provider as it is now.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for RemoveClientIdFromOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:RemoveClientIdFromOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for RemoveClientIdFromOIDCProvider {
    type Reply = RemoveClientIdFromOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "RemoveClientIdFromOIDCProvider").errors(&[
        &code::INVALID_CLIENT_ID,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER_CLIENT_ID,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        list_text::check(&self.client_id, list_text::is_client_id, &code::INVALID_CLIENT_ID)
    }
}

impl Handle<RemoveClientIdFromOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RemoveClientIdFromOIDCProvider>,
    ) -> Result<RemoveClientIdFromOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        let before = provider.client_ids.len();
        provider.client_ids.retain(|known| *known != call.client_id);
        if provider.client_ids.len() == before {
            return Err(ApiError::new(&code::ENTITY_NOT_EXIST_OIDC_PROVIDER_CLIENT_ID));
        }
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(RemoveClientIdFromOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
