//! Who may use a bucket and its objects, as far as they say so themselves: bucket policies, access
//! control lists, block public access. Found here, decided by the gate.
//!
//! An operation says in [`Authorize::needs`] what it needs, each
//! with the name of its bucket or object, and each is decided by the rules of that very bucket and
//! object, whichever bucket the request goes to:
//!
//! - One that touches a second bucket names it in [`Serve::source`](crate::operation::Serve): the
//!   bucket is found, and `scope.owner_of` knows whose it is (`on_object` asks it).
//! - One whose needs are in the body reads them in [`Serve::complete`](crate::operation::Serve).
//! - One that is about a version says so in [`Serve::version`](crate::operation::Serve).
//! - One that is carried out for what is allowed of it, and not for the rest, says so in
//!   [`Serve::without`](crate::operation::Serve).
//! - One that gives an access control list says so in its need, as `oss:x-oss-acl` or
//!   `oss:x-oss-object-acl`: a public one is refused here while public access is blocked.

mod acl;
mod public;

use std::borrow::Cow;

use rolecall_api::{ApiError, Authorize, Permit, code as api};
use rolecall_gate::{Caller, ResourceFacts, Undecided};
use rolecall_policy::{Blocked, BlockedAt, Decision, Denied, Need, Resource, ResourceRules};
use rolecall_types::AccountId;

use crate::code;
use crate::denied::{Found, denied};
use crate::index::Index;
use crate::known::KnownBucket;
use crate::operation::Serve;
use crate::record::{Bucket, ObjectAcl};
use crate::tags::Tag;
use crate::text::ObjectKey;

pub(crate) use public::is_public;

/// The condition key whose members are the tags of an object that is there.
const OBJECT_TAG: &str = "oss:ExistingObjectTag";

/// The condition keys by which needs tell the access control list that they give.
const LIST_KEYS: [&str; 2] = ["oss:x-oss-acl", "oss:x-oss-object-acl"];

/// The buckets that a call is about.
pub(crate) struct Access<'a> {
    index: &'a Index,
    parties: Vec<Party>,
}

/// A bucket that a call is about.
struct Party {
    bucket: KnownBucket,
    /// Where block public access is switched on; looked up where something is public.
    blocked: Option<BlockedAt>,
}

/// What of an object counts in a decision.
#[derive(Debug, Default)]
pub(crate) struct ObjectFacts {
    /// Its own access control list.
    pub(crate) acl: ObjectAcl,
    /// Its tags.
    pub(crate) tags: Vec<Tag>,
}

impl<'a> Access<'a> {
    /// What the decision about these buckets depends on, without their objects.
    pub(crate) async fn to(
        index: &'a Index,
        buckets: impl IntoIterator<Item = KnownBucket>,
    ) -> Result<Self, ApiError> {
        let mut parties = Vec::new();
        for bucket in buckets {
            let public = bucket.policy().is_some_and(|policy| policy.parts.is_some());
            let public = public || bucket.acl.is_public();
            let blocked = if public { index.blocked(&bucket).await? } else { None };
            parties.push(Party { bucket, blocked });
        }
        Ok(Self { index, parties })
    }

    /// Decides a call, and refuses one that would make something public which must not be.
    pub(crate) async fn decide<O: Serve>(
        &self,
        call: Undecided<'_, O>,
        caller: &Caller,
    ) -> Result<Permit<O>, ApiError> {
        let asked: Vec<Need> =
            call.needs().iter().filter(|it| asks_for_public(it)).cloned().collect();
        let permit = self.permit(call, caller).await?;
        for need in asked {
            self.refuse_public(&need).await?;
        }
        Ok(permit)
    }

