//! Derived keys of OSS V4, kept: a key is good for a whole day, and deriving it takes four HMACs.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use aws_lc_rs::hmac;
use rolecall_types::Secret;

use crate::canonical::v4::{Scope, signing_key};
use crate::hash::ct_eq;

/// How many keys the younger half holds before the older half is dropped. An entry is about half a
/// kilobyte; the limit is ours.
const KEYS_PER_HALF: usize = 4096;

/// A bounded memory of derived keys, by AccessKey, day, region and product.
///
/// An entry is tied to the secret that it came from, so a changed secret never meets an old key;
/// and it is made only once a signature held, so nobody fills the memory without a key of his own.
#[derive(Default)]
pub struct DayKeys(RwLock<Halves>);

/// When the younger half is full it becomes the older one, and the older one is dropped.
#[derive(Default)]
struct Halves {
    young: HashMap<String, DayKey>,
    old: HashMap<String, DayKey>,
}

struct DayKey {
    secret: Secret<String>,
    key: hmac::Key,
}

impl DayKeys {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `holds` for the key of a secret in a scope; remembers the key if so.
    pub(crate) fn check(
        &self,
        access_key_id: &str,
        scope: &Scope,
        secret: &Secret<String>,
        holds: impl Fn(&hmac::Key) -> bool,
    ) -> bool {
        // Neither part holds a slash where the other begins: ids have none.
        let name = [access_key_id, scope.as_str()].join("/");
        if let Some(held) = self.kept(&name, secret, &holds) {
            return held;
        }
        let key = signing_key(secret, scope);
        let held = holds(&key);
        if held {
            self.keep(name, DayKey { secret: secret.clone(), key });
        }
        held
    }

    fn kept(
        &self,
        name: &str,
        secret: &Secret<String>,
        holds: impl Fn(&hmac::Key) -> bool,
    ) -> Option<bool> {
        let halves = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let kept = halves.young.get(name).or_else(|| halves.old.get(name))?;
        let same = ct_eq(kept.secret.expose().as_bytes(), secret.expose().as_bytes());
        same.then(|| holds(&kept.key))
    }

    fn keep(&self, name: String, key: DayKey) {
        let mut halves = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if halves.young.len() >= KEYS_PER_HALF {
            halves.old = std::mem::take(&mut halves.young);
        }
        halves.young.insert(name, key);
    }
}

impl fmt::Debug for DayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::v4::Family;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn scope(day: &str) -> Scope {
        Scope::new(Family::Oss, day, "cn-hangzhou", "oss").unwrap()
    }

    fn tag(key: &hmac::Key) -> Vec<u8> {
        hmac::sign(key, b"data").as_ref().to_vec()
    }

    #[test]
    fn a_changed_secret_never_meets_an_old_key() {
        let keys = DayKeys::new();
        let (day, old, new) = (scope("20260115"), secret("old"), secret("new"));
        let expected = tag(&signing_key(&old, &day));
        for _ in 0..2 {
            assert!(keys.check("AK", &day, &old, |key| tag(key) == expected));
            assert!(!keys.check("AK", &day, &new, |key| tag(key) == expected));
            assert!(!keys.check("AK", &scope("20260116"), &old, |key| tag(key) == expected));
        }
        let renewed = tag(&signing_key(&new, &day));
        assert!(keys.check("AK", &day, &new, |key| tag(key) == renewed));
        assert!(!keys.check("AK", &day, &old, |key| tag(key) == renewed));
    }

    #[test]
    fn only_what_held_is_kept_and_not_without_bound() {
        let keys = DayKeys::new();
        assert!(!keys.check("AK", &scope("20260115"), &secret("s"), |_| false));
        assert!(keys.0.read().unwrap().young.is_empty());
        for index in 0..2 * KEYS_PER_HALF + 10 {
            let name = format!("AK{index}");
            let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
            keys.keep(name, DayKey { secret: secret("s"), key });
        }
        let halves = keys.0.read().unwrap();
        assert_eq!((halves.young.len(), halves.old.len()), (10, KEYS_PER_HALF));
    }

    #[test]
    fn debug_shows_nothing() {
        let keys = DayKeys::new();
        assert!(keys.check("AKcanary", &scope("20260115"), &secret("canary"), |_| true));
        assert_eq!(format!("{keys:?}"), "DayKeys(…)");
    }
}
