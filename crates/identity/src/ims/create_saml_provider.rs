//! `ims:CreateSAMLProvider`: lets the users of a SAML provider wear roles that trust it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{PrincipalId, ProviderName};
use serde::{Deserialize, Serialize};

use super::{Ims, SamlProviderView, code};
use crate::record::{Provider, SamlProviderRecord};
use crate::saml::{self, Metadata};

/// What the vendor takes for the algorithm where nothing is said. Source: IMS
/// `CreateSAMLProvider`.
const DEFAULT_ALGORITHM: &str = "rsa-sha1";

/// Makes a SAML provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSAMLProvider {
    /// The provider's name, unique in the account whatever its case.
    #[serde(rename = "SAMLProviderName")]
    #[api(chars(1, 128))]
    pub saml_provider_name: String,
    /// The provider's metadata, in Base64: its name and the certificates that it signs with.
    #[serde(rename = "EncodedSAMLMetadataDocument")]
    #[api(chars(1, 400_000))]
    pub encoded_saml_metadata_document: String,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
    /// Kept and answered; nothing is asked of the provider here.
    #[api(choices("rsa-sha1", "rsa-sha256"))]
    pub authn_sign_algo: Option<String>,
}

/// The provider that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSAMLProviderReply {
    /// The provider.
    #[serde(rename = "SAMLProvider")]
    pub saml_provider: SamlProviderView,
}

impl Authorize for CreateSAMLProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ram:CreateSAMLProvider")]
    }
}

impl Operation for CreateSAMLProvider {
    type Reply = CreateSAMLProviderReply;
    const SPEC: Spec =
        Spec::write(Product::Ims, "CreateSAMLProvider").stored_only(&["AuthnSignAlgo"]).errors(&[
            &code::INVALID_SAML_PROVIDER_NAME,
            &code::INVALID_SAML_METADATA,
            &code::ENTITY_ALREADY_EXISTS_SAML_PROVIDER,
            &code::LIMIT_EXCEEDED_SAML_PROVIDER,
        ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.name()?;
        check_metadata(&self.encoded_saml_metadata_document)
    }
}

impl CreateSAMLProvider {
    /// The name; its length and characters were checked, its ends were not.
    fn name(&self) -> Result<ProviderName, ApiError> {
        ProviderName::new(self.saml_provider_name.as_str())
            .map_err(|_| ApiError::new(&code::INVALID_SAML_PROVIDER_NAME))
    }
}

/// Refuses metadata by which no assertion could be verified.
pub(super) fn check_metadata(encoded: &str) -> Result<(), ApiError> {
    let refuse = || ApiError::new(&code::INVALID_SAML_METADATA);
    let document = saml::base64(encoded).ok_or_else(refuse)?;
    Metadata::parse(&document).map(drop).map_err(|error| refuse().because(error))
}

impl Handle<CreateSAMLProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateSAMLProvider>,
    ) -> Result<CreateSAMLProviderReply, ApiError> {
        let algorithm = call.authn_sign_algo.as_deref().unwrap_or(DEFAULT_ALGORITHM);
        let provider = SamlProviderRecord {
            account: call.scope().account.clone(),
            name: call.name()?,
            id: PrincipalId::generate(context.random.as_ref(), '6'),
            description: call.description.clone().unwrap_or_default(),
            metadata: call.encoded_saml_metadata_document.clone(),
            authn_sign_algo: algorithm.to_owned(),
            created_at: context.now,
            updated_at: context.now,
        };
        provider.add(transaction).await?;
        Ok(CreateSAMLProviderReply { saml_provider: SamlProviderView::of(&provider) })
    }
}
