//! `oss:PutObject` by `CopyObject`: writes an object with the bytes of another.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec, code as api};
use rolecall_policy::Need;
use rolecall_types::{BucketName, Timestamp, time};
use serde::{Deserialize, Serialize};

use super::link_target::Follow;
use super::object_attributes::{ObjectAttributes, overwrite};
use super::object_reply::{not_modified, version_header};
use super::{AnObject, Call, Incoming, Selector, Serve, find_bucket, on_object};
use crate::answer::Answer;
use crate::code::{self, invalid_argument};
use crate::copy_source::{CopySource, Source};
use crate::error::ObjectError;
use crate::index::{Index, Overwrite};
use crate::known::{KnownBucket, KnownObject};
use crate::metadata::metadata;
use crate::record::{Attributes, Object};
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::upload::{Claims, Received};

/// Writes an object with the bytes of another, or changes what is said of one where both are the
/// same. Of a link the link is copied.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopyObject {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// The key of the new object.
    pub(crate) key: ObjectKey,
    /// What is copied.
    #[serde(flatten)]
    pub(crate) source: CopySource,
    /// `COPY`, as when absent: headers and user metadata are the source's. `REPLACE`: the
    /// request's.
    #[api(header = "x-oss-metadata-directive")]
    pub(crate) metadata_directive: Option<String>,
    /// `Copy`, as when absent: tags are the source's. `Replace`: the request's.
    #[api(header = "x-oss-tagging-directive")]
    pub(crate) tagging_directive: Option<String>,
    /// Only if there is no object of this key.
    #[api(header = "x-oss-forbid-overwrite")]
    pub(crate) forbid_overwrite: Option<bool>,
    /// What is said of the new object.
    #[serde(flatten)]
    pub(crate) attributes: ObjectAttributes,
}

/// The object that there now is.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopyObjectReply {
    /// The CRC-64/XZ of its bytes.
    #[api(header = "x-oss-hash-crc64ecma")]
    pub(crate) hash_crc64ecma: Option<u64>,
    /// How its bytes are encrypted, if they are.
    #[api(header = "x-oss-server-side-encryption")]
    pub(crate) server_side_encryption: Option<String>,
    /// The id of its version, in a bucket that has or had versioning.
    #[api(header = "x-oss-version-id")]
    pub(crate) version_id: Option<String>,
    /// Which version was copied, of a bucket that has or had versioning.
    #[api(header = "x-oss-copy-source-version-id")]
    pub(crate) copy_source_version_id: Option<String>,
    /// The document.
    pub(crate) copy_object_result: Option<CopyObjectResult>,
}

/// The object that there now is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopyObjectResult {
    /// When it was written.
    pub(crate) last_modified: String,
    /// What changes with its bytes.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
}

impl Authorize for CopyObject {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let mut needs = self.source.needs(scope);
        needs.extend(self.attributes.needs(scope, &self.bucket, &self.key));
        if self.copies_tags()
            && let Ok(source) = self.source.source()
        {
            let read = match &source.version {
                Some(_) => "oss:GetObjectVersionTagging",
                None => "oss:GetObjectTagging",
            };
            needs.push(on_object(read, scope, &source.bucket, &source.key));
            needs.push(on_object("oss:PutObjectTagging", scope, &self.bucket, &self.key));
        }
        needs
    }
}

impl Operation for CopyObject {
    type Reply = CopyObjectReply;
    const SPEC: Spec = Spec::write(Product::Oss, "CopyObject")
        .errors(&[
            &code::ENTITY_TOO_LARGE,
            &code::FILE_ALREADY_EXISTS,
            &code::HEADER_NOT_IMPLEMENTED,
            &code::INVALID_ARGUMENT,
            &code::INVALID_BUCKET_NAME,
            &code::INVALID_ENCRYPTION_ALGORITHM,
            &code::INVALID_OBJECT_NAME,
            &code::INVALID_TAG,
            &code::METHOD_NOT_ALLOWED,
            &code::NO_SUCH_BUCKET,
            &code::NO_SUCH_KEY,
            &code::NO_SUCH_VERSION,
            &code::OBJECT_NAME_TOO_LONG,
            &code::PRECONDITION_FAILED,
        ])
        .stored_only(&["ObjectAcl"]);

