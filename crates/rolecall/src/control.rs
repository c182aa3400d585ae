//! The control socket: how the command line of the data folder's owner speaks to the server.
//!
//! It is a Unix socket in the data folder, which nobody else can enter; the server asks the kernel
//! for the peer's uid besides. Who can read that folder could read the root AccessKey as well, so
//! calls that come in here are the account's own. One line of JSON each way.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rolecall_fabric::{HolderRef, MachineSpec};
use rolecall_gate::{Diagnosis, Question, Simulation};
use rolecall_oss::ScrubReport;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::faults::{Rule, RuleState};

/// The longest that the server may take to answer: it makes an instance in some 20 ms.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the command line asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// An RPC call of the account itself.
    Call {
        /// The product's name, such as `Ecs`.
        product: String,
        /// The operation.
        action: String,
        /// Its parameters.
        parameters: Vec<(String, String)>,
    },
    /// Make the instance's namespaces where they are not there, and say who holds them.
    Enter {
        /// The instance.
        instance: String,
    },
    /// What a virtual machine in an instance is told.
    Machine {
        /// The instance.
        instance: String,
    },
    /// Bind an instance to a network namespace that there is, until the connection ends.
    Adopt {
        /// The instance.
        instance: String,
        /// The namespace's file.
        namespace: PathBuf,
    },
    /// Take an instance out of the network namespace that it is bound to.
    Release {
        /// The instance.
        instance: String,
    },
    /// Move the clock forward.
    AdvanceClock {
        /// By how many seconds.
        seconds: u32,
    },
    /// What a diagnostic message says.
    Explain {
        /// The `EncodedDiagnosticMessage`.
        message: String,
    },
    /// Decide without calling.
    Simulate {
        /// What may be done?
        questions: Vec<Question>,
    },
    /// The control policy of the account.
    ControlPolicy(ControlPolicy),
    /// The faults that befall requests.
    Faults(Faults),
    /// Read all objects once, and say meanwhile how far that has come.
    Scrub,
    /// How to reach the server.
    Status,
    /// What the server is, and what happens in it.
    Report,
    /// What is known of an instance, whether it runs or not.
    Instance {
        /// The instance.
        instance: String,
    },
}

/// What is to become of the control policy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ControlPolicy {
    /// It is shown.
    Get,
    /// It is this document from now on.
    Set(String),
    /// There is none any more.
    Clear,
}

/// What is to become of the faults.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Faults {
    /// One more; it alone is shown.
    Add(Rule),
    /// They are shown.
    List,
    /// There is none any more.
    Clear,
}

/// What the server says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Response {
    /// The reply of a call.
    Reply(Value),
    /// Who holds an instance's namespaces.
    Holder(Holder),
    /// What a virtual machine in an instance is told.
    Machine(MachineSpec),
    /// The instance is bound.
    Adopted,
    /// The instance is out of its namespace.
    Released,
    /// How far the clock is ahead, in seconds.
    Clock(i64),
    /// What a diagnostic message says.
    Diagnosis(Box<Diagnosis>),
    /// The answers to questions, in their order; a question that has none gets words that say why.
    Simulated(Vec<Result<Simulation, String>>),
    /// The document of the control policy, where there is one.
    ControlPolicy(Option<String>),
    /// Faults, and what is left of each.
    Faults(Vec<RuleState>),
    /// How many objects were read so far, and their bytes; more follows.
    Scrubbing {
        /// Objects, versions and parts.
        objects: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// All objects were read.
    Scrubbed(Box<ScrubReport>),
    /// How to reach the server.
    Status(Status),
    /// What the server is, and what happens in it.
    Report(Box<Report>),
    /// What is known of an instance.
    Instance(Instance),
    /// A refusal.
    Refused {
        /// The API's error code.
        code: String,
        /// Its message.
        message: String,
    },
}

/// Who holds an instance's namespaces.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// The process.
    pub(crate) pid: u32,
    /// When it started, in ticks since the machine did.
    pub(crate) start_ticks: u64,
    /// The CA bundle, as a path inside.
    pub(crate) ca_bundle: PathBuf,
}

impl From<HolderRef> for Holder {
    fn from(holder: HolderRef) -> Self {
        Self { pid: holder.pid, start_ticks: holder.start_ticks, ca_bundle: holder.ca_bundle }
    }
}

