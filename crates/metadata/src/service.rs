//! The service of one instance: it listens inside the instance, and so knows whom it answers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use rolecall_compute::{InstanceRecord, Instances, Status, UserData};
use rolecall_crypto::{MetadataTokens, RequestHead};
use rolecall_gate::{Inbound, Outbound, Service};
use rolecall_types::{Clock, InstanceId};

use crate::credentials::{CredentialCache, CredentialIssuer};
use crate::items::tree;
use crate::page::{listing, refused, text};
use crate::path::{Named, VERSIONS, named};
use crate::tree::Node;

/// The header that asks for a token's life, in lower case.
const TTL_HEADER: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
/// The header that carries a token, in lower case.
const TOKEN_HEADER: &str = "x-aliyun-ecs-metadata-token";
/// The longest life of a token, in seconds. Source: the ECS page on the hardened mode.
const MAX_TOKEN_TTL_SECONDS: u32 = 21_600;
/// Headers that proxies add. A request for a token that has one was made by somebody else's hand:
/// a proxy inside the instance that can be talked into sending requests must not be given one.
const FORWARDING_HEADERS: &[&str] = &["x-forwarded-for", "forwarded", "via", "x-real-ip"];

/// Answers the programs of one instance.
pub struct MetadataService {
    instance: InstanceId,
    instances: Arc<Instances>,
    tokens: MetadataTokens,
    credentials: CredentialCache,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for MetadataService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetadataService").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl MetadataService {
    /// The service of `instance`, for a listener inside it.
    pub fn new(
        instance: InstanceId,
        instances: Arc<Instances>,
        tokens: MetadataTokens,
        issuer: CredentialIssuer,
    ) -> Self {
        let clock = Arc::clone(&issuer.clock);
        let credentials = CredentialCache::new(issuer);
        Self { instance, instances, tokens, credentials, clock }
    }

    fn answer(&self, head: &RequestHead) -> Outbound {
        let instance = self.instances.get(&self.instance);
        let Some(instance) = instance.filter(|instance| instance.status == Status::Running) else {
            return refused(404);
        };
        if !instance.metadata_options.enabled {
            return refused(403);
        }
        // The query takes no part in any item: nothing is named by it.
        let named = named(&head.path);
        match (head.method.as_str(), &named) {
            ("PUT", Named::Token) => self.token(head),
            (_, Named::Token) => refused(405),
            ("GET" | "HEAD", _) => match self.admit(head, &instance) {
                Ok(()) => self.item(&instance, &named),
                Err(status) => refused(status),
            },
            _ => refused(405),
        }
    }

    fn token(&self, head: &RequestHead) -> Outbound {
        if FORWARDING_HEADERS.iter().any(|name| head.has_header(name)) {
            return refused(403);
        }
        let ttl = head.header(TTL_HEADER).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let ttl = ttl.and_then(|text| text.parse::<u32>().ok());
        match ttl.filter(|ttl| (1..=MAX_TOKEN_TTL_SECONDS).contains(ttl)) {
            Some(ttl) => text(self.tokens.mint(&self.instance, ttl, self.clock.now())),
            None => refused(400),
        }
    }

    /// Whether a GET may have its item: with a good token always, without one where that is
    /// allowed, with a bad one never.
    fn admit(&self, head: &RequestHead, instance: &InstanceRecord) -> Result<(), u16> {
        if !head.has_header(TOKEN_HEADER) {
            return if instance.metadata_options.tokens_required { Err(403) } else { Ok(()) };
        }
        let token = head.header(TOKEN_HEADER).ok_or(401_u16)?;
        self.tokens.check(&self.instance, token, self.clock.now()).map_err(|_| 401)
    }

    fn item(&self, instance: &InstanceRecord, named: &Named<'_>) -> Outbound {
        match named {
            Named::Versions => listing(VERSIONS.iter().copied()),
            Named::Latest => {
                let user_data = instance.user_data.as_ref().map(|_| "user-data");
                listing(["meta-data/"].into_iter().chain(user_data))
            }
            Named::RoleName => match self.credentials.role(instance) {
                Some(role) => text(role),
                None => refused(404),
            },
            Named::Credentials(role) => match self.credentials.document(instance, role) {
                Some(document) => text(document),
                None => refused(404),
            },
            Named::MetaData(path) => self.meta_data(instance, path),
            Named::UserData => match instance.user_data.as_ref().and_then(UserData::decode) {
                Some(bytes) => text(bytes),
                None => refused(404),
            },
            Named::Token | Named::Nothing => refused(404),
        }
    }

    fn meta_data(&self, instance: &InstanceRecord, path: &[&str]) -> Outbound {
        let role = self.credentials.role(instance);
        if let [all] = path
            && all.eq_ignore_ascii_case("all")
        {
            return text(tree(instance, None).to_json().to_string());
        }
        match tree(instance, role.as_deref()).find(path) {
            Some(Node::Text(value)) => text(value.clone()),
            Some(directory @ Node::Directory(_)) => {
                listing(directory.lines().iter().map(String::as_str))
            }
            None => refused(404),
        }
    }
}

impl Service for MetadataService {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        Box::pin(std::future::ready(self.answer(&inbound.head)))
    }
}
