//! A fabric with servers on its instances, and the way to run a test as several users.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use rolecall_fabric::ca::LocalCa;
use rolecall_fabric::dns::serve_dns;
use rolecall_fabric::{
    Block, Fabric, Firewall, HolderRef, Instance, InstanceSpec, MachineSpec, VpcSpec,
};
use rolecall_types::{Clock, InstanceId, SystemClock, Timestamp, VpcId};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// The ordinary user of every Linux.
pub(crate) const NOBODY: u32 = 65_534;

/// Where tools are that every user may run.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// Set in the process that runs a test's body.
const AS_USER: &str = "FABRIC_TEST_USER";

/// Declares tests whose bodies run once as each user that we can be.
macro_rules! as_each_user {
    ($($(#[$doc:meta])+ fn $name:ident() $body:block)*) => {$(
        $(#[$doc])+
        #[test]
        fn $name() {
            $crate::support::run_as_each_user(concat!(module_path!(), "::", stringify!($name)), || $body);
        }
    )*};
}
pub(crate) use as_each_user;

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Runs a test's body in processes of its own: as ourselves, and when we are root as nobody too.
pub(crate) fn run_as_each_user(test: &str, body: impl FnOnce()) {
    if std::env::var_os(AS_USER).is_some() {
        return body();
    }
    let users = if is_root() { vec![0, NOBODY] } else { vec![nix::unistd::geteuid().as_raw()] };
    for user in users {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(home.path(), Some(user), None).unwrap();
        let mut command = itself(test);
        command.env(AS_USER, user.to_string()).env("HOME", home.path());
        if is_root() {
            command.uid(user).gid(user);
        }
        let output = command.output().unwrap_or_else(|error| {
            panic!("user {user} cannot run {}: {error}", command.get_program().display())
        });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(out.contains("1 passed") && output.status.success(), "as {user}:\n{out}\n{err}");
    }
}

/// This very test again, as another process.
pub(crate) fn itself(test: &str) -> Command {
    let (_, name) = test.split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).current_dir("/").env("PATH", PATH);
    command
}

/// A fabric whose instances answer: the metadata service and the API tell the instance's id and
/// the peer's address.
pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) folder: TempDir,
    pub(crate) ca: Arc<LocalCa>,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let now = SystemClock.now();
        let ca = LocalCa::open_or_create(&folder.path().join("ca"), now).unwrap();
        let fabric = Fabric::new(folder.path(), ca.certificate_pem()).unwrap();
        let fabric = Arc::new(fabric.with_holder_program(PathBuf::from(program())));
        Self { runtime, fabric, folder, ca: Arc::new(ca) }
    }

    /// Makes an instance whose sockets nobody serves.
    pub(crate) fn make(&self, id: &str, address: &str) -> Instance {
        self.make_as(spec(id, address))
    }

    fn make_as(&self, spec: InstanceSpec) -> Instance {
        let made = self.runtime.block_on(self.fabric.start(spec));
        made.unwrap_or_else(|error| panic!("this machine makes no instances: {error}"))
    }

    /// Makes an instance that is alone in its VPC, and serves it.
    pub(crate) fn start(&self, id: &str, address: &str) -> HolderRef {
        self.start_as(spec(id, address))
    }

    /// Makes an instance and serves it.
    pub(crate) fn start_as(&self, spec: InstanceSpec) -> HolderRef {
        let instance = self.make_as(spec);
        let holder = instance.holder.clone().unwrap();
        self.serve(instance);
        holder
    }

    /// Serves an instance.
    pub(crate) fn serve(&self, instance: Instance) {
        let _entered = self.runtime.enter();
        serve(instance, &self.ca);
    }
}

/// An instance that is alone in its VPC.
pub(crate) fn spec(id: &str, address: &str) -> InstanceSpec {
    spec_in(&format!("vpc-of{}", id.replace('-', "")), id, address)
}

