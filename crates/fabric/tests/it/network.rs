//! What an instance reaches, and who reaches it.

use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::support::{World, as_each_user, is_root, python, text_of};

const METADATA: &str = "http://100.100.100.200/latest/meta-data/";

fn curl(holder: &rolecall_fabric::HolderRef, url: &str) -> String {
    text_of(holder, &["curl", "--silent", "--show-error", "--max-time", "5", url])
}

/// Gives this thread, and those that it starts, a copy of `/etc` with a dangling `resolv.conf`.
fn take_resolver_file_away(etc: &Path) {
    let none = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS).unwrap();
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    assert!(Command::new("cp").args(["-a", "/etc/."]).arg(etc).status().unwrap().success());
    std::fs::remove_file(etc.join("resolv.conf")).unwrap();
    std::os::unix::fs::symlink("/run/nowhere", etc.join("resolv.conf")).unwrap();
    mount(Some(etc), "/etc", none, MsFlags::MS_BIND, none).unwrap();
}

as_each_user! {
    /// The same address is another service in each instance, and nothing outside.
    fn metadata_answers_inside_only() {
        let world = World::new();
        let first = world.start("i-1", "192.168.0.7");
        let second = world.start("i-2", "192.168.0.7");
        for _ in 0..2 {
            assert_eq!(curl(&first, METADATA), "i-1 192.168.0.7");
            assert_eq!(curl(&second, METADATA), "i-2 192.168.0.7");
        }
        // Something else may answer outside, as on a machine of the vendor's.
        for host in ["100.100.100.200", "100.100.0.1", "192.168.0.7"] {
            let mut command = Command::new("curl");
            let reply = command.args(["--silent", "--max-time", "1", host]).output().unwrap();
            assert!(!String::from_utf8_lossy(&reply.stdout).contains("i-1"), "{host}: {reply:?}");
        }
    }

    /// No address of an instance leads anywhere from another one.
    fn instances_do_not_reach_each_other() {
        let world = World::new();
        let first = world.start("i-1", "192.168.0.7");
        let second = world.start("i-2", "192.168.0.8");
        let listen = "import socket; s = socket.create_server(('0.0.0.0', 8080)); print(flush=True); s.accept()";
        let mut listener = crate::support::inside(&first, &["python3", "-c", listen])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0];
        std::io::Read::read_exact(listener.stdout.as_mut().unwrap(), &mut line).unwrap();
        let connect = "
import socket
try:
    socket.create_connection(('192.168.0.7', 8080), 1)
    print('connected')
except OSError:
    print('failed')";
        assert_eq!(python(&second, connect), "failed\n");
        assert_eq!(python(&first, connect), "connected\n");
        listener.wait().unwrap();
    }

    /// There is no way out, and that is known at once.
    fn everything_else_is_unreachable() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let connect = "
import socket, errno
for address in ['8.8.8.8', '100.100.100.201', '172.16.0.1']:
    try:
        socket.create_connection((address, 80), 3)
    except OSError as error:
        print(errno.errorcode[error.errno])";
        assert_eq!(python(&holder, connect), "ENETUNREACH\n".repeat(3));
    }

    /// Ours are on the wire, so a web server inside has port 80 for itself.
    fn every_port_is_free_inside() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let ports = if is_root() { "[53, 80, 443]" } else { "[8080]" };
        let listen = format!("
import socket
for port in {ports}:
    socket.create_server(('0.0.0.0', port))");
        assert_eq!(python(&holder, &listen), "");
        let interfaces = "import socket; print(*[name for _, name in socket.if_nameindex()])";
        assert_eq!(python(&holder, interfaces), "lo eth0\n");
    }

    /// The resolvers of the C library and of curl find the cloud, by UDP and by TCP.
    fn names_of_the_cloud_lead_to_us() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let resolve = "
import socket
for name in ['ram.aliyuncs.com', 'b.oss-cn-hangzhou.aliyuncs.com', 'host-i-1']:
    print(*sorted({a[4][0] for a in socket.getaddrinfo(name, 443)}))
for name in ['example.com', 'aliyuncs.com.example.com']:
    try:
        print(socket.getaddrinfo(name, 443))
    except socket.gaierror as error:
        print(error.errno == socket.EAI_NONAME)";
        let wanted = "100.100.0.1\n100.100.0.1\n192.168.0.7\nTrue\nTrue\n";
        assert_eq!(python(&holder, resolve), wanted);
        assert_eq!(curl(&holder, "http://ecs.cn-hangzhou.aliyuncs.com/"), "i-1 192.168.0.7");
        let by_tcp = "
import socket, struct
question = bytes.fromhex('1234010000010000000000000372616d08616c6979756e637303636f6d0000010001')
for server in ['100.100.2.136', '100.100.2.138']:
    with socket.create_connection((server, 53), 3) as s:
        for _ in range(2):
            s.sendall(struct.pack('!H', len(question)) + question)
            length = struct.unpack('!H', s.recv(2, socket.MSG_WAITALL))[0]
            answer = s.recv(length, socket.MSG_WAITALL)
            print(answer[:2].hex(), socket.inet_ntoa(answer[-4:]))";
        assert_eq!(python(&holder, by_tcp), "1234 100.100.0.1\n".repeat(4));
    }

    /// A machine whose `resolv.conf` leads nowhere: resolvers then ask the loopback.
    fn names_are_found_without_a_resolver_file() {
        // To take the file away needs root.
        if is_root() {
            let etc = tempfile::tempdir().unwrap();
            take_resolver_file_away(etc.path());
            let world = World::new();
            let holder = world.start("i-1", "192.168.0.7");
            assert_eq!(curl(&holder, "http://ram.aliyuncs.com/"), "i-1 192.168.0.7");
        }
    }

    /// Programs with default settings trust the local authority, the strictest too.
    fn tls_is_trusted_inside() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        assert_eq!(curl(&holder, "https://ram.aliyuncs.com/"), "i-1 192.168.0.7");
        let fetch = "
import ssl, urllib.request
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
for host in ['sts.cn-hangzhou.aliyuncs.com', 'a-b.oss-cn-beijing.aliyuncs.com']:
    with urllib.request.urlopen('https://' + host + '/', context=context, timeout=5) as reply:
        print(reply.read().decode())";
        assert_eq!(python(&holder, fetch), "i-1 192.168.0.7\n".repeat(2));
        // The machine's own authorities are still there.
        let count = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))";
        assert!(python(&holder, count).trim().parse::<u32>().unwrap() >= 1);
    }
}
