//! `rolecall doctor`: walks the chain from the server to a call with a role's credentials, link by
//! link, and says of the broken one what to do about it.
//!
//! ```text
//! server ─ fabric ┬ dns ─ ca          seen from inside the instance,
//!        │        └ metadata ┐        by this program
//!        └ role ┬────────────┴ trust ─ target
//!               └ policy
//! ```
//!
//! Without an instance it makes one on a server of its own that leaves nothing behind: whether the
//! machine can make instances at all does not depend on anybody's data.

mod chain;
mod inside;
mod next;

use std::path::Path;
use std::process::{Command, ExitCode};

use rolecall_gate::{Question, Simulation};

use self::chain::{Broken, Chain, Link};
use self::inside::{Inside, Seen};
use self::next::Place;
use crate::cli::{Doctor, DoctorInside};
use crate::control::{self, Instance, Request, Response, Status, call, socket_path};
use crate::failure::Failure;
use crate::{folder, run};

/// Why a link is passed by where no instance is named.
const NO_INSTANCE: &str = "name an instance: --instance ID";
/// Why no policy is looked at.
const NO_ACTION: &str = "name what is to be allowed: --action ACTION --resource ARN";

/// What was seen of one link.
type Part = fn(&Inside) -> &Seen;

/// The part of it that runs inside an instance.
pub(crate) fn look_inside(_: &DoctorInside) -> Result<ExitCode, Failure> {
    inside::work()
}

/// Looks at every link, prints what was found, and fails where a link is broken.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) async fn examine(arguments: Doctor) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let mut chain = Chain::default();
    let status = server(&mut chain, &folder);
    match &arguments.instance {
        Some(instance) => {
            let place = Place { folder: &folder, instance, status };
            walk(&mut chain, &place, &arguments);
        }
        None => machine(&mut chain).await?,
    }
    let whole = chain.is_whole();
    if arguments.json {
        let broken = |error: serde_json::Error| Failure::Conversation(error.into());
        println!("{}", serde_json::to_string_pretty(&chain).map_err(broken)?);
    } else {
        print!("{chain}");
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the server answers, and how to reach it.
fn server(chain: &mut Chain, folder: &Path) -> Option<Status> {
    let answer = control::ask(folder, &Request::Status).and_then(|answer| match answer {
        Response::Status(status) => Ok(status),
        other => Err(control::unexpected(&other)),
    });
    let (status, result) = match answer {
        Ok(status) => {
            let seen = format!("account {} at {}", status.account_id, status.endpoint);
            (Some(status), Ok(seen))
        }
        Err(failure) => {
            let seen = match failure {
                Failure::NoServer { source, .. } => {
                    format!("nothing answers at {}: {source}", socket_path(folder).display())
                }
                other => words(&other),
            };
            (None, Err(Broken { seen, next: next::server(folder) }))
        }
    };
    chain.look(Link::Server, &[], || result);
    status
}

/// Looks at the links of an instance.
fn walk(chain: &mut Chain, place: &Place<'_>, arguments: &Doctor) {
    let known = place.status.as_ref().map(|_| instance(place));
    let (mut seen, record) = (None, known.as_ref().and_then(|known| known.as_ref().ok()));
    chain.look(Link::Fabric, &[Link::Server], || {
        seen = Some(fabric(place, known.as_ref())?);
        Ok(format!("{} runs and can be entered", place.instance))
    });
    from_inside(chain, seen.as_ref(), |link| match link {
        Link::Metadata if record.is_some_and(|record| !record.metadata_enabled) => {
            place.api("ecs", "ModifyInstanceMetadataOptions", "--HttpEndpoint enabled")
        }
        _ => place.restart(),
    });
    let Some(record) = record else {
        for link in [Link::Role, Link::Trust, Link::Policy, Link::Target] {
            chain.skip(link, "there is no instance to look at");
        }
        return;
    };
    chain.look(Link::Role, &[Link::Server], || role(place, record));
    let role = record.role.as_deref().unwrap_or_default();
    let told = |part: Part, next: String| {
        let part = seen.as_ref().map_or_else(nothing, |seen| part(seen).clone());
        part.map_err(|seen| Broken { seen, next })
    };
    let hangs_on = [Link::Metadata, Link::Role];
    chain.look(Link::Trust, &hangs_on, || told(|seen| &seen.trust, place.trust(role)));
    match (&arguments.action, &arguments.resource) {
        (Some(action), Some(resource)) => {
            chain.look(Link::Policy, &[Link::Role], || {
                policy(place, record, action.clone(), resource.clone())
            });
        }
        _ => chain.skip(Link::Policy, NO_ACTION),
    }
    let hangs_on = [Link::Dns, Link::Trust];
    chain.look(Link::Target, &hangs_on, || told(|seen| &seen.target, place.sessions()));
}

/// Looks at what is seen from inside, whatever the instance is.
fn from_inside(chain: &mut Chain, seen: Option<&Inside>, next: impl Fn(Link) -> String) {
    let parts: [(Link, Link, Part); 3] = [
        (Link::Dns, Link::Fabric, |seen| &seen.dns),
        (Link::Ca, Link::Dns, |seen| &seen.ca),
        (Link::Metadata, Link::Fabric, |seen| &seen.metadata),
    ];
    for (link, hangs_on, part) in parts {
        chain.look(link, &[hangs_on], || {
            let part = seen.map_or_else(nothing, |seen| part(seen).clone());
            part.map_err(|seen| Broken { seen, next: next(link) })
        });
    }
}

fn nothing() -> Seen {
    Err("nothing was seen".to_owned())
}

/// What the server knows of the instance.
fn instance(place: &Place<'_>) -> Result<Instance, Failure> {
    let request = Request::Instance { instance: place.instance.to_owned() };
    match control::ask(place.folder, &request)? {
        Response::Instance(record) => Ok(record),
        other => Err(control::unexpected(&other)),
    }
}

/// Enters the instance, and looks around.
fn fabric(place: &Place<'_>, known: Option<&Result<Instance, Failure>>) -> Result<Inside, Broken> {
    let broken = |seen: String, next: String| Broken { seen, next };
    match known {
        Some(Ok(record)) if !record.in_vpc => {
            let seen = format!("{} is in the classic network", place.instance);
            return Err(broken(seen, next::another_instance()));
        }
        Some(Ok(record)) if record.status != "Running" => {
            let seen = format!("{} is {}", place.instance, record.status);
            return Err(broken(seen, place.api("ecs", "StartInstance", "")));
        }
        Some(Err(failure)) => return Err(broken(words(failure), next::another_instance())),
        _ => {}
    }
    run::enter(place.folder, place.instance)
        .and_then(|_| enter(place.folder, place.instance))
        .map_err(|failure| broken(words(&failure), next::machine()))
}

/// Runs this program inside an instance, and reads what it saw.
fn enter(folder: &Path, instance: &str) -> Result<Inside, Failure> {
    let failed = |source| Failure::System { attempted: "look inside the instance", source };
    let program = run::ourselves()?;
    let mut command = Command::new(&program);
    command.arg("exec").arg("--data").arg(folder).arg(instance).arg("--");
    // The folder of the one who asks may not be there inside.
    let output = command.arg(&program).arg("doctor-inside").current_dir("/").output();
    let output = output.map_err(failed)?;
    let told = serde_json::from_slice(&output.stdout);
    told.map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        Failure::Question(said.trim().trim_start_matches("rolecall: ").to_owned())
    })
}

