use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use rolecall_types::SeededRandom;

use super::*;

fn blobs(directory: &Path) -> LocalBlobs {
    LocalBlobs::open(directory, Arc::new(SeededRandom::new(7))).unwrap()
}

async fn try_write(blobs: &LocalBlobs, pieces: &[&[u8]]) -> Result<BlobId, BlobError> {
    let mut writer = blobs.begin(None);
    for piece in pieces {
        writer.write(Bytes::copy_from_slice(piece)).await?;
    }
    writer.finish().await
}

async fn write(blobs: &LocalBlobs, pieces: &[&[u8]]) -> BlobId {
    try_write(blobs, pieces).await.unwrap()
}

async fn try_read(
    blobs: &LocalBlobs,
    id: &BlobId,
    range: Range<u64>,
) -> Result<Vec<u8>, BlobError> {
    let stream = blobs.open(id, range).await?.expect("there is such a blob");
    let pieces: Vec<Bytes> = stream.try_collect().await?;
    assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
    Ok(pieces.concat())
}

async fn is_there(blobs: &LocalBlobs, id: &BlobId) -> bool {
    blobs.open(id, 0..1).await.unwrap().is_some()
}

/// Every file below a directory, with its mode.
fn files(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            assert_eq!(metadata.mode() & 0o777, 0o700, "{path:?}");
            found.extend(files(&path));
        } else {
            found.push((path, metadata.mode() & 0o777));
        }
    }
    found
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[tokio::test]
async fn what_was_written_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let chunk = 128 * 1024;
    let edges = [1, SMALL_BYTES_MAX, SMALL_BYTES_MAX + 1, chunk, chunk + 1, 2 * chunk];
    for length in edges.into_iter().chain([PIECE_BYTES, PIECE_BYTES * 2 + 7]) {
        let whole = bytes(length);
        let (first, rest) = whole.split_at(length / 3);
        let id = write(&blobs, &[first, b"", rest]).await;
        let middle = length / 2;
        let ends = [0..length, 0..1, length - 1..length, middle..middle + 1, 1.min(middle)..middle];
        let chunks = [chunk - 1..chunk + 1, chunk..chunk + 1, chunk - 1..chunk, 9..2 * chunk];
        for range in ends.into_iter().chain(chunks) {
            if range.is_empty() || range.end > length {
                continue;
            }
            let read = try_read(&blobs, &id, range.start as u64..range.end as u64).await.unwrap();
            assert!(read == whole[range.clone()], "{range:?} of {length}");
        }
        assert_eq!(is_large(&id), length > SMALL_BYTES_MAX);
    }
    assert!(files(directory.path()).iter().all(|(_, mode)| *mode == 0o600));
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    for length in [1, PIECE_BYTES * 2 + 1] {
        let mut writer = blobs.begin(None);
        writer.write(bytes(length).into()).await.unwrap();
        drop(writer);
        for _ in 0..500 {
            if files(directory.path()).is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(files(directory.path()), []);
    }
}

#[tokio::test]
async fn a_reader_reads_on_when_the_blob_goes() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    for length in [9, PIECE_BYTES * 3] {
        let whole = bytes(length);
        let id = write(&blobs, &[&whole]).await;
        let stream = blobs.open(&id, 0..length as u64).await.unwrap().unwrap();
        blobs.delete(&id).await.unwrap();
        blobs.delete(&id).await.unwrap();
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.concat() == whole);
        let holdings = Holdings { large: Vec::new(), small: Vec::new() };
        assert_eq!(blobs.holdings().unwrap(), holdings);
    }
}

#[tokio::test]
async fn a_large_blob_that_was_cut_or_changed_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let length = PIECE_BYTES + 10;
    let id = write(&blobs, &[&bytes(length)]).await;
    let path = blobs.holdings().unwrap().large.remove(0);
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let size = file.metadata().unwrap().len();
    let mut flipped = 0_u32;
    for at in (0..size).step_by(997) {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
        let error = try_read(&blobs, &id, 0..length as u64).await.unwrap_err();
        assert!(matches!(error, BlobError::Damaged(_)), "byte {at}: {error}");
        file.write_all_at(&byte, at).unwrap();
        flipped += 1;
    }
    assert!(flipped > 200);
    assert!(try_read(&blobs, &id, 0..length as u64).await.is_ok());
    for cut in [1, 8, 9, 18, 19, 200_000] {
        file.set_len(size - cut).unwrap();
        let error = try_read(&blobs, &id, 0..length as u64).await.unwrap_err();
        assert!(matches!(error, BlobError::Short(_) | BlobError::Damaged(_)), "{cut}: {error}");
    }
}

