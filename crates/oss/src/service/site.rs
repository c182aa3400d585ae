//! Showing a bucket that is a site to who reads it without a signature. Everything shown is read by
//! `GetObject` or `HeadObject`, for the caller and with its permission.

use rolecall_api::{ApiError, Place};
use rolecall_crypto::{Pair, RequestHead};
use rolecall_gate::{Body, Caller, Ingress, Outbound};
use rolecall_types::RequestId;

use super::{Asked, Inner, Seen};
use crate::ask::ask;
use crate::code;
use crate::record::WebsiteConfiguration;
use crate::route::{Target, without_port};
use crate::site::{Folder, Here};

/// A request to a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) head: &'a RequestHead,
    pub(super) target: &'a Target,
    pub(super) ingress: &'a Ingress,
    pub(super) request_id: &'a RequestId,
}

/// Headers that are about the object asked for, and mean nothing for another one in its place.
const OF_THE_OBJECT: [&str; 6] =
    ["if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"];

impl Inner {
    /// The site that a request is for, if it is for one: it reads an object, or a bucket as if it
    /// were one, and nobody signed it.
    pub(super) async fn site_of(
        &self,
        head: &RequestHead,
        target: &Target,
        caller: &Caller,
    ) -> Result<Option<WebsiteConfiguration>, ApiError> {
        let (Caller::Anonymous, Some(name), Ok(route)) =
            (caller, target.bucket(), ask(head, target))
        else {
            return Ok(None);
        };
        let lists = route.request().iter().any(|field| match field.place {
            Place::Query(name) => head.query(name).is_some(),
            Place::Header(_) | Place::Parameter => false,
        });
        match route.spec().action {
            "GetObject" | "HeadObject" | "HeadBucket" => {}
            "ListObjects" if !lists => {}
            _ => return Ok(None),
        }
        let bucket = self.objects.index.bucket(name).await?;
        Ok(bucket.and_then(|bucket| bucket.configuration.website.clone()))
    }

    /// Shows what a site has at a key, or sends who asks elsewhere.
    pub(super) async fn show(
        &self,
        site: &WebsiteConfiguration,
        visit: Visit<'_>,
        seen: &mut Seen,
    ) -> Result<Outbound, ApiError> {
        let key = visit.target.key().unwrap_or_default();
        if let Some(answer) = self.led_elsewhere(site, visit, false) {
            return Ok(answer);
        }
        let index = site.index_of(key);
        let missing = match self.read(visit, index.as_deref().unwrap_or(key), seen).await {
            Err(error) if *error.code() == code::NO_SUCH_KEY => error,
            other => return other,
        };
        if let Some(answer) = self.led_elsewhere(site, visit, true) {
            return Ok(answer);
        }
        if let Some((folder, document)) = site.folder_of(key)
            && folder != Folder::Missing
            && let Ok(answer) = self.read(visit, &document, seen).await
        {
            let there = format!("{}/", visit.head.path);
            return Ok(match folder {
                Folder::Redirect => Outbound::empty(302).header("location", there),
                Folder::Shown | Folder::Missing => answer,
            });
        }
        if let Some(document) = &site.error_document {
            let mut head = visit.head.clone();
            head.headers.retain(|(name, _)| !OF_THE_OBJECT.contains(&name.as_str()));
            let plain = Visit { head: &head, ..visit };
            if let Ok(mut answer) = self.read(plain, &document.key, seen).await {
                let status = document.http_status.as_deref().and_then(|text| text.parse().ok());
                answer.status = status.unwrap_or(404);
                return Ok(answer);
            }
        }
        Err(missing)
    }

    /// Reads another key of the same bucket in the place of the one that was asked for.
    async fn read(
        &self,
        visit: Visit<'_>,
        key: &str,
        seen: &mut Seen,
    ) -> Result<Outbound, ApiError> {
        let bucket = visit.target.bucket().unwrap_or_default().to_owned();
        let target = match key {
            "" => Target::Bucket(bucket),
            key => Target::Object(bucket, key.to_owned()),
        };
        let believed = self.believe(visit.head, &target)?;
        let route = ask(visit.head, &target)?;
        let asked = Asked {
            head: visit.head,
            body: Body::empty(),
            ingress: visit.ingress.clone(),
            target,
            believed,
            request_id: visit.request_id.clone(),
            seen,
            lengths: None,
        };
        route.run(self, asked).await
    }

    fn led_elsewhere(
        &self,
        site: &WebsiteConfiguration,
        visit: Visit<'_>,
        is_missing: bool,
    ) -> Option<Outbound> {
        let key = visit.target.key().unwrap_or_default();
        let rule = site.rule(key, visit.head, is_missing)?;
        let bucket = visit.target.bucket().unwrap_or_default();
        let is_path_style =
            self.endpoints.is_service(&without_port(&visit.head.host).to_ascii_lowercase());
        let base = if is_path_style { format!("/{bucket}/") } else { "/".to_owned() };
        let query: Vec<String> = visit.head.query.iter().map(encoded).collect();
        let here = Here {
            scheme: if visit.ingress.is_secure() { "https" } else { "http" },
            host: &visit.head.host,
            base: &base,
            query: &query.join("&"),
        };
        let (status, address) = rule.target(key, here);
        Some(Outbound::empty(status).header("location", address))
    }
}

/// A parameter as it stands in an address.
fn encoded((name, value): &Pair) -> String {
    let encode = |text: &str| rolecall_crypto::percent_encode(text.as_bytes());
    if value.is_empty() { encode(name) } else { format!("{}={}", encode(name), encode(value)) }
}
