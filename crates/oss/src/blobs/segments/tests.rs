use std::os::unix::fs::MetadataExt;

use super::*;
use crate::blobs::disk::ThisDisk;

fn open(directory: &Path) -> Segments {
    Segments::open(directory.to_owned(), Arc::new(ThisDisk)).unwrap()
}

/// Fills the first segment, and gives the ids of its blobs.
async fn full(segments: &Segments, length: usize) -> Vec<BlobId> {
    let mut ids: Vec<BlobId> = Vec::new();
    loop {
        let group = (0..64).map(|_| segments.append(vec![7; length]));
        let group: Result<Vec<_>, _> =
            futures_util::future::join_all(group).await.into_iter().collect();
        ids.extend(group.unwrap());
        if ids.iter().any(|id| id.as_str().starts_with("00000001")) {
            ids.retain(|id| id.as_str().starts_with("00000000"));
            return ids;
        }
    }
}

#[tokio::test]
async fn what_is_deleted_of_a_full_segment_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let segments = open(directory.path());
    let length = SMALL_BYTES_MAX;
    let ids = full(&segments, length).await;
    let path = directory.path().join("00000000");
    let kept = ids.len() / 10;
    let on_disk = || std::fs::metadata(&path).unwrap().blocks() * 512;
    let before = on_disk();
    assert!(before >= SEGMENT_BYTES_MAX, "{before}");
    for id in &ids[kept..] {
        segments.delete(id).await.unwrap();
        segments.delete(id).await.unwrap();
    }
    let after = on_disk();
    assert!(after < before / 2, "{before} bytes became {after}");
    for id in &ids[..kept] {
        let bytes = segments.read(id, 0..length as u64).await.unwrap().unwrap();
        assert!(bytes.iter().all(|byte| *byte == 7) && bytes.len() == length);
    }
    // What is in a hole is deleted, not damaged.
    assert_eq!(segments.read(&ids[kept + 1], 0..1).await.unwrap(), None);
    for id in &ids[..kept] {
        segments.delete(id).await.unwrap();
    }
    assert!(!path.exists());
    assert_eq!(segments.read(&ids[0], 0..1).await.unwrap(), None);
    segments.delete(&ids[0]).await.unwrap();
}
