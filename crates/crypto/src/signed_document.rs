//! Documents that anybody can verify with `openssl cms`: PKCS#7, or CMS, with the content inside.
//!
//! Source: RFC 5652; the ECS page "Use instance identities", whose readers verify with
//! `openssl smime`.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cms::cert::x509::Certificate;
use cms::cert::x509::attr::Attribute;
use cms::cert::x509::der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use cms::cert::x509::der::{self, Any, DecodePem, Encode, Tag};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use rolecall_types::Secret;

use crate::sha256;

const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const ID_CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const ID_MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const ID_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ID_ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Signs documents with the key of one certificate.
pub struct DocumentSigner {
    certificate: Certificate,
    key: EcdsaKeyPair,
}

/// Why there is no signer, or no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignedDocumentError {
    /// The key is no PKCS#8 of an ECDSA key on P-256.
    #[error("the key that signs documents cannot be read")]
    Key,
    /// The certificate cannot be read, or the signed document not be written.
    #[error("a signed document or its certificate is not as it must be")]
    Encoding(#[from] der::Error),
    /// The cryptographic library refused to sign.
    #[error("a document could not be signed")]
    Signature,
}

impl DocumentSigner {
    /// A signer by its certificate in PEM and the certificate's key, ECDSA on P-256 in PKCS#8.
    pub fn new(
        certificate_pem: &str,
        key_der: &Secret<Vec<u8>>,
    ) -> Result<Self, SignedDocumentError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key_der.expose())
            .map_err(|_| SignedDocumentError::Key)?;
        Ok(Self { certificate, key })
    }

    /// The document, the signature over it and the certificate, as one line of Base64 without the
    /// lines that PEM has around it.
    pub fn sign(&self, document: &[u8]) -> Result<String, SignedDocumentError> {
        let content = EncapsulatedContentInfo {
            econtent_type: ID_DATA,
            econtent: Some(Any::new(Tag::OctetString, document)?),
        };
        let signed_data = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::from_iter([algorithm(ID_SHA256)])?,
            encap_content_info: content,
            certificates: Some(CertificateSet(SetOfVec::from_iter([
                CertificateChoices::Certificate(self.certificate.clone()),
            ])?)),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::from_iter([self.signer_info(document)?])?),
        };
        let content_info =
            ContentInfo { content_type: ID_SIGNED_DATA, content: Any::encode_from(&signed_data)? };
        Ok(STANDARD.encode(content_info.to_der()?))
    }

    fn signer_info(&self, document: &[u8]) -> Result<SignerInfo, SignedDocumentError> {
        let digest = OctetString::new(sha256(&[document]).as_slice())?;
        let attributes = SetOfVec::from_iter([
            attribute(ID_CONTENT_TYPE, &ID_DATA)?,
            attribute(ID_MESSAGE_DIGEST, &digest)?,
        ])?;
        // What is signed is the set of attributes, which holds the document's hash.
        let signature = self
            .key
            .sign(&SystemRandom::new(), &attributes.to_der()?)
            .map_err(|_| SignedDocumentError::Signature)?;
        let certificate = &self.certificate.tbs_certificate;
        Ok(SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: certificate.issuer.clone(),
                serial_number: certificate.serial_number.clone(),
            }),
            digest_alg: algorithm(ID_SHA256),
            signed_attrs: Some(attributes),
            signature_algorithm: algorithm(ID_ECDSA_WITH_SHA256),
            signature: OctetString::new(signature.as_ref())?,
            unsigned_attrs: None,
        })
    }
}

impl fmt::Debug for DocumentSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentSigner").finish_non_exhaustive()
    }
}

/// Neither algorithm has parameters (RFC 5754).
fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

fn attribute<T>(oid: ObjectIdentifier, value: &T) -> Result<Attribute, der::Error>
where
    T: der::Tagged + der::EncodeValue,
{
    Ok(Attribute { oid, values: SetOfVec::from_iter([Any::encode_from(value)?])? })
}
