//! Small blobs, many in one file.
//!
//! ```text
//! <directory>/<8 digits>
//!
//! | header | frame bytes … | frame bytes ……… |   | frame bytes … |
//! 0        64              └ each begins at a multiple of 64 bytes
//!
//! header   "rolecall segment", version, number, CRC of these
//! frame    "blob", length, CRC of the bytes
//! ```
//!
//! A file each costs a small object two waits for the disk and an entry of a folder; here all that
//! are written at a time share one ([`Appender`]). A blob's id says where it is, and what its bytes
//! must be.
//!
//! A segment only grows, and nothing in it moves. What is deleted is marked in memory, and given
//! back to the file system in whole pages, or with the file when nothing of it is left. Which blobs
//! are in use, the index knows: until a sweep has asked it, everything that an earlier run wrote
//! counts as used, and what a crash tore off at a segment's end is found by nothing referring to
//! it.

mod appender;
mod live;
mod place;
mod sweep;

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::disk::{self, Disk, blocking, io_error};
use super::{BlobError, BlobId};
use appender::Appender;
use live::{GRANULE_BYTES, LiveMap, granules};
use place::Place;
pub(super) use sweep::SegmentSweep;

/// The longest blob that goes into a segment, in bytes: 64 KiB and the seal of an encrypted one.
/// Up to there, sharing a wait for the disk outweighs writing the bytes.
pub(super) const SMALL_BYTES_MAX: usize = 64 * 1024 + 16;

/// Where a segment ends, in bytes: 256 MiB. Few enough to have all files open up to some hundred
/// gigabytes, and what waits in the growing one to be given back is bounded.
const SEGMENT_BYTES_MAX: u64 = 256 << 20;

/// The most files that are kept open to be read.
const OPEN_FILES_MAX: usize = 512;

/// Pages are given back when they are one in so many of a segment: each call writes to the file
/// system's journal.
const RECLAIM_SHARE: u32 = 4;

/// The length of a segment's header, in bytes: one granule.
const HEADER_BYTES: usize = 64;

/// The version of the format.
const VERSION: u32 = 1;

/// Keeps small blobs. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Segments {
    shared: Arc<Shared>,
    appender: Appender,
}

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    disk: Arc<dyn Disk>,
    segments: Mutex<BTreeMap<u32, Segment>>,
}

/// What is known of a segment.
#[derive(Debug, Default)]
struct Segment {
    live: LiveMap,
    /// Granules in use, the header not counted.
    used: u32,
    /// Up to which granule an earlier run wrote.
    inherited: u32,
    /// Free pages that were not given back.
    reclaimable: u32,
    /// Whether it still grows.
    grows: bool,
    /// Open, when it was read lately.
    file: Option<Arc<File>>,
}

impl Segments {
    /// Opens the segments in a directory that exists.
    pub(super) fn open(directory: PathBuf, disk: Arc<dyn Disk>) -> Result<Self, BlobError> {
        let mut segments = BTreeMap::new();
        let mut newest = None;
        for path in disk::list(&directory)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = u32::from_str_radix(name, 16).ok();
            let number = number.filter(|number| *name == file_name(*number));
            let Some(number) = number else { continue };
            let (segment, sound) = inherited(&path, number)?;
            newest = newest.max(Some((number, sound.then_some(segment.inherited))));
            segments.insert(number, segment);
        }
        let shared = Arc::new(Shared { directory, disk, segments: Mutex::new(segments) });
        let appender = Appender::start(Arc::clone(&shared), newest);
        Ok(Self { shared, appender })
    }

    /// Makes bytes durable.
    pub(super) async fn append(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
        self.appender.append(bytes).await
    }

    /// A range of a blob's bytes, after all of them were checked.
    pub(super) async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
    ) -> Result<Option<Bytes>, BlobError> {
        let place = Place::parse(id)?;
        let Some(file) = self.shared.file(place.segment)? else { return Ok(None) };
        let mut framed = vec![0; place.framed()];
        if !disk::read_at_once(&file, &mut framed, place.offset()) {
            let path = self.shared.path(place.segment);
            framed = blocking(move || {
                let read = file.read_exact_at(&mut framed, place.offset());
                match read {
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                        Err(BlobError::Short(place.id().as_str().to_owned()))
                    }
                    other => other.map_err(io_error("read", &path)).map(|()| framed),
                }
            })
            .await?;
        }
        if place.is(&framed) {
            let bytes = Bytes::from(framed).slice(place::FRAME_BYTES..);
            let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            return Ok(Some(bytes.slice(bound(range.start)..bound(range.end))));
        }
        // It may have been deleted, and its pages given back, since it was asked for.
        let damaged = || Err(BlobError::Damaged(id.as_str().to_owned()));
        if self.shared.has(&place) { damaged() } else { Ok(None) }
    }

    /// The length of a blob, as its id says; `None` where its segment is not known.
    pub(super) fn length(&self, id: &BlobId) -> Result<Option<u64>, BlobError> {
        let place = Place::parse(id)?;
        let known = self.shared.lock().contains_key(&place.segment);
        Ok(known.then_some(u64::from(place.length)))
    }

    /// Marks a blob as deleted.
    pub(super) async fn delete(&self, id: &BlobId) -> Result<(), BlobError> {
        let place = Place::parse(id)?;
        if !self.shared.free(&place) {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.reclaim(place.segment).map(drop)).await
    }

    /// Begins a sweep.
    pub(super) fn sweep(&self) -> SegmentSweep {
        SegmentSweep::begin(&self.shared)
    }

    /// The file of each blob that counts as used: after a sweep, of each that is.
    pub(super) fn holdings(&self) -> Result<Vec<PathBuf>, BlobError> {
        let live: Vec<(u32, LiveMap)> = {
            let segments = self.shared.lock();
            segments.iter().map(|(number, segment)| (*number, segment.live.clone())).collect()
        };
        let mut found = Vec::new();
        for (number, live) in live {
            let Some(file) = self.shared.file(number)? else { continue };
            let mut granule = granules(HEADER_BYTES as u64);
            while granule < live.pages().saturating_mul(64) {
                let place = live.has(granule).then(|| framed_at(&file, number, granule)).flatten();
                found.extend(place.map(|_| self.shared.path(number)));
                granule = place.map_or(granule.saturating_add(1), |place| place.granules().end);
            }
        }
        Ok(found)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Segment>> {
        // Each change of the map is a single one: it is whole whatever panicked.
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.directory.join(file_name(number))
    }

    /// The file of a segment, if there is one.
    fn file(&self, number: u32) -> Result<Option<Arc<File>>, BlobError> {
        let mut segments = self.lock();
        let Some(segment) = segments.get(&number) else { return Ok(None) };
        if let Some(file) = &segment.file {
            return Ok(Some(Arc::clone(file)));
        }
        let Some(file) = disk::open(&self.path(number))?.map(Arc::new) else { return Ok(None) };
        let mut open: Vec<_> =
            segments.values_mut().filter(|segment| segment.file.is_some()).collect();
        if open.len() >= OPEN_FILES_MAX
            && let Some(oldest) = open.first_mut()
        {
            oldest.file = None;
        }
        if let Some(segment) = segments.get_mut(&number) {
            segment.file = Some(Arc::clone(&file));
        }
        Ok(Some(file))
    }

    fn has(&self, place: &Place) -> bool {
        let segments = self.lock();
        segments.get(&place.segment).is_some_and(|segment| segment.live.has(place.granule))
    }

    /// Frees a blob's granules; whether there is enough to give back then.
    fn free(&self, place: &Place) -> bool {
        let mut segments = self.lock();
        let Some(segment) = segments.get_mut(&place.segment) else { return false };
        let freed = segment.live.clear(&place.granules());
        segment.note(freed);
        segment.is_due()
    }

    /// Gives back what is free of a segment; whether that was the whole file.
    fn reclaim(&self, number: u32) -> Result<bool, BlobError> {
        let path = self.path(number);
        let holes = {
            let mut segments = self.lock();
            let Some(segment) = segments.get_mut(&number) else { return Ok(false) };
            if segment.grows {
                return Ok(false);
            }
            if segment.used == 0 {
                segments.remove(&number);
                drop(segments);
                return disk::remove(&path);
            }
            segment.reclaimable = 0;
            segment.live.holes()
        };
        let opened = std::fs::OpenOptions::new().write(true).open(&path);
        let file = opened.map_err(io_error("open", &path))?;
        for hole in holes {
            if !disk::punch(&file, &hole).map_err(io_error("give back a part of", &path))? {
                break;
            }
        }
        Ok(false)
    }
}

