use proptest::prelude::*;
use rolecall_types::SeededRandom;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn ring(seed: u64) -> KeyRing {
    KeyRing::generate(&SeededRandom::new(seed))
}

fn session(random: &dyn Random) -> Session {
    Session {
        session_id: SessionId::generate(random),
        account: AccountId::parse("1234567890123456").unwrap(),
        role_name: "App-Role".to_owned(),
        role_id: PrincipalId::generate(random, '3'),
        instance: InstanceId::parse("i-bp1").map(|id| InstanceBinding { id, generation: 9 }),
        session_name: "vm-ram-i-bp1".to_owned(),
        policies: vec!["{\"Version\":\"1\",\"Statement\":[]}".to_owned()],
        source_identity: Some("alice".to_owned()),
        issued_at: at(1_768_465_800),
        expires_at: at(1_768_487_400),
        parent: Some("acs:ram::1234567890123456:assumed-role/a/b".to_owned()),
        ancestors: Vec::new(),
        vouched: None,
    }
}

#[test]
fn credentials_look_as_clients_expect() {
    let random = SeededRandom::new(1);
    let minted = ring(1).mint(&session(&random));
    assert!(minted.token.starts_with("CAIS"), "{}", minted.token);
    assert!(minted.token.len() < 1000, "{}", minted.token.len());
    assert!(minted.access_key_id.is_session());
    assert_eq!(minted.access_key_id.as_str().len(), 26);
    let secret = minted.secret.expose();
    assert_eq!(secret.len(), 44);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn the_ring_alone_opens_what_it_minted() {
    let random = SeededRandom::new(2);
    let session = session(&random);
    let minted = ring(1).mint(&session);
    let (opened, secret) = ring(1).open_session(&minted.access_key_id, &minted.token).unwrap();
    assert_eq!((opened, secret), (session, minted.secret));
    let foreign = ring(2).open_session(&minted.access_key_id, &minted.token);
    assert_eq!(foreign, Err(TokenError::Malformed));
}

#[test]
fn a_token_is_of_one_access_key() {
    let random = SeededRandom::new(3);
    let (one, two) = (session(&random), session(&random));
    let (one, two) = (ring(1).mint(&one), ring(1).mint(&two));
    assert_ne!(one.access_key_id, two.access_key_id);
    assert_ne!(one.secret, two.secret);
    let crossed = ring(1).open_session(&one.access_key_id, &two.token);
    assert_eq!(crossed, Err(TokenError::KeyMismatch));
    let permanent = AccessKeyId::generate(&random);
    assert_eq!(ring(1).open_session(&permanent, &two.token), Err(TokenError::KeyMismatch));
}

#[test]
fn no_changed_token_opens() {
    let random = SeededRandom::new(4);
    let (ring, minted) = (ring(1), ring(1).mint(&session(&random)));
    let refused =
        |token: &str| ring.open_session(&minted.access_key_id, token) == Err(TokenError::Malformed);
    for index in 0..minted.token.len() {
        for bit in 0..7 {
            let mut bytes = minted.token.clone().into_bytes();
            bytes[index] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(refused(&changed), "byte {index} bit {bit}");
        }
        let cut = minted.token.get(..index).unwrap();
        assert!(refused(cut), "cut at {index}");
    }
    for other in ["", "CAIS", "中", &format!("{}A", minted.token), &format!("{}=", minted.token)] {
        assert!(refused(other), "{other}");
    }
    assert!(refused(&"A".repeat(MAX_TOKEN_LENGTH + 1)));
}

#[test]
fn other_seals_of_the_ring_are_no_tokens() {
    let random = SeededRandom::new(5);
    let ring = ring(1);
    let session = session(&random);
    let id = session.session_id.access_key_id();
    let mut claims = Vec::new();
    encode_claims(&session, &mut claims);
    let record = crate::RecordSealer::new(&ring).seal(&random, b"k", &claims);
    let body = [&header(1)[..], &record[5..]].concat();
    let token = URL_SAFE_NO_PAD.encode(body);
    assert_eq!(ring.open_session(&id, &token), Err(TokenError::Malformed));
    let instance = InstanceId::parse("i-1").unwrap();
    let token = crate::MetadataTokens::new(&ring).mint(&instance, 60, at(0));
    assert_eq!(ring.open_session(&id, &token), Err(TokenError::Malformed));
}

#[test]
fn fractions_of_seconds_do_not_survive() {
    let random = SeededRandom::new(6);
    let mut session = session(&random);
    session.expires_at = Timestamp::new(100, 999_999_999).unwrap();
    let minted = ring(1).mint(&session);
    let (opened, _) = ring(1).open_session(&minted.access_key_id, &minted.token).unwrap();
    assert_eq!((minted.expires_at, opened.expires_at), (at(100), at(100)));
}

#[test]
fn no_policy_is_not_an_empty_one() {
    let random = SeededRandom::new(7);
    for policies in [Vec::new(), vec![String::new()], vec![String::new(); 2]] {
        let session = Session { policies: policies.clone(), ..session(&random) };
        let minted = ring(1).mint(&session);
        let opened = ring(1).open_session(&minted.access_key_id, &minted.token).unwrap().0;
        assert_eq!(opened.policies, policies);
    }
}

#[test]
fn two_policies_of_full_length_fit() {
    let random = SeededRandom::new(8);
    // Quotes take two bytes each, and a policy is full of them.
    let session = Session { policies: vec!["\"".repeat(2048); 2], ..session(&random) };
    let minted = ring(1).mint(&session);
    assert!(ring(1).open_session(&minted.access_key_id, &minted.token).is_ok());
}

#[test]
fn tokens_of_an_older_key_still_open() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("keys");
    let random = SeededRandom::new(9);
    let minted = KeyRing::open_or_create(&directory, &random).unwrap().mint(&session(&random));
    let rotated = KeyRing::rotate(&directory, &random).unwrap();
    let (_, secret) = rotated.open_session(&minted.access_key_id, &minted.token).unwrap();
    assert_eq!(secret, minted.secret);
}

proptest! {
    #[test]
    fn opening_undoes_minting(
        (role_name, session_name) in (".{1,64}", ".{1,64}"),
        policies in proptest::collection::vec(".{0,80}", 0..3),
        (source_identity, parent) in (proptest::option::of(".{0,20}"), proptest::option::of(".{0,20}")),
        (issued, life) in (0_i64..4_000_000_000, 0_i64..43_200),
        generation: u64,
        seed: u64,
    ) {
        let random = SeededRandom::new(seed);
        let session = Session {
            role_name,
            session_name,
            policies,
            source_identity,
            parent,
            instance: None,
            issued_at: at(issued),
            expires_at: at(issued + life),
            ..session(&random)
        };
        let minted = ring(1).mint(&session);
        let (opened, secret) = ring(1).open_session(&minted.access_key_id, &minted.token).unwrap();
        prop_assert_eq!((opened, secret), (session, minted.secret));
    }
}
