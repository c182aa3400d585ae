//! Views: what a node keeps in memory of the store, fed by the store's watch.

use std::sync::Arc;

use rolecall_store::{Events, Revision, Store, StoreError, Watch};
use tokio::sync::watch;

/// A part of the store, kept in memory in the form that requests need.
pub trait View: Send + Sync + 'static {
    /// Takes in the changes of one revision. A record that cannot be read is an error: the node
    /// must not go on deciding from a picture with holes.
    fn apply(&self, events: &Events) -> Result<(), StoreError>;
}

/// The views of a node and the revision that all of them show.
#[derive(Debug, Clone)]
pub struct Views {
    applied: watch::Receiver<Revision>,
}

/// The views can no longer follow the store.
#[derive(Debug, thiserror::Error)]
#[error("the views have stopped following the store")]
pub struct ViewsStopped;

impl Views {
    /// Follows the store from `revision`, which the views show already. The future that is
    /// returned does the work and ends only with an error.
    pub fn follow(
        store: Store,
        revision: Revision,
        views: Vec<Arc<dyn View>>,
    ) -> (Self, impl Future<Output = StoreError> + Send) {
        let (publish, applied) = watch::channel(revision);
        let work = async move {
            let mut watch = store.watch(revision);
            loop {
                match apply_next(&mut watch, &views).await {
                    Ok(revision) => {
                        publish.send_replace(revision);
                    }
                    Err(error) => return error,
                }
            }
        };
        (Self { applied }, work)
    }

    /// Waits until every view shows `revision`.
    pub async fn reach(&self, revision: Revision) -> Result<(), ViewsStopped> {
        let mut applied = self.applied.clone();
        applied.wait_for(|shown| *shown >= revision).await.map_err(|_| ViewsStopped)?;
        Ok(())
    }

    /// The revision that every view shows.
    pub fn revision(&self) -> Revision {
        *self.applied.borrow()
    }
}

async fn apply_next(watch: &mut Watch, views: &[Arc<dyn View>]) -> Result<Revision, StoreError> {
    let events = watch.next().await?;
    views.iter().try_for_each(|view| view.apply(&events))?;
    Ok(events.revision)
}
