//! The server's end of the control socket.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rolecall_api::{ApiError, Code, Product, code};
use rolecall_fabric::HolderRef;
use rolecall_gate::{Gate, Question, store_error};
use rolecall_identity::{ControlPolicyError, ram, set_control_policy};
use rolecall_oss::{ObjectService, ScrubProgress};
use rolecall_types::{AccountId, InstanceId, explain};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::control::{ControlPolicy, Faults, Report, Request, Response, Status, socket_path};
use crate::faults::FaultPlan;
use crate::fleet::Fleet;
use crate::local::MovableClock;

/// The longest request, in bytes.
const MAX_REQUEST_BYTES: u64 = 1 << 20;

/// How often it is said how far a long request has come.
const PROGRESS: Duration = Duration::from_secs(1);

/// A rule of a fault plan cannot be kept.
const INVALID_FAULT: Code =
    Code::new("InvalidFault", 400, "{}.", "A fault is none, or could never strike.");

/// This server was started without a fault plan.
const NO_FAULT_PLAN: Code = Code::new(
    "OperationDenied.NoFaultPlan",
    403,
    "This server makes no faults; start one that does: rolecall dev.",
    "Faults are asked for where there is no plan of them.",
);

/// What the control socket can reach.
pub(crate) struct Desk {
    /// The road of calls.
    pub(crate) gate: Arc<Gate>,
    /// The account whose data folder this is.
    pub(crate) account: AccountId,
    /// The instances that are real here.
    pub(crate) fleet: Arc<Fleet>,
    /// The objects.
    pub(crate) objects: Arc<ObjectService>,
    /// The clock.
    pub(crate) clock: Arc<MovableClock>,
    /// The faults that befall requests, where there may be any.
    pub(crate) faults: Option<Arc<FaultPlan>>,
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
                tokio::time::sleep(Duration::from_millis(50)).await;
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
    let mut read = BufReader::new(read.take(MAX_REQUEST_BYTES));
    read.read_line(&mut line).await?;
    let response = match serde_json::from_str(&line) {
        Ok(Request::Adopt { instance, namespace }) => {
            return adopt(desk, &instance, &namespace, read, write).await;
        }
        Ok(Request::Scrub) => return scrub(desk, write).await,
        Ok(request) => answer(desk, request).await,
        Err(error) => Response::Refused {
            code: "InvalidRequest".to_owned(),
            message: format!("the request cannot be read: {error}; are both of one version?"),
        },
    };
    say(&mut write, &response).await
}

async fn say(write: &mut (impl AsyncWrite + Unpin), response: &Response) -> io::Result<()> {
    let mut text = serde_json::to_string(response)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

/// Binds an instance to a network namespace as long as the conversation lasts.
async fn adopt(
    desk: &Desk,
    instance: &str,
    namespace: &Path,
    mut read: impl AsyncRead + Unpin,
    mut write: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let Some(id) = InstanceId::parse(instance) else {
        return say(&mut write, &refusal(&Fleet::unknown(instance))).await;
    };
    let mut ended = match desk.fleet.adopt(&id, namespace).await {
        Ok(ended) => ended,
        Err(error) => return say(&mut write, &refusal(&error)).await,
    };
    let told = say(&mut write, &Response::Adopted).await;
    let mut more = [0];
    if told.is_ok() {
        tokio::select! {
            // First: after it, the id may be bound to another namespace already.
            biased;
            _ = &mut ended => return Ok(()),
            // Nothing more is said: it is the end, whatever it looks like.
            _ = read.read(&mut more) => {}
        }
    }
    // It can have ended by itself meanwhile, which is as good.
    let _released = desk.fleet.release(&id).await;
    told
}

/// Reads all objects, and says meanwhile how far that has come. It ends if nobody hears it.
async fn scrub(desk: &Desk, mut write: impl AsyncWrite + Unpin) -> io::Result<()> {
    let progress = ScrubProgress::default();
    let mut pass = std::pin::pin!(desk.objects.scrub(&progress));
    let so_far = || Response::Scrubbing { objects: progress.objects(), bytes: progress.bytes() };
    let done = loop {
        tokio::select! {
            done = &mut pass => break done,
            () = tokio::time::sleep(PROGRESS) => say(&mut write, &so_far()).await?,
        }
    };
    match done {
        Ok(report) => {
            say(&mut write, &so_far()).await?;
            say(&mut write, &Response::Scrubbed(Box::new(report))).await
        }
        Err(error) => say(&mut write, &refusal(&error.into())).await,
    }
}

async fn answer(desk: &Desk, request: Request) -> Response {
    let answered = match request {
        Request::Call { product, action, parameters } => {
            call(desk, &product, &action, parameters).await
        }
        Request::Enter { instance } => {
            enter(desk, &instance).await.map(|holder| Response::Holder(holder.into()))
        }
        Request::Machine { instance } => InstanceId::parse(&instance)
            .and_then(|id| desk.fleet.machine(&id))
            .map(Response::Machine)
            .ok_or_else(|| Fleet::unknown(&instance)),
        // It is a conversation of its own.
        Request::Adopt { instance, .. } => Err(Fleet::unknown(&instance)),
        Request::Release { instance } => match InstanceId::parse(&instance) {
            Some(id) => desk.fleet.release(&id).await.map(|()| Response::Released),
            None => Err(Fleet::unknown(&instance)),
        },
        Request::AdvanceClock { seconds } => desk
            .clock
            .advance(seconds)
            .await
            .map(Response::Clock)
            .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error)),
        Request::Explain { message } => desk
            .gate
            .diagnosis(&desk.account, &message)
            .map(|diagnosis| Response::Diagnosis(Box::new(diagnosis)))
            .ok_or_else(|| ApiError::new(&ram::code::INVALID_DIAGNOSTIC_MESSAGE)),
        Request::Simulate { questions } => Ok(simulate(desk, &questions)),
        Request::ControlPolicy(wanted) => control_policy(desk, wanted).await,
        Request::Faults(wanted) => faults(desk, wanted),
        Request::Scrub => {
            let report = desk.objects.scrub(&ScrubProgress::default()).await;
            report.map(|report| Response::Scrubbed(Box::new(report))).map_err(ApiError::from)
        }
        Request::Report => Ok(Response::Report(Box::new(report(desk).await))),
        Request::Status => Ok(Response::Status(desk.status.clone())),
        Request::Instance { instance } => InstanceId::parse(&instance)
            .and_then(|id| desk.fleet.describe(&id))
            .map(Response::Instance)
            .ok_or_else(|| Fleet::unknown(&instance)),
    };
    answered.unwrap_or_else(|error| refusal(&error))
}

