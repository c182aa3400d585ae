//! Public keys of others, each with the one algorithm that it verifies.

use std::fmt;

use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

/// The bytes of a coordinate of P-256.
const COORDINATE: usize = 32;

/// The bytes of the shortest and the longest RSA modulus: 2048 and 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// What a public key verifies. The key says it, never what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256; signatures are two numbers of 32 bytes each.
    Es256,
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// For [`SignatureAlgorithm::Rs256`]: modulus and exponent, in bytes without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// For [`SignatureAlgorithm::Es256`]: the point, uncompressed.
    P256(Vec<u8>),
}

impl PublicKey {
    /// An RSA key; `None` where its modulus is shorter than 2048 bits or longer than 8192, or its
    /// exponent is even or 1.
    pub fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let significant = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes.get(zeros..).unwrap_or_default().to_vec()
        };
        let (n, e) = (significant(n), significant(e));
        let odd = e.last().is_some_and(|last| last % 2 == 1);
        (MODULUS.contains(&n.len()) && odd && e != [1]).then_some(Self::Rsa { n, e })
    }

    /// A key on P-256; `None` where a coordinate has not 32 bytes. Whether the point is on the
    /// curve is seen when it verifies.
    pub fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let fits = x.len() == COORDINATE && y.len() == COORDINATE;
        fits.then(|| Self::P256([&[4], x, y].concat()))
    }

    /// The key in a certificate (X.509 in DER), if it is one that is served. Nothing else of the
    /// certificate is looked at.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        use x509_parser::public_key::PublicKey as Parsed;
        let (rest, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        match certificate.public_key().parsed().ok()? {
            Parsed::RSA(key) => Self::rsa(key.modulus, key.exponent),
            Parsed::EC(point) => match point.data().split_first()? {
                (4, coordinates) => {
                    let (x, y) = coordinates.split_at_checked(COORDINATE)?;
                    Self::p256(x, y)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What it verifies.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Rsa { .. } => SignatureAlgorithm::Rs256,
            Self::P256(_) => SignatureAlgorithm::Es256,
        }
    }

    /// Whether the owner of the key signed these bytes.
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                signed,
                signature,
            ),
            Self::P256(point) => signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, signature),
        };
        verified.is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm())
    }
}
