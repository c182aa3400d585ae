//! The source of a copy: which object, and under which conditions.

use rolecall_api::{ApiError, Scope, Shape};
use rolecall_crypto::decode_path;
use rolecall_policy::Need;
use rolecall_types::{BucketName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::code::invalid_argument;
use crate::conditional::{Conditions, Outcome};
use crate::operation::read_need;
use crate::record::VersionId;
use crate::text::ObjectKey;
use crate::wanted::{Wanted, version};

/// The header that names it.
const HEADER: &str = "x-oss-copy-source";

/// The headers of every request that copies from an object.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CopySource {
    /// The object that is copied: `/bucket/key`, percent-encoded, and `?versionId=` for a version.
    #[api(header = "x-oss-copy-source")]
    #[serde(rename = "CopySource")]
    pub(crate) named: String,
    /// Only if its `ETag` is one of these.
    #[api(header = "x-oss-copy-source-if-match")]
    #[serde(rename = "CopySourceIfMatch")]
    pub(crate) if_match: Option<String>,
    /// Only if its `ETag` is none of these.
    #[api(header = "x-oss-copy-source-if-none-match")]
    #[serde(rename = "CopySourceIfNoneMatch")]
    pub(crate) if_none_match: Option<String>,
    /// Only if it was written later.
    #[api(header = "x-oss-copy-source-if-modified-since")]
    #[serde(rename = "CopySourceIfModifiedSince")]
    pub(crate) if_modified_since: Option<String>,
    /// Only if it was not written later.
    #[api(header = "x-oss-copy-source-if-unmodified-since")]
    #[serde(rename = "CopySourceIfUnmodifiedSince")]
    pub(crate) if_unmodified_since: Option<String>,
}

/// The object that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) bucket: BucketName,
    pub(crate) key: ObjectKey,
    /// Which version; none: the newest.
    pub(crate) version: Option<VersionId>,
}

impl Source {
    /// The object as the index finds it.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted { key: &self.key, version: self.version.clone(), method: "PUT" }
    }
}

impl CopySource {
    /// Reads the header. A slash may stand before the bucket; a plus is a space, as clients of one
    /// language write it.
    pub(crate) fn source(&self) -> Result<Source, ApiError> {
        let text = &self.named;
        let refused = || {
            let message =
                "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.";
            invalid_argument(message, HEADER, text)
        };
        let (path, id) = match text.rsplit_once("?versionId=") {
            Some((path, id)) => (path, Some(id)),
            None => (text.as_str(), None),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = path.split_once('/').ok_or_else(refused)?;
        let decoded = |text: &str| decode_path(&text.replace('+', " ")).map_err(|_| refused());
        Ok(Source {
            bucket: BucketName::new(decoded(bucket)?).map_err(|_| refused())?,
            key: ObjectKey::new(&decoded(key)?).map_err(|_| refused())?,
            version: version(id, HEADER)?,
        })
    }

    /// The id of the version that the header names, as it is written there.
    pub(crate) fn version(&self) -> Option<&str> {
        self.named.rsplit_once("?versionId=").map(|(_, id)| id)
    }

    /// What whoever copies must be allowed at the source. A header that names none needs nothing:
    /// it was refused before.
    pub(crate) fn needs(&self, scope: &Scope) -> Vec<Need> {
        let Ok(source) = self.source() else { return Vec::new() };
        let id = source.version.as_ref().map(VersionId::as_str);
        vec![read_need(id, scope, &source.bucket, &source.key)]
    }

    /// Compares its conditions with what is copied.
    pub(crate) fn check(&self, etag: &str, modified: Timestamp) -> Outcome {
        let conditions = Conditions {
            same: self.if_match.as_deref(),
            unmodified_since: self.if_unmodified_since.as_deref(),
            other: self.if_none_match.as_deref(),
            modified_since: self.if_modified_since.as_deref(),
        };
        conditions.check(etag, modified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String, Option<String>), String> {
        let headers = CopySource {
            named: text.to_owned(),
            if_match: None,
            if_none_match: None,
            if_modified_since: None,
            if_unmodified_since: None,
        };
        let source = headers.source().map_err(|error| error.name())?;
        let id = source.version.map(|id| id.as_str().to_owned());
        Ok((source.bucket.to_string(), source.key.to_string(), id))
    }

    #[test]
    fn spellings_of_one_source() {
        let plain = |key: &str| Ok(("bucket".to_owned(), key.to_owned(), None));
        assert_eq!(read("/bucket/a/b"), plain("a/b"));
        assert_eq!(read("bucket/a/b"), plain("a/b"));
        assert_eq!(read("/bucket/a%2Fb"), plain("a/b"));
        assert_eq!(read("/bucket/a+b%2B%20c"), plain("a b+ c"));
        assert_eq!(read("/bucket/%E4%B8%AD?x"), plain("中?x"));
        assert_eq!(read("/bucket/a//../b"), plain("a//../b"));
        let null = Some("null".to_owned());
        assert_eq!(
            read("/bucket/a?versionId=null"),
            Ok(("bucket".to_owned(), "a".to_owned(), null))
        );
        assert_eq!(read("/bucket/a%3FversionId=null"), plain("a?versionId=null"));
    }

    #[test]
    fn what_names_no_object_is_refused() {
        let long = format!("/bucket/{}", "k".repeat(1024));
        for wrong in [
            "",
            "/",
            "bucket",
            "/bucket",
            "/bucket/",
            "//k",
            "/B/k",
            "/bucket//k",
            "/bucket/%FF",
            "/bucket/%2",
            "/bucket/%5Ck",
            "/bucket/k?versionId=",
            "/bucket/k?versionId=x",
            &long,
        ] {
            assert_eq!(read(wrong), Err("InvalidArgument".to_owned()), "{wrong}");
        }
    }
}
