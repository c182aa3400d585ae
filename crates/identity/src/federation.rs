//! Verifies what identity providers said: whom they vouch for, and for which of our clients.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use rolecall_api::{ApiError, Code, Proof, Statement};
use rolecall_crypto::ProviderKind;
use rolecall_gate::{Egress, FederatedCaller, Federation, ProviderEntry, ProviderTrust, Snapshot};
use rolecall_types::{AccountId, Arn, ProviderName, Timestamp};

mod keys;
mod oidc;
mod saml;

pub use keys::{PinnedKeys, PinnedKeysError};

use keys::IssuerKeys;

use crate::ims::code as ims_code;
use crate::sts::code;

/// Verifies what identity providers said.
pub struct Verifier {
    keys: IssuerKeys,
    used: saml::Used,
}

impl Verifier {
    /// A verifier that asks issuers for their keys by this way out, but for those whose keys are
    /// pinned. It remembers which assertions were used, from `began_at` on.
    pub fn new(egress: Arc<dyn Egress>, pinned: PinnedKeys, began_at: Timestamp) -> Self {
        Self { keys: IssuerKeys::new(egress, pinned), used: saml::Used::new(began_at) }
    }

    async fn verify(
        &self,
        snapshot: &Snapshot,
        now: Timestamp,
        proof: Proof<'_>,
    ) -> Result<FederatedCaller, ApiError> {
        match proof.statement {
            Statement::Oidc(token) => {
                let missing = &ims_code::ENTITY_NOT_EXIST_OIDC_PROVIDER;
                let provider = find(snapshot, ProviderKind::Oidc, proof.provider, missing)?;
                let ProviderTrust::Oidc(trust) = &provider.trust else {
                    return Err(ApiError::new(missing));
                };
                oidc::verify(&self.keys, provider, trust, token, now).await
            }
            Statement::Saml(response) => {
                let missing = &code::ENTITY_NOT_EXIST_SAML_PROVIDER;
                let provider = find(snapshot, ProviderKind::Saml, proof.provider, missing)?;
                let ProviderTrust::Saml(trust) = &provider.trust else {
                    return Err(ApiError::new(missing));
                };
                saml::verify(&self.used, provider, trust, response, now)
            }
        }
    }
}

impl Federation for Verifier {
    fn believe<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        now: Timestamp,
        proof: Proof<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<FederatedCaller, ApiError>> + Send + 'a>> {
        Box::pin(self.verify(snapshot, now, proof))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The provider that an ARN names.
fn find<'a>(
    snapshot: &'a Snapshot,
    kind: ProviderKind,
    arn: &str,
    missing: &'static Code,
) -> Result<&'a Arc<ProviderEntry>, ApiError> {
    // The operations have refused an ARN that is malformed.
    read(kind, arn)
        .and_then(|(account, name)| snapshot.provider(&account, kind, name.as_str()))
        .ok_or_else(|| ApiError::new(missing))
}

/// The account and the name in a provider's ARN, if it is written well.
pub(crate) fn read(kind: ProviderKind, arn: &str) -> Option<(AccountId, ProviderName)> {
    let arn = Arn::parse(arn)?;
    if arn.service != "ram" || !arn.region.is_empty() {
        return None;
    }
    let (word, name) = arn.relative.split_once('/')?;
    let name = ProviderName::new(name).ok()?;
    (word == kind.relative()).then_some((AccountId::parse(&arn.account)?, name))
}
