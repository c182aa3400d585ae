//! What is not served, asked for.

use rolecall_oss::{Goal, NOT_SERVED, OPERATIONS};

use crate::support::{World, put, request};

#[tokio::test]
async fn what_is_listed_as_not_served_is_said_to_be_and_changes_nothing() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    for it in NOT_SERVED {
        assert!(OPERATIONS.iter().all(|own| own.spec().action != it.name), "{} is", it.name);
        let (bucket, key) = match it.goal {
            Goal::Service => ("", ""),
            Goal::Bucket => ("bucket", ""),
            Goal::Object => ("bucket", "k"),
        };
        let answer = world.send(request(it.method, bucket, key).query(it.parameter, "")).await;
        assert_eq!((answer.status, answer.code().as_str()), (501, "NotImplemented"), "{}", it.name);
    }
    assert_eq!(world.send(request("GET", "bucket", "k")).await.body, b"x");
}
