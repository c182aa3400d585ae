//! Large blobs, a file each.
//!
//! ```text
//! <directory>/incoming/<id>          being written
//! <directory>/blobs/<2 digits>/<id>  durable
//!
//! | header | 128 KiB | CRC | 128 KiB | CRC | … | the rest | CRC |
//! 0        64
//!
//! header   "rolecall object ", version, CRC of these
//! CRC      CRC-64/XZ of the chunk's number and bytes
//! ```
//!
//! An id is 32 random hexadecimal digits; nothing that a client sends becomes part of a path. A
//! blob is written beside its place, synced, moved into it, and the folder synced, so that under
//! `blobs` there is never a part of one. A chunk is checked before any of it is passed on, whatever
//! range was asked for.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::buffers::{Buffer, Buffers};
use super::disk::{self, Disk, blocking, io_error};
use super::{BlobError, BlobId, BlobStream};
use crate::checksum::{Crc64, crc64};

/// How many bytes have a checksum of their own. A range costs up to so many more at each end.
const CHUNK_BYTES: u64 = 128 * 1024;
/// The length of a checksum, in bytes.
const CRC_BYTES: u64 = 8;
/// The length of a chunk with its checksum, in bytes.
const FRAMED_BYTES: usize = 128 * 1024 + 8;
const _: () = assert!(FRAMED_BYTES as u64 == CHUNK_BYTES + CRC_BYTES);
/// The length of a header, in bytes.
const HEADER_BYTES: usize = 64;
/// What a header begins with.
const MAGIC: [u8; 16] = *b"rolecall object ";
/// The version of the format.
const VERSION: u32 = 1;

/// The characters of an id.
pub(super) const ID_ALPHABET: &[u8] = b"0123456789abcdef";
/// The number of characters of an id: 128 bits.
pub(super) const ID_LENGTH: usize = 32;
/// How many of them name the folder, so that none grows too large to list.
const FOLDER_LENGTH: usize = 2;

/// Keeps large blobs. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Files {
    directory: Arc<Path>,
    disk: Arc<dyn Disk>,
    folders: Arc<Folders>,
    young: Arc<Young>,
    /// For chunks that are read, with their checksums.
    buffers: Buffers,
}

impl Files {
    /// Opens the files in a directory that exists.
    pub(super) fn open(directory: &Path, disk: Arc<dyn Disk>) -> Result<Self, BlobError> {
        disk::make_directory(&directory.join("incoming"))?;
        disk::make_directory(&directory.join("blobs"))?;
        let (folders, young) = (Arc::default(), Arc::default());
        let buffers = Buffers::new(FRAMED_BYTES);
        Ok(Self { directory: directory.into(), disk, folders, young, buffers })
    }

    /// Begins the file of an id that nobody had.
    pub(super) fn draft(&self, id: &BlobId) -> Result<Draft, BlobError> {
        let place = self.place(id)?;
        let path = self.directory.join("incoming").join(id.as_str());
        Ok(Draft { files: self.clone(), path, place, file: None, length: 0, chunk: Chunk::first() })
    }

