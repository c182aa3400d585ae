//! Rules of nftables, set by its own program: no library that we may use speaks to the kernel's.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

/// Lets `nft` read a file of rules, all of which hold afterwards, or none.
pub(super) fn apply(nft: &Path, rules: OwnedFd) -> io::Result<()> {
    let output = Command::new(nft).args(["-f", "-"]).env_clear().stdin(rules).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.lines().next().unwrap_or("it gave no reason");
    Err(io::Error::other(format!("nft: {reason}")))
}
