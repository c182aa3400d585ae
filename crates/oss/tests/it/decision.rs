//! The one decision: every kind of caller, policy, access control list and block, against a rule
//! that is written here anew.

use rolecall_gate::Body;
use rolecall_types::Secret;
use serde_json::json;

use crate::support::{
    ACCOUNT, OTHER_ACCOUNT, Request, Signed, World, get, policy, put, request, statements,
};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    OwnerRoot,
    UserAllowed,
    UserSilent,
    UserDenied,
    RoleFree,
    RoleSessionAllows,
    RoleSessionSilent,
    StrangerRoot,
    StrangerAllowed,
    Anonymous,
}

impl Caller {
    const ALL: [Self; 10] = [
        Self::OwnerRoot,
        Self::UserAllowed,
        Self::UserSilent,
        Self::UserDenied,
        Self::RoleFree,
        Self::RoleSessionAllows,
        Self::RoleSessionSilent,
        Self::StrangerRoot,
        Self::StrangerAllowed,
        Self::Anonymous,
    ];

    fn is_at_home(self) -> bool {
        !matches!(self, Self::StrangerRoot | Self::StrangerAllowed | Self::Anonymous)
    }

    /// Whether policies of its own allow it everything at home.
    fn may(self) -> bool {
        matches!(
            self,
            Self::OwnerRoot | Self::UserAllowed | Self::RoleFree | Self::RoleSessionAllows
        )
    }
}

/// The bucket's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    None,
    AllowsEverybody,
    AllowsTheSilentUser,
    DeniesEverybody,
    DeniesEverybodyFromHere,
    DeniesFromElsewhere,
    DeniesTheOwner,
}

impl Policy {
    const ALL: [Self; 7] = [
        Self::None,
        Self::AllowsEverybody,
        Self::AllowsTheSilentUser,
        Self::DeniesEverybody,
        Self::DeniesEverybodyFromHere,
        Self::DeniesFromElsewhere,
        Self::DeniesTheOwner,
    ];

    fn text(self) -> Option<String> {
        let (effect, principal, condition) = match self {
            Self::None => return None,
            Self::AllowsEverybody => ("Allow", "*", json!({})),
            Self::AllowsTheSilentUser => ("Allow", "200000000000000001", json!({})),
            Self::DeniesEverybody => ("Deny", "*", json!({})),
            Self::DeniesEverybodyFromHere => {
                ("Deny", "*", json!({"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}}))
            }
            Self::DeniesFromElsewhere => {
                ("Deny", "*", json!({"NotIpAddress": {"acs:SourceIp": "192.0.2.0/24"}}))
            }
            Self::DeniesTheOwner => ("Deny", ACCOUNT, json!({})),
        };
        let statement = json!({
            "Effect": effect,
            "Principal": [principal],
            "Action": Operation::ALL.map(Operation::action),
            "Resource": ["acs:oss:*:*:bucket", "acs:oss:*:*:bucket/*"],
            "Condition": condition,
        });
        Some(json!({"Version": "1", "Statement": [statement]}).to_string())
    }

    fn denies(self, caller: Caller) -> bool {
        match self {
            Self::DeniesEverybody => caller != Caller::OwnerRoot,
            Self::DeniesEverybodyFromHere => true,
            Self::DeniesTheOwner => caller == Caller::OwnerRoot,
            _ => false,
        }
    }

    fn allows(self, caller: Caller, blocked: bool) -> bool {
        match self {
            Self::AllowsEverybody => !blocked,
            Self::AllowsTheSilentUser => caller == Caller::UserSilent,
            _ => false,
        }
    }
}

/// One operation of each class. None of them changes what the next ones are decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    List,
    Rights,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Read, Self::Write, Self::List, Self::Rights];

    fn action(self) -> &'static str {
        match self {
            Self::Read => "oss:GetObject",
            Self::Write => "oss:PutObject",
            Self::List => "oss:ListObjects",
            Self::Rights => "oss:GetObjectAcl",
        }
    }

    fn request(self) -> Request {
        match self {
            Self::Read => get("bucket", "k"),
            Self::Write => request("POST", "bucket", "k").query("uploads", ""),
            Self::List => request("GET", "bucket", ""),
            Self::Rights => get("bucket", "k").query("acl", ""),
        }
    }
}

/// What must be answered: nothing, or the EC of a refusal.
fn expected(
    caller: Caller,
    operation: Operation,
    policy: Policy,
    lists: [&str; 2],
    blocked: bool,
) -> Option<&'static str> {
    if caller == Caller::RoleSessionSilent {
        return Some("0003-00000301");
    }
    let (by_user, by_bucket) = (caller == Caller::UserDenied, policy.denies(caller));
    if caller.is_at_home() && (by_user || by_bucket) {
        return Some(match (by_user, by_bucket) {
            (true, true) => "0003-00000203",
            (true, false) => "0003-00000201",
            _ => "0003-00000101",
        });
    }
    let [bucket_list, object_list] = lists;
    let list = if object_list == "default" { bucket_list } else { object_list };
    let open = match operation {
        Operation::Read => list != "private",
        Operation::Write => list == "public-read-write",
        Operation::List | Operation::Rights => false,
    };
    let allowed = caller.may() || policy.allows(caller, blocked) || open && !blocked;
    if allowed && !by_bucket {
        return None;
    }
    Some(match operation {
        Operation::Rights => "0003-00000007",
        Operation::List if caller == Caller::Anonymous => "0003-00000002",
        Operation::Read | Operation::Write if caller.is_at_home() && object_list != "default" => {
            "0003-00000005"
        }
        _ => "0003-00000001",
    })
}