    /// The bytes of a range.
    pub(super) async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
    ) -> Result<Option<BlobStream>, BlobError> {
        let path = self.place(id)?;
        let (id, buffers) = (id.clone(), self.buffers.clone());
        // The first chunk is read together with opening.
        let begun = blocking(move || {
            let Some(file) = disk::open(&path)? else { return Ok(None) };
            let size = file.metadata().map_err(io_error("measure", &path))?.len();
            let mut header = [0; HEADER_BYTES];
            let read = file.read_exact_at(&mut header, 0);
            if read.is_err() || header != self::header() {
                return Err(BlobError::Damaged(id.as_str().to_owned()));
            }
            let length = length_of(size);
            let file = Arc::new(file);
            Reading { file, id, length, rest: range, buffers }.read().map(Some)
        });
        Ok(begun.await?.map(|(first, reading)| stream(first, reading)))
    }

    /// The length of a blob, by the size of its file.
    pub(super) async fn length(&self, id: &BlobId) -> Result<Option<u64>, BlobError> {
        let path = self.place(id)?;
        let id = id.clone();
        blocking(move || {
            let Some(file) = disk::open(&path)? else { return Ok(None) };
            let size = file.metadata().map_err(io_error("measure", &path))?.len();
            let length = length_of(size);
            if size_of(length) == size {
                return Ok(Some(length));
            }
            Err(BlobError::Damaged(id.as_str().to_owned()))
        })
        .await
    }

    pub(super) async fn delete(&self, id: &BlobId) -> Result<(), BlobError> {
        let path = self.place(id)?;
        blocking(move || disk::remove(&path).map(drop)).await
    }

    /// Begins a sweep: lists what an earlier run left.
    pub(super) async fn sweep(&self) -> Result<FileSweep, BlobError> {
        let files = self.clone();
        blocking(move || {
            let mut lost = BTreeSet::new();
            for path in files.list()? {
                let name = path.file_name().and_then(|name| name.to_str());
                lost.extend(name.and_then(number));
            }
            let incoming = disk::list(&files.directory.join("incoming"))?;
            Ok(FileSweep { files, lost, incoming })
        })
        .await
    }

    /// The files of all blobs, and of those that are being written.
    pub(super) fn holdings(&self) -> Result<Vec<PathBuf>, BlobError> {
        let mut found = self.list()?;
        found.extend(disk::list(&self.directory.join("incoming"))?);
        Ok(found)
    }

    fn list(&self) -> Result<Vec<PathBuf>, BlobError> {
        let mut found = Vec::new();
        for folder in disk::list(&self.directory.join("blobs"))? {
            found.extend(disk::list(&folder)?);
        }
        Ok(found)
    }

    fn place(&self, id: &BlobId) -> Result<PathBuf, BlobError> {
        let id = id.as_str();
        number(id).ok_or(BlobError::Id)?;
        let folder = id.get(..FOLDER_LENGTH).ok_or(BlobError::Id)?;
        Ok(self.directory.join("blobs").join(folder).join(id))
    }
}

/// The number that an id is.
fn number(id: &str) -> Option<u128> {
    let well_formed = id.len() == ID_LENGTH && id.bytes().all(|it| ID_ALPHABET.contains(&it));
    u128::from_str_radix(id, 16).ok().filter(|_| well_formed)
}

/// The files of an earlier run that nothing was seen to refer to.
pub(super) struct FileSweep {
    files: Files,
    /// 16 bytes for each large object.
    lost: BTreeSet<u128>,
    incoming: Vec<PathBuf>,
}

impl FileSweep {
    pub(super) fn keep(&mut self, id: &BlobId) -> Result<(), BlobError> {
        let number = number(id.as_str()).ok_or(BlobError::Id)?;
        self.lost.remove(&number);
        Ok(())
    }

    /// Deletes what was not kept, and returns how many files that were.
    pub(super) fn finish(self) -> Result<usize, BlobError> {
        let young = self.files.young.grow_up();
        let mut removed = 0_usize;
        for number in self.lost.difference(&young) {
            let path = self.files.place(&BlobId::new(format!("{number:032x}")))?;
            removed = removed.saturating_add(usize::from(disk::remove(&path)?));
        }
        for path in self.incoming {
            let name = path.file_name().and_then(|name| name.to_str());
            if !name.and_then(number).is_some_and(|number| young.contains(&number)) {
                removed = removed.saturating_add(usize::from(disk::remove(&path)?));
            }
        }
        Ok(removed)
    }
}

/// The blobs that this run began before its sweep was over.
#[derive(Debug)]
struct Young(Mutex<Option<BTreeSet<u128>>>);

impl Default for Young {
    fn default() -> Self {
        Self(Mutex::new(Some(BTreeSet::new())))
    }
}

impl Young {
    fn add(&self, number: u128) {
        // A set that only grows is whole whatever panics elsewhere.
        if let Some(young) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            young.insert(number);
        }
    }

    /// All so far; from now on nobody asks.
    fn grow_up(&self) -> BTreeSet<u128> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// The folders that this run has seen to be durable. One that merely exists may not be: another
