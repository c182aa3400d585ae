//! `ims:CreateOIDCProvider`: lets the users of an OIDC issuer wear roles that trust it.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::PrincipalId;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView, code, issuer_url, list_text, oidc_provider_name};
use crate::record::{MAX_CLIENT_IDS, MAX_FINGERPRINTS, OidcProviderRecord, Provider};

/// How long ago a token may have been issued where nothing is said, in hours. Source: IMS
/// `CreateOIDCProvider`, by its samples.
const DEFAULT_ISSUANCE_LIMIT_HOURS: u32 = 12;

/// Makes an OIDC provider.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateOIDCProvider {
    /// The provider's name, unique in the account whatever its case.
    #[serde(rename = "OIDCProviderName")]
    #[api(chars(1, 128))]
    pub oidc_provider_name: String,
    /// The issuer's URL, letter for letter as tokens have it in `iss`; unique in the account.
    #[api(chars(1, 255))]
    pub issuer_url: String,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
    /// For whom tokens may be made out: up to 50 client ids with commas between them.
    pub client_ids: Option<String>,
    /// Fingerprints of certificates of the issuer's server: up to 5 with commas between them.
    /// Where there are some, the server must show a certificate that has one of them.
    pub fingerprints: Option<String>,
    /// How long ago a token may have been issued, in hours; 12 where nothing is said.
    #[api(range(1, 168))]
    pub issuance_limit_time: Option<i64>,
}

/// The provider that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateOIDCProviderReply {
    /// The provider.
    #[serde(rename = "OIDCProvider")]
    pub oidc_provider: OidcProviderView,
}

impl Authorize for CreateOIDCProvider {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![
            Need::any("ram:CreateOIDCProvider").with("ram:OidcIssuerUrl", self.issuer_url.as_str()),
        ]
    }
}

impl Operation for CreateOIDCProvider {
    type Reply = CreateOIDCProviderReply;
    const SPEC: Spec = Spec::write(Product::Ims, "CreateOIDCProvider").errors(&[
        &code::INVALID_OIDC_PROVIDER_NAME,
        &code::INVALID_ISSUER_URL,
        &code::INVALID_CLIENT_IDS,
        &code::INVALID_FINGERPRINTS,
        &code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER,
        &code::ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_URL,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID,
        &code::LIMIT_EXCEEDED_OIDC_PROVIDER_FINGERPRINT,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        oidc_provider_name(&self.oidc_provider_name)?;
        issuer_url::check(&self.issuer_url)?;
        self.lists().map(drop)
    }
}

impl CreateOIDCProvider {
    /// The client ids and the fingerprints.
    fn lists(&self) -> Result<(Vec<String>, Vec<String>), ApiError> {
        Ok((client_ids(self.client_ids.as_deref())?, fingerprints(self.fingerprints.as_deref())?))
    }
}

/// The client ids in a parameter.
pub(super) fn client_ids(text: Option<&str>) -> Result<Vec<String>, ApiError> {
    let ids = list_text::read(text, list_text::is_client_id, &code::INVALID_CLIENT_IDS)?;
    if ids.len() > MAX_CLIENT_IDS {
        return Err(ApiError::new(&code::LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID));
    }
    Ok(ids)
}

/// The hours in a parameter, which is in its range.
pub(super) fn limit_hours(hours: Option<i64>) -> Option<u32> {
    hours.and_then(|hours| u32::try_from(hours).ok())
}

fn fingerprints(text: Option<&str>) -> Result<Vec<String>, ApiError> {
    let all = list_text::read(text, list_text::is_fingerprint, &code::INVALID_FINGERPRINTS)?;
    if all.len() > MAX_FINGERPRINTS {
        return Err(ApiError::new(&code::LIMIT_EXCEEDED_OIDC_PROVIDER_FINGERPRINT));
    }
    Ok(all)
}

impl Handle<CreateOIDCProvider> for Ims {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateOIDCProvider>,
    ) -> Result<CreateOIDCProviderReply, ApiError> {
        let (client_ids, fingerprints) = call.lists()?;
        let provider = OidcProviderRecord {
            account: call.scope().account.clone(),
            name: oidc_provider_name(&call.oidc_provider_name)?,
            id: PrincipalId::generate(context.random.as_ref(), '5'),
            issuer_url: call.issuer_url.clone(),
            description: call.description.clone().unwrap_or_default(),
            client_ids,
            fingerprints,
            issuance_limit_hours: limit_hours(call.issuance_limit_time)
                .unwrap_or(DEFAULT_ISSUANCE_LIMIT_HOURS),
            created_at: context.now,
            updated_at: context.now,
        };
        provider.add(transaction).await?;
        Ok(CreateOIDCProviderReply { oidc_provider: OidcProviderView::of(&provider) })
    }
}
