//! `oss:PutObjectAcl`: changes who may use an object without being allowed by a policy.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_attributes::object_acl;
use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::record::{Object, ObjectAcl};
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Changes who may use an object without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutObjectAcl {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the one that a read gets.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
    /// `default`, as the bucket says, or `private`, `public-read` or `public-read-write`.
    #[api(header = "x-oss-object-acl")]
    pub(crate) object_acl: Option<String>,
}

impl Authorize for PutObjectAcl {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let action = match &self.version_id {
            Some(_) => "oss:PutObjectVersionAcl",
            None => "oss:PutObjectAcl",
        };
        let need = on_object(action, scope, &self.bucket, &self.key);
        vec![match &self.object_acl {
            Some(acl) => need.with("oss:x-oss-object-acl", acl.as_str()),
            None => need,
        }]
    }
}

impl Operation for PutObjectAcl {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutObjectAcl").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_OBJECT_ACL,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::NO_WRITE_ACL,
        &code::OBJECT_NAME_TOO_LONG,
        &code::PUBLIC_ACCESS_BLOCKED,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId")?;
        self.acl().map(drop)
    }
}

impl Serve for PutObjectAcl {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "acl");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let AnObject { bucket, key } = &call.on;
        let acl = call.permit.acl()?;
        let version = version(call.permit.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        inner.objects.amend(bucket, &wanted, |object| Object { acl, ..object }).await?;
        Ok(Answer::new(200, Done {}))
    }
}

impl PutObjectAcl {
    /// The list, which must be told.
    fn acl(&self) -> Result<ObjectAcl, ApiError> {
        match self.object_acl.as_deref() {
            None => Err(ApiError::new(&code::NO_OBJECT_ACL)
                .element("ArgumentName", "x-oss-object-acl")
                .element("ArgumentValue", "")),
            told => object_acl(told),
        }
    }
}
