//! JSON from strangers: one reading, and the keys of issuers.

use std::sync::LazyLock;

use rolecall_crypto::sign::TokenSigner;
use rolecall_crypto::{Jws, KeySet, SignatureAlgorithm};
use rolecall_types::json::{self, Content, Entry, Node};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most lists and objects inside each other, here as in policies.
const DEPTH_MAX: usize = 32;

/// The most keys of a set.
const MAX_KEYS: usize = 64;

/// An issuer's key of each kind, and a token by each: with the key's id, and without.
static SIGNED: LazyLock<Option<[Signed; 2]>> = LazyLock::new(|| {
    let rsa = Signed::new(SignatureAlgorithm::Rs256, &["n"])?;
    Some([rsa, Signed::new(SignatureAlgorithm::Es256, &["x", "y"])?])
});

struct Signed {
    /// Placeholders, such as `@n@`, and what stands for them.
    parts: Vec<(String, String)>,
    tokens: [Jws; 2],
}

impl Signed {
    fn new(algorithm: SignatureAlgorithm, parts: &[&str]) -> Option<Self> {
        let signer = TokenSigner::generate(algorithm, "k").ok()?;
        let public = signer.public_jwk();
        let part =
            |name: &&str| Some((format!("@{name}@"), public.get(name)?.as_str()?.to_owned()));
        let parts = parts.iter().map(part).collect::<Option<_>>()?;
        let header = serde_json::json!({"alg": public.get("alg")?});
        let named = signer.token(&Value::Object(serde_json::Map::new())).ok()?;
        let nameless = signer.token_with(&header.to_string(), "{}").ok()?;
        Some(Self { parts, tokens: [Jws::parse(&named).ok()?, Jws::parse(&nameless).ok()?] })
    }
}

/// A text that is read strictly is read the same by any reader, and each key and value stands where
/// the reader says; any other is no JSON, gives a key twice or is too deep, and its fault is in the
/// text.
pub fn strict_json(data: &[u8]) {
    let plain = serde_json::from_slice::<Value>(data);
    match json::read(data, DEPTH_MAX) {
        Ok(node) => {
            check_places(data, &node);
            assert_eq!(plain.ok(), Some(Value::from(node)));
        }
        Err(error) => {
            let strict = ["duplicate key", "more than"];
            let strict = strict.iter().any(|reason| error.reason.starts_with(reason));
            assert!(plain.is_err() || strict, "plain JSON is refused: {error}");
            let line = data.split(|byte| *byte == b'\n').nth(error.position.line.saturating_sub(1));
            let most = line.map(|line| line.len().saturating_add(1));
            let column = error.position.column;
            assert!((1..=most.unwrap_or_default()).contains(&column), "{error} is elsewhere");
        }
    }
}

fn check_places(data: &[u8], node: &Node) {
    assert_eq!(standing_at(data, node.at), Some(Value::from(node.clone())), "at {}", node.at);
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| check_places(data, item)),
        Content::Map(entries) => {
            for Entry { at, key, value } in entries {
                assert_eq!(standing_at(data, *at).as_ref(), Some(key), "at {at}");
                check_places(data, value);
            }
        }
        _ => {}
    }
}

fn standing_at<T: DeserializeOwned>(data: &[u8], at: usize) -> Option<T> {
    serde_json::Deserializer::from_slice(data.get(at..)?).into_iter().next()?.ok()
}

/// A key set has no more keys than it lists, and verifies what an issuer signed only if it has the
/// issuer's key: in the input, `@n@`, `@x@` and `@y@` stand for the numbers of those.
pub fn key_set(data: &[u8]) {
    let Ok(given) = std::str::from_utf8(data) else { return };
    let Some(signed) = &*SIGNED else { return };
    let parts = signed.iter().flat_map(|it| &it.parts);
    let text = parts.fold(given.to_owned(), |text, (mark, number)| text.replace(mark, number));
    let Ok(keys) = KeySet::parse(text.as_bytes()) else { return };
    let plain = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let listed = plain.get("keys").and_then(Value::as_array).map(Vec::len);
    assert!(listed.is_some_and(|listed| keys.len() <= listed && listed <= MAX_KEYS), "{text}");
    for Signed { parts, tokens } in signed {
        let is_there = parts.iter().all(|(mark, _)| given.contains(mark));
        for token in tokens {
            assert!(token.verify(&keys).is_err() || is_there, "a key that is not there: {text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_with_the_keys_verifies_what_they_signed() {
        let [rsa, ec] = SIGNED.as_ref().expect("the keys");
        let text = r#"{"keys":[{"kty":"RSA","kid":"k","n":"@n@","e":"AQAB"},
            {"kty":"EC","crv":"P-256","x":"@x@","y":"@y@"}]}"#;
        let parts = rsa.parts.iter().chain(&ec.parts);
        let text = parts.fold(text.to_owned(), |text, (mark, number)| text.replace(mark, number));
        let keys = KeySet::parse(text.as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        assert!(rsa.tokens.iter().all(|token| token.verify(&keys).is_ok()));
        // The second key has no id, by which one of the tokens asks for it.
        assert_eq!(ec.tokens.each_ref().map(|token| token.verify(&keys).is_ok()), [false, true]);
    }
}
