//! The object service's catalogue of errors. Each entry has an EC, the finer code that answers show
//! beside the error's name. Source: the pages "HTTP status codes" and "EC overview" of OSS. Where
//! they name none, it is one of ours, `0099-…`: clients only display it.

use rolecall_api::{ApiError, Code, code as api};
use rolecall_gate::code as gate;

macro_rules! codes {
    (
        $($(#[doc = $doc:literal])*
        $constant:ident = $name:literal, $http:literal, $ec:literal, $message:literal;)*
    ) => {
        $($(#[doc = $doc])*
        pub const $constant: Code = Code::new($name, $http, $message, concat!($($doc),*));)*

        /// Every code of this list, with its EC.
        pub const ALL: &[(&Code, &str)] = &[$((&$constant, $ec)),*];
    };
}

codes! {
    /// A bucket operation that needs credentials was called without.
    ANONYMOUS_BUCKET = "AccessDenied", 403, "0003-00000002", "Anonymous user has no right to access this bucket.";
    /// A service operation was called without credentials.
    ANONYMOUS_SERVICE = "AccessDenied", 403, "0003-00000905", "Anonymous access is forbidden for this operation.";
    /// The bucket's policy denies the call.
    DENIED_BY_BUCKET_POLICY = "AccessDenied", 403, "0003-00000101", "Access denied by bucket policy.";
    /// Policies of the caller and of the bucket deny the call.
    DENIED_BY_BOTH = "AccessDenied", 403, "0003-00000203", "Access denied by bucket policy.";
    /// A policy denies a part of a call about many objects.
    DENIED_IN_BATCH = "AccessDenied", 403, "0003-00000204", "Access denied by bucket policy.";
    /// No policy allows the call, nor does the object's own access control list.
    DENIED_BY_OBJECT_ACL = "AccessDenied", 403, "0003-00000005", "You have no right to access this object.";
    /// No policy allows to read an object's access control list.
    NO_READ_ACL = "AccessDenied", 403, "0003-00000007", "You do not have read acl permission on this object.";
    /// No policy allows to change an object's access control list.
    NO_WRITE_ACL = "AccessDenied", 403, "0003-00000008", "You do not have write acl permission on this object.";
    /// A policy of the caller denies the call.
    DENIED_BY_POLICY = "AccessDenied", 403, "0003-00000201", "Access denied by bucket policy.";
    /// The policy of the caller's session does not allow the call.
    DENIED_BY_SESSION = "AccessDenied", 403, "0003-00000301", "Access denied by authorizer's policy.";
    /// The path of the request cannot be decoded.
    BAD_REQUEST = "BadRequest", 400, "0099-00000001", "The request cannot be read: {}.";
    /// The bucket belongs to another account, or what is asked of it cannot be changed.
    BUCKET_ALREADY_EXISTS = "BucketAlreadyExists", 409, "0015-00000104", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    /// The bucket is there, and its class and redundancy stay what they are.
    BUCKET_NOT_MODIFIED = "BucketAlreadyExists", 409, "0015-00000105", "Cannot modify existing bucket's storage class.";
    /// The bucket still has objects.
    BUCKET_NOT_EMPTY = "BucketNotEmpty", 409, "0015-00000301", "The bucket has objects. Please delete them first.";
    /// The object is stored, and the callback failed. The text says why.
    CALLBACK_FAILED = "CallbackFailed", 203, "0007-00000203", "{}";
    /// The callback has a header of its own, which is not served here.
    CALLBACK_HEADERS = "NotImplemented", 400, "0099-00000501", "The field additionalHeaders of a callback is not implemented.";
    /// The callback has no body.
    CALLBACK_BODY = "InvalidArgument", 400, "0007-00000011", "The callbackBody of the callback must be a string that is not empty.";
    /// The type of the callback's body is none that there is.
    CALLBACK_BODY_TYPE = "InvalidArgument", 400, "0007-00000012", "The callbackBodyType of the callback must be application/x-www-form-urlencoded or application/json.";
    /// The callback's host is none.
    CALLBACK_HOST = "InvalidArgument", 400, "0099-00000502", "The callbackHost of the callback is not valid.";
    /// The callback is not written in Base64.
    CALLBACK_NOT_BASE64 = "InvalidArgument", 400, "0007-00000002", "The callback configuration is not base64 encoded.";
    /// The callback is no JSON object.
    CALLBACK_NOT_JSON = "InvalidArgument", 400, "0007-00000003", "The callback configuration is not json format.";
    /// An upload that nobody signed asks for a callback.
    CALLBACK_OF_NOBODY = "AccessDenied", 403, "0099-00000503", "Anonymous user has no right to request a callback.";
    /// The callback goes to a private address.
    CALLBACK_PRIVATE = "InvalidArgument", 400, "0007-00000008", "Private address is forbidden to callback.";
    /// Whether the callback's TLS names the server is neither yes nor no.
    CALLBACK_SNI = "InvalidArgument", 400, "0099-00000504", "The callbackSNI of the callback must be a boolean.";
    /// The callback, or its variables, are too long.
    CALLBACK_TOO_LONG = "InvalidArgument", 400, "0099-00000505", "The callback configuration is longer than 5 KB.";
    /// The callback's URL is none.
    CALLBACK_URL = "InvalidArgument", 400, "0007-00000004", "The callbackUrl of the callback is not valid.";
    /// The callback has more than five URLs.
    CALLBACK_URLS = "InvalidArgument", 400, "0007-00000005", "The callbackUrl of the callback has more than five URLs.";
    /// The callback's body has a variable that there is not.
    CALLBACK_VARIABLE = "InvalidArgument", 400, "0099-00000506", "The callbackBody of the callback has an unknown variable.";
    /// The callback's own variables are not texts with names such as `x:name`.
    CALLBACK_VARIABLES = "InvalidArgument", 400, "0099-00000507", "The custom variables of the callback must be strings whose lower-case names begin with x:.";
    /// The object is larger than one request may send.
    ENTITY_TOO_LARGE = "EntityTooLarge", 400, "0099-00000002", "Your proposed upload exceeds the maximum allowed size.";
    /// A part that is not the last one is smaller than 100 KB, or a form's file smaller than its
    /// policy allows.
    ENTITY_TOO_SMALL = "EntityTooSmall", 400, "0099-00000101", "Your proposed upload smaller than the minimum allowed size.";
    /// A field of a form, or its name, is too long.
    FIELD_TOO_LONG = "FieldItemTooLong", 400, "0099-00000104", "Your form fields given were too large.";
    /// The object exists and must not be overwritten.
    FILE_ALREADY_EXISTS = "FileAlreadyExists", 409, "0026-00000002", "The object you specified already exists and can not be overwritten.";
    /// The body ended before its announced length.
    INCOMPLETE_BODY = "IncompleteBody", 400, "0099-00000003", "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    /// A value of the request is not allowed. The text says what.
    INVALID_ARGUMENT = "InvalidArgument", 400, "0099-00000004", "{}";
    /// The name is none that a bucket can have.
    INVALID_BUCKET_NAME = "InvalidBucketName", 400, "0015-00000001", "The specified bucket is not valid.";
    /// The body's CRC is not the one that was sent with it.
    INVALID_CRC64 = "InvalidCRC64", 400, "0099-00000005", "The x-oss-hash-crc64ecma you specified does not match what we calculated.";
    /// The MD5 or SHA-256 of the body is malformed, or not the one that was sent with it.
    INVALID_DIGEST = "InvalidDigest", 400, "0099-00000006", "The Content-MD5 you specified was invalid.";
    /// The text is no bucket policy. The message says why, and where.
    INVALID_POLICY_DOCUMENT = "InvalidPolicyDocument", 400, "0099-00000402", "The policy is not valid: {}.";
    /// The region asked for is not the one that is served here.
    INVALID_LOCATION_CONSTRAINT = "InvalidLocationConstraint", 400, "0099-00000007", "The specified location constraint is not valid.";
    /// The key is none that an object can have.
    INVALID_OBJECT_NAME = "InvalidObjectName", 400, "0099-00000008", "The specified object is not valid.";
    /// The key is longer than 1,023 bytes.
    OBJECT_NAME_TOO_LONG = "InvalidObjectName", 400, "0099-00000009", "The Length of Object name must be less than 1024.";
    /// A form without a file.
    FORM_WITHOUT_FILE = "IncorrectNumberOfFilesInPOSTRequest", 400, "0099-00000105", "POST requires exactly one file upload per request.";
    /// The fields before a form's file are too long together.
    FORM_TOO_LONG = "MaxPOSTPreDataLengthExceededError", 400, "0099-00000106", "Your POST request fields preceding the upload file were too large.";
    /// A part was not uploaded, or its ETag is another one.
    INVALID_PART = "InvalidPart", 400, "0099-00000102", "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.";
    /// The parts are not named in ascending order.
    INVALID_PART_ORDER = "InvalidPartOrder", 400, "0099-00000103", "The list of parts was not in ascending order. Parts list must specified in order by part number.";
    /// The range lies behind the object's end.
    INVALID_RANGE = "InvalidRange", 416, "0099-00000010", "The requested range cannot be satisfied.";
    /// What is asked is not open to this caller or in this combination. The text says why.
    INVALID_REQUEST = "InvalidRequest", 400, "0099-00000011", "{}";
    /// The tags of an object break a rule. The text says which.
    INVALID_TAG = "InvalidTag", 400, "0099-00000302", "The tags of the object are not valid: {}.";
    /// The policy of a form is no policy.
    INVALID_FORM_POLICY = "InvalidPolicyDocument", 400, "0006-00000213", "The content of the form does not meet the conditions specified in the policy document: {}.";
    /// A form that cannot be read.
    MALFORMED_FORM = "MalformedPOSTRequest", 400, "0099-00000107", "The body of your POST request is not well-formed multipart/form-data.";
    /// A link stands for another link.
    INVALID_TARGET_TYPE = "InvalidTargetType", 400, "0026-00000011", "The symbolic's target file type is invalid";
    /// The document in the body is not one that is expected here.
    MALFORMED_XML = "MalformedXML", 400, "0031-00000001", "The XML you provided was not well-formed or did not validate against our published schema.";
    /// What is posted to a bucket is no form.
    NOT_A_FORM = "RequestIsNotMultiPartContent", 400, "0099-00000108", "Bucket POST must be of the enclosure-type multipart/form-data.";
    /// The document names no part, or is none that names parts.
    NO_PARTS = "MalformedXML", 400, "0042-00000205", "The XML you provided was not well-formed or did not validate against our published schema.";
    /// What is asked is not done with such a thing: a delete marker cannot be read.
    METHOD_NOT_ALLOWED = "MethodNotAllowed", 405, "0003-00000016", "The specified method is not allowed against this resource.";
    /// An upload that tells neither its length nor that it comes in chunks.
    MISSING_CONTENT_LENGTH = "MissingContentLength", 411, "0099-00000012", "You must provide the Content-Length HTTP header.";
    /// The request does not say which access control list the object is to have.
    NO_OBJECT_ACL = "InvalidArgument", 400, "0017-00000105", "The header x-oss-object-acl must be specified.";
    /// No such bucket.
    NO_SUCH_BUCKET = "NoSuchBucket", 404, "0015-00000101", "The specified bucket does not exist.";
    /// The bucket has no policy.
    NO_SUCH_BUCKET_POLICY = "NoSuchBucketPolicy", 404, "0030-00000006", "The specified bucket policy does not exist.";
    /// No such object.
    NO_SUCH_KEY = "NoSuchKey", 404, "0026-00000001", "The specified key does not exist.";
    /// No upload of this id for this bucket and key, or not any more.
    NO_SUCH_UPLOAD = "NoSuchUpload", 404, "0042-00000002", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    /// The same, where a part was sent.
    NO_SUCH_UPLOAD_OF_PART = "NoSuchUpload", 404, "0042-00000104", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    /// Parts are named in a document, and all are asked for as well.
    PARTS_TWICE = "InvalidArgument", 400, "0042-00000216", "Should not speficy both complete all header and http body.";
    /// No such version of the object.
    NO_SUCH_VERSION = "NoSuchVersion", 404, "0099-00000301", "The specified version does not exist.";
    /// The object is no link.
    NOT_SYMLINK = "NotSymlink", 400, "0099-00000303", "The object is not symlink.";
    /// The host of the request is none of the service's.
    NON_STANDARD_HOST = "NonStandardHostForbidden", 403, "0099-00000013", "The host {} is not an address of this service; its own addresses are oss-<region>.aliyuncs.com, localhost, IP addresses and those in its configuration.";
    /// A header, or a value of one, asks for something that is not served here.
    HEADER_NOT_IMPLEMENTED = "NotImplemented", 400, "0099-00000014", "A header you provided implies functionality that is not implemented.";
    /// An operation that is not served here.
    NOT_IMPLEMENTED = "NotImplemented", 501, "0099-00000015", "The operation is not implemented by this service: {}.";
    /// The policy that was signed for a form does not allow it.
    POLICY_DENIES = "AccessDenied", 403, "0099-00000109", "Invalid according to Policy: {}";
    /// The object was not written by appending from its beginning, or is not the version `null`.
    OBJECT_NOT_APPENDABLE = "ObjectNotAppendable", 409, "0099-00000304", "The object is not appendable.";
    /// The object does not end where the request appends. `x-oss-next-append-position` tells where.
    POSITION_NOT_EQUAL_TO_LENGTH = "PositionNotEqualToLength", 409, "0026-00000016", "Position is not equal to file length";
    /// A condition in the request's headers does not hold.
    PRECONDITION_FAILED = "PreconditionFailed", 412, "0099-00000016", "At least one of the pre-conditions you specified did not hold.";
    /// A request from a page of another site that the bucket's rules do not allow.
    CORS_FORBIDDEN = "AccessForbidden", 403, "0099-00000020", "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec.";
    /// A request from a page of another site to a bucket that has no rules for such.
    CORS_NOT_ENABLED = "AccessForbidden", 403, "0099-00000021", "CORSResponse: CORS is not enabled for this bucket.";
    /// A preflight that does not say from which site, or with which method.
    CORS_INSUFFICIENT = "BadRequest", 400, "0099-00000022", "Insufficient information. {} request header needed.";
    /// More rules than a bucket may have, or none.
    CORS_RULES_BEYOND_LIMIT = "CORSRuleBeyondLimit", 400, "0099-00000023", "The CORS Rules num is beyond limit.";
    /// The algorithm is none that there is.
    INVALID_ENCRYPTION_ALGORITHM = "InvalidEncryptionAlgorithmError", 400, "0099-00000024", "The Encryption request you specified is not valid. Supported value: AES256/KMS/SM4.";
    /// The value of a tag is none that it can have.
    INVALID_BUCKET_TAG = "InvalidTag", 400, "0099-00000025", "The tag provided was not a valid tag.";
    /// The key of a tag is none that it can have.
    INVALID_TAGGING_KEY = "InvalidTaggingKey", 400, "0099-00000026", "The tagging key provided is not valid.";
    /// The bucket that an access log is to go to is not one of the same account and region.
    INVALID_TARGET_BUCKET = "InvalidTargetBucketForLogging", 400, "0099-00000027", "The target bucket for logging does not exist or is not owned by you.";
    /// Two rules of overlapping prefixes do the same to objects.
    LIFECYCLE_OVERLAP = "InvalidRequest", 400, "0014-00000084", "Overlap for same action type.";
    /// Two rules of overlapping prefixes, or one rule twice, have objects kept in the same class.
    LIFECYCLE_SAME_TRANSITION = "InvalidRequest", 400, "0014-00000079", "Overlap for same transition type.";
    /// Two rules have the same prefix.
    LIFECYCLE_SAME_PREFIX = "InvalidRequest", 400, "0014-00000085", "Found rules with the same prefix.";
    /// Times about the same objects are told in days and as dates, or one is told in both.
    LIFECYCLE_MIXED = "InvalidRequest", 400, "0014-00000080", "Mixed CreatedBeforeDate and Days in the lifecycle rules.";
    /// Objects would be deleted before they are kept elsewhere, or with it.
    LIFECYCLE_ORDER = "InvalidRequest", 400, "0014-00000082", "The time of expiration must be later than the time of transition.";
    /// An expiration does not say when.
    LIFECYCLE_NO_EXPIRATION = "InvalidRequest", 400, "0014-00000060", "The Expiration must specify Days, CreatedBeforeDate, Date or ExpiredObjectDeleteMarker.";
    /// The bucket has no rules for pages of other sites.
    NO_SUCH_CORS_CONFIGURATION = "NoSuchCORSConfiguration", 404, "0099-00000028", "The CORS Configuration does not exist.";
    /// Nothing says how the bucket's new objects are encrypted.
    NO_SUCH_ENCRYPTION_RULE = "NoSuchServerSideEncryptionRule", 404, "0099-00000029", "The server side encryption configuration was not found.";
    /// Nothing says what becomes of the bucket's objects.
    NO_SUCH_LIFECYCLE = "NoSuchLifecycle", 404, "0099-00000030", "No Row found in Lifecycle Table.";
    /// No such region, or not one that is served here.
    NO_SUCH_REGION = "NoSuchRegion", 404, "0099-00000031", "The region does not exist.";
    /// The bucket is no site.
    NO_SUCH_WEBSITE_CONFIGURATION = "NoSuchWebsiteConfiguration", 404, "0099-00000032", "The specified bucket does not have a website configuration.";
    /// The page that links to the object is one that may not.
    REFERER_FORBIDDEN = "AccessDenied", 403, "0003-00000502", "You are denied by bucket referer policy.";
    /// The request names no page that links to the object, and must.
    REFERER_MISSING = "AccessDenied", 403, "0003-00000501", "You are denied by bucket referer policy.";
    /// The page that links to the object is none of those that may.
    REFERER_UNKNOWN = "AccessDenied", 403, "0003-00000503", "You are denied by bucket referer policy.";
    /// Two tags have the same key.
    REPEATED_TAGS = "RepeatedTags", 400, "0099-00000033", "Tag Keys can not be repeated.";
    /// Another account's request to a bucket whose callers pay must say that it does.
    REQUESTER_PAYS = "AccessDenied", 403, "0003-00000703", "Access denied for requester pay bucket";
    /// More tags than there may be.
    TOO_MANY_TAGS = "TooManyTags", 400, "0099-00000034", "The number of tags exceeds the limit.";
    /// What would be public must not be.
    PUBLIC_ACCESS_BLOCKED = "AccessDenied", 403, "0099-00000401", "Block Public Access is enabled: no access control list and no policy may grant access to everybody.";
    /// The document that sets a bucket's versioning says nothing of it.
    VERSIONING_MISSING = "InvalidArgument", 400, "0099-00000019", "The Versioning element must be specified.";
    /// The body stopped coming.
    REQUEST_TIMEOUT = "RequestTimeout", 400, "0099-00000017", "Your socket connection to the server was not read from or written to within the timeout period.";
    /// A link stands for an object that is not there.
    SYMLINK_TARGET_NOT_EXIST = "SymlinkTargetNotExist", 404, "0099-00000305", "The symlink target object does not exist.";
    /// The account has as many buckets as it may.
    TOO_MANY_BUCKETS = "TooManyBuckets", 400, "0099-00000018", "You have attempted to create more buckets than allowed.";
}

/// The ECs of codes of the lower floors, by the same pages.
const SHARED: &[(&Code, &str)] = &[
    (&api::ACCESS_DENIED, "0003-00000001"),
    (&api::INVALID_ARGUMENT, "0099-00000051"),
    (&gate::INVALID_ARGUMENT, "0002-00000202"),
    (&gate::ACCESS_DENIED, "0099-00000052"),
    (&gate::INVALID_ACCESS_KEY_ID, "0002-00000902"),
    (&gate::ACCESS_KEY_DISABLED, "0002-00000904"),
    (&gate::INVALID_SECURITY_TOKEN, "0002-00000006"),
    (&gate::SECURITY_TOKEN_EXPIRED, "0002-00000007"),
    (&gate::SECURITY_TOKEN_MISMATCH, "0002-00000004"),
    (&gate::REQUEST_TIME_TOO_SKEWED, "0002-00000504"),
];

/// The EC of an error whose code is in no list.
const OTHER: &str = "0099-00000000";

/// The EC of an error.
pub(crate) fn ec(error: &ApiError) -> &'static str {
    if *error.code() == gate::SIGNATURE_DOES_NOT_MATCH {
        let v4 = error.elements().iter().any(|(name, _)| *name == "CanonicalRequest");
        return if v4 { "0002-00000201" } else { "0002-00000040" };
    }
    let known = ALL.iter().chain(SHARED).find(|(code, _)| *code == error.code());
    known.map_or(OTHER, |(_, ec)| ec)
}

/// A refusal of one argument, with the elements that the vendor's answers have.
pub(crate) fn invalid_argument(message: &str, name: &str, value: &str) -> ApiError {
    ApiError::of(&INVALID_ARGUMENT, message)
        .element("ArgumentName", name)
        .element("ArgumentValue", value)
}

/// A refusal of a header that asks for what is not served here.
pub(crate) fn header_not_implemented(name: &str) -> ApiError {
    ApiError::new(&HEADER_NOT_IMPLEMENTED).element("Header", name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_its_own_ec_and_says_when_it_is_answered() {
        let mut seen = BTreeSet::new();
        for (code, ec) in ALL {
            assert!(!code.doc.trim().is_empty(), "{}", code.name);
            assert!(seen.insert(ec), "{ec} stands twice");
        }
        for (code, ec) in ALL.iter().chain(SHARED) {
            let (head, tail) = ec.split_once('-').unwrap();
            let digits = [head, tail].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
            assert!(digits && head.len() == 4 && tail.len() == 8, "{} {ec}", code.name);
        }
    }

    #[test]
    fn the_signature_scheme_shows_in_the_ec() {
        let v1 = ApiError::new(&gate::SIGNATURE_DOES_NOT_MATCH);
        assert_eq!(ec(&v1), "0002-00000040");
        assert_eq!(ec(&v1.element("CanonicalRequest", "GET")), "0002-00000201");
        assert_eq!(ec(&ApiError::new(&NO_SUCH_KEY)), "0026-00000001");
        assert_eq!(ec(&ApiError::new(&api::INTERNAL_ERROR)), OTHER);
    }
}
