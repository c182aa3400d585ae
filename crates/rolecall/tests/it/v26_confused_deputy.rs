//! V26, the confused deputy: who may wear a role is told by its trust policy alone, with the real
//! identity of the caller, for every form of principal, every kind of caller and two accounts.

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use serde_json::{Value, json};

use crate::harness::{ACCOUNT, ALLOW_ALL, STRANGER, Server, TRUST_ACCOUNT, read_credentials};

/// The role that everybody wants.
const TARGET: &str = "target";

/// Kinds of caller, in the order of the table's columns.
const CALLERS: [&str; 9] = [
    "alice, who may do anything",
    "carol, who may do nothing",
    "a session of the account",
    "the account itself",
    "bob of another account",
    "dave of another account, who may do nothing",
    "a session of another account",
    "another account itself",
    "ECS for the account",
];

/// A row without a caller that is let in.
const NOBODY: [bool; 9] = [false; 9];

/// What a trust policy names, and which callers it lets in.
fn table() -> Vec<(&'static str, Value, [bool; 9])> {
    let account = |id: &str, relative: &str| json!({"RAM": [format!("acs:ram::{id}:{relative}")]});
    let service = |name: &str| json!({ "Service": [name] });
    let of = |columns: &[usize]| {
        let mut row = NOBODY;
        for column in columns {
            row[*column] = true;
        }
        row
    };
    vec![
        ("the account", account(ACCOUNT, "root"), of(&[0, 2])),
        ("another account", account(STRANGER, "root"), of(&[4, 6])),
        ("a third account", account("1111222233334444", "root"), NOBODY),
        ("alice", account(ACCOUNT, "user/alice"), of(&[0])),
        ("carol", account(ACCOUNT, "user/carol"), NOBODY),
        ("bob of the other account", account(STRANGER, "user/bob"), of(&[4])),
        ("a role", account(ACCOUNT, "role/worker"), of(&[2])),
        ("a role of the other account", account(STRANGER, "role/worker"), of(&[6])),
        ("ECS", service("ecs.aliyuncs.com"), of(&[8])),
        ("OSS", service("oss.aliyuncs.com"), NOBODY),
        ("RDS", service("rds.aliyuncs.com"), NOBODY),
        ("a name like that of ECS", service("xecs.aliyuncs.com"), NOBODY),
        ("a longer name than that of ECS", service("ecs.aliyuncs.com.example.com"), NOBODY),
        (
            "a provider",
            json!({"Federated": [format!("acs:ram::{ACCOUNT}:saml-provider/p")]}),
            NOBODY,
        ),
        (
            "everybody who is named",
            json!({
                "RAM": [
                    format!("acs:ram::{ACCOUNT}:user/alice"),
                    format!("acs:ram::{STRANGER}:role/worker"),
                ],
                "Service": ["ecs.aliyuncs.com"],
            }),
            of(&[0, 6, 8]),
        ),
    ]
}

struct World {
    server: Server,
    stranger: Credentials,
    callers: Vec<Credentials>,
    instance: String,
}

/// Calls of a user's life in another account than the server's.
fn must(server: &Server, caller: &Credentials, action: &str, parameters: &[(&str, &str)]) -> Value {
    let answer = server.call(caller, (Product::Ram, action), parameters);
    assert_eq!(answer.status, 200, "{action}: {answer:?}");
    answer.json()
}

