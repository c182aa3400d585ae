//! Instances that are stopped and rebooted: what ran in them is over, and they are the same.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rolecall_api::Product;

use crate::harness::{PATIENCE, Server};

fn inside(server: &Server, instance: &str, script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.args(["exec", "--data"]).arg(server.data());
    command.args([instance, "--", "bash", "-c", script]);
    command
}

/// A program inside the instance that does not end by itself.
fn sleeper(server: &Server, instance: &str) -> Child {
    let mut program = inside(server, instance, "echo here; exec sleep 300");
    let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "here\n");
    child
}

fn ends(mut child: Child) -> bool {
    let pause = Duration::from_millis(10);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(pause);
    }
    child.kill().unwrap();
    false
}

/// What the instance says of itself, by the shell's own sockets; `None` where it cannot be entered.
fn identity(server: &Server, instance: &str) -> Option<String> {
    let item = |path: &str| {
        format!(
            "exec 3<>/dev/tcp/100.100.100.200/80; printf 'GET /latest/meta-data/{path} HTTP/1.1\
             \\r\\nHost: 100.100.100.200\\r\\nConnection: close\\r\\n\\r\\n' >&3; tail -n 1 <&3; "
        )
    };
    let script = item("instance-id") + "echo; " + &item("private-ipv4");
    let output = inside(server, instance, &script).stderr(Stdio::null()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_stopped_instance_runs_nothing_and_starts_as_it_was() {
    let server = Server::start();
    let instance = server.instance(&server.network());
    let named = [("InstanceId", instance.as_str())];
    let before = identity(&server, &instance).unwrap();
    assert!(before.starts_with(&instance) && before.ends_with("192.168.0.1"), "{before}");
    let program = sleeper(&server, &instance);
    server.must((Product::Ecs, "StopInstance"), &named);
    assert!(ends(program), "its program runs on");
    assert_eq!(identity(&server, &instance), None);
    server.must((Product::Ecs, "StartInstance"), &named);
    assert_eq!(identity(&server, &instance).unwrap(), before);
}

#[test]
fn a_reboot_ends_the_programs_and_leaves_the_instance() {
    let server = Server::start();
    let instance = server.instance(&server.network());
    let before = identity(&server, &instance).unwrap();
    for _ in 0..3 {
        let program = sleeper(&server, &instance);
        server.must((Product::Ecs, "RebootInstance"), &[("InstanceId", &instance)]);
        // At once, whether the fleet has heard of it or not.
        assert_eq!(identity(&server, &instance).unwrap(), before);
        assert!(ends(program), "its program runs on");
    }
    let gone = [("InstanceId", instance.as_str()), ("Force", "true")];
    let program = sleeper(&server, &instance);
    server.must((Product::Ecs, "DeleteInstance"), &gone);
    assert!(ends(program), "its program runs on");
}
