//! The root keys of an installation, and what is derived from them.
//!
//! A root key is 256 random bits with a version. From each, HKDF-SHA256 derives one key per
//! purpose, under a label that names the purpose and its format; no key serves two. The newest
//! version seals; the older ones still open what they sealed.

mod file;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::{aead, hkdf, hmac};
use rolecall_types::Random;
use zeroize::Zeroizing;

pub use file::KeyRingError;

/// The length of a root key and of every key derived from it, in bytes.
const KEY_LENGTH: usize = 32;

/// The root keys, derived. Cloning shares them; `Debug` shows nothing.
#[derive(Clone)]
pub struct KeyRing {
    newest: Arc<KeyVersion>,
    older: Arc<[Arc<KeyVersion>]>,
}

impl KeyRing {
    /// A ring of one random key that lives as long as the process: for tests and trials.
    pub fn generate(random: &dyn Random) -> Self {
        Self::of(KeyVersion::derive(FIRST_VERSION, &root_key(random)), Vec::new())
    }

    /// Opens the ring in a directory; makes the directory and a first key when there is none.
    ///
    /// The directory must be ours alone (mode 0700 or stricter), and so must each key file (0600 or
    /// stricter): a looser mode or another owner is refused, for then others may hold the keys.
    /// What is made has exactly these modes, whatever the umask.
    pub fn open_or_create(directory: &Path, random: &dyn Random) -> Result<Self, KeyRingError> {
        file::make_directory(directory)?;
        let mut roots = file::read_all(directory)?;
        if roots.is_empty() {
            file::create(directory, FIRST_VERSION, &root_key(random))?;
            roots = file::read_all(directory)?;
        }
        Self::derive_all(directory, &roots)
    }

    /// Adds a newer key to the ring in a directory, which seals from now on, and opens the ring.
    pub fn rotate(directory: &Path, random: &dyn Random) -> Result<Self, KeyRingError> {
        file::make_directory(directory)?;
        let newest = file::read_all(directory)?.last().map_or(0, |(version, _)| *version);
        let next = newest.checked_add(1).ok_or_else(|| KeyRingError::exhausted(directory))?;
        file::create(directory, next, &root_key(random))?;
        Self::derive_all(directory, &file::read_all(directory)?)
    }

    /// The version that seals.
    pub(crate) fn newest(&self) -> &KeyVersion {
        &self.newest
    }

    /// The version that sealed something, if it is still in the ring.
    pub(crate) fn version(&self, version: u32) -> Option<&KeyVersion> {
        std::iter::once(&self.newest)
            .chain(self.older.iter())
            .find(|key| key.version == version)
            .map(AsRef::as_ref)
    }

    fn derive_all(directory: &Path, roots: &[file::VersionedRoot]) -> Result<Self, KeyRingError> {
        let mut versions: Vec<KeyVersion> =
            roots.iter().map(|(version, root)| KeyVersion::derive(*version, root)).collect();
        let newest = versions.pop().ok_or_else(|| KeyRingError::empty(directory))?;
        Ok(Self::of(newest, versions))
    }

    fn of(newest: KeyVersion, older: Vec<KeyVersion>) -> Self {
        Self { newest: Arc::new(newest), older: older.into_iter().map(Arc::new).collect() }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

/// The version of the first key of a ring.
const FIRST_VERSION: u32 = 1;

/// The keys of one version, by purpose.
pub(crate) struct KeyVersion {
    pub version: u32,
    /// Seals records of the store.
    pub record: aead::LessSafeKey,
    /// Seals session tokens.
    pub session: aead::LessSafeKey,
    /// Derives the secret of a session's AccessKey from the session's id.
    pub session_secret: hmac::Key,
    /// Derives the keys of users' bytes from their seeds.
    pub data_key: hmac::Key,
    /// Seals diagnostic messages.
    pub diagnostic: aead::LessSafeKey,
    /// Signs tokens of the metadata service.
    pub metadata_token: hmac::Key,
}

impl KeyVersion {
    fn derive(version: u32, root: &[u8; KEY_LENGTH]) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"rolecall root key").extract(root);
        Self {
            version,
            record: sealing_key(&root, b"rolecall/record-seal/1"),
            session: sealing_key(&root, b"rolecall/session-seal/1"),
            session_secret: signing_key(&root, b"rolecall/session-secret/1"),
            data_key: signing_key(&root, b"rolecall/data-key/1"),
            diagnostic: sealing_key(&root, b"rolecall/diagnostic-seal/1"),
            metadata_token: signing_key(&root, b"rolecall/metadata-token/1"),
        }
    }
}

fn root_key(random: &dyn Random) -> Zeroizing<[u8; KEY_LENGTH]> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    random.fill(key.as_mut());
    key
}

fn sealing_key(root: &hkdf::Prk, label: &[u8]) -> aead::LessSafeKey {
    aead::LessSafeKey::new(unbound_key(&derived_key(root, label)))
}

fn signing_key(root: &hkdf::Prk, label: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, derived_key(root, label).as_ref())
}

#[expect(clippy::expect_used, reason = "runs at the start, and its lengths are constants")]
fn unbound_key(key: &[u8; KEY_LENGTH]) -> aead::UnboundKey {
    aead::UnboundKey::new(&aead::AES_256_GCM_SIV, key)
        .expect("INVARIANT: a key of AES-256-GCM-SIV has 32 bytes")
}

#[expect(clippy::expect_used, reason = "runs at the start, and its lengths are constants")]
fn derived_key(root: &hkdf::Prk, label: &[u8]) -> Zeroizing<[u8; KEY_LENGTH]> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    root.expand(&[label], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(key.as_mut()))
        .expect("INVARIANT: HKDF-SHA256 gives 32 bytes");
    key
}

#[cfg(test)]
mod tests;
