//! `ims:AddClientIdToOIDCProvider`: adds a client id to an OIDC provider.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, list_text, oidc_provider_arn};
use crate::record::{MAX_CLIENT_IDS, OidcProviderRecord, Provider};

/// Adds a client id to an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddClientIdToOIDCProvider {
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
pub struct AddClientIdToOIDCProviderReply {
    /// The provider as it is now.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for AddClientIdToOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:AddClientIdToOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for AddClientIdToOIDCProvider {
    type Reply = AddClientIdToOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "AddClientIdToOIDCProvider").errors(&[
        &code::INVALID_CLIENT_ID,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
        &code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_CLIENT_ID,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        list_text::check(&self.client_id, list_text::is_client_id, &code::INVALID_CLIENT_ID)
    }
}

impl Handle<AddClientIdToOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AddClientIdToOIDCProvider>,
    ) -> Result<AddClientIdToOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        if provider.client_ids.contains(&call.client_id) {
            return Err(ApiError::new(&code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_CLIENT_ID));
        }
        if provider.client_ids.len() >= MAX_CLIENT_IDS {
            return Err(ApiError::new(&code::LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID));
        }
        provider.client_ids.push(call.client_id.clone());
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(AddClientIdToOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
