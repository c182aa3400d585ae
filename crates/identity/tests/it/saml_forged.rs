//! V14 and V31 for SAML: the ways in which assertions are forged.

use rolecall_crypto::SignatureAlgorithm;

use crate::idp::{DS, Idp, place, response};
use crate::saml::{INVALID, LATER, NOW, world_of};
use crate::support::base64;

/// The eight shapes of signature wrapping: the signed original is somewhere, and what a careless
/// reader finds is the forgery.
#[tokio::test]
async fn wrapped_signatures_are_refused() {
    let idp = Idp::new(SignatureAlgorithm::Rs256);
    let world = world_of(&idp).await;
    let original = idp.assertion("a", NOW, LATER);
    let signature = idp.signature("a", &original);
    let signed = idp.signed("a", &original);
    let evil = idp.assertion("e", NOW, LATER).replace(">alice<", ">admin<");
    let plain = response(&original);
    let around = idp.signature("r", &plain);
    let evil_response = response(&evil).replace("ID=\"r\"", "ID=\"x\"");
    let object = |inside: &str| format!("<ds:Object xmlns:ds=\"{DS}\">{inside}</ds:Object>");
    let with_object = |signature: &str, inside: &str| {
        signature.replace("</ds:Signature>", &format!("{}</ds:Signature>", object(inside)))
    };
    let into = |element: &str, inside: &str| {
        let end = element.rfind("</").unwrap();
        let (head, tail) = element.split_at(end);
        format!("{head}{inside}{tail}")
    };
    let extensions = |inside: &str| format!("<samlp:Extensions>{inside}</samlp:Extensions>");
    let shapes = [
        ("1", place(&evil_response, &with_object(&around, &plain))),
        ("2", place(&evil_response, &format!("{plain}{around}"))),
        ("3", response(&format!("{evil}{signed}"))),
        ("3, behind", response(&format!("{signed}{evil}"))),
        ("4", response(&into(&evil, &signed))),
        ("5", response(&format!("{}{original}", place(&evil, &signature)))),
        ("6", response(&place(&evil, &into(&signature, &original)))),
        ("7", response(&format!("{}{signed}", extensions(&evil)))),
        ("8", response(&place(&evil, &with_object(&signature, &original)))),
        ("same id", response(&format!("{}{signed}", evil.replace("ID=\"e\"", "ID=\"a\"")))),
        ("id of another kind", response(&place(&evil, &signature).replace("ID=\"e\"", "Id=\"a\""))),
        ("two ids", response(&place(&evil.replace("ID=\"e\"", "ID=\"e\" Id=\"a\""), &signature))),
        ("signature of the response", place(&response(&evil), &signature)),
        ("signature elsewhere", response(&format!("{evil}{signature}"))),
        ("moved to the end", response(&into(&original, &signature)).replace(">alice<", ">admin<")),
        ("no signature", response(&evil)),
        (
            "other namespace",
            response(&signed).replace(
                "<samlp:Status>",
                "<Assertion xmlns=\"urn:evil\">x</Assertion><samlp:Status>",
            ),
        ),
        ("assertion alone", signed.clone()),
    ];
    for (shape, document) in &shapes {
        assert_eq!(world.saml(document, &[]).await.code(), INVALID, "{shape}: {document}");
    }
    assert_eq!(world.saml(&response(&signed), &[]).await.code(), "ok", "the original is good");
}

#[tokio::test]
async fn signatures_of_other_kinds_are_refused() {
    let idp = Idp::new(SignatureAlgorithm::Rs256);
    let world = world_of(&idp).await;
    let original = idp.assertion("a", NOW, LATER);
    let change = |from: &'static str, to: &'static str| {
        let signature = idp.signature_with("a", &original, |info| {
            assert!(info.contains(from), "{from}");
            info.replace(from, to)
        });
        response(&place(&original, &signature))
    };
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let other = Idp::new(SignatureAlgorithm::Rs256);
    let stranger = other.signed("a", &original);
    let brought = stranger.replace(
        "</ds:Signature>",
        &format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></ds:Signature>",
            base64(&other.signer.certificate().unwrap())
        ),
    );
    let good = idp.signed("a", &original);
    let comment = good.replace(">alice<", ">al<!-- -->ice<");
    for document in [
        change("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha512"),
        change(
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
        change("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
        change("xmldsig-more#rsa-sha256", "xmldsig-more#ecdsa-sha256"),
        change("xmlenc#sha256", "xmlenc#sha512"),
        change("enveloped-signature", "base64"),
        change("<ds:Reference URI=\"#a\">", "<ds:Reference URI=\"\">"),
        change("<ds:Reference URI=\"#a\">", "<ds:Reference>"),
        change("URI=\"#a\"", "URI=\"#r\""),
        change("URI=\"#a\"", "URI=\"http://127.0.0.1/a\""),
        change("URI=\"#a\"", "URI=\"#xpointer(/)\""),
        change("</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#r\"></ds:Reference>"),
        change("</ds:Transforms>", "<ds:Transform Algorithm=\"x\"></ds:Transform></ds:Transforms>"),
        change("2001/10/xml-exc-c14n#", "2001/REC-xml-c14n-20010315"),
        change("2001/10/xml-exc-c14n#", "2001/10/xml-exc-c14n#WithComments"),
        response(&good.replace("rsa-sha256", "ecdsa-sha256")),
        response(&good.replace(">alice<", ">admin<")),
        response(&good.replace("role/web", "role/root")),
        response(&good.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA")),
        response(&good.replace(
            "</ds:SignatureValue>",
            "</ds:SignatureValue><ds:SignatureValue>AAAA</ds:SignatureValue>",
        )),
        response(&stranger),
        response(&brought),
        response(&comment),
        format!("<!DOCTYPE r [<!ENTITY e \"admin\">]>{}", response(&good)),
        response(&good.replace("<saml:AuthnStatement", "<x>y</x><saml:AuthnStatement")),
        response(&good.replace("saml:Assertion", "saml:EncryptedAssertion")),
    ] {
        assert_eq!(world.saml(&document, &[]).await.code(), INVALID, "{more} {document}");
    }
    for text in ["", "<", "not xml", "<a/>"] {
        let answer = world.saml(&format!("{text:>8}"), &[]).await;
        assert_eq!(answer.code(), INVALID, "{text}");
    }
    let answer = world.saml("x", &[("SAMLAssertion", "!!!!")]).await;
    assert_eq!(answer.code(), INVALID);
    assert_eq!(world.saml(&response(&good), &[]).await.code(), "ok");
}
