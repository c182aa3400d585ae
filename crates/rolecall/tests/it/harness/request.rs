//! Requests that can still be changed after they were signed, and answers.

use std::io::{Read, Write};
use std::net::TcpStream;

use rolecall_api::Product;
use rolecall_crypto::sign::{self, Call, Credentials, ObjectCall, Pairs};
use rolecall_crypto::{percent_encode, percent_encode_path};
use rolecall_types::Timestamp;
use serde_json::Value;

use super::{PATIENCE, REGION, nonce, now, pairs};

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    RpcV1,
    Acs3,
    OssV1Header,
    OssV1Query,
    OssV4Header,
    OssV4Query,
}

impl Scheme {
    pub(crate) const RPC: [Self; 2] = [Self::RpcV1, Self::Acs3];
    pub(crate) const OSS: [Self; 4] =
        [Self::OssV1Header, Self::OssV1Query, Self::OssV4Header, Self::OssV4Query];
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Pairs,
    pub(crate) headers: Pairs,
    pub(crate) body: Vec<u8>,
    /// The `Host`; the server's address where it is empty.
    pub(crate) host: String,
}

/// An RPC call to sign.
#[derive(Clone, Copy)]
pub(crate) struct Rpc<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) caller: &'a Credentials,
    pub(crate) product: Product,
    pub(crate) action: &'a str,
    pub(crate) parameters: &'a [(&'a str, &'a str)],
    pub(crate) host: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) nonce: &'a str,
}

impl Rpc<'_> {
    /// The parameters stand in the form.
    pub(crate) fn sign(self) -> Request {
        let form = pairs(self.parameters);
        let body = encode(&form).into_bytes();
        let kind = pairs(&[("content-type", "application/x-www-form-urlencoded")]);
        let (method, host, path, version) = ("POST", self.host, "/", self.product.version());
        let (query, headers) = if self.scheme == Scheme::RpcV1 {
            let query = pairs(&[("Action", self.action), ("Version", version)]);
            let call = Call { method, host, path, query: &query, headers: &[] };
            (sign::rpc_v1(self.caller, &call, &form, self.at, self.nonce), kind)
        } else {
            let named = pairs(&[("x-acs-action", self.action), ("x-acs-version", version)]);
            let headers = [named, kind].concat();
            let call = Call { method, host, path, query: &[], headers: &headers };
            (Pairs::new(), sign::acs3(self.caller, &call, &body, self.at, self.nonce))
        };
        let (method, path) = (method.to_owned(), path.to_owned());
        Request { method, path, query, headers, body, host: host.to_owned() }
    }
}

impl Rpc<'_> {
    /// The parameters stand in the query.
    pub(crate) fn sign_query(self) -> Request {
        let (host, path, version) = (self.host, "/", self.product.version());
        let (method, query) = ("POST", pairs(self.parameters));
        let (query, headers) = if self.scheme == Scheme::RpcV1 {
            let query = [pairs(&[("Action", self.action), ("Version", version)]), query].concat();
            let call = Call { method, host, path, query: &query, headers: &[] };
            (sign::rpc_v1(self.caller, &call, &[], self.at, self.nonce), Pairs::new())
        } else {
            let headers = pairs(&[("x-acs-action", self.action), ("x-acs-version", version)]);
            let call = Call { method, host, path, query: &query, headers: &headers };
            let headers = sign::acs3(self.caller, &call, b"", self.at, self.nonce);
            (query, headers)
        };
        Request { query, headers, host: host.to_owned(), ..Request::plain(method, path) }
    }
}

/// An object call to sign.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) caller: &'a Credentials,
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) at: Timestamp,
    /// How long a signed URL is good for, in seconds.
    pub(crate) life: u32,
}

impl<'a> Object<'a> {
    /// A call that is signed now.
    pub(crate) fn new(
        scheme: Scheme,
        caller: &'a Credentials,
        method: &'a str,
        (bucket, key): (&'a str, &'a str),
    ) -> Self {
        Self { scheme, caller, method, bucket, key, query: &[], headers: &[], at: now(), life: 600 }
    }

