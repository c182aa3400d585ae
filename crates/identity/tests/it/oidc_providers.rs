//! The life of OIDC providers, and what refuses them.

use rolecall_api::Product;
use serde_json::Value;

use crate::support::{ACCOUNT, Answer, World, document};

const NAME: (&str, &str) = ("OIDCProviderName", "Idp");
const URL: (&str, &str) = ("IssuerUrl", "https://idp.example.com");

impl World {
    /// A call of IMS by the account itself.
    async fn ims(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(Some(&self.root), Product::Ims, action, parameters).await
    }

    /// The provider in an answer that must succeed.
    async fn provider(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.ims(action, parameters).await;
        assert_eq!(answer.code(), "ok", "{action}: {}", answer.body);
        answer.body["OIDCProvider"].clone()
    }
}

#[tokio::test]
async fn a_provider_from_its_making_to_its_end() {
    let world = World::new().await;
    let more = [("ClientIds", "a,b"), ("Fingerprints", "AB12"), ("Description", "ours")];
    let made = world.provider("CreateOIDCProvider", &[&[NAME, URL][..], &more].concat()).await;
    assert_eq!(made["Arn"], format!("acs:ram::{ACCOUNT}:oidc-provider/Idp"));
    assert_eq!(
        (&made["ClientIds"], &made["Fingerprints"], &made["IssuanceLimitTime"]),
        (&"a,b".into(), &"AB12".into(), &12.into())
    );
    assert_eq!(made["CreateDate"], "2023-11-14T22:13:20Z");
    assert_eq!(made["GmtCreate"], "1700000000000");

    world.clock.advance(60);
    let changes = [NAME, ("NewDescription", "theirs"), ("IssuanceLimitTime", "168")];
    let changed = world.provider("UpdateOIDCProvider", &changes).await;
    assert_eq!((&changed["Description"], &changed["ClientIds"]), (&"theirs".into(), &"a,b".into()));
    assert_eq!(changed["UpdateDate"], "2023-11-14T22:14:20Z");
    world.provider("AddClientIdToOIDCProvider", &[NAME, ("ClientId", "c")]).await;
    world.provider("RemoveClientIdFromOIDCProvider", &[NAME, ("ClientId", "a")]).await;
    world.provider("AddFingerprintToOIDCProvider", &[NAME, ("Fingerprint", "CD34")]).await;
    world.provider("RemoveFingerprintFromOIDCProvider", &[NAME, ("Fingerprint", "AB12")]).await;
    let shown = world.provider("GetOIDCProvider", &[NAME]).await;
    assert_eq!((&shown["ClientIds"], &shown["Fingerprints"]), (&"b,c".into(), &"CD34".into()));
    let replaced = world.provider("UpdateOIDCProvider", &[NAME, ("ClientIds", "z")]).await;
    assert_eq!(replaced["ClientIds"], "z");

    assert_eq!(world.ims("DeleteOIDCProvider", &[NAME]).await.code(), "ok");
    let gone = world.ims("GetOIDCProvider", &[NAME]).await;
    assert_eq!((gone.status, gone.code()), (404, "EntityNotExist.OIDCProvider"));
}

