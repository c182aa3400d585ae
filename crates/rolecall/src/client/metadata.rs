//! The metadata service, as a program inside an instance asks it.

use rolecall_crypto::sign::{Credentials, Pairs};
use rolecall_types::Secret;
use serde_json::Value;

use super::{Refusal, pairs, send};

/// Where every instance finds it. Source: the ECS page on instance metadata.
const BASE: &str = "http://100.100.100.200/latest";
/// The items below which roles and their credentials are.
const CREDENTIALS: &str = "meta-data/ram/security-credentials/";
/// The header that asks for a token's life, and the longest one, in seconds. Source: the ECS page
/// on the hardened mode.
const TTL: (&str, &str) = ("x-aliyun-ecs-metadata-token-ttl-seconds", "21600");
/// The header that carries a token.
const TOKEN: &str = "x-aliyun-ecs-metadata-token";

/// A client of the metadata service.
pub(crate) struct Metadata {
    agent: ureq::Agent,
}

/// The credentials of a role, as its document has them.
pub(crate) struct Fetched {
    pub(crate) credentials: Credentials,
    /// When they end, such as `2026-01-01T00:00:00Z`.
    pub(crate) expiration: String,
}

impl Metadata {
    pub(crate) fn new(agent: ureq::Agent) -> Self {
        Self { agent }
    }

    /// The name of the role that this machine wears.
    pub(crate) fn role(&self) -> Result<String, Refusal> {
        self.item(CREDENTIALS)
    }

    /// The credentials of a role.
    pub(crate) fn credentials(&self, role: &str) -> Result<Fetched, Refusal> {
        let text = self.item(&format!("{CREDENTIALS}{role}"))?;
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let field = |name: &str| {
            let text = document.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| Refusal {
                status: 0,
                code: "NoSuchField".to_owned(),
                message: format!("the document of the credentials has no {name}"),
            })
        };
        let code = field("Code")?;
        if code != "Success" {
            return Err(Refusal { status: 0, code, message: field("Message").unwrap_or_default() });
        }
        Ok(Fetched {
            credentials: Credentials {
                access_key_id: field("AccessKeyId")?,
                secret: Secret::new(field("AccessKeySecret")?),
                security_token: Some(Secret::new(field("SecurityToken")?)),
            },
            expiration: field("Expiration")?,
        })
    }

    /// An item, with a token, as the vendor's credential libraries ask for it.
    pub(crate) fn item(&self, item: &str) -> Result<String, Refusal> {
        let token = self.ask("PUT", "api/token", &pairs(&[TTL]))?;
        self.ask("GET", item, &pairs(&[(TOKEN, &token)]))
    }

    /// An item, without a token: refused where tokens are required.
    pub(crate) fn item_without_token(&self, item: &str) -> Result<String, Refusal> {
        self.ask("GET", item, &Pairs::new())
    }

    fn ask(&self, method: &str, item: &str, headers: &Pairs) -> Result<String, Refusal> {
        match send(&self.agent, method, &format!("{BASE}/{item}"), headers, &[])? {
            (200, body) => Ok(String::from_utf8_lossy(&body).into_owned()),
            (status, _) => Err(Refusal {
                status,
                code: "Metadata".to_owned(),
                message: format!("{method} {item}"),
            }),
        }
    }
}
