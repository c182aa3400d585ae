//! `adopt`: instances in network namespaces of others, such as containers'.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::Adopt;
use crate::control::{Request, Response, ask, ask_and_hold, unexpected};
use crate::failure::Failure;
use crate::folder;

/// Binds an instance to a namespace and waits until it is released, or releases it.
#[expect(clippy::print_stdout, reason = "the answer to the person who asked")]
pub(crate) fn adopt(arguments: &Adopt) -> Result<ExitCode, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let instance = arguments.instance.clone();
    let Some(namespace) = namespace(arguments)? else {
        return match ask(&folder, &Request::Release { instance })? {
            Response::Released => Ok(ExitCode::SUCCESS),
            other => Err(unexpected(&other)),
        };
    };
    let place = namespace.display().to_string();
    let request = Request::Adopt { instance: instance.clone(), namespace };
    ask_and_hold(&folder, &request, |_| {
        println!("{instance} is in {place} until this command ends");
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The file of the namespace; `None` where the instance is to be released.
fn namespace(arguments: &Adopt) -> Result<Option<PathBuf>, Failure> {
    let named = &arguments.namespace;
    if let Some(pid) = named.pid {
        return Ok(Some(PathBuf::from(format!("/proc/{pid}/ns/net"))));
    }
    let Some(path) = &named.netns else { return Ok(None) };
    // The server has another working folder.
    let path = std::path::absolute(path).map_err(|source| Failure::System {
        attempted: "find the file of the namespace",
        source,
    })?;
    Ok(Some(path))
}
