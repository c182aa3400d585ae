//! Callbacks that fail, and those that are refused before anything is stored.

use std::time::Duration;

use super::*;
use crate::support::{ACCOUNT, policy};

#[track_caller]
fn failed(answer: &Answer, message: &str) {
    answer.assert_error(203, "CallbackFailed");
    let error = answer.error();
    assert_eq!((error.text("Message"), error.text("EC")), (message, "0007-00000203"));
    assert_eq!(answer.header("etag"), Some("\"5D41402ABC4B2A76B9719D911017C592\""));
}

#[tokio::test]
async fn a_failed_callback_leaves_the_object_and_answers_203() {
    let (world, applications) = calling(World::new().await);
    let callback = told("http://app", "a");
    let connect = "Error status : -1.OSS can not connect to your callbackUrl, please check it.";
    let length = "Error status : 400.User server return too long content-length value.";
    let cases: Vec<(Does, &str)> = vec![
        (Does::Answers(301, ""), "Error status : 301."),
        (Does::Answers(204, ""), "Error status : 204."),
        (Does::Answers(502, "{}"), "Error status : 502."),
        (Does::Answers(200, ""), "Response body is not valid json format."),
        (Does::Answers(200, "ok"), "Response body is not valid json format."),
        (Does::Answers(200, "{} {}"), "Response body is not valid json format."),
        (Does::Fails(|url| MessageError::Late { url }), "Cost too long time."),
        (Does::Fails(|url| MessageError::Length { url }), length),
        (
            Does::Fails(|url| MessageError::Forbidden { url }),
            "Private address is forbidden to callback.",
        ),
        (Does::Fails(|url| MessageError::Failed { url, source: "reset".into() }), connect),
    ];
    for (number, (does, message)) in cases.into_iter().enumerate() {
        applications.will([does]);
        let key = format!("k{number}");
        let answer = world.send(with(put("bucket", &key, "hello"), &callback)).await;
        failed(&answer, message);
        assert_eq!(world.send(get("bucket", &key)).await.body, b"hello");
        let closed = world.book.closed.lock().unwrap().clone();
        assert!(closed.contains(&Some("CallbackFailed".to_owned())), "{closed:?}");
    }
    applications.will([Does::Answers(500, ""), Does::Answers(500, "")]);
    let asked = form(&[("key", "form"), ("callback", &*callback)], "hello");
    failed(&world.send(asked).await, "Error status : 500.");
    assert_eq!(world.send(get("bucket", "form")).await.body, b"hello");
    let id = begun(&world, "parts").await;
    let answer = world.send(with(complete("parts", &id), &callback)).await;
    answer.assert_error(203, "CallbackFailed");
    assert_eq!(world.send(get("bucket", "parts")).await.body, b"hello");
}

#[tokio::test]
async fn further_urls_are_asked_until_one_takes_it() {
    let (world, applications) = calling(World::new().await);
    applications.will([
        Does::Answers(500, ""),
        Does::Answers(200, "no"),
        Does::Answers(200, "[1]"),
    ]);
    let callback = told("http://a;http://b;http://c;http://d", "x");
    relayed(&world.send(with(put("bucket", "k", "hello"), &callback)).await, "[1]");
    let urls: Vec<_> = applications.heard().into_iter().map(|heard| heard.url).collect();
    assert_eq!(urls, ["http://a", "http://b", "http://c"]);
}

#[tokio::test]
async fn a_wrong_parameter_stores_nothing_and_calls_nobody() {
    let (world, applications) = calling(World::new().await);
    let six = ["http://a"; 6].join(";");
    let with_type = json!({"callbackUrl": "a", "callbackBody": "b", "callbackBodyType": "c"});
    for (callback, code, ec) in [
        ("x123-*&".to_owned(), "InvalidArgument", "0007-00000002"),
        (STANDARD.encode("{"), "InvalidArgument", "0007-00000003"),
        (told("http://a b", "a"), "InvalidArgument", "0007-00000004"),
        (told(&six, "a"), "InvalidArgument", "0007-00000005"),
        (told("http://private/", "a"), "InvalidArgument", "0007-00000008"),
        (told("http://app", ""), "InvalidArgument", "0007-00000011"),
        (encoded(&with_type), "InvalidArgument", "0007-00000012"),
        (told("http://app", &"a".repeat(5_000)), "InvalidArgument", "0099-00000505"),
        (
            encoded(&json!({"callbackUrl": "a", "callbackBody": "b", "additionalHeaders": {}})),
            "NotImplemented",
            "0099-00000501",
        ),
    ] {
        let id = begun(&world, "parts").await;
        for (key, asked) in [
            ("put", with(put("bucket", "put", "hello"), &callback)),
            ("form", form(&[("key", "form"), ("callback", &*callback)], "hello")),
            ("parts", with(complete("parts", &id), &callback)),
            ("url", put("bucket", "url", "hello").query("callback", &callback)),
        ] {
            let answer = world.send(asked).await;
            answer.assert_error(400, code);
            assert_eq!(answer.error().text("EC"), ec);
            world.send(get("bucket", key)).await.assert_error(404, "NoSuchKey");
        }
    }
    let callback = told("http://app", "a");
    let twice = with(put("bucket", "k", "a"), &callback).query("callback", &callback);
    world.send(twice).await.assert_error(400, "InvalidArgument");
    let variables = with(put("bucket", "k", "a"), &callback).header("x-oss-callback-var", "*");
    world.send(variables).await.assert_error(400, "InvalidArgument");
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(applications.heard(), []);
}

