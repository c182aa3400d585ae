//! The command line: what a person types.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use rolecall_http::Network;
use rolecall_types::BucketName;

use crate::faults::{Fault, Faulty};

/// Gives every machine a role instead of a key.
#[derive(Debug, Parser)]
#[command(name = "rolecall", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve everything on one port, with local data.
    Dev(Dev),
    /// Run a command inside an instance that wears a role.
    Run(Run),
    /// Run a command inside an existing instance.
    Exec(Exec),
    /// Bind an instance to a network namespace that there is, such as a container's, until this
    /// command ends.
    Adopt(Adopt),
    /// Move the clock of a running server forward.
    Clock(Clock),
    /// List or revoke sessions of roles.
    #[command(subcommand)]
    Sessions(Sessions),
    /// Say why a call was denied, and what would allow it.
    Explain(Explain),
    /// Decide beforehand what a caller may do; exit status 3 if not as wished.
    Simulate(Simulate),
    /// Show or change the policy that bounds every user and role of the account.
    #[command(subcommand)]
    ControlPolicy(ControlPolicy),
    /// Let requests of applications meet faults, for tests.
    #[command(subcommand)]
    Faults(Faults),
    /// Show how to reach a running server, its instances, its clock, its faults and its rot.
    Status(ShowStatus),
    /// Read all objects of a running server once, now; exit status 1 if any has rotted.
    Scrub(Data),
    /// Tell the main story on real services; exit status 0 only if every step held.
    Demo(Demo),
    /// The demo's program inside an instance.
    #[command(hide = true)]
    DemoReader(DemoReader),
    /// Walk from the server to a call with a role's credentials, and name the broken link.
    Doctor(Doctor),
    /// What the doctor looks at from inside an instance.
    #[command(hide = true)]
    DoctorInside(DoctorInside),
}

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Data {
    /// The data folder; without it, `rolecall` in `$XDG_DATA_HOME` or in `~/.local/share`.
    #[arg(long = "data", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

/// Serve everything on one port, with local data.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4600", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
    /// A file that says how to reach the server, written when it serves.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// The first account.
    #[command(flatten)]
    pub(crate) seed: Seed,
    /// Issuers of tokens for role SSO.
    #[command(flatten)]
    pub(crate) issuers: Issuers,
    /// The object service.
    #[command(flatten)]
    pub(crate) objects: Objects,
}

/// The object service: how it is reached, and whom it reaches.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Objects {
    /// A domain that stands for a bucket of OSS, such as files.example.com=pictures; may be given
    /// several times.
    #[arg(long = "cname", value_name = "HOST=BUCKET", value_parser = cname)]
    pub(crate) cnames: Vec<(String, BucketName)>,
    /// A network where callbacks of uploads may go beside the public ones, such as 127.0.0.0/8; may
    /// be given several times.
    #[arg(long = "callback-network", value_name = "CIDR")]
    pub(crate) callback_networks: Vec<Network>,
}

fn cname(text: &str) -> Result<(String, BucketName), String> {
    let (host, bucket) = text.split_once('=').ok_or("write it as HOST=BUCKET")?;
    let bucket = BucketName::new(bucket).map_err(|error| error.to_string())?;
    Ok((host.to_owned(), bucket))
}

/// Issuers of tokens for role SSO: where they may be, and whose keys are known.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Issuers {
    /// A network where issuers of tokens may be beside the public ones, such as 10.0.0.0/8; may be
    /// given several times.
    #[arg(long = "issuer-network", value_name = "CIDR")]
    pub(crate) networks: Vec<Network>,
    /// The keys of an issuer, as a file with a JSON Web Key Set: it is not asked for them; may be
    /// given several times.
    #[arg(long = "issuer-keys", value_name = "ISSUER=FILE")]
    pub(crate) keys: Vec<String>,
}

