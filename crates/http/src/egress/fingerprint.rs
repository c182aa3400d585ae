//! Fingerprints of the certificates that a server shows.

use std::sync::Arc;

use rolecall_crypto::{sha1_hex, sha256_hex};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

/// Whether a certificate with one of the fingerprints vouches for the server: its own, or one that
/// its own hangs on, among those that it shows and `authorities`: servers need not show the one at
/// the top. One that was only sent along proves nothing: anybody can send it.
pub(super) fn vouched(
    shown: &[CertificateDer<'_>],
    authorities: &[CertificateDer<'_>],
    fingerprints: &[String],
    name: &ServerName<'_>,
) -> bool {
    let named = |certificate: &CertificateDer<'_>| {
        let (short, long) = (sha1_hex(certificate), sha256_hex(certificate));
        fingerprints.iter().any(|known| *known == short || *known == long)
    };
    let Some((own, others)) = shown.split_first() else { return false };
    let above = others.iter().chain(authorities);
    named(own) || above.filter(|it| named(it)).any(|it| hangs_on(own, others, it, name).is_some())
}

/// Whether the server's certificate is good if `anchor` is.
fn hangs_on(
    own: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    anchor: &CertificateDer<'_>,
    name: &ServerName<'_>,
) -> Option<()> {
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone().into_owned()).ok()?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    verifier.verify_server_cert(own, others, name, &[], UnixTime::now()).ok().map(drop)
}

#[cfg(test)]
mod tests;
