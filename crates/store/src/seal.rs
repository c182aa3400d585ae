//! How a value is protected where it is kept.

use rolecall_types::Random;

/// Seals values, each for its own key. The binary hands in a key ring; tests a plain one.
pub trait Sealer: Send + Sync + 'static {
    /// Encrypts and authenticates `plain`, bound to `key`.
    fn seal(&self, random: &dyn Random, key: &[u8], plain: &[u8]) -> Vec<u8>;

    /// The value that was sealed for `key`.
    fn open(&self, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UnsealError>;
}

/// The bytes were not sealed for this key by this ring, or have changed since.
#[derive(Debug, Clone, thiserror::Error)]
#[error("open a sealed value: {0}")]
pub struct UnsealError(
    /// What the sealer says; never a part of the value.
    pub String,
);

impl Sealer for rolecall_crypto::RecordSealer {
    fn seal(&self, random: &dyn Random, key: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal(random, key, plain)
    }

    fn open(&self, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        self.open(key, sealed).map_err(|error| UnsealError(error.to_string()))
    }
}
