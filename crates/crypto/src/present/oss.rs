//! The object surface: V1, V2 and V4, each in the `Authorization` header or in the query.

use rolecall_types::Timestamp;
use rolecall_types::time::{compact, parse_compact, parse_http_date};

use super::authorization::{fields, header_names};
use super::rpc::signed_headers;
use super::{
    MAX_PRESIGNED_SECONDS, PresentError, Presented, Proof, Scheme, Window, access_key_id, amazon,
    missing, token,
};
use crate::canonical::v4::{self, Family, Scope};
use crate::canonical::{self, Header, v1, v2};
use crate::hash::ct_eq;
use crate::request::RequestHead;

/// The parameters of a signed URL of V1. Source: the page on V1 signatures in URLs.
const V1_QUERY: [&str; 3] = ["OSSAccessKeyId", "Expires", "Signature"];

/// The parameters that only a signed URL has, of V1, V2, V4 and of the S3-compatible surface.
/// A request with one of them is never anonymous.
const QUERY_PROOF: [&str; 10] = [
    "OSSAccessKeyId",
    "Signature",
    "x-oss-signature",
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-access-key-id",
    "x-oss-expires",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
];

/// What stands for the body's hash when the body is not signed.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The place of a proof.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Query,
}

pub(super) fn present(
    head: &RequestHead,
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
) -> Result<Option<Presented>, PresentError> {
    let proof = |name: &str| QUERY_PROOF.iter().any(|proof| proof.eq_ignore_ascii_case(name));
    let in_query = head.query.iter().any(|(name, _)| proof(name));
    match (head.has_header("authorization"), in_query) {
        (true, true) => Err(PresentError::BothHeaderAndQuery),
        (true, false) => by_header(head, body_sha256, resource).map(Some),
        (false, true) => by_query(head, body_sha256, resource).map(Some),
        (false, false) => Ok(None),
    }
}

fn by_header(
    head: &RequestHead,
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
) -> Result<Presented, PresentError> {
    let authorization = head.header("authorization").unwrap_or_default();
    let (algorithm, rest) =
        authorization.split_once(' ').ok_or(PresentError::MalformedAuthorization)?;
    match algorithm {
        "OSS" => {
            let (id, signature) =
                rest.split_once(':').ok_or(PresentError::MalformedAuthorization)?;
            let (_, date) = date(head)?;
            v1(head, resource, &V1 { place: Place::Header, id, signature, date })
        }
        v4::ALGORITHM => {
            let fields = fields(rest, "AdditionalHeaders")?;
            let additional = header_names(fields.headers.unwrap_or_default())?;
            let (at, date) = date(head)?;
            v4(
                head,
                body_sha256,
                resource,
                &V4 {
                    place: Place::Header,
                    credential: fields.credential,
                    additional,
                    signature: fields.signature,
                    date,
                    window: Window::Near(at),
                    signed_at: at,
                },
            )
        }
        "OSS2" => {
            let fields = v2_fields(rest)?;
            let (at, date) = date(head)?;
            let place = Place::Header;
            v2(head, resource, &fields, &V2 { place, date, window: Window::Near(at) })
        }
        algorithm if algorithm == Family::Amazon.algorithm() => {
            amazon::by_header(head, body_sha256, rest)
        }
        "AWS" => Err(PresentError::SignatureMethod),
        _ => Err(PresentError::MalformedAuthorization),
    }
}

fn by_query(
    head: &RequestHead,
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
) -> Result<Presented, PresentError> {
    match head.query("x-oss-signature-version") {
        Some(v4::ALGORITHM) => presigned_v4(head, body_sha256, resource),
        Some("OSS2") => presigned_v2(head, resource),
        Some(_) => Err(PresentError::SignatureMethod),
        None if V1_QUERY.iter().any(|name| head.query(name).is_some()) => {
            let [Some(id), Some(date), Some(signature)] = V1_QUERY.map(|name| head.query(name))
            else {
                return Err(PresentError::IncompleteQuery);
            };
            v1(head, resource, &V1 { place: Place::Query, id, signature, date })
        }
        None if head.query.iter().any(|(name, _)| name.starts_with("X-Amz-")) => {
            amazon::by_query(head)
        }
        None => Err(missing("x-oss-signature-version")),
    }
}

