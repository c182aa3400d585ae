//! `ims:GetOIDCProvider`: shows an OIDC provider.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, oidc_provider_arn};
use crate::record::{OidcProviderRecord, Provider};

/// Shows an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetOIDCProvider {
    /// The provider's name.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: ProviderName,
}

/// An OIDC provider.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetOIDCProviderReply {
    /// The provider.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for GetOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:GetOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for GetOIDCProvider {
    type Reply = GetOIDCProviderReply;
    const SPEC: Spec = Spec::read(Product::Ims, "GetOIDCProvider")
        .errors(&[&code::ENTITY_NOT_EXIST_OIDC_PROVIDER]);
}

impl Handle<GetOIDCProvider> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetOIDCProvider>,
    ) -> Result<GetOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        Ok(GetOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
