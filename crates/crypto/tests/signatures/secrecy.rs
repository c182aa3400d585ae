//! No secret in any `Debug` or `Display` (V19).

use std::fmt::Debug;

use rolecall_crypto::{
    DayKeys, InstanceBinding, KeyRing, MetadataTokens, RecordSealer, Session, SessionId, TokenError,
};
use rolecall_types::{AccountId, InstanceId, PrincipalId, Random, SeededRandom};

use crate::request::{Request, SCHEMES, SECRET, credentials, mismatch, now, secret};

const TOKEN: &str = "CAIScanaryTOKEN";

fn check(what: &dyn Debug, secrets: &[&str]) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        for secret in secrets {
            assert!(!shown.contains(secret), "{shown} shows {secret}");
        }
    }
}

#[test]
fn requests_and_what_they_present_hide_tokens_and_signatures() {
    let credentials = credentials(Some(TOKEN));
    check(&credentials, &[SECRET, TOKEN]);
    let day_keys = DayKeys::new();
    for scheme in SCHEMES {
        let mut request = Request::signed(scheme, &credentials, &Vec::new());
        let presented = request.present().unwrap().unwrap();
        let signature = mismatch(&presented).provided;
        let hidden = [SECRET, TOKEN, &signature];
        check(&request.head(), &hidden);
        check(&presented, &hidden);
        check(&mismatch(&presented), &hidden);
        presented.verify_with(&secret(), &day_keys).unwrap();
        check(&day_keys, &hidden);
        // Whatever is wrong with the request, the refusal quotes no value.
        for field in 0..request.query.len() + request.headers.len() {
            let query = request.query.len();
            let value = match field.checked_sub(query) {
                None => &mut request.query[field].1,
                Some(header) => &mut request.headers[header].1,
            };
            value.push_str("canary/canary,canary");
            if let Err(error) = request.present() {
                check(&error, &["canary", SECRET, &signature]);
                assert!(!error.to_string().contains("canary"), "{error}");
            }
        }
    }
}

#[test]
fn the_ring_and_what_it_makes_hide_keys_and_secrets() {
    let random = SeededRandom::new(1);
    let ring = KeyRing::generate(&random);
    let mut root = [0_u8; 32];
    SeededRandom::new(1).fill(&mut root);
    let bytes = format!("{root:?}");
    let hex = format!("{:032x}", u128::from_be_bytes(*root.first_chunk().unwrap()));
    let hidden = [bytes.trim_matches(['[', ']']), hex.as_str(), "version"];
    check(&ring, &hidden);
    check(&RecordSealer::new(&ring), &hidden);
    check(&MetadataTokens::new(&ring), &hidden);

    let session = Session {
        session_id: SessionId::generate(&random),
        account: AccountId::generate(&random),
        role_name: "app".to_owned(),
        role_id: PrincipalId::generate(&random, '3'),
        instance: InstanceId::parse("i-1").map(|id| InstanceBinding { id, generation: 1 }),
        session_name: "vm-ram-i-1".to_owned(),
        policies: Vec::new(),
        source_identity: None,
        issued_at: now(),
        expires_at: now(),
        parent: None,
        ancestors: Vec::new(),
        vouched: None,
    };
    let minted = ring.mint(&session);
    check(&minted, &[minted.secret.expose(), &minted.token]);
    let mut broken = minted.token.clone();
    broken.replace_range(40..41, if broken.as_bytes()[40] == b'A' { "B" } else { "A" });
    let error = ring.open_session(&minted.access_key_id, &broken).unwrap_err();
    assert_eq!(error, TokenError::Malformed);
    check(&error, &[&broken, minted.secret.expose()]);
}
