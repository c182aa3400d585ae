//! `oss:GetObject` by `GetObjectMeta`: whether there is an object, its length and its state.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::head_object::unsent_body;
use super::object_reply::ObjectReply;
use super::{AnObject, Call, Selector, Serve, read_need};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Tells an object's length and state.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectMeta {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the newest.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

impl Authorize for GetObjectMeta {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![read_need(self.version_id.as_deref(), scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetObjectMeta {
    type Reply = ObjectReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetObjectMeta").errors(&[
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

impl Serve for GetObjectMeta {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("HEAD", "objectMeta");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<ObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, &call.on);
        let version = version(asked.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let object = inner.objects.look_through(bucket, &wanted, &call.follow).await?;
        let hash_crc64ecma = Some(object.crc64);
        let reply = ObjectReply { hash_crc64ecma, ..ObjectReply::state(bucket, &object) };
        Ok(Answer { body: unsent_body(object.size), ..Answer::new(200, reply) })
    }
}