#[tokio::test]
async fn who_may_not_upload_calls_nobody() {
    let denied = policy("Deny", "oss:PutObject", "*");
    let (world, applications) = calling(World::with(&[("LTAIdenied", ACCOUNT, denied)]).await);
    world.send(request("PUT", "bucket", "")).await.assert_status(200);
    let open = request("PUT", "open", "").header("x-oss-acl", "public-read-write");
    world.send(open).await.assert_status(200);
    let id = begun(&world, "parts").await;
    let callback = told("http://app", "a");
    for asked in [
        with(put("bucket", "k", "hello"), &callback),
        form(&[("key", "k"), ("callback", &*callback)], "hello"),
        with(complete("parts", &id), &callback),
    ] {
        world.send(asked.by("LTAIdenied")).await.assert_error(403, "AccessDenied");
    }
    for asked in [
        with(put("bucket", "k", "hello"), &callback),
        form(&[("key", "k"), ("callback", &*callback)], "hello"),
        with(complete("parts", &id), &callback),
        // Nobody may upload here, and still calls nobody.
        with(put("open", "k", "hello"), &callback),
    ] {
        world.send(asked.unsigned()).await.assert_error(403, "AccessDenied");
    }
    for (bucket, key) in [("bucket", "k"), ("bucket", "parts"), ("open", "k")] {
        world.send(get(bucket, key)).await.assert_error(404, "NoSuchKey");
    }
    world.send(put("open", "k", "hello").unsigned()).await.assert_status(200);
    assert_eq!(applications.heard(), []);
}

#[tokio::test]
async fn other_operations_and_a_service_without_callbacks_refuse_them() {
    let (world, applications) = calling(World::new().await);
    let callback = told("http://app", "a");
    world.send(put("bucket", "k", "hello")).await.assert_status(200);
    for asked in [
        put("bucket", "a", "a").query("append", "").query("position", "0"),
        request("PUT", "bucket", "c").header("x-oss-copy-source", "/bucket/k"),
        request("POST", "bucket", "m").query("uploads", ""),
    ] {
        let mut asked = with(asked, &callback);
        if asked.query.iter().any(|(name, _)| name == "append") {
            asked.method = "POST";
        }
        world.send(asked).await.assert_error(400, "NotImplemented");
    }
    assert_eq!(applications.heard(), []);
    let without = World::new().await;
    let answer = without.send(with(put("bucket", "k", "hello"), &callback)).await;
    answer.assert_error(400, "NotImplemented");
    without.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn only_so_many_callbacks_are_under_way_and_they_hold_up_nobody() {
    let (world, applications) = calling(World::new().await);
    let (world, callback) = (Arc::new(world), told("http://app", "a"));
    applications.will((0..64).map(|_| Does::Waits));
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (world, callback) = (Arc::clone(&world), callback.clone());
        waiting.spawn(async move {
            let key = format!("k{number}");
            world.send(with(put("bucket", &key, "hello"), &callback)).await
        });
    }
    while applications.heard.lock().unwrap().len() < 64 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = world.send(with(put("bucket", "over", "hello"), &callback)).await;
    failed(&answer, "Too many callback requests.");
    // Their objects are there, and others come and go.
    assert_eq!(world.send(get("bucket", "k7")).await.body, b"hello");
    world.send(put("bucket", "k7", "other")).await.assert_status(200);
    applications.released.add_permits(64);
    while let Some(answer) = waiting.join_next().await {
        relayed(&answer.unwrap(), "{}");
    }
    relayed(&world.send(with(put("bucket", "after", "hello"), &callback)).await, "{}");
}
