//! The binary: configuration, assembly, command line.
//!
//! ```text
//! main ─ cli ─┬ dev   ─ server ─ everything below, put together
//!             ├ run   ─ control socket ─ exec in a child
//!             ├ exec  ─ control socket ─ fabric::exec
//!             ├ adopt ─ control socket, as long as the instance is bound
//!             ├ clock, sessions, explain, simulate ─ control socket
//!             ├ control-policy, faults, status ─ control socket
//!             ├ doctor ─ control socket, and itself inside the instance
//!             └ demo  ─ server in this process, programs in instances
//! ```

mod adopt;
mod audit;
mod balance;
mod callbacks;
mod cli;
mod client;
mod control;
mod control_policy;
mod demo;
mod doctor;
mod explain;
mod failure;
mod faults;
mod fleet;
mod folder;
mod issuers;
mod local;
pub mod reference;
mod routes;
mod run;
mod scrub;
mod server;
mod sessions;
mod simulate;
mod socket;
mod status;
mod surroundings;
mod tls;
mod uses;

use std::process::ExitCode;

use clap::Parser;
use rolecall_fabric::holder;

use crate::cli::{Cli, Clock, Command};
use crate::control::{Request, Response};
use crate::failure::Failure;

/// The exit status of wrong use; clap's own.
const WRONG_USE: u8 = 2;

/// Everything that the program does, from its arguments to its exit status: 0 done, 1 failed,
/// 2 wrong use; `run` and `exec` end as their command does, and `simulate` with 3 where the answer
/// is a denial, or not the one that was expected.
pub fn main() -> ExitCode {
    // The holder of an instance is this program too, and must not start a thread before it has
    // its namespaces.
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == holder::SUBCOMMAND => return holder::main(),
        _ => {}
    }
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => {
            // It prints help to standard output and faults to standard error.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(WRONG_USE) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(command) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Exec(arguments) => match run::exec_in(arguments)? {},
        Command::Run(arguments) => {
            let status = single_threaded()?.block_on(run::run(arguments))?;
            Ok(run::end_like(status))
        }
        Command::Adopt(arguments) => adopt::adopt(&arguments),
        Command::Clock(arguments) => advance_clock(&arguments),
        Command::Sessions(cli::Sessions::List(arguments)) => sessions::list(&arguments),
        Command::Sessions(cli::Sessions::Revoke(arguments)) => sessions::revoke(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::ControlPolicy(cli::ControlPolicy::Get(data)) => control_policy::get(&data),
        Command::ControlPolicy(cli::ControlPolicy::Set(arguments)) => {
            control_policy::set(&arguments)
        }
        Command::ControlPolicy(cli::ControlPolicy::Clear(data)) => control_policy::clear(&data),
        Command::Faults(cli::Faults::Add(arguments)) => faults::add(&arguments),
        Command::Faults(cli::Faults::List(data)) => faults::list(&data),
        Command::Faults(cli::Faults::Clear(data)) => faults::clear(&data),
        Command::Status(arguments) => status::show(&arguments),
        Command::Scrub(data) => scrub::scrub(&data),
        Command::Dev(arguments) => {
            log();
            many_threads()?.block_on(server::dev(arguments))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(arguments) => many_threads()?.block_on(demo::tell(arguments)),
        Command::DemoReader(arguments) => demo::reader(&arguments),
        Command::Doctor(arguments) => single_threaded()?.block_on(doctor::examine(arguments)),
        Command::DoctorInside(arguments) => doctor::look_inside(&arguments),
    }
}

#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
fn advance_clock(arguments: &Clock) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let request = Request::AdvanceClock { seconds: arguments.advance_seconds };
    match control::ask(&folder, &request)? {
        Response::Clock(offset) => {
            println!("the clock is {offset} seconds ahead");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(control::unexpected(&other)),
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own voice")]
fn complain(error: &Failure) {
    eprintln!("rolecall: {}", rolecall_types::explain(error));
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ROLECALL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

fn single_threaded() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(no_runtime)
}

fn many_threads() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(no_runtime)
}

fn no_runtime(source: std::io::Error) -> Failure {
    Failure::System { attempted: "start the runtime", source }
}
