//! `oss:PutObject` by `InitiateMultipartUpload`: begins an upload by parts.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::object_attributes::{ObjectAttributes, overwrite};
use super::object_list::Spelling;
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::code;
use crate::metadata::metadata;
use crate::record::{Upload, UploadId};
use crate::service::Inner;
use crate::text::ObjectKey;

/// Begins an upload by parts. What its object is to have beside its bytes is said here.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InitiateMultipartUpload {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// `url`: the key is percent-encoded in the answer.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
    /// Only if there is no object of this key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// What is said of the object.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
}

/// The upload.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InitiateMultipartUploadReply {
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// The document.
    pub(crate) initiate_multipart_upload_result: InitiateMultipartUploadResult,
}

/// The upload that has begun.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InitiateMultipartUploadResult {
    /// `url` where the key is percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// The bucket.
    pub(crate) bucket: String,
    /// The object's key.
    pub(crate) key: String,
    /// What its parts are sent with.
    pub(crate) upload_id: String,
}

impl Authorize for InitiateMultipartUpload {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.attributes.needs(scope, &self.bucket, &self.key)
    }
}

impl Operation for InitiateMultipartUpload {
    type Reply = InitiateMultipartUploadReply;
    const SPEC: Spec = Spec::write(Product::Oss, "InitiateMultipartUpload").errors(&[
        &code::FILE_ALREADY_EXISTS,
        &code::HEADER_NOT_IMPLEMENTED,
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_ENCRYPTION_ALGORITHM,
        &code::INVALID_OBJECT_NAME,
        &code::INVALID_TAG,
        &code::NO_SUCH_BUCKET,
        &code::OBJECT_NAME_TOO_LONG,
        &code::PUBLIC_ACCESS_BLOCKED,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        self.attributes.validate()
    }
}

impl Serve for InitiateMultipartUpload {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("POST", "uploads");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<InitiateMultipartUploadReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let upload = Upload {
            bucket: bucket.id.clone(),
            key,
            id: UploadId::generate(call.context.random.as_ref()),
            initiated: call.context.now,
            attributes: asked.attributes.resolve(&bucket, metadata(call.head)?)?,
        };
        let overwrite = overwrite(asked.forbid_overwrite);
        inner.objects.index.begin_upload(&bucket, &upload, overwrite).await?;
        let initiate_multipart_upload_result = InitiateMultipartUploadResult {
            encoding_type: asked.encoding_type.clone(),
            bucket: bucket.name.to_string(),
            key: Spelling::of(asked.encoding_type.as_deref()).spell(upload.key.as_str()),
            upload_id: upload.id.as_str().to_owned(),
        };
        let encryption = upload.attributes.encryption;
        let server_side_encryption = encryption.map(|it| it.as_str().to_owned());
        let reply = InitiateMultipartUploadReply {
            server_side_encryption,
            initiate_multipart_upload_result,
        };
        Ok(Answer::new(200, reply))
    }
}