/// The first account; what is not given is random and printed once.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Seed {
    /// Its id: 16 digits.
    #[arg(long, env = "ROLECALL_ACCOUNT_ID", value_name = "ID")]
    pub(crate) account_id: Option<String>,
    /// The region of calls that name none.
    #[arg(long, env = "ROLECALL_REGION", default_value = "cn-hangzhou", value_name = "REGION")]
    pub(crate) region: String,
    /// The id of the root AccessKey.
    #[arg(long, env = "ROLECALL_ROOT_ACCESS_KEY_ID", value_name = "ID")]
    pub(crate) root_access_key_id: Option<String>,
}

/// Run a command inside an instance that wears a role.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The role.
    #[arg(long, value_name = "NAME")]
    pub(crate) role: String,
    /// An existing instance; without it one is made for the run.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: Option<String>,
    /// The user to become, where you are root.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// CMD is a QEMU: its machine gets the instance's network card, lease and DMI data.
    #[arg(long, conflicts_with = "user")]
    pub(crate) machine: bool,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// Run a command inside an existing instance.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The instance.
    #[arg(value_name = "INSTANCE")]
    pub(crate) instance: String,
    /// The user to become, where you are root.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// CMD is a QEMU: its machine gets the instance's network card, lease and DMI data. While
    /// it runs, other commands have no network in the instance.
    #[arg(long, conflicts_with = "user")]
    pub(crate) machine: bool,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// Bind an instance to a network namespace that there is, such as a container's, until this command
/// ends. The namespace gets the instance's eth0, so it must have none; its programs find the
/// metadata service, and with the name servers 100.100.2.136 and 100.100.2.138 the cloud. Needs
/// root.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The instance.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: String,
    /// Which namespace, or whether the instance leaves the one that it is in.
    #[command(flatten)]
    pub(crate) namespace: Namespace,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Which namespace, or whether the instance leaves the one that it is in.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Namespace {
    /// The namespace of this file, such as /run/netns/NAME.
    #[arg(long, value_name = "PATH")]
    pub(crate) netns: Option<PathBuf>,
    /// The namespace of this process.
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// Release the instance, whichever command has it bound.
    #[arg(long)]
    pub(crate) release: bool,
}

/// Move the clock of a running server forward.
#[derive(Debug, Args)]
pub(crate) struct Clock {
    /// By how many seconds.
    #[arg(value_name = "SECONDS")]
    pub(crate) advance_seconds: u32,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// List or revoke sessions of roles.
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// List the sessions that are good now.
    List(ListSessions),
    /// Take sessions back: their next request is refused.
    Revoke(RevokeSessions),
}