fn user(server: &Server, root: &Credentials, name: &str, may: bool) -> Credentials {
    must(server, root, "CreateUser", &[("UserName", name)]);
    if may {
        let all = [("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
        let named = [&[("UserName", name)], &all[..]].concat();
        must(server, root, "AttachPolicyToUser", &named);
    }
    read_credentials(&must(server, root, "CreateAccessKey", &[("UserName", name)])["AccessKey"])
}

fn worker(server: &Server, root: &Credentials, user: &Credentials, account: &str) -> Credentials {
    let trust = TRUST_ACCOUNT.replace(ACCOUNT, account);
    let role = [("RoleName", "worker"), ("AssumeRolePolicyDocument", trust.as_str())];
    must(server, root, "CreateRole", &role);
    let all = [("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
    let named = [&[("RoleName", "worker")], &all[..]].concat();
    must(server, root, "AttachPolicyToRole", &named);
    let arn = format!("acs:ram::{account}:role/worker");
    let session = server.assume(user, "worker", &[("RoleArn", &arn)]);
    assert_eq!(session.status, 200, "{session:?}");
    read_credentials(&session.json()["Credentials"])
}

impl World {
    fn new() -> Self {
        let mut server = Server::start();
        let stranger = server.add_stranger();
        let root = server.root.clone();
        let alice = user(&server, &root, "alice", true);
        let carol = user(&server, &root, "carol", false);
        let bob = user(&server, &stranger, "bob", true);
        let dave = user(&server, &stranger, "dave", false);
        let own = worker(&server, &root, &alice, ACCOUNT);
        let other = worker(&server, &stranger, &bob, STRANGER);
        let callers = vec![alice, carol, own, root, bob, dave, other, stranger.clone()];
        let instance = server.instance(&server.network());
        Self { server, stranger, callers, instance }
    }

    /// Gives the target a trust policy.
    fn trust(&self, document: &str) {
        let named = [("RoleName", TARGET), ("AssumeRolePolicyDocument", document)];
        self.server.ram("CreateRole", &named);
    }

    fn forget(&self) {
        let ids = json!([self.instance]).to_string();
        let worn = [("InstanceIds", ids.as_str())];
        self.server.must((Product::Ecs, "DetachInstanceRamRole"), &worn);
        self.server.ram("DeleteRole", &[("RoleName", TARGET)]);
    }

    /// Whether a kind of caller gets the role.
    fn wears(&self, column: usize) -> bool {
        let Some(caller) = self.callers.get(column) else {
            let ids = json!([self.instance]).to_string();
            let named = [("InstanceIds", ids.as_str()), ("RamRoleName", TARGET)];
            let attach = (Product::Ecs, "AttachInstanceRamRole");
            let answer = self.server.call(&self.server.root, attach, &named);
            assert!(answer.status == 200 || answer.code() == "InvalidRamRole.NotEcsRole");
            return answer.status == 200 && answer.json()["FailCount"] == 0;
        };
        let answer = self.server.assume(caller, TARGET, &[]);
        assert!(answer.status == 200 || answer.code() == "NoPermission", "{answer:?}");
        answer.status == 200
    }
}

fn document(principal: &Value, effect: &str, condition: &Value) -> Value {
    json!({
        "Effect": effect, "Action": "sts:AssumeRole", "Principal": principal,
        "Condition": condition,
    })
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "1", "Statement": statements}).to_string()
}

#[test]
fn the_trust_policy_lets_in_whom_it_names_and_nobody_else() {
    let world = World::new();
    let everybody = json!({
        "RAM": [format!("acs:ram::{ACCOUNT}:root"), format!("acs:ram::{STRANGER}:root")],
        "Service": ["ecs.aliyuncs.com"],
    });
    let unmet = json!({"StringEquals": {"sts:ExternalId": "the-one"}});
    for (name, principal, lets_in) in table() {
        let variants = [
            ("plainly", policy(&[document(&principal, "Allow", &json!({}))]), lets_in),
            ("on a condition", policy(&[document(&principal, "Allow", &unmet)]), [false; 9]),
            (
                "and is denied",
                policy(&[
                    document(&principal, "Allow", &json!({})),
                    document(&everybody, "Deny", &json!({})),
                ]),
                [false; 9],
            ),
            (
                "beside a denial that does not hold",
                policy(&[
                    document(&principal, "Allow", &json!({})),
                    document(&everybody, "Deny", &unmet),
                ]),
                lets_in,
            ),
        ];
        for (way, trust, expected) in variants {
            world.trust(&trust);
            for (column, caller) in CALLERS.iter().enumerate() {
                assert_eq!(world.wears(column), expected[column], "{name} {way}: {caller}");
            }
            world.forget();
        }
    }
    // The condition that was not met can be.
    let principal = json!({"RAM": [format!("acs:ram::{STRANGER}:root")]});
    world.trust(&policy(&[document(&principal, "Allow", &unmet)]));
    let with =
        |id: &str| world.server.assume(&world.callers[4], TARGET, &[("ExternalId", id)]).code();
    assert_eq!((with("the-one").as_str(), with("another").as_str()), ("ok", "NoPermission"));
}

/// A role's name says nothing of its account: what another account passes is its own.
#[test]
fn a_service_acts_for_the_account_that_calls() {
    let world = World::new();
    let ecs = json!({"Service": ["ecs.aliyuncs.com"]});
    world.trust(&policy(&[document(&ecs, "Allow", &json!({}))]));
    let ids = json!([world.instance]).to_string();
    let attach = (Product::Ecs, "AttachInstanceRamRole");
    let named = [("InstanceIds", ids.as_str()), ("RamRoleName", TARGET)];
    for caller in [&world.stranger, &world.callers[4], &world.callers[6]] {
        let answer = world.server.call(caller, attach, &named);
        assert_eq!(answer.code(), "InvalidRamRole.NotFound", "{answer:?}");
    }
    // Where the other account has a role of that name, the instance is still not its own.
    let trust = policy(&[document(&ecs, "Allow", &json!({}))]);
    let role = [("RoleName", TARGET), ("AssumeRolePolicyDocument", trust.as_str())];
    must(&world.server, &world.stranger, "CreateRole", &role);
    let answer = world.server.call(&world.stranger, attach, &named);
    assert_eq!(answer.code(), "InvalidInstanceId.NotFound", "{answer:?}");
    let shown = [("InstanceIds", ids.as_str())];
    let shown = world.server.must((Product::Ecs, "DescribeInstanceRamRole"), &shown);
    assert!(!shown.to_string().contains(TARGET), "{shown}");
    assert!(world.wears(8), "the account itself can");
}

/// Whoever may pass no role gives none to an instance, whatever the role trusts.
#[test]
fn a_trusted_service_needs_the_caller_to_pass_the_role() {
    let world = World::new();
    let ecs = json!({"Service": ["ecs.aliyuncs.com"]});
    world.trust(&policy(&[document(&ecs, "Allow", &json!({}))]));
    let ids = json!([world.instance]).to_string();
    let named = [("InstanceIds", ids.as_str()), ("RamRoleName", TARGET)];
    let attach = (Product::Ecs, "AttachInstanceRamRole");
    let statement = |more: &str| {
        format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"ecs:*","Resource":"*"}}{more}]}}"#
        )
    };
    let pass = |condition: &str| {
        statement(&format!(
            r#",{{"Effect":"Allow","Action":"ram:PassRole","Resource":"*","Condition":{condition}}}"#
        ))
    };
    for (index, (policy, expected)) in [
        (statement(""), "InvalidUser.PassRoleForbidden"),
        (
            pass(r#"{"StringEquals":{"acs:Service":"rds.aliyuncs.com"}}"#),
            "InvalidUser.PassRoleForbidden",
        ),
        (pass(r#"{"StringEquals":{"acs:Service":"ecs.aliyuncs.com"}}"#), "ok"),
        (ALLOW_ALL.to_owned(), "ok"),
    ]
    .into_iter()
    .enumerate()
    {
        let caller = world.server.user(&format!("passer-{index}"), &policy);
        let answer = world.server.call(&caller, attach, &named);
        let code = answer.json()["Code"].as_str().unwrap_or("ok").to_owned();
        assert_eq!(code, expected, "{policy}");
    }
}
