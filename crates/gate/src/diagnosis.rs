//! What there is to say of a denial: kept in the audit trail, and sealed in the answer.

use std::fmt;

use rolecall_api::AccessDeniedDetail;
use rolecall_crypto::KeyRing;
use rolecall_policy::{self as policy, Deciding, Explanation, Lack};
use rolecall_types::{AccountId, Random, RequestId, Timestamp, legible, time};
use serde::{Deserialize, Serialize};

use crate::{Caller, Context};

/// The most bytes of a diagnosis as JSON. Sealed it has a third more, and the answer to an object's
/// `HEAD` carries it in a header with yet another third: 5,500 bytes, which fits the 8 KiB that
/// clients and proxies give to all headers.
pub const MAX_DIAGNOSIS_BYTES: usize = 3_000;

/// The most characters that are kept of one text that the caller or a policy chose.
const MAX_TEXT: usize = 256;

/// The most that is kept of a list: values of a condition, or what a statement lacks.
const MAX_LIST: usize = 8;

/// Why one call was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// What the answer is known by.
    pub request_id: RequestId,
    /// When the call came.
    pub time: Timestamp,
    /// Who called, as `GetCallerIdentity` says it.
    pub principal: String,
    /// What the answer says openly. The account itself and nobody are told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<AccessDeniedDetail>,
    /// The condition keys of the check and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<(String, Vec<String>)>,
    /// What the policy that decided is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_to: Option<AttachedTo>,
    /// Why.
    pub explanation: Explanation,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request_id, time, explanation, .. } = self;
        let principal = legible(&self.principal);
        write!(f, "request {request_id} of {principal}, {}\n{explanation}", time::seconds(*time))
    }
}

/// What a policy is attached to, as `DecodeDiagnosticMessage` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachedTo {
    /// A user.
    RamUser,
    /// A group of the user.
    RamGroup,
    /// A role.
    RamRole,
    /// The account, by a control policy.
    ResourceDirectoryTarget,
}

impl AttachedTo {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RamUser => "RamUser",
            Self::RamGroup => "RamGroup",
            Self::RamRole => "RamRole",
            Self::ResourceDirectoryTarget => "ResourceDirectoryTarget",
        }
    }

    fn of(caller: &Caller, deciding: &Deciding) -> Option<Self> {
        match (deciding.layer, caller) {
            (policy::Layer::Control, _) => Some(Self::ResourceDirectoryTarget),
            (policy::Layer::Identity | policy::Layer::ResourceGroup, Caller::User(user)) => {
                let held = user.grants.iter().find(|grant| grant.source == deciding.source)?;
                Some(if held.group.is_some() { Self::RamGroup } else { Self::RamUser })
            }
            (policy::Layer::Identity | policy::Layer::ResourceGroup, Caller::Session(_)) => {
                Some(Self::RamRole)
            }
            _ => None,
        }
    }
}

impl Diagnosis {
    /// What was decided, and nothing of the request but its resource, cut short.
    pub(crate) fn brief(context: &Context, mut explanation: Explanation) -> Self {
        explanation.truncated |= clip(&mut explanation.resource);
        Self {
            request_id: context.request_id.clone(),
            time: context.now,
            principal: context.caller.arn(),
            detail: None,
            conditions: Vec::new(),
            attached_to: None,
            explanation,
        }
    }

    /// What there is to say, cut to [`MAX_DIAGNOSIS_BYTES`].
    pub(crate) fn new(
        context: &Context,
        conditions: &policy::Context,
        explanation: Explanation,
        detail: Option<AccessDeniedDetail>,
    ) -> Self {
        let attached_to =
            explanation.deciding.as_ref().and_then(|it| AttachedTo::of(&context.caller, it));
        let mut diagnosis = Self {
            request_id: context.request_id.clone(),
            time: context.now,
            principal: context.caller.arn(),
            detail,
            conditions: conditions
                .iter()
                .map(|(key, values)| (key.to_owned(), values.to_vec()))
                .collect(),
            attached_to,
            explanation,
        };
        diagnosis.fit();
        diagnosis
    }

    /// Seals it for the account that may open it.
    pub(crate) fn seal(&self, ring: &KeyRing, random: &dyn Random, account: &AccountId) -> String {
        // It has no map and no key that is not text, so that it always has a JSON form.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        ring.seal_diagnostic(random, account, &plain)
    }

    /// Opens a sealed one; `None` where the message is none of this account's.
    pub fn open(ring: &KeyRing, account: &AccountId, message: &str) -> Option<Self> {
        let plain = ring.open_diagnostic(account, message).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Leaves out what has no room: what a person misses least first.
    fn fit(&mut self) {
        let mut cut = false;
        let lacks = self.explanation.nearest.as_mut().map(|nearest| &mut nearest.lacks);
        if let Some(lacks) = lacks {
            cut |= shorten(lacks);
            for lack in lacks {
                if let Lack::Condition { wanted, given, key, .. } = lack {
                    cut |= clip(key) | clip_all(wanted);
                    cut |= given.as_mut().is_some_and(clip_all);
                }
            }
        }
        cut |= shorten_to(&mut self.conditions, 4 * MAX_LIST);
        for (key, values) in &mut self.conditions {
            cut |= clip(key) | clip_all(values);
        }
        let steps: [fn(&mut Self); 4] = [
            |it| it.conditions.clear(),
            |it| it.explanation.remedies.clear(),
            |it| it.explanation.nearest = None,
            |it| it.explanation.truncated |= clip(&mut it.explanation.resource),
        ];
        for step in steps {
            if self.size() <= MAX_DIAGNOSIS_BYTES {
                break;
            }
            step(self);
            cut = true;
        }
        self.explanation.truncated |= cut;
    }

    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |text| text.len())
    }
}

fn shorten<T>(list: &mut Vec<T>) -> bool {
    shorten_to(list, MAX_LIST)
}

fn shorten_to<T>(list: &mut Vec<T>, most: usize) -> bool {
    let long = list.len() > most;
    list.truncate(most);
    long
}

fn clip_all(texts: &mut Vec<String>) -> bool {
    let long = shorten(texts);
    texts.iter_mut().fold(long, |cut, text| clip(text) | cut)
}

/// Cuts a text that is too long, and marks it.
fn clip(text: &mut String) -> bool {
    let Some((end, _)) = text.char_indices().nth(MAX_TEXT) else { return false };
    text.truncate(end);
    text.push('…');
    true
}