    /// Decides a call. What its objects say is read only where that may change the decision: where
    /// policies do not allow it already, or look at tags.
    async fn permit<O: Serve>(
        &self,
        call: Undecided<'_, O>,
        caller: &Caller,
    ) -> Result<Permit<O>, ApiError> {
        let facts: Vec<_> = call.needs().iter().map(|need| self.of_bucket(need)).collect();
        if !call.looks_at(&facts, OBJECT_TAG)
            && let Ok(proof) = call.decide(&facts)
        {
            return call.permit(&proof);
        }
        // What most calls do not need makes the future of none of them larger.
        Box::pin(self.permit_by_objects(call, caller, facts)).await
    }

    /// The same, by what the objects say too.
    async fn permit_by_objects<'f, O: Serve>(
        &'f self,
        call: Undecided<'_, O>,
        caller: &Caller,
        mut facts: Vec<ResourceFacts<'f>>,
    ) -> Result<Permit<O>, ApiError> {
        let mut lists = Vec::with_capacity(facts.len());
        for ((place, need), facts) in call.needs().iter().enumerate().zip(&mut facts) {
            let version = call.operation().version(place);
            lists.push(self.add_object(need, version, facts).await?);
        }
        let refused = match call.decide(&facts) {
            Ok(proof) => return call.permit(&proof),
            Err(refused) => refused,
        };
        if O::BATCH && refused.verdict.decision == Decision::ImplicitDeny {
            let verdicts = call.verdicts(&facts);
            let allowed: Vec<bool> =
                verdicts.iter().map(|verdict| verdict.decision == Decision::Allow).collect();
            if let Some(less) = call.operation().without(&allowed) {
                let mut kept = allowed.iter();
                facts.retain(|_| kept.next().copied().unwrap_or_default());
                let call = call.with(|_| less);
                let undone = "what was allowed by itself was not allowed together";
                let proof = call.decide(&facts);
                let proof = proof.map_err(|_| ApiError::new(&api::INTERNAL_ERROR).because(undone));
                return call.permit(&proof?);
            }
        }
        Err(refuse(&call, caller, &facts, &lists, &refused, O::BATCH))
    }

    /// Decides a further question of a call, about objects as they are now.
    pub(crate) async fn check<O: Authorize>(
        &self,
        call: &Undecided<'_, O>,
        caller: &Caller,
    ) -> Result<(), ApiError> {
        let mut facts: Vec<_> = call.needs().iter().map(|need| self.of_bucket(need)).collect();
        let mut lists = Vec::with_capacity(facts.len());
        for (need, facts) in call.needs().iter().zip(&mut facts) {
            lists.push(self.add_object(need, None, facts).await?);
        }
        let decided = call.decide(&facts).map(drop);
        decided.map_err(|refused| refuse(call, caller, &facts, &lists, &refused, false))
    }

    /// What the bucket of a need says of it.
    fn of_bucket(&self, need: &Need) -> ResourceFacts<'_> {
        let Some((party, _)) = self.party(need) else { return ResourceFacts::default() };
        let policy = party.bucket.policy();
        let rules = match (party.blocked, policy.and_then(|policy| policy.parts.as_ref())) {
            (Some(at), Some((private, public))) => ResourceRules {
                policy: Some(private),
                acl: None,
                blocked: Some(Blocked { at, policy: Some(public), acl: None }),
            },
            (Some(at), None) => ResourceRules {
                policy: policy.map(|policy| &policy.whole),
                acl: None,
                blocked: Some(Blocked { at, policy: None, acl: None }),
            },
            (None, _) => ResourceRules::of_policy(policy.map(|policy| &policy.whole)),
        };
        ResourceFacts { rules, conditions: bucket_tags(&party.bucket) }
    }

    /// Adds what the object of a need says of it; gives its access control list back.
    async fn add_object(
        &self,
        need: &Need,
        version: Option<&str>,
        facts: &mut ResourceFacts<'_>,
    ) -> Result<ObjectAcl, ApiError> {
        let found = self.party(need);
        let Some((party, Some(key))) = found else { return Ok(ObjectAcl::Default) };
        // A key that no object can have has no object.
        let Ok(key) = ObjectKey::new(key) else { return Ok(ObjectAcl::Default) };
        let ObjectFacts { acl, tags } = self.index.facts(&party.bucket, &key, version).await?;
        facts.conditions.extend(
            tags.into_iter().map(|(key, value)| (Cow::from(format!("{OBJECT_TAG}/{key}")), value)),
        );
        let grant = acl::grant(need.action, party.bucket.acl, acl);
        let blocked = match (grant, party.blocked) {
            (Some(_), None) => self.index.blocked(&party.bucket).await?,
            (_, known) => known,
        };
        match blocked {
            None => facts.rules.acl = grant,
            Some(at) => {
                let policy = facts.rules.blocked.and_then(|blocked| blocked.policy);
                facts.rules.blocked = Some(Blocked { at, policy, acl: grant });
            }
        }
        Ok(acl)
    }

    /// Refuses a public access control list where public access is blocked: to the bucket, or to
    /// all buckets of the account that is to have it.
    async fn refuse_public(&self, need: &Need) -> Result<(), ApiError> {
        let owner = match &need.resource {
            Resource::Named(arn) => AccountId::parse(&arn.account),
            Resource::Any => None,
        };
        match (self.party(need), owner) {
            (Some((party, _)), _) => refuse_public(self.index, &party.bucket).await,
            (None, Some(owner)) if self.index.is_blocked(&owner).await? => Err(blocked()),
            (None, _) => Ok(()),
        }
    }

    /// The bucket that a need is about, and the object, if it is about one.
    fn party<'n>(&self, need: &'n Need) -> Option<(&Party, Option<&'n str>)> {
        let Resource::Named(arn) = &need.resource else { return None };
        let (name, key) = match arn.relative.split_once('/') {
            Some((name, key)) => (name, Some(key)),
            None => (arn.relative.as_str(), None),
        };
        // A bucket of somebody else's is not the one that the need means to make.
        let is = |party: &&Party| {
            party.bucket.name.as_str() == name && party.bucket.owner.as_str() == arn.account
        };
        Some((self.parties.iter().find(is)?, key))
    }
}

