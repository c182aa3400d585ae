//! A rule of a fault plan: which requests it is about, and what befalls them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rolecall_metadata::{Kind, Place};
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

/// The longest latency: longer than any client of the vendor's waits.
const MAX_LATENCY: Duration = Duration::from_mins(10);
/// The operations of STS whose replies hold credentials.
const HAND_OUT: &[&str] = &["AssumeRole", "AssumeRoleWithOIDC", "AssumeRoleWithSAML"];
/// What the paths of the metadata service begin with below the version.
const ITEMS: &[&str] = &["api/", "dynamic/", "maintenance/", "meta-data/", "user-data"];
/// Where credentials stand, below the version.
const CREDENTIALS: &str = "meta-data/ram/security-credentials/";
/// Where texts in JSON stand, below the version.
const JSON: &[&str] = &[
    CREDENTIALS,
    "dynamic/instance-identity/document",
    "maintenance/active-system-events",
    "meta-data/all",
];

/// A service that faults can befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Faulty {
    /// The metadata service inside instances.
    Metadata,
    /// The security token service.
    Sts,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metadata => "metadata",
            Self::Sts => "sts",
        })
    }
}

/// What befalls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Fault {
    /// It waits so long, and goes on.
    Latency(Duration),
    /// It is not carried out: this status, 500 to 599.
    Status(u16),
    /// It is not carried out: status 429.
    Throttle,
    /// It is not carried out: the connection is reset.
    Reset,
    /// Half of the answer's body comes, and the connection closes.
    HalfBody,
    /// The answer's body is cut in two, its length that of the half.
    MalformedJson,
    /// The credentials in the answer are over.
    Expired,
}

impl Fault {
    /// Whether the request is not carried out.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, Self::Status(_) | Self::Throttle | Self::Reset)
    }
}

impl FromStr for Fault {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let unknown = || RuleError::Fault(text.to_owned());
        match text.split_once('=') {
            Some(("latency", time)) => latency(time).map(Self::Latency),
            Some(("status", status)) => {
                let status = status.parse().ok().filter(|status| (500..600).contains(status));
                status.map(Self::Status)
            }
            Some(_) => None,
            None => match text {
                "throttle" => Some(Self::Throttle),
                "reset" => Some(Self::Reset),
                "half-body" => Some(Self::HalfBody),
                "malformed-json" => Some(Self::MalformedJson),
                "expired" => Some(Self::Expired),
                _ => None,
            },
        }
        .ok_or_else(unknown)
    }
}

/// A time such as `2s` or `250ms`.
fn latency(text: &str) -> Option<Duration> {
    let time = match text.strip_suffix("ms") {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s')?.parse().ok()?),
    };
    (!time.is_zero() && time <= MAX_LATENCY).then_some(time)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(time) => write!(f, "latency={}ms", time.as_millis()),
            Self::Status(status) => write!(f, "status={status}"),
            Self::Throttle => f.write_str("throttle"),
            Self::Reset => f.write_str("reset"),
            Self::HalfBody => f.write_str("half-body"),
            Self::MalformedJson => f.write_str("malformed-json"),
            Self::Expired => f.write_str("expired"),
        }
    }
}

impl TryFrom<String> for Fault {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        text.parse()
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.to_string()
    }
}

/// A rule of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The service.
    pub(crate) service: Faulty,
    /// Only requests of this instance.
    pub(crate) instance: Option<InstanceId>,
    /// Only requests of this action. Of STS it is an operation; of the metadata service it is
    /// `credentials`, `token`, or what the path begins with below the version.
    pub(crate) action: Option<String>,
    /// What befalls them.
    pub(crate) fault: Fault,
    /// After so many strikes the rule is used up.
    pub(crate) count: Option<u32>,
    /// How likely each of them is struck: above 0, at most 1.
    pub(crate) probability: f64,
    /// What the dice begin with: the same seed and the same requests give the same strikes.
    pub(crate) seed: u64,
}

