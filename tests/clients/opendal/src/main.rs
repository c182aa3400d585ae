//! The everyday life of objects by `OpenDAL`'s service `oss`.
//!
//! Without arguments but the bucket it runs inside an instance, with the vendor's endpoint and the
//! credentials of the instance's role; with an endpoint and a key, by these.

use std::collections::BTreeSet;
use std::env::args;

use opendal::services::Oss;
use opendal::{ErrorKind, Operator, Result};

/// A part is 1 MiB; the object has three, the last one short.
const PART: usize = 1 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = args().skip(1);
    let bucket = arguments.next().expect("the bucket");
    let builder = Oss::default().bucket(&bucket).root("/root dir/");
    let builder = match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(endpoint), Some(id), Some(secret)) => builder
            .endpoint(&endpoint)
            .addressing_style("path")
            .access_key_id(&id)
            .access_key_secret(&secret),
        _ => builder.endpoint("https://oss-cn-hangzhou.aliyuncs.com"),
    };
    life(Operator::new(builder)?).await
}

async fn life(oss: Operator) -> Result<()> {
    oss.check().await?;
    let name = "dir/中文 a+b&c=d.txt";
    oss.write(name, "content").await?;
    assert_eq!(oss.read(name).await?.to_vec(), b"content");
    assert_eq!(oss.stat(name).await?.content_length(), 7);
    assert_eq!(oss.read_with(name).range(1..4).await?.to_vec(), b"ont");
    let refused = oss.write_with(name, "other").if_not_exists(true).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConditionNotMatch);
    oss.write_with("typed", "{}")
        .content_type("application/json")
        .cache_control("no-cache")
        .user_metadata([("author".to_owned(), "me".to_owned())])
        .await?;
    let typed = oss.stat("typed").await?;
    assert_eq!(typed.content_type(), Some("application/json"));
    assert_eq!(typed.user_metadata().and_then(|it| it.get("author")).unwrap(), "me");

    let mut writer = oss.writer_with("parts").chunk(PART).concurrent(2).await?;
    for _ in 0..5 {
        writer.write(vec![b'p'; PART / 2]).await?;
    }
    writer.close().await?;
    assert_eq!(oss.stat("parts").await?.content_length(), PART as u64 * 5 / 2);
    let mut given_up = oss.writer_with("given up").chunk(PART).await?;
    given_up.write(vec![b'g'; 2 * PART]).await?;
    given_up.abort().await?;
    assert!(!oss.exists("given up").await?);

    oss.write_with("log", "one").append(true).await?;
    oss.write_with("log", "two").append(true).await?;
    assert_eq!(oss.read("log").await?.to_vec(), b"onetwo");
    oss.copy(name, "copy").await?;
    assert_eq!(oss.read("copy").await?.to_vec(), b"content");

    let paths = |entries: Vec<opendal::Entry>| -> BTreeSet<String> {
        entries.iter().map(|entry| entry.path().to_owned()).collect()
    };
    let top = paths(oss.list("").await?);
    assert_eq!(top, ["copy", "dir/", "log", "parts", "typed"].map(str::to_owned).into());
    let all = paths(oss.list_with("").recursive(true).await?);
    assert!(all.contains(name), "{all:?}");

    let missing = oss.read("none").await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    oss.delete(name).await?;
    oss.delete(name).await?;
    assert!(!oss.exists(name).await?);
    oss.delete_with("").recursive(true).await?;
    assert_eq!(oss.list_with("").recursive(true).await?.len(), 0);
    println!("done");
    Ok(())
}
