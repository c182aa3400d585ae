//! The metadata of an identity provider: its name and the keys that it signs with.

use rolecall_crypto::PublicKey;

use super::namespace::{METADATA, SIGNATURE};
use super::xml::{self, Element};
use super::{SamlError, base64};

/// The most keys of a provider; limit ours.
const MAX_KEYS: usize = 16;

/// What is read of a provider's metadata.
#[derive(Debug)]
pub struct Metadata {
    /// The provider's own name.
    pub entity_id: String,
    /// The keys that it signs with.
    pub keys: Vec<PublicKey>,
}

impl Metadata {
    /// Reads metadata. Whoever may change a provider vouches for it: its own signature and the
    /// validity of its certificates are not looked at, only the keys in them count.
    ///
    /// Fails where it is not the small part of XML that is read, describes no provider, or has no
    /// key to sign with or one of a kind that is not served.
    pub fn parse(document: &[u8]) -> Result<Self, SamlError> {
        let wrong = SamlError::Content;
        let root = xml::parse(document)?;
        if !root.is(METADATA, "EntityDescriptor") {
            return Err(wrong("it describes no one provider"));
        }
        let entity_id = root.attribute("entityID").unwrap_or_default().trim().to_owned();
        if entity_id.is_empty() || entity_id.len() > 1024 {
            return Err(wrong("the provider has no name"));
        }
        let descriptor =
            root.one(METADATA, "IDPSSODescriptor").ok_or(wrong("it is no provider"))?;
        let signing = |key: &&Element| key.attribute("use").is_none_or(|it| it == "signing");
        let mut keys = Vec::new();
        for descriptor in descriptor.all(METADATA, "KeyDescriptor").filter(signing) {
            let info = descriptor.one(SIGNATURE, "KeyInfo");
            let data = info.and_then(|info| info.one(SIGNATURE, "X509Data"));
            let certificate = data.and_then(|data| data.one(SIGNATURE, "X509Certificate"));
            let der = certificate.and_then(Element::text).as_deref().and_then(base64);
            let key = der.as_deref().and_then(PublicKey::of_certificate);
            keys.push(key.ok_or(wrong("a key is not in a certificate for RSA or P-256"))?);
        }
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(wrong("it has no key to sign with, or too many"));
        }
        Ok(Self { entity_id, keys })
    }
}
