//! `ims:ListSAMLProviders`: lists the account's SAML providers in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::{Ims, SamlProviderView};
use crate::paging;
use crate::ram::code;
use crate::record::SamlProviderRecord;

/// Lists SAML providers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListSAMLProviders {
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most providers to answer; 100 where nothing is said.
    #[api(range(1, 100))]
    pub max_items: Option<i64>,
}

/// A page of SAML providers.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListSAMLProvidersReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The providers.
    #[serde(rename = "SAMLProviders")]
    #[api(item = "SAMLProvider")]
    pub saml_providers: Vec<SamlProviderView>,
}

impl Authorize for ListSAMLProviders {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ram:ListSAMLProviders")]
    }
}

impl Operation for ListSAMLProviders {
    type Reply = ListSAMLProvidersReply;
    const SPEC: Spec =
        Spec::read(Product::Ims, "ListSAMLProviders").errors(&[&code::INVALID_MARKER]);
}

impl Handle<ListSAMLProviders> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListSAMLProviders>,
    ) -> Result<ListSAMLProvidersReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let asked = (call.marker.as_deref(), call.max_items);
        let all = |_: &SamlProviderRecord| true;
        let page = paging::asked(transaction, &leading, asked, all).await?;
        Ok(ListSAMLProvidersReply {
            is_truncated: page.more,
            marker: page.marker(),
            saml_providers: page.items.iter().map(SamlProviderView::of).collect(),
        })
    }
}
