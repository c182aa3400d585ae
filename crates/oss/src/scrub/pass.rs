//! One pass over everything that the index refers to.

use std::collections::VecDeque;

use futures_util::StreamExt;
use rolecall_store::Key;
use rolecall_types::{Timestamp, explain};
use rustix::io::Errno;

use super::{Finding, Rot, ScrubProgress, Scrubber};
use crate::blobs::BlobError;
use crate::error::ObjectError;
use crate::index::{Reference, Referrer};
use crate::objects::Objects;
use crate::record::{Part, Piece};

/// How many records are read from the index at once.
const BATCH: usize = 200;

/// How much may be read before others have their turn.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u64,
    records: u64,
}

impl Budget {
    pub(super) fn of(bytes: u64, records: u64) -> Self {
        Self { bytes, records }
    }

    fn is_spent(&self) -> bool {
        self.bytes == 0 || self.records == 0
    }
}

/// What a pass works with, for one turn.
pub(super) struct Turn<'a> {
    pub(super) objects: &'a Objects,
    pub(super) scrubber: &'a Scrubber,
    pub(super) now: Timestamp,
    pub(super) budget: Budget,
    pub(super) progress: &'a ScrubProgress,
}

/// A pass, and where it is.
#[derive(Debug)]
pub(super) struct Pass {
    number: u64,
    /// The last record that was read to its end.
    after: Option<Key>,
    /// Those that come next.
    batch: VecDeque<Referrer>,
    /// In the first of these, how many pieces were read.
    pieces: usize,
    /// In the piece after them, how many bytes were read.
    offset: u64,
}

/// What came of reading a piece.
enum Read {
    /// All of it is as it was written.
    Sound,
    /// There was no time for all of it.
    Unfinished,
    /// It seems to have rotted.
    Rotten(Rot),
}

impl Pass {
    pub(super) fn begin(number: u64) -> Self {
        Self { number, after: None, batch: VecDeque::new(), pieces: 0, offset: 0 }
    }

