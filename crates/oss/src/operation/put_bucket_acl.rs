//! `oss:PutBucketAcl`: changes who may use a bucket without being allowed by a policy.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::put_bucket::bucket_acl;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::{Answer, Done};
use crate::code::{self, invalid_argument};
use crate::record::{Bucket, BucketAcl};
use crate::service::Inner;

/// Changes who may use a bucket without being allowed by a policy.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketAcl {
    /// Its name.
    pub(crate) bucket: BucketName,
    /// `private`, `public-read` or `public-read-write`.
    #[api(header = "x-oss-acl")]
    pub(crate) acl: Option<String>,
}

impl Authorize for PutBucketAcl {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = on_bucket("oss:PutBucketAcl", scope, &self.bucket);
        vec![match &self.acl {
            Some(acl) => need.with("oss:x-oss-acl", acl.as_str()),
            None => need,
        }]
    }
}

impl Operation for PutBucketAcl {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketAcl").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::PUBLIC_ACCESS_BLOCKED,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.acl().map(drop)
    }
}

impl Serve for PutBucketAcl {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "acl");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let (index, TheBucket(bucket)) = (&inner.objects.index, &call.on);
        let acl = call.permit.acl()?;
        index.configure(bucket, |bucket: &mut Bucket| bucket.acl = acl).await?;
        Ok(Answer::new(200, Done {}))
    }
}

impl PutBucketAcl {
    /// The list, which must be told.
    fn acl(&self) -> Result<BucketAcl, ApiError> {
        bucket_acl(self.acl.as_deref())?.ok_or_else(|| {
            invalid_argument("no such bucket access control exists", "x-oss-acl", "")
        })
    }
}
