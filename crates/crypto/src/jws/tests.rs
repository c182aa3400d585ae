use serde_json::json;

use super::*;
use crate::sign::TokenSigner;

fn signers() -> (TokenSigner, TokenSigner) {
    (
        TokenSigner::generate(SignatureAlgorithm::Rs256, "r").unwrap(),
        TokenSigner::generate(SignatureAlgorithm::Es256, "e").unwrap(),
    )
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn verdict(token: &str, keys: &KeySet) -> Result<(), JwsError> {
    Jws::parse(token)?.verify(keys).map(drop)
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn each_algorithm_verifies_what_its_key_signed() {
    let (rsa, ec) = signers();
    let keys = set(&[rsa.public_jwk(), ec.public_jwk()]);
    assert_eq!(keys.len(), 2);
    for signer in [&rsa, &ec] {
        let token = signer.token(&json!({"sub": "alice"})).unwrap();
        let parsed = Jws::parse(&token).unwrap();
        assert_eq!(parsed.verify(&keys).unwrap()["sub"], "alice");
        assert!(!format!("{parsed:?}").contains("alice"));
    }
}

#[test]
fn a_token_without_a_key_id_needs_the_only_key_of_its_algorithm() {
    let (rsa, ec) = signers();
    let keys = set(&[rsa.public_jwk(), ec.public_jwk()]);
    let token = rsa.token_with(r#"{"alg":"RS256"}"#, "{}").unwrap();
    assert_eq!(verdict(&token, &keys), Ok(()));
    let mut twin = TokenSigner::generate(SignatureAlgorithm::Rs256, "s").unwrap().public_jwk();
    let two = set(&[rsa.public_jwk(), twin.clone()]);
    assert_eq!(verdict(&token, &two), Err(JwsError::UnknownKey));
    twin["kid"] = "r".into();
    let named = rsa.token(&json!({})).unwrap();
    assert_eq!(verdict(&named, &set(&[rsa.public_jwk(), twin])), Err(JwsError::UnknownKey));
}

/// Headers by which tokens have passed elsewhere, each over a signature that is otherwise right.
#[test]
fn headers_that_choose_their_own_verification_are_refused() {
    let (rsa, _) = signers();
    let keys = set(&[rsa.public_jwk()]);
    let own = rsa.public_jwk().to_string();
    for (header, expected) in [
        (r#"{"alg":"none","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"None","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"nOnE","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":null,"kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":["RS256"],"kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"rs256","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"RS256 ","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"HS256","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"HS512","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"RS1","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"RS384","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"PS256","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"ES384","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"EdDSA","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"ES256","kid":"r"}"#.to_owned(), JwsError::Algorithm),
        (r#"{"alg":"RS256","alg":"none","kid":"r"}"#.to_owned(), JwsError::Json),
        (r#"{"alg":"RS256","\u0061lg":"none"}"#.to_owned(), JwsError::Json),
        (format!(r#"{{"alg":"RS256","jwk":{own}}}"#), JwsError::Header),
        (r#"{"alg":"RS256","jwk":null}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","jku":"https://evil.example/k"}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","x5u":"https://evil.example/c"}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","x5c":["MII="]}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","zip":"DEF"}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","kid":"r","cty":"JWT"}"#.to_owned(), JwsError::Nested),
        (r#"{"alg":"RS256","enc":"A128GCM"}"#.to_owned(), JwsError::Nested),
        (r#"{"alg":"RS256","kid":""}"#.to_owned(), JwsError::UnknownKey),
        (r#"{"alg":"RS256","kid":"R"}"#.to_owned(), JwsError::UnknownKey),
        (r#"{"alg":"RS256","kid":"../../dev/null"}"#.to_owned(), JwsError::UnknownKey),
        (r#"{"alg":"RS256","kid":"r' OR '1'='1"}"#.to_owned(), JwsError::UnknownKey),
        (r#"{"alg":"RS256","kid":"r\u0000"}"#.to_owned(), JwsError::UnknownKey),
        (r#"{"alg":"RS256","kid":null}"#.to_owned(), JwsError::Header),
        (r#"{"alg":"RS256","kid":["r"]}"#.to_owned(), JwsError::Header),
        (format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "r".repeat(257)), JwsError::Header),
        (r#"["RS256"]"#.to_owned(), JwsError::Json),
        (String::new(), JwsError::Json),
    ] {
        let token = rsa.token_with(&header, "{}").unwrap();
        assert_eq!(verdict(&token, &keys), Err(expected), "{header}");
    }
}

/// HS256 by the bytes of the public key, in each form that a verifier may have it.
#[test]
fn a_public_key_is_no_secret_of_a_mac() {
    let (rsa, _) = signers();
    let keys = set(&[rsa.public_jwk()]);
    let public = rsa.public_jwk();
    let forms = [
        public.to_string().into_bytes(),
        rsa.public_der().unwrap(),
        public["n"].as_str().unwrap().as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(public["n"].as_str().unwrap()).unwrap(),
    ];
    for secret in forms {
        for header in [r#"{"alg":"HS256","kid":"r"}"#, r#"{"alg":"RS256","kid":"r"}"#] {
            let signed = format!("{}.{}", encode(header), encode("{}"));
            let mac = crate::hash::hmac_sha256(&secret, signed.as_bytes());
            let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac));
            assert!(verdict(&token, &keys).is_err(), "{header}");
        }
    }
}

#[test]
fn forms_that_are_no_token_are_refused() {
    let (rsa, _) = signers();
    let keys = set(&[rsa.public_jwk()]);
    let good = rsa.token(&json!({"sub": "a"})).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    assert_eq!(verdict(&good, &keys), Ok(()));
    for wrong in [
        String::new(),
        "..".to_owned(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{good}."),
        format!("{good}.x"),
        format!("{header}.{claims}.{signature}=="),
        format!("{header}.{claims}.{}", signature.split_at(signature.len() - 4).0),
        format!("{header}.{}.{signature}", encode(r#"{"sub":"b"}"#)),
        format!("{header}. {claims}.{signature}"),
        format!("{header}\n.{claims}.{signature}"),
        format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")),
        "a".repeat(MAX_JWS_LENGTH + 1),
        format!("{}.{good}", encode(r#"{"alg":"none"}"#)),
    ] {
        assert!(verdict(&wrong, &keys).is_err(), "{wrong}");
    }
    let twice = rsa.token_with(r#"{"alg":"RS256","kid":"r"}"#, r#"{"sub":"a","sub":"b"}"#).unwrap();
    assert_eq!(verdict(&twice, &keys), Err(JwsError::Json));
}

#[test]
fn a_signature_on_p256_is_two_numbers_of_the_curve() {
    let (_, ec) = signers();
    let keys = set(&[ec.public_jwk()]);
    let signed = format!("{}.{}", encode(r#"{"alg":"ES256","kid":"e"}"#), encode("{}"));
    let right = ec.sign(signed.as_bytes()).unwrap();
    let token = |signature: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(verdict(&token(&right), &keys), Ok(()));
    let (r, s) = right.split_at(32);
    let integer = |number: &[u8]| {
        let mut bytes = vec![0; usize::from(number[0] >> 7)];
        bytes.extend(number);
        [&[2, u8::try_from(bytes.len()).unwrap()][..], &bytes].concat()
    };
    let body = [integer(r), integer(s)].concat();
    let der = [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat();
    for wrong in [
        der,
        vec![0; 64],
        vec![0; 96],
        vec![0xFF; 64],
        [r, &[0; 32]].concat(),
        [&[0; 32], s].concat(),
        [s, r].concat(),
        right[..63].to_vec(),
        [&right[..], &[0]].concat(),
        Vec::new(),
    ] {
        assert_eq!(verdict(&token(&wrong), &keys), Err(JwsError::Signature), "{wrong:?}");
    }
}

#[test]
fn keys_that_are_not_for_this_are_passed_over() {
    let (rsa, ec) = signers();
    let change = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        key[name] = value;
        key
    };
    let (r, e) = (rsa.public_jwk(), ec.public_jwk());
    for key in [
        change(&r, "use", "enc".into()),
        change(&r, "key_ops", json!(["encrypt"])),
        change(&r, "alg", "HS256".into()),
        change(&r, "alg", "PS256".into()),
        change(&r, "alg", "ES256".into()),
        change(&r, "kty", "oct".into()),
        change(&r, "kty", "EC".into()),
        change(&r, "n", encode("short").into()),
        change(&r, "n", "not base64!".into()),
        change(&r, "e", "AQ".into()),
        change(&r, "e", "Ag".into()),
        change(&r, "e", "".into()),
        change(&r, "kid", 1.into()),
        change(&e, "crv", "P-384".into()),
        change(&e, "crv", "secp256k1".into()),
        change(&e, "crv", "P-521".into()),
        change(&e, "x", encode("short").into()),
        change(&e, "alg", "RS256".into()),
    ] {
        assert!(set(std::slice::from_ref(&key)).is_empty(), "{key}");
    }
    // A point that is on no curve is seen when it is used.
    let off = set(&[change(&e, "x", URL_SAFE_NO_PAD.encode([1; 32]).into())]);
    assert_eq!(verdict(&ec.token(&json!({})).unwrap(), &off), Err(JwsError::Signature));
    // Not a signature of that key, whatever it calls itself.
    let posing = set(&[change(&r, "kid", "e".into())]);
    assert_eq!(verdict(&ec.token(&json!({})).unwrap(), &posing), Err(JwsError::Algorithm));
    for wrong in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(KeySet::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let many: Vec<_> = std::iter::repeat_n(r, MAX_KEYS + 1).collect();
    let text = json!({"keys": many}).to_string();
    assert_eq!(KeySet::parse(text.as_bytes()).unwrap_err(), JwsError::Length);
}
