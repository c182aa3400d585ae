//! Uploads from a web page, which are signed in the fields of their form.

use super::Row;
use crate::forms::form;

pub(super) const TABLE: &[Row] = &[Row {
    operation: "PostObject",
    action: "oss:PutObject",
    resource: "bucket/dir/*",
    request: || form(&[("key", "dir/new")], "x"),
    status: 204,
}];
