//! Sessions for whoever a SAML provider vouches for.

use rolecall_api::Product;
use rolecall_crypto::SignatureAlgorithm;
use serde_json::{Value, json};

use crate::idp::{ENTITY, Idp, place, response};
use crate::support::{ACCOUNT, Answer, World, base64, credentials};

const PROVIDER: &str = "acs:ram::1234567890123456:saml-provider/idp";
/// The time of every world.
pub(crate) const NOW: &str = "2023-11-14T22:13:20Z";
pub(crate) const LATER: &str = "2023-11-14T22:23:20Z";

pub(crate) const INVALID: &str = "AuthenticationFail.SAMLAssertion.Invalid";
const EXPIRED: &str = "AuthenticationFail.SAMLAssertion.Expired";

fn trust(condition: &Value) -> String {
    let statement = json!({
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Federated": [PROVIDER]}, "Condition": condition,
    });
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

/// A world with the provider and a role that trusts it.
pub(crate) async fn world_of(idp: &Idp) -> World {
    let world = World::new().await;
    let metadata = idp.metadata();
    let parameters =
        [("SAMLProviderName", "idp"), ("EncodedSAMLMetadataDocument", metadata.as_str())];
    let made = world.send(Some(&world.root), Product::Ims, "CreateSAMLProvider", &parameters).await;
    assert_eq!(made.code(), "ok", "{}", made.body);
    let recipient = "https://signin.aliyun.com/saml-role/sso";
    let condition = json!({"StringEquals": {"saml:recipient": recipient}});
    world.role("web", &trust(&condition)).await;
    world
}

impl World {
    pub(crate) async fn saml(&self, document: &str, more: &[(&str, &str)]) -> Answer {
        let role = format!("acs:ram::{ACCOUNT}:role/web");
        let encoded = base64(document.as_bytes());
        let mut parameters =
            vec![("SAMLProviderArn", PROVIDER), ("RoleArn", &role), ("SAMLAssertion", &encoded)];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            parameters.push((*name, *value));
        }
        self.send(None, Product::Sts, "AssumeRoleWithSAML", &parameters).await
    }
}

#[tokio::test]
async fn an_assertion_gives_a_session_once() {
    for algorithm in [SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256] {
        let idp = Idp::new(algorithm);
        let world = world_of(&idp).await;
        let assertion = idp.assertion("a", NOW, LATER);
        let document = response(&idp.signed("a", &assertion));
        let answer = world.saml(&document, &[]).await;
        assert_eq!(answer.code(), "ok", "{}", answer.body);
        assert_eq!(
            answer.body["SAMLAssertionInfo"],
            json!({
                "Issuer": ENTITY, "Recipient": "https://signin.aliyun.com/saml-role/sso",
                "Subject": "alice", "SubjectType": "persistent",
            })
        );
        let session = credentials(&answer.body["Credentials"]);
        let who = world.who(&session).await.body;
        assert_eq!(who["Arn"], format!("acs:ram::{ACCOUNT}:assumed-role/web/alice"));
        assert_eq!(world.saml(&document, &[]).await.code(), EXPIRED, "it works once");
        // The same assertion in another response is the same.
        let again = document.replace("ID=\"r\"", "ID=\"other\"");
        assert_eq!(world.saml(&again, &[]).await.code(), EXPIRED);
        let named = [("SAMLProviderName", "idp")];
        world.send(Some(&world.root), Product::Ims, "DeleteSAMLProvider", &named).await;
        assert_eq!(world.who(&session).await.code(), "InvalidSecurityToken.Malformed");
        assert_eq!(world.saml(&document, &[]).await.code(), "EntityNotExist.SAMLProvider");
    }
}

#[tokio::test]
async fn the_response_may_be_signed_instead_or_as_well() {
    let idp = Idp::new(SignatureAlgorithm::Rs256);
    let world = world_of(&idp).await;
    let plain = response(&idp.assertion("a", NOW, LATER));
    let around = place(&plain, &idp.signature("r", &plain));
    assert_eq!(world.saml(&around, &[]).await.code(), "ok");
    let inner = idp.signed("b", &idp.assertion("b", NOW, LATER));
    let both = response(&inner);
    let both = place(&both, &idp.signature("r", &both));
    assert_eq!(world.saml(&both, &[]).await.code(), "ok");
    // Of two signatures both must be right.
    let other = Idp::new(SignatureAlgorithm::Rs256);
    let half = response(&idp.signed("c", &idp.assertion("c", NOW, LATER)));
    let half = place(&half, &other.signature("r", &half));
    assert_eq!(world.saml(&half, &[]).await.code(), INVALID);
}

