//! `oss:AbortMultipartUpload`: gives an upload up.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::index::UploadPlace;
use crate::service::Inner;
use crate::text::ObjectKey;

/// Gives an upload up: its parts are deleted, and parts still on their way to it come to nothing.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AbortMultipartUpload {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// The upload.
    #[api(query = "uploadId", chars(1, 128))]
    pub(crate) upload_id: String,
}

impl Authorize for AbortMultipartUpload {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:AbortMultipartUpload", scope, &self.bucket, &self.key)]
    }
}

impl Operation for AbortMultipartUpload {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "AbortMultipartUpload").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_UPLOAD,
        &code::OBJECT_NAME_TOO_LONG,
    ]);
}

impl Serve for AbortMultipartUpload {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "uploadId");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let AnObject { bucket, key } = call.on;
        let place =
            UploadPlace { bucket: bucket.id.clone(), key, id: call.permit.upload_id.clone() };
        inner.objects.abort(place).await?;
        Ok(Answer::new(204, Done {}))
    }
}