impl Segment {
    fn note(&mut self, freed: live::Freed) {
        self.used = self.used.saturating_sub(freed.granules);
        self.reclaimable = self.reclaimable.saturating_add(freed.pages);
    }

    fn is_due(&self) -> bool {
        let share = (self.live.pages() / RECLAIM_SHARE).max(1);
        !self.grows && (self.used == 0 || self.reclaimable >= share)
    }
}

/// A segment as an earlier run left it, and whether it can grow on.
fn inherited(path: &Path, number: u32) -> Result<(Segment, bool), BlobError> {
    let file = File::open(path).map_err(io_error("open", path))?;
    let length = file.metadata().map_err(io_error("measure", path))?.len();
    let mut found = [0; HEADER_BYTES];
    let whole = file.read_exact_at(&mut found, 0).is_ok();
    let expected = header(VERSION, number);
    let marked = found.get(..MAGIC.len()) == Some(&MAGIC[..]);
    let version = found.get(MAGIC.len()..VERSION_END).and_then(|bytes| bytes.try_into().ok());
    let version = version.map_or(0, u32::from_le_bytes);
    if whole && marked && found == header(version, number) && version != VERSION {
        return Err(BlobError::Format { path: path.display().to_string() });
    }
    // One whose header is torn or rotten may still have blobs; the sweep will tell.
    let sound = whole && found == expected;
    let end = granules(length);
    let mut live = LiveMap::default();
    live.set(&(0..end.max(1)));
    let used = end.saturating_sub(1);
    Ok((Segment { live, used, inherited: end, ..Segment::default() }, sound))
}

const MAGIC: [u8; 16] = *b"rolecall segment";
const VERSION_END: usize = MAGIC.len() + size_of::<u32>();

fn header(version: u32, number: u32) -> [u8; HEADER_BYTES] {
    let fields = [&MAGIC[..], &version.to_le_bytes(), &number.to_le_bytes()].concat();
    let crc = crate::checksum::crc64(&fields);
    let mut header = [0; HEADER_BYTES];
    for (to, from) in header.iter_mut().zip(fields.into_iter().chain(crc.to_le_bytes())) {
        *to = from;
    }
    header
}

fn file_name(number: u32) -> String {
    format!("{number:08x}")
}

/// The blob that begins at a granule.
fn framed_at(file: &File, segment: u32, granule: u32) -> Option<Place> {
    let mut frame = [0; place::FRAME_BYTES];
    file.read_exact_at(&mut frame, u64::from(granule).saturating_mul(GRANULE_BYTES)).ok()?;
    let [_, _, _, _, a, b, c, d, crc @ ..] = frame;
    let length = u32::from_le_bytes([a, b, c, d]);
    let place = Place { segment, granule, length, crc: u64::from_le_bytes(crc) };
    (place.frame() == frame).then_some(place)
}

#[cfg(test)]
mod tests;
