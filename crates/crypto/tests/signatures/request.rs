//! A signed request of each scheme, as parts that a test may change before it is presented.

use rolecall_crypto::sign::{self, Call, Credentials, ObjectCall, Pairs};
use rolecall_crypto::{
    Mismatch, PresentError, Presented, RequestHead, Scheme, Surface, present, sha256_hex,
};
use rolecall_types::{Secret, Timestamp};

pub(crate) const SECRET: &str = "EXAMPLEexampleEXAMPLEexample01";
pub(crate) const SCHEMES: [Scheme; 7] = [
    Scheme::RpcV1,
    Scheme::Acs3,
    Scheme::OssV1Header,
    Scheme::OssV1Query,
    Scheme::OssV4Header,
    Scheme::OssV4Query,
    Scheme::AmazonHeader,
];

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub surface: Surface,
    pub method: String,
    pub host: String,
    pub path: String,
    pub query: Pairs,
    pub headers: Pairs,
    pub form: Pairs,
    pub body: Vec<u8>,
    pub bucket: String,
    pub key: String,
}

impl Request {
    /// A request of a scheme, with business parameters `extra` in the query (and, in RPC V1, one of
    /// them also tested in the form), signed.
    pub(crate) fn signed(scheme: Scheme, credentials: &Credentials, extra: &Pairs) -> Self {
        let at = now();
        let nonce = "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf";
        let mut request = match surface(scheme) {
            Surface::Rpc => Self::unsigned_rpc(),
            Surface::Oss => Self::unsigned_oss(),
        };
        request.query.extend(extra.iter().cloned());
        let (query, headers) = (request.query.clone(), request.headers.clone());
        let call = Call {
            method: &request.method,
            host: &request.host,
            path: &request.path,
            query: &query,
            headers: &headers,
        };
        let object = ObjectCall {
            method: &request.method,
            resource: Some((&request.bucket, &request.key)),
            query: &query,
            headers: &headers,
        };
        match scheme {
            Scheme::RpcV1 => {
                request.form = pairs(&[("RoleName", "app role"), ("Description", "a+b=c&d")]);
                request.query = sign::rpc_v1(credentials, &call, &request.form, at, nonce);
            }
            Scheme::Acs3 => {
                request.body = b"RoleName=app".to_vec();
                request.headers = sign::acs3(credentials, &call, &request.body, at, nonce);
            }
            Scheme::OssV1Header => request.headers = sign::oss_v1(credentials, &object, at),
            Scheme::OssV1Query => {
                request.query = sign::oss_v1_url(credentials, &object, Timestamp::MAX);
            }
            Scheme::OssV4Header => {
                let signed = sign::oss_v4(credentials, &object, "cn-hangzhou", &["range"], at);
                request.headers = signed.unwrap();
            }
            Scheme::AmazonHeader => {
                let signed = sign::amazon(credentials, &call, "us-east-1", None, at);
                request.headers = signed.unwrap();
            }
            Scheme::OssV2Header
            | Scheme::OssV2Query
            | Scheme::AmazonQuery
            | Scheme::OssV1Form
            | Scheme::OssV4Form => unreachable!("only the vectors speak it"),
            Scheme::OssV4Query => {
                let signed = sign::oss_v4_url(credentials, &object, "cn-hangzhou", 60, at);
                request.query = signed.unwrap();
            }
        }
        request
    }

    fn unsigned_rpc() -> Self {
        Self {
            surface: Surface::Rpc,
            method: "POST".to_owned(),
            host: "ram.aliyuncs.com:4600".to_owned(),
            path: "/".to_owned(),
            query: pairs(&[("Action", "CreateRole"), ("Version", "2015-05-01")]),
            headers: pairs(&[("x-acs-action", "CreateRole"), ("x-acs-version", "2015-05-01")]),
            form: Vec::new(),
            body: Vec::new(),
            bucket: String::new(),
            key: String::new(),
        }
    }

    fn unsigned_oss() -> Self {
        let headers =
            [("content-type", "text/plain"), ("x-oss-meta-a", "中 b"), ("range", "bytes=0-9")];
        Self {
            surface: Surface::Oss,
            method: "PUT".to_owned(),
            host: "bucket.oss-cn-hangzhou.aliyuncs.com".to_owned(),
            path: "/dir/a".to_owned(),
            query: pairs(&[("acl", ""), ("versionId", "v1")]),
            headers: pairs(&headers),
            form: Vec::new(),
            body: Vec::new(),
            bucket: "bucket".to_owned(),
            key: "dir/a".to_owned(),
        }
    }

    /// The head, as a listener would decode it.
    pub(crate) fn head(&self) -> RequestHead {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let target = format!("{}?{}", self.path, query.join("&"));
        let host = [("Host".to_owned(), self.host.clone().into_bytes())];
        let headers = self.headers.iter().map(|(n, v)| (n.clone(), v.clone().into_bytes()));
        RequestHead::decode(&self.method, &target, host.into_iter().chain(headers)).unwrap()
    }

    pub(crate) fn present(&self) -> Result<Option<Presented>, PresentError> {
        let resource = match self.surface {
            Surface::Rpc => None,
            Surface::Oss => Some((self.bucket.as_str(), self.key.as_str())),
        };
        let body = sha256_hex(&self.body);
        let pair = |(name, value): &(String, String)| (name.into(), value.into());
        let form: Vec<_> = self.form.iter().map(pair).collect();
        present(self.surface, &self.head(), &form, Some(&body), resource)
    }

    /// Whether the request is believed: refused to parse, anonymous and mismatched are all no.
    pub(crate) fn holds(&self) -> bool {
        matches!(self.present(), Ok(Some(presented)) if presented.verify(&secret()).is_ok())
    }

    /// The text of the signature, wherever the scheme keeps it, together with its carrier.
    pub(crate) fn signature_field(&mut self) -> &mut String {
        let names = ["authorization", "Signature", "x-oss-signature"];
        let fields = self.query.iter_mut().chain(self.headers.iter_mut());
        let mut found = fields.filter(|(name, _)| names.contains(&name.as_str()));
        &mut found.next().unwrap().1
    }
}

pub(crate) fn credentials(token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: "LTAI5tEXAMPLEexampleAK01".to_owned(),
        secret: secret(),
        security_token: token.map(|token| Secret::new(token.to_owned())),
    }
}

pub(crate) fn secret() -> Secret<String> {
    Secret::new(SECRET.to_owned())
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_768_465_800).unwrap()
}

pub(crate) fn surface(scheme: Scheme) -> Surface {
    match scheme {
        Scheme::RpcV1 | Scheme::Acs3 => Surface::Rpc,
        _ => Surface::Oss,
    }
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn encode(text: &str) -> String {
    rolecall_crypto::percent_encode(text.as_bytes())
}

pub(crate) fn mismatch(presented: &Presented) -> Mismatch {
    presented.verify(&Secret::new("another secret".to_owned())).unwrap_err()
}
