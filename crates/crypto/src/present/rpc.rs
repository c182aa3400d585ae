//! The RPC surface: V1 in the parameters, ACS3 in the headers.

use rolecall_types::SmolStr;
use rolecall_types::time::parse_seconds;

use super::authorization::{fields, header_names};
use super::{PresentError, Presented, Proof, Scheme, Window, access_key_id, missing, token};
use crate::canonical::{self, Header, acs3, rpc_v1};
use crate::encoding::Pair;
use crate::hash::ct_eq;
use crate::request::RequestHead;

/// The name of the one ACS3 method that is spoken here.
pub(crate) const ACS3_ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// What V1 says in a parameter and ACS3 in a header. Newer clients say action and version in both
/// (RPC gateway, "where parameters may be"); then both must say the same.
const EQUIVALENTS: [(&str, &str); 6] = [
    ("Action", "x-acs-action"),
    ("Version", "x-acs-version"),
    ("AccessKeyId", "x-acs-accesskey-id"),
    ("SecurityToken", "x-acs-security-token"),
    ("SignatureNonce", "x-acs-signature-nonce"),
    ("Timestamp", "x-acs-date"),
];

/// The parameters by which V1 authenticates; an ACS3 request that has one is signed twice.
const V1_PROOF: [&str; 9] = [
    "AccessKeyId",
    "BearerToken",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
];

/// The headers without which ACS3 proves nothing.
const ACS3_REQUIRED: [&str; 6] = [
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
];

pub(super) fn present(
    head: &RequestHead,
    form: &[Pair],
    body_sha256: Option<&str>,
) -> Result<Option<Presented>, PresentError> {
    let v1 = V1Fields::read(head, form);
    refuse_contradictions(head, form)?;
    if head.has_header("authorization") {
        let authorization = head.header("authorization").unwrap_or_default();
        let shadowed = |name: &str| V1_PROOF.iter().any(|proof| proof.eq_ignore_ascii_case(name));
        if head.query.iter().chain(form).any(|(name, _)| shadowed(name)) {
            return Err(PresentError::BothHeaderAndQuery);
        }
        return acs3(head, authorization, body_sha256).map(Some);
    }
    if v1.is_anonymous() && !head.has_header("x-acs-security-token") {
        return Ok(None);
    }
    rpc_v1(head, form, &v1).map(Some)
}

/// Refuses a parameter and its header when they differ.
fn refuse_contradictions(head: &RequestHead, form: &[Pair]) -> Result<(), PresentError> {
    for (parameter, header) in EQUIVALENTS {
        if !head.has_header(header) {
            continue;
        }
        let said = head
            .query
            .iter()
            .chain(form)
            .find(|(name, _)| name.eq_ignore_ascii_case(parameter))
            .map(|(_, value)| value.as_bytes());
        if said.is_some_and(|said| Some(said) != head.header_bytes(header)) {
            return Err(PresentError::Repeated { name: parameter.to_owned() });
        }
    }
    Ok(())
}

/// The parameters of V1 that matter here.
#[derive(Default)]
struct V1Fields<'a> {
    access_key_id: Option<&'a SmolStr>,
    signature: Option<&'a SmolStr>,
    method: Option<&'a SmolStr>,
    version: Option<&'a SmolStr>,
    kind: Option<&'a SmolStr>,
    nonce: Option<&'a SmolStr>,
    timestamp: Option<&'a SmolStr>,
    token: Option<&'a SmolStr>,
    bearer: Option<&'a SmolStr>,
}

impl<'a> V1Fields<'a> {
    fn read(head: &'a RequestHead, form: &'a [Pair]) -> Self {
        let mut fields = Self::default();
        for (name, value) in head.query.iter().chain(form) {
            let field = match name.as_str() {
                "AccessKeyId" => &mut fields.access_key_id,
                "Signature" => &mut fields.signature,
                "SignatureMethod" => &mut fields.method,
                "SignatureVersion" => &mut fields.version,
                "SignatureType" => &mut fields.kind,
                "SignatureNonce" => &mut fields.nonce,
                "Timestamp" => &mut fields.timestamp,
                "SecurityToken" => &mut fields.token,
                "BearerToken" => &mut fields.bearer,
                _ => continue,
            };
            *field = Some(value);
        }
        fields
    }

    /// Clients that call without a key still send a time and a nonce.
    fn is_anonymous(&self) -> bool {
        self.access_key_id.is_none()
            && self.signature.is_none()
            && self.token.is_none()
            && self.bearer.is_none()
    }
}

