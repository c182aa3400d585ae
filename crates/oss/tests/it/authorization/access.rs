//! Operations on who may use a bucket and its objects.

use super::{Row, on_bucket};
use crate::support::{Request, request};

/// A policy for somebody who is in no test.
pub(super) const POLICY: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["200000000000000999"],"Resource":["acs:oss:*:*:policed/*"]}]}"#;

const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess>\
                     </PublicAccessBlockConfiguration>";

fn sending(request: Request, body: &'static str) -> Request {
    request.body(rolecall_gate::Body::full(body))
}

fn on_account(method: &'static str) -> Request {
    request(method, "", "").query("publicAccessBlock", "")
}

fn on_object(method: &'static str) -> Request {
    request(method, "bucket", "dir/k").query("acl", "")
}

pub(super) const TABLE: &[Row] = &[
    Row {
        operation: "PutBucketAcl",
        action: "oss:PutBucketAcl",
        resource: "bucket",
        request: || on_bucket("PUT").query("acl", "").header("x-oss-acl", "public-read"),
        status: 200,
    },
    Row {
        operation: "PutBucketPolicy",
        action: "oss:PutBucketPolicy",
        resource: "bucket",
        request: || sending(on_bucket("PUT").query("policy", ""), POLICY),
        status: 200,
    },
    Row {
        operation: "GetBucketPolicy",
        action: "oss:GetBucketPolicy",
        resource: "policed",
        request: || request("GET", "policed", "").query("policy", ""),
        status: 200,
    },
    Row {
        operation: "DeleteBucketPolicy",
        action: "oss:DeleteBucketPolicy",
        resource: "policed",
        request: || request("DELETE", "policed", "").query("policy", ""),
        status: 204,
    },
    Row {
        operation: "GetBucketPolicyStatus",
        action: "oss:GetBucketPolicyStatus",
        resource: "policed",
        request: || request("GET", "policed", "").query("policyStatus", ""),
        status: 200,
    },
    Row {
        operation: "PutBucketPublicAccessBlock",
        action: "oss:PutBucketPublicAccessBlock",
        resource: "bucket",
        request: || sending(on_bucket("PUT").query("publicAccessBlock", ""), BLOCK),
        status: 200,
    },
    Row {
        operation: "GetBucketPublicAccessBlock",
        action: "oss:GetBucketPublicAccessBlock",
        resource: "bucket",
        request: || on_bucket("GET").query("publicAccessBlock", ""),
        status: 200,
    },
    Row {
        operation: "DeleteBucketPublicAccessBlock",
        action: "oss:DeleteBucketPublicAccessBlock",
        resource: "bucket",
        request: || on_bucket("DELETE").query("publicAccessBlock", ""),
        status: 204,
    },
    Row {
        operation: "PutPublicAccessBlock",
        action: "oss:PutPublicAccessBlock",
        resource: "*",
        request: || sending(on_account("PUT"), BLOCK),
        status: 200,
    },
    Row {
        operation: "GetPublicAccessBlock",
        action: "oss:GetPublicAccessBlock",
        resource: "*",
        request: || on_account("GET"),
        status: 200,
    },
    Row {
        operation: "DeletePublicAccessBlock",
        action: "oss:DeletePublicAccessBlock",
        resource: "*",
        request: || on_account("DELETE"),
        status: 204,
    },
    Row {
        operation: "PutObjectAcl",
        action: "oss:PutObjectAcl",
        resource: "bucket/dir/*",
        request: || on_object("PUT").header("x-oss-object-acl", "public-read"),
        status: 200,
    },
    Row {
        operation: "GetObjectAcl",
        action: "oss:GetObjectAcl",
        resource: "bucket/dir/*",
        request: || on_object("GET"),
        status: 200,
    },
];
