//! The access log of a bucket.

use super::{refuse, round, set, told, unset};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, Signed, World, get, put, request, statements};

/// The seconds of an hour. Tests begin at 22:13:20.
const HOUR: i64 = 60 * 60;

fn to(target: &str, prefix: &str) -> String {
    format!(
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>\
         <TargetPrefix>{prefix}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
    )
}

async fn world() -> World {
    let world = World::new().await;
    world.send(request("PUT", "logs", "")).await.assert_status(200);
    world
}

/// The keys and lines of all logs.
async fn logs(world: &World) -> Vec<(String, Vec<String>)> {
    let listed = world.send(request("GET", "logs", "")).await.xml();
    let mut logs = Vec::new();
    for object in listed.all("Contents") {
        let key = object.text("Key").to_owned();
        let body = world.send(get("logs", &key)).await.body;
        let text = String::from_utf8(body).unwrap();
        assert!(text.ends_with('\n'));
        logs.push((key, text.lines().map(str::to_owned).collect()));
    }
    logs
}

#[tokio::test]
async fn the_log_is_set_told_and_ended() {
    let world = world().await;
    let none = "<BucketLoggingStatus></BucketLoggingStatus>";
    assert_eq!(super::text(&world.send(told("logging")).await.xml()), none);
    round(&world, "logging", &to("logs", "p/"), &to("logs", "p/")).await;
    round(&world, "logging", &to("bucket", ""), &to("bucket", "")).await;
    round(&world, "logging", "<BucketLoggingStatus/>", none).await;
    round(&world, "logging", &to("logs", "p/"), &to("logs", "p/")).await;
    world.send(unset("logging")).await.assert_status(204);
    assert_eq!(super::text(&world.send(told("logging")).await.xml()), none);
}

#[tokio::test]
async fn the_log_goes_where_its_setter_may_write() {
    let may = |more: (&'static str, &'static str, &'static str)| {
        statements(&[("Allow", "oss:PutBucketLogging", "acs:oss:*:*:bucket"), more])
    };
    let users = [
        ("writer", ACCOUNT, may(("Allow", "oss:PutObject", "acs:oss:*:*:logs/*"))),
        ("prefixed", ACCOUNT, may(("Allow", "oss:PutObject", "acs:oss:*:*:logs/p/*"))),
        ("reader", ACCOUNT, may(("Allow", "oss:Get*", "*"))),
    ];
    let world = World::with(&users).await;
    for (bucket, who) in [("bucket", "LTAIroot"), ("logs", "LTAIroot"), ("foreign", "LTAIother")] {
        world.send(request("PUT", bucket, "").by(who)).await.assert_status(200);
    }
    let by = |who: &str, target: &str, prefix: &str| set("logging", to(target, prefix)).by(who);
    world.send(by("writer", "logs", "")).await.assert_status(200);
    world.send(by("prefixed", "logs", "p/")).await.assert_status(200);
    world.send(by("prefixed", "logs", "q/")).await.assert_error(403, "AccessDenied");
    world.send(by("reader", "logs", "p/")).await.assert_error(403, "AccessDenied");
    for target in ["foreign", "nowhere"] {
        let document = to(target, "p/");
        refuse(&world, "logging", &document, 400, "InvalidTargetBucketForLogging").await;
    }
    refuse(&world, "logging", &to("logs", "/p"), 400, "InvalidObjectName").await;
    refuse(&world, "logging", &to("logs", &"p".repeat(513)), 400, "MalformedXML").await;
    refuse(&world, "logging", &to("Logs", "p"), 400, "MalformedXML").await;
    assert_ne!(ACCOUNT, OTHER_ACCOUNT);
}

