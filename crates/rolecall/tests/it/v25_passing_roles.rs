//! V25, escalation: whoever is no administrator does not become one, whatever calls he makes one
//! after another with all that they give him; and each known way up is found by the same search.

use std::collections::BTreeSet;

use rolecall_api::{Access, Product};
use rolecall_crypto::sign::Credentials;
use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Dice, Sample, Scheme, Server, TRUST_ACCOUNT, TRUST_ECS, cases, catalogue,
    pairs, read_credentials, statements,
};

/// The roles: the first two are those of administrators.
const ROLES: [&str; 4] = ["admin", "admin-ecs", "low", "middle"];
/// What only an administrator of these worlds may do.
const PROBE: (Product, &str) = (Product::Sts, "ListSessions");
/// How often all calls are made with all credentials; what is found in one round is used in the
/// next.
const ROUNDS: usize = 3;
/// How many calls mallory makes by chance in one world.
const STEPS: usize = 500;

/// A world with an administrator, mallory who has some rights, roles, groups and an instance.
struct World {
    server: Server,
    network: [String; 3],
    instance: String,
    held: Vec<Credentials>,
}

impl World {
    fn new(rights: &Value) -> Self {
        let server = Server::start();
        server.user("boss", ALLOW_ALL);
        let rights = json!({"Version": "1", "Statement": rights}).to_string();
        let mallory = server.user("mallory", &rights);
        server.role("admin", TRUST_ACCOUNT);
        server.role("admin-ecs", TRUST_ECS);
        let passing = policy("ram:PassRole", "*");
        server.ram("CreatePolicy", &[("PolicyName", "passing"), ("PolicyDocument", &passing)]);
        for (role, trust) in [("low", TRUST_ECS), ("middle", TRUST_ACCOUNT)] {
            let both = if role == "low" { both_trusts() } else { trust.to_owned() };
            server.ram("CreateRole", &[("RoleName", role), ("AssumeRolePolicyDocument", &both)]);
        }
        let worn = [("RoleName", "middle"), ("PolicyType", "Custom"), ("PolicyName", "passing")];
        server.ram("AttachPolicyToRole", &worn);
        for group in ["admins", "staff"] {
            server.ram("CreateGroup", &[("GroupName", group)]);
        }
        let all = [("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
        server.ram("AttachPolicyToGroup", &[&[("GroupName", "admins")], &all[..]].concat());
        server.ram("AddUserToGroup", &[("UserName", "mallory"), ("GroupName", "staff")]);
        let network = server.network();
        let instance = server.instance(&network);
        Self { server, network, instance, held: vec![mallory] }
    }

    /// Whether mallory has got an administrator's rights: by credentials that he holds, or by an
    /// instance that wears a role of theirs.
    fn is_lost(&self) -> bool {
        let may = |caller: &Credentials| self.server.call(caller, PROBE, &[]).status == 200;
        let worn = |role: &&str| {
            let named = [("RamRoleName", *role)];
            let shown = self.server.must((Product::Ecs, "DescribeInstanceRamRole"), &named);
            shown["TotalCount"] != 0
        };
        self.held.iter().any(may) || ROLES[..2].iter().any(worn)
    }

    /// Makes all calls with all credentials until nothing more is got; the number of calls that
    /// were made, and of those that succeeded. It ends early where mallory has won.
    fn search(&mut self) -> (u32, u32, bool) {
        let alphabet = alphabet(&self.instance, &self.network);
        let (mut made, mut succeeded) = (0, 0);
        let mut done = BTreeSet::new();
        for _ in 0..ROUNDS {
            for holder in 0..self.held.len() {
                for (index, call) in alphabet.iter().enumerate() {
                    made += 1;
                    let Some(view) = self.make(holder, call) else { continue };
                    succeeded += 1;
                    if is_given(&view) && done.insert((holder, index)) {
                        self.keep(&view);
                    }
                    if call.operation.spec().access == Access::Write && self.is_lost() {
                        return (made, succeeded, true);
                    }
                }
                if self.is_lost() {
                    return (made, succeeded, true);
                }
            }
        }
        (made, succeeded, self.is_lost())
    }

    /// Makes calls by chance, every second one among those that succeeded before, each with any
    /// credentials that mallory has by then; how many of them succeeded, and whether he has won.
    fn wander(&mut self, dice: &Dice) -> (usize, bool) {
        let alphabet = alphabet(&self.instance, &self.network);
        let (mut succeeded, mut promising) = (0, Vec::new());
        for _ in 0..STEPS {
            let known = !promising.is_empty() && dice.below(2) == 0;
            let index = if known { dice.pick(&promising) } else { dice.below(alphabet.len()) };
            let call = &alphabet[index];
            let Some(view) = self.make(dice.below(self.held.len()), call) else { continue };
            succeeded += 1;
            promising.push(index);
            // Each set of credentials makes every look at what he has longer.
            if is_given(&view) && self.held.len() < 16 {
                self.keep(&view);
            }
            if call.operation.spec().access == Access::Write && self.is_lost() {
                return (succeeded, true);
            }
        }
        (succeeded, self.is_lost())
    }

    /// Makes a call with credentials of mallory's; what is answered, if it succeeds.
    fn make(&self, holder: usize, call: &Sample) -> Option<Value> {
        let answer = call.send(&self.server, Scheme::Acs3, &self.held[holder]);
        (answer.status == 200).then(|| answer.json())
    }

    fn keep(&mut self, view: &Value) {
        let given = GIVEN.iter().filter(|field| view[**field].is_object());
        self.held.extend(given.map(|field| read_credentials(&view[*field])));
    }
}

/// Where an answer gives credentials.
const GIVEN: [&str; 2] = ["Credentials", "AccessKey"];

fn is_given(view: &Value) -> bool {
    GIVEN.iter().any(|field| view[*field].is_object())
}

fn policy(action: &str, resource: &str) -> String {
    json!({"Version": "1", "Statement": [allow(&[action], &[resource])]}).to_string()
}

fn both_trusts() -> String {
    json!({"Version": "1", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
            "RAM": [format!("acs:ram::{ACCOUNT}:root")], "Service": ["ecs.aliyuncs.com"],
        },
    }]})
    .to_string()
}

