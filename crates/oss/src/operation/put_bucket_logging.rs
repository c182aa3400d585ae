//! `oss:PutBucketLogging`: where the access log of a bucket goes.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, preview};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::{Bucket, BucketLoggingStatus, LoggingEnabled};
use crate::service::Inner;
use crate::text::ObjectKey;

/// Sets where the access log of the bucket goes: the document is a `BucketLoggingStatus`, and an
/// empty one ends the log.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutBucketLogging {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutBucketLogging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:PutBucketLogging", scope, &self.bucket)]
    }
}

impl Operation for PutBucketLogging {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutBucketLogging").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_TARGET_BUCKET,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PutBucketLogging {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "logging");

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let (permit, TheBucket(bucket)) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: BucketLoggingStatus = sent.await?.decode("BucketLoggingStatus")?;
        if let Some(log) = &asked.logging_enabled {
            check_target(inner, call.context, bucket, log).await?;
        }
        let set =
            |bucket: &mut Bucket| bucket.configuration.logging.clone_from(&asked.logging_enabled);
        inner.objects.index.configure(bucket, set).await?;
        Ok(Answer::new(200, Done {}))
    }
}

/// That the log goes to a bucket of the same account, where the caller may write itself: whoever
/// may only read a bucket's requests does not choose where else something is written.
async fn check_target(
    inner: &Inner,
    context: &Context,
    bucket: &Bucket,
    log: &LoggingEnabled,
) -> Result<(), ApiError> {
    let prefix = log.target_prefix.as_deref().unwrap_or_default();
    // What stands behind the prefix in a log's key begins with the bucket's name.
    let key = ObjectKey::new(&format!("{prefix}{}", bucket.name))?;
    let found = inner.objects.index.bucket(log.target_bucket.as_str()).await?;
    let target = found.filter(|it| it.owner == bucket.owner && it.region == bucket.region);
    let Some(target) = target else {
        return Err(ApiError::new(&code::INVALID_TARGET_BUCKET)
            .element("TargetBucket", log.target_bucket.as_str()));
    };
    preview(context, WriteLog { bucket: target.name.clone(), key })
}

/// The check of who would have a log written into a bucket.
#[derive(Debug)]
struct WriteLog {
    bucket: BucketName,
    key: ObjectKey,
}

impl Authorize for WriteLog {
    fn spec(&self) -> &'static Spec {
        &PutBucketLogging::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:PutObject", scope, &self.bucket, &self.key)]
    }
}
