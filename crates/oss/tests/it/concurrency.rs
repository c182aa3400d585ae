//! Many at once.

use std::sync::Arc;

use rolecall_crypto::{KeyRing, RecordSealer};
use rolecall_store::PagedRedb;
use rolecall_types::SeededRandom;

use crate::support::{World, get, put, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_writers_one_is() {
    let world = Arc::new(World::new().await);
    for round in 0..5 {
        let key = format!("k{round}");
        let writers = (0..20).map(|number| {
            let (world, key) = (Arc::clone(&world), key.clone());
            tokio::spawn(async move {
                let body = format!("writer {number}");
                let upload =
                    put("bucket", &key, body.clone()).header("x-oss-forbid-overwrite", "true");
                let answer = world.send(upload).await;
                if answer.status != 200 {
                    answer.assert_error(409, "FileAlreadyExists");
                }
                (answer.status, body)
            })
        });
        let answers = futures_util::future::join_all(writers).await;
        let won: Vec<_> =
            answers.into_iter().map(Result::unwrap).filter(|(status, _)| *status == 200).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(world.send(get("bucket", &key)).await.body, won[0].1.as_bytes());
        assert_eq!(world.files().len(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_one_state_while_writers_replace_it() {
    let world = Arc::new(World::new().await);
    let state = |number: u8| vec![number; 300_000 + usize::from(number)];
    world.send(put("bucket", "k", state(0))).await.assert_status(200);
    let writers = (0..2_u8).map(|half| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for number in 0..20_u8 {
                let body = state(number * 2 + half);
                world.send(put("bucket", "k", body)).await.assert_status(200);
            }
        })
    });
    let readers = (0..4).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for _ in 0..40 {
                let answer = world.send(get("bucket", "k")).await;
                answer.assert_status(200);
                assert!(answer.complete);
                assert_eq!(answer.body, state(answer.body[0]));
            }
        })
    });
    for task in writers.chain(readers).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(world.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_goes_only_when_it_is_empty() {
    let world = Arc::new(World::new().await);
    for _ in 0..20 {
        let writer = {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.send(put("bucket", "k", "x")).await.status })
        };
        let deleter = {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.send(request("DELETE", "bucket", "")).await.status })
        };
        let outcome = (writer.await.unwrap(), deleter.await.unwrap());
        assert!(matches!(outcome, (200, 409) | (404, 204)), "{outcome:?}");
        world.send(request("DELETE", "bucket", "k")).await;
        world.send(request("PUT", "bucket", "")).await.assert_status(200);
        assert_eq!(world.files().len(), 0);
    }
}

/// On the index that a server has: of the commits that wait together, one on the same key can be
/// made, and all others must try again. There are more of them than tries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_replace_one_object_none_gives_up() {
    const WRITERS: usize = 200;
    let (folder, random) = (tempfile::tempdir().unwrap(), Arc::new(SeededRandom::new(1)));
    let sealer = Arc::new(RecordSealer::new(&KeyRing::generate(random.as_ref())));
    let index = PagedRedb::open(folder.path(), sealer, random).unwrap();
    let world = Arc::new(World::over(Arc::new(index), &[]).await);
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world.send(put("bucket", "k", format!("writer {number}"))).await.assert_status(200);
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let answer = world.send(get("bucket", "k")).await;
    assert!(answer.body.starts_with(b"writer "));
}