/// What a V1 proof says of itself.
struct V1<'a> {
    place: Place,
    id: &'a str,
    signature: &'a str,
    date: &'a str,
}

fn v1(
    head: &RequestHead,
    resource: Option<(&str, &str)>,
    said: &V1<'_>,
) -> Result<Presented, PresentError> {
    let (scheme, window) = match said.place {
        Place::Header => (Scheme::OssV1Header, Window::Near(parse_date(said.date)?)),
        Place::Query => (Scheme::OssV1Query, Window::Until(expires(said.date)?)),
    };
    let parts = v1::Parts {
        method: &head.method,
        content_md5: head.header_bytes("content-md5").unwrap_or_default(),
        content_type: head.header_bytes("content-type").unwrap_or_default(),
        date: said.date,
        headers: canonical::headers(head).collect(),
        query: canonical::parameters(&head.query).collect(),
    };
    let candidates = resources(head, resource)
        .iter()
        .map(|resource| v1::string_to_sign(&parts, resource))
        .collect();
    Ok(Presented {
        scheme,
        access_key_id: access_key_id(said.id)?,
        security_token: token(security_token(head, said.place, "security-token")?),
        window,
        nonce: None,
        declared_body_sha256: None,
        chunks: None,
        proof: Proof::OssV1 { candidates },
        provided: said.signature.into(),
    })
}

/// The resources that clients sign in V1. All but one sign `/bucket/` for a bucket; opendal signs
/// `/bucket` when it calls `/bucket`, in path style. No key can be confused with either.
fn resources(head: &RequestHead, resource: Option<(&str, &str)>) -> Vec<String> {
    let Some((bucket, key)) = resource else {
        return vec!["/".to_owned()];
    };
    let mut resources = vec![format!("/{bucket}/{key}")];
    if key.is_empty() && head.path.strip_prefix('/') == Some(bucket) {
        resources.push(format!("/{bucket}"));
    }
    resources
}

/// What a V4 proof says of itself.
struct V4<'a> {
    place: Place,
    credential: &'a str,
    additional: Vec<String>,
    signature: &'a str,
    date: &'a str,
    window: Window,
    signed_at: Timestamp,
}

fn presigned_v4(
    head: &RequestHead,
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
) -> Result<Presented, PresentError> {
    let required =
        |name: &str| head.query(name).filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    let signature = required("x-oss-signature")?;
    let credential = required("x-oss-credential")?;
    let date = required("x-oss-date")?;
    let signed_at = parse_compact(date).ok_or(PresentError::TimestampFormat)?;
    let expires_at = end_of_life(signed_at, required("x-oss-expires")?)?;
    let additional = header_names(head.query("x-oss-additional-headers").unwrap_or_default())?;
    v4(
        head,
        body_sha256,
        resource,
        &V4 {
            place: Place::Query,
            credential,
            additional,
            signature,
            date,
            window: Window::Between { signed_at, expires_at },
            signed_at,
        },
    )
}