impl From<Holder> for HolderRef {
    fn from(holder: Holder) -> Self {
        Self { pid: holder.pid, start_ticks: holder.start_ticks, ca_bundle: holder.ca_bundle }
    }
}

/// How to reach a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    /// Its address, such as `http://127.0.0.1:4600`.
    pub(crate) endpoint: String,
    /// The account.
    pub(crate) account_id: String,
    /// The region of calls that name none.
    pub(crate) region: String,
}

/// What a server is, and what happens in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Report {
    /// How to reach it.
    #[serde(flatten)]
    pub(crate) status: Status,
    /// How many instances are real on this machine.
    pub(crate) real_instances: usize,
    /// How far the clock is ahead.
    pub(crate) clock_offset_seconds: i64,
    /// The faults, those that are used up too.
    pub(crate) faults: Vec<RuleState>,
    /// What looking for rot has come to.
    pub(crate) scrub: ScrubReport,
}

/// What is known of an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    /// Its status, such as `Running`.
    pub(crate) status: String,
    /// Whether it stands in a VPC.
    pub(crate) in_vpc: bool,
    /// Whether its metadata service answers at all.
    pub(crate) metadata_enabled: bool,
    /// The name of the role that it wears.
    pub(crate) role: Option<String>,
    /// The policy that narrows the role on this instance.
    pub(crate) session_policy: Option<String>,
}

/// The socket of a data folder.
pub(crate) fn socket_path(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

/// Asks the server of a data folder. Blocking: the command line has one thread while it asks.
pub(crate) fn ask(folder: &Path, request: &Request) -> Result<Response, Failure> {
    Ok(converse(folder, request)?.0)
}

/// Asks for what holds as long as this conversation, says when it does, and waits until the server
/// ends it.
pub(crate) fn ask_and_hold(
    folder: &Path,
    request: &Request,
    holds: impl FnOnce(&Response),
) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Conversation(error.into());
    let (response, mut stream) = converse(folder, request)?;
    holds(&response);
    stream.get_ref().set_read_timeout(None).map_err(broken)?;
    stream.read_to_end(&mut Vec::new()).map_err(broken)?;
    Ok(())
}

/// Asks for what takes its time. `hear` is told each answer, and says which is the last one.
pub(crate) fn ask_and_hear(
    folder: &Path,
    request: &Request,
    mut hear: impl FnMut(&Response) -> bool,
) -> Result<Response, Failure> {
    let (mut response, mut stream) = converse(folder, request)?;
    while !hear(&response) {
        response = answer(&mut stream)?;
    }
    Ok(response)
}

fn converse(
    folder: &Path,
    request: &Request,
) -> Result<(Response, BufReader<UnixStream>), Failure> {
    let no_server = |source| Failure::NoServer { folder: folder.to_owned(), source };
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| Failure::Conversation(error);
    let mut stream = UnixStream::connect(socket_path(folder)).map_err(no_server)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| broken(error.into()))?;
    let mut line = serde_json::to_string(request).map_err(|error| broken(error.into()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(|error| broken(error.into()))?;
    let mut stream = BufReader::new(stream);
    Ok((answer(&mut stream)?, stream))
}

fn answer(stream: &mut BufReader<UnixStream>) -> Result<Response, Failure> {
    let mut answer = String::new();
    stream.read_line(&mut answer).map_err(|error| Failure::Conversation(error.into()))?;
    match serde_json::from_str(&answer).map_err(|error| Failure::Conversation(error.into()))? {
        Response::Refused { code, message } => Err(Failure::Refused { code, message }),
        response => Ok(response),
    }
}

/// A call of the account itself, and its reply.
pub(crate) fn call(
    folder: &Path,
    product: &str,
    action: &str,
    parameters: &[(&str, &str)],
) -> Result<Value, Failure> {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request =
        Request::Call { product: product.to_owned(), action: action.to_owned(), parameters };
    match ask(folder, &request)? {
        Response::Reply(reply) => Ok(reply),
        other => Err(unexpected(&other)),
    }
}

/// The server answered something else than it was asked.
pub(crate) fn unexpected(response: &Response) -> Failure {
    Failure::Conversation(format!("unexpected answer: {response:?}").into())
}