/// What is changed in an assertion before it is signed, and what it is told: the answer,
/// what stands there, what comes in its place. `NOW` and `LATER` stand for the times.
const CHANGES: &[(&str, &str, &str)] = &[
    ("ok", "alice", "alice"),
    (INVALID, "Version=\"2.0\"", "Version=\"1.1\""),
    (INVALID, "<saml:Issuer>https://idp", "<saml:Issuer>https://evil"),
    (INVALID, ">alice</saml:NameID>", "></saml:NameID>"),
    (INVALID, "cm:bearer", "cm:sender-vouches"),
    (INVALID, "signin.aliyun.com", "evil.example.com"),
    (INVALID, "urn:alibaba:cloudcomputing", "urn:other"),
    ("ok", "urn:alibaba:cloudcomputing", "urn:alibaba:cloudcomputing:international"),
    (EXPIRED, "NotOnOrAfter=\"LATER\"><saml:Aud", "NotOnOrAfter=\"NOW\"><saml:Aud"),
    (EXPIRED, "Data NotOnOrAfter=\"LATER\"", "Data NotOnOrAfter=\"NOW\""),
    (INVALID, " NotOnOrAfter=\"LATER\"><saml:Aud", "><saml:Aud"),
    (INVALID, "Data NotOnOrAfter=\"LATER\"", "Data"),
    (INVALID, "NotBefore=\"NOW\"", "NotBefore=\"2023-11-14T22:15:00Z\""),
    (INVALID, "NotBefore=\"NOW\"", "NotBefore=\"2023-11-14T22:13:20+00:00\""),
    (EXPIRED, "IssueInstant=\"NOW\"", "IssueInstant=\"2023-11-14T22:13:19Z\""),
    (INVALID, "IssueInstant=\"NOW\"", "IssueInstant=\"2023-11-14T22:15:00Z\""),
    (INVALID, " IssueInstant=\"NOW\"", ""),
    (INVALID, "<saml:AudienceR", "<saml:Unknown></saml:Unknown><saml:AudienceR"),
    (INVALID, "Attributes/RoleSessionName", "Attributes/Other"),
    (INVALID, "<saml:AttributeValue>alice", "<saml:AttributeValue>a b"),
    (INVALID, "Attributes/Role\"", "Attributes/Roles\""),
    (INVALID, "Attributes/RoleSessionName", "Attributes/Role"),
    (INVALID, "role/web", "role/other"),
    (INVALID, "saml-provider/idp", "saml-provider/other"),
    (INVALID, "role/web,", "role/web;"),
    (EXPIRED, "AuthnInstant=\"NOW\"", "AuthnInstant=\"NOW\" SessionNotOnOrAfter=\"NOW\""),
];

#[tokio::test]
async fn each_statement_that_is_wrong_is_refused() {
    let idp = Idp::new(SignatureAlgorithm::Es256);
    let world = world_of(&idp).await;
    let times = |text: &str| text.replace("NOW", NOW).replace("LATER", LATER);
    for (number, (expected, from, to)) in CHANGES.iter().enumerate() {
        let id = format!("n{number}");
        let assertion = idp.assertion(&id, NOW, LATER);
        assert!(assertion.contains(&times(from)), "{from}");
        let changed = assertion.replace(&times(from), &times(to));
        let answer = world.saml(&response(&idp.signed(&id, &changed)), &[]).await;
        assert_eq!(answer.code(), *expected, "{from} -> {to}");
    }
    let good = |id: &str| response(&idp.signed(id, &idp.assertion(id, NOW, LATER)));
    for document in [
        good("x").replace("status:Success", "status:Responder"),
        good("y").replace("ID=\"r\"", "Destination=\"https://evil.example.com\" ID=\"r\""),
        good("z").replacen(ENTITY, "https://evil.example.com", 1),
    ] {
        assert_eq!(world.saml(&document, &[]).await.code(), INVALID, "{document}");
    }
}

