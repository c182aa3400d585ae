//! The signature of callbacks: MD5 with RSA, as the receivers of OSS's callbacks verify it.
//!
//! Source: the page "Callback" of OSS. MD5 is what it asks for; the signature proves no more than
//! who sent a message to whoever receives it now.

use std::convert::Infallible;
use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use rolecall_types::{Random, Secret};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{Pkcs1v15Sign, PrivateKey};

/// Signs callbacks with one RSA key.
pub struct CallbackKey {
    key: PrivateKey,
    public_key_pem: String,
}

/// Why there is no key, or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackKeyError {
    /// No key could be made.
    #[error("make the key that signs callbacks")]
    Generate,
    /// What is kept is no RSA key in PKCS#8.
    #[error("read the key that signs callbacks")]
    Read,
    /// The key does not sign.
    #[error("sign a callback")]
    Sign,
}

impl CallbackKey {
    /// A new private key of 2,048 bits in DER (PKCS#8), for [`CallbackKey::read`].
    pub fn generate() -> Result<Secret<Vec<u8>>, CallbackKeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| CallbackKeyError::Generate)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| CallbackKeyError::Generate)?;
        Ok(Secret::new(der.as_ref().to_vec()))
    }

    /// The key that a private key in DER (PKCS#8) is.
    pub fn read(der: &Secret<Vec<u8>>) -> Result<Self, CallbackKeyError> {
        let key = PrivateKey::from_pkcs8_der(der.expose()).map_err(|_| CallbackKeyError::Read)?;
        let public_key_pem = key.to_public_key().to_public_key_pem(LineEnding::LF);
        let public_key_pem = public_key_pem.map_err(|_| CallbackKeyError::Read)?;
        Ok(Self { key, public_key_pem })
    }

    /// The public key in PEM (`SubjectPublicKeyInfo`), for those who verify.
    pub fn public_key_pem(&self) -> &str {
        &self.public_key_pem
    }

    /// The signature over a text, in Base64. `random` hides the key's work from who measures its
    /// time.
    pub fn sign(&self, text: &[u8], random: &dyn Random) -> Result<String, CallbackKeyError> {
        let hash = Md5::digest(text);
        let signature =
            self.key.sign_with_rng(&mut Source(random), Pkcs1v15Sign::new::<Md5>(), &hash);
        signature.map(|it| STANDARD.encode(it)).map_err(|_| CallbackKeyError::Sign)
    }
}

impl fmt::Debug for CallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackKey").finish_non_exhaustive()
    }
}

/// Our source of randomness, as the library asks for one.
struct Source<'a>(&'a dyn Random);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

#[cfg(test)]
mod tests {
    use rolecall_types::SeededRandom;
    use rsa::PublicKey;
    use rsa::pkcs8::DecodePublicKey;

    use super::*;

    #[test]
    fn the_public_key_verifies_what_was_signed_and_nothing_else() {
        let random = SeededRandom::new(7);
        let key = CallbackKey::read(&CallbackKey::generate().unwrap()).unwrap();
        let signature = key.sign(b"/path\nbody", &random).unwrap();
        assert_eq!(signature, key.sign(b"/path\nbody", &random).unwrap());
        let public = PublicKey::from_public_key_pem(key.public_key_pem()).unwrap();
        let verify = |text: &[u8]| {
            let signature = STANDARD.decode(&signature).unwrap();
            public.verify(Pkcs1v15Sign::new::<Md5>(), &Md5::digest(text), &signature)
        };
        assert!(verify(b"/path\nbody").is_ok());
        assert!(verify(b"/path\nBody").is_err());
    }

    #[test]
    fn what_is_no_key_is_refused_and_no_key_is_shown() {
        for wrong in [Vec::new(), vec![0x30, 0x03, 2, 1, 0]] {
            let refused = CallbackKey::read(&Secret::new(wrong));
            assert_eq!(refused.unwrap_err(), CallbackKeyError::Read);
        }
        let key = CallbackKey::read(&CallbackKey::generate().unwrap()).unwrap();
        assert_eq!(format!("{key:?}"), "CallbackKey { .. }");
    }
}