/// thread can be about to sync it.
#[derive(Debug, Default)]
struct Folders(Mutex<BTreeSet<PathBuf>>);

impl Folders {
    fn ensure(&self, folder: &Path) -> Result<(), BlobError> {
        let mut durable = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !durable.contains(folder) {
            disk::make_directory(folder)?;
            folder.parent().map_or(Ok(()), disk::sync_directory)?;
            durable.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// A file that is being written. Dropped before it has settled, it goes.
pub(super) struct Draft {
    files: Files,
    path: PathBuf,
    place: PathBuf,
    file: Option<File>,
    /// How many bytes the file has.
    length: u64,
    chunk: Chunk,
}

/// The chunk that is being written.
struct Chunk {
    number: u64,
    length: u64,
    crc: Crc64,
}

impl Chunk {
    fn first() -> Self {
        Self::of(0)
    }

    fn of(number: u64) -> Self {
        let mut crc = Crc64::new();
        crc.update(&number.to_le_bytes());
        Self { number, length: 0, crc }
    }
}

impl Draft {
    /// Appends bytes, and gives the emptied buffer back.
    pub(super) fn append(mut self, mut bytes: Vec<u8>) -> Result<(Self, Vec<u8>), BlobError> {
        if self.file.is_none() {
            let name = self.path.file_name().and_then(|name| name.to_str());
            self.files.young.add(name.and_then(number).ok_or(BlobError::Id)?);
            self.file = Some(disk::create(&self.path)?);
            self.write(&header())?;
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let room = CHUNK_BYTES.saturating_sub(self.chunk.length);
            let room = usize::try_from(room).unwrap_or(usize::MAX).min(rest.len());
            let (part, behind) = rest.split_at(room);
            self.chunk.crc.update(part);
            self.chunk.length = self.chunk.length.saturating_add(count(part));
            self.write(part)?;
            if self.chunk.length == CHUNK_BYTES {
                self.close_chunk()?;
            }
            rest = behind;
        }
        bytes.clear();
        Ok((self, bytes))
    }

    /// Makes the file durable, and then moves it into its place.
    pub(super) fn settle(mut self) -> Result<(), BlobError> {
        if self.chunk.length > 0 {
            self.close_chunk()?;
        }
        let file = self.file.take().ok_or(BlobError::Stopping)?;
        let moved = self.publish(&file);
        // From here on it is in its place, or it goes.
        self.file = moved.is_err().then_some(file);
        moved?;
        self.place.parent().map_or(Ok(()), disk::sync_directory)
    }

    fn publish(&self, file: &File) -> Result<(), BlobError> {
        self.files.disk.sync(file).map_err(io_error("sync", &self.path))?;
        self.place.parent().map_or(Ok(()), |folder| self.files.folders.ensure(folder))?;
        fs::rename(&self.path, &self.place).map_err(io_error("move", &self.path))
    }

    fn close_chunk(&mut self) -> Result<(), BlobError> {
        let next = Chunk::of(self.chunk.number.saturating_add(1));
        let chunk = std::mem::replace(&mut self.chunk, next);
        self.write(&chunk.crc.finish().to_le_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let file = self.file.as_ref().ok_or(BlobError::Stopping)?;
        let written = self.files.disk.write(file, bytes, self.length);
        written.map_err(io_error("write", &self.path))?;
        self.length = self.length.saturating_add(count(bytes));
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A blob that is being read.
struct Reading {
    file: Arc<File>,
    id: BlobId,
    /// The length of the blob in bytes, as its file has it.
    length: u64,
    rest: Range<u64>,
    buffers: Buffers,
}

/// A chunk that is to be read: where it is, and what of it was asked for.
struct Wanted {
    number: u64,
    offset: u64,
    framed: Buffer,
    part: Range<usize>,
}

impl Reading {
    /// The next chunk, from the disk.
    fn read(self) -> Result<(Bytes, Self), BlobError> {
        let mut wanted = self.wanted()?;
        self.file.read_exact_at(wanted.framed.as_mut(), wanted.offset).map_err(|source| {
            match source.kind() {
                io::ErrorKind::UnexpectedEof => BlobError::Short(self.id.as_str().to_owned()),
                _ => io_error("read", Path::new(self.id.as_str()))(source),
            }
        })?;
        self.check(wanted)
    }

    /// The next chunk: at once if the system has it in memory.
    async fn next(self) -> Result<(Bytes, Self), BlobError> {
        let mut wanted = self.wanted()?;
        if disk::read_at_once(&self.file, wanted.framed.as_mut(), wanted.offset) {
            return self.check(wanted);
        }
        blocking(move || self.read()).await
    }

    fn wanted(&self) -> Result<Wanted, BlobError> {
        let short = || BlobError::Short(self.id.as_str().to_owned());
        if self.rest.end > self.length {
            return Err(short());
        }
        let number = self.rest.start / CHUNK_BYTES;
        let begins = number.saturating_mul(CHUNK_BYTES);
        let ends = begins.saturating_add(CHUNK_BYTES).min(self.length);
        let header = count(&[0; HEADER_BYTES]);
        let framed = CHUNK_BYTES.saturating_add(CRC_BYTES);
        let within = |at: u64| usize::try_from(at.saturating_sub(begins)).map_err(|_| short());
        Ok(Wanted {
            number,
            offset: number.saturating_mul(framed).saturating_add(header),
            framed: self.buffers.take(within(ends.saturating_add(CRC_BYTES))?),
            part: within(self.rest.start)?..within(self.rest.end.min(ends))?,
        })
    }

    fn check(mut self, wanted: Wanted) -> Result<(Bytes, Self), BlobError> {
        let mut chunk = Chunk::of(wanted.number);
        let sound = wanted.framed.as_ref().split_last_chunk().is_some_and(|(bytes, crc)| {
            chunk.crc.update(bytes);
            chunk.crc.finish() == u64::from_le_bytes(*crc)
        });
        if !sound {
            return Err(BlobError::Damaged(self.id.as_str().to_owned()));
        }
        let bytes = wanted.framed.freeze().slice(wanted.part);
        self.rest.start = self.rest.start.saturating_add(count(&bytes));
        Ok((bytes, self))
    }
}

fn stream(first: Bytes, reading: Reading) -> BlobStream {
    let next = (Some(first), Some(reading));
    Box::pin(futures_util::stream::unfold(next, |(ready, reading)| async move {
        if let Some(bytes) = ready {
            return Some((Ok(bytes), (None, reading)));
        }
        let reading = reading.filter(|reading| !reading.rest.is_empty())?;
        match reading.next().await {
            Ok((bytes, reading)) => Some((Ok(bytes), (None, Some(reading)))),
            Err(error) => Some((Err(error), (None, None))),
        }
    }))
}

/// How many bytes of a blob a file of a size has.
fn length_of(size: u64) -> u64 {
    let chunks = size.saturating_sub(count(&[0; HEADER_BYTES]));
    let framed = CHUNK_BYTES.saturating_add(CRC_BYTES);
    let rest = (chunks % framed).saturating_sub(CRC_BYTES);
    (chunks / framed).saturating_mul(CHUNK_BYTES).saturating_add(rest)
}

/// The size of the file of a blob.
fn size_of(length: u64) -> u64 {
    let crcs = length.div_ceil(CHUNK_BYTES).saturating_mul(CRC_BYTES);
    count(&[0; HEADER_BYTES]).saturating_add(length).saturating_add(crcs)
}

fn header() -> [u8; HEADER_BYTES] {
    let fields = [&MAGIC[..], &VERSION.to_le_bytes()].concat();
    let crc = crc64(&fields);
    let mut header = [0; HEADER_BYTES];
    for (to, from) in header.iter_mut().zip(fields.into_iter().chain(crc.to_le_bytes())) {
        *to = from;
    }
    header
}

fn count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
