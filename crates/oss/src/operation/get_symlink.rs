//! `oss:GetObject` by `GetSymlink`: what a link stands for.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_crypto::percent_encode_path;
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_reply::version_header;
use super::{AnObject, Call, Selector, Serve, read_need};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// Tells which object a link stands for, whether or not there is one.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetSymlink {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The link's key.
    pub(crate) key: ObjectKey,
    /// Which version of it; none: the newest.
    #[api(query = "versionId", chars(0, 64), keeps_empty)]
    pub(crate) version_id: Option<String>,
}

/// The link.
#[derive(Debug, Serialize, Shape)]
pub(crate) struct GetSymlinkReply {
    /// The key of the object that it stands for, percent-encoded.
    #[api(header = "x-oss-symlink-target")]
    pub(crate) symlink_target: String,
    /// What changes with its target.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// When it was made.
    #[api(header = "last-modified")]
    pub(crate) last_modified: String,
    /// Which version it is, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
}

impl Authorize for GetSymlink {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![read_need(self.version_id.as_deref(), scope, &self.bucket, &self.key)]
    }
}

impl Operation for GetSymlink {
    type Reply = GetSymlinkReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetSymlink").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_OBJECT_NAME,
        &code::METHOD_NOT_ALLOWED,
        &code::NOT_SYMLINK,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_KEY,
        &code::NO_SUCH_VERSION,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        version(self.version_id.as_deref(), "versionId").map(drop)
    }
}

impl Serve for GetSymlink {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("GET", "symlink");

    fn version(&self, _: usize) -> Option<&str> {
        self.version_id.as_deref()
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<GetSymlinkReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, &call.on);
        let version = version(asked.version_id.as_deref(), "versionId")?;
        let wanted = Wanted { key, version, method: Self::SELECTOR.method };
        let link = inner.objects.look_up(bucket, &wanted).await?;
        let Some(target) = &link.target else { return Err(ApiError::new(&code::NOT_SYMLINK)) };
        let reply = GetSymlinkReply {
            symlink_target: percent_encode_path(target.as_str().as_bytes()),
            etag: format!("\"{}\"", link.etag),
            last_modified: time::http_date(link.modified),
            version_id: version_header(bucket, &link.version),
        };
        Ok(Answer::new(200, reply))
    }
}