    /// Goes on behind a record.
    pub(super) fn resume(number: u64, after: Key) -> Self {
        Self { after: Some(after), ..Self::begin(number) }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn after(&self) -> Option<&Key> {
        self.after.as_ref()
    }

    /// Goes on until the budget is spent; whether everything was read.
    pub(super) async fn run(&mut self, mut turn: Turn<'_>) -> Result<bool, ObjectError> {
        while !turn.budget.is_spent() {
            let Some(referrer) = self.batch.pop_front() else {
                self.batch = turn.objects.index.referrers(self.after.as_ref(), BATCH).await?.into();
                if self.batch.is_empty() {
                    return Ok(true);
                }
                continue;
            };
            let looked = self.look(&mut turn, &referrer).await;
            if !matches!(looked, Ok(true)) {
                self.batch.push_front(referrer);
                return looked;
            }
            (self.pieces, self.offset) = (0, 0);
            self.after = Some(referrer.place);
            turn.budget.records = turn.budget.records.saturating_sub(1);
            turn.progress.add_object();
            tokio::task::yield_now().await;
        }
        Ok(false)
    }

    /// Reads what a record refers to; whether there was time for all of it.
    async fn look(
        &mut self,
        turn: &mut Turn<'_>,
        referrer: &Referrer,
    ) -> Result<bool, ObjectError> {
        let Ok(reference) = &referrer.says else {
            turn.doubt(self.number, referrer, None, Rot::Record).await?;
            return Ok(true);
        };
        while let Some(piece) = reference.pieces.get(self.pieces) {
            match self.read(turn, piece).await? {
                Read::Sound => (self.pieces, self.offset) = (self.pieces.saturating_add(1), 0),
                Read::Unfinished => return Ok(false),
                Read::Rotten(rot) => {
                    turn.doubt(self.number, referrer, Some(piece), rot).await?;
                    return Ok(true);
                }
            }
        }
        turn.scrubber.findings.remove(&referrer.place);
        Ok(true)
    }

    /// Reads a piece from where it was left.
    async fn read(&mut self, turn: &mut Turn<'_>, piece: &Piece) -> Result<Read, ObjectError> {
        let (pieces, budget) = (turn.objects.pieces(), &mut turn.budget);
        if budget.bytes == 0 {
            return Ok(Read::Unfinished);
        }
        if self.offset == 0 {
            match pieces.is_whole(piece).await {
                Ok(Some(true)) => {}
                Ok(Some(false)) => return Ok(Read::Rotten(Rot::Length)),
                Ok(None) => return Ok(Read::Rotten(Rot::Missing)),
                Err(error) => return rot_of(error).map(Read::Rotten),
            }
        }
        let mut stream = match pieces.open(piece, self.offset..piece.length).await {
            Ok(Some(stream)) => stream,
            Ok(None) => return Ok(Read::Rotten(Rot::Missing)),
            Err(error) => return rot_of(error).map(Read::Rotten),
        };
        while self.offset < piece.length {
            if budget.bytes == 0 {
                return Ok(Read::Unfinished);
            }
            let length = match stream.next().await {
                Some(Ok(bytes)) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                Some(Err(error)) => return rot_of(error.into()).map(Read::Rotten),
                None => return Ok(Read::Rotten(Rot::Length)),
            };
            self.offset = self.offset.saturating_add(length);
            budget.bytes = budget.bytes.saturating_sub(length);
            turn.progress.add_bytes(length);
        }
        Ok(Read::Sound)
    }
}

/// What an error says of the bytes that were read, or the error where it says nothing of them.
fn rot_of(error: ObjectError) -> Result<Rot, ObjectError> {
    match error {
        ObjectError::Blob(BlobError::Damaged(_)) => Ok(Rot::Damaged),
        ObjectError::Blob(BlobError::Short(_)) => Ok(Rot::Length),
        ObjectError::Blob(BlobError::Id) => Ok(Rot::Missing),
        ObjectError::Key(_) => Ok(Rot::Key),
        ObjectError::Blob(BlobError::Io { attempted, path, source }) => {
            let short_of = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::INTR];
            if short_of.iter().any(|errno| source.raw_os_error() == Some(errno.raw_os_error())) {
                return Err(BlobError::Io { attempted, path, source }.into());
            }
            Ok(Rot::Unreadable)
        }
        other => Err(other),
    }
}

impl Turn<'_> {
    /// Tells of what seems to be rot, if the record still is as it was when it was read.
    async fn doubt(
        &self,
        pass: u64,
        referrer: &Referrer,
        piece: Option<&Piece>,
        rot: Rot,
    ) -> Result<(), ObjectError> {
        let place = &referrer.place;
        let Some(now) = self.objects.index.referrer(place).await? else { return Ok(()) };
        let is_certain = match (&now.says, piece) {
            (Ok(now), Some(piece)) => now.pieces.iter().any(|other| other.blob == piece.blob),
            (Err(_), None) => true,
            (Ok(_), None) | (Err(_), Some(_)) => false,
        };
        let blob = piece.map(|piece| piece.blob.as_str());
        if !is_certain || self.scrubber.findings.knows(place, blob, rot, pass) {
            return Ok(());
        }
        let version = match &referrer.says {
            Ok(Reference { version: Some(version), .. }) if !version.is_null() => {
                Some(version.as_str().to_owned())
            }
            _ => None,
        };
        let object = self.name(place).await?;
        let blob = blob.map(str::to_owned);
        let cause = referrer.says.as_ref().err().map(|error| explain(error));
        tracing::error!(object, version, blob, ?rot, cause, "rot was found: {rot}");
        let finding = Finding { object, version, blob, rot, found: self.now };
        self.scrubber.findings.add(place, finding, pass);
        Ok(())
    }

    /// What a record is, for a person.
    async fn name(&self, place: &Key) -> Result<String, ObjectError> {
        let texts = place.texts();
        let mut texts = texts.iter().map(String::as_str);
        let (first, second) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        if place.is_of::<Part>() {
            return Ok(format!("part {second} of the upload {first}"));
        }
        let bucket = self.objects.index.bucket_name(first).await?;
        Ok(format!("{}/{}", bucket.as_deref().unwrap_or(first), second.escape_debug()))
    }
}
