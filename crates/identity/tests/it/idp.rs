//! A SAML provider that writes its documents in their canonical form already, so that what it signs
//! needs none of the code under test.

use rolecall_crypto::SignatureAlgorithm;
use rolecall_crypto::sha256;
use rolecall_crypto::sign::TokenSigner;

use crate::support::base64;

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The provider's own name.
pub(crate) const ENTITY: &str = "https://idp.example.com/saml";

/// A provider with one key.
pub(crate) struct Idp {
    pub(crate) signer: TokenSigner,
    algorithm: SignatureAlgorithm,
}

impl Idp {
    pub(crate) fn new(algorithm: SignatureAlgorithm) -> Self {
        Self { signer: TokenSigner::generate(algorithm, "idp").unwrap(), algorithm }
    }

    /// Its metadata, in Base64.
    pub(crate) fn metadata(&self) -> String {
        let certificate = base64(&self.signer.certificate().unwrap());
        base64(
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                 <md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
                 entityID=\"{ENTITY}\"><md:IDPSSODescriptor>\
                 <md:KeyDescriptor use=\"encryption\"/><md:KeyDescriptor use=\"signing\">\
                 <KeyInfo xmlns=\"{DS}\"><X509Data><X509Certificate>\n{certificate}\n\
                 </X509Certificate></X509Data></KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor>\
                 </md:EntityDescriptor>"
            )
            .as_bytes(),
        )
    }

    /// An assertion that is not signed, in its canonical form.
    #[expect(clippy::unused_self, reason = "it is the provider's assertion")]
    pub(crate) fn assertion(&self, id: &str, issued: &str, until: &str) -> String {
        let attribute = |name: &str, value: &str| {
            format!(
                "<saml:Attribute Name=\"https://www.aliyun.com/SAML-Role/Attributes/{name}\">\
                 <saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
            )
        };
        let pair = "acs:ram::1234567890123456:role/web,\
            acs:ram::1234567890123456:saml-provider/idp";
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" IssueInstant=\"{issued}\" \
             Version=\"2.0\"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject><saml:NameID \
             Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">alice</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData NotOnOrAfter=\"{until}\" \
             Recipient=\"https://signin.aliyun.com/saml-role/sso\"></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"{issued}\" \
             NotOnOrAfter=\"{until}\"><saml:AudienceRestriction>\
             <saml:Audience>urn:alibaba:cloudcomputing</saml:Audience></saml:AudienceRestriction>\
             </saml:Conditions><saml:AuthnStatement AuthnInstant=\"{issued}\">\
             </saml:AuthnStatement><saml:AttributeStatement>{}{}</saml:AttributeStatement>\
             </saml:Assertion>",
            attribute("Role", pair),
            attribute("RoleSessionName", "alice"),
        )
    }

    /// A signature over an element in its canonical form.
    pub(crate) fn signature(&self, id: &str, element: &str) -> String {
        self.signature_with(id, element, |info| info)
    }

    /// The same, with a change to what is signed of the signature itself.
    pub(crate) fn signature_with(
        &self,
        id: &str,
        element: &str,
        change: impl Fn(String) -> String,
    ) -> String {
        let digest = base64(&sha256(&[element.as_bytes()]));
        let method = match self.algorithm {
            SignatureAlgorithm::Rs256 => "rsa-sha256",
            SignatureAlgorithm::Es256 => "ecdsa-sha256",
        };
        let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let inside = change(format!(
            "<ds:CanonicalizationMethod Algorithm=\"{exclusive}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#{method}\">\
             </ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform \
             Algorithm=\"{DS}enveloped-signature\"></ds:Transform><ds:Transform \
             Algorithm=\"{exclusive}\"></ds:Transform></ds:Transforms><ds:DigestMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        ));
        let signed = format!("<ds:SignedInfo xmlns:ds=\"{DS}\">{inside}</ds:SignedInfo>");
        let value = base64(&self.signer.sign(signed.as_bytes()).unwrap());
        format!(
            "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>{inside}</ds:SignedInfo>\
             <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        )
    }

    /// An assertion with its signature in it.
    pub(crate) fn signed(&self, id: &str, assertion: &str) -> String {
        place(assertion, &self.signature(id, assertion))
    }
}

/// Puts something behind the first issuer of an element.
pub(crate) fn place(element: &str, what: &str) -> String {
    let issuer = "</saml:Issuer>";
    element.replacen(issuer, &format!("{issuer}{what}"), 1)
}

/// A response around assertions, in its canonical form.
pub(crate) fn response(inside: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" ID=\"r\" Version=\"2.0\"><saml:Issuer \
         xmlns:saml=\"{ASSERTION}\">{ENTITY}</saml:Issuer><samlp:Status><samlp:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>\
         {inside}</samlp:Response>"
    )
}
