//! Uploads by parts. Their ids are not known beforehand: who is allowed learns that there is none
//! of this one.

use super::{Row, on_bucket};
use crate::support::{Request, put, request};

fn of_upload(method: &'static str) -> Request {
    request(method, "bucket", "dir/k").query("uploadId", "0123456789ABCDEF0123456789ABCDEF")
}

pub(super) const TABLE: &[Row] = &[
    Row {
        operation: "InitiateMultipartUpload",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: || request("POST", "bucket", "dir/k").query("uploads", ""),
        status: 200,
    },
    Row {
        operation: "UploadPart",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: || put("bucket", "dir/k", "x").query("uploadId", "0").query("partNumber", "1"),
        status: 404,
    },
    Row {
        operation: "CompleteMultipartUpload",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: || of_upload("POST").header("x-oss-complete-all", "yes"),
        status: 404,
    },
    Row {
        operation: "AbortMultipartUpload",
        action: "oss:AbortMultipartUpload",
        resource: "bucket/dir/*",
        request: || of_upload("DELETE"),
        status: 404,
    },
    Row {
        operation: "ListParts",
        action: "oss:ListParts",
        resource: "bucket/dir/*",
        request: || of_upload("GET"),
        status: 404,
    },
    Row {
        operation: "ListMultipartUploads",
        action: "oss:ListMultipartUploads",
        resource: "bucket",
        request: || on_bucket("GET").query("uploads", ""),
        status: 200,
    },
];
