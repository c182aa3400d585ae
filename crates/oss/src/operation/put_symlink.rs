//! `oss:PutObject` by `PutSymlink`: makes a name for another object.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_crypto::decode_path;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_attributes::{ObjectAttributes, overwrite};
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::code::{self, header_not_implemented, invalid_argument};
use crate::metadata::metadata;
use crate::record::Object;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::Received;

/// Makes a link: an object that is read as another one of its bucket. The other need not exist, and
/// whoever reads it through the link must be allowed to read both.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutSymlink {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The link's key.
    pub(crate) key: ObjectKey,
    /// The key of the object that it stands for, percent-encoded.
    #[api(header = "x-oss-symlink-target")]
    pub(crate) symlink_target: String,
    /// Only if there is no object of the link's key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// What is said of the link.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
}

/// The link that there now is.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct PutSymlinkReply {
    /// What changes with its target.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// The id of the version, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
}

impl Authorize for PutSymlink {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.attributes.needs(scope, &self.bucket, &self.key)
    }
}

impl Operation for PutSymlink {
    type Reply = PutSymlinkReply;
    const SPEC: Spec = Spec::write(Product::Oss, "PutSymlink")
        .errors(&[
            &code::FILE_ALREADY_EXISTS,
            &code::HEADER_NOT_IMPLEMENTED,
            &code::INVALID_ARGUMENT,
            &code::INVALID_BUCKET_NAME,
            &code::INVALID_OBJECT_NAME,
            &code::INVALID_TAG,
            &code::NO_SUCH_BUCKET,
            &code::OBJECT_NAME_TOO_LONG,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        self.target()?;
        if self.attributes.server_side_encryption.is_some() {
            // A link has no bytes that could be encrypted.
            return Err(header_not_implemented("x-oss-server-side-encryption"));
        }
        self.attributes.validate()
    }
}

impl Serve for PutSymlink {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("PUT", "symlink");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PutSymlinkReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let attributes = asked.attributes.resolve(&bucket, metadata(call.head)?)?;
        let target = asked.target()?;
        let link = Object::link(&bucket.id, key, attributes, target, call.context.now);
        let etag = format!("\"{}\"", link.etag);
        let overwrite = overwrite(asked.forbid_overwrite);
        let version = inner.objects.put(bucket, link, Received::nothing(), overwrite).await?;
        let version_id = version.map(|version| version.as_str().to_owned());
        Ok(Answer::new(200, PutSymlinkReply { etag, version_id }))
    }
}

impl PutSymlink {
    fn target(&self) -> Result<ObjectKey, ApiError> {
        let text = &self.symlink_target;
        let key = decode_path(text).ok().and_then(|key| ObjectKey::new(&key).ok());
        key.ok_or_else(|| {
            let message = "The target of the link is not the name of an object.";
            invalid_argument(message, "x-oss-symlink-target", text)
        })
    }
}
