//! `oss:GetObjectTagging`: the tags of an object.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::tagging::Tagging;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Tells the tags of an object.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectTagging {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the one that a read gets.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

/// What it has.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectTaggingReply {
    /// The document.
    pub(crate) tagging: Tagging,
}

impl Authorize for GetObjectTagging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let action = match &self.version_id {
            Some(_) => "oss:GetObjectVersionTagging",
            None => "oss:GetObjectTagging",
        };
        vec![on_object(action, scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetObjectTagging {
    type Reply = GetObjectTaggingReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetObjectTagging").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for GetObjectTagging {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("GET", "tagging");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let AnObject { bucket, key } = &call.on;
        let version = version(call.permit.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let object = inner.objects.look_up(bucket, &wanted).await?;
        let tagging = Tagging::of(&object.tags);
        Ok(Answer::new(200, GetObjectTaggingReply { tagging }))
    }
}
