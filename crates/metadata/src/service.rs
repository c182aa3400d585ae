//! The service of one instance: it listens inside the instance, and so knows whom it answers.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::pin::Pin;
use std::sync::Arc;

use rolecall_compute::{InstanceRecord, Instances, Status, UserData};
use rolecall_crypto::{DocumentSigner, MetadataTokens, RequestHead};
use rolecall_gate::{Inbound, Outbound, Service, Transport};
use rolecall_types::{Clock, InstanceId};

use crate::credentials::{CredentialCache, CredentialIssuer};
use crate::document::document;
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

/// Whether a `Host` is an address, with or without a port, or none at all. Programs of the instance
/// know the service by its address. A name is what a browser sends whose page had its own name lead
/// here, and such a page can send every header.
fn is_address(host: &str) -> bool {
    host.is_empty() || host.parse::<Ipv4Addr>().is_ok() || host.parse::<SocketAddrV4>().is_ok()
}

/// Answers the programs of one instance.
pub struct MetadataService {
    instance: InstanceId,
    instances: Arc<Instances>,
    tokens: MetadataTokens,
    signer: Arc<DocumentSigner>,
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
        signer: Arc<DocumentSigner>,
        issuer: CredentialIssuer,
    ) -> Self {
        let clock = Arc::clone(&issuer.clock);
        let credentials = CredentialCache::new(issuer);
        Self { instance, instances, tokens, signer, credentials, clock }
    }

    fn answer(&self, head: &RequestHead) -> Outbound {
        let instance = self.instances.get(&self.instance);
        let Some(instance) = instance.filter(|instance| instance.status == Status::Running) else {
            return refused(404);
        };
        if !instance.metadata_options.enabled {
            return refused(403);
        }
        // The query names no item; one of them reads for whom it is signed.
        let named = named(&head.path);
        match (head.method.as_str(), &named) {
            ("PUT", Named::Token) => self.token(head, &instance),
            (_, Named::Token) => refused(405),
            ("GET" | "HEAD", _) => match self.admit(head, &instance) {
                Ok(()) => self.item(head, &instance, &named),
                Err(status) => refused(status),
            },
            _ => refused(405),
        }
    }

    /// A token, in packets that go no further than the instance lets them:
    /// `HttpPutResponseHopLimit` of `ModifyInstanceMetadataOptions`.
    fn token(&self, head: &RequestHead, instance: &InstanceRecord) -> Outbound {
        if FORWARDING_HEADERS.iter().any(|name| head.has_header(name)) || !is_address(&head.host) {
            return refused(403);
        }
        let ttl = head.header(TTL_HEADER).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let ttl = ttl.and_then(|text| text.parse::<u32>().ok());
        match ttl.filter(|ttl| (1..=MAX_TOKEN_TTL_SECONDS).contains(ttl)) {
            Some(ttl) => {
                let hop_limit = Some(instance.metadata_options.hop_limit);
                let token = self.tokens.mint(&self.instance, ttl, self.clock.now());
                text(token).sent(Transport { hop_limit, ..Transport::default() })
            }
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

    fn item(&self, head: &RequestHead, instance: &InstanceRecord, named: &Named<'_>) -> Outbound {
        match named {
            Named::Versions => listing(VERSIONS.iter().copied()),
            Named::Latest => {
                let user_data = instance.user_data.as_ref().map(|_| "user-data");
                let directories = ["dynamic/", "maintenance/", "meta-data/"];
                listing(directories.into_iter().chain(user_data))
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
            Named::Directory(children) => listing(children.iter().copied()),
            Named::Document => document(instance, None).map_or_else(|| refused(404), text),
            Named::SignedDocument => self.signed_document(head, instance),
            // There are none: nothing here is migrated, and nothing is charged for.
            Named::SystemEvents => text("[]"),
            Named::Token | Named::Nothing => refused(404),
        }
    }

    /// The document, signed for the reader whom the parameter `audience` names.
    fn signed_document(&self, head: &RequestHead, instance: &InstanceRecord) -> Outbound {
        let mut audiences = head.query.iter().filter(|(name, _)| name == "audience");
        let audience = audiences.next().map(|(_, value)| value.as_str());
        if audiences.next().is_some() {
            return refused(400);
        }
        let Some(document) = document(instance, audience) else { return refused(404) };
        match self.signer.sign(&document) {
            Ok(signed) => text(signed),
            Err(error) => {
                tracing::error!(instance = %instance.id, %error, "no signed document");
                refused(500)
            }
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
