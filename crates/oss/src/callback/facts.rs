//! What a callback can tell of an upload.

use std::collections::BTreeMap;

use rolecall_api::ApiError;
use rolecall_gate::{Context, Ingress};
use serde_json::Value;

use super::image::Image;
use super::template::Variable;
use crate::code;
use crate::record::{Bucket, Object, VersionId};
use crate::text::{ObjectKey, latin1_text};

/// How many bytes of an object are looked at for what it shows; limit ours. A JPEG tells its size
/// behind its metadata, each of which has up to 64 KB.
pub(crate) const IMAGE_HEAD_BYTES: u64 = 512 * 1024;

/// An object that was stored, and how.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(super) bucket: String,
    pub(super) object: ObjectKey,
    pub(super) request_id: String,
    etag: String,
    size: u64,
    mime_type: String,
    crc64: u64,
    content_md5: String,
    vpc: String,
    client: String,
    operation: &'static str,
    version: Option<VersionId>,
    image: Option<Image>,
}

impl Facts {
    /// The facts of an object that an operation stores.
    pub(crate) fn of(
        bucket: &Bucket,
        object: &Object,
        context: &Context,
        operation: &'static str,
    ) -> Self {
        let mime_type = object.headers.content_type.as_ref().map(|it| latin1_text(it.as_bytes()));
        let vpc = match &context.ingress {
            Ingress::Instance { vpc, .. } => vpc.to_string(),
            Ingress::Host { .. } => String::new(),
        };
        Self {
            bucket: bucket.name.to_string(),
            object: object.key.clone(),
            request_id: context.request_id.to_string(),
            etag: object.etag.clone(),
            size: object.size,
            mime_type: mime_type.unwrap_or_default(),
            crc64: object.crc64,
            content_md5: object.content_md5().unwrap_or_default(),
            vpc,
            client: context.ingress.source().to_string(),
            operation,
            version: None,
            image: None,
        }
    }

    /// The same of an object that has become this version.
    pub(crate) fn stored_as(self, version: Option<VersionId>) -> Self {
        Self { version, ..self }
    }

    /// The same of an object that is this image, or none.
    pub(crate) fn showing(self, image: Option<Image>) -> Self {
        Self { image, ..self }
    }

    /// The key that was stored.
    pub(crate) fn key(&self) -> &ObjectKey {
        &self.object
    }

    /// The version that was stored.
    pub(crate) fn version(&self) -> Option<&VersionId> {
        self.version.as_ref()
    }

    /// Whether an object is still the one that was stored.
    pub(crate) fn is_of(&self, object: &Object) -> bool {
        (&self.etag, self.size) == (&object.etag, object.size)
    }

    /// The failure of a callback: the object is stored, and the answer tells of it.
    pub(crate) fn failed(&self, message: &str) -> ApiError {
        let error = ApiError::of(&code::CALLBACK_FAILED, message)
            .header("etag", format!("\"{}\"", self.etag))
            .header("x-oss-hash-crc64ecma", self.crc64.to_string());
        match &self.version {
            Some(version) => error.header("x-oss-version-id", version.as_str()),
            None => error,
        }
    }

    /// What a variable stands for; what there is not is empty.
    pub(super) fn tell(&self, variable: &Variable, own: &BTreeMap<String, String>) -> Value {
        let of_image = |tell: fn(&Image) -> Value| self.image.as_ref().map_or("".into(), tell);
        match variable {
            Variable::Bucket => self.bucket.as_str().into(),
            Variable::Object => self.object.as_str().into(),
            Variable::Etag => self.etag.as_str().into(),
            Variable::Size => self.size.into(),
            Variable::MimeType => self.mime_type.as_str().into(),
            Variable::ImageHeight => of_image(|image| image.height.into()),
            Variable::ImageWidth => of_image(|image| image.width.into()),
            Variable::ImageFormat => of_image(|image| image.format.into()),
            // Many readers of JSON have no number for it.
            Variable::Crc64 => self.crc64.to_string().into(),
            Variable::ContentMd5 => self.content_md5.as_str().into(),
            Variable::VpcId => self.vpc.as_str().into(),
            Variable::ClientIp => self.client.as_str().into(),
            Variable::RequestId => self.request_id.as_str().into(),
            Variable::Operation => self.operation.into(),
            Variable::Own(name) => own.get(name).map_or("", String::as_str).into(),
        }
    }
}