    pub(crate) fn sign(self) -> Request {
        let query = pairs(self.query);
        let resource = (!self.bucket.is_empty()).then_some((self.bucket, self.key));
        let (method, plain) = (self.method, pairs(self.headers));
        let call = ObjectCall { method, resource, query: &query, headers: &plain };
        let (caller, at) = (self.caller, self.at);
        let end = super::at(at.as_second() + i64::from(self.life));
        let (query, headers) = match self.scheme {
            Scheme::OssV1Header => (query.clone(), sign::oss_v1(caller, &call, at)),
            Scheme::OssV1Query => (sign::oss_v1_url(caller, &call, end), plain.clone()),
            Scheme::OssV4Header => {
                (query.clone(), sign::oss_v4(caller, &call, REGION, &[], at).unwrap())
            }
            _ => {
                let signed = sign::oss_v4_url(caller, &call, REGION, self.life, at);
                (signed.unwrap(), plain.clone())
            }
        };
        let key = percent_encode_path(self.key.as_bytes());
        let path = match resource {
            None => "/".to_owned(),
            Some((bucket, _)) => format!("/{bucket}/{key}"),
        };
        let method = method.to_owned();
        Request { method, path, query, headers, body: Vec::new(), host: String::new() }
    }
}

impl Request {
    /// A request that nobody signed.
    pub(crate) fn plain(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Pairs::new(),
            headers: Pairs::new(),
            body: Vec::new(),
            host: String::new(),
        }
    }

    /// A request to move the clock.
    pub(crate) fn clock(caller: &Credentials, host: &str, seconds: i64) -> Self {
        let path = "/_rolecall/clock";
        let body = format!(r#"{{"advance_seconds":{seconds}}}"#).into_bytes();
        let named = pairs(&[("x-acs-action", "AdvanceClock"), ("x-acs-version", "2026-01-01")]);
        let call = Call { method: "POST", host, path, query: &[], headers: &named };
        let headers = sign::acs3(caller, &call, &body, now(), &nonce());
        let host = host.to_owned();
        Self { headers, body, host, ..Self::plain("POST", path) }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes away what is called so, in the query and the headers.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Changes the signature, wherever it stands; what it says stays a signature.
    #[must_use]
    pub(crate) fn forged(mut self) -> Self {
        let flip = |text: &mut String, from: usize| {
            let at = from + 2;
            let other = if text.get(at..=at) == Some("0") { "1" } else { "0" };
            text.replace_range(at..=at, other);
        };
        for (name, value) in &mut self.query {
            if matches!(name.as_str(), "Signature" | "x-oss-signature") {
                flip(value, 0);
            }
        }
        for (name, value) in &mut self.headers {
            if name == "authorization" {
                let from = value.rfind(['=', ':']).unwrap_or(0).min(value.len() - 28);
                flip(value, from);
            }
        }
        self
    }

    pub(crate) fn bytes(&self, address: &str) -> Vec<u8> {
        let host = if self.host.is_empty() { address } else { &self.host };
        let query = encode(&self.query);
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let mut text = format!(
            "{} {}{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        let length = self.body.len().to_string();
        text.extend(["Content-Length: ", &length, "\r\n\r\n"]);
        [text.as_bytes(), &self.body].concat()
    }

    /// Sends it to a server that may be killed meanwhile; `None` where nothing is answered.
    pub(crate) fn try_send(&self, address: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(&self.bytes(address)).ok()?;
        Answer::of_stream(stream)
    }

    pub(crate) fn send(&self, address: &str) -> Answer {
        Answer::read(address, &self.bytes(address))
    }
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

impl Answer {
    /// Sends bytes and reads one answer until the peer closes.
    pub(crate) fn read(address: &str, request: &[u8]) -> Self {
        Self::try_read(address, request).unwrap_or_else(|| {
            panic!("no answer to {:?}", String::from_utf8_lossy(request));
        })
    }

    /// The same; `None` where the peer closes without an answer.
    fn try_read(address: &str, request: &[u8]) -> Option<Self> {
        let mut stream = TcpStream::connect(address).unwrap();
        // The server may have closed already.
        let _ = stream.write_all(request);
        Self::of_stream(stream)
    }

    /// Sends bytes and the word that no more will come: what is half a request must not wait.
    pub(crate) fn of_whole(address: &str, bytes: &[u8]) -> Option<Self> {
        let mut stream = TcpStream::connect(address).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        Self::of_stream(stream)
    }

    fn of_stream(mut stream: TcpStream) -> Option<Self> {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut bytes, mut piece) = (Vec::new(), [0; 8192]);
        loop {
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
                Err(error) => panic!("the server neither answers nor closes: {error}"),
            }
        }
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end..].to_vec() })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The error code: in JSON, in XML, or in the header of an answer without a body.
    pub(crate) fn code(&self) -> String {
        if let Ok(tree) = serde_json::from_slice::<Value>(&self.body) {
            return tree["Code"].as_str().unwrap_or("ok").to_owned();
        }
        let text = self.text();
        let inner = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        inner.map_or("ok", |(code, _)| code).to_owned()
    }

    /// Whether the request was refused for what it is.
    pub(crate) fn is_refused(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

fn encode(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| percent_encode(text.as_bytes());
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}
