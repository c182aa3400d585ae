//! `oss:DeleteObject`: deletes an object.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, delete_need};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::version;

/// Deletes an object. That there is none is no error.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the key, whose older versions stay.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

/// What is deleted.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct DeleteObjectReply {
    /// The delete marker that now stands for the key, or the version that was asked for.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
    /// Whether that is, or was, a delete marker.
    #[api(header = "x-oss-delete-marker")]
    pub(crate) delete_marker: Option<bool>,
}

impl Authorize for DeleteObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![delete_need(self.version_id.as_deref(), scope, &self.bucket, &self.key)]
    }
}

impl Operation for DeleteObject {
    type Reply = DeleteObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteObject").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::NO_SUCH_BUCKET,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for DeleteObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("DELETE");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<DeleteObjectReply>, ApiError> {
        let AnObject { bucket, key } = call.on;
        let version = version(call.permit.version_id.as_deref(), "versionId")?;
        let deleted = inner.objects.delete(bucket, key, version, call.context.now).await?;
        let reply = DeleteObjectReply {
            version_id: deleted.version.map(|version| version.as_str().to_owned()),
            delete_marker: deleted.is_marker.then_some(true),
        };
        Ok(Answer::new(204, reply))
    }
}
