use std::os::unix::fs::MetadataExt;

use futures_util::TryStreamExt;
use rolecall_types::SeededRandom;

use super::*;

fn blobs(directory: &Path) -> LocalBlobs {
    LocalBlobs::open(directory, Arc::new(SeededRandom::new(7))).unwrap()
}

async fn write(blobs: &LocalBlobs, pieces: &[&[u8]]) -> BlobId {
    let mut writer = blobs.begin(None);
    for piece in pieces {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    writer.finish().await.unwrap()
}

async fn read(blobs: &LocalBlobs, id: &BlobId, range: Range<u64>) -> Option<Vec<u8>> {
    let stream = blobs.open(id, range).await.unwrap()?;
    let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
    Some(pieces.concat())
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

#[tokio::test]
async fn what_was_written_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let large: Vec<u8> = (0..PIECE_BYTES * 2 + 7).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let id = write(&blobs, &[b"ab", &large, b"c"]).await;
    let whole = [&b"ab"[..], &large, b"c"].concat();
    let (length, piece) = (whole.len(), PIECE_BYTES);
    for range in [0..length, 0..1, 1..3, length - 1..length, piece - 1..piece + 1, 9..2 * piece] {
        let asked = range.start as u64..range.end as u64;
        assert_eq!(read(&blobs, &id, asked).await.unwrap(), whole[range.clone()], "{range:?}");
    }
    let small = write(&blobs, &[b"x"]).await;
    assert_eq!(read(&blobs, &small, 0..1).await.unwrap(), b"x");
    assert!(files(directory.path()).iter().all(|(_, mode)| *mode == 0o600));
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let mut writer = blobs.begin(None);
    writer.write(vec![1; PIECE_BYTES + 1].into()).await.unwrap();
    assert_eq!(files(directory.path()).len(), 1);
    drop(writer);
    assert_eq!(files(directory.path()), []);
}

#[tokio::test]
async fn a_reader_reads_on_when_the_blob_goes() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let id = write(&blobs, &[&vec![7; PIECE_BYTES * 3]]).await;
    let stream = blobs.open(&id, 0..PIECE_BYTES as u64 * 3).await.unwrap().unwrap();
    blobs.delete(&id).await.unwrap();
    blobs.delete(&id).await.unwrap();
    let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), vec![7; PIECE_BYTES * 3]);
    assert_eq!(read(&blobs, &id, 0..1).await, None);
}

#[tokio::test]
async fn a_blob_that_was_cut_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    let id = write(&blobs, &[&vec![7; PIECE_BYTES + 10]]).await;
    let path = blobs.place(&id).unwrap();
    OpenOptions::new().write(true).open(path).unwrap().set_len(PIECE_BYTES as u64 + 9).unwrap();
    let stream = blobs.open(&id, 0..PIECE_BYTES as u64 + 10).await.unwrap().unwrap();
    let error = stream.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, BlobError::Short(_)), "{error}");
}

#[tokio::test]
async fn a_sweep_keeps_what_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let opened = blobs(directory.path());
    let (kept, lost) = (write(&opened, &[b"a"]).await, write(&opened, &[b"b"]).await);
    fs::write(directory.path().join("incoming/leftover"), b"c").unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let opened = LocalBlobs::open(directory.path(), Arc::new(SeededRandom::new(8))).unwrap();
    assert_eq!(fs::metadata(directory.path()).unwrap().mode() & 0o777, 0o700);
    assert_eq!(opened.sweep(BTreeSet::from([kept.clone()])).await.unwrap(), 2);
    assert_eq!(read(&opened, &kept, 0..1).await.unwrap(), b"a");
    assert_eq!(read(&opened, &lost, 0..1).await, None);
    assert_eq!(files(directory.path()).len(), 1);
}

#[tokio::test]
async fn an_id_is_never_a_path() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = blobs(directory.path());
    for id in ["", "..", "../../etc/passwd", "/etc/passwd", &"a".repeat(31), &"A".repeat(32)] {
        let id = BlobId::new(id);
        assert!(matches!(blobs.open(&id, 0..1).await, Err(BlobError::Id)), "{id:?}");
        assert!(matches!(blobs.delete(&id).await, Err(BlobError::Id)), "{id:?}");
    }
}
