//! `ims:DeleteSAMLProvider`: removes a SAML provider; the sessions of its users end with it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, code, saml_provider_arn};
use crate::record::{Provider, SamlProviderRecord};

/// Removes a SAML provider. The sessions of its users end with it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSAMLProvider {
    /// The provider's name.
    #[serde(rename = "SAMLProviderName")]
    #[api(chars(1, 128))]
    pub saml_provider_name: ProviderName,
}

/// The provider is gone.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSAMLProviderReply {}

impl Authorize for DeleteSAMLProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.saml_provider_name.as_str();
        vec![Need::on("ram:DeleteSAMLProvider", saml_provider_arn(scope, name))]
    }
}

impl Operation for DeleteSAMLProvider {
    type Reply = DeleteSAMLProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "DeleteSAMLProvider")
        .errors(&[&code::ENTITY_NOT_EXIST_SAML_PROVIDER]);
}

impl Handle<DeleteSAMLProvider> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteSAMLProvider>,
    ) -> Result<DeleteSAMLProviderReply, ApiError> {
        let account = &call.scope().account;
        let provider =
            SamlProviderRecord::find(transaction, account, &call.saml_provider_name).await?;
        provider.remove(transaction);
        Ok(DeleteSAMLProviderReply {})
    }
}
