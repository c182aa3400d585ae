//! Which pages may link to objects.

use super::{refuse, round, set, text, told};
use crate::support::{Request, Signed, World, get, put, request};

fn document(empty: bool, listed: &[&str], banned: &[&str]) -> String {
    let list = |pages: &[&str]| {
        let pages: Vec<_> = pages.iter().map(|page| format!("<Referer>{page}</Referer>")).collect();
        pages.concat()
    };
    format!(
        "<RefererConfiguration><AllowEmptyReferer>{empty}</AllowEmptyReferer>\
         <AllowTruncateQueryString>true</AllowTruncateQueryString>\
         <TruncatePath>false</TruncatePath><RefererList>{}</RefererList>\
         <RefererBlacklist>{}</RefererBlacklist></RefererConfiguration>",
        list(listed),
        list(banned)
    )
}

#[tokio::test]
async fn the_lists_are_set_and_told() {
    let world = World::new().await;
    let unset = "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>\
                 <AllowTruncateQueryString>true</AllowTruncateQueryString>\
                 <TruncatePath>false</TruncatePath><RefererList></RefererList>\
                 </RefererConfiguration>";
    assert_eq!(text(&world.send(told("referer")).await.xml()), unset);
    let both = document(false, &["http://*.a.com", "http://b?.com"], &["http://c.com"]);
    round(&world, "referer", &both, &both).await;
    let short = "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>\
                 <RefererList><Referer/></RefererList></RefererConfiguration>";
    round(&world, "referer", short, unset).await;
    let contradiction =
        both.replace("String>true<", "String>false<").replace("Path>false<", "Path>true<");
    for (document, code) in [
        ("<RefererConfiguration/>".to_owned(), "MalformedXML"),
        (both.replace("Referer>false<", "Referer>perhaps<"), "MalformedXML"),
        (contradiction, "InvalidArgument"),
    ] {
        refuse(&world, "referer", &document, 400, code).await;
    }
}

#[tokio::test]
async fn signed_urls_work_on_pages_that_may_link() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let lists = document(false, &["http://good.com"], &["http://good.com/bad"]);
    world.send(set("referer", lists)).await.assert_status(200);
    let url = |page: &str| {
        let asked = get("bucket", "k").signed(Signed::Url);
        if page.is_empty() { asked } else { asked.header("referer", page) }
    };
    let check = async |asked: Request, ec: Option<&str>| {
        let answer = world.send(asked).await;
        assert_eq!(answer.header("x-oss-ec"), ec, "{answer:?}");
        if ec.is_none() {
            return answer.assert_status(200);
        }
        answer.assert_error(403, "AccessDenied");
        assert_eq!(answer.error().text("Message"), "You are denied by bucket referer policy.");
    };
    check(url("http://good.com/page?x=y"), None).await;
    check(url(""), Some("0003-00000501")).await;
    check(url("http://good.com/bad/page"), Some("0003-00000502")).await;
    check(url("http://other.com"), Some("0003-00000503")).await;
    check(get("bucket", "k").header("referer", "http://other.com"), None).await;
    check(get("bucket", "k"), None).await;
    // Buckets have no pages that link to them.
    check(request("GET", "bucket", "").signed(Signed::Url), None).await;
}
