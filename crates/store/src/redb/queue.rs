//! The commits that wait, and the one thread that serves them in groups.

use std::sync::PoisonError;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::device::{Failure, FirstFailure};
use super::load::{Open, guarded, redb_error};
use crate::StoreError;
use crate::backend::{Commit, CommitOutcome};

/// Most commits that wait; further ones wait for a place.
const QUEUE_LENGTH: usize = 1024;
/// Most commits that share one sync.
const GROUP_LENGTH: usize = 256;

/// What the thread does with a group of commits.
pub(super) trait Serve: Send + 'static {
    /// Makes a group durable and visible, and gives the answer to each commit in its order.
    fn serve(&mut self, commits: Vec<Commit>) -> Vec<Result<CommitOutcome, StoreError>>;

    /// Closes the file, when nobody can ask any more.
    fn close(self);
}

/// A commit that waits, and where its answer goes.
struct Request {
    commit: Commit,
    reply: oneshot::Sender<Result<CommitOutcome, StoreError>>,
}

/// Dropping it waits for the last commit and for the file to be closed.
pub(super) struct Queue {
    /// `None` only while dropping.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(super) fn start(writer: impl Serve) -> Result<Self, StoreError> {
        let (requests, waiting) = mpsc::channel(QUEUE_LENGTH);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(writer, waiting))
            .map_err(|source| StoreError::io("start the store's writer thread", source))?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    pub(super) async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(StoreError::Closed)?;
        let sent = requests.send(Request { commit, reply }).await;
        sent.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the store's writer thread panicked");
        }
    }
}

fn run(mut writer: impl Serve, mut waiting: mpsc::Receiver<Request>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut commits = vec![first.commit];
        let mut replies = vec![first.reply];
        while commits.len() < GROUP_LENGTH
            && let Ok(next) = waiting.try_recv()
        {
            commits.push(next.commit);
            replies.push(next.reply);
        }
        let answers = writer.serve(commits);
        for (reply, answer) in replies.into_iter().zip(answers) {
            // The caller may have gone away; the commit stands all the same.
            let _ = reply.send(answer);
        }
    }
    writer.close();
}

/// Whether there is a file to write to.
pub(super) enum Health {
    Sound(Open),
    /// The disk was full; the file must be opened anew, because redb has closed itself.
    Full,
    /// A failure after which the file may differ from what is believed; only a restart helps.
    Stopped {
        reason: String,
    },
}

impl Health {
    /// Ends all writing, and says why.
    pub(super) fn stop(&mut self, reason: String) -> StoreError {
        tracing::error!(reason, "the store takes no writes until the program is restarted");
        *self = Self::Stopped { reason: reason.clone() };
        StoreError::Stopped { reason }
    }

    /// What becomes of the store when `error` has ended a group, after the first failure of the
    /// device below.
    pub(super) fn fail(&mut self, error: &StoreError, failure: Option<Failure>) -> StoreError {
        match failure {
            Some(failure) if failure.is_full() => {
                tracing::error!(%error, "the disk is full: the store takes no writes");
                *self = Self::Full;
                StoreError::Full
            }
            Some(Failure { operation, text, .. }) => {
                self.stop(format!("{operation} of the store's file: {text}"))
            }
            None => self.stop(error.to_string()),
        }
    }

    /// Closes a file that is open.
    pub(super) fn close(self) {
        let Self::Sound(open) = self else { return };
        let close = || open.database.close().map_err(|error| redb_error("close", error.into()));
        if let Err(error) = guarded(close) {
            tracing::error!(%error, "the store's file was not closed cleanly");
        }
    }
}

/// The first failure of a device, which is then forgotten.
pub(super) fn take(failure: &FirstFailure) -> Option<Failure> {
    failure.lock().unwrap_or_else(PoisonError::into_inner).take()
}
