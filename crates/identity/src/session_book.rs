//! The book of sessions: which were made, for the list of them.
//!
//! Making a session waits for no disk. The book takes a note of it and writes notes in groups, soon
//! after; a crash may lose the last of them. Nothing is decided by the book: a session that it does
//! not know is as good, and can be revoked, as any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
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
    full: Arc<Full>,
}

/// That the list has no room: notes are not made then, only to be left out.
#[derive(Debug, Default)]
struct Full {
    /// Until when, as a second of the epoch: the writer looks for what is over then.
    until: AtomicI64,
    /// How many sessions were left out since.
    missing: AtomicUsize,
}

impl SessionBook {
    /// A book in this store. The future that is returned does the writing and ends only with an
    /// error.
    pub fn open(
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> (Self, impl Future<Output = StoreError> + Send) {
        Self::with_room_for(MAX_LISTED_SESSIONS, store, clock)
    }

    fn with_room_for(
        most: usize,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> (Self, impl Future<Output = StoreError> + Send + use<>) {
        let (notes, waiting) = mpsc::channel(MAX_WAITING);
        let (asked, full) = (Arc::new(Notify::new()), Arc::new(Full::default()));
        let writer = Writer {
            store: store.clone(),
            clock,
            asked: Arc::clone(&asked),
            full: Arc::clone(&full),
            most,
            listed: 0,
            swept_at: None,
        };
        (Self { store, notes, asked, full }, writer.run(waiting))
    }

    /// Takes a note of a session that was made. It waits for nothing.
    pub fn note(&self, session: Session) {
        if session.issued_at.as_second() < self.full.until.load(Ordering::Relaxed) {
            self.full.missing.fetch_add(1, Ordering::Relaxed);
            return;
        }
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
    full: Arc<Full>,
    /// The most sessions that are listed.
    most: usize,
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
        let room = self.most.saturating_sub(self.listed);
        let unnoted = self.full.missing.swap(0, Ordering::Relaxed);
        let missing = made.len().saturating_sub(room).saturating_add(unnoted);
        if missing > 0 {
            tracing::warn!(missing, "the list of sessions is full");
        }
        made.truncate(room);
        let until = match self.swept_at {
            Some(at) if made.len() == room => at.as_second().saturating_add(SWEEP_SECONDS),
            _ => i64::MIN,
        };
        self.full.until.store(until, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use rolecall_crypto::{KeyRing, RecordSealer, SessionId};
    use rolecall_store::Memory;
    use rolecall_types::{AccountId, ManualClock, PrincipalId, Random, SeededRandom};

    use super::*;

    const BEGIN: i64 = 1_700_000_000;
    const LIFE: i64 = 900;

    fn session(random: &dyn Random, at: i64) -> Session {
        let second = |second| Timestamp::from_second(second).unwrap();
        Session {
            session_id: SessionId::generate(random),
            account: AccountId::generate(random),
            role_name: "web".to_owned(),
            role_id: PrincipalId::generate(random, '3'),
            instance: None,
            session_name: "some".to_owned(),
            policies: Vec::new(),
            source_identity: None,
            issued_at: second(at),
            expires_at: second(at + LIFE),
            parent: None,
            ancestors: Vec::new(),
            vouched: None,
        }
    }

    #[tokio::test]
    async fn a_full_list_has_room_again_when_sessions_are_over() {
        let random = Arc::new(SeededRandom::new(1));
        let sealer = Arc::new(RecordSealer::new(&KeyRing::generate(random.as_ref())));
        let store = Store::new(Arc::new(Memory::new()), sealer, random.clone());
        let clock = Arc::new(ManualClock::at(BEGIN));
        let (book, writing) = SessionBook::with_room_for(3, store, clock.clone());
        let writing = tokio::spawn(writing);
        let listed = async |book: &SessionBook| {
            let mut read = book.read().await.unwrap();
            read.scan::<SessionRecord>(&[], None, usize::MAX).await.unwrap().len()
        };
        for (after, expected) in [
            // The fourth and what comes later is missing, with a group of its own or in one.
            (0, 3),
            (1, 3),
            // The list is looked through, and none is over.
            (SWEEP_SECONDS, 3),
            // The first three are over.
            (SWEEP_SECONDS * 2, 3),
            (SWEEP_SECONDS * 2 + 1, 3),
        ] {
            clock.advance(BEGIN + after - clock.now().as_second());
            for _ in 0..5 {
                book.note(session(random.as_ref(), BEGIN + after));
            }
            assert_eq!(listed(&book).await, expected, "{after}");
            let held = book.full.until.load(Ordering::Relaxed);
            assert!(held > BEGIN + after, "{after}: notes are made in vain");
        }
        let mut read = book.read().await.unwrap();
        let kept = read.scan::<SessionRecord>(&[], None, usize::MAX).await.unwrap();
        let fresh = |(_, record): &(Key, SessionRecord)| {
            record.session.issued_at.as_second() == BEGIN + SWEEP_SECONDS * 2
        };
        assert!(kept.iter().all(fresh), "{kept:?}");
        assert!(!writing.is_finished());
    }
}
