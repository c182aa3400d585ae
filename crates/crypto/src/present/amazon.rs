//! The S3-compatible surface: Amazon's V4, in the `Authorization` header or in the query.

use rolecall_types::time::parse_compact;

use super::authorization::{fields, header_names};
use super::oss::{UNSIGNED_PAYLOAD, declared_sha256, end_of_life};
use super::rpc::signed_headers;
use super::{PresentError, Presented, Proof, Scheme, Window, access_key_id, missing, token};
use crate::canonical::amazon::{self, Parts};
use crate::canonical::v4::{Family, Scope};
use crate::canonical::{self, Header};
use crate::chunks::Chunks;
use crate::encoding::decode_path;
use crate::request::RequestHead;

/// What a proof says of itself.
struct Said<'a> {
    scheme: Scheme,
    credential: &'a str,
    signed: Vec<String>,
    signature: &'a str,
    /// In the compact form.
    date: &'a str,
    window: Window,
    security_token: Option<&'a str>,
    /// The line that speaks of the body.
    payload: &'a str,
}

/// A proof in the header, whose text stands behind the algorithm.
pub(super) fn by_header(
    head: &RequestHead,
    body_sha256: Option<&str>,
    text: &str,
) -> Result<Presented, PresentError> {
    let fields = fields(text, "SignedHeaders")?;
    let date = head.header("x-amz-date").ok_or_else(|| missing("x-amz-date"))?;
    let at = parse_compact(date).ok_or(PresentError::TimestampFormat)?;
    let payload =
        head.header("x-amz-content-sha256").ok_or_else(|| missing("x-amz-content-sha256"))?;
    let said = Said {
        scheme: Scheme::AmazonHeader,
        credential: fields.credential,
        signed: header_names(fields.headers.unwrap_or_default())?,
        signature: fields.signature,
        date,
        window: Window::Near(at),
        security_token: head.header("x-amz-security-token"),
        payload,
    };
    present(head, body_sha256, &said)
}

/// A proof in the query.
pub(super) fn by_query(head: &RequestHead) -> Result<Presented, PresentError> {
    let required =
        |name: &str| head.query(name).filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    if required("X-Amz-Algorithm")? != Family::Amazon.algorithm() {
        return Err(PresentError::SignatureMethod);
    }
    if head.has_header("x-amz-security-token") {
        return Err(PresentError::TokenPlacement);
    }
    let date = required("X-Amz-Date")?;
    let signed_at = parse_compact(date).ok_or(PresentError::TimestampFormat)?;
    let expires_at = end_of_life(signed_at, required("X-Amz-Expires")?)?;
    let said = Said {
        scheme: Scheme::AmazonQuery,
        credential: required("X-Amz-Credential")?,
        signed: header_names(required("X-Amz-SignedHeaders")?)?,
        signature: required("X-Amz-Signature")?,
        date,
        window: Window::Between { signed_at, expires_at },
        security_token: head.query("X-Amz-Security-Token"),
        payload: UNSIGNED_PAYLOAD,
    };
    present(head, None, &said)
}

fn present(
    head: &RequestHead,
    body_sha256: Option<&str>,
    said: &Said<'_>,
) -> Result<Presented, PresentError> {
    let (id, scope) = Scope::parse_credential(Family::Amazon, said.credential)
        .ok_or(PresentError::MalformedAuthorization)?;
    if !said.date.starts_with(scope.day()) {
        return Err(PresentError::DateScopeMismatch);
    }
    let headers: Vec<Header<'_>> = canonical::headers(head).collect();
    refuse_unsigned(&headers, &said.signed)?;
    let path = decode_path(&head.path).map_err(|_| PresentError::MalformedAuthorization)?;
    let query =
        canonical::parameters(&head.query).filter(|(name, _)| *name != "X-Amz-Signature").collect();
    let canonical_request = amazon::canonical_request(Parts {
        method: &head.method,
        path: &path,
        query,
        headers: signed_headers(&headers, &said.signed)?,
        payload: said.payload,
    });
    Ok(Presented {
        scheme: said.scheme,
        access_key_id: access_key_id(id)?,
        security_token: token(said.security_token),
        window: said.window,
        nonce: None,
        declared_body_sha256: declared_sha256(said.payload, body_sha256)?,
        chunks: Chunks::of_payload(said.payload)?,
        proof: Proof::V4 { canonical_request, timestamp: said.date.to_owned(), scope },
        provided: said.signature.into(),
    })
}

/// The host, and whatever asks for something of the service, must be signed.
fn refuse_unsigned(headers: &[Header<'_>], signed: &[String]) -> Result<(), PresentError> {
    let must =
        |name: &str| name == "host" || name.starts_with("x-amz-") || name.starts_with("x-oss-");
    let unsigned = headers
        .iter()
        .map(|(name, _)| *name)
        .find(|name| must(name) && !signed.iter().any(|listed| listed == name));
    match unsigned {
        Some(name) => Err(PresentError::UnsignedHeader { name: name.to_owned() }),
        None => Ok(()),
    }
}