/// An instance in a VPC, whose vSwitch has 24 bits and whose VPC 16.
pub(crate) fn spec_in(vpc: &str, id: &str, address: &str) -> InstanceSpec {
    let private_address: Ipv4Addr = address.parse().unwrap();
    InstanceSpec {
        id: instance_id(id),
        hostname: format!("host-{id}"),
        private_address,
        prefix_length: 24,
        hardware_address: [0, 0x16, 0x3e, 0, 0, private_address.octets()[3]],
        vpc: VpcSpec {
            id: VpcId::parse(vpc).unwrap(),
            block: Block::new(private_address, 16).unwrap(),
        },
        firewall: Firewall::default(),
    }
}

pub(crate) fn instance_id(id: &str) -> InstanceId {
    InstanceId::parse(id).unwrap()
}

/// A command inside an instance.
pub(crate) fn inside(holder: &HolderRef, command: &[&str]) -> Command {
    inside_as(holder, "", command)
}

/// A command inside an instance as another user.
pub(crate) fn inside_as(holder: &HolderRef, user: &str, command: &[&str]) -> Command {
    let holder = serde_json::to_string(holder).unwrap();
    let mut process = Command::new(program());
    process.arg("exec").arg(holder).arg(user).args(command).current_dir("/").env("PATH", PATH);
    process
}

/// A program in the place of a QEMU, as the machine of an instance.
pub(crate) fn machine(holder: &HolderRef, spec: &MachineSpec, program: &str) -> Command {
    let (holder, spec) =
        (serde_json::to_string(holder).unwrap(), serde_json::to_string(spec).unwrap());
    let mut process = Command::new(self::program());
    process.args(["machine", &spec, &holder, "", program]).current_dir("/").env("PATH", PATH);
    process
}

/// A program inside that does nothing for long, started behind the words of another one.
pub(crate) fn sleeper(holder: &HolderRef, before: &[&str]) -> Child {
    let command = [before, &["sh", "-c", "echo; exec sleep 1000"]].concat();
    let mut child = inside(holder, &command).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "\n", "it does not run");
    child
}

/// A Python program inside that writes a line when it is ready.
pub(crate) fn ready(holder: &HolderRef, program: &str) -> Child {
    let mut child = inside(holder, &["python3", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    line(&mut child);
    child
}

/// The next line that a program writes.
pub(crate) fn line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Who has started a process.
pub(crate) fn parent(pid: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    rest.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What a command inside writes; it must succeed.
pub(crate) fn text_of(holder: &HolderRef, command: &[&str]) -> String {
    text(&inside(holder, command).output().unwrap())
}

pub(crate) fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.success(), "{}: {}", output.status, text(&output.stderr));
    text(&output.stdout)
}

/// Runs a Python program inside; it must succeed.
pub(crate) fn python(holder: &HolderRef, program: &str) -> String {
    text_of(holder, &["python3", "-c", program])
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_rolecall-fabric-holder")
}

fn serve(instance: Instance, ca: &Arc<LocalCa>) {
    let id = instance.id.to_string();
    tokio::spawn(serve_dns(instance.dns, instance.zone));
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Certificates { ca: ca.clone(), now: SystemClock.now() }));
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    for (listener, acceptor) in
        [(instance.metadata, None), (instance.http, None), (instance.https, Some(acceptor))]
    {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let id = id.clone();
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let body = format!("{id} {}", peer.ip());
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => answer(stream, &body).await,
                        Some(acceptor) => answer(acceptor.accept(stream).await?, &body).await,
                    }
                });
            }
        });
    }
}

async fn answer(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    body: &str,
) -> std::io::Result<()> {
    let _request = stream.read(&mut [0; 4096]).await?;
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

#[derive(Debug)]
struct Certificates {
    ca: Arc<LocalCa>,
    now: Timestamp,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let leaf = self.ca.leaf(hello.server_name()?, self.now).ok()?;
        let chain = leaf.chain_der.iter().cloned().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.key_der.expose().clone()));
        let key = aws_lc_rs::sign::any_supported_type(&key).ok()?;
        Some(Arc::new(CertifiedKey::new(chain, key)))
    }
}

/// Whether a process has ended; one that nobody has waited for yet has ended too.
pub(crate) fn has_ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.map_or(true, |stat| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

/// Waits for something that happens soon.
pub(crate) fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..500 {
        if happened() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{what} did not happen in five seconds");
}
