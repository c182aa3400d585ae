//! Who verifies what identity providers say, as the operator set it up.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rolecall_http::Outward;
use rolecall_identity::{PinnedKeys, Verifier};
use rolecall_types::Timestamp;

use crate::cli::Issuers;
use crate::failure::Failure;

/// The longest file of keys, in bytes; limit ours.
const MAX_KEYS_FILE: u64 = 256 * 1024;

/// A verifier with the networks and the keys that were given.
pub(crate) fn verifier(issuers: &Issuers, now: Timestamp) -> Result<Arc<Verifier>, Failure> {
    let mut pinned = PinnedKeys::default();
    for given in &issuers.keys {
        // An issuer's URL has no `=`, and a file's name may have some.
        let (issuer, file) = given
            .split_once('=')
            .filter(|(issuer, file)| issuer.contains("://") && !file.is_empty())
            .ok_or_else(|| Failure::Seed {
                name: "--issuer-keys",
                value: given.clone(),
                rule: "write ISSUER=FILE, such as https://idp.example.com=keys.json",
            })?;
        let text = read(Path::new(file))?;
        pinned.pin(issuer, &text).map_err(Failure::IssuerKeys)?;
    }
    let outward = Arc::new(Outward::new(issuers.networks.clone()));
    Ok(Arc::new(Verifier::new(outward, pinned, now)))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |source| Failure::Folder { attempted: "read", path: file.to_owned(), source };
    let length = fs::metadata(file).map_err(fail)?.len();
    if length > MAX_KEYS_FILE {
        return Err(fail(std::io::ErrorKind::FileTooLarge.into()));
    }
    fs::read(file).map_err(fail)
}
