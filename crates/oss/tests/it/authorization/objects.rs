//! The operations on objects and their versions that are one check.

use super::Row;
use crate::support::request;

pub(super) const TABLE: &[Row] = &[Row {
    operation: "ListObjectVersions",
    action: "oss:ListObjectVersions",
    resource: "bucket",
    request: || request("GET", "bucket", "").query("versions", ""),
    status: 200,
}];