    fn validate(&self) -> Result<(), ApiError> {
        self.source.source()?;
        replaces("x-oss-metadata-directive", self.metadata_directive.as_deref())?;
        replaces("x-oss-tagging-directive", self.tagging_directive.as_deref())?;
        self.attributes.validate()
    }
}

impl Serve for CopyObject {
    type On = AnObject;
    const SELECTOR: Selector = Selector::plain("PUT").with_header("x-oss-copy-source");

    fn source(&self) -> Option<BucketName> {
        self.source.source().ok().map(|source| source.bucket)
    }

    fn version(&self, need: usize) -> Option<&str> {
        let (source, of_tags) = (0, self.attributes.needs_count().saturating_add(1));
        self.source.version().filter(|_| need == source || need == of_tags)
    }

    /// Where nothing is said of tags, those of the source are copied, if it has any: then it takes
    /// the right to.
    async fn complete(
        mut self,
        index: &Index,
        incoming: Incoming,
    ) -> Result<(Self, Incoming), ApiError> {
        if self.tagging_directive.is_none() {
            let source = self.source.source()?;
            let bucket = find_bucket(index, &source.bucket).await?;
            let found = index.find(&bucket, &source.key, source.version.as_ref()).await?;
            let tagged = source.wanted().object(found).is_ok_and(|found| !found.tags.is_empty());
            self.tagging_directive = tagged.then(|| "Copy".to_owned());
        }
        Ok((self, incoming))
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<CopyObjectReply>, ApiError> {
        let (asked, AnObject { bucket, key }) = (&call.permit, call.on);
        let source = asked.source.source()?;
        let from = find_bucket(&inner.objects.index, &source.bucket).await?;
        let said = asked.attributes.resolve(&bucket, metadata(call.head)?)?;
        let copy = Copy { asked, from, source, to: bucket, key, said, now: call.context.now };
        copy.carry_out(inner, &call.follow).await
    }
}

impl CopyObject {
    /// Whether tags are copied, and the right to was asked for.
    fn copies_tags(&self) -> bool {
        self.tagging_directive.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("copy"))
    }
}

/// A copy that may be made.
struct Copy<'a> {
    asked: &'a CopyObject,
    from: KnownBucket,
    source: Source,
    to: KnownBucket,
    key: ObjectKey,
    /// What the request says of the new object.
    said: Attributes,
    now: Timestamp,
}

