//! `ims:UpdateOIDCProvider`: changes an OIDC provider; its name and its issuer stay.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, create_oidc_provider, oidc_provider_arn};
use crate::record::{OidcProviderRecord, Provider};

/// Changes an OIDC provider; what is not given stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateOIDCProvider {
    /// The provider's name.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: ProviderName,
    /// What it is for.
    #[api(chars(1, 256))]
    pub new_description: Option<String>,
    /// For whom tokens may be made out, in place of the earlier client ids: up to 50 with commas
    /// between them.
    pub client_ids: Option<String>,
    /// How long ago a token may have been issued, in hours.
    #[api(range(1, 168))]
    pub issuance_limit_time: Option<i64>,
}

/// The provider that was changed.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateOIDCProviderReply {
    /// The provider as it is now.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for UpdateOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:UpdateOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for UpdateOIDCProvider {
    type Reply = UpdateOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "UpdateOIDCProvider").errors(&[
        &code::INVALID_CLIENT_IDS,
        &code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        create_oidc_provider::client_ids(self.client_ids.as_deref()).map(drop)
    }
}

impl Handle<UpdateOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateOIDCProvider>,
    ) -> Result<UpdateOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        if let Some(description) = &call.new_description {
            provider.description.clone_from(description);
        }
        if let Some(text) = &call.client_ids {
            provider.client_ids = create_oidc_provider::client_ids(Some(text))?;
        }
        if let Some(hours) = create_oidc_provider::limit_hours(call.issuance_limit_time) {
            provider.issuance_limit_hours = hours;
        }
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(UpdateOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
