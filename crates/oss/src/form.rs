//! Uploads from a web page: `PostObject`, whose fields come in the body and not in headers.
//!
//! ```text
//! body ─ fields ─┬─ signature, policy ─┐
//!                └─ head of a request ─┴─ the road of all requests ─ file
//! ```
//!
//! What stands before the file is read first, within bounds. The fields that say something of the
//! object become headers of a request on it, so that it goes the same road as any other; the file
//! is then the body. The bucket is the URL's, whatever a field says, and the key is the field's.
//! Source: OSS `PostObject`.

mod parts;
mod policy;

use std::collections::BTreeMap;

use rolecall_api::ApiError;
use rolecall_crypto::{PresentError, RequestHead, Surface};
use rolecall_gate::{AuthenticationError, Body, BodyError};
use rolecall_types::Timestamp;

use crate::ask::asks_for_a_function;
use crate::code::{self, invalid_argument};
use crate::error::ObjectError;
use crate::route::Target;
use parts::{FieldHead, PartError, Parts};
pub(crate) use policy::Lengths;

/// The most bytes of all fields before the file together. A limit of ours; the vendor's longest
/// field has 2 MB.
const FIELDS_BYTES_MAX: usize = 4 << 20;

/// The longest field, in bytes. Source: OSS `PostObject`, `FieldItemTooLong`.
const FIELD_BYTES_MAX: usize = 2 << 20;

/// Where the name of the file is put into the key. Source: OSS `PostObject`.
const FILENAME: &str = "${filename}";

/// A form, read up to its file.
#[derive(Debug)]
pub(crate) struct Form {
    /// The fields, their names in lower case; each name once.
    fields: BTreeMap<String, String>,
    /// The name of the file, as the browser says.
    filename: Option<String>,
    /// The type of the file, as the browser says.
    content_type: Option<String>,
    /// The file's bytes.
    pub(crate) file: Body,
}

/// Whether a request is a form, or should be one: nothing else is posted to a bucket itself.
pub(crate) fn is_form(head: &RequestHead, target: &Target) -> bool {
    head.method == "POST" && matches!(target, Target::Bucket(_)) && !asks_for_a_function(head)
}

impl Form {
    /// Reads the fields before the file.
    pub(crate) async fn read(head: &RequestHead, body: Body) -> Result<Self, ApiError> {
        let boundary = boundary(head)?;
        let mut parts = Parts::new(&boundary, body);
        let mut fields = BTreeMap::new();
        let mut left = FIELDS_BYTES_MAX;
        loop {
            let Some(FieldHead { name, filename, content_type }) =
                parts.next_head().await.map_err(refused)?
            else {
                return Err(ApiError::new(&code::FORM_WITHOUT_FILE));
            };
            let name = name.to_ascii_lowercase();
            if name == "file" {
                return Ok(Self { fields, filename, content_type, file: parts.into_file() });
            }
            let longest = FIELD_BYTES_MAX.min(left);
            let value = parts.value(longest).await.map_err(|error| match error {
                PartError::TooLong if longest < FIELD_BYTES_MAX => {
                    ApiError::new(&code::FORM_TOO_LONG)
                }
                other => refused(other),
            })?;
            left = left.saturating_sub(value.len()).saturating_sub(name.len());
            let value = String::from_utf8(value).map_err(|_| malformed("a field is not UTF-8"))?;
            if fields.insert(name, value).is_some() {
                return Err(malformed("a field stands twice"));
            }
        }
    }

    /// A field by its name in lower case.
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// What the signature is checked against.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        self.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The object's key.
    pub(crate) fn key(&self) -> Result<String, ApiError> {
        let key = self.field("key").filter(|key| !key.is_empty()).ok_or_else(|| {
            invalid_argument("Bucket POST must contain a field named 'key'.", "key", "")
        })?;
        let filename = self.filename.as_deref().unwrap_or_default();
        // Some browsers send the whole path of the file.
        let filename = filename.rsplit(['/', '\\']).next().unwrap_or_default();
        Ok(key.replace(FILENAME, filename))
    }

