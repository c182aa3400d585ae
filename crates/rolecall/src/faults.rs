//! Fault plans: what befalls requests of a development server, so that applications can be tested
//! against a cloud on a bad day.
//!
//! ```text
//! rolecall faults add ─ control socket ─ FaultPlan ┬ FaultyMetadata ─ MetadataService(i)
//!                                                  └ Router ─ Intercept ─ Gate (STS alone)
//! ```
//!
//! `rolecall dev` makes a plan, and nothing else does: a server that was given none has no place
//! where a fault could strike. No rule changes a decision or makes credentials last longer.

mod plan;
mod rule;
mod services;
mod spoil;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitCode;

use rolecall_types::InstanceId;

pub(crate) use plan::{FaultPlan, RuleState};
pub(crate) use rule::{Fault, Faulty, Rule};
pub(crate) use services::FaultyMetadata;

use crate::cli::{AddFault, Data};
use crate::control::{self, Faults, Request, Response};
use crate::failure::Failure;
use crate::folder;

/// Adds a rule.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn add(arguments: &AddFault) -> Result<ExitCode, Failure> {
    let instance = match &arguments.instance {
        None => None,
        Some(id) => Some(InstanceId::parse(id).ok_or_else(|| {
            Failure::Question(format!("`{id}` is no id of an instance; one is like i-bp1…"))
        })?),
    };
    let rule = Rule {
        service: arguments.service,
        instance,
        action: arguments.action.clone(),
        fault: arguments.fault,
        count: arguments.count,
        probability: arguments.probability,
        seed: arguments.seed,
    };
    // Which operations STS has, the server knows.
    rule.check(|_| true).map_err(|error| Failure::Question(error.to_string()))?;
    for state in ask(&arguments.data, Faults::Add(rule))? {
        println!("{}", line(&state));
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists the rules.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn list(data: &Data) -> Result<ExitCode, Failure> {
    let rules = ask(data, Faults::List)?;
    if rules.is_empty() {
        println!("there is no fault; add one: rolecall faults add");
    }
    for state in &rules {
        println!("{}", line(state));
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes all rules away.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn clear(data: &Data) -> Result<ExitCode, Failure> {
    ask(data, Faults::Clear)?;
    println!("no fault strikes any more");
    Ok(ExitCode::SUCCESS)
}

/// A rule and what has become of it, for a person.
pub(crate) fn line(state: &RuleState) -> String {
    let RuleState { number, rule, struck, left } = state;
    let mut line = format!("{number}: {} {}", rule.service, rule.fault);
    if let Some(action) = &rule.action {
        let _ = write!(line, ", action {action}");
    }
    if let Some(instance) = &rule.instance {
        let _ = write!(line, ", instance {instance}");
    }
    if rule.probability < 1.0 {
        let _ = write!(line, ", probability {} with seed {}", rule.probability, rule.seed);
    }
    let _ = write!(line, ": struck {struck}");
    let _ = match left {
        None => write!(line, ", no end"),
        Some(0) => write!(line, ", used up"),
        Some(left) => write!(line, ", {left} left"),
    };
    line
}

fn ask(data: &Data, wanted: Faults) -> Result<Vec<RuleState>, Failure> {
    match control::ask(&folder::locate(data)?, &Request::Faults(wanted))? {
        Response::Faults(rules) => Ok(rules),
        other => Err(control::unexpected(&other)),
    }
}
