//! `sts:AssumeRoleWithOIDC`: gives whoever an OIDC issuer vouches for the credentials of a role.
//!
//! The call needs no signature: the token says who calls, and the gate has believed it before the
//! call is decided. The role's trust policy alone decides.

use rolecall_api::{
    ApiError, Authorize, Code, Operation, Permit, Product, Proof, Scope, Shape, Spec, Statement,
    code as common,
};
use rolecall_crypto::ProviderKind;
use rolecall_gate::{Context, FederatedCaller, FederatedDetails, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, SessionName, time};
use serde::{Deserialize, Serialize};

use super::issue::{self, Asked, AssumedRoleUserView, CredentialsView};
use super::{Sts, code};
use crate::federation;
use crate::ims::code as ims_code;

/// Gives credentials of a role to whoever an OIDC issuer vouches for. No signature is needed. The
/// role must trust the provider, which must be of its own account.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleWithOIDC {
    /// The provider, as `acs:ram::<account>:oidc-provider/<name>`.
    #[serde(rename = "OIDCProviderArn")]
    #[api(chars(1, 256), invalid = &code::INVALID_OIDC_PROVIDER_ARN)]
    pub oidc_provider_arn: String,
    /// The role, as `acs:ram::<account>:role/<name>`.
    #[api(chars(1, 256), invalid = &code::INVALID_ROLE_ARN)]
    pub role_arn: String,
    /// The token that the issuer gave: a JWT, signed with RS256 or ES256.
    #[serde(rename = "OIDCToken")]
    #[api(chars(4, 20000), secret)]
    pub oidc_token: String,
    /// The session's name, which records show.
    pub role_session_name: SessionName,
    /// How long the session lasts, in seconds, up to what the role allows; 3600 where nothing is
    /// said.
    #[api(range(900, 43200), invalid = &code::INVALID_DURATION_SECONDS)]
    pub duration_seconds: Option<i64>,
    /// A session policy, beyond which the session may do nothing. An empty text is a policy that
    /// cannot be read, and not the same as none.
    #[api(chars(0, 2048), keeps_empty, invalid = &code::INVALID_POLICY_SIZE)]
    pub policy: Option<String>,
}

/// The session that was made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleWithOIDCReply {
    /// Who the session is.
    pub assumed_role_user: AssumedRoleUserView,
    /// Its credentials.
    pub credentials: CredentialsView,
    /// What the token said.
    #[serde(rename = "OIDCTokenInfo")]
    pub oidc_token_info: OidcTokenInfoView,
}

/// What a token said.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct OidcTokenInfoView {
    /// Its issuer.
    pub issuer: String,
    /// Whom it is about.
    pub subject: String,
    /// For whom it was made out, with commas between them.
    pub client_ids: String,
    /// When it was issued.
    pub issuance_time: String,
    /// When it ends.
    pub expiration_time: String,
    /// How it was verified.
    pub verification_info: String,
}

impl Authorize for AssumeRoleWithOIDC {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![issue::need_on_role(&self.role_arn)]
    }

    fn trusting_role(&self) -> Option<Arn> {
        Some(issue::trusting_role(&self.role_arn))
    }

    fn proof(&self) -> Option<Proof<'_>> {
        let statement = Statement::Oidc(&self.oidc_token);
        Some(Proof { provider: &self.oidc_provider_arn, statement })
    }

    fn denied(&self, _need: &Need) -> &'static Code {
        &code::AUTHENTICATION_FAIL_NO_PERMISSION
    }
}

impl Operation for AssumeRoleWithOIDC {
    type Reply = AssumeRoleWithOIDCReply;
    const SPEC: Spec =
        Spec::read(Product::Sts, "AssumeRoleWithOIDC").unsigned("OIDCProviderArn").errors(&[
            &code::INVALID_OIDC_PROVIDER_ARN,
            &code::INVALID_ROLE_ARN,
            &code::INVALID_DURATION_SECONDS,
            &code::INVALID_POLICY_GRAMMAR,
            &code::INVALID_POLICY_SIZE,
            &ims_code::ENTITY_NOT_EXIST_OIDC_PROVIDER,
            &code::AUTHENTICATION_FAIL_OIDC_INVALID,
            &code::AUTHENTICATION_FAIL_OIDC_EXPIRED,
            &code::AUTHENTICATION_FAIL_OIDC_FINGERPRINT,
            &code::AUTHENTICATION_FAIL_IDP_METADATA,
            &code::AUTHENTICATION_FAIL_NO_PERMISSION,
        ]);

    fn validate(&self) -> Result<(), ApiError> {
        if federation::read(ProviderKind::Oidc, &self.oidc_provider_arn).is_none() {
            return Err(ApiError::new(&code::INVALID_OIDC_PROVIDER_ARN));
        }
        issue::validate(&self.role_arn, self.policy.as_deref())
    }
}

impl Handle<AssumeRoleWithOIDC> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<AssumeRoleWithOIDC>,
    ) -> Result<AssumeRoleWithOIDCReply, ApiError> {
        let role = issue::find_role(context, &call.role_arn)?;
        let oidc_token_info = OidcTokenInfoView::of(issue::vouched_for(context)?)?;
        let issued = self.issue(
            context,
            role,
            Asked {
                session_name: &call.role_session_name,
                duration_seconds: call.duration_seconds,
                policy: call.policy.as_deref(),
                source_identity: None,
            },
        )?;
        Ok(AssumeRoleWithOIDCReply {
            assumed_role_user: issued.assumed_role_user,
            credentials: issued.credentials,
            oidc_token_info,
        })
    }
}

impl OidcTokenInfoView {
    /// What the token said by which the gate believed the caller.
    fn of(federated: &FederatedCaller) -> Result<Self, ApiError> {
        let FederatedDetails::Oidc { audiences, issued_at, expires_at, verification } =
            &federated.details
        else {
            return Err(ApiError::new(&common::INTERNAL_ERROR).because("the proof is no token"));
        };
        Ok(Self {
            issuer: federated.origin.issuer.clone(),
            subject: federated.origin.subject.clone(),
            client_ids: audiences.join(","),
            issuance_time: time::seconds(*issued_at),
            expiration_time: time::seconds(*expires_at),
            verification_info: verification.clone(),
        })
    }
}
