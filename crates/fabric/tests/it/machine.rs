//! A virtual machine in the place of an instance's programs: here a program that does not boot,
//! but has the machine's end of the cable.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rolecall_fabric::{HolderRef, MachineSpec};

use crate::support::{World, as_each_user, eventually, inside, line, machine, spec, text, text_of};

/// What the network of an instance is: its addresses, its ways, its devices. Whether a device is in
/// operation takes the kernel a while to say.
const LOOK: &str = "ip -4 -o address; ip -4 route; ip -o link | sed 's/ state [A-Z]*//'";

/// What a machine of [`spec`] is told.
fn machine_spec(id: &str, address: &str) -> MachineSpec {
    let spec = spec(id, address);
    MachineSpec {
        hardware_address: spec.hardware_address,
        private_address: spec.private_address,
        prefix_length: spec.prefix_length,
        router: "192.168.0.253".parse().unwrap(),
        vpc: (spec.vpc.block.first(), spec.vpc.block.prefix_length()),
        hostname: spec.hostname,
        serial_number: "00000000-0000-0000-0000-000000000001".to_owned(),
    }
}

/// Ends when its input does.
fn stand_in(world: &World) -> PathBuf {
    let path = world.folder.path().join("qemu");
    std::fs::write(&path, "#!/bin/sh\necho $@\ncat\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

/// Starts it and waits until it runs; returns what it was told, too.
fn start(world: &World, holder: &HolderRef, spec: &MachineSpec) -> (Child, String) {
    let program = stand_in(world);
    let mut command = machine(holder, spec, program.to_str().unwrap());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let told = line(&mut child);
    (child, told)
}

fn network(holder: &HolderRef) -> String {
    text_of(holder, &["sh", "-c", LOOK])
}

fn is_served(holder: &HolderRef) -> bool {
    let curl = ["curl", "-sS", "--max-time", "2", "http://100.100.100.200/"];
    inside(holder, &curl).output().unwrap().status.success()
}

/// Whether this machine has virtual machines' network cards at all.
fn has_taps() -> bool {
    std::fs::File::options().read(true).write(true).open("/dev/net/tun").is_ok()
}

as_each_user! {
    /// While a machine has the instance's addresses, its programs have none; then they have all of
    /// it again, however the machine ended, and so does the next machine.
    fn an_instance_has_its_network_again_when_its_machine_ends() {
        if !has_taps() {
            return;
        }
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let spec = machine_spec("i-1", "192.168.0.7");
        let before = network(&holder);
        assert!(before.contains("192.168.0.7/24") && is_served(&holder), "{before}");
        for killed in [false, true, false] {
            let (mut child, told) = start(&world, &holder, &spec);
            assert!(told.contains("mac=00:16:3e:00:00:07"), "{told}");
            let meanwhile = network(&holder);
            assert!(!meanwhile.contains("192.168.0.7"), "{meanwhile}");
            assert!(meanwhile.contains("vm0") && !is_served(&holder), "{meanwhile}");
            if killed {
                child.kill().unwrap();
            }
            drop(child.stdin.take());
            child.wait().unwrap();
            // The next one waits for it by itself.
            if killed {
                continue;
            }
            eventually("the network that was", || network(&holder) == before);
            assert!(is_served(&holder));
        }
    }

    /// An instance has one network card: a second machine is refused, and the first one keeps it.
    fn a_second_machine_is_refused() {
        if !has_taps() {
            return;
        }
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let spec = machine_spec("i-1", "192.168.0.7");
        let (mut first, _) = start(&world, &holder, &spec);
        let meanwhile = network(&holder);
        let refused = machine(&holder, &spec, "true").output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("virtual machine"), "{said}");
        assert_eq!(network(&holder), meanwhile);
        drop(first.stdin.take());
        first.wait().unwrap();
        eventually("the instance is served", || is_served(&holder));
    }

    /// A QEMU that is not there leaves the instance as it was.
    fn a_machine_that_does_not_start_leaves_the_network() {
        if !has_taps() {
            return;
        }
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let before = network(&holder);
        let spec = machine_spec("i-1", "192.168.0.7");
        let failed = machine(&holder, &spec, "no-such-qemu").output().unwrap();
        assert!(String::from_utf8_lossy(&failed.stderr).contains("no-such-qemu"), "{failed:?}");
        eventually("the network that was", || network(&holder) == before);
        assert_eq!(text(&inside(&holder, &["true"]).output().unwrap()), "");
    }
}
