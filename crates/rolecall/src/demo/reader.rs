//! The program of the story: it knows a metadata address, a bucket and nothing else.
//!
//! It takes a line of input for each thing to do, and answers with one line, so that the same
//! program with the same credentials meets each turn of the story.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use rolecall_crypto::percent_encode_path;
use rolecall_crypto::sign::{self, Credentials, ObjectCall};
use rolecall_types::{Clock, Secret, SystemClock};
use serde_json::Value;

use super::administrator::{Refusal, agent, object_answer, pairs, send};
use crate::failure::Failure;

/// Where every instance finds its role. Source: the ECS page on instance metadata.
const METADATA: &str = "http://100.100.100.200/latest";

/// Reads commands until the input ends.
pub(crate) fn work() -> Result<ExitCode, Failure> {
    let failed = |source| Failure::System { attempted: "speak with the demo", source };
    let mut program = Program { agent: agent(), credentials: None };
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(failed)?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words.as_slice() {
            ["role"] => program.role(),
            ["renew"] => program.renew(),
            ["read", bucket, key] => program.read(bucket, key),
            _ => Err(refusal("WrongUse", &line)),
        };
        match answer {
            Ok(text) => writeln!(output, "ok {text}"),
            Err(refusal) => writeln!(output, "no {} {}", refusal.status, refusal.code),
        }
        .and_then(|()| output.flush())
        .map_err(failed)?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Program {
    agent: ureq::Agent,
    credentials: Option<Credentials>,
}

impl Program {
    /// The name of the role that this machine wears.
    fn role(&self) -> Result<String, Refusal> {
        self.metadata("meta-data/ram/security-credentials/")
    }

    /// Fetches the credentials of the role.
    fn renew(&mut self) -> Result<String, Refusal> {
        let role = self.role()?;
        let text = self.metadata(&format!("meta-data/ram/security-credentials/{role}"))?;
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let field = |name: &str| {
            let text = document.get(name).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| refusal("NoSuchField", name))
        };
        let access_key_id = field("AccessKeyId")?;
        let said = format!("{access_key_id} {}", field("Expiration")?);
        self.credentials = Some(Credentials {
            access_key_id,
            secret: Secret::new(field("AccessKeySecret")?),
            security_token: Some(Secret::new(field("SecurityToken")?)),
        });
        Ok(said)
    }

    /// Reads an object with the credentials that are at hand.
    fn read(&mut self, bucket: &str, key: &str) -> Result<String, Refusal> {
        if self.credentials.is_none() {
            self.renew()?;
        }
        let Some(credentials) = &self.credentials else { return Err(refusal("NoCredentials", "")) };
        let call =
            ObjectCall { method: "GET", resource: Some((bucket, key)), query: &[], headers: &[] };
        let signed = sign::oss_v1(credentials, &call, SystemClock.now());
        let path = percent_encode_path(key.as_bytes());
        let uri = format!("http://{bucket}.oss-cn-hangzhou.aliyuncs.com/{path}");
        let content = object_answer(send(&self.agent, "GET", &uri, &signed, &[])?)?;
        Ok(String::from_utf8_lossy(&content).into_owned())
    }

    /// An item, with a token, as the vendor's credential libraries ask for it.
    fn metadata(&self, item: &str) -> Result<String, Refusal> {
        let ttl = pairs(&[("x-aliyun-ecs-metadata-token-ttl-seconds", "21600")]);
        let token = text(send(&self.agent, "PUT", &format!("{METADATA}/api/token"), &ttl, &[])?)?;
        let with_token = pairs(&[("x-aliyun-ecs-metadata-token", &token)]);
        text(send(&self.agent, "GET", &format!("{METADATA}/{item}"), &with_token, &[])?)
    }
}

fn text((status, body): (u16, Vec<u8>)) -> Result<String, Refusal> {
    match status {
        200 => Ok(String::from_utf8_lossy(&body).into_owned()),
        _ => Err(Refusal { status, code: "Metadata".to_owned(), message: String::new() }),
    }
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { status: 0, code: code.to_owned(), message: message.to_owned() }
}
