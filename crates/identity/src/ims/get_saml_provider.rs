//! `ims:GetSAMLProvider`: shows a SAML provider with its metadata.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, SamlProviderView, code, saml_provider_arn};
use crate::record::{Provider, SamlProviderRecord};

/// Shows a SAML provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetSAMLProvider {
    /// The provider's name.
    #[serde(rename = "SAMLProviderName")]
    #[api(chars(1, 128))]
    pub saml_provider_name: ProviderName,
}

/// A SAML provider.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GetSAMLProviderReply {
    /// The provider.
    #[serde(rename = "SAMLProvider")]
    pub saml_provider: SamlProviderView,
}

impl Authorize for GetSAMLProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.saml_provider_name.as_str();
        vec![Need::on("ram:GetSAMLProvider", saml_provider_arn(scope, name))]
    }
}

impl Operation for GetSAMLProvider {
    type Reply = GetSAMLProviderReply;
    const SPEC: Spec = Spec::read(Product::Ims, "GetSAMLProvider")
        .errors(&[&code::ENTITY_NOT_EXIST_SAML_PROVIDER]);
}

impl Handle<GetSAMLProvider> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<GetSAMLProvider>,
    ) -> Result<GetSAMLProviderReply, ApiError> {
        let account = &call.scope().account;
        let provider =
            SamlProviderRecord::find(transaction, account, &call.saml_provider_name).await?;
        Ok(GetSAMLProviderReply { saml_provider: SamlProviderView::whole(&provider) })
    }
}
