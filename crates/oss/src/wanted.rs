//! Which object a request means, and what is said where there is none.

use rolecall_api::ApiError;

use crate::code::{self, invalid_argument};
use crate::record::{DeleteMarker, Object, Version, VersionId};
use crate::text::ObjectKey;

/// The object of a key, or one version of it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// The key.
    pub(crate) key: &'a ObjectKey,
    /// The version; none: the newest.
    pub(crate) version: Option<VersionId>,
    /// The method of the request, for refusals.
    pub(crate) method: &'static str,
}

impl Wanted<'_> {
    /// The object that was found. A delete marker is none: its key has no object as long as it is
    /// the newest version, and by its own id it cannot be read. Source: OSS `GetObject`.
    pub(crate) fn object(&self, found: Option<Version>) -> Result<Object, ApiError> {
        match (found, &self.version) {
            (Some(Version::Object(object)), _) => Ok(*object),
            (Some(Version::Marker(marker)), None) => Err(marked(no_such_key(self.key), &marker)),
            (Some(Version::Marker(marker)), Some(_)) => {
                let error = ApiError::new(&code::METHOD_NOT_ALLOWED)
                    .element("Method", self.method)
                    .element("ResourceType", "DeleteMarker")
                    .header("allow", "DELETE");
                Err(marked(error, &marker))
            }
            (None, None) => Err(no_such_key(self.key)),
            (None, Some(version)) => Err(ApiError::new(&code::NO_SUCH_VERSION)
                .element("Key", self.key.as_str())
                .element("VersionId", version.as_str())),
        }
    }
}

/// The id of a version in a parameter: of a request for one it is `versionId`.
pub(crate) fn version(
    text: Option<&str>,
    parameter: &'static str,
) -> Result<Option<VersionId>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    VersionId::parse(text).map(Some).ok_or_else(|| {
        let message = if text.is_empty() {
            "Version id can not be the empty string."
        } else {
            "Invalid version id specified."
        };
        invalid_argument(message, parameter, text)
    })
}

/// That there is no object of a key.
pub(crate) fn no_such_key(key: &ObjectKey) -> ApiError {
    ApiError::new(&code::NO_SUCH_KEY).element("Key", key.as_str())
}

fn marked(error: ApiError, marker: &DeleteMarker) -> ApiError {
    error.header("x-oss-delete-marker", "true").header("x-oss-version-id", marker.version.as_str())
}
