//! `oss:ListObjectVersions`: the objects of a bucket with all their versions.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::{BucketName, time};
use serde::{Deserialize, Serialize};

use super::object_list::{CommonPrefix, MAX_KEYS_DEFAULT, Spelling};
use super::views::Owner;
use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code::{self, invalid_argument};
use crate::error::ObjectError;
use crate::index::{Listed, Position};
use crate::listing::{Listing, Page, folded, list};
use crate::record::{Bucket, DeleteMarker, Object, Version};
use crate::service::Inner;
use crate::text::ObjectKey;
use crate::wanted;

/// Lists the objects of a bucket in the order of their keys' bytes, of each key all versions, the
/// newest first.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjectVersions {
    /// The bucket.
    pub(crate) bucket: BucketName,
    /// Only keys that begin with this.
    #[api(query = "prefix", chars(0, 1023))]
    pub(crate) prefix: Option<String>,
    /// Keys that go on behind it are folded into common prefixes.
    #[api(query = "delimiter", chars(0, 1023))]
    pub(crate) delimiter: Option<String>,
    /// Only entries whose keys sort behind this.
    #[api(query = "key-marker", chars(0, 1023))]
    pub(crate) key_marker: Option<String>,
    /// Of the key of the marker, versions behind this one as well.
    #[api(query = "version-id-marker", chars(0, 64))]
    pub(crate) version_id_marker: Option<String>,
    /// The most entries of one answer.
    #[api(query = "max-keys", range(1, 1000))]
    pub(crate) max_keys: Option<usize>,
    /// `url`: names are percent-encoded.
    #[api(query = "encoding-type", choices("url"))]
    pub(crate) encoding_type: Option<String>,
}

/// The versions.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListObjectVersionsReply {
    /// The document.
    pub(crate) list_versions_result: ListVersionsResult,
}

/// A page of versions.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListVersionsResult {
    /// The bucket.
    pub(crate) name: String,
    /// As it was asked.
    pub(crate) prefix: String,
    /// As it was asked.
    pub(crate) key_marker: String,
    /// As it was asked.
    pub(crate) version_id_marker: String,
    /// As it was asked, or the default.
    pub(crate) max_keys: usize,
    /// As it was asked.
    pub(crate) delimiter: String,
    /// `url` where names are percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// Whether more follow.
    pub(crate) is_truncated: bool,
    /// Where they do, the last key or common prefix.
    pub(crate) next_key_marker: Option<String>,
    /// Where they do, the last version; empty behind a common prefix.
    pub(crate) next_version_id_marker: Option<String>,
    /// Objects.
    pub(crate) version: Vec<ObjectVersion>,
    /// Delete markers.
    pub(crate) delete_marker: Vec<Marker>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<CommonPrefix>,
}

/// A version of an object in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ObjectVersion {
    /// Its key.
    pub(crate) key: String,
    /// Its id.
    pub(crate) version_id: String,
    /// Whether it is the newest of its key.
    pub(crate) is_latest: bool,
    /// When it was written.
    pub(crate) last_modified: String,
    /// What changes with its bytes.
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
    /// How it came to be.
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Where it is kept.
    pub(crate) storage_class: String,
    /// Whose it is.
    pub(crate) owner: Owner,
}

/// A delete marker in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Marker {
    /// Its key.
    pub(crate) key: String,
    /// Its id.
    pub(crate) version_id: String,
    /// Whether it is the newest version of its key.
    pub(crate) is_latest: bool,
    /// When the key was deleted.
    pub(crate) last_modified: String,
    /// Whose it is.
    pub(crate) owner: Owner,
}

impl Authorize for ListObjectVersions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![
            on_bucket("oss:ListObjectVersions", scope, &self.bucket)
                .with("oss:Prefix", self.prefix.as_deref().unwrap_or_default())
                .with("oss:Delimiter", self.delimiter.as_deref().unwrap_or_default()),
        ]
    }
}

impl Operation for ListObjectVersions {
    type Reply = ListObjectVersionsReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListObjectVersions").errors(&[
        &code::INVALID_ARGUMENT,
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
    ]);

    fn validate(&self) -> Result<(), ApiError> {
        let Some(version) = &self.version_id_marker else { return Ok(()) };
        if self.key_marker.is_none() {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(invalid_argument(message, "version-id-marker", version));
        }
        wanted::version(Some(version), "version-id-marker").map(drop)
    }
}

