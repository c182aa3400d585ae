//! Instances in network namespaces of others.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rolecall_fabric::{FabricError, Instance};

use crate::support::{World, as_each_user, eventually, instance_id, is_root, spec_in, text};

/// A namespace as `ip netns` makes them; removed when dropped.
struct Namespace(String);

impl Namespace {
    fn new(name: &str) -> Self {
        let name = format!("rolecall-{name}-{}", std::process::id());
        ip(&["netns", "add", &name]);
        Self(name)
    }

    fn path(&self) -> PathBuf {
        Path::new("/run/netns").join(&self.0)
    }

    fn run(&self, command: &[&str]) -> Output {
        Command::new("ip").args(["netns", "exec", &self.0]).args(command).output().unwrap()
    }

    fn metadata(&self) -> String {
        let get = ["curl", "--silent", "--max-time", "5", "http://100.100.100.200/"];
        text(&self.run(&get))
    }

    fn interfaces(&self) -> String {
        text(&self.run(&["ip", "-brief", "link"]))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        ip(&["netns", "del", &self.0]);
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn adopt(world: &World, id: &str, address: &str, path: &Path) -> Result<Instance, FabricError> {
    world.runtime.block_on(world.fabric.adopt(spec_in("vpc-1", id, address), path))
}

fn refusal(world: &World, path: &Path) -> String {
    let error = adopt(world, "i-9", "10.0.0.9", path).unwrap_err();
    let kind = matches!(error, FabricError::Adoption { .. } | FabricError::Namespace { .. });
    assert!(kind, "{error}");
    rolecall_types::explain(&error)
}

as_each_user! {
    /// The instance comes with its interface and its services, and leaves nothing behind.
    fn a_namespace_is_lent_to_an_instance() {
        if !is_root() {
            // It is root's alone, and says so.
            let world = World::new();
            let other = Command::new("unshare")
                .args(["--user", "--net", "sleep", "1000"])
                .spawn();
            let mut other = other.unwrap();
            let path = PathBuf::from(format!("/proc/{}/ns/net", other.id()));
            eventually("another namespace", || {
                std::fs::read_link(&path).ok() != std::fs::read_link("/proc/self/ns/net").ok()
            });
            assert!(refusal(&world, &path).contains("only a server of root's"));
            other.kill().unwrap();
            other.wait().unwrap();
            return;
        }
        let world = World::new();
        let namespace = Namespace::new("lent");
        let before = namespace.interfaces();
        for _ in 0..2 {
            let instance = adopt(&world, "i-1", "10.0.0.1", &namespace.path()).unwrap();
            assert!(instance.holder.is_none());
            world.serve(instance);
            assert_eq!(namespace.metadata(), "i-1 10.0.0.1");
            let resolve = "
import socket, struct
question = bytes.fromhex('1234010000010000000000000372616d08616c6979756e637303636f6d0000010001')
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.sendto(question, ('100.100.2.136', 53))
print(socket.inet_ntoa(s.recv(512)[-4:]))";
            assert_eq!(text(&namespace.run(&["python3", "-c", resolve])), "100.100.0.1\n");
            // A neighbour in its VPC is reached like from any instance.
            let mut neighbour = spec_in("vpc-1", "i-2", "10.0.0.2");
            neighbour.firewall.ingress.otherwise = rolecall_fabric::Verdict::Accept;
            let neighbour = world.start_as(neighbour);
            let serve = "
import socket
s = socket.create_server(('0.0.0.0', 8080))
print(flush=True)
c, peer = s.accept()
c.sendall(peer[0].encode())";
            let mut server = crate::support::ready(&neighbour, serve);
            let call = "
import socket
print(socket.create_connection(('10.0.0.2', 8080), 5).recv(100).decode())";
            assert_eq!(text(&namespace.run(&["python3", "-c", call])), "10.0.0.1\n");
            server.wait().unwrap();

            for id in ["i-1", "i-2"] {
                assert!(world.runtime.block_on(world.fabric.stop(&instance_id(id))).unwrap());
            }
            assert_eq!(namespace.interfaces(), before);
        }
    }

    /// What runs in the namespace is not ours to end.
    fn programs_there_go_on_after_the_release() {
        if !is_root() {
            return;
        }
        let world = World::new();
        let namespace = Namespace::new("spared");
        let mut program = Command::new("ip")
            .args(["netns", "exec", &namespace.0, "sleep", "1000"])
            .spawn()
            .unwrap();
        world.serve(adopt(&world, "i-1", "10.0.0.1", &namespace.path()).unwrap());
        assert!(world.runtime.block_on(world.fabric.stop(&instance_id("i-1"))).unwrap());
        assert!(program.try_wait().unwrap().is_none());
        program.kill().unwrap();
        program.wait().unwrap();
    }

    /// The machine's own namespace is nobody's to give, nor is an instance's, nor what is none.
    fn what_is_no_free_namespace_is_refused() {
        let world = World::new();
        let own = Path::new("/proc/self/ns/net");
        assert!(refusal(&world, own).contains("the machine's own"));
        assert!(refusal(&world, Path::new("/proc/999999999/ns/net")).contains("cannot open"));
        if !is_root() {
            return;
        }
        // Where the first process is another container's, it cannot even be looked at.
        let first = refusal(&world, Path::new("/proc/1/ns/net"));
        assert!(first.contains("the machine's own") || first.contains("cannot open"), "{first}");
        let holder = world.start_as(spec_in("vpc-1", "i-1", "10.0.0.1"));
        let inside = PathBuf::from(format!("/proc/{}/ns/net", holder.pid));
        assert!(refusal(&world, &inside).contains("belongs to an instance"));
        let keeper = crate::support::parent(holder.pid);
        let wire = PathBuf::from(format!("/proc/{keeper}/ns/net"));
        assert!(refusal(&world, &wire).contains("belongs to an instance"));
        let namespace = Namespace::new("taken");
        let _adopted = adopt(&world, "i-2", "10.0.0.2", &namespace.path()).unwrap();
        assert!(refusal(&world, &namespace.path()).contains("belongs to an instance"));

        // Neither a namespace of another kind, nor one that has an interface of that name.
        for path in ["/proc/self/ns/uts", "/etc/passwd", "/dev/null"] {
            let error = adopt(&world, "i-9", "10.0.0.9", Path::new(path)).unwrap_err();
            assert!(error.to_string().contains("enter the namespace to adopt"), "{path}: {error}");
        }
        let furnished = Namespace::new("furnished");
        ip(&["-n", &furnished.0, "link", "add", "eth0", "type", "bridge"]);
        let before = furnished.interfaces();
        let error = adopt(&world, "i-9", "10.0.0.9", &furnished.path()).unwrap_err();
        assert!(error.to_string().contains("an interface eth0 of its own"), "{error}");
        assert_eq!(furnished.interfaces(), before);
    }
}
