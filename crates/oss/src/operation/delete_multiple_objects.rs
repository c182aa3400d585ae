//! `oss:DeleteObject` by `DeleteMultipleObjects`: deletes many keys and versions in one request.

use futures_util::{StreamExt, TryStreamExt, stream};
use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{Arn, BucketName};
use serde::{Deserialize, Serialize};

use super::object_list::Spelling;
use super::{Call, Incoming, Selector, Serve, TheBucket, delete_need};
use crate::answer::Answer;
use crate::code;
use crate::document::{self, parse_md5};
use crate::index::{Deleted, Index};
use crate::record::VersionId;
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted::version;

/// The most keys of one request. Source: OSS `DeleteMultipleObjects`.
const KEYS_MAX: usize = 1_000;

/// How many deletions are under way at once: they share their waits for the disk.
const AT_ONCE: usize = 32;

/// Deletes keys and versions. That one is not there is no error. One that a policy denies refuses
/// the whole; one that nothing allows is left out, and not told.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteMultipleObjects {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// `url`: keys are percent-encoded in the answer.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
    /// The MD5 of the document.
    #[api(header = "content-md5")]
    pub(crate) content_md5: Option<String>,
    /// The document.
    #[serde(default)]
    pub(crate) delete: Option<Delete>,
}

/// What is to be deleted.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    /// Whether nothing is told of what was deleted.
    pub(crate) quiet: Option<bool>,
    /// The keys.
    #[api(items(1, KEYS_MAX), required)]
    pub(crate) object: Vec<Doomed>,
}

/// A key to be deleted, or a version of it.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Doomed {
    /// The key.
    pub(crate) key: String,
    /// The version; none: the key, whose older versions stay.
    #[api(keeps_empty)]
    pub(crate) version_id: Option<String>,
}

/// What was deleted.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteMultipleObjectsReply {
    /// The document; none where the request is quiet.
    pub(crate) delete_result: Option<DeleteResult>,
}

/// What was deleted.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteResult {
    /// `url` where keys are percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// One for each key and version of the request, in its order.
    pub(crate) deleted: Vec<DeletedObject>,
}

/// A key that was deleted, or a version of it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeletedObject {
    /// The key.
    pub(crate) key: String,
    /// The version, where the request named one.
    pub(crate) version_id: Option<String>,
    /// Whether a delete marker was made, or was deleted.
    pub(crate) delete_marker: Option<bool>,
    /// Its id.
    pub(crate) delete_marker_version_id: Option<String>,
}

impl Authorize for DeleteMultipleObjects {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let Some(delete) = &self.delete else {
            // Before the document is read, as only descriptions ask: any object.
            let any = Arn::new("oss", "*", scope.account.as_str(), format!("{}/*", self.bucket));
            return vec![Need::on("oss:DeleteObject", any)];
        };
        let need = |one: &Doomed| {
            let key = ObjectKey::new(&one.key).ok()?;
            Some(delete_need(one.version_id.as_deref(), scope, &self.bucket, &key))
        };
        delete.object.iter().filter_map(need).collect()
    }
}

impl Operation for DeleteMultipleObjects {
    type Reply = DeleteMultipleObjectsReply;
    const SPEC: Spec = Spec::write(Product::Oss, "DeleteMultipleObjects").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::INVALID_DIGEST,
        &code::INVALID_OBJECT_NAME,
        &code::MALFORMED_XML,
        &code::NO_SUCH_BUCKET,
        &code::OBJECT_NAME_TOO_LONG,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        parse_md5(self.content_md5.as_deref()).map(drop)
    }
}

impl Serve for DeleteMultipleObjects {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("POST", "delete");

    const BATCH: bool = true;

    fn version(&self, need: usize) -> Option<&str> {
        self.delete.as_ref()?.object.get(need)?.version_id.as_deref()
    }

    fn without(&self, allowed: &[bool]) -> Option<Self> {
        let Delete { quiet, object } = self.delete.as_ref()?;
        let kept = object.iter().zip(allowed).filter(|(_, allowed)| **allowed);
        let object: Vec<_> = kept.map(|(one, _)| one.clone()).collect();
        let delete = (!object.is_empty()).then_some(Delete { quiet: *quiet, object })?;
        Some(Self { delete: Some(delete), ..self.clone() })
    }

    async fn complete(
        mut self,
        _: &Index,
        incoming: Incoming,
    ) -> Result<(Self, Incoming), ApiError> {
        let Incoming { body, signed_sha256 } = incoming;
        let document = document::read(body, self.content_md5.as_deref(), signed_sha256).await?;
        let delete: Delete = document.decode("Delete")?;
        delete.targets()?;
        self.delete = Some(delete);
        Ok((self, Incoming::nothing()))
    }

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<DeleteMultipleObjectsReply>, ApiError> {
        let (asked, TheBucket(bucket)) = (&call.permit, &call.on);
        let Some(delete) = &asked.delete else { return Err(document::malformed("no document")) };
        let targets = delete.targets()?;
        let now = call.context.now;
        let mut deletions = Vec::with_capacity(targets.len());
        for (key, version) in targets.clone() {
            deletions.push(inner.objects.delete(bucket.clone(), key, version, now));
        }
        let done: Vec<Deleted> = stream::iter(deletions).buffered(AT_ONCE).try_collect().await?;
        if delete.quiet == Some(true) {
            return Ok(Answer::new(200, DeleteMultipleObjectsReply { delete_result: None }));
        }
        let spelling = Spelling::of(asked.encoding_type.as_deref());
        let deleted =
            targets.iter().zip(done).map(|(target, deleted)| told(target, deleted, spelling));
        let deleted = deleted.collect();
        let result = DeleteResult { encoding_type: spelling.told(), deleted };
        Ok(Answer::new(200, DeleteMultipleObjectsReply { delete_result: Some(result) }))
    }
}

/// A key, and a version of it.
type Target = (ObjectKey, Option<VersionId>);

impl Delete {
    /// The keys and versions, if all are some that there can be.
    fn targets(&self) -> Result<Vec<Target>, ApiError> {
        let target = |one: &Doomed| {
            Ok((ObjectKey::new(&one.key)?, version(one.version_id.as_deref(), "VersionId")?))
        };
        self.object.iter().map(target).collect()
    }
}

/// What is told of a deletion. The version stands only where the request named one: clients compare
/// the pair with what they asked.
fn told((key, version): &Target, deleted: Deleted, spelling: Spelling) -> DeletedObject {
    let text = |id: VersionId| id.as_str().to_owned();
    DeletedObject {
        key: spelling.spell(key.as_str()),
        version_id: version.clone().map(text),
        delete_marker: deleted.is_marker.then_some(true),
        delete_marker_version_id: deleted.version.filter(|_| deleted.is_marker).map(text),
    }
}
