//! What the doctor looks at from inside an instance, as a program there would meet it.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rolecall_api::Product;
use rolecall_fabric::SERVICE_ADDRESS;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Client, Fetched, Metadata, Refusal, agent};
use crate::failure::Failure;
use crate::folder;

/// The name by which DNS and TLS are tried.
const HOST: &str = "ram.aliyuncs.com";
/// The ports of HTTPS.
const PORT: u16 = 443;
/// The longest that a connection, or a step of a handshake, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The variable that names the bundle that programs trust. Every instance has it.
const BUNDLE_VARIABLE: &str = "SSL_CERT_FILE";
/// The item by which the metadata service is tried: every instance has it.
const ITEM: &str = "meta-data/instance-id";

/// What was seen, or what is wrong.
pub(crate) type Seen = Result<String, String>;

/// What was seen of each link. One that hangs on a broken one says so in its own words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) dns: Seen,
    pub(crate) ca: Seen,
    pub(crate) metadata: Seen,
    pub(crate) trust: Seen,
    pub(crate) target: Seen,
}

/// Looks, and prints what was seen as JSON.
pub(crate) fn work() -> Result<ExitCode, Failure> {
    let failed = |source| Failure::System { attempted: "tell what was seen", source };
    let metadata = Metadata::new(agent());
    let fetched = metadata.role().and_then(|role| Ok((metadata.credentials(&role)?, role)));
    let seen = Inside {
        dns: dns(),
        ca: ca(),
        metadata: answers(&metadata),
        trust: match &fetched {
            Ok((fetched, role)) => Ok(format!(
                "credentials {} of {role}, good until {}",
                fetched.credentials.access_key_id, fetched.expiration
            )),
            Err(refusal) => Err(words(refusal)),
        },
        target: match fetched {
            Ok((fetched, role)) => target(fetched, &role),
            Err(_) => Err("there are no credentials".to_owned()),
        },
    };
    let text = serde_json::to_string(&seen).map_err(|error| failed(error.into()))?;
    writeln!(std::io::stdout(), "{text}").map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks the machine's resolver, as every program does.
fn dns() -> Seen {
    let found = addresses().map_err(|error| format!("{HOST} does not resolve: {error}"))?;
    let listed: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
    let listed = listed.join(", ");
    if !found.is_empty() && found.iter().all(|found| found.ip() == IpAddr::V4(SERVICE_ADDRESS)) {
        Ok(format!("{HOST} is {listed}"))
    } else {
        Err(format!("{HOST} is {listed} and not {SERVICE_ADDRESS}"))
    }
}

fn addresses() -> std::io::Result<Vec<SocketAddr>> {
    let mut found: Vec<SocketAddr> = (HOST, PORT).to_socket_addrs()?.collect();
    found.dedup();
    Ok(found)
}

/// Shakes hands with the API, trusting what programs here trust.
fn ca() -> Seen {
    let bundle = folder::variable(BUNDLE_VARIABLE)
        .ok_or_else(|| format!("{BUNDLE_VARIABLE} names no bundle of certificates"))?;
    let unread = |error: &dyn std::fmt::Display| format!("cannot read {bundle}: {error}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&bundle).map_err(|error| unread(&error))? {
        // As other clients do, it passes by what cannot be an authority.
        let _ = roots.add(certificate.map_err(|error| unread(&error))?);
    }
    let trusted = roots.len();
    match shake_hands(roots) {
        Ok(()) => Ok(format!("{HOST} is vouched for by {bundle}")),
        Err(error) => Err(format!(
            "{HOST} is not vouched for by {bundle}, which has {trusted} authorities: {error}"
        )),
    }
}

fn shake_hands(roots: RootCertStore) -> Result<(), Box<dyn std::error::Error>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(HOST)?)?;
    let address = SocketAddr::from((SERVICE_ADDRESS, PORT));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(())
}

/// Whether the metadata service answers, by a token and without one.
fn answers(metadata: &Metadata) -> Seen {
    let without = metadata.item_without_token(ITEM);
    match (metadata.item(ITEM), without) {
        (Ok(_), Ok(_)) => Ok("it answers by a token, and without one".to_owned()),
        (Ok(_), Err(refusal)) if refusal.status == 403 => {
            Ok("it answers by a token; tokens are required".to_owned())
        }
        (Ok(_), Err(refusal)) => Err(format!("without a token: {}", words(&refusal))),
        (Err(refusal), Ok(_)) => Err(format!("by a token: {}", words(&refusal))),
        (Err(refusal), Err(_)) => Err(words(&refusal)),
    }
}

/// Asks the token service who its caller is.
fn target(fetched: Fetched, role: &str) -> Seen {
    let client = Client::new("http://sts.aliyuncs.com", fetched.credentials);
    let reply = client
        .call(Product::Sts, "GetCallerIdentity", &[])
        .map_err(|refusal| format!("GetCallerIdentity: {}", words(&refusal)))?;
    let arn = reply.get("Arn").and_then(Value::as_str).unwrap_or_default();
    if arn.contains(&format!(":assumed-role/{role}/")) {
        Ok(format!("sts.aliyuncs.com knows the caller as {arn}"))
    } else {
        Err(format!("sts.aliyuncs.com knows the caller as {arn}, which is no session of {role}"))
    }
}

fn words(refusal: &Refusal) -> String {
    let Refusal { status, code, message } = refusal;
    match status {
        0 => format!("{code}: {message}"),
        _ => format!("{status} {code}: {message}"),
    }
}