impl Copy<'_> {
    async fn carry_out(
        self,
        inner: &Inner,
        follow: &Follow<'_>,
    ) -> Result<Answer<CopyObjectReply>, ApiError> {
        let object = inner.objects.look_up(&self.from, &self.source.wanted()).await?;
        if self.is_unchanged(&object)? {
            return Ok(Answer::new(304, CopyObjectReply::default()));
        }
        let mut copied = version_header(&self.from, &object.version);
        if self.is_in_place(&object) {
            let now = self.change_in_place(inner, &object).await?;
            return Ok(reply(&now, None, copied));
        }
        let (new, received) = if let Some(target) = &object.target {
            let (key, target) = (self.key.clone(), target.clone());
            let attributes = self.attributes(&object)?;
            let link = Object::link(&self.to.id, key, attributes, target, self.now);
            (link, Received::nothing())
        } else {
            let (object, received) = self.receive(inner, follow).await?;
            copied = version_header(&self.from, &object.version);
            let (key, content) = (self.key.clone(), received.content());
            let attributes = self.attributes(&object)?;
            (Object::new(&self.to.id, key, attributes, content, self.now), received)
        };
        let overwrite = overwrite(self.asked.forbid_overwrite);
        let shown = new.clone();
        let version = inner.objects.put(self.to, new, received, overwrite).await?;
        Ok(reply(&shown, version.map(|version| version.as_str().to_owned()), copied))
    }

    /// The bytes of the source, as they come. Their sum must be that of what was written.
    async fn receive(
        &self,
        inner: &Inner,
        follow: &Follow<'_>,
    ) -> Result<(KnownObject, Received), ApiError> {
        let choose = |object: &Object| {
            if object.target.is_some() || self.is_unchanged(object)? {
                // It was another one a moment ago.
                return Err(ApiError::new(&api::SERVICE_UNAVAILABLE));
            }
            Ok(((), (object.size > 0).then_some(0..object.size)))
        };
        let wanted = self.source.wanted();
        let (object, (), body) = inner.objects.read(&self.from, &wanted, follow, choose).await?;
        let claims = Claims { crc64: Some(object.crc64), ..Claims::default() };
        let received = inner.objects.receive(body, &claims, self.said.encryption).await?;
        Ok((object, received))
    }

    /// Whether the conditions say that there is nothing new to copy.
    fn is_unchanged(&self, source: &Object) -> Result<bool, ApiError> {
        not_modified(self.asked.source.check(&source.etag, source.modified))
    }

    /// Whether only what is said of an object changes: its bytes stay where they are. Where
    /// versions are kept there is a new one, with bytes of its own; and bytes that are to be
    /// encrypted are written anew.
    fn is_in_place(&self, source: &Object) -> bool {
        let encryption = self.said.encryption;
        self.from.id == self.to.id
            && self.source.key == self.key
            && self.to.versioning.is_none()
            && (encryption.is_none() || encryption == source.encryption)
    }

    /// Writes what is said of the object anew, if it is still the one that was looked at.
    async fn change_in_place(&self, inner: &Inner, seen: &Object) -> Result<Object, ApiError> {
        if overwrite(self.asked.forbid_overwrite) == Overwrite::Forbidden {
            return Err(ObjectError::Exists.into());
        }
        let wanted = self.source.wanted();
        let attributes = self.attributes(seen)?;
        let change = |found| {
            let object = wanted.object(found)?;
            self.is_unchanged(&object)?;
            Ok(object.with(attributes.clone(), self.now))
        };
        inner.objects.index.update_object(&self.to, &self.key, None, change).await?
    }

    /// What the new object has beside its bytes.
    fn attributes(&self, source: &Object) -> Result<Attributes, ApiError> {
        let asked = self.asked;
        let replaced = replaces("x-oss-metadata-directive", asked.metadata_directive.as_deref())?;
        let mut attributes = self.said.clone();
        if !replaced {
            attributes.headers.clone_from(&source.headers);
            attributes.metadata.clone_from(&source.metadata);
        }
        if asked.copies_tags() {
            attributes.tags.clone_from(&source.tags);
        } else if !replaces("x-oss-tagging-directive", asked.tagging_directive.as_deref())? {
            attributes.tags.clear();
        }
        Ok(attributes)
    }
}

/// Whether a directive says that what the request says counts, and not what the source has.
fn replaces(header: &'static str, directive: Option<&str>) -> Result<bool, ApiError> {
    match directive {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("copy") => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("replace") => Ok(true),
        Some(word) => Err(invalid_argument("The directive is not valid.", header, word)),
    }
}

fn reply(
    object: &Object,
    version_id: Option<String>,
    copy_source_version_id: Option<String>,
) -> Answer<CopyObjectReply> {
    let result = CopyObjectResult {
        last_modified: time::milliseconds(object.modified),
        etag: format!("\"{}\"", object.etag),
    };
    let reply = CopyObjectReply {
        hash_crc64ecma: Some(object.crc64),
        server_side_encryption: object.encryption.map(|it| it.as_str().to_owned()),
        version_id,
        copy_source_version_id,
        copy_object_result: Some(result),
    };
    Answer::new(200, reply)
}
