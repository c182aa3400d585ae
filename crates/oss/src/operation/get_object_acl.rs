//! `oss:GetObjectAcl`: who may use an object without being allowed by a policy.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::views::AccessControlPolicy;
use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Tells who may use an object without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectAcl {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the one that a read gets.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

/// Who may.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetObjectAclReply {
    /// The document.
    pub(crate) access_control_policy: AccessControlPolicy,
}

impl Authorize for GetObjectAcl {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let action = match &self.version_id {
            Some(_) => "oss:GetObjectVersionAcl",
            None => "oss:GetObjectAcl",
        };
        vec![on_object(action, scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetObjectAcl {
    type Reply = GetObjectAclReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetObjectAcl").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_READ_ACL,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for GetObjectAcl {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("GET", "acl");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetObjectAclReply>, ApiError> {
        let AnObject { bucket, key } = &call.on;
        let version = version(call.permit.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let object = inner.objects.look_up(bucket, &wanted).await?;
        let access_control_policy = AccessControlPolicy::of(&bucket.owner, object.acl.as_str());
        Ok(Answer::new(200, GetObjectAclReply { access_control_policy }))
    }
}
