//! A bucket as a site.

use super::{refuse, round, set};
use crate::support::{Answer, Request, Signed, World, get, put, request};

/// A bucket that everybody may read, with some objects, and what it is as a site.
async fn site(inner: &str) -> World {
    let world = World::with(&[]).await;
    let public = request("PUT", "bucket", "").header("x-oss-acl", "public-read");
    world.send(public).await.assert_status(200);
    for key in ["index.html", "dir/index.html", "a", "errors/404.html"] {
        world.send(put("bucket", key, format!("the {key}"))).await.assert_status(200);
    }
    let private = put("bucket", "secret", "x").header("x-oss-object-acl", "private");
    world.send(private).await.assert_status(200);
    let document = format!("<WebsiteConfiguration>{inner}</WebsiteConfiguration>");
    world.send(set("website", document)).await.assert_status(200);
    world
}

/// A visit without a signature.
async fn visit(world: &World, key: &str) -> Answer {
    let asked: Request =
        if key.is_empty() { request("GET", "bucket", "") } else { get("bucket", key) };
    world.send(asked.signed(Signed::No)).await
}

fn shows(answer: &Answer, status: u16, key: &str) {
    answer.assert_status(status);
    assert_eq!(String::from_utf8_lossy(&answer.body), format!("the {key}"));
}

