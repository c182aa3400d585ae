//! Amazon's V4, as clients of the S3-compatible surface sign.

use aws_lc_rs::hmac;
use rolecall_types::Timestamp;
use rolecall_types::time::compact;

use super::{Call, Credentials, Pairs, header_list, push};
use crate::canonical::amazon::{Parts, canonical_request};
use crate::canonical::parameters;
use crate::canonical::v4::{self, Family, Scope};
use crate::encoding::decode_path;
use crate::hash::hex;
use crate::present::UNSIGNED_PAYLOAD;

/// Signs a call with Amazon's V4 for a region: all its headers, the body unless `payload` is its
/// hash or one of the words for streams. Returns the headers to send, without `host`. `None` when
/// the region is not one that a credential can name, or the path cannot be decoded.
pub fn amazon(
    credentials: &Credentials,
    call: &Call<'_>,
    region: &str,
    payload: Option<&str>,
    at: Timestamp,
) -> Option<Pairs> {
    let date = compact(at);
    let scope = Scope::new(Family::Amazon, date.split('T').next()?, region, "s3")?;
    let payload = payload.unwrap_or(UNSIGNED_PAYLOAD);
    let mut headers = call.headers.to_vec();
    push(&mut headers, "x-amz-content-sha256", payload);
    push(&mut headers, "x-amz-date", &date);
    if let Some(token) = &credentials.security_token {
        push(&mut headers, "x-amz-security-token", token.expose());
    }
    let mut signed = header_list(&headers);
    signed.push(("host", call.host.as_bytes()));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical_request = canonical_request(Parts {
        method: call.method,
        path: &decode_path(call.path).ok()?,
        query: parameters(call.query).collect(),
        headers: signed,
        payload,
    });
    let text = v4::string_to_sign(&date, &scope, &canonical_request);
    let key = v4::signing_key(&credentials.secret, &scope);
    let signature = hex(hmac::sign(&key, text.as_bytes()).as_ref());
    let authorization = format!(
        "{} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
        Family::Amazon.algorithm(),
        credentials.access_key_id,
        scope.as_str(),
    );
    push(&mut headers, "authorization", &authorization);
    Some(headers)
}
