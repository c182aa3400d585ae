//! `oss:GetObject`: an object's bytes, all or a range of them.

use std::ops::Range;

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_reply::{ObjectReply, metadata_headers, not_modified};
use super::{AnObject, Call, Selector, Serve, read_need};
use crate::answer::Answer;
use crate::code;
use crate::conditional::{Conditions, matches};
use crate::range::{Ranged, resolve};
use crate::record::Object;
use crate::service::Inner;
use crate::text::{HeaderText, ObjectKey, Octets};
use crate::wanted::{Wanted, version};

/// Reads an object.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the newest.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
    /// Which bytes.
    #[api(header = "range")]
    pub(crate) range: Option<String>,
    /// `standard`: a range that the object ends before is cut or refused, not ignored.
    #[api(header = "x-oss-range-behavior")]
    pub(crate) range_behavior: Option<String>,
    /// The range only if the object is still in this state, else everything.
    #[api(header = "if-range")]
    pub(crate) if_range: Option<String>,
    /// Only if its `ETag` is one of these.
    #[api(header = "if-match")]
    pub(crate) if_match: Option<String>,
    /// Only if its `ETag` is none of these.
    #[api(header = "if-none-match")]
    pub(crate) if_none_match: Option<String>,
    /// Only if it was written later.
    #[api(header = "if-modified-since")]
    pub(crate) if_modified_since: Option<String>,
    /// Only if it was not written later.
    #[api(header = "if-unmodified-since")]
    pub(crate) if_unmodified_since: Option<String>,
    /// The answer's `Content-Type`, instead of the object's.
    #[api(query = "response-content-type")]
    pub(crate) response_content_type: Option<HeaderText>,
    /// The answer's `Content-Language`, instead of the object's.
    #[api(query = "response-content-language")]
    pub(crate) response_content_language: Option<HeaderText>,
    /// The answer's `Expires`, instead of the object's.
    #[api(query = "response-expires")]
    pub(crate) response_expires: Option<HeaderText>,
    /// The answer's `Cache-Control`, instead of the object's.
    #[api(query = "response-cache-control")]
    pub(crate) response_cache_control: Option<HeaderText>,
    /// The answer's `Content-Disposition`, instead of the object's.
    #[api(query = "response-content-disposition")]
    pub(crate) response_content_disposition: Option<HeaderText>,
    /// The answer's `Content-Encoding`, instead of the object's.
    #[api(query = "response-content-encoding")]
    pub(crate) response_content_encoding: Option<HeaderText>,
}

impl Authorize for GetObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![read_need(self.version_id.as_deref(), scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetObject {
    type Reply = ObjectReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetObject").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_RANGE,
        &code::INVALID_REQUEST,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
        &code::PRECONDITION_FAILED,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for GetObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("GET");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<ObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, &call.on);
        let version = version(asked.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let (object, chosen, body) = inner
            .objects
            .read(bucket, &wanted, &call.follow, |object| asked.choose(object))
            .await?;
        let (status, content_range) = match chosen {
            Chosen::NotModified => {
                return Ok(Answer::new(304, ObjectReply::state(bucket, &object)));
            }
            Chosen::Whole => (200, None),
            Chosen::Part { first, last } => {
                (206, Some(format!("bytes {first}-{last}/{}", object.size)))
            }
        };
        let reply = ObjectReply { content_range, ..ObjectReply::full(bucket, &object) };
        let (reply, headers) = (asked.overridden(reply), metadata_headers(&object));
        Ok(Answer { status, reply, headers, body })
    }
}

/// What an object comes to under a request's conditions and range.
enum Chosen {
    NotModified,
    Whole,
    Part { first: u64, last: u64 },
}

impl GetObject {
    fn choose(&self, object: &Object) -> Result<(Chosen, Option<Range<u64>>), ApiError> {
        let conditions = Conditions {
            same: self.if_match.as_deref(),
            unmodified_since: self.if_unmodified_since.as_deref(),
            other: self.if_none_match.as_deref(),
            modified_since: self.if_modified_since.as_deref(),
        };
        if not_modified(conditions.check(&object.etag, object.modified))? {
            return Ok((Chosen::NotModified, None));
        }
        let same = self.if_range.as_deref().is_none_or(|state| {
            matches(state, &object.etag) || state == time::http_date(object.modified)
        });
        let range = self.range.as_deref().filter(|_| same);
        let standard = self.range_behavior.as_deref() == Some("standard");
        match resolve(range, standard, object.size) {
            Ranged::Whole => Ok((Chosen::Whole, Some(0..object.size))),
            Ranged::Part(part) => {
                let (first, last) = (part.start, part.end.saturating_sub(1));
                Ok((Chosen::Part { first, last }, Some(part)))
            }
            Ranged::Unsatisfiable => Err(ApiError::new(&code::INVALID_RANGE)
                .element("ActualObjectSize", object.size.to_string())
                .element("RangeHeader", self.range.as_deref().unwrap_or_default())
                .header("content-range", format!("bytes */{}", object.size))),
        }
    }

    fn overridden(&self, reply: ObjectReply) -> ObjectReply {
        let or = |text: &Option<HeaderText>, own: Option<Octets>| {
            text.as_ref().and_then(|text| Octets::new(text.as_bytes())).or(own)
        };
        ObjectReply {
            content_type: or(&self.response_content_type, reply.content_type),
            content_language: or(&self.response_content_language, reply.content_language),
            expires: or(&self.response_expires, reply.expires),
            cache_control: or(&self.response_cache_control, reply.cache_control),
            content_disposition: or(&self.response_content_disposition, reply.content_disposition),
            content_encoding: or(&self.response_content_encoding, reply.content_encoding),
            ..reply
        }
    }
}
