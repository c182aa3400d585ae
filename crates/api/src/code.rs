//! The catalogue of API errors: those that several products share. Each product's own stand in its
//! crate, in `code.rs`.

/// An entry of the catalogue. `{}` in name and message are gaps that the error fills in order;
/// a gap in the name takes the first argument, and so does the message's first.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The code on the wire.
    pub name: &'static str,
    /// The HTTP status.
    pub http: u16,
    /// The vendor's message.
    pub message: &'static str,
    /// When it is answered.
    pub doc: &'static str,
}

impl Code {
    /// An entry of the catalogue.
    pub const fn new(
        name: &'static str,
        http: u16,
        message: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, http, message, doc }
    }

    /// The name with its gap filled.
    pub fn fill_name(&self, arguments: &[String]) -> String {
        fill(self.name, arguments)
    }

    /// The message with its gaps filled.
    pub fn fill_message(&self, arguments: &[String]) -> String {
        fill(self.message, arguments)
    }
}

fn fill(template: &str, arguments: &[String]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut arguments = arguments.iter();
    for (index, piece) in template.split("{}").enumerate() {
        if index > 0 {
            out.push_str(arguments.next().map_or("", String::as_str));
        }
        out.push_str(piece);
    }
    out
}

/// Declares entries of the catalogue, each with its doc comment, and the list of them:
///
/// ```
/// rolecall_api::codes! {
///     ALL: "Every code of this list.";
///     /// The role is not there.
///     ENTITY_NOT_EXIST_ROLE = "EntityNotExist.Role", 404, "The role does not exist.";
/// }
/// assert_eq!(ALL, [&ENTITY_NOT_EXIST_ROLE]);
/// ```
#[macro_export]
macro_rules! codes {
    (
        $list:ident: $list_doc:literal;
        $($(#[doc = $doc:literal])*
        $constant:ident = $name:literal, $http:literal, $message:literal;)*
    ) => {
        $($(#[doc = $doc])*
        pub const $constant: $crate::Code =
            $crate::Code::new($name, $http, $message, concat!($($doc),*));)*

        #[doc = $list_doc]
        pub const $list: &[&$crate::Code] = &[$(&$constant),*];
    };
}

codes! {
    COMMON: "The codes that any call may meet.";
    /// No such operation in this version of the product.
    INVALID_ACTION_NOT_FOUND = "InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method.";
    /// The host names no product that is served here.
    INVALID_PRODUCT_NOT_FOUND = "InvalidProduct.NotFound", 404, "Cannot find product according to your specified domain.";
    /// No product has this version.
    INVALID_VERSION = "InvalidVersion", 400, "Specified parameter Version is not valid.";
    /// A parameter of the account services, or of the gateway, is missing.
    MISSING = "Missing{}", 400, "{} is mandatory for this action.";
    /// A parameter of the resource services is missing.
    MISSING_PARAMETER = "MissingParameter", 400, "The input parameter \"{}\" that is mandatory for processing this request is not supplied.";
    /// A parameter of the resource services is wrong.
    INVALID_PARAMETER = "InvalidParameter", 400, "The specified parameter \"{}\" is not valid.";
    /// A parameter of the token service is wrong.
    INVALID_PARAMETER_STS = "InvalidParameter.{}", 400, "The parameter {} is wrongly formed.";
    /// A parameter of the account services is too short or too long.
    INVALID_PARAMETER_LENGTH = "InvalidParameter.{}.Length", 400, "The parameter - \"{}\" beyond the length limit.";
    /// A parameter of the account services holds a character that may not stand there.
    INVALID_PARAMETER_CHARACTERS = "InvalidParameter.{}.InvalidChars", 400, "The parameter - \"{}\" contains invalid chars.";
    /// A number of the account services is out of its range.
    INVALID_PARAMETER_RANGE = "InvalidParameter.{}.Range", 400, "The parameter - \"{}\" MUST be in the range of {} and {}.";
    /// A parameter of the account services is not one of the few texts that it may be.
    INVALID_PARAMETER_VALUE = "InvalidParameter.{}", 400, "The parameter - \"{}\" is incorrect.";
    /// A parameter of the account services is not of its type.
    INVALID_PARAMETER_FORMAT = "InvalidParameter.{}.Format", 400, "The format of the parameter - \"{}\" is incorrect.";
    /// A parameter that this service does not know. The live service ignores it; we say so instead
    /// of pretending.
    UNSUPPORTED_PARAMETER = "UnsupportedParameter", 400, "The parameter \"{}\" is not supported by this operation of this service.";
    /// The answer was asked for in a format other than JSON and XML.
    INVALID_FORMAT = "InvalidParameter.Format", 400, "Specified format is not supported";
    /// An authentication parameter, or one that stands alone, was sent twice.
    REPEATED_PARAMETER = "InvalidParameter.Repeated", 400, "The parameter \"{}\" must be sent once.";
    /// The request is not one that can be read: a bad escape, text that is not UTF-8, a broken
    /// body.
    MALFORMED_REQUEST = "InvalidRequest", 400, "The request cannot be read: {}.";
    /// A body of a type that RPC calls do not have.
    UNSUPPORTED_CONTENT_TYPE = "UnsupportedContentType", 400, "The ContentType request header must be either \"application/json\" or \"application/x-www-form-urlencoded\".";
    /// The body is not the one whose hash was signed.
    CONTENT_NOT_MATCHED = "ContentMD5NotMatched", 400, "The body does not match the hash that was sent with it.";
    /// A method other than GET and POST.
    UNSUPPORTED_HTTP_METHOD = "UnsupportedHTTPMethod", 405, "This http method is not supported.";
    /// The request is larger than the service reads.
    REQUEST_TOO_LARGE = "RequestTooLarge", 413, "The request exceeds the limit of {} bytes.";
    /// The body did not come in time, or not to its end. The name is that of OSS; RPC has none.
    REQUEST_TIMEOUT = "RequestTimeout", 400, "The body of the request did not come to its end in time.";
    /// No such AccessKey.
    INVALID_ACCESS_KEY_ID_NOT_FOUND = "InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.";
    /// The AccessKey is switched off.
    INVALID_ACCESS_KEY_ID_INACTIVE = "InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled.";
    /// The time of the request is not written as `2015-01-23T12:33:18Z`.
    INVALID_TIME_STAMP_FORMAT = "InvalidTimeStamp.Format", 400, "Specified time stamp or date value is not well formatted.";
    /// The time of the request is more than 15 minutes away from ours.
    INVALID_TIME_STAMP_EXPIRED = "InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired.";
    /// This AccessKey has used this nonce already.
    SIGNATURE_NONCE_USED = "SignatureNonceUsed", 400, "Specified signature nonce was used already.";
    /// The signature is not the one that this request and this key make.
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch", 400, "Specified signature is not matched with our calculation. server string to sign is:{}";
    /// The signature leaves out what it must cover.
    INCOMPLETE_SIGNATURE = "IncompleteSignature", 400, "The request signature does not conform to Aliyun standards. {}";
    /// A signature method that is not served.
    INVALID_SIGNATURE_METHOD = "InvalidSignatureMethod", 400, "Specified signature method is not valid.";
    /// A session's AccessKey was used without its token.
    MISSING_SECURITY_TOKEN = "MissingSecurityToken", 400, "SecurityToken is mandatory for this action.";
    /// The session is over.
    INVALID_SECURITY_TOKEN_EXPIRED = "InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired.";
    /// The token is not one of ours, or its role is gone.
    INVALID_SECURITY_TOKEN_MALFORMED = "InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed.";
    /// The token belongs to another AccessKey.
    INVALID_SECURITY_TOKEN_MISMATCH = "InvalidSecurityToken.MismatchWithAccessKey", 400, "Specified SecurityToken mismatch with the AccessKey.";
    /// No policy allows the call: the account services' spelling.
    NO_PERMISSION = "NoPermission", 403, "You are not authorized to do this action. Resource: {} Action: {}";
    /// No policy allows the call: the token service's spelling.
    NO_PERMISSION_STS = "NoPermission", 403, "You are not authorized to do this action. You should be authorized by RAM.";
    /// No policy allows the call: the resource services' spelling.
    FORBIDDEN_RAM = "Forbidden.RAM", 403, "User not authorized to operate on the specified resource, or this API doesn't support RAM.";
    /// No policy allows the call: the object service's spelling.
    ACCESS_DENIED = "AccessDenied", 403, "You have no right to access this object because of bucket acl.";
    /// A parameter of the object service is wrong.
    INVALID_ARGUMENT = "InvalidArgument", 400, "Invalid Argument. Parameter is invalid.";
    /// The region is not one of the vendor's.
    INVALID_REGION_ID_NOT_FOUND = "InvalidRegionId.NotFound", 404, "The specified RegionId does not exist.";
    /// Too much is waiting for the machine already; the call may be sent again.
    THROTTLING = "Throttling", 400, "Request was denied due to flow control.";
    /// Too many changes at once met on the same records; the call may be sent again.
    SERVICE_UNAVAILABLE = "ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server.";
    /// A fault of ours.
    INTERNAL_ERROR = "InternalError", 500, "An internal error occurred.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_fill_in_order() {
        let arguments = ["MaxSessionDuration".to_owned(), "3600".to_owned(), "43200".to_owned()];
        assert_eq!(
            INVALID_PARAMETER_RANGE.fill_name(&arguments),
            "InvalidParameter.MaxSessionDuration.Range"
        );
        assert_eq!(
            INVALID_PARAMETER_RANGE.fill_message(&arguments),
            "The parameter - \"MaxSessionDuration\" MUST be in the range of 3600 and 43200."
        );
    }

    #[test]
    fn every_code_says_when_it_is_answered() {
        for code in COMMON {
            assert!(!code.doc.trim().is_empty(), "{}", code.name);
            assert!((400..600).contains(&code.http), "{}", code.name);
        }
    }
}
