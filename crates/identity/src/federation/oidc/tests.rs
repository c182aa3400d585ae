use rolecall_api::Code;
use rolecall_gate::ProviderTrust;
use rolecall_types::{AccountId, PrincipalId, ProviderName, SeededRandom};
use serde_json::json;

use super::*;

const NOW: i64 = 1_700_000_000;

fn trust() -> OidcTrust {
    OidcTrust {
        issuer: "https://idp.example.com".to_owned(),
        client_ids: vec!["one".to_owned(), "two".to_owned()],
        fingerprints: Vec::new(),
        issuance_limit_seconds: 3600,
    }
}

fn good() -> Value {
    json!({
        "iss": "https://idp.example.com", "sub": "alice", "aud": "one",
        "iat": NOW - 10, "exp": NOW + 600, "extra": {"a": [1]},
    })
}

fn verdict(claims: &Value) -> Result<(String, Vec<String>), &'static Code> {
    let now = Timestamp::from_second(NOW).unwrap();
    let claims = read(claims.as_object().unwrap(), &trust(), now).map_err(|error| error.code())?;
    Ok((claims.subject, claims.audiences))
}

#[test]
fn what_the_provider_trusts_is_believed() {
    assert_eq!(verdict(&good()), Ok(("alice".to_owned(), vec!["one".to_owned()])));
    for (name, value) in [
        ("aud", json!(["other", "two"])),
        ("nbf", json!(NOW + 60)),
        ("iat", json!(NOW + 60)),
        ("iat", json!(NOW - 3600)),
        ("exp", json!(1_700_000_001.5)),
        ("sub", json!("a".repeat(255))),
    ] {
        let mut claims = good();
        claims[name] = value;
        assert!(verdict(&claims).is_ok(), "{claims}");
    }
}

#[test]
fn each_claim_that_is_wrong_is_refused() {
    const INVALID: &Code = &code::AUTHENTICATION_FAIL_OIDC_INVALID;
    const EXPIRED: &Code = &code::AUTHENTICATION_FAIL_OIDC_EXPIRED;
    for (name, value, expected) in [
        ("iss", Value::Null, INVALID),
        ("iss", json!("https://idp.example.com/"), INVALID),
        ("iss", json!("HTTPS://idp.example.com"), INVALID),
        ("iss", json!(["https://idp.example.com"]), INVALID),
        ("sub", Value::Null, INVALID),
        ("sub", json!(""), INVALID),
        ("sub", json!(7), INVALID),
        ("sub", json!("a".repeat(256)), INVALID),
        ("sub", json!("a\nb"), INVALID),
        ("aud", Value::Null, INVALID),
        ("aud", json!("three"), INVALID),
        ("aud", json!("one,two"), INVALID),
        ("aud", json!("ONE"), INVALID),
        ("aud", json!([]), INVALID),
        ("aud", json!(["three"]), INVALID),
        ("aud", json!(["one", 2]), INVALID),
        ("aud", json!({"one": 1}), INVALID),
        ("aud", json!(vec!["one"; 51]), INVALID),
        ("exp", Value::Null, INVALID),
        ("exp", json!("1700000600"), INVALID),
        ("exp", json!(NOW), EXPIRED),
        ("exp", json!(NOW - 1), EXPIRED),
        ("exp", json!(-1), INVALID),
        ("exp", json!(1e300), INVALID),
        ("exp", json!((NOW + 600) * 1000), INVALID),
        ("iat", Value::Null, INVALID),
        ("iat", json!(true), INVALID),
        ("iat", json!(NOW + 61), INVALID),
        ("iat", json!(NOW - 3601), EXPIRED),
        ("nbf", json!(NOW + 61), INVALID),
        ("nbf", json!("x"), INVALID),
    ] {
        let mut claims = good();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        assert_eq!(verdict(&claims), Err(expected), "{claims}");
    }
    let mut claims = good();
    claims["nbf"] = Value::Null;
    assert_eq!(verdict(&claims), Err(INVALID), "a time that is there is a time");
}

#[test]
fn a_provider_is_named_as_trust_policies_name_it() {
    let provider = ProviderEntry {
        account: AccountId::parse("1234567890123456").unwrap(),
        name: ProviderName::new("Idp").unwrap(),
        id: PrincipalId::generate(&SeededRandom::new(1), '5'),
        trust: ProviderTrust::Oidc(trust()),
    };
    assert_eq!(provider.arn(), "acs:ram::1234567890123456:oidc-provider/Idp");
}
