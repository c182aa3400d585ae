//! Key pairs of SSH.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use rolecall_types::Secret;
use x509_parser::asn1_rs::{FromDer, Integer, OctetString, Sequence};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The characters of a line in PEM. Source: RFC 7468.
const PEM_LINE: usize = 64;
/// The bytes of a public key of Ed25519. Source: RFC 8709.
const ED25519_BYTES: usize = 32;

/// A public key as SSH writes it: an algorithm and the key in its form of the wire.
/// Source: RFC 4253, RFC 5656, RFC 8709.
#[derive(Clone, PartialEq, Eq)]
pub struct SshPublicKey {
    algorithm: &'static str,
    wire: Vec<u8>,
}

/// A fresh RSA key pair of 2048 bits. The private half is nowhere but here.
pub struct SshKeyPair {
    /// The public half.
    pub public: SshPublicKey,
    /// The private half: PKCS#1 in PEM.
    pub private: Secret<String>,
}

/// A key pair could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("could not make a key pair")]
pub struct SshKeyError;

impl SshPublicKey {
    /// The algorithms whose keys are taken: RSA, Ed25519, and ECDSA on the three curves of NIST.
    const ALGORITHMS: [&'static str; 5] = [
        "ssh-rsa",
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
    ];

    /// Reads `ssh-rsa AAAA… comment`; `None` where it is no key of an algorithm that is taken.
    /// Whether a point is on its curve is not looked at: nothing here is verified with the key.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim_end().contains(['\n', '\r', '\0']) {
            return None;
        }
        let mut words = text.split_ascii_whitespace();
        let name = words.next()?;
        let algorithm = Self::ALGORITHMS.into_iter().find(|known| *known == name)?;
        let wire = STANDARD.decode(words.next()?).ok()?;
        let mut rest = wire.as_slice();
        if next(&mut rest)? != algorithm.as_bytes() {
            return None;
        }
        let well_formed = match algorithm {
            "ssh-rsa" => !next(&mut rest)?.is_empty() && !next(&mut rest)?.is_empty(),
            "ssh-ed25519" => next(&mut rest)?.len() == ED25519_BYTES,
            _ => {
                let curve = algorithm.trim_start_matches("ecdsa-sha2-").as_bytes();
                next(&mut rest)? == curve && !next(&mut rest)?.is_empty()
            }
        };
        (well_formed && rest.is_empty()).then_some(Self { algorithm, wire })
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let algorithm = "ssh-rsa";
        let mut wire = Vec::new();
        for part in [algorithm.as_bytes(), exponent, modulus] {
            wire.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
            wire.extend(part);
        }
        Some(Self { algorithm, wire })
    }

    /// The key as one line, without a comment.
    pub fn to_line(&self) -> String {
        format!("{} {}", self.algorithm, STANDARD.encode(&self.wire))
    }

    /// The MD5 of the key, as pairs of hexadecimal digits with colons. Source: RFC 4716.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> =
            Md5::digest(&self.wire).iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(":")
    }
}

impl fmt::Debug for SshPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SshPublicKey({})", self.algorithm)
    }
}

impl SshKeyPair {
    /// Makes a key pair, by the random numbers of the machine. It takes about a tenth of a second
    /// of a core: never do it where others wait.
    pub fn generate() -> Result<Self, SshKeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SshKeyError)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| SshKeyError)?;
        let public = read_public(public.as_ref()).ok_or(SshKeyError)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SshKeyError)?;
        let private = pkcs1(private.as_ref()).ok_or(SshKeyError)?;
        let private = pem(&Secret::new(STANDARD.encode(private)));
        Ok(Self { public, private })
    }
}

impl fmt::Debug for SshKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SshKeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Takes the next string of the wire: its length in four bytes, then its bytes.
fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (string, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(string)
}

fn read_public(der: &[u8]) -> Option<SshPublicKey> {
    let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    let Parsed::RSA(key) = info.parsed().ok()? else { return None };
    SshPublicKey::rsa(key.modulus, key.exponent)
}

/// The key inside PKCS#8: version, algorithm, key. Source: RFC 5208.
fn pkcs1(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let (_, outer) = Sequence::from_der(pkcs8).ok()?;
    let (rest, _version) = Integer::from_der(&outer.content).ok()?;
    let (rest, _algorithm) = Sequence::from_der(rest).ok()?;
    let (_, key) = OctetString::from_der(rest).ok()?;
    Some(key.as_ref().to_vec())
}

fn pem(base64: &Secret<String>) -> Secret<String> {
    let mut text = String::from("-----BEGIN RSA PRIVATE KEY-----\n");
    for line in base64.expose().as_bytes().chunks(PEM_LINE) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END RSA PRIVATE KEY-----\n");
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the bytes 0 to 31.
    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [ED25519.to_owned(), format!("{ED25519} me@example\n"), format!(" {ED25519}")] {
            let key = SshPublicKey::parse(&text).unwrap();
            assert_eq!(key.to_line(), ED25519);
            assert_eq!(format!("{key:?}"), "SshPublicKey(ssh-ed25519)");
        }
        let curve = |name: &str, curve: &str| {
            let mut wire = Vec::new();
            for part in [name.as_bytes(), curve.as_bytes(), b"\x04point"] {
                wire.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
                wire.extend(part);
            }
            format!("{name} {}", STANDARD.encode(wire))
        };
        assert!(SshPublicKey::parse(&curve("ecdsa-sha2-nistp256", "nistp256")).is_some());
        for wrong in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 %",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "ssh-dss AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/////wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            &format!("{ED25519}\nssh-rsa AAAA"),
            &curve("ecdsa-sha2-nistp256", "nistp384"),
        ] {
            assert!(SshPublicKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_made_pair_belongs_together_and_is_not_shown() {
        let pair = SshKeyPair::generate().unwrap();
        let public = SshPublicKey::parse(&pair.public.to_line()).unwrap();
        assert_eq!(public, pair.public);
        let text = pair.private.expose();
        assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMII"), "its form");
        assert!(text.lines().all(|line| line.len() <= PEM_LINE));
        let body: String = text.lines().filter(|line| !line.starts_with("---")).collect();
        let der = STANDARD.decode(body).unwrap();
        let private = KeyPair::from_der(&der).unwrap();
        let again: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
        assert_eq!(read_public(again.as_ref()).unwrap(), pair.public);
        let shown = format!("{pair:?}");
        assert!(!shown.contains("BEGIN") && !shown.contains(pair.private.expose().as_str()));
        assert_ne!(SshKeyPair::generate().unwrap().public, pair.public);
    }

    #[test]
    fn a_fingerprint_is_the_md5_of_the_wire() {
        let print = SshPublicKey::parse(ED25519).unwrap().fingerprint();
        assert_eq!(print, "0f:a2:0a:d7:38:3e:65:45:08:6b:63:84:1c:ff:dc:ba");
    }
}