/// Whether the instance wears a role that exists.
fn role(place: &Place<'_>, record: &Instance) -> Result<String, Broken> {
    let Some(role) = &record.role else {
        let seen = format!("{} wears no role", place.instance);
        return Err(Broken { seen, next: place.wear() });
    };
    let found = call(place.folder, "Ram", "GetRole", &[("RoleName", role)]);
    found.map_err(|failure| Broken { seen: words(&failure), next: place.make_role(role) })?;
    let narrowed = if record.session_policy.is_some() { ", narrowed by a policy" } else { "" };
    Ok(format!("{} wears {role}{narrowed}", place.instance))
}

/// Whether the role, as it is worn, is allowed an action.
fn policy(
    place: &Place<'_>,
    record: &Instance,
    action: String,
    resource: String,
) -> Result<String, Broken> {
    let role = record.role.as_deref().unwrap_or_default();
    let next = place.ask_again(role, &action, &resource, record.session_policy.is_some());
    let question = Question {
        principal: format!("assumed-role/{role}/vm-ram-{}", place.instance),
        action,
        resource,
        context: Vec::new(),
        session_policy: record.session_policy.clone(),
        bucket_policy: None,
    };
    match simulate(place.folder, question) {
        Ok(answer) if answer.is_allowed() => Ok(answer.to_string()),
        Ok(answer) => Err(Broken { seen: answer.to_string(), next }),
        Err(failure) => Err(Broken { seen: words(&failure), next }),
    }
}

fn simulate(folder: &Path, question: Question) -> Result<Simulation, Failure> {
    match control::ask(folder, &Request::Simulate { questions: vec![question] })? {
        Response::Simulated(answers) => match answers.into_iter().next() {
            Some(answer) => answer.map_err(Failure::Question),
            None => Err(Failure::Conversation("no answer to the question".into())),
        },
        other => Err(control::unexpected(&other)),
    }
}

/// Makes an instance on a server of its own, and looks at what needs no role.
async fn machine(chain: &mut Chain) -> Result<(), Failure> {
    let failed = |source| Failure::System { attempted: "make a folder for an instance", source };
    let own = tempfile::tempdir().map_err(failed)?;
    let data = own.path().join("data");
    let looked = match run::start_server(&data).await {
        Ok(mut server) => {
            let looked = try_out(&data);
            run::stop(&mut server).await;
            looked
        }
        Err(failure) => Err(failure),
    };
    let mut seen = None;
    chain.look(Link::Fabric, &[], || match looked {
        Ok(found) => {
            seen = Some(found);
            Ok("this machine makes instances, and they can be entered".to_owned())
        }
        Err(failure) => Err(Broken { seen: words(&failure), next: next::machine() }),
    });
    from_inside(chain, seen.as_ref(), |_| next::machine());
    for link in [Link::Role, Link::Trust, Link::Policy, Link::Target] {
        chain.skip(link, NO_INSTANCE);
    }
    Ok(())
}

fn try_out(data: &Path) -> Result<Inside, Failure> {
    let instance = run::make_instance(data, None)?;
    run::enter(data, &instance)?;
    enter(data, &instance)
}

fn words(failure: &Failure) -> String {
    rolecall_types::explain(failure)
}