impl Serve for ListObjectVersions {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "versions");

    async fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> Result<Answer<ListObjectVersionsReply>, ApiError> {
        let (asked, TheBucket(bucket)) = (&call.permit, &call.on);
        let listing = Listing {
            prefix: asked.prefix.as_deref().unwrap_or_default(),
            delimiter: asked.delimiter.as_deref().unwrap_or_default(),
            limit: asked.max_keys.unwrap_or(MAX_KEYS_DEFAULT),
        };
        let page = asked.page(inner, bucket, &listing).await?;
        let list_versions_result = asked.result(bucket, &listing, page);
        Ok(Answer::new(200, ListObjectVersionsReply { list_versions_result }))
    }
}

impl ListObjectVersions {
    async fn page(
        &self,
        inner: &Inner,
        bucket: &Bucket,
        listing: &Listing<'_>,
    ) -> Result<Page<Listed>, ApiError> {
        let mut scan = inner.objects.index.version_listing(&bucket.id).await?;
        let marker = self.key_marker.as_deref().unwrap_or_default();
        let version = wanted::version(self.version_id_marker.as_deref(), "version-id-marker")?;
        let is_folded = folded(marker, listing.prefix, listing.delimiter).is_some();
        let from = match (version, ObjectKey::new(marker)) {
            (Some(version), Ok(key)) if !is_folded => scan.behind(&key, &version).await?,
            _ => listing.start(marker),
        };
        let page: Result<_, ObjectError> = list(&mut scan, listing, from).await;
        Ok(page?)
    }

    fn result(
        &self,
        bucket: &Bucket,
        listing: &Listing<'_>,
        page: Page<Listed>,
    ) -> ListVersionsResult {
        let spelling = Spelling::of(self.encoding_type.as_deref());
        let spell = |text: Option<&str>| spelling.spell(text.unwrap_or_default());
        let Page { entries, common_prefixes, next } = page;
        let last = entries.last().map(|listed| listed.version.id().as_str().to_owned());
        let next_version_id_marker = next.as_ref().map(|next| match next {
            Position::Within(..) => last.unwrap_or_default(),
            _ => String::new(),
        });
        let mut result = ListVersionsResult {
            name: bucket.name.to_string(),
            prefix: spelling.spell(listing.prefix),
            key_marker: spell(self.key_marker.as_deref()),
            version_id_marker: self.version_id_marker.clone().unwrap_or_default(),
            max_keys: listing.limit,
            delimiter: spelling.spell(listing.delimiter),
            encoding_type: spelling.told(),
            is_truncated: next.is_some(),
            next_key_marker: next.map(|next| spelling.spell(&next.into_marker())),
            next_version_id_marker,
            common_prefixes: CommonPrefix::all(&common_prefixes, spelling),
            ..ListVersionsResult::default()
        };
        let owner = Owner::of(&bucket.owner);
        for Listed { version, is_latest } in &entries {
            let key = spelling.spell(version.object_key().as_str());
            match version {
                Version::Object(object) => {
                    result.version.push(object_version(object, key, *is_latest, owner.clone()));
                }
                Version::Marker(one) => {
                    result.delete_marker.push(marker(one, key, *is_latest, owner.clone()));
                }
            }
        }
        result
    }
}

fn object_version(object: &Object, key: String, is_latest: bool, owner: Owner) -> ObjectVersion {
    ObjectVersion {
        key,
        version_id: object.version.as_str().to_owned(),
        is_latest,
        last_modified: time::milliseconds(object.modified),
        etag: format!("\"{}\"", object.etag),
        kind: object.kind.as_str().to_owned(),
        size: object.size,
        storage_class: object.storage_class.as_str().to_owned(),
        owner,
    }
}

fn marker(marker: &DeleteMarker, key: String, is_latest: bool, owner: Owner) -> Marker {
    Marker {
        key,
        version_id: marker.version.as_str().to_owned(),
        is_latest,
        last_modified: time::milliseconds(marker.modified),
        owner,
    }
}