#[tokio::test]
async fn every_request_has_a_line_within_the_hour() {
    let world = world().await;
    world.send(set("logging", to("logs", "p/"))).await.assert_status(200);
    world.send(put("bucket", "k", "0123456789")).await.assert_status(200);
    let page =
        get("bucket", "k").header("referer", "http://a.com/\"x").header("user-agent", "curl");
    world.send(page.header("range", "bytes=2-4")).await.assert_status(206);
    world.send(get("bucket", "missing")).await.assert_error(404, "NoSuchKey");
    world.send(get("bucket", "k").by("LTAInobody")).await.assert_error(403, "InvalidAccessKeyId");
    world.send(get("bucket", "k").by("LTAIother")).await.assert_error(403, "AccessDenied");
    world.send(get("bucket", "k").signed(Signed::No)).await.assert_error(403, "AccessDenied");
    world.send(get("logs", "k")).await.assert_error(404, "NoSuchKey");
    assert_eq!(world.service.maintain().await.unwrap().logs, 0, "the hour is not over");
    world.clock.advance(HOUR);
    let done = world.service.maintain().await.unwrap();
    assert_eq!((done.logs, done.lines_lost), (1, 0));
    let logs = logs(&world).await;
    assert_eq!(logs.len(), 1);
    let (key, lines) = &logs[0];
    let unique = key.strip_prefix("p/bucket2023-11-14-23-13-20-").unwrap();
    assert_eq!(unique.len(), 32);
    let start = "192.0.2.7 - - [14/Nov/2023:22:13:20 +0000]";
    assert!(lines.iter().all(|line| line.starts_with(start)), "{lines:?}");
    let fields = |number: usize| lines[number].strip_prefix(start).unwrap().to_owned();
    assert!(fields(0).starts_with(" \"PUT /bucket/k HTTP/1.1\" 200 0 "), "{}", fields(0));
    assert!(
        fields(0).contains(&format!("\"true\" \"{ACCOUNT}\" \"PutObject\" \"bucket\" \"k\" 10 "))
    );
    assert!(fields(1).starts_with(" \"GET /bucket/k HTTP/1.1\" 206 3 "), "{}", fields(1));
    assert!(fields(1).contains(" \"http://a.com/%22x\" \"curl\" \"127.0.0.1:4600\" "));
    assert!(fields(1).contains(" \"GetObject\" \"bucket\" \"k\" 10 "), "{}", fields(1));
    assert!(fields(2).contains(" \"GetObject\" \"bucket\" \"missing\" - 0 \"NoSuchKey\" "));
    assert!(fields(3).contains(" \"InvalidAccessKeyId\" "), "{}", fields(3));
    assert!(fields(4).contains(&format!("\"{OTHER_ACCOUNT}\" \"GetObject\"")), "{}", fields(4));
    assert!(fields(5).contains("\"true\" \"-\" \"GetObject\""), "{}", fields(5));
    assert_eq!(lines.len(), 6, "requests of other buckets are not theirs: {lines:?}");
}

#[tokio::test]
async fn signatures_of_addresses_are_not_logged() {
    let world = world().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    world.send(set("logging", to("logs", ""))).await.assert_status(200);
    world.send(get("bucket", "k").signed(Signed::Url)).await.assert_status(200);
    world.service.flush().await;
    let logs = logs(&world).await;
    let line = &logs[0].1[0];
    assert!(line.contains("OSSAccessKeyId=LTAIroot"), "{line}");
    assert!(line.contains("Signature=***"), "{line}");
}

#[tokio::test]
async fn a_stopping_service_writes_what_waits_and_a_log_without_a_target_is_counted() {
    let world = world().await;
    world.send(set("logging", to("logs", ""))).await.assert_status(200);
    world.send(get("bucket", "a")).await.assert_status(404);
    world.service.flush().await;
    assert_eq!(logs(&world).await.len(), 1);
    world.send(get("bucket", "b")).await.assert_status(404);
    let (key, _) = logs(&world).await.remove(0);
    world.send(request("DELETE", "logs", &key)).await.assert_status(204);
    world.send(request("DELETE", "logs", "")).await.assert_status(204);
    world.clock.advance(HOUR);
    let done = world.service.maintain().await.unwrap();
    assert_eq!((done.logs, done.lines_lost), (0, 1));
    // Whoever takes the name gets none of it.
    world.send(request("PUT", "logs", "").by("LTAIother")).await.assert_status(200);
    world.send(get("bucket", "c")).await.assert_status(404);
    world.clock.advance(HOUR);
    assert_eq!(world.service.maintain().await.unwrap().lines_lost, 2);
    let foreign = world.send(request("GET", "logs", "").by("LTAIother")).await.xml();
    assert!(foreign.find("Contents").is_none());
}
