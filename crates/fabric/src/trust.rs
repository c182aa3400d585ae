//! What programs inside an instance trust: what the machine trusts, and the local authority.

use std::fs;
use std::path::Path;

use rolecall_crypto::sha1;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::files::CA_BUNDLES;

/// Where distributions keep the trust store of Java, which reads no bundle: Debian, Alpine and
/// Arch; Fedora; Temurin's packages. Sources: the packages `ca-certificates-java`,
/// `ca-certificates` of Fedora, and `adoptium-ca-certificates`.
pub(crate) const JAVA_STORES: [&str; 3] = [
    "/etc/ssl/certs/java/cacerts",
    "/etc/pki/ca-trust/extracted/java/cacerts",
    "/etc/ssl/certs/adoptium/cacerts",
];

/// How a store of the kind JKS begins, and its version. Source of this and of the whole form: the
/// JDK's `sun.security.provider.JavaKeyStore`.
const MAGIC: u32 = 0xFEED_FEED;
const VERSION: u32 = 2;
/// The tag of an entry that is a trusted certificate.
const TRUSTED: u32 = 2;
/// The password of every Java's own store: it keeps nothing secret, and seals the digest.
const PASSWORD: &str = "changeit";
/// What the digest has between the password and the store.
const WHITENER: &[u8] = b"Mighty Aphrodite";

/// The same trust, as several kinds of programs read it.
#[derive(Debug)]
pub(crate) struct Trust {
    /// As PEM.
    pub(crate) bundle: Vec<u8>,
    /// As a key store, where the machine has a Java.
    pub(crate) java_store: Option<Vec<u8>>,
}

impl Trust {
    /// What the machine trusts, and an authority (PEM) besides.
    pub(crate) fn with(authority: &str) -> Self {
        // A machine without a bundle trusts nobody.
        let mut bundle =
            CA_BUNDLES.iter().find_map(|bundle| fs::read(bundle).ok()).unwrap_or_default();
        bundle.push(b'\n');
        bundle.extend_from_slice(authority.as_bytes());
        let has_java = JAVA_STORES.iter().any(|store| Path::new(store).exists());
        let java_store = has_java.then(|| java_store(&bundle));
        Self { bundle, java_store }
    }
}

/// A key store with the certificates of a bundle. What is no certificate is passed by.
fn java_store(bundle: &[u8]) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut count = 0_u32;
    for certificate in CertificateDer::pem_slice_iter(bundle).flatten() {
        let Ok(length) = u32::try_from(certificate.len()) else { continue };
        count = count.saturating_add(1);
        entries.extend_from_slice(&TRUSTED.to_be_bytes());
        put_text(&mut entries, &format!("authority-{count}"));
        // When it was put in, in milliseconds; nobody asks.
        entries.extend_from_slice(&0_u64.to_be_bytes());
        put_text(&mut entries, "X.509");
        entries.extend_from_slice(&length.to_be_bytes());
        entries.extend_from_slice(&certificate);
    }
    let mut store = Vec::with_capacity(entries.len().saturating_add(32));
    for number in [MAGIC, VERSION, count] {
        store.extend_from_slice(&number.to_be_bytes());
    }
    store.append(&mut entries);
    let digest = digest(&store);
    store.extend_from_slice(&digest);
    store
}

/// A short text of ASCII, behind its length.
fn put_text(store: &mut Vec<u8>, text: &str) {
    store.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_be_bytes());
    store.extend_from_slice(text.as_bytes());
}

/// What shows a reader who knows the password that the store is whole.
fn digest(store: &[u8]) -> [u8; 20] {
    let password: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    sha1(&[&password, WHITENER, store])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_store_has_every_certificate_of_the_bundle() {
        let pem = |bytes: &str| {
            format!("-----BEGIN CERTIFICATE-----\n{bytes}\n-----END CERTIFICATE-----\n")
        };
        let bundle = format!("# one\n{}# two\n{}", pem("AAEC"), pem("AwQ="));
        let store = java_store(bundle.as_bytes());
        let mut expected = vec![0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 2];
        for (alias, der) in [(b"authority-1", &[0, 1, 2][..]), (b"authority-2", &[3, 4])] {
            expected.extend_from_slice(&[0, 0, 0, 2, 0, 11]);
            expected.extend_from_slice(alias);
            expected.extend_from_slice(&[0; 8]);
            expected.extend_from_slice(b"\0\x05X.509\0\0\0");
            expected.push(u8::try_from(der.len()).unwrap());
            expected.extend_from_slice(der);
        }
        let (content, digest) = store.split_at(store.len() - 20);
        assert_eq!(content, expected);
        assert_eq!(digest, super::digest(&expected));
    }

    /// What the JDK 17 makes of nothing, with the usual password.
    #[test]
    fn an_empty_store_is_javas_own() {
        let empty = [
            0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 0, 0xE2, 0x68, 0x6E, 0x45, 0xFB, 0x43,
            0xDF, 0xA4, 0xD9, 0x92, 0xDD, 0x41, 0xCE, 0xB6, 0xB2, 0x1C, 0x63, 0x30, 0xD7, 0x92,
        ];
        assert_eq!(java_store(b""), empty);
    }
}