fn allow(actions: &[&str], resources: &[&str]) -> Value {
    let resources: Vec<String> = resources
        .iter()
        .map(|resource| match *resource {
            "*" => "*".to_owned(),
            "AdministratorAccess" => "acs:ram:*:system:policy/AdministratorAccess".to_owned(),
            relative => format!("acs:ram:*:{ACCOUNT}:{relative}"),
        })
        .collect();
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

/// Every call that changes something or gives credentials, for every target of this world: made
/// from the declarations, so that an operation to come is tried, too.
fn alphabet(instance: &str, [_, v_switch, group]: &[String; 3]) -> Vec<Sample> {
    let arn = |role: &str| format!("acs:ram::{ACCOUNT}:role/{role}");
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let targets = [
        ("UserName", own(&["mallory", "boss"])),
        ("GroupName", own(&["admins", "staff"])),
        ("RoleName", own(&ROLES)),
        ("RamRoleName", own(&ROLES)),
        ("RoleArn", ROLES.iter().map(|role| arn(role)).collect()),
        ("PolicyName", own(&["AdministratorAccess", "policy-of-mallory"])),
        ("InstanceIds.1", own(&[instance])),
    ];
    let mut calls = Vec::new();
    for sample in catalogue() {
        let spec = sample.operation.spec();
        let gives = spec.action.starts_with("AssumeRole");
        if sample.is_object() || !(gives || spec.access == Access::Write) {
            continue;
        }
        let mut several = vec![sample.clone()];
        // What is optional and names a role, a user, or makes a version count.
        for field in ["RamRoleName", "UserName", "SetAsDefault", "NewAssumeRolePolicyDocument"] {
            let known = sample.operation.request().iter().find(|known| known.name == field);
            if known.is_some_and(|known| !known.required) {
                several.push(Sample::of(sample.operation, Some(field)));
            }
        }
        for (field, values) in &targets {
            several = several
                .into_iter()
                .flat_map(|call| match call.get(field) {
                    Some(_) => values.iter().map(|value| call.with(field, value)).collect(),
                    None => vec![call],
                })
                .collect();
        }
        calls.extend(several.into_iter().map(|call| match call.get("PolicyName") {
            Some("policy-of-mallory") => call.with("PolicyType", "Custom"),
            _ => call.with("PolicyType", "System"),
        }));
    }
    // A launch needs more than its declaration tells.
    for call in &mut calls {
        if matches!(call.action(), "RunInstances" | "CreateInstance") {
            let more = [
                ("ImageId", "ubuntu_22_04_x64_20G_alibase_20240101.vhd"),
                ("InstanceType", "ecs.g6.large"),
                ("VSwitchId", v_switch),
                ("SecurityGroupId", group),
            ];
            call.parameters.retain(|(name, _)| more.iter().all(|(given, _)| given != name));
            call.parameters.extend(pairs(&more));
        }
    }
    calls
}

#[test]
fn who_is_no_administrator_does_not_become_one() {
    let machines = allow(&["ecs:*", "vpc:*"], &["*"]);
    let pass = |role: &str| allow(&["ram:PassRole"], &[&format!("role/{role}")]);
    let assume = |role: &str| allow(&["sts:AssumeRole"], &[&format!("role/{role}")]);
    let of_another_service = json!({
        "Effect": "Allow", "Action": "ram:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"acs:Service": "rds.aliyuncs.com"}},
    });
    let deny = json!({"Effect": "Deny", "Action": "ram:PassRole",
        "Resource": format!("acs:ram:*:{ACCOUNT}:role/admin*")});
    let seeds = [
        ("machines", json!([machines])),
        ("a low role", json!([machines, pass("low"), assume("low")])),
        // Who may launch, and who may pass, are two callers here.
        ("two halves", json!([machines, pass("low"), assume("low"), assume("middle")])),
        ("another service", json!([machines, of_another_service, assume("middle")])),
        ("a denial", json!([machines, allow(&["ram:PassRole"], &["*"]), deny, assume("low")])),
        ("passing alone", json!([allow(&["ram:PassRole", "ram:Get*", "ram:List*"], &["*"])])),
    ];
    for (name, rights) in seeds {
        let mut world = World::new(&rights);
        assert!(!world.is_lost(), "{name}");
        let (made, succeeded, lost) = world.search();
        assert!(!lost, "{name}: after {made} calls");
        assert!(made > 200, "{name}: {made} calls");
        assert!(succeeded > 0 || name == "passing alone", "{name}: nothing can be done");
    }
}

/// Rights that lead nowhere lead nowhere together, in whatever order calls are made.
#[test]
fn nobody_becomes_one_by_chance() {
    let dice = Dice::new(25);
    let one = |actions: &[&str], resources: &[&str]| vec![allow(actions, resources)];
    let admins = json!({"Effect": "Deny", "Action": "ram:PassRole",
        "Resource": format!("acs:ram:*:{ACCOUNT}:role/admin*")});
    let rights = [
        one(&["ecs:*", "vpc:*"], &["*"]),
        one(&["ram:PassRole"], &["role/low"]),
        one(&["sts:AssumeRole"], &["role/low"]),
        one(&["sts:AssumeRole"], &["role/middle"]),
        one(&["ram:Get*", "ram:List*"], &["*"]),
        one(&["ram:CreateUser", "ram:CreateGroup", "ram:CreateRole"], &["*"]),
        vec![allow(&["ram:PassRole"], &["*"]), admins],
    ];
    let (mut made, mut succeeded) = (0, 0);
    while made < cases(2_000) {
        let some: Vec<&Value> = rights.iter().filter(|_| dice.below(3) > 0).flatten().collect();
        let some = json!(if some.is_empty() { rights[0].iter().collect() } else { some });
        let (more, lost) = World::new(&some).wander(&dice);
        (made, succeeded) = (made + STEPS, succeeded + more);
        assert!(!lost, "{some}");
    }
    println!("{made} calls, of which {succeeded} succeeded");
    assert!(succeeded > made / 20, "{succeeded} of {made}");
}

#[test]
fn each_known_way_up_is_found() {
    let ways = [
        (
            "a role on an instance",
            json!([
                allow(&["ecs:AttachInstanceRamRole"], &["*"]),
                allow(&["ram:PassRole"], &["role/admin-ecs"]),
            ]),
        ),
        (
            "a role at a launch",
            json!([
                allow(&["ecs:RunInstances"], &["*"]),
                allow(&["ram:PassRole"], &["role/admin-ecs"]),
            ]),
        ),
        (
            "a policy for himself",
            json!([allow(&["ram:AttachPolicyToUser"], &["user/mallory", "AdministratorAccess"]),]),
        ),
        (
            "a policy for his group",
            json!([allow(&["ram:AttachPolicyToGroup"], &["group/staff", "AdministratorAccess"]),]),
        ),
        (
            "a policy for a role he wears",
            json!([
                allow(&["ram:AttachPolicyToRole"], &["role/low", "AdministratorAccess"]),
                allow(&["sts:AssumeRole"], &["role/low"]),
            ]),
        ),
        ("a group", json!([allow(&["ram:AddUserToGroup"], &["user/mallory", "group/admins"]),])),
        (
            "a version of his policy",
            json!([allow(&["ram:CreatePolicyVersion"], &["policy/policy-of-mallory"]),]),
        ),
        ("a key of another", json!([allow(&["ram:CreateAccessKey"], &["user/boss"])])),
        ("a role", json!([allow(&["sts:AssumeRole"], &["role/admin"])])),
        (
            "a trust policy",
            json!([
                allow(&["ram:UpdateRole"], &["role/admin-ecs"]),
                allow(&["sts:AssumeRole"], &["role/admin-ecs"]),
            ]),
        ),
    ];
    for (name, rights) in ways {
        let mut world = World::new(&rights);
        assert!(!world.is_lost(), "{name}");
        let (made, _, lost) = world.search();
        assert!(lost, "{name}: not found in {made} calls");
    }
}

/// The alphabet is worth something only if its calls come to be decided.
#[test]
fn every_call_of_the_alphabet_is_decided() {
    let server = Server::start();
    let alphabet = alphabet("i-none", &["vpc-none", "vsw-none", "sg-none"].map(str::to_owned));
    assert!(alphabet.len() > 100, "{}", alphabet.len());
    for call in &alphabet {
        let answer = call.send(&server, Scheme::Acs3, &server.root);
        let code = answer.code();
        let wrong = ["MissingParameter", "UnsupportedParameter", "InvalidParameter.PolicyGrammar"];
        assert!(!wrong.contains(&code.as_str()), "{}: {answer:?}", call.name());
        assert!(!statements(&call.needs(ACCOUNT).unwrap(), "Allow").is_empty());
    }
}
