//! `ims:DeleteOIDCProvider`: removes an OIDC provider; the sessions of its users end with it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, code, oidc_provider_arn};
use crate::record::{OidcProviderRecord, Provider};

/// Removes an OIDC provider. The sessions of its users end with it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteOIDCProvider {
    /// The provider's name.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: ProviderName,
}

/// The provider is gone.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteOIDCProviderReply {}

impl Authorize for DeleteOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.oidc_provider_name.as_str();
        vec![Need::on("ram:DeleteOIDCProvider", oidc_provider_arn(scope, name))]
    }
}

impl Operation for DeleteOIDCProvider {
    type Reply = DeleteOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "DeleteOIDCProvider")
        .errors(&[&code::ENTITY_NOT_EXIST_OIDC_PROVIDER]);
}

impl Handle<DeleteOIDCProvider> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteOIDCProvider>,
    ) -> Result<DeleteOIDCProviderReply, ApiError> {
        let account = &call.scope().account;
        let provider =
            OidcProviderRecord::find(transaction, account, &call.oidc_provider_name).await?;
        provider.remove(transaction);
        Ok(DeleteOIDCProviderReply {})
    }
}
