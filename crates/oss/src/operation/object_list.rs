//! The document that both versions of listing answer.

use rolecall_api::{ApiError, Shape};
use rolecall_crypto::percent_encode;
use rolecall_types::{AccountId, time};
use serde::Serialize;

use super::views::Owner;
use crate::error::ObjectError;
use crate::index::Position;
use crate::listing::{Listing, Page, list};
use crate::record::{Bucket, Object};
use crate::service::Inner;

/// The entries of one answer where the request gives no number. Source: OSS `ListObjects`.
pub(super) const MAX_KEYS_DEFAULT: usize = 100;

/// A page of a listing.
#[derive(Debug, Default, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListBucketResult {
    /// The bucket.
    pub(crate) name: String,
    /// As it was asked.
    pub(crate) prefix: String,
    /// First version: as it was asked.
    pub(crate) marker: Option<String>,
    /// Second version: as it was asked.
    pub(crate) start_after: Option<String>,
    /// Second version: as it was asked.
    pub(crate) continuation_token: Option<String>,
    /// As it was asked, or the default.
    pub(crate) max_keys: usize,
    /// As it was asked.
    pub(crate) delimiter: String,
    /// `url` where names are percent-encoded.
    pub(crate) encoding_type: Option<String>,
    /// Whether more follow.
    pub(crate) is_truncated: bool,
    /// First version: where they do.
    pub(crate) next_marker: Option<String>,
    /// Second version: where they do.
    pub(crate) next_continuation_token: Option<String>,
    /// Second version: the number of entries.
    pub(crate) key_count: Option<usize>,
    /// Objects in the order of their keys.
    pub(crate) contents: Vec<Contents>,
    /// Common prefixes in their order.
    pub(crate) common_prefixes: Vec<CommonPrefix>,
}

/// An object in a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Contents {
    /// Its key.
    pub(crate) key: String,
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
    /// Whose it is, where that is asked.
    pub(crate) owner: Option<Owner>,
}

/// The beginning that several keys share, up to a delimiter.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CommonPrefix {
    /// The beginning.
    pub(crate) prefix: String,
}

impl CommonPrefix {
    /// Several of them.
    pub(super) fn all(prefixes: &[String], spelling: Spelling) -> Vec<Self> {
        prefixes.iter().map(|prefix| Self { prefix: spelling.spell(prefix) }).collect()
    }
}

/// How names are written in a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    url: bool,
}

impl Spelling {
    /// As an `encoding-type` says; its one value was checked.
    pub(super) fn of(encoding_type: Option<&str>) -> Self {
        Self { url: encoding_type.is_some() }
    }

    /// What is told of it.
    pub(super) fn told(self) -> Option<String> {
        self.url.then(|| "url".to_owned())
    }

    /// A name so spelled.
    pub(super) fn spell(self, name: &str) -> String {
        if self.url { percent_encode(name.as_bytes()) } else { name.to_owned() }
    }
}

/// Reads a page, and writes what both versions have in common. Returns also where it goes on.
pub(super) async fn read_page(
    inner: &Inner,
    bucket: &Bucket,
    asked: &Listing<'_>,
    marker: &str,
    spelling: Spelling,
    owner: Option<&AccountId>,
) -> Result<(ListBucketResult, Option<String>), ApiError> {
    let page = async {
        let mut scan = inner.objects.index.listing(&bucket.id).await?;
        list(&mut scan, asked, asked.start(marker)).await
    };
    let Page { entries, common_prefixes, next } =
        page.await.map_err(|error: ObjectError| ApiError::from(error))?;
    let owner = owner.map(Owner::of);
    let result = ListBucketResult {
        name: bucket.name.to_string(),
        prefix: spelling.spell(asked.prefix),
        max_keys: asked.limit,
        delimiter: spelling.spell(asked.delimiter),
        encoding_type: spelling.told(),
        is_truncated: next.is_some(),
        contents: entries.iter().map(|it| contents(it, spelling, owner.clone())).collect(),
        common_prefixes: CommonPrefix::all(&common_prefixes, spelling),
        ..ListBucketResult::default()
    };
    Ok((result, next.map(Position::into_marker)))
}

fn contents(object: &Object, spelling: Spelling, owner: Option<Owner>) -> Contents {
    Contents {
        key: spelling.spell(object.key.as_str()),
        last_modified: time::milliseconds(object.modified),
        etag: format!("\"{}\"", object.etag),
        kind: object.kind.as_str().to_owned(),
        size: object.size,
        storage_class: object.storage_class.as_str().to_owned(),
        owner,
    }
}
