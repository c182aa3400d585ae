//! Which bucket and object a request goes to: one reading of host and path, which the signature is
//! checked against and the handlers use.

use rolecall_api::ApiError;
use rolecall_crypto::{DecodeError, RequestHead, decode_path};

use crate::code;
use crate::endpoints::Endpoints;

/// What a request goes to, decoded; neither name is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The service.
    Service,
    /// A bucket.
    Bucket(String),
    /// An object: bucket and key.
    Object(String, String),
}

impl Target {
    /// Bucket and key as signatures cover them.
    pub(crate) fn resource(&self) -> Option<(&str, &str)> {
        match self {
            Self::Service => None,
            Self::Bucket(bucket) => Some((bucket, "")),
            Self::Object(bucket, key) => Some((bucket, key)),
        }
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.resource().map(|(bucket, _)| bucket)
    }

    /// The object's key.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Object(_, key) => Some(key),
            Self::Service | Self::Bucket(_) => None,
        }
    }
}

/// First labels of hosts that name no bucket: `s3.oss-<region>.aliyuncs.com` is where Amazon's
/// clients are told to call.
const RESERVED_LABELS: [&str; 2] = ["s3", "oss"];

/// Reads host and path. The key is percent-decoded once and nothing in it is normalised.
pub(crate) fn route(endpoints: &Endpoints, head: &RequestHead) -> Result<Target, ApiError> {
    let host = without_port(&head.host).to_ascii_lowercase();
    // The JavaScript client asks an IP address for the list of buckets with such a host.
    let host = host.strip_prefix('.').unwrap_or(&host);
    let path = head
        .path
        .strip_prefix('/')
        .ok_or_else(|| ApiError::of(&code::BAD_REQUEST, "the path does not begin with a slash"))?;
    if endpoints.is_service(host) {
        return of_path(path);
    }
    if let Some(bucket) = endpoints.named(host) {
        return Ok(target(bucket.to_string(), decoded(path)?));
    }
    let unknown = || ApiError::of(&code::NON_STANDARD_HOST, host);
    let (label, rest) = host.split_once('.').ok_or_else(unknown)?;
    let rest = rest.strip_prefix("s3.").unwrap_or(rest);
    if !endpoints.is_service(rest) {
        return Err(unknown());
    }
    if RESERVED_LABELS.contains(&label) {
        return of_path(path);
    }
    Ok(target(label.to_owned(), decoded(path)?))
}

/// The bucket and key of a path that begins with the bucket.
fn of_path(path: &str) -> Result<Target, ApiError> {
    if path.is_empty() {
        return Ok(Target::Service);
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    Ok(target(decoded(bucket)?, decoded(key)?))
}

/// A host without its port; an IPv6 address keeps its brackets.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn target(bucket: String, key: String) -> Target {
    if key.is_empty() { Target::Bucket(bucket) } else { Target::Object(bucket, key) }
}

fn decoded(text: &str) -> Result<String, ApiError> {
    decode_path(text).map_err(|error| match error {
        DecodeError::Utf8(_) => ApiError::new(&code::INVALID_OBJECT_NAME),
        other => ApiError::of(&code::BAD_REQUEST, other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use rolecall_types::{BucketName, RegionId};

    use super::*;

    fn check(host: &str, target: &str) -> Result<Target, String> {
        let region = RegionId::find("cn-hangzhou").unwrap();
        let named = BucketName::new("named").unwrap();
        let endpoints =
            Endpoints::of_region(&region).serving("oss.lan").naming("Files.example.com", named);
        let headers = vec![("Host".to_owned(), host.as_bytes().to_vec())];
        let head = RequestHead::decode("GET", target, headers).unwrap();
        route(&endpoints, &head).map_err(|error| error.name())
    }

    fn object(bucket: &str, key: &str) -> Target {
        Target::Object(bucket.to_owned(), key.to_owned())
    }

    fn bucket(bucket: &str) -> Target {
        Target::Bucket(bucket.to_owned())
    }

    #[test]
    fn path_style() {
        for host in ["127.0.0.1:4600", "[::1]:4600", "LOCALHOST", "oss.lan:80", ".127.0.0.1"] {
            assert_eq!(check(host, "/"), Ok(Target::Service), "{host}");
            assert_eq!(check(host, "/b?x"), Ok(bucket("b")), "{host}");
            assert_eq!(check(host, "/b/"), Ok(bucket("b")), "{host}");
            assert_eq!(check(host, "/b/k/l"), Ok(object("b", "k/l")), "{host}");
        }
        assert_eq!(check("oss-cn-hangzhou.aliyuncs.com", "/b/k"), Ok(object("b", "k")));
    }

    #[test]
    fn virtual_hosts() {
        for host in ["b.oss-cn-hangzhou.aliyuncs.com", "B.oss.lan:4600", "b.localhost"] {
            assert_eq!(check(host, "/"), Ok(bucket("b")), "{host}");
            assert_eq!(check(host, "/b/k"), Ok(object("b", "b/k")), "{host}");
        }
        let unknown = Err("NonStandardHostForbidden".to_owned());
        for host in ["", "b.example.com", "b.oss-nowhere.aliyuncs.com", "a.b.oss.lan"] {
            assert_eq!(check(host, "/k"), unknown, "{host}");
        }
        assert_eq!(check("s3.oss-cn-hangzhou.aliyuncs.com", "/b/k"), Ok(object("b", "k")));
        assert_eq!(check("b.s3.oss-cn-hangzhou.aliyuncs.com", "/k"), Ok(object("b", "k")));
    }

    #[test]
    fn a_domain_stands_for_its_bucket() {
        assert_eq!(check("files.example.com:80", "/"), Ok(bucket("named")));
        assert_eq!(check("FILES.example.com", "/b/k"), Ok(object("named", "b/k")));
        let unknown = Err("NonStandardHostForbidden".to_owned());
        assert_eq!(check("b.files.example.com", "/k"), unknown);
    }

    #[test]
    fn keys_are_decoded_once_and_kept_as_they_are() {
        for (path, key) in [
            ("/b/..", ".."),
            ("/b/a/../b", "a/../b"),
            ("/b/a//b/", "a//b/"),
            ("/b//x", "/x"),
            ("/b/%2Fx", "/x"),
            ("/b/a%2F%2e%2e%2Fb", "a/../b"),
            ("/b/a+b%2Bc%20d", "a+b+c d"),
            ("/b/%2541", "%41"),
            ("/b/%00%0a", "\0\n"),
            ("/b/a%3Fb", "a?b"),
        ] {
            assert_eq!(check("localhost", path), Ok(object("b", key)), "{path}");
        }
        assert_eq!(check("localhost", "/b%2Fk"), Ok(bucket("b/k")), "a name that no bucket has");
        assert_eq!(check("localhost", "//k"), Ok(object("", "k")), "a name that no bucket has");
        assert_eq!(check("localhost", "/b/%ff"), Err("InvalidObjectName".to_owned()));
        assert_eq!(check("localhost", "/b/%f"), Err("BadRequest".to_owned()));
    }
}
