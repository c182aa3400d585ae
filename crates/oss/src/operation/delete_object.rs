//! `oss:DeleteObject`: deletes an object.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;

/// Deletes an object. That there is none is no error.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
}

impl Authorize for DeleteObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:DeleteObject", scope, &self.bucket, &self.key)]
    }
}

impl Operation for DeleteObject {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteObject").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::NO_SUCH_BUCKET,
        &code::OBJECT_NAME_TOO_LONG,
    ]);
}

impl Serve for DeleteObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("DELETE");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        inner.objects.delete(call.on.bucket, call.on.key).await?;
        Ok(Answer::new(204, Done {}))
    }
}
