//! `oss:PutObject` by `CompleteMultipartUpload`: makes an object of the parts of an upload.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_crypto::RequestHead;
use rolecall_gate::Ingress;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::callback_fields::{CallbackHeaders, CallbackQuery};
use super::object_attributes::{object_acl, overwrite, put_needs};
use super::object_list::Spelling;
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::assembly::Wanted;
use crate::callback::Facts;
use crate::code::{self, invalid_argument};
use crate::document::{self, Document, parse_md5};
use crate::index::UploadPlace;
use crate::objects::Completion;
use crate::service::Inner;
use crate::text::ObjectKey;

/// Makes an object of the parts of an upload, which ends. Parts that are not named are deleted.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CompleteMultipartUpload {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The object's key.
    pub(crate) key: ObjectKey,
    /// The upload.
    #[api(query = "uploadId", chars(1, 128))]
    pub(crate) upload_id: String,
    /// `url`: the key is percent-encoded in the answer.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
    /// `yes`: of all parts, and without a document that names them.
    #[api(header = "x-oss-complete-all")]
    pub(crate) complete_all: Option<String>,
    /// Only if there is no object of this key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// Who may use the object, if not as it was said when the upload began; what is not public is
    /// served.
    #[api(
        header = "x-oss-object-acl",
        choices("default", "private", "public-read", "public-read-write")
    )]
    pub(crate) object_acl: Option<String>,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// What is sent when the object is there.
    #[serde(flatten)]
    pub(crate) callback: CallbackHeaders,
    /// The same, in the query of a signed URL.
    #[serde(flatten)]
    pub(crate) callback_query: CallbackQuery,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CompleteMultipartUploadReply {
    /// The CRC-64/XZ of all its bytes.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: u64,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// Which version it is, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
    /// The document, where no callback's answer stands for it.
    pub(crate) complete_multipart_upload_result: Option<CompleteMultipartUploadResult>,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CompleteMultipartUploadResult {
    /// `url` where the key is percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// Its URL.
    pub(crate) location: String,
    /// The bucket.
    pub(crate) bucket: String,
    /// Its key.
    pub(crate) key: String,
    /// What changes with its bytes.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
}

impl Authorize for CompleteMultipartUpload {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        put_needs(scope, &self.bucket, &self.key, self.object_acl.as_deref())
    }
}

impl Operation for CompleteMultipartUpload {
    type Reply = CompleteMultipartUploadReply;
    const SPEC: Spec = Spec::write(Product::Oss, "CompleteMultipartUpload")
        .errors(&[
            &code::CALLBACK_FAILED,
            &code::ENTITY_TOO_SMALL,
            &code::FILE_ALREADY_EXISTS,
            &code::HEADER_NOT_IMPLEMENTED,
            &code::INCOMPLETE_BODY,
            &code::INVALID_ARGUMENT,
            &code::INVALID_BUCKET_NAME,
            &code::INVALID_DIGEST,
            &code::INVALID_OBJECT_NAME,
            &code::INVALID_PART,
            &code::INVALID_PART_ORDER,
            &code::NO_PARTS,
            &code::NO_SUCH_BUCKET,
            &code::NO_SUCH_UPLOAD,
            &code::OBJECT_NAME_TOO_LONG,
            &code::PARTS_TWICE,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        self.completes_all()?;
        object_acl(self.object_acl.as_deref())?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for CompleteMultipartUpload {
    type On = AnObject;
    const SELECTOR: Selector = Selector::sub_resource("POST", "uploadId");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<CompleteMultipartUploadReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let parameters = asked.callback.with(&asked.callback_query, call.head)?;
        let callback = inner.callback(&parameters, call.context)?;
        let sent = document::read(call.body, asked.content_md5.as_deref(), call.signed_sha256);
        let completion = Completion {
            wanted: asked.wanted(&sent.await?)?,
            overwrite: overwrite(asked.forbid_overwrite),
            acl: match &asked.object_acl {
                Some(acl) => Some(object_acl(Some(acl))?),
                None => None,
            },
            now: call.context.now,
        };
        let id = asked.upload_id.clone();
        let place = UploadPlace { bucket: bucket.id.clone(), key, id };
        let (object, version) = inner.objects.complete(bucket.clone(), place, completion).await?;
        let result = CompleteMultipartUploadResult {
            encoding_type: asked.encoding_type.clone(),
            location: location(call.head, &call.context.ingress),
            bucket: bucket.name.to_string(),
            key: Spelling::of(asked.encoding_type.as_deref()).spell(object.key.as_str()),
            etag: format!("\"{}\"", object.etag),
        };
        let reply = CompleteMultipartUploadReply {
            hash_crc64ecma: object.crc64,
            server_side_encryption: object.encryption.map(|it| it.as_str().to_owned()),
            version_id: version.as_ref().map(|version| version.as_str().to_owned()),
            complete_multipart_upload_result: callback.is_none().then_some(result),
        };
        let Some(callback) = callback else { return Ok(Answer::new(200, reply)) };
        let facts = Facts::of(&bucket, &object, call.context, "CompleteMultipartUpload");
        let told = inner.call_back(&callback, &bucket, facts.stored_as(version)).await?;
        Ok(Answer::relaying(reply, told))
    }
}

impl CompleteMultipartUpload {
    fn completes_all(&self) -> Result<bool, ApiError> {
        match self.complete_all.as_deref() {
            None => Ok(false),
            Some(yes) if yes.eq_ignore_ascii_case("yes") => Ok(true),
            Some(other) => {
                let message = "The value of x-oss-complete-all must be yes.";
                Err(invalid_argument(message, "x-oss-complete-all", other))
            }
        }
    }

    fn wanted(&self, sent: &Document) -> Result<Wanted, ApiError> {
        match (self.completes_all()?, sent.is_empty()) {
            (true, true) => Ok(Wanted::All),
            (true, false) => Err(ApiError::new(&code::PARTS_TWICE)),
            (false, _) => named(sent).map(Wanted::These),
        }
    }
}

/// The document that names the parts of an object.
#[derive(Debug, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct NamedParts {
    /// The parts, in ascending order.
    #[api(items(1, 10_000), invalid = &code::NO_PARTS, missing = &code::NO_PARTS)]
    part: Vec<NamedPart>,
}

/// A part of an object.
#[derive(Debug, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct NamedPart {
    /// Its number.
    #[api(invalid = &code::NO_PARTS, missing = &code::NO_PARTS)]
    part_number: u32,
    /// What was answered when it was sent.
    #[serde(rename = "ETag")]
    #[api(chars(0, 1024), invalid = &code::NO_PARTS, missing = &code::NO_PARTS)]
    etag: String,
}

fn named(sent: &Document) -> Result<Vec<(u32, String)>, ApiError> {
    let parts: NamedParts = sent.decode("CompleteMultipartUpload")?;
    Ok(parts.part.into_iter().map(|part| (part.part_number, part.etag)).collect())
}

/// The URL of the object, as the client has called it.
fn location(head: &RequestHead, ingress: &Ingress) -> String {
    let scheme = if ingress.is_secure() { "https" } else { "http" };
    format!("{scheme}://{}{}", head.host, head.path)
}
