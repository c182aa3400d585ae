//! Signatures: whatever a request presents, only its signer's secret proves it.

use rolecall_crypto::sign::{self, Call, Credentials, ObjectCall, Pairs};
use rolecall_crypto::{Pair, RequestHead, Surface, decode_form, decode_path, present, sha256_hex};
use rolecall_types::{Secret, Timestamp};

use super::request::{Sent, encoded};

/// Parameters and headers that authenticate, in lower case: what is signed anew must not have them.
const PROOFS: &[&str] = &[
    "accesskeyid",
    "authorization",
    "bearertoken",
    "date",
    "expires",
    "host",
    "ossaccesskeyid",
    "security-token",
    "securitytoken",
    "signature",
    "timestamp",
];

/// Beginnings of further ones.
const PROOF_PREFIXES: &[&str] = &["signature", "x-acs-", "x-oss-", "x-amz-"];

/// An RPC request is parsed, never believed; and signed with V1, it proves itself.
pub fn present_rpc(data: &[u8]) {
    let Some(sent) = Sent::read(data) else { return };
    let Some(head) = sent.head() else { return };
    let form = sent.form();
    let hash = sha256_hex(sent.body);
    believes_nobody(Surface::Rpc, &head, &form, Some(&hash), None, data);

    let Some((credentials, at)) = signer() else { return };
    let query = without_proofs(&head.query);
    let form = without_proofs(&form);
    let (method, path) = (head.method.as_str(), head.path.as_str());
    let call = Call { method, host: "h", path, query: &query, headers: &[] };
    let query = sign::rpc_v1(&credentials, &call, &form, at, "nonce");
    proves_itself(Surface::Rpc, &Signed { method, path, query, headers: Vec::new(), form }, None);
}

/// A request for objects is parsed, never believed; and signed with V1 or V4, it proves itself.
pub fn present_oss(data: &[u8]) {
    let Some(sent) = Sent::read(data) else { return };
    let Some(head) = sent.head() else { return };
    let path = decode_path(&head.path).unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or_default();
    let resource = (!path.is_empty()).then(|| path.split_once('/').unwrap_or((path, "")));
    let hash = sha256_hex(sent.body);
    for hash in [None, Some(hash.as_str())] {
        believes_nobody(Surface::Oss, &head, &[], hash, resource, data);
    }

    let Some((credentials, at)) = signer() else { return };
    let (method, path) = (head.method.as_str(), head.path.as_str());
    let query = without_proofs(&head.query);
    let headers: Pairs = head
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.to_string(), std::str::from_utf8(value).ok()?.to_owned()))
        })
        .collect();
    let headers = without_proofs(&headers);
    let call = ObjectCall { method, resource, query: &query, headers: &headers };
    let by_header = |headers| Signed { method, path, query: query.clone(), headers, form: vec![] };
    let by_query = |query| Signed { method, path, query, headers: headers.clone(), form: vec![] };
    let signed = [
        Some(by_header(sign::oss_v1(&credentials, &call, at))),
        Some(by_query(sign::oss_v1_url(&credentials, &call, at))),
        sign::oss_v4(&credentials, &call, "cn-hangzhou", &[], at).map(by_header),
        sign::oss_v4_url(&credentials, &call, "cn-hangzhou", 60, at).map(by_query),
    ];
    for signed in signed.iter().flatten() {
        proves_itself(Surface::Oss, signed, resource);
    }
}

/// Nobody made the input with a secret that is its own hash; and no request that carries an
/// `Authorization` is taken for anonymous.
fn believes_nobody(
    surface: Surface,
    head: &RequestHead,
    form: &[Pair],
    hash: Option<&str>,
    resource: Option<(&str, &str)>,
    data: &[u8],
) {
    match present(surface, head, form, hash, resource) {
        Ok(Some(presented)) => {
            let secret = Secret::new(sha256_hex(data));
            assert!(presented.verify(&secret).is_err(), "a wrong secret proves {presented:?}");
            assert!(!format!("{presented:?}").contains(secret.expose()));
        }
        Ok(None) => assert!(!head.has_header("authorization"), "taken for anonymous: {head:?}"),
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}

/// A request that was signed.
struct Signed<'a> {
    method: &'a str,
    path: &'a str,
    query: Pairs,
    headers: Pairs,
    form: Pairs,
}

/// What was signed with a secret is proved by that one and no other, and not with a parameter more.
fn proves_itself(surface: Surface, signed: &Signed<'_>, resource: Option<(&str, &str)>) {
    let Some((credentials, _)) = signer() else { return };
    let presented = |further: &str| {
        let target = format!("{}?{}{further}", signed.path, encoded(&signed.query));
        let host = ("host".to_owned(), b"h".to_vec());
        let headers =
            signed.headers.iter().map(|(name, value)| (name.clone(), value.clone().into()));
        let head = RequestHead::decode(signed.method, &target, headers.chain([host]));
        let form = decode_form(encoded(&signed.form).as_bytes()).ok()?;
        present(surface, &head.ok()?, &form, None, resource).ok()?
    };
    // A repeated parameter or a header that is no text is refused, however it was signed.
    let Some(own) = presented("") else { return };
    assert_eq!(own.access_key_id().as_str(), credentials.access_key_id);
    assert_eq!(own.verify(&credentials.secret), Ok(()), "{own:?}");
    assert!(own.verify(&Secret::new("another".to_owned())).is_err());
    let Some(changed) = presented("&x-oss-process=x") else { return };
    assert!(changed.verify(&credentials.secret).is_err(), "a parameter was put in: {own:?}");
}

fn signer() -> Option<(Credentials, Timestamp)> {
    let credentials = Credentials {
        access_key_id: "LTAI5tExample".to_owned(),
        secret: Secret::new("secret".to_owned()),
        security_token: None,
    };
    Some((credentials, Timestamp::from_second(1_768_465_800).ok()?))
}

fn without_proofs<T: AsRef<str>>(pairs: &[(T, T)]) -> Pairs {
    let proof = |name: &str| {
        let name = name.to_ascii_lowercase();
        PROOFS.contains(&name.as_str())
            || PROOF_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    let kept = pairs.filter(|(name, _)| !proof(name));
    kept.map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned())).collect()
}
