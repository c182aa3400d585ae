//! The object surface's forms: who uploads from a web page signs a policy, which says what the
//! form's fields may be.
//!
//! Source: OSS `PostObject`, and the pages on its signatures of V1 and V4. What is signed is the
//! policy as it was sent, in Base64; the fields that it speaks of are signed by nothing else, so
//! whoever believes the signature must evaluate the policy.

use jiff::SignedDuration;
use rolecall_types::Timestamp;
use rolecall_types::time::parse_compact;

use super::{
    MAX_PRESIGNED_SECONDS, PresentError, Presented, Proof, Scheme, Window, access_key_id, missing,
    token,
};
use crate::canonical::v4::{Family, Scope};

/// The fields that one of the schemes needs. A form with any of them is never anonymous.
const PROOF: [&str; 7] = [
    "OSSAccessKeyId",
    "Signature",
    "policy",
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-signature",
    "x-oss-security-token",
];

/// Parses what the fields of a form present, whatever the case of their names. `None` is an
/// anonymous form: nothing in it looks like a proof. No field may be there twice; whoever reads the
/// form sees to that.
pub fn present_form(fields: &[(String, String)]) -> Result<Option<Presented>, PresentError> {
    let field = |wanted: &str| {
        let mut found = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(Some(value.as_str())),
            (None, _) => Ok(None),
            (Some((name, _)), Some(_)) => Err(PresentError::Repeated { name: name.clone() }),
        }
    };
    let mut is_anonymous = true;
    for name in PROOF {
        is_anonymous &= field(name)?.is_none();
    }
    if is_anonymous {
        return Ok(None);
    }
    let required =
        |name: &str| field(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    let is_v4 = ["x-oss-signature-version", "x-oss-credential", "x-oss-signature"]
        .into_iter()
        .any(|name| field(name).is_ok_and(|found| found.is_some()));
    let presented = if is_v4 {
        for name in ["OSSAccessKeyId", "Signature"] {
            if field(name)?.is_some() {
                return Err(PresentError::IncompleteSignature);
            }
        }
        let algorithm = required("x-oss-signature-version")?;
        if algorithm != Family::Oss.algorithm() {
            return Err(PresentError::SignatureMethod);
        }
        let (id, scope) = Scope::parse_credential(Family::Oss, required("x-oss-credential")?)
            .ok_or(PresentError::MalformedAuthorization)?;
        let date = required("x-oss-date")?;
        let signed_at = parse_compact(date).ok_or(PresentError::TimestampFormat)?;
        if !date.starts_with(scope.day()) {
            return Err(PresentError::DateScopeMismatch);
        }
        Form {
            scheme: Scheme::OssV4Form,
            id,
            signature: required("x-oss-signature")?,
            window: Window::Between { signed_at, expires_at: end_of_life(signed_at) },
            proof: Proof::V4Policy { policy: required("policy")?.to_owned(), scope },
        }
    } else {
        Form {
            scheme: Scheme::OssV1Form,
            id: required("OSSAccessKeyId")?,
            signature: required("Signature")?,
            // The policy tells how long it holds.
            window: Window::Until(Timestamp::MAX),
            proof: Proof::OssV1 { candidates: vec![required("policy")?.as_bytes().to_vec()] },
        }
    };
    let Form { scheme, id, signature, window, proof } = presented;
    Ok(Some(Presented {
        scheme,
        access_key_id: access_key_id(id)?,
        security_token: token(field("x-oss-security-token")?),
        window,
        nonce: None,
        declared_body_sha256: None,
        chunks: None,
        proof,
        provided: signature.into(),
    }))
}

/// What a form says of its proof.
struct Form<'a> {
    scheme: Scheme,
    id: &'a str,
    signature: &'a str,
    window: Window,
    proof: Proof,
}

/// A derived key is good for as long as a signed URL may be; the policy may end before.
fn end_of_life(signed_at: Timestamp) -> Timestamp {
    let life = SignedDuration::from_secs(MAX_PRESIGNED_SECONDS);
    signed_at.checked_add(life).unwrap_or(Timestamp::MAX)
}
