//! `rolecall demo`: the main job as a story, on real services.
//!
//! The server is the one of `rolecall dev`; the administrator calls it over the network with the
//! root AccessKey; the programs run inside instances, as an ordinary user, with nothing but what
//! the metadata service gives them. Each step says what it saw, and the story ends at the first
//! thing that is not as it should be.

mod program;
mod reader;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::{Value, json};

use self::program::Program;
use crate::cli::{Demo, DemoReader, Issuers, Objects, Seed};
use crate::client::{Client, Refusal};
use crate::failure::Failure;
use crate::server;

const BUCKET: &str = "demo-photos";
const INSIDE: &str = "album/cat.txt";
const OUTSIDE: &str = "secret/plan.txt";
/// What became of the only instance of an `AttachInstanceRamRole`.
const SUCCESS: &str = "/AttachInstanceRamRoleResults/AttachInstanceRamRoleResult/0/Success";
const CODE: &str = "/AttachInstanceRamRoleResults/AttachInstanceRamRoleResult/0/Code";
/// Just past the life of an instance's credentials.
const PAST_EXPIRY_SECONDS: u32 = 6 * 3_600 + 1;

/// The program inside an instance.
pub(crate) fn reader(_: &DemoReader) -> Result<ExitCode, Failure> {
    reader::work()
}

/// Tells the story on a server of its own.
pub(crate) async fn tell(arguments: Demo) -> Result<ExitCode, Failure> {
    let failed = |source| Failure::System { attempted: "make a folder for the demo", source };
    let own = tempfile::tempdir().map_err(failed)?;
    let folder = match &arguments.data.folder {
        Some(_) => crate::folder::locate(&arguments.data)?,
        None => own.path().join("data"),
    };
    let program = program_for_everybody(own.path()).map_err(failed)?;
    let seed = Seed { region: "cn-hangzhou".to_owned(), ..Seed::default() };
    let running = server::start(
        &folder,
        ([127, 0, 0, 1], 0).into(),
        &seed,
        &Issuers::default(),
        None,
        &Objects::default(),
    )
    .await?;
    let ready = running.ready.clone();
    let telling = tokio::task::spawn_blocking(move || {
        let credentials = Credentials {
            access_key_id: ready.access_key_id,
            secret: ready.access_key_secret,
            security_token: None,
        };
        let administrator = Client::new(&ready.endpoint, credentials);
        Story { administrator, folder, program }.tell()
    });
    telling.await.map_err(|error| Failure::Story(error.to_string()))?.map(|()| ExitCode::SUCCESS)
}

