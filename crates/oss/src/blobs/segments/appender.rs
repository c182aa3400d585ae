//! The one thread that writes to segments. All blobs that wait go to the disk together: one write,
//! one wait until it is durable, and then an answer to each.

use std::fs::{File, OpenOptions};
use std::io;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::live::{GRANULE_BYTES, granules};
use super::place::{self, Place, frame};
use super::{BlobError, BlobId, HEADER_BYTES, SEGMENT_BYTES_MAX, Segment, Shared, VERSION, header};
use crate::blobs::disk::{self, io_error};
use crate::checksum::crc64;

/// The most blobs that share one write. It bounds, with the most bytes of a blob, what is held.
const GROUP_LENGTH: usize = 256;

/// Once a group has so many bytes, no other blob joins it: 4 MiB, which a disk writes in the time
/// of some waits.
const GROUP_BYTES: usize = 4 << 20;

/// How many blobs may stand in line; who comes later waits to stand in line.
const LINE_LENGTH: usize = 1024;

/// The way to the thread. It ends when the last clone is gone.
#[derive(Debug, Clone)]
pub(super) struct Appender(mpsc::Sender<Waiting>);

/// A blob that waits to be written.
struct Waiting {
    bytes: Vec<u8>,
    length: u32,
    crc: u64,
    reply: oneshot::Sender<Result<BlobId, BlobError>>,
}

impl Appender {
    /// Starts the thread. `newest` is the last segment that there is, and where it can grow on.
    pub(super) fn start(shared: Arc<Shared>, newest: Option<(u32, Option<u32>)>) -> Self {
        let (sender, line) = mpsc::channel(LINE_LENGTH);
        let next = newest.map_or(0, |(number, _)| number.saturating_add(1));
        let grown = newest.and_then(|(number, end)| Some((number, end?)));
        let worker = Worker { shared, next, tail: None, grown };
        // Without the thread, the line is closed, and every write says that the program stops.
        if let Err(error) =
            thread::Builder::new().name("segments".into()).spawn(|| worker.run(line))
        {
            tracing::error!(%error, "the thread that writes small objects did not start");
        }
        Self(sender)
    }

    pub(super) async fn append(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
        let length = place::length(bytes.len()).ok_or(BlobError::Id)?;
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { crc: crc64(&bytes), bytes, length, reply };
        self.0.send(waiting).await.map_err(|_| BlobError::Stopping)?;
        answer.await.map_err(|_| BlobError::Stopping)?
    }
}

struct Worker {
    shared: Arc<Shared>,
    /// The number of the next new segment.
    next: u32,
    /// The segment that grows.
    tail: Option<Tail>,
    /// One of an earlier run that can grow on, and where.
    grown: Option<(u32, u32)>,
}

struct Tail {
    number: u32,
    file: File,
    /// Where the next blob begins, in granules.
    end: u32,
    /// Whether its folder does not surely list it yet.
    fresh: bool,
}

impl Worker {
    fn run(mut self, mut line: mpsc::Receiver<Waiting>) {
        while let Some(first) = line.blocking_recv() {
            let mut bytes = first.bytes.len();
            let mut group = vec![first];
            while group.len() < GROUP_LENGTH
                && bytes < GROUP_BYTES
                && let Ok(next) = line.try_recv()
            {
                bytes = bytes.saturating_add(next.bytes.len());
                group.push(next);
            }
            self.write(group);
        }
    }

