//! SAML 2.0, as much of it as role SSO needs: a signed response in, who it is about out.
//!
//! Nothing is read but from the very tree whose canonical form was verified, and whatever is
//! outside the small part of XML, of XML signatures and of SAML that identity providers use is
//! refused instead of being understood half.

mod c14n;
mod metadata;
mod response;
mod signature;
mod xml;

pub use metadata::Metadata;
pub(crate) use response::{Accepted, read};

/// The namespaces of what is read here.
mod namespace {
    pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
    pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
}

/// Why a document is refused. For our log: it says nothing of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SamlError {
    /// Not the part of XML that is read.
    #[error("it is not XML as it is read here: {0}")]
    Xml(&'static str),
    /// Not signed by the provider, or in a way that is not served.
    #[error("its signature is not accepted: {0}")]
    Signature(&'static str),
    /// Not what the provider must say.
    #[error("what it says is not accepted: {0}")]
    Content(&'static str),
    /// Its time is over.
    #[error("its time is over")]
    Expired,
}

/// The bytes of a text in Base64, between whose letters there may be blanks.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let letters: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).collect();
    rolecall_crypto::decode_base64(&letters)
}

#[cfg(test)]
mod tests;
