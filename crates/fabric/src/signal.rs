//! Ending as a command ended.

use std::io;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

/// Ends this process by a signal, whatever it does with that signal otherwise: so the parent of one
/// that waited for a command sees how the command ended. Returns where the signal ends nobody.
///
/// Fails with `EINVAL` for a number that is no signal, and for those that cannot be handled.
#[expect(unsafe_code, reason = "neither std nor nix resets a signal without it")]
pub fn end_by_signal(number: i32) -> io::Result<()> {
    let signal = Signal::try_from(number)?;
    if !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP) {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the default action runs no code of ours, so there is no handler that could be
        // unsafe to run in a signal's context.
        unsafe { sigaction(signal, &default) }?;
    }
    raise(signal)?;
    Ok(())
}