#[tokio::test]
async fn the_role_and_the_provider_bound_the_session() {
    let idp = Idp::new(SignatureAlgorithm::Es256);
    let world = world_of(&idp).await;
    let mut number = 0;
    let mut document = |statement: &str, duration: &str| {
        number += 1;
        let id = format!("n{number}");
        let text = idp
            .assertion(&id, NOW, LATER)
            .replace(
                &format!("<saml:AuthnStatement AuthnInstant=\"{NOW}\">"),
                &format!("<saml:AuthnStatement AuthnInstant=\"{NOW}\"{statement}>"),
            )
            .replace(
                "</saml:AttributeStatement>",
                &format!("{duration}</saml:AttributeStatement>"),
            );
        response(&idp.signed(&id, &text))
    };
    let lasting = |seconds: &str| {
        format!(
            "<saml:Attribute Name=\"https://www.aliyun.com/SAML-Role/Attributes/SessionDuration\">\
             <saml:AttributeValue>{seconds}</saml:AttributeValue></saml:Attribute>"
        )
    };
    let end = " SessionNotOnOrAfter=\"2023-11-14T22:33:20Z\"";
    for (statement, duration, asked, expected) in [
        ("", String::new(), &[][..], "2023-11-14T23:13:20Z"),
        ("", lasting("1800"), &[], "2023-11-14T22:43:20Z"),
        ("", lasting("1800"), &[("DurationSeconds", "900")], "2023-11-14T22:28:20Z"),
        (end, String::new(), &[], "2023-11-14T22:33:20Z"),
    ] {
        let answer = world.saml(&document(statement, &duration), asked).await;
        assert_eq!(answer.code(), "ok", "{}", answer.body);
        assert_eq!(answer.body["Credentials"]["Expiration"], expected);
    }
    for (duration, expected) in [
        ("899", "InvalidParameter.DurationSeconds"),
        ("3601", "InvalidParameter.DurationSeconds"),
        ("long", INVALID),
    ] {
        let answer = world.saml(&document("", &lasting(duration)), &[]).await;
        assert_eq!(answer.code(), expected);
    }
    let wrong = trust(&json!({"StringEquals": {"saml:recipient": "https://other"}}));
    world.must("UpdateRole", &[("RoleName", "web"), ("NewAssumeRolePolicyDocument", &wrong)]).await;
    let answer = world.saml(&document("", ""), &[]).await;
    assert_eq!((answer.status, answer.code()), (403, "AuthenticationFail.NoPermission"));
}

#[tokio::test]
async fn saml_providers_live() {
    let idp = Idp::new(SignatureAlgorithm::Rs256);
    let world = world_of(&idp).await;
    let call = async |action: &str, parameters: &[(&str, &str)]| {
        world.send(Some(&world.root), Product::Ims, action, parameters).await
    };
    let name = ("SAMLProviderName", "idp");
    let metadata = idp.metadata();
    let document = ("EncodedSAMLMetadataDocument", metadata.as_str());
    let shown = call("GetSAMLProvider", &[name]).await.body["SAMLProvider"].clone();
    assert_eq!(shown["EncodedSAMLMetadataDocument"], metadata);
    assert_eq!((&shown["Arn"], &shown["AuthnSignAlgo"]), (&PROVIDER.into(), &"rsa-sha1".into()));
    let listed = call("ListSAMLProviders", &[]).await.body;
    assert_eq!(listed["SAMLProviders"]["SAMLProvider"][0]["SAMLProviderName"], "idp");
    for (action, parameters, expected) in [
        ("CreateSAMLProvider", &[name, document][..], "EntityAlreadyExists.SAMLProvider"),
        (
            "CreateSAMLProvider",
            &[("SAMLProviderName", "IDP"), document],
            "EntityAlreadyExists.SAMLProvider",
        ),
        (
            "CreateSAMLProvider",
            &[("SAMLProviderName", "new")],
            "MissingEncodedSAMLMetadataDocument",
        ),
        (
            "CreateSAMLProvider",
            &[("SAMLProviderName", "-new"), document],
            "InvalidParameter.SAMLProviderName.InvalidChars",
        ),
        (
            "CreateSAMLProvider",
            &[("SAMLProviderName", "new"), ("EncodedSAMLMetadataDocument", "bm9uZQ==")],
            "InvalidParameter.EncodedSAMLMetadataDocument",
        ),
        (
            "UpdateSAMLProvider",
            &[name, ("NewEncodedSAMLMetadataDocument", "bm9uZQ==")],
            "InvalidParameter.EncodedSAMLMetadataDocument",
        ),
        ("GetSAMLProvider", &[("SAMLProviderName", "IDP")], "EntityNotExist.SAMLProviderError"),
        (
            "UpdateSAMLProvider",
            &[name, ("NewDescription", "d"), ("AuthnSignAlgo", "rsa-sha256")],
            "ok",
        ),
    ] {
        assert_eq!(call(action, parameters).await.code(), expected, "{action} {parameters:?}");
    }
    // Other metadata: the earlier key is believed no more.
    let next = Idp::new(SignatureAlgorithm::Es256);
    let changed = next.metadata();
    let changed = [name, ("NewEncodedSAMLMetadataDocument", changed.as_str())];
    assert_eq!(call("UpdateSAMLProvider", &changed).await.code(), "ok");
    let of = |idp: &Idp, id: &str| response(&idp.signed(id, &idp.assertion(id, NOW, LATER)));
    assert_eq!(world.saml(&of(&idp, "a"), &[]).await.code(), INVALID);
    assert_eq!(world.saml(&of(&next, "b"), &[]).await.code(), "ok");
    assert_eq!(call("DeleteSAMLProvider", &[name]).await.code(), "ok");
    assert_eq!(call("GetSAMLProvider", &[name]).await.code(), "EntityNotExist.SAMLProviderError");
}
