//! `run` and `exec`: commands inside instances.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rolecall_fabric::{Command, ExecError, HolderRef, exec, exec_machine};
use serde_json::Value;
use tokio::process::{Child, Command as Program};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Exec, Run};
use crate::control::{Request, Response, ask, call, unexpected};
use crate::failure::Failure;
use crate::folder;

/// The VPC that instances made for a run share.
const RUN_VPC_NAME: &str = "rolecall-run";
/// Its addresses, and those of its one vSwitch.
const RUN_VPC_BLOCK: &str = "172.31.0.0/16";
const RUN_VSWITCH_BLOCK: &str = "172.31.0.0/20";
/// The longest wait for a server that is started for the run; it takes a tenth of a second.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two looks at it.
const START_PAUSE: Duration = Duration::from_millis(20);

/// Enters an instance and becomes the command. Returns only if that fails. The process must have
/// one thread: user namespaces cannot be entered by more.
pub(crate) fn exec_in(arguments: Exec) -> Result<std::convert::Infallible, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let holder = enter(&folder, &arguments.instance)?;
    let mut words = arguments.command.into_iter();
    let command = Command {
        program: words.next().unwrap_or_default(),
        arguments: words.collect(),
        user: arguments.user,
        environment: std::env::vars_os().collect(),
    };
    let error: ExecError = if arguments.machine {
        let instance = arguments.instance;
        match ask(&folder, &Request::Machine { instance })? {
            Response::Machine(spec) => exec_machine(&holder, command, &spec),
            other => return Err(unexpected(&other)),
        }
    } else {
        exec(&holder, command)
    };
    Err(error.into())
}

/// Runs a command inside an instance that wears a role, and says how it ended.
pub(crate) async fn run(arguments: Run) -> Result<ExitStatus, Failure> {
    let folder = folder::locate(&arguments.data)?;
    let server = match ask(&folder, &Request::Status) {
        Ok(_) => None,
        Err(Failure::NoServer { .. }) => Some(start_server(&folder).await?),
        Err(error) => return Err(error),
    };
    let ended = run_with_server(&folder, &arguments).await;
    if let Some(mut server) = server {
        // It keeps its data; it was only lent its life by this command.
        stop(&mut server).await;
    }
    ended
}

async fn run_with_server(folder: &Path, arguments: &Run) -> Result<ExitStatus, Failure> {
    let (instance, made) = match &arguments.instance {
        Some(instance) => {
            wear(folder, instance, &arguments.role)?;
            (instance.clone(), false)
        }
        None => (make_instance(folder, Some(&arguments.role))?, true),
    };
    let ended = spawn_and_wait(folder, &instance, arguments).await;
    if made {
        let parameters = [("InstanceId.1", instance.as_str()), ("Force", "true")];
        call(folder, "Ecs", "DeleteInstances", &parameters)?;
    }
    ended
}

/// Says who holds an instance's namespaces, making them where they are not there.
pub(crate) fn enter(folder: &Path, instance: &str) -> Result<HolderRef, Failure> {
    match ask(folder, &Request::Enter { instance: instance.to_owned() })? {
        Response::Holder(holder) => Ok(holder.into()),
        other => Err(unexpected(&other)),
    }
}

/// Gives an existing instance the role, where it has none; another role stays, and is an error.
fn wear(folder: &Path, instance: &str, role: &str) -> Result<(), Failure> {
    let ids = Value::from(vec![instance]).to_string();
    let parameters = [("InstanceIds", ids.as_str()), ("RamRoleName", role)];
    let reply = call(folder, "Ecs", "AttachInstanceRamRole", &parameters)?;
    let result = |name: &str| reply.pointer(&format!("/AttachInstanceRamRoleResults/0/{name}"));
    if result("Success") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let text = |name| result(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(Failure::Refused { code: text("Code"), message: text("Message") })
}

/// Makes an instance in the VPC of all such instances, which wears the role if one is given.
pub(crate) fn make_instance(folder: &Path, role: Option<&str>) -> Result<String, Failure> {
    let (vswitch, group) = network(folder)?;
    let mut parameters = vec![
        ("ImageId", "rolecall_run.vhd"),
        ("InstanceType", "ecs.t5-lc1m1.small"),
        ("VSwitchId", &vswitch),
        ("SecurityGroupId", &group),
    ];
    parameters.extend(role.map(|role| ("RamRoleName", role)));
    let reply = call(folder, "Ecs", "RunInstances", &parameters)?;
    text_at(&reply, "/InstanceIdSets/0")
}

/// The vSwitch and the security group of instances that are made for a run.
fn network(folder: &Path) -> Result<(String, String), Failure> {
    let found = call(folder, "Vpc", "DescribeVpcs", &[("VpcName", RUN_VPC_NAME)])?;
    if let Some(vpc) = found.pointer("/Vpcs/0/VpcId").and_then(Value::as_str) {
        let switches = call(folder, "Vpc", "DescribeVSwitches", &[("VpcId", vpc)])?;
        let groups = call(folder, "Ecs", "DescribeSecurityGroups", &[("VpcId", vpc)])?;
        return Ok((
            text_at(&switches, "/VSwitches/0/VSwitchId")?,
            text_at(&groups, "/SecurityGroups/0/SecurityGroupId")?,
        ));
    }
    let zones = call(folder, "Vpc", "DescribeZones", &[])?;
    let zone = text_at(&zones, "/Zones/0/ZoneId")?;
    let parameters = [("VpcName", RUN_VPC_NAME), ("CidrBlock", RUN_VPC_BLOCK)];
    let vpc = text_at(&call(folder, "Vpc", "CreateVpc", &parameters)?, "/VpcId")?;
    let parameters = [("VpcId", &*vpc), ("ZoneId", &*zone), ("CidrBlock", RUN_VSWITCH_BLOCK)];
    let vswitch = text_at(&call(folder, "Vpc", "CreateVSwitch", &parameters)?, "/VSwitchId")?;
    let group = call(folder, "Ecs", "CreateSecurityGroup", &[("VpcId", &*vpc)])?;
    Ok((vswitch, text_at(&group, "/SecurityGroupId")?))
}

fn text_at(reply: &Value, pointer: &'static str) -> Result<String, Failure> {
    reply
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Failure::Conversation(format!("the reply has no {pointer}").into()))
}

