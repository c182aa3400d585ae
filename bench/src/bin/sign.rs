//! Signs calls of `AssumeRole`, each with a nonce of its own, for a load generator to send.
//!
//! `sign HOST ROLE_ARN COUNT FILE` writes one request target a line. The AccessKey is read from the
//! variables that the vendor's clients read. A signature is good for a quarter of an hour.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use rolecall_crypto::percent_encode;
use rolecall_crypto::sign::{Call, Credentials, rpc_v1};
use rolecall_types::{Clock, Random, RequestId, Secret, SystemClock, SystemRandom};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, role_arn, count, file] = arguments.as_slice() else {
        return Err(io::Error::other("usage: sign HOST ROLE_ARN COUNT FILE"));
    };
    let count: u64 = count.parse().map_err(io::Error::other)?;
    let credentials = Credentials {
        access_key_id: variable("ALIBABA_CLOUD_ACCESS_KEY_ID")?,
        secret: Secret::new(variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET")?),
        security_token: None,
    };
    let query = [
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("RoleArn", role_arn),
        ("RoleSessionName", "measuring"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let call = Call { method: "POST", host, path: "/", query: &query, headers: &[] };
    let run = RequestId::generate(&SystemRandom as &dyn Random);
    let mut file = BufWriter::new(File::create(file)?);
    for number in 0..count {
        let nonce = format!("{run}-{number}");
        let signed = rpc_v1(&credentials, &call, &[], SystemClock.now(), &nonce);
        let pairs: Vec<_> = signed
            .iter()
            .map(|(name, value)| {
                format!("{}={}", percent_encode(name.as_bytes()), percent_encode(value.as_bytes()))
            })
            .collect();
        writeln!(file, "/?{}", pairs.join("&"))?;
    }
    file.flush()
}

#[expect(clippy::disallowed_methods, reason = "this is the binary that is configured by it")]
fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(|_| io::Error::other(format!("{name} is not set")))
}
