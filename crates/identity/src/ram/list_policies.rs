//! `ram:ListPolicies`: lists system policies, then the account's own, in the order of their names.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{AccountId, Arn};
use serde::{Deserialize, Serialize};

use super::{PolicyView, Ram, code};
use crate::paging;
use crate::record::{Attachment, PolicyRecord, PolicyType};
use crate::system_policy::{self, SystemPolicy};
use crate::tag::{self, TagParameter};

/// Lists policies.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicies {
    /// `System` or `Custom`; both where nothing is said.
    #[api(choices("System", "Custom"))]
    pub policy_type: Option<PolicyType>,
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most policies to answer; 100 where nothing is said.
    #[api(range(1, 1000))]
    pub max_items: Option<i64>,
    /// Only policies that have all of these tags; no system policy has any.
    #[api(items(1, 20))]
    pub tag: Vec<TagParameter>,
}

/// A page of policies.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The policies.
    #[api(item = "Policy")]
    pub policies: Vec<PolicyView>,
}

impl Authorize for ListPolicies {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ram:ListPolicies", Arn::ram(scope.account.as_str(), "policy/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for ListPolicies {
    type Reply = ListPoliciesReply;
    const SPEC: Spec = Spec::read(Product::Ram, "ListPolicies")
        .errors(&[&code::INVALID_MARKER, &code::INVALID_TAG]);

    fn validate(&self) -> Result<(), ApiError> {
        tag::validate(&self.tag)
    }
}

impl Handle<ListPolicies> for Ram {
    async fn handle(
        &self,
        _context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ListPolicies>,
    ) -> Result<ListPoliciesReply, ApiError> {
        let account = &call.scope().account;
        let most = paging::page_length(call.max_items);
        let place = call.marker.as_deref().map(Place::read).transpose()?.unwrap_or_default();
        let system: Vec<&SystemPolicy> = match (call.policy_type, &place) {
            (Some(PolicyType::Custom), _) | (_, Place::Custom(Some(_))) => Vec::new(),
            (_, place) => system_after(place, &call.tag),
        };
        let (now, later) = system.split_at(most.min(system.len()));
        let mut policies = Vec::new();
        for policy in now {
            let folded = policy.name.to_ascii_lowercase();
            let holders = holders(transaction, account, PolicyType::System, &folded).await?;
            policies.push(PolicyView::system(policy, holders).tagged(&[]));
        }
        if let (Some(_), Some(last)) = (later.first(), now.last()) {
            return Ok(page(policies, Some(Place::System(last.name.to_owned()))));
        }
        if call.policy_type == Some(PolicyType::System) {
            return Ok(page(policies, None));
        }
        let rest = most.saturating_sub(policies.len());
        let after = match place {
            Place::Custom(after) => after,
            Place::Start | Place::System(_) => None,
        };
        let keep = |policy: &PolicyRecord| tag::has_all(&policy.tags, &call.tag);
        let leading = [account.as_str()];
        let found = paging::read(transaction, &leading, after.as_deref(), rest, keep).await?;
        for policy in &found.items {
            let folded = policy.name.folded();
            let holders = holders(transaction, account, PolicyType::Custom, &folded).await?;
            policies.push(PolicyView::custom(policy, holders).tagged(&policy.tags));
        }
        let next = found.more.then_some(Place::Custom(found.last));
        Ok(page(policies, next))
    }
}

/// Where a list goes on.
#[derive(Default)]
enum Place {
    /// At its beginning.
    #[default]
    Start,
    /// Behind a system policy.
    System(String),
    /// Behind a custom policy, its name in lower case; `None` is before the first one.
    Custom(Option<String>),
}

impl Place {
    fn read(marker: &str) -> Result<Self, ApiError> {
        let place = paging::read_marker(marker)?;
        match place.split_once('/') {
            Some(("System", name)) if system_policy::find(name).is_some() => {
                Ok(Self::System(name.to_owned()))
            }
            Some(("Custom", "")) => Ok(Self::Custom(None)),
            Some(("Custom", name)) => Ok(Self::Custom(Some(name.to_owned()))),
            _ => Err(ApiError::new(&code::INVALID_MARKER)),
        }
    }

    fn write(&self) -> String {
        paging::write_marker(&match self {
            Self::Start => String::new(),
            Self::System(name) => format!("System/{name}"),
            Self::Custom(name) => format!("Custom/{}", name.as_deref().unwrap_or_default()),
        })
    }
}

/// The system policies behind a place. None has tags, so a filter by tags lets none through.
fn system_after(place: &Place, tags: &[TagParameter]) -> Vec<&'static SystemPolicy> {
    let behind = |policy: &&SystemPolicy| match place {
        Place::Start => true,
        Place::System(last) => policy.name > last.as_str(),
        Place::Custom(_) => false,
    };
    system_policy::all().iter().filter(|_| tags.is_empty()).filter(behind).collect()
}

async fn holders(
    transaction: &mut Transaction,
    account: &AccountId,
    policy_type: PolicyType,
    folded: &str,
) -> Result<usize, ApiError> {
    Ok(Attachment::holders(transaction, account, policy_type, folded).await?.len())
}

fn page(policies: Vec<PolicyView>, next: Option<Place>) -> ListPoliciesReply {
    let marker = next.map(|place| place.write());
    ListPoliciesReply { is_truncated: marker.is_some(), marker, policies }
}