fn v4(
    head: &RequestHead,
    body_sha256: Option<&str>,
    resource: Option<(&str, &str)>,
    said: &V4<'_>,
) -> Result<Presented, PresentError> {
    let (id, scope) = Scope::parse_credential(Family::Oss, said.credential)
        .ok_or(PresentError::MalformedAuthorization)?;
    // A compact date begins with its day; only the first Go client's must be rewritten.
    if !said.date.starts_with(scope.day()) && !compact(said.signed_at).starts_with(scope.day()) {
        return Err(PresentError::DateScopeMismatch);
    }
    let headers: Vec<Header<'_>> = canonical::headers(head).collect();
    // A listed header that is absent or repeated would be signed in name only.
    signed_headers(&headers, &said.additional)?;
    let (scheme, payload) = match said.place {
        Place::Header => {
            (Scheme::OssV4Header, head.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD))
        }
        Place::Query => (Scheme::OssV4Query, UNSIGNED_PAYLOAD),
    };
    let declared = declared_sha256(payload, body_sha256)?;
    let query =
        canonical::parameters(&head.query).filter(|(name, _)| *name != "x-oss-signature").collect();
    let canonical_request = v4::canonical_request(v4::Parts {
        method: &head.method,
        resource,
        query,
        headers,
        additional: &said.additional,
        payload: payload.as_bytes(),
    });
    Ok(Presented {
        scheme,
        access_key_id: access_key_id(id)?,
        security_token: token(security_token(head, said.place, "x-oss-security-token")?),
        window: said.window,
        nonce: None,
        declared_body_sha256: declared,
        chunks: None,
        proof: Proof::V4 { canonical_request, timestamp: said.date.to_owned(), scope },
        provided: said.signature.into(),
    })
}

/// The hash that a payload line declares, in lower case; it must be that of a body that was read.
pub(super) fn declared_sha256(
    payload: &str,
    body_sha256: Option<&str>,
) -> Result<Option<String>, PresentError> {
    let declared = is_sha256(payload).then(|| payload.to_ascii_lowercase());
    match (&declared, body_sha256) {
        (Some(declared), Some(actual)) if !ct_eq(declared.as_bytes(), actual.as_bytes()) => {
            Err(PresentError::BodyHashMismatch)
        }
        _ => Ok(declared),
    }
}

/// When a signed URL of V4 ends that lives for so many seconds.
pub(super) fn end_of_life(signed_at: Timestamp, life: &str) -> Result<Timestamp, PresentError> {
    digits(life)
        .filter(|seconds| (1..=MAX_PRESIGNED_SECONDS).contains(seconds))
        .and_then(|seconds| signed_at.as_second().checked_add(seconds))
        .and_then(|second| Timestamp::from_second(second).ok())
        .ok_or(PresentError::ExpiresOutOfRange)
}

/// What the `Authorization` of a V2 proof says: id, additional headers, signature.
struct V2Fields<'a> {
    id: &'a str,
    additional: Vec<String>,
    signature: &'a str,
}

/// The rest of what a V2 proof says of itself.
struct V2<'a> {
    place: Place,
    date: &'a str,
    window: Window,
}

/// Takes `AccessKeyId:ID[,AdditionalHeaders:a;b],Signature:TEXT` apart.
fn v2_fields(text: &str) -> Result<V2Fields<'_>, PresentError> {
    let malformed = PresentError::MalformedAuthorization;
    let mut fields = text.split(',').map(|field| field.trim().split_once(':'));
    let Some(("AccessKeyId", id)) = fields.next().flatten() else { return Err(malformed) };
    let (names, last) = match fields.next().flatten() {
        Some(("AdditionalHeaders", names)) => (names, fields.next().flatten()),
        other => ("", other),
    };
    match (last, fields.next()) {
        (Some(("Signature", signature)), None) => {
            Ok(V2Fields { id, additional: header_names(names)?, signature })
        }
        _ => Err(malformed),
    }
}

fn presigned_v2(
    head: &RequestHead,
    resource: Option<(&str, &str)>,
) -> Result<Presented, PresentError> {
    let required =
        |name: &str| head.query(name).filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    let additional = head.query("x-oss-additional-headers").unwrap_or_default();
    let fields = V2Fields {
        id: required("x-oss-access-key-id")?,
        additional: header_names(additional)?,
        signature: required("x-oss-signature")?,
    };
    let date = required("x-oss-expires")?;
    let window = Window::Until(expires(date)?);
    v2(head, resource, &fields, &V2 { place: Place::Query, date, window })
}

