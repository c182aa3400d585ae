//! `sts:AssumeRoleWithSAML`: gives whoever a SAML provider vouches for the credentials of a role.
//!
//! The call needs no signature of ours: the provider's assertion says who calls, and the gate has
//! believed it before the call is decided. The role's trust policy decides, and the assertion must
//! name the role.

use rolecall_api::{
    ApiError, Authorize, Code, Operation, Permit, Product, Proof, Scope, Shape, Spec, Statement,
    code as common,
};
use rolecall_crypto::ProviderKind;
use rolecall_gate::{Context, FederatedDetails, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::Arn;
use serde::{Deserialize, Serialize};

use super::issue::{self, Asked, AssumedRoleUserView, CredentialsView};
use super::{Sts, code};
use crate::federation;

/// Gives credentials of a role to whoever a SAML provider vouches for. No signature is needed. The
/// role must trust the provider, which must be of its own account, and the assertion must name the
/// role and the session.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleWithSAML {
    /// The provider, as `acs:ram::<account>:saml-provider/<name>`.
    #[serde(rename = "SAMLProviderArn")]
    #[api(chars(1, 256), invalid = &code::INVALID_SAML_PROVIDER_ARN)]
    pub saml_provider_arn: String,
    /// The role, as `acs:ram::<account>:role/<name>`; the assertion must name it.
    #[api(chars(1, 256), invalid = &code::INVALID_ROLE_ARN)]
    pub role_arn: String,
    /// The provider's whole response, in Base64. It works once.
    #[serde(rename = "SAMLAssertion")]
    #[api(chars(4, 100_000), secret)]
    pub saml_assertion: String,
    /// How long the session lasts, in seconds, up to what the role allows; where nothing is said,
    /// as the assertion says, or 3600. It never outlasts the provider's own session.
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
pub struct AssumeRoleWithSAMLReply {
    /// Who the session is.
    pub assumed_role_user: AssumedRoleUserView,
    /// Its credentials.
    pub credentials: CredentialsView,
    /// What the assertion said.
    #[serde(rename = "SAMLAssertionInfo")]
    pub saml_assertion_info: SamlAssertionInfoView,
}

/// What an assertion said.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SamlAssertionInfoView {
    /// Who made it.
    pub issuer: String,
    /// Where it was to be handed in.
    pub recipient: String,
    /// Whom it is about.
    pub subject: String,
    /// The form of the subject's name, without the prefix of the standard's own.
    pub subject_type: String,
}

impl Authorize for AssumeRoleWithSAML {
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
        let statement = Statement::Saml(&self.saml_assertion);
        Some(Proof { provider: &self.saml_provider_arn, statement })
    }

    fn denied(&self, _need: &Need) -> &'static Code {
        &code::AUTHENTICATION_FAIL_NO_PERMISSION
    }
}

impl Operation for AssumeRoleWithSAML {
    type Reply = AssumeRoleWithSAMLReply;
    const SPEC: Spec =
        Spec::read(Product::Sts, "AssumeRoleWithSAML").unsigned("SAMLProviderArn").errors(&[
            &code::INVALID_SAML_PROVIDER_ARN,
            &code::INVALID_ROLE_ARN,
            &code::INVALID_DURATION_SECONDS,
            &code::INVALID_POLICY_GRAMMAR,
            &code::INVALID_POLICY_SIZE,
            &code::ENTITY_NOT_EXIST_SAML_PROVIDER,
            &code::AUTHENTICATION_FAIL_SAML_INVALID,
            &code::AUTHENTICATION_FAIL_SAML_EXPIRED,
            &code::AUTHENTICATION_FAIL_NO_PERMISSION,
        ]);

    fn validate(&self) -> Result<(), ApiError> {
        if federation::read(ProviderKind::Saml, &self.saml_provider_arn).is_none() {
            return Err(ApiError::new(&code::INVALID_SAML_PROVIDER_ARN));
        }
        issue::validate(&self.role_arn, self.policy.as_deref())
    }
}

impl Handle<AssumeRoleWithSAML> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<AssumeRoleWithSAML>,
    ) -> Result<AssumeRoleWithSAMLReply, ApiError> {
        let federated = issue::vouched_for(context)?;
        let FederatedDetails::Saml {
            subject_type,
            recipient,
            roles,
            session_name,
            session_seconds,
        } = &federated.details
        else {
            return Err(ApiError::new(&common::INTERNAL_ERROR).because("the proof is no assertion"));
        };
        let role = issue::find_role(context, &call.role_arn)?;
        if !roles.iter().any(|(role, provider)| call.is_for(role, provider)) {
            let why = "the assertion does not name the role with the provider";
            return Err(ApiError::new(&code::AUTHENTICATION_FAIL_SAML_INVALID).because(why));
        }
        let duration_seconds = call.duration_seconds.or(*session_seconds);
        if duration_seconds.is_some_and(|seconds| seconds < issue::MIN_DURATION_SECONDS) {
            return Err(ApiError::new(&code::INVALID_DURATION_SECONDS));
        }
        let policy = call.policy.as_deref();
        let asked = Asked { session_name, duration_seconds, policy, source_identity: None };
        let issued = self.issue(context, role, asked)?;
        Ok(AssumeRoleWithSAMLReply {
            assumed_role_user: issued.assumed_role_user,
            credentials: issued.credentials,
            saml_assertion_info: SamlAssertionInfoView {
                issuer: federated.origin.issuer.clone(),
                recipient: recipient.clone(),
                subject: federated.origin.subject.clone(),
                subject_type: subject_type.clone(),
            },
        })
    }
}

impl AssumeRoleWithSAML {
    /// Whether a pair of an assertion is for this role and this provider. Roles are compared
    /// whatever their case, as everywhere.
    fn is_for(&self, role: &str, provider: &str) -> bool {
        provider == self.saml_provider_arn && role.eq_ignore_ascii_case(&self.role_arn)
    }
}