/// Sweeps with these blobs in use.
async fn sweep(blobs: &LocalBlobs, kept: &[&BlobId]) -> usize {
    let mut sweep = blobs.sweep().await.unwrap();
    for id in kept {
        sweep.keep(id).unwrap();
    }
    sweep.finish().await.unwrap()
}

#[tokio::test]
async fn a_sweep_keeps_what_is_used_and_what_is_new() {
    let directory = tempfile::tempdir().unwrap();
    let opened = blobs(directory.path());
    let large = bytes(SMALL_BYTES_MAX + 1);
    let (kept, lost) = (write(&opened, &[b"a"]).await, write(&opened, &[b"b"]).await);
    let (kept_large, lost_large) =
        (write(&opened, &[&large]).await, write(&opened, &[&large]).await);
    fs::write(directory.path().join("incoming/leftover"), b"c").unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();

    let opened = LocalBlobs::open(directory.path(), Arc::new(SeededRandom::new(8))).unwrap();
    assert_eq!(fs::metadata(directory.path()).unwrap().mode() & 0o777, 0o700);
    let before = write(&opened, &[b"before"]).await;
    let before_large = write(&opened, &[&large]).await;
    let mut unfinished = opened.begin(None);
    unfinished.write(bytes(PIECE_BYTES * 2 + 1).into()).await.unwrap();
    let mut sweep = opened.sweep().await.unwrap();
    let (during, during_large) =
        (write(&opened, &[b"during"]).await, write(&opened, &[&large]).await);
    for id in [&kept, &kept_large, &during] {
        sweep.keep(id).unwrap();
    }
    assert_eq!(sweep.finish().await.unwrap(), 2);
    let finished = unfinished.finish().await.unwrap();

    assert!(!is_there(&opened, &lost_large).await);
    for id in [&kept_large, &before_large, &during_large, &finished] {
        assert!(is_there(&opened, id).await);
    }
    for (id, text) in [(&kept, "a"), (&before, "before"), (&during, "during")] {
        let read = try_read(&opened, id, 0..text.len() as u64).await.unwrap();
        assert_eq!(read, text.as_bytes());
    }
    let holdings = opened.holdings().unwrap();
    assert_eq!((holdings.large.len(), holdings.small.len()), (4, 3));
    opened.delete(&lost).await.unwrap();
    assert_eq!(opened.holdings().unwrap(), holdings);
}

#[tokio::test]
async fn segments_that_nothing_refers_to_go() {
    let directory = tempfile::tempdir().unwrap();
    let segment = directory.path().join("segments/00000000");
    write(&blobs(directory.path()), &[b"a"]).await;
    let opened = blobs(directory.path());
    assert_eq!(sweep(&opened, &[]).await, 1);
    assert!(!segment.exists());
    let id = write(&opened, &[b"b"]).await;
    assert_eq!(try_read(&opened, &id, 0..1).await.unwrap(), b"b");

    // One that a crash left without a header is none to grow on, and goes as well.
    let torn = directory.path().join("segments/00000007");
    fs::write(&torn, b"rolec").unwrap();
    let opened = blobs(directory.path());
    let next = write(&opened, &[b"c"]).await;
    assert!(next.as_str().starts_with("00000008"), "{next:?}");
    assert_eq!(sweep(&opened, &[&id, &next]).await, 1);
    assert!(!torn.exists());
}

