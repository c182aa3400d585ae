//! Versioning of a bucket, set in its record.

use rolecall_store::Record;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::World;

/// A bucket's record, whatever is in it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct AnyBucket(Map<String, Value>);

impl Record for AnyBucket {
    const TABLE: &'static str = "oss-bucket";
    const VERSION: u32 = 1;
}

impl World {
    /// Sets a bucket's versioning: `Enabled` or `Suspended`.
    pub(crate) async fn set_versioning(&self, bucket: &str, status: &str) {
        let mut transaction = self.store.begin().await.unwrap();
        let mut record: AnyBucket = transaction.get(&[bucket]).await.unwrap().unwrap();
        record.0.insert("versioning".to_owned(), status.into());
        transaction.put_at(&[bucket], &record).unwrap();
        transaction.commit().await.unwrap();
    }
}