struct Scene {
    world: World,
    free: (String, String, Secret<String>),
    allowing: (String, String, Secret<String>),
    silent: (String, String, Secret<String>),
}

impl Scene {
    async fn new() -> Self {
        let all = policy("Allow", "oss:*", "*");
        let deny = statements(&[("Allow", "oss:*", "*"), ("Deny", "oss:*", "*")]);
        let world = World::with(&[
            ("allowed", ACCOUNT, all.clone()),
            ("silent", ACCOUNT, policy("Allow", "ecs:*", "*")),
            ("denied", ACCOUNT, deny),
            ("foreigner", OTHER_ACCOUNT, all.clone()),
        ])
        .await;
        world.send(request("PUT", "bucket", "")).await.assert_status(200);
        world.send(put("bucket", "k", "x")).await.assert_status(200);
        let (free, allowing) = (world.session(&[]), world.session(&[all]));
        let silent = world.session(&[policy("Allow", "ecs:*", "*")]);
        Self { world, free, allowing, silent }
    }

    /// The EC of the refusal, if it is one.
    async fn ask(&self, caller: Caller, operation: Operation) -> Option<String> {
        let asked = operation.request();
        let session = match caller {
            Caller::RoleFree => Some(&self.free),
            Caller::RoleSessionAllows => Some(&self.allowing),
            Caller::RoleSessionSilent => Some(&self.silent),
            _ => None,
        };
        let answer = if let Some((who, token, secret)) = session {
            let mut asked = asked.by(who);
            asked.token = Some(token.clone());
            self.world.send_with(asked, secret).await
        } else {
            self.world
                .send(match caller {
                    Caller::UserAllowed => asked.by("allowed"),
                    Caller::UserSilent => asked.by("silent"),
                    Caller::UserDenied => asked.by("denied"),
                    Caller::StrangerRoot => asked.by("LTAIother"),
                    Caller::StrangerAllowed => asked.by("foreigner"),
                    Caller::Anonymous => asked.signed(Signed::No),
                    _ => asked,
                })
                .await
        };
        match answer.status {
            200 => None,
            403 => Some(answer.header("x-oss-ec").unwrap().to_owned()),
            other => panic!("{caller:?} {operation:?}: {other} {answer:?}"),
        }
    }

    async fn block(&self, on: &str, blocked: bool) {
        let body = format!(
            "<PublicAccessBlockConfiguration><BlockPublicAccess>{blocked}</BlockPublicAccess>\
             </PublicAccessBlockConfiguration>"
        );
        let asked = request("PUT", on, "").query("publicAccessBlock", "").body(Body::full(body));
        self.world.send(asked).await.assert_status(200);
    }

    async fn set_lists(&self, [bucket, object]: [&str; 2]) {
        let asked = request("PUT", "bucket", "").query("acl", "").header("x-oss-acl", bucket);
        self.world.send(asked).await.assert_status(200);
        let asked = request("PUT", "bucket", "k").query("acl", "");
        self.world.send(asked.header("x-oss-object-acl", object)).await.assert_status(200);
    }

    async fn set_policy(&self, policy: Policy) {
        let asked = |method| request(method, "bucket", "").query("policy", "");
        match policy.text() {
            Some(text) => {
                self.world.send(asked("PUT").body(Body::full(text))).await.assert_status(200);
            }
            None => self.world.send(asked("DELETE")).await.assert_status(204),
        }
    }

    /// Every caller and operation under what is set now.
    async fn check(&self, policy: Policy, lists: [&str; 2], blocked: bool) -> usize {
        for caller in Caller::ALL {
            for operation in Operation::ALL {
                let found = self.ask(caller, operation).await;
                assert_eq!(
                    found.as_deref(),
                    expected(caller, operation, policy, lists, blocked),
                    "{caller:?} {operation:?} under {policy:?}, {lists:?}, blocked: {blocked}"
                );
            }
        }
        Caller::ALL.len() * Operation::ALL.len()
    }
}

#[tokio::test]
async fn every_caller_under_every_policy_and_list() {
    let scene = Scene::new().await;
    let mut tried = 0;
    for bucket in ["private", "public-read", "public-read-write"] {
        for object in ["default", "private", "public-read", "public-read-write"] {
            scene.set_lists([bucket, object]).await;
            for policy in Policy::ALL {
                scene.set_policy(policy).await;
                tried += scene.check(policy, [bucket, object], false).await;
            }
        }
    }
    assert_eq!(tried, 3 * 4 * 7 * 40);
}

#[tokio::test]
async fn a_block_takes_what_is_public_out_of_force_and_nothing_else() {
    let scene = Scene::new().await;
    for on in ["bucket", ""] {
        for (bucket, object) in
            [("private", "default"), ("public-read-write", "default"), ("private", "public-read")]
        {
            for policy in Policy::ALL {
                scene.set_lists([bucket, object]).await;
                scene.set_policy(policy).await;
                scene.block(on, true).await;
                scene.check(policy, [bucket, object], true).await;
                scene.block(on, false).await;
                scene.check(policy, [bucket, object], false).await;
            }
        }
    }
}
