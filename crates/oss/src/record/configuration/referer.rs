//! `RefererConfiguration`: which pages may link to the objects of a bucket.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::code::invalid_argument;

/// The most pages of a list. Limit ours: the vendor's is that of the document.
const REFERERS_MAX: usize = 300;

/// The longest of them, in characters. Limit ours.
const REFERER_MAX: usize = 1024;

/// Which pages may link to the objects of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RefererConfiguration {
    /// Whether requests may come that name no page.
    pub(crate) allow_empty_referer: bool,
    /// Whether the query of a page's address is ignored.
    pub(crate) allow_truncate_query_string: Option<bool>,
    /// Whether its path is ignored as well.
    pub(crate) truncate_path: Option<bool>,
    /// The pages that may: beginnings of addresses, with `*` and `?`. None: all may.
    pub(crate) referer_list: Option<RefererList>,
    /// The pages that may not, whatever else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referer_blacklist: Option<RefererList>,
}

/// Beginnings of addresses of pages, with `*` and `?`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RefererList {
    /// The beginnings.
    #[api(items(0, REFERERS_MAX), chars(1, REFERER_MAX))]
    pub(crate) referer: Vec<String>,
}

impl Default for RefererConfiguration {
    /// That of a bucket whose owner has set none. Source: OSS `GetBucketReferer`.
    fn default() -> Self {
        Self {
            allow_empty_referer: true,
            allow_truncate_query_string: Some(true),
            truncate_path: Some(false),
            referer_list: Some(RefererList::default()),
            referer_blacklist: None,
        }
    }
}

impl RefererConfiguration {
    /// The same with the defaults of what is not said; what contradicts itself is refused.
    pub(crate) fn checked(self) -> Result<Self, ApiError> {
        let set = Self {
            allow_truncate_query_string: self.allow_truncate_query_string.or(Some(true)),
            truncate_path: self.truncate_path.or(Some(false)),
            referer_list: Some(self.referer_list.unwrap_or_default()),
            ..self
        };
        if set.truncate_path == Some(true) && set.allow_truncate_query_string == Some(false) {
            let message = "The query string is truncated where the path is.";
            return Err(invalid_argument(message, "AllowTruncateQueryString", "false"));
        }
        Ok(set)
    }
}
