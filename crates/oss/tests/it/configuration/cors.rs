//! Requests of pages of other sites.

use super::{refuse, round, set};
use crate::support::{Answer, Request, Signed, World, get, put, request};

const RULES: &str = "<CORSConfiguration>\
    <CORSRule><AllowedOrigin>http://*.one.com</AllowedOrigin>\
    <AllowedOrigin>http://two.com</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>\
    <AllowedHeader>x-oss-*</AllowedHeader><AllowedHeader>Content-Type</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-oss-request-id</ExposeHeader>\
    <MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>\
    </CORSConfiguration>";

fn question(origin: &str, method: &str, headers: &str) -> Request {
    let asked = request("OPTIONS", "bucket", "any/key").signed(Signed::No);
    let asked = if origin.is_empty() { asked } else { asked.header("origin", origin) };
    let asked = if method.is_empty() {
        asked
    } else {
        asked.header("access-control-request-method", method)
    };
    if headers.is_empty() { asked } else { asked.header("access-control-request-headers", headers) }
}

fn told<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.header(&format!("access-control-{name}"))
}

#[tokio::test]
async fn a_browser_asks_beforehand() {
    let world = World::new().await;
    let asked = || question("http://a.one.com", "PUT", "");
    let none = world.send(asked()).await;
    none.assert_error(403, "AccessForbidden");
    round(&world, "cors", RULES, RULES).await;
    let answer =
        world.send(question("http://a.one.com", "PUT", "X-OSS-Meta-A, content-type")).await;
    answer.assert_status(200);
    assert!(answer.body.is_empty());
    assert_eq!(told(&answer, "allow-origin"), Some("http://a.one.com"));
    assert_eq!(told(&answer, "allow-methods"), Some("PUT, GET"));
    assert_eq!(told(&answer, "allow-headers"), Some("X-OSS-Meta-A, content-type"));
    assert_eq!(told(&answer, "expose-headers"), Some("ETag, x-oss-request-id"));
    assert_eq!(told(&answer, "max-age"), Some("600"));
    assert_eq!(answer.header("vary"), None);
    let any = world.send(question("http://three.com", "GET", "")).await;
    any.assert_status(200);
    assert_eq!(told(&any, "allow-origin"), Some("*"));
    assert_eq!(told(&any, "allow-headers"), None);
    for (origin, method, headers) in [
        ("http://three.com", "PUT", ""),
        ("http://one.com", "PUT", ""),
        ("http://a.one.com", "DELETE", ""),
        ("http://a.one.com", "PUT", "x-oss-a, authorization"),
        ("http://three.com", "GET", "x-oss-a"),
    ] {
        let refused = world.send(question(origin, method, headers)).await;
        refused.assert_error(403, "AccessForbidden");
        assert_eq!(told(&refused, "allow-origin"), None, "{origin} {method}");
    }
    for (origin, method) in [("", "PUT"), ("http://two.com", "")] {
        world.send(question(origin, method, "")).await.assert_error(400, "BadRequest");
    }
    let nowhere =
        request("OPTIONS", "nowhere", "k").signed(Signed::No).header("origin", "http://x");
    world.send(nowhere).await.assert_error(404, "NoSuchBucket");
}

#[tokio::test]
async fn pages_see_answers_and_errors() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let from = |asked: Request| asked.header("origin", "http://two.com");
    assert_eq!(told(&world.send(from(get("bucket", "k"))).await, "allow-origin"), None);
    world.send(set("cors", RULES)).await.assert_status(200);
    for (asked, status) in [
        (get("bucket", "k"), 200),
        (get("bucket", "missing"), 404),
        (get("bucket", "k").by("LTAIother"), 403),
        (get("bucket", "k").by("LTAInobody"), 403),
        (get("bucket", "k").signed(Signed::No), 403),
        (put("bucket", "l", "x"), 200),
    ] {
        let answer = world.send(from(asked)).await;
        answer.assert_status(status);
        assert_eq!(told(&answer, "allow-origin"), Some("http://two.com"), "{status}");
        assert_eq!(told(&answer, "expose-headers"), Some("ETag, x-oss-request-id"));
    }
    // A request that no rule is about is served, and a page does not see the answer.
    let deleted = world.send(from(request("DELETE", "bucket", "l"))).await;
    deleted.assert_status(204);
    assert_eq!(told(&deleted, "allow-origin"), None);
    assert_eq!(told(&world.send(get("bucket", "k")).await, "allow-origin"), None);
}

#[tokio::test]
async fn caches_are_told_where_it_is_so_set() {
    let world = World::new().await;
    world.send(put("bucket", "k", "x")).await.assert_status(200);
    let vary = RULES
        .replace("</CORSConfiguration>", "<ResponseVary>true</ResponseVary></CORSConfiguration>");
    world.send(set("cors", vary)).await.assert_status(200);
    assert_eq!(world.send(get("bucket", "k")).await.header("vary"), Some("Origin"));
    let asked = get("bucket", "k").header("origin", "http://two.com");
    assert_eq!(world.send(asked).await.header("vary"), Some("Origin"));
    assert_eq!(world.send(request("GET", "", "")).await.header("vary"), None);
}

#[tokio::test]
async fn rules_have_limits() {
    let world = World::new().await;
    let rule = |origin: &str, method: &str, more: &str| {
        format!(
            "<CORSRule><AllowedOrigin>{origin}</AllowedOrigin><AllowedMethod>{method}\
             </AllowedMethod>{more}</CORSRule>"
        )
    };
    let document = |rules: &str| format!("<CORSConfiguration>{rules}</CORSConfiguration>");
    let most = document(&rule("http://a", "GET", "").repeat(20));
    round(&world, "cors", &most, &most).await;
    for (rules, code) in [
        (rule("a", "GET", "").repeat(21), "CORSRuleBeyondLimit"),
        (String::new(), "MalformedXML"),
        (rule("*.a.*", "GET", ""), "InvalidArgument"),
        (rule("a&#13;&#10;b", "GET", ""), "InvalidArgument"),
        (rule("", "GET", ""), "InvalidArgument"),
        (rule("a", "PATCH", ""), "MalformedXML"),
        (rule("a", "GET", "<AllowedHeader>*-*</AllowedHeader>"), "InvalidArgument"),
        (rule("a", "GET", "<ExposeHeader>x-*</ExposeHeader>"), "InvalidArgument"),
        (rule("a", "GET", "<MaxAgeSeconds>-1</MaxAgeSeconds>"), "MalformedXML"),
        (rule("a", "GET", "<MaxAgeSeconds>1000000000</MaxAgeSeconds>"), "MalformedXML"),
        ("<CORSRule><AllowedOrigin>a</AllowedOrigin></CORSRule>".to_owned(), "MalformedXML"),
        ("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>".to_owned(), "MalformedXML"),
    ] {
        refuse(&world, "cors", &document(&rules), 400, code).await;
    }
}
