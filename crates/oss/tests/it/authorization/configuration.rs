//! The operations on a bucket's configuration. Each is one check, mostly of the action that has its
//! name, on the bucket.

use super::Row;
use crate::configuration::{set, told, unset};
use crate::support::{Request, request};

/// The row of an operation on a bucket.
const fn row(
    operation: &'static str,
    action: &'static str,
    request: fn() -> Request,
    status: u16,
) -> Row {
    Row { operation, action, resource: "bucket", request, status }
}

/// What a bucket has before a row is tried, so that there is something to be told.
pub(super) fn documents() -> [Request; 3] {
    [set("cors", CORS), set("lifecycle", LIFECYCLE), set("website", WEBSITE)]
}

pub(super) const TABLE: &[Row] = &[
    row("HeadBucket", "oss:GetBucketInfo", || request("HEAD", "bucket", ""), 200),
    row("GetBucketStat", "oss:GetBucketStat", || told("stat"), 200),
    row("ListLiveChannel", "oss:ListLiveChannel", || told("live"), 200),
    Row {
        operation: "DescribeRegions",
        action: "oss:DescribeRegions",
        resource: "*",
        request: || request("GET", "", "").query("regions", ""),
        status: 200,
    },
    row("PutBucketVersioning", "oss:PutBucketVersioning", || set("versioning", VERSIONING), 200),
    row("GetBucketVersioning", "oss:GetBucketVersioning", || told("versioning"), 200),
    row("PutBucketCors", "oss:PutBucketCors", || set("cors", CORS), 200),
    row("GetBucketCors", "oss:GetBucketCors", || told("cors"), 200),
    row("DeleteBucketCors", "oss:DeleteBucketCors", || unset("cors"), 204),
    row("PutBucketReferer", "oss:PutBucketReferer", || set("referer", REFERER), 200),
    row("GetBucketReferer", "oss:GetBucketReferer", || told("referer"), 200),
    row(
        "PutBucketRequestPayment",
        "oss:PutBucketRequestPayment",
        || set("requestPayment", REQUESTPAYMENT),
        200,
    ),
    row("GetBucketRequestPayment", "oss:GetBucketRequestPayment", || told("requestPayment"), 200),
    row("PutBucketEncryption", "oss:PutBucketEncryption", || set("encryption", ENCRYPTION), 200),
    row("GetBucketEncryption", "oss:GetBucketEncryption", || told("encryption"), 404),
    row("DeleteBucketEncryption", "oss:DeleteBucketEncryption", || unset("encryption"), 204),
    row("PutBucketWebsite", "oss:PutBucketWebsite", || set("website", WEBSITE), 200),
    row("GetBucketWebsite", "oss:GetBucketWebsite", || told("website"), 200),
    row("DeleteBucketWebsite", "oss:DeleteBucketWebsite", || unset("website"), 204),
    row("PutBucketLogging", "oss:PutBucketLogging", || set("logging", LOGGING), 200),
    row("GetBucketLogging", "oss:GetBucketLogging", || told("logging"), 200),
    row("DeleteBucketLogging", "oss:DeleteBucketLogging", || unset("logging"), 204),
    row("PutBucketTags", "oss:PutBucketTagging", || set("tagging", TAGS), 200),
    row("GetBucketTags", "oss:GetBucketTagging", || told("tagging"), 200),
    row("DeleteBucketTags", "oss:DeleteBucketTagging", || unset("tagging"), 204),
    row("PutBucketLifecycle", "oss:PutBucketLifecycle", || set("lifecycle", LIFECYCLE), 200),
    row("GetBucketLifecycle", "oss:GetBucketLifecycle", || told("lifecycle"), 200),
    row("DeleteBucketLifecycle", "oss:DeleteBucketLifecycle", || unset("lifecycle"), 204),
];

const VERSIONING: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
     <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
const REFERER: &str = "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>\
     </RefererConfiguration>";
const REQUESTPAYMENT: &str = "<RequestPaymentConfiguration><Payer>BucketOwner</Payer>\
     </RequestPaymentConfiguration>";
const ENCRYPTION: &str = "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>\
     <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
     </ServerSideEncryptionRule>";
const WEBSITE: &str = "<WebsiteConfiguration><ErrorDocument><Key>e</Key></ErrorDocument>\
     </WebsiteConfiguration>";
const LOGGING: &str = "<BucketLoggingStatus/>";
const TAGS: &str = "<Tagging><TagSet/></Tagging>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>1\
     </Days></Expiration></Rule></LifecycleConfiguration>";
