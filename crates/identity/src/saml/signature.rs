//! XML signatures: enveloped, over the element that holds them, with SHA-256.
//! Source: W3C "XML Signature Syntax and Processing", SAML 2.0 core section 5.4.

use std::collections::BTreeSet;

use rolecall_crypto::{PublicKey, SignatureAlgorithm, sha256};

use super::c14n::canonicalize;
use super::namespace::{EXCLUSIVE, SIGNATURE};
use super::xml::Element;
use super::{SamlError, base64};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

const fn wrong(what: &'static str) -> SamlError {
    SamlError::Signature(what)
}

/// Verifies the signature that stands directly in `signed` and must be over it, by one of the keys.
/// What the signature says of keys itself is not looked at.
pub(super) fn verify(signed: &Element, keys: &[PublicKey]) -> Result<(), SamlError> {
    let signature = signed.one(SIGNATURE, "Signature").ok_or(wrong("there are several"))?;
    let info = signature.one(SIGNATURE, "SignedInfo").ok_or(wrong("it has no `SignedInfo`"))?;
    let value = signature.one(SIGNATURE, "SignatureValue").and_then(Element::text);
    let value = value.as_deref().and_then(base64).ok_or(wrong("its value is none"))?;
    let parts: Vec<&Element> = info.elements().collect();
    let [canonicalization, method, reference] = parts.as_slice() else {
        return Err(wrong("it has not exactly one reference"));
    };
    let named = canonicalization.is(SIGNATURE, "CanonicalizationMethod")
        && method.is(SIGNATURE, "SignatureMethod")
        && reference.is(SIGNATURE, "Reference");
    if !named {
        return Err(wrong("it has not exactly one reference"));
    }
    check_reference(signed, signature, reference)?;
    let algorithm = match method.attribute("Algorithm") {
        Some(RSA_SHA256) => SignatureAlgorithm::Rs256,
        Some(ECDSA_SHA256) => SignatureAlgorithm::Es256,
        _ => return Err(wrong("its algorithm is not served")),
    };
    let text = canonicalize(info, None, &exclusive(canonicalization)?);
    let by = |key: &PublicKey| {
        // The key says how it verifies; the document can only agree.
        key.algorithm() == algorithm && key.verifies(text.as_bytes(), &value)
    };
    if keys.iter().any(by) { Ok(()) } else { Err(wrong("no key of the provider made it")) }
}

/// Checks that a reference is over the element that holds the signature, and has its hash.
fn check_reference(
    signed: &Element,
    signature: &Element,
    reference: &Element,
) -> Result<(), SamlError> {
    let id = signed.attribute("ID").filter(|id| !id.is_empty()).ok_or(wrong("it is of no one"))?;
    if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(wrong("it is over another element than its own"));
    }
    let parts: Vec<&Element> = reference.elements().collect();
    let [transforms, method, value] = parts.as_slice() else {
        return Err(wrong("its reference is not well-formed"));
    };
    let named = transforms.is(SIGNATURE, "Transforms")
        && method.is(SIGNATURE, "DigestMethod")
        && value.is(SIGNATURE, "DigestValue");
    if !named || method.attribute("Algorithm") != Some(SHA256) {
        return Err(wrong("its hash is not SHA-256"));
    }
    let steps: Vec<&Element> = transforms.elements().collect();
    let [enveloped, exclusively] = steps.as_slice() else {
        return Err(wrong("its transforms are not the two that are served"));
    };
    let first = enveloped.is(SIGNATURE, "Transform")
        && enveloped.attribute("Algorithm") == Some(ENVELOPED)
        && enveloped.elements().next().is_none();
    if !first || !exclusively.is(SIGNATURE, "Transform") {
        return Err(wrong("its transforms are not the two that are served"));
    }
    let text = canonicalize(signed, Some(signature), &exclusive(exclusively)?);
    let told = value.text().as_deref().and_then(base64).ok_or(wrong("its hash is none"))?;
    if rolecall_crypto::ct_eq(&told, &sha256(&[text.as_bytes()])) {
        Ok(())
    } else {
        Err(wrong("the element is not the one that was signed"))
    }
}

/// The prefixes that an exclusive canonicalisation writes wherever they are in scope.
fn exclusive(method: &Element) -> Result<BTreeSet<String>, SamlError> {
    if method.attribute("Algorithm") != Some(EXCLUSIVE) {
        return Err(wrong("its canonical form is not the exclusive one"));
    }
    let parts: Vec<&Element> = method.elements().collect();
    let list = match parts.as_slice() {
        [] => return Ok(BTreeSet::new()),
        [one] if one.is(EXCLUSIVE, "InclusiveNamespaces") => one.attribute("PrefixList"),
        _ => return Err(wrong("its canonical form has parameters that are not known")),
    };
    let prefix = |word: &str| if word == "#default" { String::new() } else { word.to_owned() };
    Ok(list.unwrap_or_default().split_ascii_whitespace().map(prefix).collect())
}
