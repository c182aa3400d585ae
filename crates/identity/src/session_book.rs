//! The book of sessions: which were made, for the list of them.
//!
//! Making a session waits for no disk. The book takes a note of it and writes notes in groups, soon
//! after; a crash may lose the last of them. Nothing is decided by the book: a session that it does
//! not know is as good, and can be revoked, as any other.

use std::sync::Arc;
use std::time::Duration;

use rolecall_api::{ApiError, code};
use rolecall_crypto::Session;
use rolecall_gate::store_error;
use rolecall_store::{Encoded, Key, Record, Store, StoreError, Transaction};
use rolecall_types::{Clock, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::record::{RevocationRecord, SessionRecord};

/// The most sessions that the book lists: some 60 MB of memory. Who makes more finds the later ones
/// missing in the list; limit ours.
pub const MAX_LISTED_SESSIONS: usize = 100_000;

/// How many notes may wait to be written before further ones are left out; limit ours.
const MAX_WAITING: usize = 16_384;

/// The most notes that are written together.
const GROUP: usize = 4_096;

/// How long a note waits for others: each group costs a sync of the disk and the pages that it
/// touches, however small it is.
const GATHERING: Duration = Duration::from_millis(20);

/// How often what is over is removed, in seconds.
const SWEEP_SECONDS: i64 = 600;

enum Note {
    /// Encoded where the session was made: what the writer frees would be missing there.
    Made(Encoded),
    WrittenUpToHere(oneshot::Sender<()>),
}

/// Takes notes of sessions, and reads them.
#[derive(Debug, Clone)]
pub struct SessionBook {
    store: Store,
    notes: mpsc::Sender<Note>,
    /// Somebody waits for what was noted.
    asked: Arc<Notify>,
}

impl SessionBook {
    /// A book in this store. The future that is returned does the writing and ends only with an
    /// error.
    pub fn open(
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> (Self, impl Future<Output = StoreError> + Send) {
        let (notes, waiting) = mpsc::channel(MAX_WAITING);
        let asked = Arc::new(Notify::new());
        let writer = Writer {
            store: store.clone(),
            clock,
            asked: Arc::clone(&asked),
            listed: 0,
            swept_at: None,
        };
        (Self { store, notes, asked }, writer.run(waiting))
    }

    /// Takes a note of a session that was made. It waits for nothing.
    pub fn note(&self, session: Session) {
        let record = SessionRecord::of(session);
        let noted =
            Encoded::of(&record).is_ok_and(|it| self.notes.try_send(Note::Made(it)).is_ok());
        if !noted {
            let session = record.session.session_id;
            tracing::warn!(%session, "a session is missing in the list");
        }
    }

    /// A transaction that sees all that was noted before.
    pub(crate) async fn read(&self) -> Result<Transaction, ApiError> {
        let (done, written) = oneshot::channel();
        let stopped =
            || ApiError::new(&code::INTERNAL_ERROR).because("the book of sessions is shut");
        self.notes.send(Note::WrittenUpToHere(done)).await.map_err(|_| stopped())?;
        self.asked.notify_one();
        written.await.map_err(|_| stopped())?;
        self.store.begin().await.map_err(store_error)
    }
}

struct Writer {
    store: Store,
    clock: Arc<dyn Clock>,
    asked: Arc<Notify>,
    listed: usize,
    swept_at: Option<Timestamp>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Note>) -> StoreError {
        let mut group = Vec::new();
        loop {
            if waiting.recv_many(&mut group, GROUP).await == 0 {
                // Whoever made sessions is gone; so is the need for a book.
                std::future::pending::<()>().await;
            }
            tokio::select! {
                () = tokio::time::sleep(GATHERING) => {}
                () = self.asked.notified() => {}
            }
            while group.len() < GROUP
                && let Ok(note) = waiting.try_recv()
            {
                group.push(note);
            }
            if let Err(error) = self.write(group.drain(..)).await {
                return error;
            }
        }
    }

    async fn write(&mut self, group: impl Iterator<Item = Note> + Send) -> Result<(), StoreError> {
        let now = self.clock.now();
        let due = |at: Timestamp| now.as_second().saturating_sub(at.as_second()) >= SWEEP_SECONDS;
        if self.swept_at.is_none_or(due) {
            self.listed = sweep(&self.store, now).await?;
            self.swept_at = Some(now);
        }
        let (mut made, mut heard) = (Vec::new(), Vec::new());
        for note in group {
            match note {
                Note::Made(record) => made.push(record),
                Note::WrittenUpToHere(done) => heard.push(done),
            }
        }
        let room = MAX_LISTED_SESSIONS.saturating_sub(self.listed);
        if made.len() > room {
            tracing::warn!(
                missing = made.len().saturating_sub(room),
                "the list of sessions is full"
            );
            made.truncate(room);
        }
        if !made.is_empty() {
            let mut transaction = self.store.begin().await?;
            self.listed = self.listed.saturating_add(made.len());
            for record in made {
                transaction.put_encoded(record);
            }
            transaction.commit().await?;
        }
        for done in heard {
            // Who asked may have gone away since.
            let _ = done.send(());
        }
        Ok(())
    }
}

/// Removes what is over: sessions, and revocations of sessions that would be. Returns how many
/// sessions are left.
async fn sweep(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let mut transaction = store.begin().await?;
    let sessions = transaction.scan::<SessionRecord>(&[], None, usize::MAX).await?;
    let all = sessions.len();
    let over = sessions.into_iter().filter(|(_, record)| record.session.expires_at <= now);
    let removed = remove::<SessionRecord>(&mut transaction, over.map(|(key, _)| key));
    let revocations = transaction.scan::<RevocationRecord>(&[], None, usize::MAX).await?;
    let over = revocations.into_iter().filter(|(_, record)| record.expires_at <= now);
    remove::<RevocationRecord>(&mut transaction, over.map(|(key, _)| key));
    match transaction.commit().await {
        Ok(_) => Ok(all.saturating_sub(removed)),
        // A revocation was written meanwhile; the next sweep is in time.
        Err(StoreError::Conflict) => Ok(all),
        Err(error) => Err(error),
    }
}

fn remove<T: Record>(transaction: &mut Transaction, keys: impl Iterator<Item = Key>) -> usize {
    let mut removed = 0_usize;
    for key in keys {
        let parts = key.texts();
        transaction.delete::<T>(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        removed = removed.saturating_add(1);
    }
    removed
}
