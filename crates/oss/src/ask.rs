//! Which operation a request asks for, and whether it asks for anything that is not served here.

use rolecall_api::{Access, ApiError, Place};
use rolecall_crypto::{RequestHead, is_signed_sub_resource};

use crate::code;
use crate::operation::{ROUTES, Route};
use crate::route::Target;

/// The operation of a request. One that asks, beside it, for something that is not served is
/// refused: what a client sends is either done or said not to be.
pub(crate) fn ask(head: &RequestHead, target: &Target) -> Result<&'static dyn Route, ApiError> {
    let candidates = ROUTES.iter().copied().filter(|route| route.selects(head, target));
    let route = candidates.reduce(|best, next| {
        if next.selector().weight() > best.selector().weight() { next } else { best }
    });
    let Some(route) = route else {
        let sub_resource = head.query.iter().find(|(name, _)| is_function(name));
        let sub_resource = sub_resource.map(|(name, _)| format!("?{name}")).unwrap_or_default();
        let what = format!("{} of {}{sub_resource}", head.method, noun(target));
        return Err(ApiError::of(&code::NOT_IMPLEMENTED, what));
    };
    let known = |name: &str| {
        let own = route.selector().parameter.is_some_and(|(parameter, _)| parameter == name);
        own || route
            .request()
            .iter()
            .any(|field| matches!(field.place, Place::Query(own) if own == name))
    };
    let stranger = head.query.iter().find(|(name, _)| is_function(name) && !known(name));
    if let Some((name, _)) = stranger {
        let what = format!("{} of {}?{name}", head.method, noun(target));
        return Err(ApiError::of(&code::NOT_IMPLEMENTED, what));
    }
    if route.spec().access == Access::Write {
        refuse_headers(head, route)?;
    }
    Ok(route)
}

/// Whether the query asks for a function of the service.
pub(crate) fn asks_for_a_function(head: &RequestHead) -> bool {
    head.query.iter().any(|(name, _)| is_function(name))
}

/// Refuses a write whose headers ask for something that its operation does not do.
pub(crate) fn refuse_headers(head: &RequestHead, route: &dyn Route) -> Result<(), ApiError> {
    let known = |name: &str| {
        route.request().iter().any(|field| matches!(field.place, Place::Header(own) if own == name))
    };
    let asks = |name: &str| {
        FUNCTION_HEADERS.contains(&name)
            || FUNCTION_HEADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    match head.headers.iter().find(|(name, _)| asks(name) && !known(name)) {
        Some((name, _)) => Err(code::header_not_implemented(name)),
        None => Ok(()),
    }
}

/// Whether a parameter asks for a function of the service. Other names are ignored, as on the live
/// service.
fn is_function(name: &str) -> bool {
    let signed = is_signed_sub_resource(name)
        && !PLAIN_PARAMETERS.contains(&name)
        && !SIGNED_PLAIN_PARAMETERS.contains(&name);
    signed || UNSIGNED_FUNCTIONS.contains(&name)
}

fn noun(target: &Target) -> &'static str {
    match target {
        Target::Service => "the service",
        Target::Bucket(_) => "a bucket",
        Target::Object(..) => "an object",
    }
}

/// Parameters that begin with `x-oss-` and ask for no function: those of signed URLs, and two that
/// only limit what the live service does or bills.
const PLAIN_PARAMETERS: [&str; 9] = [
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-request-payer",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
    "x-oss-traffic-limit",
];

/// Headers of writes that ask for a function of the service.
const FUNCTION_HEADERS: [&str; 10] = [
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "x-oss-bucket-tagging",
    "x-oss-hns-status",
    "x-oss-persistent-headers",
    "x-oss-resource-group-id",
    "x-oss-symlink-target",
    "x-oss-tagging",
];

/// Beginnings of more of them: copies, callbacks, encryption (a client must not be told that its
/// data is encrypted by a key of its choice while it is not), retention.
const FUNCTION_HEADER_PREFIXES: [&str; 4] =
    ["x-oss-callback", "x-oss-copy-source", "x-oss-object-worm", "x-oss-server-side-"];

/// Parameters that name a function and that clients do not sign. Source: the operations' pages.
const UNSIGNED_FUNCTIONS: [&str; 4] = ["accessmonitor", "regions", "tag-key", "tag-value"];

