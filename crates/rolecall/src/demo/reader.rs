//! The program of the story: it knows a metadata address, a bucket and nothing else.
//!
//! It takes a line of input for each thing to do, and answers with one line, so that the same
//! program with the same credentials meets each turn of the story.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use rolecall_crypto::percent_encode_path;
use rolecall_crypto::sign::{self, Credentials, ObjectCall};
use rolecall_types::{Clock, SystemClock};

use crate::client::{Metadata, Refusal, agent, object_answer, send};
use crate::failure::Failure;

/// Reads commands until the input ends.
pub(crate) fn work() -> Result<ExitCode, Failure> {
    let failed = |source| Failure::System { attempted: "speak with the demo", source };
    let mut program =
        Program { agent: agent(), metadata: Metadata::new(agent()), credentials: None };
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
    metadata: Metadata,
    credentials: Option<Credentials>,
}

impl Program {
    /// The name of the role that this machine wears.
    fn role(&self) -> Result<String, Refusal> {
        self.metadata.role()
    }

    /// Fetches the credentials of the role.
    fn renew(&mut self) -> Result<String, Refusal> {
        let fetched = self.metadata.credentials(&self.role()?)?;
        let said = format!("{} {}", fetched.credentials.access_key_id, fetched.expiration);
        self.credentials = Some(fetched.credentials);
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
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { status: 0, code: code.to_owned(), message: message.to_owned() }
}