/// A rule that cannot be kept. Each says what can be.
#[derive(Debug, thiserror::Error, PartialEq)]
pub(crate) enum RuleError {
    /// The fault is none.
    #[error(
        "`{0}` is no fault; say latency=250ms (at most 600s), status=503 (500 to 599), throttle, \
         reset, half-body, malformed-json or expired"
    )]
    Fault(String),
    /// It would strike never.
    #[error("a probability of {0} is none; say one above 0 and at most 1")]
    Probability(f64),
    /// It would be used up from the start.
    #[error("a rule must strike once at least; leave --count out for one that is never used up")]
    Count,
    /// The metadata service has no such item.
    #[error(
        "`{0}` is no item of the metadata service; say credentials, token, or what the path begins \
         with below the version, such as meta-data/instance-id"
    )]
    Item(String),
    /// STS has no such operation.
    #[error("`{0}` is no operation of STS that is served; say one such as AssumeRole")]
    Operation(String),
    /// The answer holds no credentials.
    #[error(
        "`{0}` hands out no credentials that could be expired; leave --action out, or name one that \
         does"
    )]
    NoCredentials(String),
    /// The answer is no JSON.
    #[error("the answer to `{0}` is no JSON that could be malformed; say half-body, for one")]
    NoJson(String),
}

/// A request, as far as rules look at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The instance that it comes from.
    pub(crate) instance: Option<&'a InstanceId>,
    /// What it asks for.
    pub(crate) target: Target<'a>,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// An item of the metadata service.
    Metadata(Place<'a>),
    /// An operation of STS.
    Sts(&'a str),
}

impl Rule {
    /// Whether the rule can be kept. `serves` knows the operations of STS.
    pub(crate) fn check(&self, serves: impl Fn(&str) -> bool) -> Result<(), RuleError> {
        if !(self.probability > 0.0 && self.probability <= 1.0) {
            return Err(RuleError::Probability(self.probability));
        }
        if self.count == Some(0) {
            return Err(RuleError::Count);
        }
        match self.action.as_deref() {
            None => Ok(()),
            Some("") => Err(RuleError::Item(String::new())),
            Some(action) => self.check_action(action, serves),
        }
    }

    /// Whether requests of an action can be struck by the fault.
    fn check_action(&self, action: &str, serves: impl Fn(&str) -> bool) -> Result<(), RuleError> {
        let among = |items: &[&str]| {
            items.iter().any(|item| begins_with(item, action) || begins_with(action, item))
        };
        let named = |error: fn(String) -> RuleError| Err(error(action.to_owned()));
        let (hands_out, json) = match self.service {
            Faulty::Sts if !serves(action) => return named(RuleError::Operation),
            Faulty::Sts => (HAND_OUT.contains(&action), true),
            Faulty::Metadata => match action {
                "credentials" => (true, true),
                "token" => (false, false),
                _ if !among(ITEMS) => return named(RuleError::Item),
                _ => (among(&[CREDENTIALS]), among(JSON)),
            },
        };
        match self.fault {
            Fault::Expired if !hands_out => named(RuleError::NoCredentials),
            Fault::MalformedJson if !json => named(RuleError::NoJson),
            _ => Ok(()),
        }
    }

    /// Whether the rule is about a request.
    pub(crate) fn is_about(&self, asked: &Asked<'_>) -> bool {
        if self.instance.is_some() && self.instance.as_ref() != asked.instance {
            return false;
        }
        let action = self.action.as_deref();
        match (self.service, asked.target) {
            (Faulty::Sts, Target::Sts(operation)) => {
                action.is_none_or(|action| action == operation)
                    && (self.fault != Fault::Expired || HAND_OUT.contains(&operation))
            }
            (Faulty::Metadata, Target::Metadata(place)) => {
                let named = match action {
                    None => true,
                    Some("credentials") => place.kind == Kind::Credentials,
                    Some("token") => place.kind == Kind::Token,
                    Some(begin) => begins_with(place.item, begin),
                };
                let fits = match self.fault {
                    Fault::Expired => place.kind == Kind::Credentials,
                    Fault::MalformedJson => matches!(place.kind, Kind::Credentials | Kind::Json),
                    _ => true,
                };
                named && fits
            }
            (Faulty::Sts, Target::Metadata(_)) | (Faulty::Metadata, Target::Sts(_)) => false,
        }
    }
}

/// Whether a path begins so; the metadata service knows no case.
fn begins_with(path: &str, begin: &str) -> bool {
    path.get(..begin.len()).is_some_and(|same| same.eq_ignore_ascii_case(begin))
}
