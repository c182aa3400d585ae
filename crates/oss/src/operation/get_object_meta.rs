//! `oss:GetObject` by `GetObjectMeta`: whether there is an object, its length and its state.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::head_object::unsent_body;
use super::object_reply::{ObjectReply, no_such_key};
use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;

/// Tells an object's length and state.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectMeta {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
}

impl Authorize for GetObjectMeta {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:GetObject", scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetObjectMeta {
    type Reply = ObjectReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetObjectMeta").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::OBJECT_NAME_TOO_LONG,
    ]);
}

impl Serve for GetObjectMeta {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("HEAD", "objectMeta");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<ObjectReply>, ApiError> {
        let AnObject { bucket, key } = &call.on;
        let object = inner.objects.index.object(&bucket.id, key).await?;
        let object = object.ok_or_else(|| no_such_key(key))?;
        let hash_crc64ecma = Some(object.crc64);
        let reply = ObjectReply { hash_crc64ecma, ..ObjectReply::state(&object) };
        Ok(Answer { body: unsent_body(object.size), ..Answer::new(200, reply) })
    }
}