fn refusal(error: &ApiError) -> Response {
    if let Some(cause) = error.cause() {
        tracing::warn!(code = error.name(), %cause, "a request of the command line failed");
    }
    Response::Refused { code: error.name(), message: error.message() }
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

fn simulate(desk: &Desk, questions: &[Question]) -> Response {
    let ask =
        |question| desk.gate.simulate(&desk.account, question).map_err(|error| explain(&error));
    Response::Simulated(questions.iter().map(ask).collect())
}

/// Shows or changes the control policy. A change binds every request that comes after the answer.
async fn control_policy(desk: &Desk, wanted: ControlPolicy) -> Result<Response, ApiError> {
    let (gate, store, account) = (&desk.gate, &desk.clock.store, &desk.account);
    let (event, document) = match wanted {
        ControlPolicy::Get => {
            let kept = rolecall_identity::control_policy(store, account).await;
            let document = kept.map_err(store_error)?.map(|record| record.document);
            return Ok(Response::ControlPolicy(document));
        }
        ControlPolicy::Set(document) => ("SetControlPolicy", Some(document)),
        ControlPolicy::Clear => ("ClearControlPolicy", None),
    };
    let change = async {
        let now = gate.clock().now();
        let set = set_control_policy(store, account, document.as_deref(), now).await;
        let revision = set.map_err(|error| match error {
            ControlPolicyError::Document(error) => {
                ApiError::of(&ram::code::MALFORMED_POLICY_DOCUMENT, error.to_string())
            }
            ControlPolicyError::Store(error) => store_error(error),
        })?;
        gate.settle(revision).await
    };
    gate.operate(account, event, &json!({ "PolicyDocument": document }), change).await?;
    Ok(Response::ControlPolicy(document.clone()))
}

/// Shows or changes the faults. A change strikes from the next request on.
fn faults(desk: &Desk, wanted: Faults) -> Result<Response, ApiError> {
    let plan = desk.faults.as_ref().ok_or_else(|| ApiError::new(&NO_FAULT_PLAN))?;
    let rules = match wanted {
        Faults::Add(rule) => {
            rule.check(|action| desk.gate.serves(Product::Sts, action))
                .map_err(|error| ApiError::of(&INVALID_FAULT, error.to_string()))?;
            vec![plan.add(rule)]
        }
        Faults::List => plan.rules(),
        Faults::Clear => {
            plan.clear();
            Vec::new()
        }
    };
    Ok(Response::Faults(rules))
}

async fn report(desk: &Desk) -> Report {
    Report {
        status: desk.status.clone(),
        real_instances: desk.fleet.count().await,
        clock_offset_seconds: desk.clock.clock.shift_seconds(),
        faults: desk.faults.as_ref().map(|plan| plan.rules()).unwrap_or_default(),
        scrub: desk.objects.scrub_report(),
    }
}

async fn enter(desk: &Desk, instance: &str) -> Result<HolderRef, ApiError> {
    match InstanceId::parse(instance) {
        Some(id) => desk.fleet.enter(&id).await,
        None => Err(Fleet::unknown(instance)),
    }
}
