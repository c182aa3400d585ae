//! What the rules of a bucket say of an object, an upload or a version. Pure: the day is an
//! argument.

use rolecall_types::Timestamp;

use crate::record::{LifecycleConfiguration, LifecycleRule, NotFilter, Since};
use crate::tagging::Tag;

/// The seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing.
    Stay,
    /// It is kept as infrequently accessed from now on.
    Transition,
    /// It is deleted.
    Expire,
}

/// What rules look at of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits<'a> {
    pub(crate) key: &'a str,
    pub(crate) size: u64,
    pub(crate) tags: &'a [(String, String)],
    /// When it was written or, of a version that was replaced, when that happened.
    pub(crate) since: Timestamp,
}

/// The last midnight UTC that is over at `now`.
pub(crate) fn midnight_before(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    let midnight = seconds.checked_sub(seconds.rem_euclid(DAY_SECONDS));
    midnight.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(now)
}

impl LifecycleConfiguration {
    /// What is to be done at `midnight` with an object that is read without a version's id.
    pub(crate) fn of_current(&self, traits: Traits<'_>, midnight: Timestamp) -> Fate {
        self.worst(traits, |rule| {
            let expires = rule.expiration.as_ref().and_then(|it| it.since().ok().flatten());
            if expires.is_some_and(|since| since.is_over(traits.since, midnight)) {
                return Fate::Expire;
            }
            let moves = rule.transition.iter().filter_map(|it| it.since().ok());
            if moves.into_iter().any(|since| since.is_over(traits.since, midnight)) {
                Fate::Transition
            } else {
                Fate::Stay
            }
        })
    }

    /// What is to be done at `midnight` with a version that was replaced.
    pub(crate) fn of_noncurrent(&self, traits: Traits<'_>, midnight: Timestamp) -> Fate {
        let is_over = |days: u32| Since::Days(days).is_over(traits.since, midnight);
        self.worst(traits, |rule| {
            let expires = rule.noncurrent_version_expiration.as_ref();
            if expires.is_some_and(|it| is_over(it.noncurrent_days)) {
                Fate::Expire
            } else if rule
                .noncurrent_version_transition
                .iter()
                .any(|it| is_over(it.noncurrent_days))
            {
                Fate::Transition
            } else {
                Fate::Stay
            }
        })
    }

    /// Whether a delete marker goes that hides nothing any more.
    pub(crate) fn expires_markers(&self, key: &str) -> bool {
        self.of_key(key).any(|rule| {
            let expiration = rule.expiration.as_ref();
            expiration.is_some_and(|it| it.expired_object_delete_marker == Some(true))
        })
    }

    /// Whether an upload that was begun at `begun` is given up at `midnight`.
    pub(crate) fn aborts(&self, key: &str, begun: Timestamp, midnight: Timestamp) -> bool {
        self.of_key(key).any(|rule| {
            let abort = rule.abort_multipart_upload.as_ref();
            let since = abort.and_then(|abort| abort.since().ok());
            since.is_some_and(|since| since.is_over(begun, midnight))
        })
    }

    /// The enabled rules about keys like this one, whatever else they look at.
    fn of_key(&self, key: &str) -> impl Iterator<Item = &LifecycleRule> {
        self.rules
            .iter()
            .filter(move |rule| rule.status == "Enabled" && key.starts_with(rule.prefix()))
    }

    fn worst(&self, traits: Traits<'_>, of: impl Fn(&LifecycleRule) -> Fate) -> Fate {
        let mut fate = Fate::Stay;
        for rule in self.rules.iter().filter(|rule| rule.concerns(traits)) {
            match of(rule) {
                Fate::Expire => return Fate::Expire,
                Fate::Transition => fate = Fate::Transition,
                Fate::Stay => {}
            }
        }
        fate
    }

    /// What every key begins with that an enabled rule concerns, without such as begin with
    /// another of them: where to look, each place once.
    pub(crate) fn prefixes(&self) -> Vec<&str> {
        let enabled = self.rules.iter().filter(|rule| rule.status == "Enabled");
        let mut prefixes: Vec<&str> = enabled.map(LifecycleRule::prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup_by(|next, kept| next.starts_with(*kept));
        prefixes
    }
}

impl LifecycleRule {
    /// Whether it is enabled and about such an object.
    fn concerns(&self, traits: Traits<'_>) -> bool {
        let filter = self.filter.as_ref();
        let above = filter.and_then(|filter| filter.object_size_greater_than);
        let below = filter.and_then(|filter| filter.object_size_less_than);
        let spared = filter.map_or(&[][..], |filter| &filter.not);
        self.status == "Enabled"
            && traits.key.starts_with(self.prefix())
            && self.tag.iter().all(|tag| has(traits, tag))
            && above.is_none_or(|size| traits.size > size)
            && below.is_none_or(|size| traits.size < size)
            && !spared.iter().any(|not| not.spares(traits))
    }
}

impl NotFilter {
    fn spares(&self, traits: Traits<'_>) -> bool {
        self.prefix.as_deref().is_none_or(|prefix| traits.key.starts_with(prefix))
            && self.tag.as_ref().is_none_or(|tag| has(traits, tag))
    }
}

fn has(traits: Traits<'_>, tag: &Tag) -> bool {
    traits.tags.contains(&tag.pair())
}

impl Since {
    /// Whether the time has come at `midnight` for what began at `begun`.
    fn is_over(self, begun: Timestamp, midnight: Timestamp) -> bool {
        match self {
            Self::Days(days) => {
                let wait = i64::from(days).saturating_mul(DAY_SECONDS);
                begun.as_second().saturating_add(wait) <= midnight.as_second()
            }
            Self::CreatedBefore(date) => begun < date,
            Self::Date(date) => date <= midnight,
        }
    }
}

#[cfg(test)]
mod tests;
