//! Signing the policy of a form.

use rolecall_types::Timestamp;
use rolecall_types::time::compact;

use aws_lc_rs::hmac;

use super::{Credentials, Pairs, push};
use crate::canonical::v4::{self, Family, Scope};
use crate::hash::{hex, hmac_sha1_base64};

/// Signs the policy of a form, in Base64, with OSS V1. Returns the fields to send before the file.
pub fn oss_form_v1(credentials: &Credentials, policy: &str) -> Pairs {
    let secret = credentials.secret.expose().as_bytes();
    let mut fields = Pairs::new();
    push(&mut fields, "OSSAccessKeyId", &credentials.access_key_id);
    push(&mut fields, "policy", policy);
    push(&mut fields, "Signature", &hmac_sha1_base64(secret, policy.as_bytes()));
    if let Some(token) = &credentials.security_token {
        push(&mut fields, "x-oss-security-token", token.expose());
    }
    fields
}

/// The same with OSS V4, for a region; `None` when it is not one that a credential can name.
pub fn oss_form_v4(
    credentials: &Credentials,
    policy: &str,
    region: &str,
    at: Timestamp,
) -> Option<Pairs> {
    let date = compact(at);
    let scope = Scope::new(Family::Oss, date.split('T').next()?, region, "oss")?;
    let key = v4::signing_key(&credentials.secret, &scope);
    let credential = format!("{}/{}", credentials.access_key_id, scope.as_str());
    let mut fields = Pairs::new();
    push(&mut fields, "policy", policy);
    push(&mut fields, "x-oss-signature-version", Family::Oss.algorithm());
    push(&mut fields, "x-oss-credential", &credential);
    push(&mut fields, "x-oss-date", &date);
    push(&mut fields, "x-oss-signature", &hex(hmac::sign(&key, policy.as_bytes()).as_ref()));
    if let Some(token) = &credentials.security_token {
        push(&mut fields, "x-oss-security-token", token.expose());
    }
    Some(fields)
}
