//! `oss:GetObject` by `HeadObject`: what there is to know of an object, without its bytes.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_gate::Body;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_reply::{ObjectReply, metadata_headers, not_modified};
use super::{AnObject, Call, Selector, Serve, read_need};
use crate::answer::Answer;
use crate::code;
use crate::conditional::Conditions;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Tells what there is to know of an object.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HeadObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the newest.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
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
}

impl Authorize for HeadObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![read_need(self.version_id.as_deref(), scope, &self.bucket, &self.key)]
    }
}

impl Operation for HeadObject {
    type Reply = ObjectReply;
    const SPEC: Spec = Spec::read(Product::Oss, "HeadObject").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
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

impl Serve for HeadObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("HEAD");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<ObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, &call.on);
        let version = version(asked.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let object = inner.objects.look_through(bucket, &wanted, &call.follow).await?;
        let conditions = Conditions {
            same: asked.if_match.as_deref(),
            unmodified_since: asked.if_unmodified_since.as_deref(),
            other: asked.if_none_match.as_deref(),
            modified_since: asked.if_modified_since.as_deref(),
        };
        if not_modified(conditions.check(&object.etag, object.modified))? {
            return Ok(Answer::new(304, ObjectReply::state(bucket, &object)));
        }
        Ok(Answer {
            status: 200,
            reply: ObjectReply::full(bucket, &object),
            headers: metadata_headers(&object),
            body: unsent_body(object.size),
        })
    }
}

/// A body that a `HEAD` tells the length of and does not send.
pub(super) fn unsent_body(length: u64) -> Body {
    Body::stream(Some(length), Box::pin(futures_util::stream::empty()))
}