    fn write(&mut self, group: Vec<Waiting>) {
        match self.settle(&group) {
            Ok(places) => {
                for (waiting, place) in group.into_iter().zip(places) {
                    if waiting.reply.send(Ok(place.id())).is_err() {
                        // Nobody will ever refer to it.
                        self.shared.free(&place);
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "small objects were not written");
                for waiting in group {
                    let _ = waiting.reply.send(Err(again(&error)));
                }
            }
        }
    }

    /// Makes a group durable, and counts it as used.
    fn settle(&mut self, group: &[Waiting]) -> Result<Vec<Place>, BlobError> {
        let mut tail = self.tail()?;
        let (begins, mut bytes, mut places) = (tail.end, Vec::new(), Vec::new());
        if tail.end == 0 {
            bytes.extend_from_slice(&header(VERSION, tail.number));
        }
        for Waiting { bytes: blob, length, crc, .. } in group {
            let granule = begins.saturating_add(granules(count(bytes.len())));
            places.push(Place { segment: tail.number, granule, length: *length, crc: *crc });
            bytes.extend_from_slice(&frame(*length, *crc));
            bytes.extend_from_slice(blob);
            bytes.resize(bytes.len().next_multiple_of(HEADER_BYTES), 0);
        }
        let path = self.shared.path(tail.number);
        let offset = u64::from(begins).saturating_mul(GRANULE_BYTES);
        if let Err(error) = self.shared.disk.write(&tail.file, &bytes, offset) {
            // What was written of it is no one's; the next group goes to the same place.
            if tail.file.set_len(offset).is_ok() {
                self.tail = Some(tail);
            } else {
                self.seal(tail.number);
            }
            return Err(io_error("write", &path)(error));
        }
        let synced = self.shared.disk.sync(&tail.file).map_err(io_error("sync", &path));
        let listed = || disk::sync_directory(&self.shared.directory);
        if let Err(error) = synced.and_then(|()| if tail.fresh { listed() } else { Ok(()) }) {
            // The system may have dropped what it could not write, and would call the next sync a
            // success: nothing is written to this file any more.
            self.seal(tail.number);
            return Err(error);
        }
        tail.fresh = false;
        tail.end = begins.saturating_add(granules(count(bytes.len())));
        self.count(tail.number, &places);
        if u64::from(tail.end).saturating_mul(GRANULE_BYTES) < SEGMENT_BYTES_MAX {
            self.tail = Some(tail);
        } else {
            self.seal(tail.number);
        }
        Ok(places)
    }

    /// The segment to write to. It is put back when it can take more.
    fn tail(&mut self) -> Result<Tail, BlobError> {
        if let Some(tail) = self.tail.take() {
            return Ok(tail);
        }
        if let Some((number, end)) = self.grown.take()
            && u64::from(end).saturating_mul(GRANULE_BYTES) < SEGMENT_BYTES_MAX
            && let Some(tail) = self.grow(number, end)
        {
            return Ok(tail);
        }
        let number = self.next;
        let file = disk::create(&self.shared.path(number))?;
        self.next = number.checked_add(1).ok_or(BlobError::Id)?;
        let mut segment = Segment { grows: true, ..Segment::default() };
        segment.live.set(&(0..1));
        self.shared.lock().insert(number, segment);
        Ok(Tail { number, file, end: 0, fresh: true })
    }

    /// Goes on with a segment of an earlier run. What that run did not finish stays before `end`.
    fn grow(&self, number: u32, end: u32) -> Option<Tail> {
        let path = self.shared.path(number);
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        let mut segments = self.shared.lock();
        segments.get_mut(&number)?.grows = true;
        Some(Tail { number, file, end, fresh: false })
    }

    fn count(&self, number: u32, places: &[Place]) {
        let mut segments = self.shared.lock();
        let Some(segment) = segments.get_mut(&number) else { return };
        for place in places {
            let granules = place.granules();
            segment.used = segment.used.saturating_add(granules.len().try_into().unwrap_or(0));
            segment.live.set(&granules);
        }
    }

    fn seal(&self, number: u32) {
        let due = {
            let mut segments = self.shared.lock();
            let Some(segment) = segments.get_mut(&number) else { return };
            segment.grows = false;
            segment.is_due()
        };
        if due && let Err(error) = self.shared.reclaim(number) {
            tracing::warn!(%error, "unused bytes stay on the disk until the next start");
        }
    }
}

/// The same failure for one more of those who wait.
fn again(error: &BlobError) -> BlobError {
    match error {
        BlobError::Io { attempted, path, source } => {
            let source = io::Error::new(source.kind(), source.to_string());
            BlobError::Io { attempted, path: path.clone(), source }
        }
        BlobError::Full => BlobError::Full,
        _ => BlobError::Stopping,
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
