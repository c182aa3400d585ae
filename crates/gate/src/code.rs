//! The object service's codes for credentials; the other services' are in `rolecall_api::code`.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// The credentials of a request cannot be read. The text says why.
    INVALID_ARGUMENT = "InvalidArgument", 400, "{}";
    /// The credentials of a request are not complete. The text says why.
    ACCESS_DENIED = "AccessDenied", 403, "{}";
    /// No such AccessKey.
    INVALID_ACCESS_KEY_ID = "InvalidAccessKeyId", 403, "The OSS Access Key Id you provided does not exist in our records.";
    /// The AccessKey is switched off.
    ACCESS_KEY_DISABLED = "InvalidAccessKeyId", 403, "The OSS Access Key Id you provided is disabled.";
    /// The token is not one of ours, its role is gone, or it came with a permanent key.
    INVALID_SECURITY_TOKEN = "InvalidSecurityToken", 403, "The security token you provided is invalid.";
    /// The session is over.
    SECURITY_TOKEN_EXPIRED = "SecurityTokenExpired", 403, "The security token you provided has expired.";
    /// The token belongs to another AccessKey.
    SECURITY_TOKEN_MISMATCH = "AccessKeyIdAndSecurityTokenNotMatch", 403, "The OSS access key id and security token you provided does not match.";
    /// The signature is not the one that this request and this key make.
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    /// The time of the request is more than 15 minutes away from ours.
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.";
    /// The body is not the one whose hash was signed.
    INVALID_DIGEST = "InvalidDigest", 400, "The Content-MD5 you specified was invalid.";
}
