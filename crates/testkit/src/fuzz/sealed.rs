//! What our keys have sealed: nobody without them makes it, or changes a byte of it.

use std::sync::LazyLock;

use rolecall_crypto::{
    KeyRing, MAX_TOKEN_LENGTH, RecordSealer, Session, SessionCredentials, SessionId, TokenError,
};
use rolecall_types::{AccountId, PrincipalId, Random, SeededRandom, Timestamp};

static RING: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::generate(&SeededRandom::new(1)));

static FOREIGN: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::generate(&SeededRandom::new(2)));

/// No text is a session token but one that was minted, unchanged. The input is a text, edits of a
/// minted token, and the texts of the session that is minted.
pub fn session_token(data: &[u8]) {
    let Some((session, minted)) = minted(data) else { return };
    let text = String::from_utf8_lossy(data);
    let open = |token: &str| RING.open_session(&minted.access_key_id, token);
    assert_eq!(open(&text), Err(TokenError::Malformed), "{text:?}");

    let edited = String::from_utf8(edited(data, minted.token.as_bytes())).unwrap_or_default();
    // A session's texts have limits of their own, which the texts of an input have not.
    if edited == minted.token && edited.len() <= MAX_TOKEN_LENGTH {
        assert_eq!(open(&edited), Ok((session, minted.secret.clone())));
    } else {
        assert_eq!(open(&edited), Err(TokenError::Malformed), "{edited:?}");
    }
    let foreign = FOREIGN.open_session(&minted.access_key_id, &minted.token);
    assert_eq!(foreign, Err(TokenError::Malformed));
}

/// No bytes are a sealed record but those that were sealed, unchanged, under their key. The input
/// is a record, edits of a sealed one, and the key and the content that are sealed.
pub fn sealed_record(data: &[u8]) {
    let sealer = RecordSealer::new(&RING);
    let (key, plain) = data.split_at(data.len() / 2);
    assert!(sealer.open(key, data).is_err());
    let sealed = sealer.seal(&SeededRandom::new(3), key, plain);
    assert_eq!(sealer.open(key, &sealed).as_deref(), Ok(plain));
    assert!(RecordSealer::new(&FOREIGN).open(key, &sealed).is_err());
    let edited = edited(data, &sealed);
    assert_eq!(sealer.open(key, &edited).is_ok(), edited == sealed);
    if !key.is_empty() {
        assert!(sealer.open(plain, &sealed).is_err() || plain == key);
        assert!(sealer.open(&[], &sealed).is_err());
    }
}

/// A session with texts from the input, and its credentials.
fn minted(data: &[u8]) -> Option<(Session, SessionCredentials)> {
    let random: &dyn Random = &SeededRandom::new(4);
    let mut texts = data.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
    let mut text = || texts.next().unwrap_or_default().into_owned();
    let session = Session {
        session_id: SessionId::generate(random),
        account: AccountId::parse("1234567890123456")?,
        role_name: text(),
        role_id: PrincipalId::parse("312345678901234567")?,
        instance: None,
        session_name: text(),
        source_identity: Some(text()),
        issued_at: Timestamp::from_second(1_768_465_800).ok()?,
        expires_at: Timestamp::from_second(1_768_469_400).ok()?,
        parent: None,
        ancestors: Vec::new(),
        vouched: None,
        policies: std::iter::repeat_with(&mut text).take(2).collect(),
    };
    let minted = RING.mint(&session);
    Some((session, minted))
}

/// `bytes` with changes from the input: the first byte counts them, and each takes two bytes for
/// its place and one that is added by exclusive or. A place behind the end cuts the last byte off.
pub(super) fn edited(data: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut edited = bytes.to_vec();
    let Some((count, edits)) = data.split_first() else { return edited };
    let (edits, _) = edits.as_chunks::<3>();
    for [high, low, change] in edits.iter().take(usize::from(count % 8)) {
        match edited.get_mut(usize::from(u16::from_be_bytes([*high, *low]) % 1024)) {
            Some(byte) => *byte ^= change,
            None => drop(edited.pop()),
        }
    }
    edited
}
