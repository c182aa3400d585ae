//! V14, algorithm confusion: the key says how it verifies, and no token talks the real program into
//! anything else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_crypto::SignatureAlgorithm;
use rolecall_crypto::sign::TokenSigner;
use serde_json::{Value, json};

use crate::harness::Issuer;
use crate::role_sso::{LOOPBACK, federate, server_with};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Tokens of an attacker who has no key of the issuer, but everything that it publishes and a
/// server and keys of his own.
fn forged(issuer: &Issuer, claims: &str) -> Vec<String> {
    let own = TokenSigner::generate(SignatureAlgorithm::Rs256, "rsa").unwrap();
    let own_ec = TokenSigner::generate(SignatureAlgorithm::Es256, "ec").unwrap();
    let jwk = own.public_jwk();
    let place = format!("{}/evil", issuer.url);
    issuer.put("/evil", &json!({"keys": [jwk]}).to_string());
    let mut tokens = Vec::new();
    for algorithm in ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512"] {
        for kid in ["rsa", "ec", "", "none", "../../../dev/null", "/dev/null", "' OR 1=1 --"] {
            let header = encode(json!({"alg": algorithm, "kid": kid}).to_string());
            let signed = format!("{header}.{}", encode(claims));
            tokens.push(format!("{signed}."));
            tokens.push(format!("{signed}.{}", encode([0; 32])));
        }
    }
    for header in [
        json!({"alg": "RS256", "kid": "rsa"}),
        json!({"alg": "RS256"}),
        json!({"alg": "RS256", "kid": "evil"}),
        json!({"alg": "RS256", "kid": place}),
        json!({"alg": "RS256", "jwk": jwk}),
        json!({"alg": "RS256", "kid": "rsa", "jwk": jwk}),
        json!({"alg": "RS256", "jku": place}),
        json!({"alg": "RS256", "kid": "rsa", "jku": place}),
        json!({"alg": "RS256", "x5u": place}),
        json!({"alg": "RS256", "x5c": [jwk["n"]]}),
        json!({"alg": "ES256", "kid": "rsa"}),
        json!({"alg": "RS256", "kid": "ec"}),
    ] {
        tokens.push(own.token_with(&header.to_string(), claims).unwrap());
        tokens.push(own_ec.token_with(&header.to_string(), claims).unwrap());
    }
    tokens.push(own_ec.token_with(r#"{"alg":"ES256","kid":"ec"}"#, claims).unwrap());
    for length in [64, 96, 256] {
        let signed = format!("{}.{}", encode(r#"{"alg":"ES256","kid":"ec"}"#), encode(claims));
        tokens.push(format!("{signed}.{}", encode(vec![0; length])));
    }
    tokens
}

/// Tokens that the issuer itself signed, and which are still none to us.
fn unfit(issuer: &Issuer) -> Vec<String> {
    let claims = issuer.claims();
    let change = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims.to_string()
    };
    let now = claims["iat"].as_i64().unwrap();
    let rsa = |header: &str, claims: &str| issuer.rsa.token_with(header, claims).unwrap();
    let good = rsa(r#"{"alg":"RS256","kid":"rsa"}"#, &claims.to_string());
    let mut tokens: Vec<_> = [
        r#"{"alg":"RS384","kid":"rsa"}"#,
        r#"{"alg":"RS512","kid":"rsa"}"#,
        r#"{"alg":"PS256","kid":"rsa"}"#,
        r#"{"alg":"ES256","kid":"rsa"}"#,
        r#"{"alg":"HS256","kid":"rsa"}"#,
        r#"{"alg":"none","kid":"rsa"}"#,
        r#"{"alg":"RS256","kid":"ec"}"#,
        r#"{"alg":"RS256","kid":"RSA"}"#,
        r#"{"alg":"RS256","alg":"RS256","kid":"rsa"}"#,
        r#"{"alg":"RS256","kid":"rsa","crit":["exp"]}"#,
        r#"{"alg":"RS256","kid":"rsa","cty":"JWT"}"#,
        r#"{"alg":"RS256","kid":"rsa","jku":"https://idp.example.com"}"#,
    ]
    .iter()
    .map(|header| rsa(header, &claims.to_string()))
    .collect();
    for claims in [
        change("iss", "https://idp.example.com".into()),
        change("iss", format!("{}/", issuer.url).into()),
        change("aud", "other".into()),
        change("aud", json!(["other"])),
        change("exp", (now - 1).into()),
        change("iat", (now + 3600).into()),
        change("nbf", (now + 3600).into()),
        change("iat", (now - 13 * 3600).into()),
        change("exp", "9999999999".into()),
        change("sub", "".into()),
        claims.to_string().replacen('{', r#"{"aud":"rolecall","#, 1),
        format!("{claims}{claims}"),
        "{}".to_owned(),
        encode(&good),
    ] {
        tokens.push(rsa(r#"{"alg":"RS256","kid":"rsa"}"#, &claims));
    }
    let parts: Vec<&str> = good.split('.').collect();
    tokens.extend([
        format!("{good}."),
        format!("{good}.{}", parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}="),
        format!(" {good}"),
        format!("{good}\n"),
    ]);
    tokens
}

#[test]
fn no_trick_of_a_token_is_believed() {
    let issuer = Issuer::start();
    let server = server_with(&issuer, &LOOPBACK);
    let good = issuer.rsa.token(&issuer.claims()).unwrap();
    assert_eq!(federate(&server, &good).status, 200);
    let forged = forged(&issuer, &issuer.claims().to_string());
    let tokens: Vec<_> = forged.into_iter().chain(unfit(&issuer)).collect();
    assert!(tokens.len() >= 150, "{}", tokens.len());
    for token in &tokens {
        let answer = federate(&server, token);
        let refused = matches!(
            &*answer.code(),
            "AuthenticationFail.OIDCToken.Invalid" | "AuthenticationFail.OIDCToken.Expired"
        );
        assert!(refused && answer.status == 401, "{token}: {answer:?}");
    }
    let audit = server.audit();
    let believed = audit.matches(r#""checks":["sts:"#).count();
    assert_eq!(believed, 1, "a token was believed");
    let recorded = audit.matches(r#""eventName":"AssumeRoleWithOIDC""#).count();
    assert_eq!(recorded, 1 + tokens.len(), "each is recorded");
    assert!(!server.log().contains(&tokens[150]), "a token stands in the log");
    assert_eq!(federate(&server, &good).status, 200);
    assert!(issuer.asked() <= 4, "asked {} times", issuer.asked());
}
