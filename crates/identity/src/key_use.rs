//! Keeps when AccessKeys were last used: in memory at each use, in the store now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rolecall_gate::{Directory, KeyOwner};
use rolecall_store::{Store, StoreError};
use rolecall_types::{AccessKeyId, Timestamp};

use crate::record::{AccessKeyRecord, KeyUseRecord};

/// How often last uses are written, in seconds. A crash loses what came after; limit ours.
pub const FLUSH_SECONDS: u64 = 60;

/// Writes last uses that have changed, every [`FLUSH_SECONDS`], and once more when `stop` is done;
/// then it returns.
pub async fn keep_key_use(
    store: Store,
    directory: Arc<dyn Directory>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), StoreError> {
    let mut written = HashMap::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let stopped = tokio::select! {
            () = &mut stop => true,
            () = tokio::time::sleep(Duration::from_secs(FLUSH_SECONDS)) => false,
        };
        flush(&store, directory.as_ref(), &mut written).await?;
        if stopped {
            return Ok(());
        }
    }
}

async fn flush(
    store: &Store,
    directory: &dyn Directory,
    written: &mut HashMap<AccessKeyId, Timestamp>,
) -> Result<(), StoreError> {
    let snapshot = directory.snapshot();
    written.retain(|id, _| snapshot.keys.contains_key(id));
    loop {
        let mut transaction = store.begin().await?;
        let mut fresh = Vec::new();
        for (id, key) in &snapshot.keys {
            let Some(used_at) = key.last_use.get() else { continue };
            if written.get(id) == Some(&used_at) {
                continue;
            }
            let (account, user) = match &key.owner {
                KeyOwner::Root(account) => (account, None),
                KeyOwner::User(account, name) => (account, Some(name.as_str())),
            };
            // A key that was deleted in the meantime must leave nothing behind.
            if AccessKeyRecord::exists(&mut transaction, (account, user), id).await? {
                let record = KeyUseRecord { account: account.clone(), id: id.clone(), used_at };
                transaction.put(&record)?;
                fresh.push((id.clone(), used_at));
            }
        }
        match transaction.commit().await {
            // A key was changed meanwhile.
            Err(StoreError::Conflict) => {}
            done => {
                written.extend(fresh);
                return done.map(drop);
            }
        }
    }
}
