//! `oss:PutObject` by `PostObject`: writes an object that a web page uploads as a form.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_crypto::percent_encode;
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::callback_fields::{CallbackHeaders, CallbackQuery};
use super::object_attributes::{ObjectAttributes, overwrite};
use super::put_object::PutObjectReply;
use super::{AnObject, Call, Selector, Serve};
use crate::answer::Answer;
use crate::callback::Facts;
use crate::code;
use crate::document::parse_md5;
use crate::metadata::metadata;
use crate::record::Object;
use crate::service::Inner;
use crate::text::{ObjectKey, Octets};
use crate::upload::{Claims, parse_crc64};

/// Writes an object that a web page uploads. The fields of its form stand for headers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PostObject {
    /// The bucket: that of the URL.
    pub(crate) bucket: BucketName,
    /// The object's key: the field `key`, with the file's name for `${filename}`.
    pub(crate) key: ObjectKey,
    /// The MD5 of the file.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the file.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<String>,
    /// Only if there is no object of this key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// What is said of it.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
    /// What is sent when it is stored: the fields `callback` and `callback-var`, with variables in
    /// fields such as `x:name`.
    #[serde(flatten)]
    pub(crate) callback: CallbackHeaders,
    /// Where the browser is sent then.
    #[api(header = "success_action_redirect")]
    pub(crate) success_action_redirect: Option<Octets>,
    /// The status of success: 200, 201, or else 204.
    #[api(header = "success_action_status")]
    pub(crate) success_action_status: Option<String>,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PostObjectReply {
    /// The MD5 of the file, in hexadecimal.
    #[api(header = "etag")]
    pub(crate) etag: String,
    /// The MD5 of the file, in Base64.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The CRC-64/XZ of the file.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: u64,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// Which version it is, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
    /// The object's URL, or where the browser is sent.
    #[api(header = "location")]
    pub(crate) location: Option<Octets>,
    /// The document, where status 201 was asked for.
    pub(crate) post_response: Option<PostResponse>,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PostResponse {
    /// The bucket.
    pub(crate) bucket: String,
    /// What changes with its bytes.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
    /// Its key.
    pub(crate) key: String,
    /// Its URL.
    pub(crate) location: String,
}

impl Authorize for PostObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        self.attributes.needs(scope, &self.bucket, &self.key)
    }
}

impl Operation for PostObject {
    type Reply = PostObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "PostObject")
        .errors(&[
            &code::CALLBACK_FAILED,
            &code::ENTITY_TOO_LARGE,
            &code::ENTITY_TOO_SMALL,
            &code::FIELD_TOO_LONG,
            &code::FILE_ALREADY_EXISTS,
            &code::FORM_TOO_LONG,
            &code::FORM_WITHOUT_FILE,
            &code::HEADER_NOT_IMPLEMENTED,
            &code::INCOMPLETE_BODY,
            &code::INVALID_ARGUMENT,
            &code::INVALID_BUCKET_NAME,
            &code::INVALID_CRC64,
            &code::INVALID_DIGEST,
            &code::INVALID_ENCRYPTION_ALGORITHM,
            &code::INVALID_OBJECT_NAME,
            &code::INVALID_FORM_POLICY,
            &code::INVALID_TAG,
            &code::MALFORMED_FORM,
            &code::NOT_A_FORM,
            &code::NO_SUCH_BUCKET,
            &code::OBJECT_NAME_TOO_LONG,
            &code::POLICY_DENIES,
            &code::REQUEST_TIMEOUT,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        self.attributes.validate()?;
        parse_crc64(self.hash_crc64ecma.as_deref())?;
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for PostObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::form();

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<PostObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let no_query = CallbackQuery::default();
        let parameters = asked.callback.with(&no_query, call.head)?;
        let callback = inner.callback(&parameters, call.context)?;
        let attributes = asked.attributes.resolve(&bucket, metadata(call.head)?)?;
        let claims = Claims {
            md5: parse_md5(asked.content_md5.as_deref())?,
            crc64: parse_crc64(asked.hash_crc64ecma.as_deref())?,
            sha256: None,
            lengths: call.lengths,
        };
        let encryption = attributes.encryption;
        let received = inner.objects.receive(call.body, &claims, encryption).await?;
        let sums = (received.md5, received.crc64);
        let content = received.content();
        let object = Object::new(&bucket.id, key, attributes, content, call.context.now);
        let overwrite = overwrite(asked.forbid_overwrite);
        let facts = Facts::of(&bucket, &object, call.context, "PostObject");
        let version = inner.objects.put(bucket.clone(), object, received, overwrite).await?;
        let facts = facts.stored_as(version.clone());
        let put = PutObjectReply::of(&sums.0, sums.1, version).encrypted(encryption);
        let scheme = if call.context.ingress.is_secure() { "https" } else { "http" };
        let path = call.head.path.trim_end_matches('/');
        let key = rolecall_crypto::percent_encode_path(asked.key.as_str().as_bytes());
        let url = format!("{scheme}://{}{path}/{key}", call.head.host);
        let Some(callback) = callback else { return Ok(asked.answer(put, &url)) };
        let told = inner.call_back(&callback, &bucket, facts).await?;
        Ok(Answer::relaying(PostObjectReply::of(put, Octets::new(url.as_bytes())), told))
    }
}

impl PostObjectReply {
    /// The reply without a document.
    fn of(put: PutObjectReply, location: Option<Octets>) -> Self {
        let PutObjectReply {
            etag,
            content_md5,
            hash_crc64ecma,
            server_side_encryption,
            version_id,
        } = put;
        Self {
            etag,
            content_md5,
            hash_crc64ecma,
            server_side_encryption,
            version_id,
            location,
            post_response: None,
        }
    }
}

impl PostObject {
    /// The answer that the form asks for.
    fn answer(&self, put: PutObjectReply, url: &str) -> Answer<PostObjectReply> {
        let status = match (&self.success_action_redirect, self.success_action_status.as_deref()) {
            (Some(_), _) => 303,
            (None, Some("200")) => 200,
            (None, Some("201")) => 201,
            (None, _) => 204,
        };
        let post_response = (status == 201).then(|| PostResponse {
            bucket: self.bucket.to_string(),
            etag: put.etag.clone(),
            key: self.key.as_str().to_owned(),
            location: url.to_owned(),
        });
        let location = match &self.success_action_redirect {
            Some(redirect) => self.redirected(redirect, &put.etag),
            None => Octets::new(url.as_bytes()),
        };
        let reply = PostObjectReply { post_response, ..PostObjectReply::of(put, location) };
        Answer::new(status, reply)
    }

    /// Where the browser is sent, with what has become of its file.
    fn redirected(&self, redirect: &Octets, etag: &str) -> Option<Octets> {
        let mut location = redirect.as_bytes().to_vec();
        let joint = if location.contains(&b'?') { '&' } else { '?' };
        let told = format!(
            "{joint}bucket={}&etag={}&key={}",
            self.bucket,
            percent_encode(etag.as_bytes()),
            percent_encode(self.key.as_str().as_bytes())
        );
        location.extend_from_slice(told.as_bytes());
        Octets::new(&location)
    }
}