/// List the sessions that are good now.
#[derive(Debug, Args)]
pub(crate) struct ListSessions {
    /// Only sessions of this role.
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// Only sessions of this instance.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: Option<String>,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Take sessions back.
#[derive(Debug, Args)]
pub(crate) struct RevokeSessions {
    /// Whose sessions.
    #[command(flatten)]
    pub(crate) whose: Revoked,
    /// Only sessions made before this instant, as 2015-01-23T12:33:18Z; now where nothing is said.
    #[arg(long, value_name = "TIME", conflicts_with = "session")]
    pub(crate) issued_before: Option<String>,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Whose sessions are taken back.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Revoked {
    /// One session, by its id.
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// The sessions of a role.
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// The sessions of an instance.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: Option<String>,
    /// Every session of the account.
    #[arg(long, requires = "issued_before")]
    pub(crate) all: bool,
}

/// Say why a call was denied.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// An `EncodedDiagnosticMessage`, a request id, an answer that denied a call, or a line of the
    /// audit trail; `-` reads it from standard input.
    #[arg(value_name = "DENIAL")]
    pub(crate) denial: String,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Decide beforehand what a caller may do.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// A file of cases, in YAML or JSON: a list of `principal`, `action`, `resource`, `context` and
    /// what to `expect`.
    #[arg(
        value_name = "FILE",
        required_unless_present = "principal",
        conflicts_with = "principal"
    )]
    pub(crate) cases: Option<PathBuf>,
    /// Who asks: user/NAME, role/NAME, root or anonymous, or such a name in full.
    #[arg(long, value_name = "WHO", requires = "action", requires = "resource")]
    pub(crate) principal: Option<String>,
    /// The action, such as oss:GetObject.
    #[arg(long, value_name = "ACTION", requires = "principal")]
    pub(crate) action: Option<String>,
    /// The resource, such as acs:oss:*:*:bucket/key, or *.
    #[arg(long, value_name = "NAME", requires = "principal")]
    pub(crate) resource: Option<String>,
    /// A condition key of the request and its value; again for more.
    #[arg(long, value_name = "KEY=VALUE", requires = "principal")]
    pub(crate) context: Vec<String>,
    /// A file with the policy that the session of a role is made with.
    #[arg(long, value_name = "FILE", requires = "principal")]
    pub(crate) session_policy: Option<PathBuf>,
    /// A file with the policy of the bucket that the action is about.
    #[arg(long, value_name = "FILE", requires = "principal")]
    pub(crate) bucket_policy: Option<PathBuf>,
    /// Where to write what became of the cases, as the XML of `JUnit`.
    #[arg(long, value_name = "FILE", requires = "cases", conflicts_with = "principal")]
    pub(crate) junit: Option<PathBuf>,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Show or change the control policy.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlPolicy {
    /// Print it.
    Get(Data),
    /// Bound the account by the policy in a file, from the next request on.
    Set(SetControlPolicy),
    /// Take it away.
    Clear(Data),
}

/// Bound the account by a policy.
#[derive(Debug, Args)]
pub(crate) struct SetControlPolicy {
    /// The file with the policy.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Let requests of applications meet faults.
#[derive(Debug, Subcommand)]
pub(crate) enum Faults {
    /// Add a fault, behind those that are there.
    Add(AddFault),
    /// List the faults and what is left of each.
    List(Data),
    /// Take all faults away.
    Clear(Data),
}

/// Add a fault.
#[derive(Debug, Args)]
pub(crate) struct AddFault {
    /// The service whose requests are struck.
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub(crate) service: Faulty,
    /// latency=250ms, status=503, throttle, reset, half-body, malformed-json or expired.
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Fault,
    /// Only this: an operation of STS; of metadata credentials, token, or what the path begins with
    /// below the version.
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only requests from inside this instance.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: Option<String>,
    /// How many requests are struck; without it there is no end.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) count: Option<u32>,
    /// How likely a request is struck, above 0 and at most 1.
    #[arg(long, default_value_t = 1.0, value_name = "NUMBER")]
    pub(crate) probability: f64,
    /// What the dice begin with: the same seed strikes the same requests.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Show what a running server is.
#[derive(Debug, Args)]
pub(crate) struct ShowStatus {
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Tell the main story on real services.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Keep the data here instead of in a folder that is removed.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// The demo's program inside an instance; it takes its orders on standard input.
#[derive(Debug, Args)]
pub(crate) struct DemoReader {}

/// Walk from the server to a call with a role's credentials, and name the broken link.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The instance to look at; without it, whether this machine can make one.
    #[arg(long, value_name = "ID")]
    pub(crate) instance: Option<String>,
    /// An action that the instance's role is to be allowed, such as oss:GetObject.
    #[arg(long, value_name = "ACTION", requires = "instance", requires = "resource")]
    pub(crate) action: Option<String>,
    /// Its resource, such as acs:oss:*:*:bucket/key, or *.
    #[arg(long, value_name = "ARN", requires = "action")]
    pub(crate) resource: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the data is.
    #[command(flatten)]
    pub(crate) data: Data,
}

/// What the doctor looks at from inside an instance; it answers with JSON.
#[derive(Debug, Args)]
pub(crate) struct DoctorInside {}
