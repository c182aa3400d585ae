//! Versioning of buckets.

use super::{World, request};

impl World {
    /// Sets a bucket's versioning: `Enabled` or `Suspended`.
    pub(crate) async fn set_versioning(&self, bucket: &str, status: &str) {
        let document =
            format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        let request = request("PUT", bucket, "").query("versioning", "");
        let body = rolecall_gate::Body::full(document.into_bytes());
        self.send(request.body(body)).await.assert_status(200);
    }
}
