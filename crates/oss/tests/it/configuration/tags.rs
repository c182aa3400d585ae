//! Tags of buckets, and the list of buckets by them.

use super::{refuse, round, set, told, unset};
use crate::support::{World, request};

fn document(tags: &[(&str, &str)]) -> String {
    let tags = tags
        .iter()
        .map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"));
    format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags.collect::<String>())
}

#[tokio::test]
async fn tags_are_set_told_and_taken() {
    let world = World::new().await;
    let none = document(&[]);
    assert_eq!(super::text(&world.send(told("tagging")).await.xml()), none);
    let tags = document(&[("b", "2"), ("a", ""), ("中 文", "x+-=._:/")]);
    round(&world, "tagging", &tags, &tags).await;
    let other = document(&[("c", "3"), ("d", "4"), ("e", "5")]);
    round(&world, "tagging", &other, &other).await;
    let some = request("DELETE", "bucket", "").query("tagging", "c,e,unknown");
    world.send(some).await.assert_status(204);
    assert_eq!(super::text(&world.send(told("tagging")).await.xml()), document(&[("d", "4")]));
    world.send(unset("tagging")).await.assert_status(204);
    assert_eq!(super::text(&world.send(told("tagging")).await.xml()), none);
}

#[tokio::test]
async fn tags_have_limits() {
    let world = World::new().await;
    let many = |count: usize| {
        let keys: Vec<String> = (0..count).map(|number| format!("k{number}")).collect();
        document(&keys.iter().map(|key| (key.as_str(), "v")).collect::<Vec<_>>())
    };
    round(&world, "tagging", &many(20), &many(20)).await;
    let (key, value) = ("k".repeat(64), "v".repeat(128));
    let longest = document(&[(&key, &value)]);
    round(&world, "tagging", &longest, &longest).await;
    let (key, value) = (format!("{key}k"), format!("{value}v"));
    for (document, code) in [
        (many(21), "TooManyTags"),
        (many(101), "TooManyTags"),
        (document(&[(&key, "")]), "InvalidTaggingKey"),
        (document(&[("", "v")]), "InvalidTaggingKey"),
        (document(&[("Aliyun-x", "v")]), "InvalidTaggingKey"),
        (document(&[("http://x", "v")]), "InvalidTaggingKey"),
        (document(&[("HTTPS://x", "v")]), "InvalidTaggingKey"),
        (document(&[("a*", "v")]), "InvalidTaggingKey"),
        (document(&[("a", &value)]), "InvalidTag"),
        (document(&[("a", "b\tc")]), "InvalidTag"),
        (document(&[("a", "1"), ("a", "2")]), "RepeatedTags"),
        ("<Tagging/>".to_owned(), "MalformedXML"),
        (
            "<Tagging><TagSet><Tag><Value>v</Value></Tag></TagSet></Tagging>".to_owned(),
            "MalformedXML",
        ),
    ] {
        refuse(&world, "tagging", &document, 400, code).await;
    }
}

#[tokio::test]
async fn a_bucket_is_made_with_tags() {
    let world = World::with(&[]).await;
    let made = |tags: &str| request("PUT", "bucket", "").header("x-oss-bucket-tagging", tags);
    world.send(made("a=1&a=2")).await.assert_error(400, "RepeatedTags");
    world.send(made("a=%ff")).await.assert_error(400, "InvalidTag");
    world.send(told("tagging")).await.assert_error(404, "NoSuchBucket");
    world.send(made("a=1&b+c=%2B")).await.assert_status(200);
    let tags = document(&[("a", "1"), ("b c", "+")]);
    assert_eq!(super::text(&world.send(told("tagging")).await.xml()), tags);
}

#[tokio::test]
async fn buckets_are_listed_by_their_tags() {
    let world = World::with(&[]).await;
    for (name, tags) in [("one", "a=1"), ("two", "a=2&b=x"), ("three", "b=x"), ("none", "")] {
        let made = request("PUT", name, "").header("x-oss-bucket-tagging", tags);
        world.send(made).await.assert_status(200);
    }
    let list = async |query: &[(&str, &str)]| {
        let asked = query.iter().fold(request("GET", "", ""), |r, (n, v)| r.query(n, v));
        let answer = world.send(asked).await.xml();
        let buckets = answer.find("Buckets").unwrap();
        let names: Vec<_> = buckets.all("Bucket").map(|it| it.text("Name").to_owned()).collect();
        (names.join(" "), answer.text("IsTruncated").to_owned())
    };
    let all = |names: &str| (names.to_owned(), "false".to_owned());
    assert_eq!(list(&[("tag-key", "a")]).await, all("one two"));
    assert_eq!(list(&[("tag-key", "a"), ("tag-value", "2")]).await, all("two"));
    assert_eq!(list(&[("tag-key", "c")]).await, all(""));
    assert_eq!(list(&[("tagging", "\"a\":\"2\",\"b\":\"x\"")]).await, all("two"));
    assert_eq!(list(&[("tagging", "\"b\":\"x\"")]).await, all("three two"));
    let first = list(&[("tag-key", "a"), ("max-keys", "1")]).await;
    assert_eq!(first, ("one".to_owned(), "true".to_owned()));
    assert_eq!(list(&[("tag-key", "a"), ("marker", "one")]).await, all("two"));
    for wrong in [
        &[("tag-value", "1")][..],
        &[("tagging", "a:1")],
        &[("tagging", "\"a\":1")],
        &[("tagging", "\"a\":\"1\""), ("tag-key", "a")],
    ] {
        let asked = wrong.iter().fold(request("GET", "", ""), |r, (n, v)| r.query(n, v));
        world.send(asked).await.assert_error(400, "InvalidArgument");
    }
    world.send(set("tagging", document(&[]))).await.assert_error(404, "NoSuchBucket");
}