fn rpc_v1(
    head: &RequestHead,
    form: &[Pair],
    fields: &V1Fields<'_>,
) -> Result<Presented, PresentError> {
    if fields.bearer.is_some() || fields.kind.is_some_and(|kind| !kind.is_empty()) {
        return Err(PresentError::SignatureMethod);
    }
    let id = required("AccessKeyId", fields.access_key_id)?;
    let provided = required("Signature", fields.signature)?;
    let method = required("SignatureMethod", fields.method)?;
    let version = required("SignatureVersion", fields.version)?;
    let nonce = required("SignatureNonce", fields.nonce)?;
    let timestamp = required("Timestamp", fields.timestamp)?;
    if method != "HMAC-SHA1" {
        return Err(PresentError::SignatureMethod);
    }
    if version != "1.0" {
        return Err(PresentError::IncompleteSignature);
    }
    // V1 signs no header: a token that only a header holds is not covered.
    if fields.token.is_none() && head.has_header("x-acs-security-token") {
        return Err(PresentError::UnsignedHeader { name: "x-acs-security-token".to_owned() });
    }
    let signed_at = parse_seconds(timestamp).ok_or(PresentError::TimestampFormat)?;
    let mut signed = Vec::with_capacity(head.query.len().saturating_add(form.len()));
    let sent = canonical::parameters(&head.query).chain(canonical::parameters(form));
    signed.extend(sent.filter(|(name, _)| *name != "Signature"));
    Ok(Presented {
        scheme: Scheme::RpcV1,
        access_key_id: access_key_id(id)?,
        security_token: token(fields.token.map(SmolStr::as_str)),
        window: Window::Near(signed_at),
        nonce: Some(nonce.clone()),
        chunks: None,
        declared_body_sha256: None,
        proof: Proof::RpcV1 {
            string_to_sign: rpc_v1::string_to_sign(&head.method, &head.path, signed),
        },
        provided: provided.clone(),
    })
}

/// A field that must be there and not empty.
fn required<'a>(name: &str, value: Option<&'a SmolStr>) -> Result<&'a SmolStr, PresentError> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| missing(name))
}

fn acs3(
    head: &RequestHead,
    authorization: &str,
    body_sha256: Option<&str>,
) -> Result<Presented, PresentError> {
    let (algorithm, rest) =
        authorization.split_once(' ').ok_or(PresentError::MalformedAuthorization)?;
    if algorithm != ACS3_ALGORITHM {
        // Others of the vendor's: `ACS3-RSA-SHA256`, `ACS3-HMAC-SM3`, and `acs` of ROA V1.
        let known = algorithm.starts_with("ACS3-") || algorithm == "acs";
        return Err(if known {
            PresentError::SignatureMethod
        } else {
            PresentError::MalformedAuthorization
        });
    }
    let fields = fields(rest, "SignedHeaders")?;
    let names = header_names(fields.headers.ok_or(PresentError::MalformedAuthorization)?)?;
    let present: Vec<Header<'_>> = canonical::headers(head).collect();
    refuse_unsigned(&present, &names)?;
    let text = |name: &str| head.header(name).ok_or_else(|| missing(name));

    let id = access_key_id(fields.credential)?;
    if head.has_header("x-acs-accesskey-id") && text("x-acs-accesskey-id")? != id.as_str() {
        return Err(PresentError::Repeated { name: "x-acs-accesskey-id".to_owned() });
    }
    let signed_at = parse_seconds(text("x-acs-date")?).ok_or(PresentError::TimestampFormat)?;
    let declared = text("x-acs-content-sha256")?;
    // Without the body's hash there is nothing to compare with, and so no proof.
    if !body_sha256.is_some_and(|actual| ct_eq(actual.as_bytes(), declared.as_bytes())) {
        return Err(PresentError::BodyHashMismatch);
    }
    let canonical_request = acs3::canonical_request(acs3::Parts {
        method: &head.method,
        path: &head.path,
        query: canonical::parameters(&head.query).collect(),
        headers: signed_headers(&present, &names)?,
        body_sha256: declared,
    });
    Ok(Presented {
        scheme: Scheme::Acs3,
        access_key_id: id,
        security_token: token(head.header("x-acs-security-token")),
        window: Window::Near(signed_at),
        nonce: Some(text("x-acs-signature-nonce")?.into()),
        chunks: None,
        declared_body_sha256: Some(declared.to_owned()),
        proof: Proof::Acs3 { canonical_request },
        provided: fields.signature.into(),
    })
}

/// What the scheme requires must be there, and `host` and all of `x-acs-*` must be among the signed
/// names, which are sorted.
fn refuse_unsigned(present: &[Header<'_>], names: &[String]) -> Result<(), PresentError> {
    for required in ACS3_REQUIRED {
        if !present.iter().any(|(name, value)| *name == required && !value.trim_ascii().is_empty())
        {
            return Err(missing(required));
        }
    }
    let must = |name: &str| name == "host" || name.starts_with("x-acs-");
    let signed = |name: &str| names.binary_search_by(|listed| listed.as_str().cmp(name)).is_ok();
    match present.iter().find(|(name, _)| must(name) && !signed(name)) {
        Some((name, _)) => Err(PresentError::UnsignedHeader { name: (*name).to_owned() }),
        None => Ok(()),
    }
}

/// The headers of a list of names; each must be there once.
pub(super) fn signed_headers<'a>(
    present: &[Header<'a>],
    names: &[String],
) -> Result<Vec<Header<'a>>, PresentError> {
    names
        .iter()
        .map(|listed| {
            let mut found = present.iter().filter(|(name, _)| name == listed);
            match (found.next(), found.next()) {
                (Some(header), None) => Ok(*header),
                (None, _) => Err(missing(listed)),
                (Some(_), Some(_)) => Err(PresentError::Repeated { name: listed.clone() }),
            }
        })
        .collect()
}
