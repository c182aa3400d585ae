//! The local certificate authority: what makes `https://*.aliyuncs.com` trusted inside instances.
//!
//! Its certificate can vouch for nothing but the names and addresses that Rolecall answers for
//! (RFC 5280 name constraints): whoever trusts it on a laptop does not trust it with a bank.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType,
};
use rolecall_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::files::{private_folder, write_durably};

/// The domains, with everything below them, whose names get certificates.
pub const DOMAINS: [&str; 2] = ["aliyuncs.com", "localhost"];

const DAY_SECONDS: i64 = 86_400;

/// How long the authority lives, in days. People install it by hand, so it is long.
const AUTHORITY_DAYS: i64 = 3650;

/// How long a leaf lives, in days: below the 398 that browsers accept at most.
const LEAF_DAYS: i64 = 390;

/// A certificate with less than this many days to live is made anew.
const RENEW_DAYS: i64 = 30;

/// How far back validity begins, in days, for clients whose clock is slow.
const BACKDATE_DAYS: i64 = 1;

/// The most leaves that are kept; beyond it all are forgotten, and cost a signature each again.
const CACHE_MAX: usize = 1024;

/// What the authority is, in one file, so that the key and its certificate cannot part.
const STATE_FILE: &str = "ca.json";

/// The certificate once more, for people and programs outside.
const CERTIFICATE_FILE: &str = "ca.pem";

/// The certificate of instances' documents, for those who verify them.
const DOCUMENT_CERTIFICATE_FILE: &str = "instance-identity.pem";

/// The authority of one data folder.
#[derive(Debug)]
pub struct LocalCa {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    not_after_second: i64,
    documents: DocumentIdentity,
    leaves: Mutex<HashMap<String, Arc<Leaf>>>,
}

/// A server certificate and its key.
#[derive(Debug)]
pub struct Leaf {
    /// The certificate in DER, alone: clients have the authority's already.
    pub chain_der: Vec<Vec<u8>>,
    /// The private key in DER (PKCS#8).
    pub key_der: Secret<Vec<u8>>,
    not_after_second: i64,
}

/// What signs the documents of instances. It lives as long as its authority, so that who verifies
/// can pin the certificate.
#[derive(Debug)]
pub struct DocumentIdentity {
    /// The certificate in PEM.
    pub certificate_pem: String,
    /// The private key in DER (PKCS#8), ECDSA on P-256.
    pub key_der: Secret<Vec<u8>>,
}

/// Why the authority could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file of the authority could not be read or written.
    #[error("could not keep the certificate authority in {}", path.display())]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The authority's file is not what was written.
    #[error("{} is damaged; remove it to have a new authority made", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A key or a certificate could not be made.
    #[error("could not make a certificate")]
    Certificate {
        /// What the library said.
        #[from]
        source: rcgen::Error,
    },
    /// A host that the authority may not vouch for.
    #[error("no certificate for {host:?}: the local authority vouches for {DOMAINS:?} only")]
    Foreign {
        /// The host.
        host: String,
    },
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
struct State {
    not_after_second: i64,
    certificate_pem: String,
    key_pem: KeyPem,
    /// What signs the documents of instances. Folders of the first version have none.
    documents: Option<DocumentState>,
}

#[derive(Clone, Serialize, Deserialize)]
struct DocumentState {
    certificate_pem: String,
    key_pem: KeyPem,
}

/// A private key in PEM, in a file that is for its owner alone.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
struct KeyPem(String);

impl LocalCa {
    /// The authority kept in `folder`; a new one where there is none or its time is nearly over.
    ///
    /// `now` is the machine's time, not the service's movable clock: clients judge by their own.
    /// The folder is for its owner alone, and so is the key.
    pub fn open_or_create(folder: &Path, now: Timestamp) -> Result<Self, CaError> {
        private_folder(folder).map_err(at(folder))?;
        let path = folder.join(STATE_FILE);
        let kept = State::read(&path)?.filter(|state| is_fresh(state.not_after_second, now));
        let mut state = kept.map_or_else(|| State::create(now), Ok)?;
        let issuer = Issuer::new(authority(now), read_key(&state.key_pem, &path)?);
        let documents = if let Some(documents) = state.documents.take() {
            documents
        } else {
            let documents = DocumentState::create(&issuer, state.not_after_second, now)?;
            state.documents = Some(documents.clone());
            state.write(&path)?;
            documents
        };
        publish(&folder.join(CERTIFICATE_FILE), &state.certificate_pem)?;
        publish(&folder.join(DOCUMENT_CERTIFICATE_FILE), &documents.certificate_pem)?;
        Ok(Self {
            issuer,
            certificate_pem: state.certificate_pem.clone(),
            not_after_second: state.not_after_second,
            documents: DocumentIdentity {
                certificate_pem: documents.certificate_pem.clone(),
                key_der: Secret::new(read_key(&documents.key_pem, &path)?.serialize_der()),
            },
            leaves: Mutex::default(),
        })
    }

    /// What signs the documents of instances.
    pub fn documents(&self) -> &DocumentIdentity {
        &self.documents
    }

