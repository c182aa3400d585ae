//! A small client: signed calls over the network, as the vendor's tools make them. The demo's
//! administrator calls with it, and programs inside instances.

mod metadata;

use std::time::Duration;

use rolecall_api::Product;
use rolecall_crypto::sign::{self, Call, Credentials, ObjectCall, Pairs};
use rolecall_crypto::{percent_encode, percent_encode_path};
use rolecall_types::{Clock, Random, SystemClock, SystemRandom};
use serde_json::Value;

pub(crate) use metadata::{Fetched, Metadata};

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer that is not a success: the code and the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Who holds an AccessKey and the address of a server.
pub(crate) struct Client {
    agent: ureq::Agent,
    /// Host and port.
    address: String,
    credentials: Credentials,
}

impl Client {
    pub(crate) fn new(endpoint: &str, credentials: Credentials) -> Self {
        let address = endpoint.trim_start_matches("http://").to_owned();
        Self { agent: agent(), address, credentials }
    }

    /// An RPC call, signed with ACS3.
    pub(crate) fn call(
        &self,
        product: Product,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, Refusal> {
        let names = [("x-acs-action", action), ("x-acs-version", product.version())];
        self.signed("/", &names, &pairs(parameters), b"")
    }

    /// Moves the server's clock.
    pub(crate) fn advance_clock(&self, seconds: u32) -> Result<Value, Refusal> {
        let names = [("x-acs-action", "AdvanceClock"), ("x-acs-version", "2026-01-01")];
        let body = serde_json::json!({ "advance_seconds": seconds }).to_string();
        self.signed("/_rolecall/clock", &names, &Pairs::new(), body.as_bytes())
    }

    fn signed(
        &self,
        path: &str,
        names: &[(&str, &str)],
        query: &Pairs,
        body: &[u8],
    ) -> Result<Value, Refusal> {
        let headers = pairs(names);
        let call = Call { method: "POST", host: &self.address, path, query, headers: &headers };
        let nonce = SystemRandom.text(b"0123456789abcdef", 32);
        let signed = sign::acs3(&self.credentials, &call, body, SystemClock.now(), &nonce);
        let query = query
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes())))
            .collect::<Vec<_>>()
            .join("&");
        let uri = format!("http://{}{path}?{query}", self.address);
        let (status, body) = send(&self.agent, "POST", &uri, &signed, body)?;
        let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status == 200 {
            return Ok(reply);
        }
        let text = |name| reply.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(Refusal { status, code: text("Code"), message: text("Message") })
    }

    /// Makes a bucket (with an empty key) or puts an object, signed with OSS V1.
    pub(crate) fn put(&self, bucket: &str, key: &str, content: &[u8]) -> Result<(), Refusal> {
        let call =
            ObjectCall { method: "PUT", resource: Some((bucket, key)), query: &[], headers: &[] };
        let signed = sign::oss_v1(&self.credentials, &call, SystemClock.now());
        let path = percent_encode_path(key.as_bytes());
        let uri = format!("http://{}/{bucket}/{path}", self.address);
        object_answer(send(&self.agent, "PUT", &uri, &signed, content)?).map(drop)
    }
}

/// A client that takes every status as an answer.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

/// Sends a request and reads the whole answer.
pub(crate) fn send(
    agent: &ureq::Agent,
    method: &str,
    uri: &str,
    headers: &Pairs,
    body: &[u8],
) -> Result<(u16, Vec<u8>), Refusal> {
    let broken = |error: &dyn std::fmt::Display| Refusal {
        status: 0,
        code: "Unreachable".to_owned(),
        message: error.to_string(),
    };
    let mut request = ureq::http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(body.to_vec()).map_err(|error| broken(&error))?;
    let mut response = agent.run(request).map_err(|error| broken(&error))?;
    let body = response.body_mut().read_to_vec().map_err(|error| broken(&error))?;
    Ok((response.status().as_u16(), body))
}

/// An answer of the object service: its bytes, or the code in its XML.
pub(crate) fn object_answer((status, body): (u16, Vec<u8>)) -> Result<Vec<u8>, Refusal> {
    if status < 300 {
        return Ok(body);
    }
    let text = String::from_utf8_lossy(&body);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    Err(Refusal {
        status,
        code: element("Code").unwrap_or_default(),
        message: element("Message").unwrap_or_default(),
    })
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
