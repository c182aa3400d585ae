//! The tags of objects.

use rolecall_gate::Body;

use crate::support::{World, put, request};

fn tagging(method: &'static str, key: &'static str) -> crate::support::Request {
    request(method, "bucket", key).query("tagging", "")
}

fn document(tags: &[(&str, &str)]) -> String {
    let tag =
        |(key, value): &(&str, &str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let tags: String = tags.iter().map(tag).collect();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

async fn tags_of(world: &World, key: &'static str) -> String {
    let answer = world.send(tagging("GET", key)).await;
    answer.assert_status(200);
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn tags_are_set_told_and_taken_away() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x").header("x-oss-tagging", "a=1")).await.assert_status(200);
    assert!(tags_of(&world, "k").await.contains("<Tag><Key>a</Key><Value>1</Value></Tag>"));
    let set = tagging("PUT", "k").body(Body::full(document(&[("b", "2"), ("c", "")])));
    world.send(set).await.assert_status(200);
    let told = tags_of(&world, "k").await;
    assert!(told.contains("<Key>b</Key><Value>2</Value>") && told.contains("<Key>c</Key>"));
    assert!(!told.contains("<Key>a</Key>"), "{told}");
    world.send(request("GET", "bucket", "k")).await.assert_status(200);
    world.send(tagging("DELETE", "k")).await.assert_status(204);
    assert!(!tags_of(&world, "k").await.contains("<Tag>"));
}

#[tokio::test]
async fn tags_that_break_a_rule_change_nothing() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x").header("x-oss-tagging", "a=1")).await.assert_status(200);
    let many: Vec<String> = (0..11).map(|number| format!("k{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "v")).collect();
    for wrong in [document(&many), document(&[("a", "1"), ("a", "2")]), document(&[("!", "v")])] {
        let answer = world.send(tagging("PUT", "k").body(Body::full(wrong))).await;
        answer.assert_error(400, "InvalidTag");
    }
    let answer = world.send(tagging("PUT", "k").body(Body::full("<Tagging>"))).await;
    answer.assert_error(400, "MalformedXML");
    assert!(tags_of(&world, "k").await.contains("<Key>a</Key>"));
    world.send(tagging("GET", "none")).await.assert_error(404, "NoSuchKey");
}