/// A copy of this program where an ordinary user can run it: the build may lie in a folder that he
/// cannot enter.
fn program_for_everybody(folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    let program = folder.join("rolecall");
    std::fs::copy(std::env::current_exe()?, &program)?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

struct Story {
    administrator: Client,
    folder: PathBuf,
    program: PathBuf,
}

impl Story {
    fn tell(&self) -> Result<(), Failure> {
        say("1. An administrator makes a network, a role with a policy, an instance, two objects.");
        let network = self.network()?;
        self.role("photo-reader", "read-album", "album/*")?;
        self.objects()?;
        let instance = self.instance(&network)?;
        self.attach(&instance, "photo-reader")?;
        saw(&format!("{instance} wears photo-reader, which may read {BUCKET}/album/*"));

        say("2. A program inside the instance, with no key, asks for its role and reads.");
        let mut program = Program::start(&self.program, &self.folder, &instance)?;
        expect(&mut program, "role", "ok photo-reader")?;
        let renewed = program.tell("renew")?;
        if !renewed.starts_with("ok STS.") {
            return Err(broke("the credentials of the instance", &renewed));
        }
        saw(&format!("its credentials are {}", renewed.trim_start_matches("ok ")));
        expect(&mut program, &read(INSIDE), "ok a cat")?;
        expect(&mut program, &read(OUTSIDE), "no 403 AccessDenied")?;

        say("3. The administrator edits the policy; the same program asks again.");
        self.edit("read-album", "secret/*")?;
        expect(&mut program, &read(INSIDE), "no 403 AccessDenied")?;
        expect(&mut program, &read(OUTSIDE), "ok a plan")?;

        say("4. Another instance has another role, and only VPC instances have one, and one each.");
        self.others(&network, &instance)?;

        say("5. The clock moves past the end of the credentials.");
        self.advance(PAST_EXPIRY_SECONDS)?;
        expect(&mut program, &read(OUTSIDE), "no 403 SecurityTokenExpired")?;
        let again = program.tell("renew")?;
        if !again.starts_with("ok STS.") || again == renewed {
            return Err(broke("fresh credentials", &again));
        }
        saw(&format!("the metadata service has fresh ones: {}", again.trim_start_matches("ok ")));
        expect(&mut program, &read(OUTSIDE), "ok a plan")?;
        say("Every step held.");
        Ok(())
    }

    /// Makes a VPC with a vSwitch and a security group; returns the last two.
    fn network(&self) -> Result<(String, String), Failure> {
        let zones = self.call(Product::Vpc, "DescribeZones", &[("RegionId", "cn-hangzhou")])?;
        let zone = text(&zones, "/Zones/Zone/0/ZoneId")?;
        let made = self.call(Product::Vpc, "CreateVpc", &[("CidrBlock", "192.168.0.0/16")])?;
        let vpc = text(&made, "/VpcId")?;
        let parameters = [("VpcId", &*vpc), ("ZoneId", &*zone), ("CidrBlock", "192.168.0.0/24")];
        let switch = text(&self.call(Product::Vpc, "CreateVSwitch", &parameters)?, "/VSwitchId")?;
        let group = self.call(Product::Ecs, "CreateSecurityGroup", &[("VpcId", &*vpc)])?;
        let group = text(&group, "/SecurityGroupId")?;
        saw(&format!("{vpc} with {switch} in {zone}"));
        Ok((switch, group))
    }

    /// Makes a role for instances, with a policy that lets it read objects.
    fn role(&self, role: &str, policy: &str, objects: &str) -> Result<(), Failure> {
        let trust = json!({"Version": "1", "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["ecs.aliyuncs.com"]},
        }]});
        let (trust, document) = (trust.to_string(), policy_document(objects));
        let parameters = [("RoleName", role), ("AssumeRolePolicyDocument", &trust)];
        self.call(Product::Ram, "CreateRole", &parameters)?;
        let parameters = [("PolicyName", policy), ("PolicyDocument", &document)];
        self.call(Product::Ram, "CreatePolicy", &parameters)?;
        let parameters = [("PolicyName", policy), ("PolicyType", "Custom"), ("RoleName", role)];
        self.call(Product::Ram, "AttachPolicyToRole", &parameters)?;
        Ok(())
    }

    fn edit(&self, policy: &str, objects: &str) -> Result<(), Failure> {
        let document = policy_document(objects);
        let parameters =
            [("PolicyName", policy), ("PolicyDocument", &*document), ("SetAsDefault", "true")];
        let made = self.call(Product::Ram, "CreatePolicyVersion", &parameters)?;
        let version = text(&made, "/PolicyVersion/VersionId")?;
        saw(&format!("{policy} {version} allows {BUCKET}/{objects}"));
        Ok(())
    }

    fn objects(&self) -> Result<(), Failure> {
        for (key, content) in [("", ""), (INSIDE, "a cat"), (OUTSIDE, "a plan")] {
            self.administrator
                .put(BUCKET, key, content.as_bytes())
                .map_err(|refusal| unexpected("PutObject", &refusal))?;
        }
        saw(&format!("{BUCKET} holds {INSIDE} and {OUTSIDE}"));
        Ok(())
    }

    fn instance(&self, (switch, group): &(String, String)) -> Result<String, Failure> {
        let mut parameters = machine();
        parameters.extend([("VSwitchId", switch.as_str()), ("SecurityGroupId", group.as_str())]);
        let made = self.call(Product::Ecs, "RunInstances", &parameters)?;
        text(&made, "/InstanceIdSets/InstanceIdSet/0")
    }

    fn attach(&self, instance: &str, role: &str) -> Result<(), Failure> {
        let reply = self.attach_reply(instance, role)?;
        if reply.pointer(SUCCESS) == Some(&Value::Bool(true)) {
            return Ok(());
        }
        Err(broke(&format!("attaching {role}"), &reply.to_string()))
    }

    fn attach_reply(&self, instance: &str, role: &str) -> Result<Value, Failure> {
        self.attach_result(instance, role)
            .map_err(|refusal| unexpected("AttachInstanceRamRole", &refusal))
    }

    fn attach_result(&self, instance: &str, role: &str) -> Result<Value, Refusal> {
        let ids = json!([instance]).to_string();
        let parameters =
            [("RegionId", "cn-hangzhou"), ("InstanceIds", &*ids), ("RamRoleName", role)];
        self.administrator.call(Product::Ecs, "AttachInstanceRamRole", &parameters)
    }

    /// A second instance with another role; a classic one; a second role; a detached role.
    fn others(&self, network: &(String, String), first: &str) -> Result<(), Failure> {
        self.role("log-reader", "read-logs", "logs/*")?;
        let second = self.instance(network)?;
        self.attach(&second, "log-reader")?;
        let mut program = Program::start(&self.program, &self.folder, &second)?;
        expect(&mut program, "role", "ok log-reader")?;
        expect(&mut program, &read(OUTSIDE), "no 403 AccessDenied")?;

        let made = self.call(Product::Ecs, "RunInstances", &machine())?;
        let classic = text(&made, "/InstanceIdSets/InstanceIdSet/0")?;
        match self.attach_result(&classic, "log-reader") {
            Err(refusal) if refusal.code == "InvalidNetworkType.MismatchRamRole" => {
                saw(&format!("a classic instance is refused a role: {}", refusal.code));
            }
            other => return Err(broke("a role on a classic instance", &format!("{other:?}"))),
        }

        let reply = self.attach_reply(first, "log-reader")?;
        if reply.pointer(SUCCESS) != Some(&Value::Bool(false)) {
            return Err(broke("a second role on an instance", &reply.to_string()));
        }
        saw(&format!("a second role is refused: {}", text(&reply, CODE)?));

        let ids = json!([second]).to_string();
        let parameters = [("RegionId", "cn-hangzhou"), ("InstanceIds", &*ids)];
        self.call(Product::Ecs, "DetachInstanceRamRole", &parameters)?;
        saw(&format!("log-reader is taken off {second}"));
        expect(&mut program, "role", "no 404 Metadata")?;
        expect(&mut program, "renew", "no 404 Metadata")
    }

    fn advance(&self, seconds: u32) -> Result<(), Failure> {
        let reply = self
            .administrator
            .advance_clock(seconds)
            .map_err(|refusal| unexpected("moving the clock", &refusal))?;
        saw(&format!("it is {} now", text(&reply, "/time")?));
        Ok(())
    }

    fn call(
        &self,
        product: Product,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        self.administrator
            .call(product, action, parameters)
            .map_err(|refusal| unexpected(action, &refusal))
    }
}