/// Runs the command through our own `exec` and waits, while signals go to the command.
async fn spawn_and_wait(
    folder: &Path,
    instance: &str,
    arguments: &Run,
) -> Result<ExitStatus, Failure> {
    let failed = |attempted| move |source| Failure::System { attempted, source };
    let mut program = Program::new(ourselves()?);
    program.arg("exec").arg("--data").arg(folder);
    if let Some(user) = &arguments.user {
        program.arg("--user").arg(user);
    }
    if arguments.machine {
        program.arg("--machine");
    }
    program.arg(instance).arg("--").args(&arguments.command);
    // The terminal interrupts the whole group: the command decides what that means, not we.
    let mut interrupts = signal(SignalKind::interrupt()).map_err(failed("watch for signals"))?;
    let mut quits = signal(SignalKind::quit()).map_err(failed("watch for signals"))?;
    let mut terminations = signal(SignalKind::terminate()).map_err(failed("watch for signals"))?;
    let mut hangups = signal(SignalKind::hangup()).map_err(failed("watch for signals"))?;
    let mut child = program.spawn().map_err(failed("start the command"))?;
    loop {
        let forwarded = tokio::select! {
            status = child.wait() => return status.map_err(failed("wait for the command")),
            _ = interrupts.recv() => continue,
            _ = quits.recv() => continue,
            _ = terminations.recv() => nix::sys::signal::Signal::SIGTERM,
            _ = hangups.recv() => nix::sys::signal::Signal::SIGHUP,
        };
        send(&child, forwarded);
    }
}

fn send(child: &Child, signal: nix::sys::signal::Signal) {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // It may have ended in between, which is as good.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal);
    }
}

/// Starts a server on the data folder and waits until it answers.
pub(crate) async fn start_server(folder: &Path) -> Result<Child, Failure> {
    let log = folder.join("run.log");
    folder::prepare(folder)?;
    let file = |source| Failure::Folder { attempted: "write", path: log.clone(), source };
    let output = std::fs::File::create(&log).map_err(file)?;
    let mut server = Program::new(ourselves()?)
        .args(["dev", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output)
        // The terminal's interrupt is for the command; the server ends after it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| Failure::System { attempted: "start a server", source })?;
    let rounds = START_PATIENCE.as_millis() / START_PAUSE.as_millis();
    for _ in 0..rounds {
        if ask(folder, &Request::Status).is_ok() {
            return Ok(server);
        }
        if let Ok(Some(status)) = server.try_wait() {
            let reason = format!("it ended with {status}; see {}", log.display());
            return Err(Failure::NotStarted { reason });
        }
        tokio::time::sleep(START_PAUSE).await;
    }
    Err(Failure::NotStarted { reason: format!("it does not answer; see {}", log.display()) })
}

pub(crate) async fn stop(server: &mut Child) {
    send(server, nix::sys::signal::Signal::SIGTERM);
    if tokio::time::timeout(START_PATIENCE, server.wait()).await.is_err() {
        let _ = server.kill().await;
    }
}

/// This program.
pub(crate) fn ourselves() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|source| Failure::System { attempted: "find this program", source })
}

/// Ends this process as the command ended: with its exit status, or by its signal.
pub(crate) fn end_like(status: ExitStatus) -> std::process::ExitCode {
    if let Some(number) = status.signal() {
        let _ = rolecall_fabric::end_by_signal(number);
        // Still here: the signal ends nobody. Say it as a shell does.
        return std::process::ExitCode::from(u8::try_from(number.saturating_add(128)).unwrap_or(1));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    std::process::ExitCode::from(code)
}
