//! The server's end of the control socket.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rolecall_api::{ApiError, Product, code};
use rolecall_fabric::HolderRef;
use rolecall_gate::Gate;
use rolecall_types::{AccountId, InstanceId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::control::{Request, Response, Status, socket_path};
use crate::fleet::Fleet;
use crate::local::MovableClock;

/// The longest request, in bytes.
const MAX_REQUEST_BYTES: u64 = 1 << 20;

/// What the control socket can reach.
pub(crate) struct Desk {
    /// The road of calls.
    pub(crate) gate: Arc<Gate>,
    /// The account whose data folder this is.
    pub(crate) account: AccountId,
    /// The instances that are real here.
    pub(crate) fleet: Arc<Fleet>,
    /// The clock.
    pub(crate) clock: Arc<MovableClock>,
    /// How to reach the server.
    pub(crate) status: Status,
}

/// Listens in the data folder. A socket that an earlier server left is replaced: the store's lock
/// has shown already that nobody else serves this folder.
pub(crate) fn listen(folder: &Path) -> io::Result<UnixListener> {
    let path = socket_path(folder);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers the owner's command line until the socket fails.
pub(crate) async fn serve(listener: UnixListener, desk: Arc<Desk>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    // The command line sees a broken conversation itself.
                    let _ = converse(stream, &desk).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept on the control socket");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, desk: &Desk) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    if peer != nix::unistd::geteuid().as_raw() && peer != 0 {
        return Ok(());
    }
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(MAX_REQUEST_BYTES)).read_line(&mut line).await?;
    let response = match serde_json::from_str(&line) {
        Ok(request) => answer(desk, request).await,
        Err(error) => Response::Refused {
            code: "InvalidRequest".to_owned(),
            message: format!("the request cannot be read: {error}; are both of one version?"),
        },
    };
    let mut text = serde_json::to_string(&response)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

async fn answer(desk: &Desk, request: Request) -> Response {
    let answered = match request {
        Request::Call { product, action, parameters } => {
            call(desk, &product, &action, parameters).await
        }
        Request::Enter { instance } => {
            enter(desk, &instance).await.map(|holder| Response::Holder(holder.into()))
        }
        Request::AdvanceClock { seconds } => desk
            .clock
            .advance(seconds)
            .await
            .map(Response::Clock)
            .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error)),
        Request::Status => Ok(Response::Status(desk.status.clone())),
    };
    answered.unwrap_or_else(|error| {
        if let Some(cause) = error.cause() {
            tracing::warn!(code = error.name(), %cause, "a request of the command line failed");
        }
        Response::Refused { code: error.name(), message: error.message() }
    })
}

async fn call(
    desk: &Desk,
    product: &str,
    action: &str,
    parameters: Vec<(String, String)>,
) -> Result<Response, ApiError> {
    let product = Product::ALL
        .iter()
        .find(|known| known.name() == product)
        .ok_or_else(|| ApiError::new(&code::INVALID_PRODUCT_NOT_FOUND))?;
    let reply = desk.gate.call_as_operator(&desk.account, *product, action, parameters).await?;
    Ok(Response::Reply(reply))
}

async fn enter(desk: &Desk, instance: &str) -> Result<HolderRef, ApiError> {
    match InstanceId::parse(instance) {
        Some(id) => desk.fleet.enter(&id).await,
        None => Err(Fleet::unknown(instance)),
    }
}
