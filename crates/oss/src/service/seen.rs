//! What is done beside an answer: headers for the pages of other sites, and a line in the access
//! log.

use std::sync::Arc;

use rolecall_crypto::RequestHead;
use rolecall_gate::{Authenticated, Ingress, Outbound};
use rolecall_types::{AccessKeyId, AccountId, Timestamp};

use super::Inner;
use crate::access_log::{Line, Route, watched};
use crate::cors;
use crate::known::KnownBucket;
use crate::record::Bucket;
use crate::route::Target;
use crate::text::latin1_text;

/// What became known of a request on its road.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What it goes to.
    pub(crate) target: Option<Target>,
    /// What it is.
    pub(crate) operation: Option<&'static str>,
    /// The account of who calls.
    pub(crate) requester: Option<AccountId>,
    /// The AccessKey that was used.
    pub(crate) access_key_id: Option<AccessKeyId>,
    /// The bucket, if there is one and the road came so far.
    pub(crate) bucket: Option<KnownBucket>,
}

impl Seen {
    /// Notes who calls.
    pub(crate) fn caller(&mut self, believed: &Authenticated) {
        self.requester = believed.caller.account().cloned();
        self.access_key_id.clone_from(&believed.access_key_id);
    }
}

/// A request that is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) head: &'a RequestHead,
    pub(super) ingress: &'a Ingress,
    /// The length of its body, where that was known.
    pub(super) length: Option<u64>,
    pub(super) begun: Timestamp,
    pub(super) request_id: &'a str,
    /// The name of the error that is answered.
    pub(super) error: Option<&'a str>,
}

impl Inner {
    /// The bucket of a request, also of one that did not come so far as to have it looked up.
    pub(super) async fn bucket_of(&self, seen: &mut Seen) -> Option<KnownBucket> {
        if let Some(bucket) = seen.bucket.take() {
            return Some(bucket);
        }
        let name = seen.target.as_ref()?.bucket()?;
        self.objects.index.bucket(name).await.ok().flatten()
    }

    /// The answer with what its bucket adds to it.
    pub(super) fn accompanied(
        &self,
        answered: Answered<'_>,
        seen: &Seen,
        bucket: &Bucket,
        outbound: Outbound,
    ) -> Outbound {
        let is_question = answered.head.method == "OPTIONS";
        let outbound = match &bucket.configuration.cors {
            Some(rules) if !is_question => cors::describe(rules, answered.head, outbound),
            _ => outbound,
        };
        let Some(log) = &bucket.configuration.logging else { return outbound };
        let line = self.line(answered, seen, bucket, Route::of(&bucket.name, log), &outbound);
        let (log, clock) = (Arc::clone(&self.access_log), Arc::clone(self.gate.clock()));
        Outbound { body: watched(outbound.body, log, line, clock), ..outbound }
    }

    fn line(
        &self,
        answered: Answered<'_>,
        seen: &Seen,
        bucket: &Bucket,
        route: Route,
        outbound: &Outbound,
    ) -> Line {
        let Answered { head, ingress, length, begun, request_id, error } = answered;
        let header = |name: &str| latin1_text(head.header_bytes(name).unwrap_or_default());
        let answer = |name: &str| {
            let found = outbound.headers.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| latin1_text(value))
        };
        let key = seen.target.as_ref().and_then(Target::key).unwrap_or_default();
        let region = self.gate.region();
        let (server, owner) = (self.gate.clock().now(), bucket.owner.to_string());
        let server = server.as_millisecond().saturating_sub(begun.as_millisecond());
        // Of a part, the whole stands behind the slash.
        let whole = answer("content-range").and_then(|it| it.rsplit('/').next()?.parse().ok());
        let of_object = !key.is_empty() && error.is_none();
        let moved = if head.method == "PUT" { length } else { whole.or(outbound.body.length()) };
        Line {
            begun,
            remote: ingress.source().to_string(),
            method: head.method.to_string(),
            path: head.path.to_string(),
            query: head.query.clone(),
            status: outbound.status,
            referer: header("referer"),
            user_agent: header("user-agent"),
            host: head.host.to_string(),
            request_id: request_id.to_owned(),
            requester: seen.requester.as_ref().map(ToString::to_string).unwrap_or_default(),
            operation: seen.operation.unwrap_or_default().to_owned(),
            key: key.to_owned(),
            object_size: moved.filter(|_| of_object),
            server_milliseconds: server,
            error: error.unwrap_or_default().to_owned(),
            request_length: length,
            storage_class: answer("x-oss-storage-class").unwrap_or_default(),
            access_key_id: seen.access_key_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            bucket_arn: format!("acs:oss:{region}:{owner}:{}", bucket.name),
            owner,
            route,
        }
    }
}
