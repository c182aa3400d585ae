//! OSS V4 signatures over a body.

use rolecall_crypto::sign::{Credentials, ObjectCall, Pairs};
use rolecall_crypto::{percent_encode_path, sha256_hex};
use rolecall_types::Timestamp;
use rolecall_types::time::compact;

use super::{REGION, encoded_query};

/// V4 with the hash of the body, which our own signer leaves out as the vendor's clients do.
pub(super) fn v4(
    call: &ObjectCall<'_>,
    credentials: &Credentials,
    hash: &str,
    at: Timestamp,
) -> Pairs {
    let mut headers = call.headers.to_vec();
    headers.push(("x-oss-content-sha256".to_owned(), hash.to_owned()));
    headers.push(("x-oss-date".to_owned(), compact(at)));
    let (bucket, key) = call.resource.unwrap_or_default();
    let mut query = call.query.to_vec();
    query.sort_unstable();
    let mut signed: Vec<_> = headers
        .iter()
        .filter(|(name, _)| {
            name.starts_with("x-oss-") || name.starts_with("content-") && name != "content-length"
        })
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    signed.sort_unstable();
    let path = percent_encode_path(format!("/{bucket}/{key}").as_bytes());
    let (method, query, signed) = (call.method, encoded_query(&query), signed.concat());
    let canonical = format!("{method}\n{path}\n{query}\n{signed}\n\n{hash}");
    let day = compact(at).get(..8).unwrap().to_owned();
    let scope = format!("{day}/{REGION}/oss/aliyun_v4_request");
    let to_sign =
        format!("OSS4-HMAC-SHA256\n{}\n{scope}\n{}", compact(at), sha256_hex(canonical.as_bytes()));
    let mut signing = format!("aliyun_v4{}", credentials.secret.expose()).into_bytes();
    for part in [&day, REGION, "oss", "aliyun_v4_request"] {
        signing = unhex(&hmac_sha256_hex(&signing, part.as_bytes()));
    }
    let signature = hmac_sha256_hex(&signing, to_sign.as_bytes());
    let id = &credentials.access_key_id;
    let authorization = format!("OSS4-HMAC-SHA256 Credential={id}/{scope},Signature={signature}");
    headers.push(("authorization".to_owned(), authorization));
    headers
}

/// RFC 2104, for keys of at most a block.
fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    let pad = |byte: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect()
    };
    let inner = unhex(&sha256_hex(&[pad(0x36), message.to_vec()].concat()));
    sha256_hex(&[pad(0x5c), inner].concat())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