    /// The authority's certificate, which clients must trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The certificate for `host`, a name (as TLS's server name indication carries it) or an IP
    /// address of a service or the loopback. `now` is the machine's time.
    pub fn leaf(&self, host: &str, now: Timestamp) -> Result<Arc<Leaf>, CaError> {
        let host = host.to_ascii_lowercase();
        let name = subject(&host).ok_or_else(|| CaError::Foreign { host: host.clone() })?;
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.get(&host).filter(|leaf| is_fresh(leaf.not_after_second, now)) {
            return Ok(leaf.clone());
        }
        let leaf = Arc::new(self.issue(name, now)?);
        if leaves.len() >= CACHE_MAX {
            leaves.clear();
        }
        leaves.insert(host, leaf.clone());
        Ok(leaf)
    }

    fn issue(&self, name: SanType, now: Timestamp) -> Result<Leaf, CaError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named("Rolecall service");
        params.subject_alt_names = vec![name];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let not_after_second = days_after(now, LEAF_DAYS).min(self.not_after_second);
        params.not_before = instant(days_after(now, -BACKDATE_DAYS)).into();
        params.not_after = instant(not_after_second).into();
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Leaf {
            chain_der: vec![certificate.der().to_vec()],
            key_der: Secret::new(key.serialize_der()),
            not_after_second,
        })
    }
}

impl State {
    fn read(path: &Path) -> Result<Option<Self>, CaError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Secret::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(path)(error)),
        };
        // A copy may have left it open to others.
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(at(path))?;
        let damaged = |_| CaError::Damaged { path: path.to_path_buf() };
        serde_json::from_slice(bytes.expose()).map(Some).map_err(damaged)
    }

    /// A new authority; it is not written yet.
    fn create(now: Timestamp) -> Result<Self, CaError> {
        let key = KeyPair::generate()?;
        let certificate_pem = authority(now).self_signed(&key)?.pem();
        let not_after_second = days_after(now, AUTHORITY_DAYS);
        let key_pem = KeyPem(key.serialize_pem());
        Ok(Self { not_after_second, certificate_pem, key_pem, documents: None })
    }

    fn write(&self, path: &Path) -> Result<(), CaError> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| at(path)(error.into()))?;
        write_durably(path, Secret::new(bytes).expose(), 0o600).map_err(at(path))
    }
}

impl DocumentState {
    fn create(
        issuer: &Issuer<'static, KeyPair>,
        not_after_second: i64,
        now: Timestamp,
    ) -> Result<Self, CaError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named("Rolecall instance identity");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.not_before = instant(days_after(now, -BACKDATE_DAYS)).into();
        params.not_after = instant(not_after_second).into();
        let key = KeyPair::generate()?;
        let certificate_pem = params.signed_by(&key, issuer)?.pem();
        Ok(Self { certificate_pem, key_pem: KeyPem(key.serialize_pem()) })
    }
}

fn read_key(key_pem: &KeyPem, path: &Path) -> Result<KeyPair, CaError> {
    KeyPair::from_pem(&key_pem.0).map_err(|_| CaError::Damaged { path: path.to_path_buf() })
}

fn publish(path: &Path, certificate_pem: &str) -> Result<(), CaError> {
    write_durably(path, certificate_pem.as_bytes(), 0o644).map_err(at(path))
}

/// Names the file to which something happened.
fn at(path: &Path) -> impl FnOnce(io::Error) -> CaError {
    move |source| CaError::File { path: path.to_path_buf(), source }
}

/// The authority's own certificate. Name and key identifier, which leaves repeat, do not depend on
/// the time.
fn authority(now: Timestamp) -> CertificateParams {
    let domains = DOMAINS.map(|domain| GeneralSubtree::DnsName(domain.to_owned()));
    let addresses = [
        CidrSubnet::from_v4_prefix([100, 64, 0, 0], 10),
        CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8),
        CidrSubnet::from_v6_prefix([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128),
    ];
    let addresses = addresses.map(GeneralSubtree::IpAddress);
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Rolecall local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: domains.into_iter().chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    });
    params.not_before = instant(days_after(now, -BACKDATE_DAYS)).into();
    params.not_after = instant(days_after(now, AUTHORITY_DAYS)).into();
    params
}

/// The host as a certificate names it; `None` when the authority may not vouch for it.
fn subject(host: &str) -> Option<SanType> {
    if let Ok(address) = host.parse::<IpAddr>() {
        let permitted = match address {
            // 100.64.0.0/10, the services' own block.
            IpAddr::V4(v4) => {
                v4.is_loopback() || matches!(v4.octets(), [100, second, ..] if second & 0xC0 == 64)
            }
            IpAddr::V6(v6) => v6.is_loopback(),
        };
        return permitted.then_some(SanType::IpAddress(address));
    }
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let permitted = DOMAINS.iter().any(|domain| host == *domain || below(domain));
    permitted.then(|| host.try_into().ok().map(SanType::DnsName)).flatten()
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn is_fresh(not_after_second: i64, now: Timestamp) -> bool {
    not_after_second > days_after(now, RENEW_DAYS)
}

fn days_after(now: Timestamp, days: i64) -> i64 {
    now.as_second().saturating_add(days.saturating_mul(DAY_SECONDS))
}

fn instant(second: i64) -> SystemTime {
    let since_epoch = Duration::from_secs(u64::try_from(second).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(since_epoch).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
