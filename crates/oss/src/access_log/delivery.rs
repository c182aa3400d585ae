//! Writing logs into the buckets that they go to.

use rolecall_gate::Body;
use rolecall_types::{Random, Timestamp, time};

use super::{AccessLog, Lines, Route};
use crate::error::ObjectError;
use crate::index::Overwrite;
use crate::objects::Objects;
use crate::record::{Attributes, ContentHeaders, Encryption, Object, ObjectAcl};
use crate::text::{ObjectKey, Octets};
use crate::upload::Claims;

impl AccessLog {
    /// Writes what is due, or everything, and returns how many objects that made. A log that
    /// cannot be written now waits for the next time; one whose target is gone is lost.
    pub(crate) async fn deliver(
        &self,
        objects: &Objects,
        random: &dyn Random,
        now: Timestamp,
        all: bool,
    ) -> u64 {
        let mut written: u64 = 0;
        for (route, lines) in self.take(now, all) {
            match write(objects, random, &route, &lines, now).await {
                Ok(true) => written = written.saturating_add(1),
                Ok(false) => {
                    let (source, target) = (route.source.as_str(), route.target.as_str());
                    let lost = lines.count;
                    tracing::warn!(source, target, lost, "an access log has nowhere to go");
                    self.lose(lost);
                }
                Err(error) => {
                    tracing::warn!(%error, source = route.source.as_str(), "an access log waits");
                    self.put(route, lines);
                }
            }
        }
        written
    }
}

/// Writes one log; false where its target is not, or not any more, one that it may go to.
async fn write(
    objects: &Objects,
    random: &dyn Random,
    route: &Route,
    lines: &Lines,
    now: Timestamp,
) -> Result<bool, ObjectError> {
    let source = objects.index.bucket(route.source.as_str()).await?;
    let target = objects.index.bucket(route.target.as_str()).await?;
    let (Some(source), Some(target)) = (source, target) else { return Ok(false) };
    let unique = random.text(b"0123456789abcdef", 32);
    let name = format!("{}{}{}-{unique}", route.prefix, route.source, time::dashes(now));
    let Ok(key) = ObjectKey::new(&name) else { return Ok(false) };
    if source.owner != target.owner {
        return Ok(false);
    }
    let body = Body::full(lines.text.clone());
    let encryption = Encryption::by_default(&target);
    let received = objects.receive(body, &Claims::default(), encryption).await?;
    let attributes = Attributes {
        storage_class: target.storage_class,
        acl: ObjectAcl::Default,
        headers: ContentHeaders {
            content_type: Octets::new(b"text/plain"),
            ..ContentHeaders::default()
        },
        metadata: Vec::new(),
        tags: Vec::new(),
        encryption,
    };
    let object = Object::new(&target.id, key, attributes, received.content(), now);
    match objects.put(target, object, received, Overwrite::Allowed).await {
        Ok(_) => Ok(true),
        Err(ObjectError::NoSuchBucket) => Ok(false),
        Err(error) => Err(error),
    }
}
