//! OSS V1: a few lines, the `x-oss-` headers, and the resource with its signed sub-resources.
//!
//! The string holds decoded names and values without any quoting, so two requests may share one:
//! the key `a?acl` and the sub-resource `acl` of the key `a`. That is the protocol's own weakness.

use super::{Header, Parameter, push_header};

/// What the string to sign is made of.
pub(crate) struct Parts<'a> {
    pub method: &'a str,
    pub content_md5: &'a [u8],
    pub content_type: &'a [u8],
    /// `x-oss-date`, else `Date`; the `Expires` of a signed URL.
    pub date: &'a str,
    /// All headers; those that begin with `x-oss-` are signed.
    pub headers: Vec<Header<'a>>,
    /// All parameters of the query; those of [`SUB_RESOURCES`] and of `x-oss-` are signed.
    pub query: Vec<Parameter<'a>>,
}

/// The string to sign for a resource: `/`, `/bucket/` or `/bucket/key`, decoded.
pub(crate) fn string_to_sign(parts: &Parts<'_>, resource: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(resource.len().saturating_add(512));
    for line in
        [parts.method.as_bytes(), parts.content_md5, parts.content_type, parts.date.as_bytes()]
    {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    let mut headers: Vec<Header<'_>> =
        parts.headers.iter().copied().filter(|(name, _)| name.starts_with("x-oss-")).collect();
    headers.sort_unstable();
    for header in headers {
        push_header(&mut out, header);
    }
    out.extend_from_slice(resource.as_bytes());
    let mut signed: Vec<Parameter<'_>> =
        parts.query.iter().copied().filter(|(name, _)| is_signed_sub_resource(name)).collect();
    signed.sort_unstable();
    for (index, (name, value)) in signed.into_iter().enumerate() {
        out.push(if index == 0 { b'?' } else { b'&' });
        out.extend_from_slice(name.as_bytes());
        if !value.is_empty() {
            out.push(b'=');
            out.extend_from_slice(value.as_bytes());
        }
    }
    out
}

/// Whether a parameter of an OSS request's query is part of the resource that OSS V1 signs. Source:
/// the V1 signature page and the sources of the vendor's clients.
pub fn is_signed_sub_resource(name: &str) -> bool {
    name.starts_with("x-oss-") || SUB_RESOURCES.binary_search(&name).is_ok()
}

/// The parameters that OSS V1 signs beside `x-oss-*`: the union over the vendor's clients, in the
/// order of their bytes. Source: the V1 signature page and the sources of oss2, ali-oss and Go.
const SUB_RESOURCES: &[&str] = &[
    "MetaQuery",
    "accessPoint",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicy",
    "accessPointPolicyForObjectProcess",
    "acl",
    "action",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "dataPipeline",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "legalHold",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "objectInfo",
    "objectMeta",
    "objectWorm",
    "overwriteConfig",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "processConfiguration",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "quota",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "responseHeader",
    "restore",
    "retention",
    "rtc",
    "seal",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "udf",
    "udfApplication",
    "udfApplicationLog",
    "udfId",
    "udfImage",
    "udfImageDesc",
    "udfName",
    "uploadId",
    "uploads",
    "userDefinedLogFieldsConfig",
    "versionId",
    "versioning",
    "versions",
    "vip",
    "vod",
    "vpcip",
    "website",
    "withHashContext",
    "worm",
    "wormExtend",
    "wormId",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_as_the_search_needs_it() {
        assert!(SUB_RESOURCES.is_sorted());
    }

    #[test]
    fn paging_is_not_signed_but_its_token_is() {
        for name in ["acl", "continuation-token", "x-oss-process", "security-token", "uploadId"] {
            assert!(is_signed_sub_resource(name), "{name}");
        }
        for name in ["prefix", "marker", "list-type", "Acl", "Signature", "Expires", ""] {
            assert!(!is_signed_sub_resource(name), "{name}");
        }
    }
}
