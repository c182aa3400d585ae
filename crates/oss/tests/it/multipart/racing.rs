//! Uploads that several work on at once.

use std::sync::Arc;

use futures_util::future::join_all;
use rolecall_gate::Body;

use super::{LEAST, abort, begin, complete, complete_all, initiate, object, part, send};
use crate::support::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_complete_one_does() {
    let world = Arc::new(World::new().await);
    for round in 0..10 {
        let id = begin(&world, initiate("k")).await;
        let etag = send(&world, "k", &id, 1, vec![round; 10]).await;
        let rivals = (0..10).map(|number| {
            let (world, id, etag) = (Arc::clone(&world), id.clone(), etag.clone());
            tokio::spawn(async move {
                let asked = match number {
                    0..4 => complete("k", &id, &[(1, &etag)]),
                    4..8 => complete_all("k", &id),
                    _ => abort("k", &id),
                };
                let answer = world.send(asked).await;
                if !matches!(answer.status, 200 | 204) {
                    answer.assert_error(404, "NoSuchUpload");
                }
                answer.status
            })
        });
        let won: Vec<_> = join_all(rivals).await.into_iter().map(Result::unwrap).collect();
        let won: Vec<_> = won.into_iter().filter(|status| *status != 404).collect();
        assert_eq!(won.len(), 1, "{won:?}");
        if won == [200] {
            assert_eq!(object(&world, "k").await.body, vec![round; 10]);
        }
        assert!(world.files().len() <= 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_of_parts_that_are_being_replaced_is_of_whole_parts() {
    let world = Arc::new(World::new().await);
    for _ in 0..10 {
        let id = begin(&world, initiate("k")).await;
        send(&world, "k", &id, 1, vec![0; LEAST]).await;
        send(&world, "k", &id, 2, vec![0; LEAST]).await;
        let writers = (1..=8_u8).map(|number| {
            let (world, id) = (Arc::clone(&world), id.clone());
            tokio::spawn(async move {
                let body = vec![number; LEAST];
                let place = u64::from(number % 2 + 1);
                world.send(part("k", &id, place, body)).await.status
            })
        });
        let writers: Vec<_> = writers.collect();
        let completed = world.send(complete_all("k", &id)).await;
        completed.assert_status(200);
        for writer in writers {
            assert!(matches!(writer.await.unwrap(), 200 | 404));
        }
        let answer = object(&world, "k").await;
        assert_eq!(answer.body.len(), 2 * LEAST);
        for half in answer.body.chunks(LEAST) {
            assert!(half.iter().all(|byte| *byte == half[0]), "a torn part");
        }
        assert_eq!(answer.header("x-oss-hash-crc64ecma"), completed.header("x-oss-hash-crc64ecma"));
        assert_eq!(world.files().len(), 2, "every other part's bytes are gone");
    }
}

#[tokio::test]
async fn an_upload_that_ends_while_a_part_is_on_its_way() {
    let world = World::new().await;
    for completes in [false, true] {
        let id = begin(&world, initiate("k")).await;
        let etag = send(&world, "k", &id, 1, b"x".to_vec()).await;
        let (mut pieces, body) = futures_channel();
        let asked = part("k", &id, 2, "").body(body);
        let secret = rolecall_types::Secret::new("secret".to_owned());
        let inbound = world.inbound(asked, &secret);
        let serving = rolecall_gate::Service::serve(&world.service, inbound);
        let meanwhile = async {
            pieces.send(vec![1; 300_000]).await;
            let ends = if completes { complete("k", &id, &[(1, &etag)]) } else { abort("k", &id) };
            assert!(matches!(world.send(ends).await.status, 200 | 204));
            drop(pieces);
        };
        let (outbound, ()) = tokio::join!(serving, meanwhile);
        assert_eq!(outbound.status, 404);
        assert_eq!(world.files().len(), usize::from(completes));
    }
}

/// The sending end of a body.
struct Pieces(tokio::sync::mpsc::Sender<Vec<u8>>);

impl Pieces {
    async fn send(&mut self, piece: Vec<u8>) {
        self.0.send(piece).await.unwrap();
    }
}

fn futures_channel() -> (Pieces, Body) {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let piece: Vec<u8> = receiver.recv().await?;
        Some((Ok(piece.into()), receiver))
    });
    (Pieces(sender), Body::stream(None, Box::pin(stream)))
}
