//! Making signatures: what a client does. The demonstration, the benchmarks and the tests of other
//! crates call the services with it.

mod amazon;
mod form;
mod token;

pub use amazon::amazon;
pub use form::{oss_form_v1, oss_form_v4};
pub use token::{SignError, TokenSigner};

use aws_lc_rs::hmac;
use rolecall_types::time::{compact, http_date, seconds};
use rolecall_types::{Secret, Timestamp};

use crate::canonical::v4::{self, Family, Scope};
use crate::canonical::{Header, acs3 as acs3_text, parameters, rpc_v1 as rpc_text, v1};
use crate::hash::{hex, hmac_sha1_base64, hmac_sha256, sha256_hex};
use crate::present::{UNSIGNED_PAYLOAD, acs3_string_to_sign, rpc_v1_key};

/// Names and values, to send as they are (headers) or form-encoded (parameters).
pub type Pairs = Vec<(String, String)>;

/// The credentials to sign with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The AccessKey's id.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret<String>,
    /// The security token, with a session's key.
    pub security_token: Option<Secret<String>>,
}

/// A call of the RPC surface, before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The `Host` that will be sent, with its port if it carries one.
    pub host: &'a str,
    /// The path that will be sent, percent-encoded; `/` but for the few ROA products.
    pub path: &'a str,
    /// The operation's parameters in the query. RPC V1 wants `Action` and `Version` among them.
    pub query: &'a [(String, String)],
    /// Further headers; ACS3 signs them all, and wants `x-acs-action` and `x-acs-version` among
    /// them, in lower case.
    pub headers: &'a [(String, String)],
}

/// A call of the object surface, before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct ObjectCall<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// Bucket and key, decoded; the key is empty for the bucket, and `None` is the service.
    pub resource: Option<(&'a str, &'a str)>,
    /// The parameters in the query.
    pub query: &'a [(String, String)],
    /// The headers that will be sent, in lower case.
    pub headers: &'a [(String, String)],
}

/// Signs a call with RPC V1. Returns the parameters to send in the query; `form` is what will be
/// sent as the body.
pub fn rpc_v1(
    credentials: &Credentials,
    call: &Call<'_>,
    form: &[(String, String)],
    at: Timestamp,
    nonce: &str,
) -> Pairs {
    let mut query = call.query.to_vec();
    push(&mut query, "AccessKeyId", &credentials.access_key_id);
    push(&mut query, "SignatureMethod", "HMAC-SHA1");
    push(&mut query, "SignatureVersion", "1.0");
    push(&mut query, "SignatureNonce", nonce);
    push(&mut query, "Timestamp", &seconds(at));
    if let Some(token) = &credentials.security_token {
        push(&mut query, "SecurityToken", token.expose());
    }
    let signed = parameters(&query).chain(parameters(form)).collect();
    let text = rpc_text::string_to_sign(call.method, call.path, signed);
    let signature = hmac_sha1_base64(&rpc_v1_key(&credentials.secret), text.as_bytes());
    push(&mut query, "Signature", &signature);
    query
}

/// Signs a call with ACS3. Returns the headers to send, without `host`.
pub fn acs3(
    credentials: &Credentials,
    call: &Call<'_>,
    body: &[u8],
    at: Timestamp,
    nonce: &str,
) -> Pairs {
    let body_sha256 = sha256_hex(body);
    let mut headers = call.headers.to_vec();
    push(&mut headers, "x-acs-content-sha256", &body_sha256);
    push(&mut headers, "x-acs-date", &seconds(at));
    push(&mut headers, "x-acs-signature-nonce", nonce);
    if let Some(token) = &credentials.security_token {
        push(&mut headers, "x-acs-accesskey-id", &credentials.access_key_id);
        push(&mut headers, "x-acs-security-token", token.expose());
    }
    let mut signed = header_list(&headers);
    signed.push(("host", call.host.as_bytes()));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical_request = acs3_text::canonical_request(acs3_text::Parts {
        method: call.method,
        path: call.path,
        query: parameters(call.query).collect(),
        headers: signed,
        body_sha256: &body_sha256,
    });
    let string_to_sign = acs3_string_to_sign(&canonical_request);
    let secret = credentials.secret.expose().as_bytes();
    let signature = hex(hmac_sha256(secret, string_to_sign.as_bytes()).as_ref());
    let authorization = format!(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}",
        credentials.access_key_id
    );
    push(&mut headers, "authorization", &authorization);
    headers
}

/// Signs a call with OSS V1. Returns the headers to send.
pub fn oss_v1(credentials: &Credentials, call: &ObjectCall<'_>, at: Timestamp) -> Pairs {
    let mut headers = call.headers.to_vec();
    let date = http_date(at);
    push(&mut headers, "date", &date);
    if let Some(token) = &credentials.security_token {
        push(&mut headers, "x-oss-security-token", token.expose());
    }
    let signature = oss_v1_signature(credentials, call, &headers, call.query, &date);
    let authorization = format!("OSS {}:{signature}", credentials.access_key_id);
    push(&mut headers, "authorization", &authorization);
    headers
}

