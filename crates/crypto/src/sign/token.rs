//! Tokens as issuers sign them: for programs that play an issuer, such as tests.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::public_key::SignatureAlgorithm;

/// The bytes of the modulus of a key of 2048 bits.
const MODULUS: usize = 256;

/// A fresh key pair of an issuer.
pub struct TokenSigner {
    key_id: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

/// The library could not make a key or a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot sign")]
pub struct SignError;

impl TokenSigner {
    /// A fresh key, by its id.
    pub fn generate(
        algorithm: SignatureAlgorithm,
        key_id: impl Into<String>,
    ) -> Result<Self, SignError> {
        let pair = match algorithm {
            SignatureAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError)?;
                Pair::Rsa(Box::new(pair))
            }
            SignatureAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                Pair::P256(Box::new(pair.map_err(|_| SignError)?))
            }
        };
        Ok(Self { key_id: key_id.into(), pair })
    }

    /// The public half, as key sets have it.
    pub fn public_jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                // RFC 8017, appendix A.1.1: the modulus, two bytes of a header, an exponent of
                // three bytes.
                let der = pair.public_key().as_ref();
                let tail = der.get(der.len().saturating_sub(MODULUS + 5)..).unwrap_or_default();
                let (n, rest) = tail.split_at_checked(MODULUS).unwrap_or_default();
                let e = rest.get(2..).unwrap_or_default();
                json!({
                    "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id,
                    "n": encode(n), "e": encode(e),
                })
            }
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
                    "kid": self.key_id, "x": encode(x), "y": encode(y),
                })
            }
        }
    }

    /// The public half in DER, as `SubjectPublicKeyInfo`.
    pub fn public_der(&self) -> Result<Vec<u8>, SignError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der().map(|der| der.as_ref().to_vec()),
            Pair::P256(pair) => pair.public_key().as_der().map(|der| der.as_ref().to_vec()),
        };
        der.map_err(|_| SignError)
    }

    /// A certificate with the public half, as the metadata of identity providers has it. It names
    /// nobody, and its own signature is none.
    pub fn certificate(&self) -> Result<Vec<u8>, SignError> {
        let algorithm = [0x30, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
        let instant = |text: &[u8]| element(0x17, text);
        let validity = [instant(b"250101000000Z"), instant(b"450101000000Z")].concat();
        let (nobody, serial) = (element(0x30, &[]), element(2, &[1]));
        let body = [
            &serial[..],
            &algorithm,
            &nobody,
            &element(0x30, &validity),
            &nobody,
            &self.public_der()?,
        ];
        let body = element(0x30, &body.concat());
        Ok(element(0x30, &[&body[..], &algorithm, &element(3, &[0])].concat()))
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
                    .map_err(|_| SignError)?;
                Ok(signature)
            }
            Pair::P256(pair) => {
                let signature = pair.sign(&random, bytes).map_err(|_| SignError)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// A token with these claims and the header that issuers give it.
    pub fn token(&self, claims: &Value) -> Result<String, SignError> {
        let algorithm = match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
        };
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": self.key_id});
        self.token_with(&header.to_string(), &claims.to_string())
    }

    /// A token with any header and any claims, such as no issuer would make.
    pub fn token_with(&self, header: &str, claims: &str) -> Result<String, SignError> {
        let encode = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = encode(&self.sign(signed.as_bytes())?);
        Ok(format!("{signed}.{signature}"))
    }
}

/// An element of DER of up to 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let length = match content.len() {
        0..0x80 => vec![low],
        0x80..0x100 => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag][..], &length, content].concat()
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