#[tokio::test]
async fn folders_show_their_documents_to_who_did_not_sign() {
    let index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>";
    let world = site(index).await;
    shows(&visit(&world, "").await, 200, "index.html");
    shows(&visit(&world, "any/").await, 200, "index.html");
    shows(&visit(&world, "a").await, 200, "a");
    visit(&world, "missing").await.assert_error(404, "NoSuchKey");
    visit(&world, "dir").await.assert_error(404, "NoSuchKey");
    // Who signs, or asks for a list, gets what it asks for.
    let signed = world.send(request("GET", "bucket", "")).await;
    assert_eq!(signed.xml().name, "ListBucketResult");
    world.send(get("bucket", "any/")).await.assert_error(404, "NoSuchKey");
    let list = request("GET", "bucket", "").query("prefix", "a").signed(Signed::No);
    world.send(list).await.assert_error(403, "AccessDenied");

    let sub = index.replace("</Index", "<SupportSubDir>true</SupportSubDir></Index");
    let world = site(&sub).await;
    shows(&visit(&world, "dir/").await, 200, "dir/index.html");
    visit(&world, "any/").await.assert_error(404, "NoSuchKey");
    let led = visit(&world, "dir").await;
    led.assert_status(302);
    assert_eq!(led.header("location"), Some("/bucket/dir/"));
    let shown = sub.replace("</Index", "<Type>2</Type></Index");
    shows(&visit(&site(&shown).await, "dir").await, 200, "dir/index.html");
    let none = sub.replace("</Index", "<Type>1</Type></Index");
    visit(&site(&none).await, "dir").await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn a_page_stands_for_what_there_is_not_and_for_nothing_else() {
    let error = "<ErrorDocument><Key>errors/404.html</Key></ErrorDocument>";
    let world = site(error).await;
    shows(&visit(&world, "missing").await, 404, "errors/404.html");
    let part = get("bucket", "missing").signed(Signed::No).header("range", "bytes=1-2");
    shows(&world.send(part).await, 404, "errors/404.html");
    // What may not be read is not told apart, and nobody gets around it.
    visit(&world, "secret").await.assert_error(403, "AccessDenied");
    world.send(get("bucket", "missing")).await.assert_error(404, "NoSuchKey");
    let found = error.replace("</Key>", "</Key><HttpStatus>200</HttpStatus>");
    shows(&visit(&site(&found).await, "missing").await, 200, "errors/404.html");
    let gone = error.replace("errors/404.html", "nowhere");
    visit(&site(&gone).await, "missing").await.assert_error(404, "NoSuchKey");
    let hidden = error.replace("errors/404.html", "secret");
    visit(&site(&hidden).await, "missing").await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn rules_lead_elsewhere() {
    let rule = |number: u32, condition: &str, redirect: &str| {
        format!(
            "<RoutingRule><RuleNumber>{number}</RuleNumber><Condition>{condition}</Condition>\
             <Redirect><RedirectType>External</RedirectType>{redirect}</Redirect></RoutingRule>"
        )
    };
    let rules = [
        rule(
            2,
            "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>",
            "<HostName>e.com</HostName>",
        ),
        rule(
            1,
            "<KeyPrefixEquals>old/</KeyPrefixEquals>",
            "<ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith><HttpRedirectCode>301</HttpRedirectCode>",
        ),
    ];
    let world = site(&format!("<RoutingRules>{}</RoutingRules>", rules.concat())).await;
    let old = visit(&world, "old/k").await;
    old.assert_status(301);
    assert_eq!(old.header("location"), Some("http://127.0.0.1:4600/bucket/new/k"));
    let missing = visit(&world, "missing").await;
    missing.assert_status(302);
    assert_eq!(missing.header("location"), Some("http://e.com/missing"));
    shows(&visit(&world, "a").await, 200, "a");
    visit(&world, "secret").await.assert_error(403, "AccessDenied");
}

#[tokio::test]
async fn a_site_is_set_and_told() {
    let world = World::new().await;
    let whole = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix>\
        <SupportSubDir>true</SupportSubDir><Type>2</Type></IndexDocument>\
        <ErrorDocument><Key>errors/404.html</Key><HttpStatus>200</HttpStatus></ErrorDocument>\
        <RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition>\
        <KeyPrefixEquals>a/</KeyPrefixEquals><KeySuffixEquals>.txt</KeySuffixEquals>\
        <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><IncludeHeader><Key>x</Key>\
        <Equals>1</Equals></IncludeHeader></Condition><Redirect>\
        <RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>e.com:8</HostName>\
        <HttpRedirectCode>301</HttpRedirectCode><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith>\
        <EnableReplacePrefix>true</EnableReplacePrefix><PassQueryString>true</PassQueryString>\
        </Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>";
    round(&world, "website", whole, whole).await;
    let error = "<WebsiteConfiguration><ErrorDocument><Key>e</Key></ErrorDocument>\
                 </WebsiteConfiguration>";
    round(&world, "website", error, error).await;
}

#[tokio::test]
async fn a_site_says_something_and_nothing_that_is_not_served() {
    let world = World::new().await;
    let rule = |number: u32, redirect: &str| {
        format!(
            "<RoutingRule><RuleNumber>{number}</RuleNumber><Redirect>{redirect}</Redirect>\
             </RoutingRule>"
        )
    };
    let rules = |rules: &str| format!("<RoutingRules>{rules}</RoutingRules>");
    let external = "<RedirectType>External</RedirectType>";
    let index = |suffix: &str| format!("<IndexDocument><Suffix>{suffix}</Suffix></IndexDocument>");
    let many: String = (1..=21).map(|number| rule(number, external)).collect();
    for (inner, status, code) in [
        (String::new(), 400, "InvalidArgument"),
        (rules(""), 400, "InvalidArgument"),
        (index(""), 400, "InvalidArgument"),
        (index("a/b"), 400, "InvalidArgument"),
        (index("i").replace("</Index", "<Type>3</Type></Index"), 400, "MalformedXML"),
        ("<IndexDocument/>".to_owned(), 400, "MalformedXML"),
        ("<ErrorDocument><Key>/e</Key></ErrorDocument>".to_owned(), 400, "InvalidArgument"),
        (
            "<ErrorDocument><Key>e</Key><HttpStatus>403</HttpStatus></ErrorDocument>".to_owned(),
            400,
            "MalformedXML",
        ),
        (rules(&rule(1, "<RedirectType>Mirror</RedirectType>")), 501, "NotImplemented"),
        (rules(&rule(1, "<RedirectType>AliCDN</RedirectType>")), 501, "NotImplemented"),
        (rules(&rule(1, "<RedirectType>Elsewhere</RedirectType>")), 400, "InvalidArgument"),
        (rules(&rule(1, "")), 400, "MalformedXML"),
        (rules(&rule(0, external)), 400, "MalformedXML"),
        (rules(&rule(1, external).repeat(2)), 400, "InvalidArgument"),
        (rules(&many), 400, "MalformedXML"),
        (
            rules(&rule(1, &format!("{external}<HostName>e.com/x</HostName>"))),
            400,
            "InvalidArgument",
        ),
        (
            rules(&rule(
                1,
                &format!(
                    "{external}<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"
                ),
            )),
            400,
            "InvalidArgument",
        ),
    ] {
        let document = format!("<WebsiteConfiguration>{inner}</WebsiteConfiguration>");
        refuse(&world, "website", &document, status, code).await;
    }
}