fn v2(
    head: &RequestHead,
    resource: Option<(&str, &str)>,
    fields: &V2Fields<'_>,
    said: &V2<'_>,
) -> Result<Presented, PresentError> {
    let headers: Vec<Header<'_>> = canonical::headers(head).collect();
    signed_headers(&headers, &fields.additional)?;
    let resource =
        resource.map_or_else(|| "/".to_owned(), |(bucket, key)| format!("/{bucket}/{key}"));
    let query =
        canonical::parameters(&head.query).filter(|(name, _)| *name != "x-oss-signature").collect();
    let string_to_sign = v2::string_to_sign(v2::Parts {
        method: &head.method,
        content_md5: head.header_bytes("content-md5").unwrap_or_default(),
        content_type: head.header_bytes("content-type").unwrap_or_default(),
        date: said.date,
        headers,
        additional: &fields.additional,
        resource: &resource,
        query,
    });
    let scheme = match said.place {
        Place::Header => Scheme::OssV2Header,
        Place::Query => Scheme::OssV2Query,
    };
    Ok(Presented {
        scheme,
        access_key_id: access_key_id(fields.id)?,
        security_token: token(security_token(head, said.place, "security-token")?),
        window: said.window,
        nonce: None,
        declared_body_sha256: None,
        chunks: None,
        proof: Proof::OssV2 { string_to_sign },
        provided: fields.signature.into(),
    })
}

/// The security token from where the signature is; one elsewhere is refused. Signed URLs hold it
/// in `query_name`. Headers hold it in `x-oss-security-token`; V1 of the second Python client
/// says `security-token`.
fn security_token<'a>(
    head: &'a RequestHead,
    place: Place,
    query_name: &str,
) -> Result<Option<&'a str>, PresentError> {
    const NAMES: [&str; 2] = ["x-oss-security-token", "security-token"];
    let [first, second] = NAMES;
    let in_query = |name: &str| head.query(name).is_some();
    match place {
        Place::Header => {
            if NAMES.iter().any(|name| in_query(name)) {
                return Err(PresentError::TokenPlacement);
            }
            if NAMES.iter().all(|name| head.has_header(name)) {
                return Err(PresentError::Repeated { name: second.to_owned() });
            }
            Ok(head.header(first).or_else(|| head.header(second)))
        }
        Place::Query => {
            let elsewhere = NAMES
                .iter()
                .any(|name| head.has_header(name) || *name != query_name && in_query(name));
            if elsewhere {
                return Err(PresentError::TokenPlacement);
            }
            Ok(head.query(query_name))
        }
    }
}

/// The date of a header-signed request, and its text: `x-oss-date` wins over `Date`.
fn date(head: &RequestHead) -> Result<(Timestamp, &str), PresentError> {
    let name = if head.has_header("x-oss-date") { "x-oss-date" } else { "date" };
    let text = head.header(name).filter(|text| !text.is_empty()).ok_or_else(|| missing("Date"))?;
    Ok((parse_date(text)?, text))
}

/// V1 dates are RFC 1123, V4 dates compact; the first Go client puts an RFC 1123 `Date` into V4.
fn parse_date(text: &str) -> Result<Timestamp, PresentError> {
    let parsed = if text.ends_with('Z') { parse_compact(text) } else { parse_http_date(text) };
    parsed.ok_or(PresentError::TimestampFormat)
}

/// The end of a signed URL of V1. It has no upper bound: clients sign years ahead.
fn expires(text: &str) -> Result<Timestamp, PresentError> {
    let seconds = match text.strip_prefix('-') {
        Some(rest) => digits(rest).map(i64::saturating_neg),
        None => digits(text),
    };
    let seconds = seconds.ok_or(PresentError::InvalidExpires)?;
    let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Ok(Timestamp::from_second(seconds).unwrap_or(bound))
}

/// Reads decimal digits and nothing else; a number too large is the largest.
pub(super) fn digits(text: &str) -> Option<i64> {
    let well_formed = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().unwrap_or(i64::MAX))
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
