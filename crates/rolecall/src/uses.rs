//! When AccessKeys were last used, written down now and then.

use std::sync::Arc;

use rolecall_identity::{IdentityDirectory, keep_key_use};
use rolecall_store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::failure::Failure;

/// The task that keeps when AccessKeys were last used.
pub(crate) struct KeptUses {
    stop: oneshot::Sender<()>,
    written: oneshot::Receiver<()>,
}

impl KeptUses {
    /// Writes what is not written yet, and ends.
    pub(crate) async fn stop(self) {
        let Self { stop, written } = self;
        let _ = stop.send(());
        // The task is gone where the store has failed; there is nothing to be written then.
        let _ = written.await;
    }
}

/// Starts the task that keeps when AccessKeys were last used.
pub(crate) fn keep_uses(
    tasks: &mut JoinSet<Failure>,
    store: Store,
    directory: Arc<IdentityDirectory>,
) -> KeptUses {
    let (stop, stopped) = oneshot::channel();
    let (done, written) = oneshot::channel();
    tasks.spawn(async move {
        let stopped = async { drop(stopped.await) };
        match keep_key_use(store, directory, stopped).await {
            Ok(()) => {
                let _ = done.send(());
                std::future::pending().await
            }
            Err(error) => Failure::Store(error),
        }
    });
    KeptUses { stop, written }
}