/// Parameters that clients sign and that name no function: they only shape an answer.
const SIGNED_PLAIN_PARAMETERS: [&str; 12] = [
    "action",
    "continuation-token",
    "endTime",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "security-token",
    "startTime",
    "status",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        method: &str,
        target: &Target,
        query: &str,
        headers: &[&str],
    ) -> Result<&'static str, String> {
        let headers = headers.iter().map(|name| (name, b"x".to_vec()));
        let head = RequestHead::decode(method, &format!("/?{query}"), headers).unwrap();
        ask(&head, target).map(|route| route.spec().action).map_err(|error| error.name())
    }

    #[test]
    fn method_subject_and_sub_resource_make_the_operation() {
        let service = Target::Service;
        let bucket = Target::Bucket("b".to_owned());
        let object = Target::Object("b".to_owned(), "k".to_owned());
        for (method, target, query, action) in [
            ("GET", &service, "", "ListBuckets"),
            ("GET", &service, "prefix=&max-keys=100&tag-key=a", "ListBuckets"),
            ("GET", &service, "regions", "DescribeRegions"),
            ("HEAD", &bucket, "", "HeadBucket"),
            ("DELETE", &bucket, "tagging=a,b", "DeleteBucketTags"),
            ("PUT", &bucket, "", "PutBucket"),
            ("DELETE", &bucket, "", "DeleteBucket"),
            ("GET", &bucket, "", "ListObjects"),
            ("GET", &bucket, "max-keys=1&foo=bar", "ListObjects"),
            ("GET", &bucket, "list-type=2", "ListObjectsV2"),
            ("GET", &bucket, "bucketInfo", "GetBucketInfo"),
            ("GET", &bucket, "bucketInfo=", "GetBucketInfo"),
            ("GET", &bucket, "location", "GetBucketLocation"),
            ("GET", &bucket, "acl", "GetBucketAcl"),
            ("PUT", &bucket, "acl", "PutBucketAcl"),
            ("GET", &bucket, "policyStatus", "GetBucketPolicyStatus"),
            ("GET", &bucket, "publicAccessBlock", "GetBucketPublicAccessBlock"),
            ("GET", &service, "publicAccessBlock", "GetPublicAccessBlock"),
            ("GET", &object, "acl", "GetObjectAcl"),
            ("PUT", &object, "", "PutObject"),
            ("GET", &object, "response-expires=x", "GetObject"),
            ("GET", &object, "x-oss-signature=x&x-oss-traffic-limit=1", "GetObject"),
            ("HEAD", &object, "", "HeadObject"),
            ("HEAD", &object, "objectMeta=", "GetObjectMeta"),
            ("DELETE", &object, "", "DeleteObject"),
            ("POST", &object, "uploads", "InitiateMultipartUpload"),
            ("PUT", &object, "partNumber=1&uploadId=2", "UploadPart"),
            ("POST", &object, "uploadId=2", "CompleteMultipartUpload"),
            ("DELETE", &object, "uploadId=2", "AbortMultipartUpload"),
            ("GET", &object, "uploadId=2", "ListParts"),
            ("GET", &bucket, "uploads", "ListMultipartUploads"),
        ] {
            assert_eq!(check(method, target, query, &[]), Ok(action), "{method} {query}");
        }
    }

    #[test]
    fn a_header_makes_a_copy() {
        let object = Target::Object("b".to_owned(), "k".to_owned());
        let copy = check("PUT", &object, "", &["x-oss-copy-source"]);
        assert_eq!(copy, Ok("CopyObject"));
        let part = "partNumber=1&uploadId=2";
        let headers = ["x-oss-copy-source", "x-oss-copy-source-range"];
        assert_eq!(check("PUT", &object, part, &headers), Ok("UploadPartCopy"));
        let alone = check("PUT", &object, part, &["x-oss-copy-source-range"]);
        assert_eq!(alone, Err("NotImplemented".to_owned()), "a range of nothing");
    }

    #[test]
    fn what_is_not_served_is_said_so() {
        let bucket = Target::Bucket("b".to_owned());
        let object = Target::Object("b".to_owned(), "k".to_owned());
        let refused = Err("NotImplemented".to_owned());
        for (method, target, query) in [
            ("GET", &bucket, "inventory&uploads"),
            ("GET", &bucket, "inventory&acl"),
            ("PUT", &bucket, "accessmonitor"),
            ("POST", &bucket, "asyncFetch"),
            ("GET", &Target::Service, "cloudboxes"),
            ("PUT", &object, "partNumber=1"),
            ("POST", &object, "uploads&sequential"),
            ("GET", &object, "x-oss-process=image/resize"),
            ("PUT", &object, "versionId=1"),
            ("GET", &object, "objectMeta"),
            ("POST", &object, "seal&position=0"),
            ("OPTIONS", &object, ""),
            ("get", &object, ""),
        ] {
            assert_eq!(check(method, target, query, &[]), refused, "{method} {query}");
        }
        for header in [
            "x-oss-copy-source-range",
            "x-oss-symlink-target",
            "x-oss-callback-of-another-kind",
            "x-oss-server-side-encryption-key-id",
            "If-None-Match",
        ] {
            assert_eq!(check("PUT", &object, "", &[header]), refused, "{header}");
        }
        for header in ["x-oss-acl", "x-oss-unheard-of", "x-oss-storage-class", "origin"] {
            assert_eq!(check("PUT", &object, "", &[header]), Ok("PutObject"), "{header}");
        }
        let callback = check("POST", &object, "uploads", &["x-oss-callback-var"]);
        assert_eq!(callback, refused);
        assert_eq!(check("GET", &object, "", &["If-None-Match"]), Ok("GetObject"));
    }
}