/// Signs a URL with OSS V1, good until `expires_at`. Returns the parameters to send in the query;
/// the headers of the call must be sent with it.
pub fn oss_v1_url(
    credentials: &Credentials,
    call: &ObjectCall<'_>,
    expires_at: Timestamp,
) -> Pairs {
    let mut query = call.query.to_vec();
    if let Some(token) = &credentials.security_token {
        push(&mut query, "security-token", token.expose());
    }
    let expires = expires_at.as_second().to_string();
    let signature = oss_v1_signature(credentials, call, call.headers, &query, &expires);
    push(&mut query, "OSSAccessKeyId", &credentials.access_key_id);
    push(&mut query, "Expires", &expires);
    push(&mut query, "Signature", &signature);
    query
}

/// Signs a call with OSS V4 for a region, the body unsigned as all the vendor's clients do.
/// `additional` are further headers to sign, beyond those that always are. Returns the headers to
/// send; `None` when the region is not one that a credential can name.
pub fn oss_v4(
    credentials: &Credentials,
    call: &ObjectCall<'_>,
    region: &str,
    additional: &[&str],
    at: Timestamp,
) -> Option<Pairs> {
    let date = compact(at);
    let scope = scope(&date, region)?;
    let mut headers = call.headers.to_vec();
    push(&mut headers, "x-oss-content-sha256", UNSIGNED_PAYLOAD);
    push(&mut headers, "x-oss-date", &date);
    if let Some(token) = &credentials.security_token {
        push(&mut headers, "x-oss-security-token", token.expose());
    }
    let additional = sorted(additional);
    let parts = v4::Parts {
        method: call.method,
        resource: call.resource,
        query: parameters(call.query).collect(),
        headers: header_list(&headers),
        additional: &additional,
        payload: UNSIGNED_PAYLOAD.as_bytes(),
    };
    let signature = oss_v4_signature(credentials, parts, &scope, &date);
    let credential = format!("{}/{}", credentials.access_key_id, scope.as_str());
    let listed = additional.join(";");
    let listed = if listed.is_empty() { listed } else { format!("AdditionalHeaders={listed},") };
    let authorization =
        format!("{} Credential={credential},{listed}Signature={signature}", v4::ALGORITHM);
    push(&mut headers, "authorization", &authorization);
    Some(headers)
}

/// Signs a URL with OSS V4, good for `life_seconds` (1 to 604800) from `at`. Returns the
/// parameters to send in the query; the headers of the call must be sent with it. `None` when the
/// region is not one that a credential can name.
pub fn oss_v4_url(
    credentials: &Credentials,
    call: &ObjectCall<'_>,
    region: &str,
    life_seconds: u32,
    at: Timestamp,
) -> Option<Pairs> {
    let date = compact(at);
    let scope = scope(&date, region)?;
    let credential = format!("{}/{}", credentials.access_key_id, scope.as_str());
    let mut query = call.query.to_vec();
    push(&mut query, "x-oss-signature-version", v4::ALGORITHM);
    push(&mut query, "x-oss-credential", &credential);
    push(&mut query, "x-oss-date", &date);
    push(&mut query, "x-oss-expires", &life_seconds.to_string());
    if let Some(token) = &credentials.security_token {
        push(&mut query, "x-oss-security-token", token.expose());
    }
    let parts = v4::Parts {
        method: call.method,
        resource: call.resource,
        query: parameters(&query).collect(),
        headers: header_list(call.headers),
        additional: &[],
        payload: UNSIGNED_PAYLOAD.as_bytes(),
    };
    let signature = oss_v4_signature(credentials, parts, &scope, &date);
    push(&mut query, "x-oss-signature", &signature);
    Some(query)
}

fn oss_v1_signature(
    credentials: &Credentials,
    call: &ObjectCall<'_>,
    headers: &[(String, String)],
    query: &[(String, String)],
    date: &str,
) -> String {
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_bytes()).unwrap_or_default()
    };
    let parts = v1::Parts {
        method: call.method,
        content_md5: header("content-md5"),
        content_type: header("content-type"),
        date,
        headers: header_list(headers),
        query: parameters(query).collect(),
    };
    let resource =
        call.resource.map_or_else(|| "/".to_owned(), |(bucket, key)| format!("/{bucket}/{key}"));
    let text = v1::string_to_sign(&parts, &resource);
    hmac_sha1_base64(credentials.secret.expose().as_bytes(), &text)
}

fn oss_v4_signature(
    credentials: &Credentials,
    parts: v4::Parts<'_>,
    scope: &Scope,
    date: &str,
) -> String {
    let text = v4::string_to_sign(date, scope, &v4::canonical_request(parts));
    hex(hmac::sign(&v4::signing_key(&credentials.secret, scope), text.as_bytes()).as_ref())
}

/// The scope of object storage in a region, on the day that a compact date begins with.
fn scope(date: &str, region: &str) -> Option<Scope> {
    Scope::new(Family::Oss, date.split('T').next()?, region, "oss")
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

fn header_list(headers: &[(String, String)]) -> Vec<Header<'_>> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

fn push(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.push((name.to_owned(), value.to_owned()));
}