/// What every instance of the story is.
fn machine() -> Vec<(&'static str, &'static str)> {
    vec![
        ("RegionId", "cn-hangzhou"),
        ("ImageId", "debian_12_x64_20G_alibase.vhd"),
        ("InstanceType", "ecs.g6.large"),
    ]
}

fn policy_document(objects: &str) -> String {
    json!({"Version": "1", "Statement": [{
        "Effect": "Allow",
        "Action": "oss:GetObject",
        "Resource": format!("acs:oss:*:*:{BUCKET}/{objects}"),
    }]})
    .to_string()
}

fn read(key: &str) -> String {
    format!("read {BUCKET} {key}")
}

/// Tells the program to do something, and holds its answer against what it must be.
fn expect(program: &mut Program, command: &str, expected: &str) -> Result<(), Failure> {
    let answer = program.tell(command)?;
    if answer != expected {
        return Err(broke(command, &answer));
    }
    saw(&format!("{command:30} {answer}"));
    Ok(())
}

fn text(reply: &Value, pointer: &str) -> Result<String, Failure> {
    reply
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| broke(pointer, &reply.to_string()))
}

fn unexpected(what: &str, refusal: &Refusal) -> Failure {
    broke(what, &format!("{} {}: {}", refusal.status, refusal.code, refusal.message))
}

fn broke(what: &str, seen: &str) -> Failure {
    Failure::Story(format!("{what}: saw `{seen}`"))
}

#[expect(clippy::print_stdout, reason = "the story is told to a person")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stdout, reason = "the story is told to a person")]
fn saw(line: &str) {
    println!("     {line}");
}
