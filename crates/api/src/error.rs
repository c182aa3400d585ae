//! The one error that leaves the house.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Code;

/// A refusal or a failure as the caller sees it, with a cause that only our log sees.
///
/// It has no `Display`: the codecs write the code and the message for the caller, and
/// [`ApiError::cause`] gives the log what went wrong inside. The two cannot be mixed up.
pub struct ApiError {
    code: &'static Code,
    arguments: Vec<String>,
    detail: Option<Box<AccessDeniedDetail>>,
    explanation: Option<Box<Value>>,
    extra: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a call was denied, as the vendor's answers say it.
/// Source: the field `AccessDeniedDetail` of RPC errors and of OSS's `AccessDenied`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessDeniedDetail {
    /// The denied action.
    pub auth_action: String,
    /// `SubUser` or `AssumedRoleUser`.
    pub auth_principal_type: String,
    /// The caller's account.
    pub auth_principal_owner_id: String,
    /// A user's id, or a role's name and session name.
    pub auth_principal_display_name: String,
    /// `ImplicitDeny` or `ExplicitDeny`.
    pub no_permission_type: String,
    /// The kind of policy that decided.
    pub policy_type: String,
    /// Everything else that there is to say, sealed: `ram:DecodeDiagnosticMessage` opens it. Absent
    /// where the caller asks for another account's resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoded_diagnostic_message: Option<String>,
}

impl ApiError {
    /// An error of the catalogue whose texts have no gaps.
    pub fn new(code: &'static Code) -> Self {
        Self::with(code, Vec::new())
    }

    /// An error of the catalogue; `arguments` fill the gaps of its name and message in order.
    pub fn with(code: &'static Code, arguments: Vec<String>) -> Self {
        let (extra, headers) = (Vec::new(), Vec::new());
        Self { code, arguments, detail: None, explanation: None, extra, headers, cause: None }
    }

    /// An error of the catalogue with one gap, filled.
    pub fn of(code: &'static Code, argument: impl Into<String>) -> Self {
        Self::with(code, vec![argument.into()])
    }

    /// The same, with a cause for our log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same, with why a policy denied the call.
    #[must_use]
    pub fn detailed(mut self, detail: AccessDeniedDetail) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }

    /// The same, with what the audit trail keeps of why a policy denied the call. The caller never
    /// sees it.
    #[must_use]
    pub fn explained(mut self, explanation: Value) -> Self {
        self.explanation = Some(Box::new(explanation));
        self
    }

    /// The same, with what `other` says of the policy that denied the call.
    #[must_use]
    pub fn denied_like(mut self, other: &Self) -> Self {
        self.detail.clone_from(&other.detail);
        self.explanation.clone_from(&other.explanation);
        self
    }

    /// The same, with one more element in the answer, such as OSS's `BucketName`.
    #[must_use]
    pub fn element(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    /// The same, with a header on the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Its entry in the catalogue.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    /// The code's name with its gap filled, as the wire carries it.
    pub fn name(&self) -> String {
        self.code.fill_name(&self.arguments)
    }

    /// The message with its gaps filled.
    pub fn message(&self) -> String {
        self.code.fill_message(&self.arguments)
    }

    /// Why a policy denied the call.
    pub fn detail(&self) -> Option<&AccessDeniedDetail> {
        self.detail.as_deref()
    }

    /// Why a policy denied the call, for the audit trail alone.
    pub fn explanation(&self) -> Option<&Value> {
        self.explanation.as_deref()
    }

    /// Further elements of the answer.
    pub fn elements(&self) -> &[(&'static str, String)] {
        &self.extra
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// What went wrong inside. For our log alone.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.cause.as_deref()
    }
}

/// For our log: the code and the cause, not the arguments, which may be the caller's secrets.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &self.code.name)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
