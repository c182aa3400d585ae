//! `ims:ListOIDCProviders`: lists the account's OIDC providers in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use super::{Ims, OidcProviderView};
use crate::paging;
use crate::ram::code;
use crate::record::OidcProviderRecord;

/// Lists OIDC providers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListOIDCProviders {
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most providers to answer; 100 where nothing is said.
    #[api(range(1, 100))]
    pub max_items: Option<i64>,
}

/// A page of OIDC providers.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListOIDCProvidersReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The providers.
    #[serde(rename = "OIDCProviders")]
    #[api(item = "OIDCProvider")]
    pub oidc_providers: Vec<OidcProviderView>,
}

impl Authorize for ListOIDCProviders {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("ram:ListOIDCProviders")]
    }
}

impl Operation for ListOIDCProviders {
    type Reply = ListOIDCProvidersReply;
    const SPEC: Spec =
        Spec::read(Product::Ims, "ListOIDCProviders").errors(&[&code::INVALID_MARKER]);
}

impl Handle<ListOIDCProviders> for Ims {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListOIDCProviders>,
    ) -> Result<ListOIDCProvidersReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let asked = (call.marker.as_deref(), call.max_items);
        let all = |_: &OidcProviderRecord| true;
        let page = paging::asked(transaction, &leading, asked, all).await?;
        Ok(ListOIDCProvidersReply {
            is_truncated: page.more,
            marker: page.marker(),
            oidc_providers: page.items.iter().map(OidcProviderView::of).collect(),
        })
    }
}