    /// The type of the object: as the form says, else as the browser says of the file.
    fn content_type(&self) -> Option<&str> {
        let said = ["x-oss-content-type", "content-type"].map(|name| self.field(name));
        let all = said.into_iter().chain([self.content_type.as_deref()]);
        all.flatten().find(|value| !value.is_empty())
    }

    /// Evaluates the policy that was signed, if one was; nobody's form has none. Returns how long
    /// the file may be.
    pub(crate) fn check_policy(
        &self,
        bucket: &str,
        now: Timestamp,
    ) -> Result<Option<Lengths>, ApiError> {
        let Some(policy) = self.field("policy") else { return Ok(None) };
        let key = self.key()?;
        let value = |name: &str| match name {
            "bucket" => Some(bucket),
            "key" => Some(key.as_str()),
            "content-type" | "x-oss-content-type" => self.content_type(),
            other => self.field(other),
        };
        policy::check(policy, value, now)
    }

    /// The head of the request on the object that the form stands for: what its fields say in the
    /// place of what headers would, and all other headers as they were sent.
    pub(crate) fn head(&self, sent: &RequestHead) -> RequestHead {
        let mut headers: Vec<_> = sent
            .headers
            .iter()
            .filter(|(name, _)| !is_of_the_object(name) && name != "authorization")
            .cloned()
            .collect();
        let said = self.fields.iter().filter(|(name, _)| {
            is_of_the_object(name)
                && !OF_THE_PROOF.contains(&name.as_str())
                && *name != "content-type"
        });
        headers.extend(said.map(|(name, value)| {
            let name = match name.as_str() {
                "callback" => "x-oss-callback",
                "callback-var" => "x-oss-callback-var",
                other => other,
            };
            (name.into(), value.as_bytes().to_vec())
        }));
        if let Some(content_type) = self.content_type() {
            headers.push(("content-type".into(), content_type.as_bytes().to_vec()));
        }
        RequestHead { headers, query: Vec::new(), ..sent.clone() }
    }
}

/// Whether a field, or a header, of this name says something of the object or of the answer.
fn is_of_the_object(name: &str) -> bool {
    name.starts_with("x-oss-") || name.starts_with("x:") || OF_THE_OBJECT.contains(&name)
}

/// Fields that say something of the object or of the answer, beside those that begin with `x-oss-`.
const OF_THE_OBJECT: [&str; 11] = [
    "cache-control",
    "callback",
    "callback-var",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
    "success_action_redirect",
    "success_action_status",
];

/// Fields that only prove who sent the form, or that have been read already.
const OF_THE_PROOF: [&str; 6] = [
    "x-oss-content-type",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
];

/// What separates the parts of the body.
fn boundary(head: &RequestHead) -> Result<String, ApiError> {
    let content_type = head.header("content-type").unwrap_or_default();
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(ApiError::new(&code::NOT_A_FORM));
    }
    parts::parameter(parameters, "boundary")
        .filter(|boundary| (1..=parts::BOUNDARY_BYTES_MAX).contains(&boundary.len()))
        .ok_or_else(|| malformed("its boundary is missing or too long"))
}

fn malformed(detail: &str) -> ApiError {
    ApiError::new(&code::MALFORMED_FORM).element("ErrorDetail", detail)
}

fn refused(error: PartError) -> ApiError {
    match error {
        PartError::TooLong => ApiError::new(&code::FIELD_TOO_LONG),
        PartError::Malformed(detail) => malformed(detail),
        PartError::Body(error @ BodyError::TooLarge { .. }) => {
            ApiError::new(&code::FORM_TOO_LONG).because(error)
        }
        PartError::Body(error) => ObjectError::Body(error).into(),
    }
}

/// How a form's signature is refused: a missing field has words of its own.
pub(crate) fn refused_signature(error: AuthenticationError) -> ApiError {
    match &error {
        AuthenticationError::Unreadable(PresentError::Missing { name }) => {
            let what = match name.as_str() {
                "OSSAccessKeyId" => "accessKeyId",
                "Signature" => "signature",
                other => other,
            };
            invalid_argument(&format!("Post request {what} is empty."), name, "")
        }
        _ => error.into_api_error(Surface::Oss),
    }
}
