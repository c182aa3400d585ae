//! `ims:UpdateSAMLProvider`: changes a SAML provider; its name stays.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ProviderName;
use serde::{Deserialize, Serialize};

use super::{Ims, SamlProviderView, code, create_saml_provider, saml_provider_arn};
use crate::record::{Provider, SamlProviderRecord};

/// Changes a SAML provider; what is not given stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSAMLProvider {
    /// The provider's name.
    #[serde(rename = "SAMLProviderName")]
    #[api(chars(1, 128))]
    pub saml_provider_name: ProviderName,
    /// What it is for.
    #[api(chars(1, 256))]
    pub new_description: Option<String>,
    /// The provider's metadata, in Base64, in place of the earlier ones.
    #[serde(rename = "NewEncodedSAMLMetadataDocument")]
    #[api(chars(1, 400_000))]
    pub new_encoded_saml_metadata_document: Option<String>,
    /// Kept and answered; nothing is asked of the provider here.
    #[api(choices("rsa-sha1", "rsa-sha256"))]
    pub authn_sign_algo: Option<String>,
}

/// The provider that was changed.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSAMLProviderReply {
    /// The provider as it is now.
    #[serde(rename = "SAMLProvider")]
    pub saml_provider: SamlProviderView,
}

impl Authorize for UpdateSAMLProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let name = self.saml_provider_name.as_str();
        vec![Need::on("ram:UpdateSAMLProvider", saml_provider_arn(scope, name))]
    }
}

impl Operation for UpdateSAMLProvider {
    type Reply = UpdateSAMLProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "UpdateSAMLProvider")
        .stored_only(&["AuthnSignAlgo"])
        .errors(&[&code::INVALID_SAML_METADATA, &code::ENTITY_NOT_EXIST_SAML_PROVIDER]);

    fn validate(&self) -> Result<(), ApiError> {
        let metadata = self.new_encoded_saml_metadata_document.as_deref();
        metadata.map_or(Ok(()), create_saml_provider::check_metadata)
    }
}

impl Handle<UpdateSAMLProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<UpdateSAMLProvider>,
    ) -> Result<UpdateSAMLProviderReply, ApiError> {
        let account = &call.scope().account;
        let mut provider =
            SamlProviderRecord::find(transaction, account, &call.saml_provider_name).await?;
        if let Some(description) = &call.new_description {
            provider.description.clone_from(description);
        }
        if let Some(metadata) = &call.new_encoded_saml_metadata_document {
            provider.metadata.clone_from(metadata);
        }
        if let Some(algorithm) = &call.authn_sign_algo {
            provider.authn_sign_algo.clone_from(algorithm);
        }
        provider.updated_at = context.now;
        provider.put(transaction)?;
        Ok(UpdateSAMLProviderReply { saml_provider: SamlProviderView::of(&provider) })
    }
}