/// What the caller is told of a denial.
fn refuse<O: Authorize>(
    call: &Undecided<'_, O>,
    caller: &Caller,
    facts: &[ResourceFacts<'_>],
    lists: &[ObjectAcl],
    refused: &Denied,
    batch: bool,
) -> ApiError {
    let same =
        |need: &Need| need.action == refused.need.action && need.resource == refused.need.resource;
    let place = call.needs().iter().position(same).unwrap_or(usize::MAX);
    let own_acl = lists.get(place).is_some_and(|list| *list != ObjectAcl::Default);
    let denied_by_bucket = call.is_denied_by_resource(facts, place);
    let found = Found { own_acl, denied_by_bucket, batch };
    denied(call.explain(facts, refused), refused, caller, found)
}

/// Refuses to make anything of a bucket public while public access is blocked.
pub(crate) async fn refuse_public(index: &Index, bucket: &Bucket) -> Result<(), ApiError> {
    match index.blocked(bucket).await? {
        Some(_) => Err(blocked()),
        None => Ok(()),
    }
}

fn blocked() -> ApiError {
    ApiError::new(&code::PUBLIC_ACCESS_BLOCKED)
}

/// Whether a need is one to give something an access control list that is public.
fn asks_for_public(need: &Need) -> bool {
    let public = |text: &str| ObjectAcl::parse(text).is_some_and(ObjectAcl::is_public);
    need.context.iter().any(|(key, value)| LIST_KEYS.contains(&key.as_ref()) && public(value))
}

/// The condition keys that the tags of a bucket make. Source: OSS, "OSS authorization syntax and
/// elements".
fn bucket_tags(bucket: &Bucket) -> Vec<(Cow<'static, str>, String)> {
    let tags = bucket.configuration.tags.iter();
    tags.map(|(key, value)| (format!("oss:BucketTag/{key}").into(), value.clone())).collect()
}
