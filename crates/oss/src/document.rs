//! Documents in the bodies of requests.

use std::string::FromUtf8Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use rolecall_api::{ApiError, Fault, Refusal, Shape};
use rolecall_crypto::{ct_eq, sha256_hex};
use rolecall_gate::{Body, BodyError};
use serde::de::DeserializeOwned;

use crate::code;
use crate::error::ObjectError;
use crate::upload::MD5_BYTES;
use crate::xml::{self, XmlError};

/// The longest document of a request, in bytes. Source: OSS `DeleteMultipleObjects`, the largest.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 2 << 20;

/// The document of a request, or an empty body.
#[derive(Debug)]
pub(crate) struct Document(Bytes);

/// Reads a document and checks it against the digests that were sent with it.
pub(crate) async fn read(
    body: Body,
    content_md5: Option<&str>,
    signed_sha256: Option<String>,
) -> Result<Document, ApiError> {
    let claimed = parse_md5(content_md5)?;
    let bytes = body.read(DOCUMENT_BYTES_MAX).await.map_err(|error| match error {
        BodyError::TooLarge { .. } => ApiError::new(&code::MALFORMED_XML).because(error),
        other => ObjectError::Body(other).into(),
    })?;
    let md5: [u8; MD5_BYTES] = Md5::digest(&bytes).into();
    let signed =
        signed_sha256.is_none_or(|hash| ct_eq(hash.as_bytes(), sha256_hex(&bytes).as_bytes()));
    if !signed || claimed.is_some_and(|claimed| claimed != md5) {
        return Err(ApiError::new(&code::INVALID_DIGEST));
    }
    Ok(Document(bytes))
}

impl Document {
    /// The document as text.
    pub(crate) fn into_text(self) -> Result<String, FromUtf8Error> {
        String::from_utf8(self.0.into())
    }

    /// Whether the body is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the document of this root says, by the fields of what it becomes: see [`xml::read`]. A
    /// field that is not as it should be is refused by the code of its declaration, or else as
    /// `MalformedXML` with its name.
    pub(crate) fn decode<T: Shape + DeserializeOwned>(&self, root: &str) -> Result<T, ApiError> {
        let tree = xml::read(root, T::FIELDS, &self.0).map_err(|error| refused(&error))?;
        T::deserialize(&tree).map_err(|error| malformed(error.to_string()))
    }
}

fn refused(error: &XmlError) -> ApiError {
    let own = match error {
        XmlError::Refused(Refusal { field: Some(field), fault: Fault::Missing, .. }) => {
            field.missing
        }
        XmlError::Refused(Refusal { field: Some(field), .. }) => field.invalid,
        _ => None,
    };
    own.map_or_else(|| malformed(error.to_string()), ApiError::new)
}

/// The refusal of a document that is well-formed and yet not what it should be.
pub(crate) fn malformed(detail: impl Into<String>) -> ApiError {
    ApiError::new(&code::MALFORMED_XML).element("ErrorDetail", detail)
}

/// Reads a `Content-MD5`.
pub(crate) fn parse_md5(text: Option<&str>) -> Result<Option<[u8; MD5_BYTES]>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Some).ok_or_else(|| ApiError::new(&code::INVALID_DIGEST))
}
