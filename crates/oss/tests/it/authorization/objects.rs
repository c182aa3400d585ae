//! The operations on objects and their versions that are one check.

use super::Row;
use crate::support::{Request, put, request};

/// Makes a link.
pub(super) fn link() -> Request {
    let link = put("bucket", "dir/link", "").query("symlink", "");
    link.header("x-oss-symlink-target", "dir/k")
}

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
