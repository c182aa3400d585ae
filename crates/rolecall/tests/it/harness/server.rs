//! Starting, stopping and killing the program, and calls of its owner.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    ACCOUNT, Answer, ROOT_ID, Request, Rpc, STRANGER, Scheme, credentials, nonce, now,
    read_credentials,
};

/// The longest that anything may take that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(5);

/// How a server is started.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// More of the environment; an empty value takes a default away.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Words that run the program, such as a shell with another umask.
    pub(crate) wrapper: Vec<&'static str>,
    /// More arguments of `rolecall dev`.
    pub(crate) arguments: Vec<String>,
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    folder: TempDir,
    setup: Setup,
    child: Child,
    pub(crate) root: Credentials,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Setup::default())
    }

    pub(crate) fn start_with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(folder.path(), &setup);
        let root = credentials("", "", None);
        let mut server = Self { folder, setup, child, root, address: String::new() };
        server.become_ready();
        server
    }

    /// Waits for the ready file, and reads it.
    fn become_ready(&mut self) {
        let file = self.ready_file();
        let up = poll(|| file.exists() || self.child.try_wait().unwrap().is_some());
        assert!(up && file.exists(), "the server did not start: {}", self.log());
        let ready: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        self.root = read_credentials(&serde_json::json!({
            "AccessKeyId": ready["access_key_id"],
            "AccessKeySecret": ready["access_key_secret"],
        }));
        self.address = ready["endpoint"].as_str().unwrap().replace("http://", "");
    }

    /// Kills the process as the kernel does when memory is short, and starts another one.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Kills the process; nothing is answered until it is started again.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to end, and starts another one.
    pub(crate) fn restart(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(poll(|| self.child.try_wait().unwrap().is_some()), "it does not end");
        self.start_again();
    }

    /// Adds the account [`STRANGER`] and returns its root key: the seed of a later start. The
    /// server's own account stays as it was.
    pub(crate) fn add_stranger(&mut self) -> Credentials {
        let own = (self.root.clone(), self.setup.clone());
        self.setup.environment.extend([
            ("ROLECALL_ACCOUNT_ID", STRANGER.to_owned()),
            ("ROLECALL_ROOT_ACCESS_KEY_ID", "LTAIstranger".to_owned()),
            ("ROLECALL_ROOT_ACCESS_KEY_SECRET", "another-secret-of-the-tests".to_owned()),
        ]);
        self.restart();
        let stranger = self.root.clone();
        (self.root, self.setup) = own;
        stranger
    }

    /// Starts another process after the one that has ended.
    pub(crate) fn start_again(&mut self) {
        fs::remove_file(self.ready_file()).unwrap();
        self.child = spawn(self.folder.path(), &self.setup);
        self.become_ready();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn audit(&self) -> String {
        fs::read_to_string(self.data().join("audit.jsonl")).unwrap()
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        request.send(&self.address)
    }

    /// Sends bytes and the word that no more will come; `None` where nothing is answered.
    pub(crate) fn exchange_and_end(&self, bytes: &[u8]) -> Option<Answer> {
        Answer::of_whole(&self.address, bytes)
    }

    /// A request of an RPC call, signed now.
    pub(crate) fn request(
        &self,
        scheme: Scheme,
        caller: &Credentials,
        (product, action): (Product, &str),
        parameters: &[(&str, &str)],
    ) -> Request {
        let (host, at, nonce) = (&self.address, now(), &nonce());
        Rpc { scheme, caller, product, action, parameters, host, at, nonce }.sign()
    }

    /// The same, its parameters in the query.
    pub(crate) fn query_request(
        &self,
        scheme: Scheme,
        caller: &Credentials,
        (product, action): (Product, &str),
        parameters: &[(&str, &str)],
    ) -> Request {
        let (host, at, nonce) = (&self.address, now(), &nonce());
        Rpc { scheme, caller, product, action, parameters, host, at, nonce }.sign_query()
    }

    pub(crate) fn call(
        &self,
        caller: &Credentials,
        call: (Product, &str),
        parameters: &[(&str, &str)],
    ) -> Answer {
        self.send(&self.request(Scheme::Acs3, caller, call, parameters))
    }

    /// A call of the account itself, which must succeed.
    pub(crate) fn must(&self, call: (Product, &str), parameters: &[(&str, &str)]) -> Value {
        let answer = self.call(&self.root, call, parameters);
        assert_eq!(answer.status, 200, "{call:?} {parameters:?}: {answer:?}");
        answer.json()
    }

    pub(crate) fn ram(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        self.must((Product::Ram, action), parameters)
    }

    /// A user with an AccessKey and one policy.
    pub(crate) fn user(&self, name: &str, document: &str) -> Credentials {
        self.ram("CreateUser", &[("UserName", name)]);
        let policy = format!("policy-of-{name}");
        self.ram("CreatePolicy", &[("PolicyName", &policy), ("PolicyDocument", document)]);
        let attached = [("UserName", name), ("PolicyType", "Custom"), ("PolicyName", &policy)];
        self.ram("AttachPolicyToUser", &attached);
        read_credentials(&self.ram("CreateAccessKey", &[("UserName", name)])["AccessKey"])
    }

    /// A role that a trust policy lets wear and that may do everything.
    /// Takes from users what they may do without a policy.
    pub(crate) fn leave_users_nothing(&self) {
        let nothing =
            [("AllowUserToChangePassword", "false"), ("AllowUserToManageMFADevices", "false")];
        self.ram("SetSecurityPreference", &nothing);
    }

    pub(crate) fn role(&self, name: &str, trust: &str) {
        self.ram("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", trust)]);
        let attached =
            [("RoleName", name), ("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
        self.ram("AttachPolicyToRole", &attached);
    }

    /// A session of a role for a user.
    pub(crate) fn session(&self, caller: &Credentials, role: &str) -> Credentials {
        let answer = self.assume(caller, role, &[("DurationSeconds", "900")]);
        assert_eq!(answer.status, 200, "{answer:?}");
        read_credentials(&answer.json()["Credentials"])
    }

    /// Asks for a session of a role.
    pub(crate) fn assume(&self, caller: &Credentials, role: &str, more: &[(&str, &str)]) -> Answer {
        let arn = format!("acs:ram::{ACCOUNT}:role/{role}");
        let named = [("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
        let kept =
            named.into_iter().filter(|(name, _)| more.iter().all(|(given, _)| given != name));
        let parameters: Vec<_> = kept.chain(more.iter().copied()).collect();
        self.call(caller, (Product::Sts, "AssumeRole"), &parameters)
    }

    /// A VPC, a vSwitch and a security group in it, by their ids.
    pub(crate) fn network(&self) -> [String; 3] {
        let id = |view: &Value, name: &str| view[name].as_str().unwrap().to_owned();
        let vpc = [("CidrBlock", "192.168.0.0/16")];
        let vpc = id(&self.must((Product::Vpc, "CreateVpc"), &vpc), "VpcId");
        let v_switch =
            [("VpcId", &*vpc), ("ZoneId", "cn-hangzhou-h"), ("CidrBlock", "192.168.0.0/24")];
        let v_switch = id(&self.must((Product::Vpc, "CreateVSwitch"), &v_switch), "VSwitchId");
        let group = self.must((Product::Ecs, "CreateSecurityGroup"), &[("VpcId", &vpc)]);
        [vpc, v_switch, id(&group, "SecurityGroupId")]
    }

    /// An instance in a network, by its id.
    pub(crate) fn instance(&self, [_, v_switch, group]: &[String; 3]) -> String {
        let launch = [
            ("ImageId", "ubuntu_22_04_x64_20G_alibase_20240101.vhd"),
            ("InstanceType", "ecs.g6.large"),
            ("VSwitchId", v_switch),
            ("SecurityGroupId", group),
        ];
        let launched = self.must((Product::Ecs, "RunInstances"), &launch);
        launched["InstanceIdSets"]["InstanceIdSet"][0].as_str().unwrap().to_owned()
    }

    /// What the program says to the owner of the data folder: `words` are a command and its
    /// arguments.
    pub(crate) fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        command.args(words).arg("--data").arg(self.data()).output().unwrap()
    }

    /// What a command inside an instance says; it must succeed.
    pub(crate) fn inside(&self, instance: &str, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        command.args(["exec", "--data"]).arg(self.data()).args([instance, "--"]).args(words);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, seconds: i64) {
        let request = Request::clock(&self.root, &self.address, seconds);
        let answer = self.send(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// A value of the metrics.
    pub(crate) fn metric(&self, name: &str) -> i64 {
        let answer = self.send(&Request::plain("GET", "/_rolecall/metrics"));
        let text = answer.text();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program and waits until it ends by itself; what it said, and how it ended. It is
/// killed where it serves instead.
pub(crate) fn refuse(setup: &Setup, arguments: &[&str]) -> Option<(ExitStatus, String)> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), setup);
    let mut child = command.args(arguments).spawn().unwrap();
    let ready = folder.path().join("ready.json");
    poll(|| ready.exists() || child.try_wait().unwrap().is_some());
    let ended = child.try_wait().unwrap();
    let _ = child.kill();
    let _ = child.wait();
    ended.map(|status| (status, fs::read_to_string(folder.path().join("log")).unwrap()))
}

/// Looks at a condition until it holds or patience is over.
pub(crate) fn poll(mut holds: impl FnMut() -> bool) -> bool {
    let rounds = PATIENCE.as_millis() / POLL.as_millis();
    (0..rounds).any(|_| {
        let held = holds();
        if !held {
            std::thread::sleep(POLL);
        }
        held
    })
}

fn spawn(folder: &Path, setup: &Setup) -> Child {
    command(folder, setup).spawn().unwrap()
}

fn command(folder: &Path, setup: &Setup) -> Command {
    let program = env!("CARGO_BIN_EXE_rolecall");
    let mut words = setup.wrapper.iter().copied().chain([program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).arg("dev").args(["--listen", "127.0.0.1:0", "--data"]);
    command.arg(folder.join("data")).arg("--ready-file").arg(folder.join("ready.json"));
    command.args(&setup.arguments);
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.env("ROLECALL_ACCOUNT_ID", ACCOUNT);
    command.env("ROLECALL_ROOT_ACCESS_KEY_ID", ROOT_ID);
    command.env("ROLECALL_ROOT_ACCESS_KEY_SECRET", "a secret of the tests".replace(' ', "-"));
    for (name, value) in &setup.environment {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    command
}
