//! `oss:PutObjectTagging`: gives an object tags.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{AnObject, Call, Selector, Serve, on_object};
use crate::answer::{Answer, Done};
use crate::code;
use crate::document::{self, parse_md5};
use crate::record::Object;
use crate::service::Inner;
use crate::tagging::Tagging;
use crate::tags::OBJECT_TAGS;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Gives an object these tags in the place of all that it had: the document is a `Tagging`.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutObjectTagging {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the one that a read gets.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
}

impl Authorize for PutObjectTagging {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let action = match &self.version_id {
            Some(_) => "oss:PutObjectVersionTagging",
            None => "oss:PutObjectTagging",
        };
        vec![on_object(action, scope, &self.bucket, &self.key)]
    }
}

impl Operation for PutObjectTagging {
    type Reply = Done;
    const SPEC: Spec = Spec::write(Product::Oss, "PutObjectTagging").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_TAG,
        &code::MALFORMED_XML,
        &code::METHOD_NOT_ALLOWED,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref())?;
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for PutObjectTagging {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "tagging");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(inner: &Inner, call: Call<'_, Self>) -> Result<Answer<Done>, ApiError> {
        let (permit, AnObject { bucket, key }) = (&call.permit, &call.on);
        let sent = document::read(call.body, permit.content_md5.as_deref(), call.signed_sha256);
        let asked: Tagging = sent.await?.decode("Tagging")?;
        let tags = OBJECT_TAGS.check(asked.pairs())?;
        let version = version(permit.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let tagged = |object| Object { tags: tags.clone(), ..object };
        inner.objects.amend(bucket, &wanted, tagged).await?;
        Ok(Answer::new(200, Done {}))
    }
}
