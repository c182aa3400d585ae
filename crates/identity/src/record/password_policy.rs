//! What an account asks of its users' passwords.

use rolecall_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

/// The fewest characters of a password that a policy may ask for, and the most that a password may
/// have. Source: RAM `SetPasswordPolicy`.
pub const PASSWORD_LENGTHS: (i64, i64) = (8, 32);

/// The most failed attempts in an hour that a policy may allow. Source: RAM password policies.
pub const MAX_LOGIN_ATTEMPTS: i64 = 32;

/// The longest life of a password, in days. Source: RAM password policies.
pub const MAX_PASSWORD_AGE: i64 = 1095;

/// The most earlier passwords that a policy may look back to. Source: RAM password policies.
pub const MAX_REUSE_PREVENTION: i64 = 24;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// An account's password policy. Source: RAM `SetPasswordPolicy`, defaults too.
#[expect(clippy::struct_excessive_bools, reason = "the vendor's switches, each on its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPolicy {
    /// Fewest characters: 8 to 32.
    pub minimum_length: i64,
    /// Whether there must be a lower-case letter.
    pub require_lowercase: bool,
    /// Whether there must be an upper-case letter.
    pub require_uppercase: bool,
    /// Whether there must be a digit.
    pub require_numbers: bool,
    /// Whether there must be a character that is neither a letter nor a digit.
    pub require_symbols: bool,
    /// Whether only an administrator can replace a password that is too old.
    pub hard_expiry: bool,
    /// How many days a password is good for, up to 1095; 0 is for ever.
    pub max_age_days: i64,
    /// How many of the latest passwords may not come again, up to 24.
    pub reuse_prevention: i64,
    /// How many attempts may fail in an hour, up to 32; 0 is any number.
    pub max_login_attempts: i64,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: PASSWORD_LENGTHS.0,
            require_lowercase: false,
            require_uppercase: false,
            require_numbers: false,
            require_symbols: false,
            hard_expiry: false,
            max_age_days: 0,
            reuse_prevention: 0,
            max_login_attempts: 5,
        }
    }
}

impl PasswordPolicy {
    /// Whether a password is strong enough: of visible ASCII, which has one spelling, in the length
    /// and with the kinds of characters that are asked for.
    pub fn admits(&self, password: &Secret<String>) -> bool {
        let text = password.expose();
        let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        (self.minimum_length..=PASSWORD_LENGTHS.1).contains(&length)
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && (!self.require_lowercase || has(u8::is_ascii_lowercase))
            && (!self.require_uppercase || has(u8::is_ascii_uppercase))
            && (!self.require_numbers || has(u8::is_ascii_digit))
            && (!self.require_symbols || has(u8::is_ascii_punctuation))
    }

    /// Whether a password that was set at `set_at` is too old.
    pub fn is_expired(&self, set_at: Timestamp, now: Timestamp) -> bool {
        let life = self.max_age_days.saturating_mul(DAY_SECONDS);
        life > 0 && now.as_second().saturating_sub(set_at.as_second()) >= life
    }

    /// How many attempts may fail in an hour.
    pub(crate) fn most_tries(&self) -> usize {
        match usize::try_from(self.max_login_attempts) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(most) => most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(policy: &PasswordPolicy, text: &str) -> bool {
        policy.admits(&Secret::new(text.to_owned()))
    }

    #[test]
    fn each_rule_is_one() {
        let plain = PasswordPolicy::default();
        for (text, expected) in [
            ("a".repeat(7), false),
            ("a".repeat(8), true),
            ("a".repeat(32), true),
            ("a".repeat(33), false),
            ("with a space".to_owned(), false),
            ("tab\tulator".to_owned(), false),
            ("pässword".to_owned(), false),
        ] {
            assert_eq!(admits(&plain, &text), expected, "{text}");
        }
        let all = "aB3_efgh";
        for (policy, lacking) in [
            (PasswordPolicy { require_lowercase: true, ..plain }, "AB3_EFGH"),
            (PasswordPolicy { require_uppercase: true, ..plain }, "ab3_efgh"),
            (PasswordPolicy { require_numbers: true, ..plain }, "aBc_efgh"),
            (PasswordPolicy { require_symbols: true, ..plain }, "aB3defgh"),
            (PasswordPolicy { minimum_length: 9, ..plain }, "aB3_efgh"),
        ] {
            assert!(admits(&policy, &format!("{all}9")), "{policy:?}");
            assert!(admits(&plain, lacking), "{lacking}");
            assert!(!admits(&policy, lacking), "{lacking}");
        }
    }

    #[test]
    fn a_password_ages_by_days() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let policy = PasswordPolicy { max_age_days: 2, ..PasswordPolicy::default() };
        assert!(!policy.is_expired(at(0), at(2 * 86_400 - 1)));
        assert!(policy.is_expired(at(0), at(2 * 86_400)));
        assert!(!PasswordPolicy::default().is_expired(at(0), at(4_000_000_000)));
    }
}
