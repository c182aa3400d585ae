//! The metadata service of an instance.

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use rolecall_compute::{InstanceRecord, Instances};
use rolecall_crypto::{DocumentSigner, KeyRing, MetadataTokens, RecordSealer, RequestHead};
use rolecall_gate::{Body, Directory, Inbound, Ingress, Outbound, RoleEntry, Service, Snapshot};
use rolecall_identity::SessionBook;
use rolecall_metadata::{CredentialIssuer, MetadataService};
use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
use rolecall_store::{Memory, Store};
use rolecall_types::{
    Clock, Folded, InstanceId, ManualClock, PrincipalId, Random, RoleName, Secret, SeededRandom,
    VpcId,
};
use serde_json::json;

use super::request::Sent;

/// The one spelling of the path of credentials, below the version and in lower case.
const CREDENTIALS: &str = "/meta-data/ram/security-credentials/web";

/// One that answers anybody inside, and one that wants a token; both wear the role `Web`.
static SERVICES: LazyLock<Option<[MetadataService; 2]>> =
    LazyLock::new(|| Some([service(false)?, service(true)?]));

/// Credentials are read by one path, with GET or HEAD, and not with a token that is none; a proxy
/// is given no token; where a token is wanted, nothing is answered without.
pub fn metadata_service(data: &[u8]) {
    let Some(sent) = Sent::read(data) else { return };
    let Some(head) = sent.head() else { return };
    let Some([open, hardened]) = &*SERVICES else { return };
    let forwarded = ["x-forwarded-for", "forwarded", "via", "x-real-ip"];
    let forwarded = forwarded.iter().any(|name| head.has_header(name));
    let has_token = head.has_header("x-aliyun-ecs-metadata-token");
    let reads = matches!(head.method.as_str(), "GET" | "HEAD");
    for service in [open, hardened] {
        let Some(answer) = answer(service, &head) else { return };
        assert!(matches!(answer.status, 200 | 400 | 401 | 403 | 404 | 405), "{}", answer.status);
        if answer.status != 200 {
            continue;
        }
        assert!(reads || head.method == "PUT" && !forwarded, "{} {}", head.method, head.path);
        assert!(!(reads && has_token), "a token that nobody made is good");
        assert!(!(reads && std::ptr::eq(service, hardened)), "no token was asked for");
        let body = answer.body.as_full().map(|body| String::from_utf8_lossy(body).into_owned());
        if body.is_some_and(|body| body.contains("AccessKeySecret")) {
            let path = head.path.to_ascii_lowercase();
            let path = path.strip_suffix('/').unwrap_or(&path);
            let below = path.strip_prefix("/latest").or_else(|| path.strip_prefix("/2016-01-01"));
            assert_eq!(below, Some(CREDENTIALS), "{}", head.path);
        }
    }
}

fn answer(service: &MetadataService, head: &RequestHead) -> Option<Outbound> {
    let ingress = Ingress::Instance {
        id: InstanceId::parse("i-one")?,
        vpc: VpcId::parse("vpc-one")?,
        address: [192, 168, 0, 7].into(),
        secure: false,
    };
    let inbound = Inbound { head: head.clone(), body: Body::empty(), ingress };
    service.serve(inbound).now_or_never()
}

struct Roles(Arc<Snapshot>);

impl Directory for Roles {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0)
    }
}

fn service(tokens_required: bool) -> Option<MetadataService> {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
    let key_ring = Arc::new(KeyRing::generate(random.as_ref()));
    let instance = instance(tokens_required)?;
    let sealer = Arc::new(RecordSealer::new(&key_ring));
    let store = Store::new(Arc::new(Memory::new()), sealer, Arc::clone(&random));
    let loaded = async {
        let mut transaction = store.begin().await?;
        transaction.put(&instance)?;
        transaction.commit().await?;
        Instances::load(&store.read().await?).await
    };
    let instances = Arc::new(loaded.now_or_never()?.ok()?);
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(1_768_465_800));
    let (sessions, _) = SessionBook::open(store, Arc::clone(&clock));
    let issuer = CredentialIssuer {
        directory: Arc::new(roles(&instance)?),
        key_ring: Arc::clone(&key_ring),
        random,
        clock,
        sessions,
    };
    let tokens = MetadataTokens::new(&key_ring);
    Some(MetadataService::new(instance.id, instances, tokens, Arc::new(signer()?), issuer))
}

/// A signer by a certificate that nobody knows.
fn signer() -> Option<DocumentSigner> {
    let key = rcgen::KeyPair::generate().ok()?;
    let certificate = rcgen::CertificateParams::default().self_signed(&key).ok()?;
    DocumentSigner::new(&certificate.pem(), &Secret::new(key.serialize_der())).ok()
}

fn roles(instance: &InstanceRecord) -> Option<Roles> {
    let trust = json!({"Version": "1", "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "ecs.aliyuncs.com"},
    }]});
    let trust = Document::parse(DocumentKind::Trust, &trust.to_string()).ok()?;
    let (name, version) = (String::new(), String::new());
    let source = Arc::new(Source { policy_type: PolicyType::Custom, name, version });
    let role = RoleEntry {
        account: instance.account.clone(),
        name: RoleName::new("Web").ok()?,
        id: PrincipalId::parse("312345678901234567")?,
        policies: PolicySet::compile([]),
        trust: Arc::new(PolicySet::compile([(source, Arc::new(trust))])),
        max_session_seconds: 3600,
    };
    let mut snapshot = Snapshot::default();
    snapshot.roles.insert((instance.account.clone(), Folded::of("web")), Arc::new(role));
    Some(Roles(Arc::new(snapshot)))
}

fn instance(tokens_required: bool) -> Option<InstanceRecord> {
    let record = json!({
        "id": "i-one",
        "account": "1234567890123456",
        "region": "cn-hangzhou",
        "zone": "cn-hangzhou-h",
        "name": "one",
        "host_name": "web-1",
        "description": "",
        "instance_type": "ecs.g6.large",
        "image_id": "aliyun_3_x64_20G_alibase.vhd",
        "status": "Running",
        "created_at": "2026-01-15T08:30:00Z",
        "serial_number": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "network": null,
        "security_groups": ["sg-one"],
        "user_data": "IyEvYmluL3No",
        "metadata_options": {
            "enabled": true,
            "tokens_required": tokens_required,
            "hop_limit": 1,
        },
        "tags": [{"Key": "stage", "Value": "test"}],
        "deletion_protection": false,
        "binding": {"generation": 1, "bound": {"role_name": "Web", "policy": null}},
        "declared": {},
    });
    serde_json::from_value(record).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instances_are_there_and_wear_their_role() {
        let [open, hardened] = SERVICES.as_ref().expect("the services");
        let path = format!("/latest{CREDENTIALS}");
        let head = RequestHead::decode("GET", &path, Vec::<(&str, _)>::new()).unwrap();
        assert_eq!(answer(open, &head).unwrap().status, 200);
        assert_eq!(answer(hardened, &head).unwrap().status, 403);
    }
}
