//! The operations on objects and their versions that are one check.

use rolecall_gate::Body;

use super::Row;
use crate::support::{Request, put, request};

/// Makes a link.
pub(super) fn link() -> Request {
    let link = put("bucket", "dir/link", "").query("symlink", "");
    link.header("x-oss-symlink-target", "dir/k")
}

/// What takes several checks of several resources, and has tests of its own for them.
pub(super) const SEVERAL_CHECKS: &[&str] = &["CopyObject", "UploadPartCopy"];

pub(super) const TABLE: &[Row] = &[
    Row {
        operation: "ListObjectVersions",
        action: "oss:ListObjectVersions",
        resource: "bucket",
        request: || request("GET", "bucket", "").query("versions", ""),
        status: 200,
    },
    Row {
        operation: "AppendObject",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: || {
            let put = put("bucket", "dir/log", "x").query("append", "").query("position", "0");
            Request { method: "POST", ..put }
        },
        status: 200,
    },
    Row {
        operation: "DeleteMultipleObjects",
        action: "oss:DeleteObject",
        resource: "bucket/dir/*",
        request: || {
            let document = "<Delete><Object><Key>dir/gone</Key></Object></Delete>";
            let request = request("POST", "bucket", "").query("delete", "");
            request.body(Body::full(document.as_bytes()))
        },
        status: 200,
    },
    Row {
        operation: "PutObjectTagging",
        action: "oss:PutObjectTagging",
        resource: "bucket/dir/*",
        request: || {
            let document = "<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>";
            let request = request("PUT", "bucket", "dir/k").query("tagging", "");
            request.body(Body::full(document))
        },
        status: 200,
    },
    Row {
        operation: "GetObjectTagging",
        action: "oss:GetObjectTagging",
        resource: "bucket/dir/*",
        request: || request("GET", "bucket", "dir/k").query("tagging", ""),
        status: 200,
    },
    Row {
        operation: "DeleteObjectTagging",
        action: "oss:DeleteObjectTagging",
        resource: "bucket/dir/*",
        request: || request("DELETE", "bucket", "dir/k").query("tagging", ""),
        status: 204,
    },
    Row {
        operation: "PutSymlink",
        action: "oss:PutObject",
        resource: "bucket/dir/*",
        request: link,
        status: 200,
    },
    Row {
        operation: "GetSymlink",
        action: "oss:GetObject",
        resource: "bucket/dir/*",
        request: || request("GET", "bucket", "dir/link").query("symlink", ""),
        status: 200,
    },
];