#[tokio::test]
async fn names_and_issuers_are_unique_in_an_account() {
    let world = World::new().await;
    world.provider("CreateOIDCProvider", &[NAME, URL]).await;
    let other = ("IssuerUrl", "https://other.example.com");
    for (parameters, expected) in [
        ([NAME, other], "EntityAlreadyExists.OIDCProvider"),
        ([("OIDCProviderName", "idp"), other], "EntityAlreadyExists.OIDCProvider"),
        ([("OIDCProviderName", "new"), URL], "EntityAlreadyExists.OIDCProvider.Url"),
    ] {
        let answer = world.ims("CreateOIDCProvider", &parameters).await;
        assert_eq!((answer.status, answer.code()), (409, expected), "{parameters:?}");
    }
    let spelled = world.ims("GetOIDCProvider", &[("OIDCProviderName", "idp")]).await;
    assert_eq!(spelled.code(), "EntityNotExist.OIDCProvider");
    let stranger =
        world.send(Some(&world.stranger), Product::Ims, "CreateOIDCProvider", &[NAME, URL]).await;
    assert_eq!(stranger.code(), "ok", "another account has names of its own");
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let world = World::new().await;
    world.provider("CreateOIDCProvider", &[NAME, URL, ("ClientIds", "a")]).await;
    let many = |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let (full, over) = (many(50), many(51));
    let new = ("OIDCProviderName", "new");
    let other = ("IssuerUrl", "https://other.example.com");
    for (action, parameters, expected) in [
        ("CreateOIDCProvider", &[URL][..], "MissingOIDCProviderName"),
        ("CreateOIDCProvider", &[new], "MissingIssuerUrl"),
        (
            "CreateOIDCProvider",
            &[("OIDCProviderName", "-new"), other],
            "InvalidParameter.OIDCProviderName.InvalidChars",
        ),
        (
            "CreateOIDCProvider",
            &[new, ("IssuerUrl", "http://idp.example.com")],
            "InvalidParameter.IssuerUrl",
        ),
        (
            "CreateOIDCProvider",
            &[new, other, ("IssuanceLimitTime", "169")],
            "InvalidParameter.IssuanceLimitTime.Range",
        ),
        ("CreateOIDCProvider", &[new, other, ("ClientIds", "a,,b")], "InvalidParameter.ClientIds"),
        (
            "CreateOIDCProvider",
            &[new, other, ("ClientIds", &over)],
            "LimitExceeded.OIDCProvider.ClientId",
        ),
        (
            "CreateOIDCProvider",
            &[new, other, ("Fingerprints", "a,b,c,d,e,f")],
            "LimitExceeded.OIDCProvider.Fingerprint",
        ),
        (
            "CreateOIDCProvider",
            &[new, other, ("Fingerprints", "a:b")],
            "InvalidParameter.Fingerprints",
        ),
        (
            "AddClientIdToOIDCProvider",
            &[NAME, ("ClientId", "a")],
            "EntityAlreadyExists.OIDCProvider.ClientId",
        ),
        ("AddClientIdToOIDCProvider", &[NAME, ("ClientId", "/a")], "InvalidParameter.ClientId"),
        (
            "RemoveClientIdFromOIDCProvider",
            &[NAME, ("ClientId", "b")],
            "EntityNotExist.OIDCProvider.ClientId",
        ),
        (
            "RemoveFingerprintFromOIDCProvider",
            &[NAME, ("Fingerprint", "b")],
            "EntityNotExist.OIDCProvider.Fingerprint",
        ),
        ("DeleteOIDCProvider", &[new], "EntityNotExist.OIDCProvider"),
    ] {
        assert_eq!(world.ims(action, parameters).await.code(), expected, "{action} {parameters:?}");
    }
    world.provider("UpdateOIDCProvider", &[NAME, ("ClientIds", &full)]).await;
    let answer = world.ims("AddClientIdToOIDCProvider", &[NAME, ("ClientId", "z")]).await;
    assert_eq!(answer.code(), "LimitExceeded.OIDCProvider.ClientId");
}

#[tokio::test]
async fn an_account_has_a_hundred_providers_in_pages() {
    let world = World::new().await;
    for number in 0..100 {
        let name = format!("p{number:03}");
        let url = format!("https://{name}.example.com");
        let parameters = [("OIDCProviderName", name.as_str()), ("IssuerUrl", &url)];
        world.provider("CreateOIDCProvider", &parameters).await;
    }
    assert_eq!(
        world.ims("CreateOIDCProvider", &[NAME, URL]).await.code(),
        "LimitExceeded.OIDCProvider"
    );
    let first = world.ims("ListOIDCProviders", &[("MaxItems", "99")]).await.body;
    assert_eq!(first["OIDCProviders"]["OIDCProvider"].as_array().unwrap().len(), 99);
    assert_eq!(first["IsTruncated"], true);
    let marker = first["Marker"].as_str().unwrap();
    let rest = world.ims("ListOIDCProviders", &[("Marker", marker)]).await.body;
    assert_eq!(rest["OIDCProviders"]["OIDCProvider"][0]["OIDCProviderName"], "p099");
    assert_eq!(rest["IsTruncated"], false);
}

#[tokio::test]
async fn policies_say_who_may_manage_providers() {
    let world = World::new().await;
    world.provider("CreateOIDCProvider", &[NAME, URL]).await;
    let arn = format!("acs:ram:*:{ACCOUNT}:oidc-provider/Idp");
    let reader = world.user("reader", &[&document("Allow", "ram:GetOIDCProvider", &arn)]).await;
    let maker = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:CreateOIDCProvider",
        "Resource":"*","Condition":{"StringLike":{"ram:OidcIssuerUrl":"https://*.good.example"}}}]}"#;
    let maker = world.user("maker", &[maker]).await;
    let other = ("OIDCProviderName", "other");
    let good = ("IssuerUrl", "https://a.good.example");
    for (caller, action, parameters, expected) in [
        (&reader, "GetOIDCProvider", &[NAME][..], "ok"),
        (&reader, "GetOIDCProvider", &[other], "NoPermission"),
        (&reader, "DeleteOIDCProvider", &[NAME], "NoPermission"),
        (&reader, "ListOIDCProviders", &[], "NoPermission"),
        (&maker, "CreateOIDCProvider", &[other, URL], "NoPermission"),
        (&maker, "CreateOIDCProvider", &[other, good], "ok"),
    ] {
        let answer = world.send(Some(caller), Product::Ims, action, parameters).await;
        assert_eq!(answer.code(), expected, "{action} {parameters:?}");
    }
}
