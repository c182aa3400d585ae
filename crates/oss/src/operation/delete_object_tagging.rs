//! `oss:DeleteObjectTagging`: takes the tags of an object away.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::Object;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Takes all tags of an object away.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteObjectTagging {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the one that a read gets.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

impl Authorize for DeleteObjectTagging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let action = match &self.version_id {
            Some(_) => "oss:DeleteObjectVersionTagging",
            None => "oss:DeleteObjectTagging",
        };
        vec![on_object(action, scope, &self.bucket, &self.key)]
    }
}

impl Operation for DeleteObjectTagging {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteObjectTagging").errors(&[
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

impl Serve for DeleteObjectTagging {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("DELETE", "tagging");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let AnObject { bucket, key } = &call.on;
        let version = version(call.permit.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let bare = |object| Object { tags: Vec::new(), ..object };
        inner.objects.amend(bucket, &wanted, bare).await?;
        Ok(Answer::new(204, Done {}))
    }
}
