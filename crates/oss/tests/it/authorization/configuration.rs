//! The operations on a bucket's configuration. Each is one check, of the action that has its name,
//! on the bucket.

use super::Row;
use crate::configuration::{set, told};
use crate::support::Request;

/// The row of an operation: its name and its action are the same.
const fn row(
    operation: &'static str,
    action: &'static str,
    request: fn() -> Request,
    status: u16,
) -> Row {
    Row { operation, action, resource: "bucket", request, status }
}

pub(super) const TABLE: &[Row] = &[
    row(
        "PutBucketVersioning",
        "oss:PutBucketVersioning",
        || {
            let status = "<Status>Enabled</Status>";
            set(
                "versioning",
                format!("<VersioningConfiguration>{status}</VersioningConfiguration>"),
            )
        },
        200,
    ),
    row("GetBucketVersioning", "oss:GetBucketVersioning", || told("versioning"), 200),
];