#[tokio::test]
async fn a_format_of_another_version_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    write(&blobs(directory.path()), &[b"a"]).await;
    let path = directory.path().join("segments/00000000");
    let mut whole = fs::read(&path).unwrap();
    whole[16] = 2;
    let crc = crate::checksum::crc64(&whole[..24]).to_le_bytes();
    whole[24..32].copy_from_slice(&crc);
    fs::write(&path, whole).unwrap();
    let refused = LocalBlobs::open(directory.path(), Arc::new(SeededRandom::new(8)));
    assert!(matches!(refused, Err(BlobError::Format { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_id_is_never_a_path() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    for id in ["", "..", "../../etc/passwd", "/etc/passwd", &"a".repeat(31), &"A".repeat(32)] {
        let id = BlobId::new(id);
        assert!(matches!(blobs.open(&id, 0..1).await, Err(BlobError::Id)), "{id:?}");
        assert!(matches!(blobs.delete(&id).await, Err(BlobError::Id)), "{id:?}");
        assert!(matches!(blobs.sweep().await.unwrap().keep(&id), Err(BlobError::Id)), "{id:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_share_a_wait_for_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let random = Arc::new(SeededRandom::new(7));
    let blobs = LocalBlobs::on(disk.clone(), directory.path(), random).unwrap();
    let writers = (0..500_usize).map(|number| {
        let blobs = blobs.clone();
        tokio::spawn(async move {
            let body = number.to_string();
            (write(&blobs, &[body.as_bytes()]).await, body)
        })
    });
    for written in futures_util::future::join_all(writers).await {
        let (id, body) = written.unwrap();
        let read = try_read(&blobs, &id, 0..body.len() as u64).await.unwrap();
        assert_eq!(read, body.as_bytes());
    }
    assert_eq!(blobs.holdings().unwrap().small.len(), 500);
    let syncs = disk.syncs.load(Ordering::SeqCst);
    assert!(syncs < 400, "{syncs} syncs for 500 blobs");
}

/// A disk that has room for so many bytes more, and whose next syncs fail.
#[derive(Debug)]
struct Faulty {
    room: AtomicU64,
    failing_syncs: AtomicU64,
    syncs: AtomicU64,
}

impl Default for Faulty {
    fn default() -> Self {
        let none = || AtomicU64::new(0);
        Self { room: AtomicU64::new(u64::MAX), failing_syncs: none(), syncs: none() }
    }
}

impl Disk for Faulty {
    fn write(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let room = self.room.load(Ordering::SeqCst);
        let fits = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.room.store(room - fits as u64, Ordering::SeqCst);
        file.write_all_at(&bytes[..fits], offset)?;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        // As long as others write in the meantime, they form a group.
        std::thread::sleep(Duration::from_millis(1));
        let left = self.failing_syncs.load(Ordering::SeqCst);
        if left > 0 {
            self.failing_syncs.store(left - 1, Ordering::SeqCst);
            return Err(io::Error::other("the disk is broken"));
        }
        file.sync_data()
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_keeps_reading_and_takes_more_when_it_has_room() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let random = Arc::new(SeededRandom::new(7));
    let blobs = LocalBlobs::on(disk.clone(), directory.path(), random).unwrap();
    let large = bytes(PIECE_BYTES * 2);
    let (kept, kept_large) = (write(&blobs, &[b"kept"]).await, write(&blobs, &[&large]).await);
    let holdings = blobs.holdings().unwrap();
    for room in [0, 1, 16, 20, 63] {
        disk.room.store(room, Ordering::SeqCst);
        let refused = try_write(&blobs, &[b"small"]).await;
        assert!(matches!(refused, Err(BlobError::Full)), "{refused:?}");
    }
    for room in [0, 63, 64, 100_000, 300_000, 524_300] {
        disk.room.store(room, Ordering::SeqCst);
        let refused = try_write(&blobs, &[&large]).await;
        assert!(matches!(refused, Err(BlobError::Full)), "{room}: {refused:?}");
        assert_eq!(blobs.holdings().unwrap(), holdings);
        assert_eq!(try_read(&blobs, &kept, 0..4).await.unwrap(), b"kept");
        let read = try_read(&blobs, &kept_large, 0..large.len() as u64).await.unwrap();
        assert!(read == large);
    }
    disk.room.store(u64::MAX, Ordering::SeqCst);
    let more = write(&blobs, &[b"more"]).await;
    assert_eq!(try_read(&blobs, &more, 0..4).await.unwrap(), b"more");
    let segment = directory.path().join("segments/00000000");
    assert_eq!(fs::metadata(segment).unwrap().len(), 3 * 64, "nothing of the refused is left");
}

#[tokio::test]
async fn nothing_more_is_written_to_a_segment_whose_sync_failed() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(Faulty::default());
    let random = Arc::new(SeededRandom::new(7));
    let blobs = LocalBlobs::on(disk.clone(), directory.path(), random).unwrap();
    let kept = write(&blobs, &[b"kept"]).await;
    disk.failing_syncs.store(1, Ordering::SeqCst);
    let failed = try_write(&blobs, &[b"lost"]).await.unwrap_err();
    assert!(matches!(&failed, BlobError::Io { attempted: "sync", .. }), "{failed}");
    let next = write(&blobs, &[b"next"]).await;
    assert!(kept.as_str().starts_with("00000000") && next.as_str().starts_with("00000001"));
    assert_eq!(try_read(&blobs, &kept, 0..4).await.unwrap(), b"kept");
    assert_eq!(try_read(&blobs, &next, 0..4).await.unwrap(), b"next");
    disk.failing_syncs.store(1, Ordering::SeqCst);
    let large = bytes(PIECE_BYTES);
    assert!(try_write(&blobs, &[&large]).await.is_err());
    assert!(blobs.holdings().unwrap().large.is_empty());
}
