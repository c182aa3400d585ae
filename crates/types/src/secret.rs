//! A value that no log, error or debug print can show.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Holds a secret and wipes it when dropped.
///
/// It has neither `Display` nor `Serialize`, and its `Debug` shows nothing: whoever wants the value
/// must write [`Secret::expose`], which is easy to search for. How long it takes to compare two
/// tells nothing but their lengths.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes custody of a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("canary".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "canary");
    }

    /// A text whose own comparison must not be asked: it ends at the first difference.
    #[derive(Debug)]
    struct Watched(&'static str);

    impl PartialEq for Watched {
        fn eq(&self, _: &Self) -> bool {
            panic!("compared by its own comparison");
        }
    }

    impl AsRef<[u8]> for Watched {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }

    impl Zeroize for Watched {
        fn zeroize(&mut self) {
            self.0 = "";
        }
    }

    #[test]
    fn secrets_are_compared_in_constant_time() {
        let equal = |left, right| Secret::new(Watched(left)) == Secret::new(Watched(right));
        assert!(equal("secret", "secret") && equal("", ""));
        for other in ["", "secre", "secrets", "Secret", "secreT"] {
            assert!(!equal("secret", other) && !equal(other, "secret"), "{other}");
        }
    }
}
