//! The processes that make the fabric's namespaces and keep an instance's as long as the server
//! lives.
//!
//! Only a process of one thread can enter a user namespace, and the server has many; so it starts
//! its own program again with the hidden subcommand `fabric-holder`, whose standard input is one
//! end of a pair of sockets, on which it gets an order:
//!
//! - the network of a VPC (`vpc`) is made, handed over, and kept by the server itself;
//! - an instance's wire (`wire`) is made and kept by a process that waits for the other end to
//!   close, as it does when the server dies, and ends then what runs inside;
//! - the instance's own namespaces (`inside`) are made for the wire's keeper, and held for those
//!   who enter.

mod inside;
pub(crate) mod links;
mod rules;
mod vpc;
mod wire;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;

use nix::libc;

use crate::advice;
use crate::handover::{self, Order, Report};

pub(crate) use wire::{ETH0, UPLINK, WIRE, set_up_eth0};

/// The hidden subcommand that the binary gives to [`main`].
pub const SUBCOMMAND: &str = "fabric-holder";

/// The body of the hidden subcommand [`SUBCOMMAND`]; returns when the server has gone.
///
/// The binary must call it first of all: before it starts a thread or a runtime, and before it
/// opens a file, since every descriptor above the standard ones is closed here.
pub fn main() -> ExitCode {
    close_foreign_descriptors();
    match hold(io::stdin().as_fd()) {
        Ok(()) => ExitCode::SUCCESS,
        // There is nobody left to tell: the server has gone, or was never there.
        Err(_) => ExitCode::FAILURE,
    }
}

/// A step that failed.
#[derive(Debug)]
enum Failure {
    /// Here.
    Step { step: &'static str, source: io::Error },
    /// In a process that we started.
    Reported { step: String, reason: String, advice: String },
}

/// Names the step in which an error happened.
trait Step<T> {
    fn step(self, step: &'static str) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, Failure> {
        self.map_err(|error| Failure::Step { step, source: error.into() })
    }
}

fn hold(server: BorrowedFd<'_>) -> io::Result<()> {
    match handover::receive::<Order>(server)? {
        None => Ok(()),
        Some((Order::Network(block), descriptors)) => vpc::keep(server, block, descriptors.first()),
        Some((Order::Wire(order), descriptors)) => wire::keep(server, &order, descriptors),
        Some((Order::Inside(order), _)) => {
            tell(server, inside::make(&order).map(|()| Vec::new()))?;
            while handover::receive::<serde_json::Value>(server)?.is_some() {}
            Ok(())
        }
    }
}

/// Reports how an order went, with the descriptors that it made.
fn tell(server: BorrowedFd<'_>, done: Result<Vec<OwnedFd>, Failure>) -> io::Result<()> {
    let (report, descriptors) = match done {
        Ok(descriptors) => (Report::Ready { inside: None }, descriptors),
        Err(Failure::Step { step, source }) => {
            let advice = advice::after(&source);
            let step = step.to_owned();
            (Report::Failed { step, reason: source.to_string(), advice }, Vec::new())
        }
        Err(Failure::Reported { step, reason, advice }) => {
            (Report::Failed { step, reason, advice }, Vec::new())
        }
    };
    handover::send(server, &report, &descriptors)
}

/// Closes what the server inherited without knowing, such as its shell's descriptors: a holder
/// lives long and must keep nothing alive but its namespaces.
#[expect(unsafe_code, reason = "neither std nor nix closes a range of descriptors")]
fn close_foreign_descriptors() {
    let first = libc::STDERR_FILENO.unsigned_abs() + 1;
    // SAFETY: `main` is called before anything was opened, so no owner in this process holds a
    // descriptor of this range. The call reads its arguments only. It fails on Linux before 5.9,
    // where foreign descriptors then stay open.
    let _done = unsafe { libc::close_range(first, libc::c_uint::MAX, 0) };
}
