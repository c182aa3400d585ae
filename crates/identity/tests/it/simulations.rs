//! A simulation answers what the real call is answered: both gather policies by the same function.

use rolecall_gate::{Question, SimulationError};
use rolecall_identity::set_control_policy;
use rolecall_policy::Decision;
use rolecall_types::{AccountId, Clock, Random, SeededRandom};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, STRANGER, TRUST_ACCOUNT, TRUST_ECS, World, document};

/// How many worlds are drawn, each with every call by each caller.
const ROUNDS: u64 = 60;

/// Operation, parameters, and what it is checked on.
type RealCall = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// Real calls.
const CALLS: &[RealCall] = &[
    ("ListUsers", &[], "user/*"),
    ("GetUser", &[("UserName", "alice")], "user/alice"),
    ("GetRole", &[("RoleName", "web")], "role/web"),
    ("GetRole", &[("RoleName", "machine")], "role/machine"),
    ("ListPolicies", &[], "policy/*"),
];

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, sides: u8) -> u8 {
        let mut byte = [0];
        self.0.fill(&mut byte);
        byte[0] % sides
    }

    fn one<'a>(&self, of: &[&'a str]) -> &'a str {
        of[usize::from(self.below(u8::try_from(of.len()).unwrap()))]
    }

    fn statement(&self) -> Value {
        let condition = match self.below(6) {
            0 => json!({"IpAddress": {"acs:SourceIp": "192.0.2.0/24"}}),
            1 => json!({"Bool": {"acs:SecureTransport": "false"}}),
            2 => json!({"StringEquals": {"acs:ResourceTag/env": "prod"}}),
            3 => json!({"StringLike": {"acs:PrincipalARN": "*:user/*"}}),
            _ => json!({}),
        };
        json!({
            "Effect": if self.below(5) == 0 { "Deny" } else { "Allow" },
            "Action": self.one(&["*", "ram:*", "ram:Get*", "ram:List*", "sts:AssumeRole", "ram:GetRole"]),
            "Resource": self.one(&["*", "*", "acs:ram:*:*:role/*", "acs:ram:*:*:user/*", "acs:ram::*:role/web"]),
            "Condition": condition,
        })
    }

    fn document(&self) -> String {
        let statements: Vec<_> = (0..=self.below(3)).map(|_| self.statement()).collect();
        json!({"Version": "1", "Statement": statements}).to_string()
    }
}

fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn question(
    principal: &str,
    action: &str,
    relative: &str,
    session_policy: Option<&str>,
) -> Question {
    let values = |text: &str| vec![text.to_owned()];
    Question {
        principal: principal.to_owned(),
        action: action.to_owned(),
        resource: format!("acs:ram:*:{ACCOUNT}:{relative}"),
        context: vec![
            ("acs:SourceIp".to_owned(), values("192.0.2.7")),
            ("acs:SecureTransport".to_owned(), values("true")),
        ],
        session_policy: session_policy.map(str::to_owned),
        bucket_policy: None,
    }
}

#[tokio::test]
async fn a_simulation_and_the_real_call_agree() {
    let (mut allowed, mut denied) = (0, 0);
    for round in 0..ROUNDS {
        let (world, dice) = (World::new().await, Dice(SeededRandom::new(round)));
        let alice = world.user("alice", &[&dice.document(), &dice.document()]).await;
        world.group("staff", &["alice"]).await;
        world.policy("of-staff", &dice.document()).await;
        world.attach("Group", "staff", "Custom", "of-staff").await;
        let trust = dice.one(&[TRUST_ACCOUNT, TRUST_ACCOUNT, TRUST_ECS]);
        world.role("web", trust).await;
        world.role("machine", TRUST_ECS).await;
        let tagged = [
            ("ResourceType", "role"),
            ("ResourceNames", r#"["web"]"#),
            ("Tag.1.Key", "env"),
            ("Tag.1.Value", "prod"),
        ];
        world.must("TagResources", &tagged).await;
        world.policy("of-web", &dice.document()).await;
        world.attach("Role", "web", "Custom", "of-web").await;
        let helper = world.user("helper", &[&document("Allow", "*", "*")]).await;
        let narrow = (dice.below(2) == 0).then(|| dice.document());
        let with = narrow.iter().map(|text| ("Policy", text.as_str())).collect::<Vec<_>>();
        let session = world.assume(&helper, "web", &with).await;
        if dice.below(2) == 0 {
            let (text, now) = (dice.document(), world.clock.now());
            let set = set_control_policy(&world.store, &id(ACCOUNT), Some(&text), now).await;
            world.gate.settle(set.unwrap()).await.unwrap();
        }
        let mut callers =
            vec![("user/alice", alice.clone(), None), ("root", world.root.clone(), None)];
        if session.code() == "ok" {
            let credentials = crate::support::credentials(&session.body["Credentials"]);
            callers.push(("assumed-role/web/alice", credentials, narrow.as_deref()));
        }
        for (principal, credentials, session_policy) in &callers {
            for (operation, parameters, relative) in CALLS {
                let real = world.ram(credentials, operation, parameters).await;
                let action = format!("ram:{operation}");
                let asked = question(principal, &action, relative, *session_policy);
                let simulated = world.gate.simulate(&id(ACCOUNT), &asked).unwrap();
                let real = real.code() != "NoPermission";
                assert_eq!(simulated.is_allowed(), real, "round {round}: {asked:?}\n{simulated}");
                if real { allowed += 1 } else { denied += 1 }
            }
            for role in ["web", "machine", "none"] {
                let real = world.assume(credentials, role, &[]).await.code() != "NoPermission";
                let relative = format!("role/{role}");
                let asked = question(principal, "sts:AssumeRole", &relative, *session_policy);
                let simulated = world.gate.simulate(&id(ACCOUNT), &asked).unwrap();
                assert_eq!(simulated.is_allowed(), real, "round {round}: {asked:?}\n{simulated}");
            }
        }
    }
    assert!(allowed > 200 && denied > 200, "both answers are drawn: {allowed} {denied}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let world = World::new().await;
    world.user("alice", &[]).await;
    world.role("web", TRUST_ACCOUNT).await;
    let ask = |question: Question| world.gate.simulate(&id(ACCOUNT), &question);
    let plain = question("user/alice", "ram:GetRole", "role/web", None);
    for principal in ["", "alice", "user/", "user/nobody", "role/none", "acs:oss:*:1:user/alice"] {
        let wrong = ask(Question { principal: principal.to_owned(), ..plain.clone() });
        let told = wrong.unwrap_err();
        let expected = matches!(told, SimulationError::Principal(_) | SimulationError::Unknown(_));
        assert!(expected, "{principal}: {told}");
    }
    let other = format!("acs:ram::{STRANGER}:user/alice");
    let wrong = ask(Question { principal: other, ..plain.clone() });
    assert!(matches!(wrong, Err(SimulationError::Unknown(_))), "of another account");
    for action in ["", "ram", "ram:", ":GetRole", "ram:Get*", "*", "ram:a:b"] {
        let wrong = ask(Question { action: action.to_owned(), ..plain.clone() });
        assert!(matches!(wrong, Err(SimulationError::Action(_))), "{action}");
    }
    for resource in ["", "role/web", "acs:ram", "acs::*:*:role/web", "acs:ram:*:*:"] {
        let wrong = ask(Question { resource: resource.to_owned(), ..plain.clone() });
        assert!(matches!(wrong, Err(SimulationError::Resource(_))), "{resource}");
    }
    let policy = |principal: &str, text: &str| {
        ask(question(principal, "ram:GetRole", "role/web", Some(text)))
    };
    assert!(matches!(policy("user/alice", "{}"), Err(SimulationError::NoSession)));
    assert!(matches!(policy("role/web", "{}"), Err(SimulationError::SessionPolicy(_))));
    for (action, resource, text) in [
        ("ram:GetRole", "acs:ram:*:*:role/web", BUCKET_POLICY),
        ("oss:GetObject", "acs:ram:*:*:role/web", BUCKET_POLICY),
        ("oss:ListBuckets", "*", BUCKET_POLICY),
    ] {
        let wrong = ask(on_bucket("user/alice", action, resource, Some(text)));
        assert!(matches!(wrong, Err(SimulationError::NoBucket)), "{action} {resource}");
    }
    let wrong = on_bucket("user/alice", "oss:GetObject", "acs:oss:*:*:b/k", Some("{}"));
    assert!(matches!(ask(wrong), Err(SimulationError::BucketPolicy(_))));
}

/// Everybody may read below `open/`; nobody below `shut/`.
const BUCKET_POLICY: &str = r#"{"Version":"1","Statement":[
    {"Effect":"Allow","Principal":["*"],"Action":"oss:GetObject","Resource":"acs:oss:*:*:b/open/*"},
    {"Effect":"Deny","Principal":["*"],"Action":"oss:*","Resource":"acs:oss:*:*:b/shut/*"}]}"#;

fn on_bucket(principal: &str, action: &str, resource: &str, policy: Option<&str>) -> Question {
    Question {
        resource: resource.to_owned(),
        bucket_policy: policy.map(str::to_owned),
        ..question(principal, action, "", None)
    }
}

#[tokio::test]
async fn the_policy_of_a_bucket_counts_beside_those_of_the_caller() {
    let world = World::new().await;
    world.user("reader", &[&document("Allow", "oss:GetObject", "*")]).await;
    world.user("barred", &[&document("Deny", "oss:*", "*")]).await;
    world.user("nobody", &[]).await;
    world.role("web", TRUST_ACCOUNT).await;
    let narrow = document("Allow", "oss:GetObject", "acs:oss:*:*:b/other/*");
    for (principal, session, key, without, with) in [
        ("user/reader", None, "open/k", true, true),
        ("user/reader", None, "other", true, true),
        ("user/reader", None, "shut/k", true, false),
        ("user/nobody", None, "open/k", false, true),
        ("user/nobody", None, "other", false, false),
        ("user/barred", None, "open/k", false, false),
        ("role/web", None, "open/k", false, true),
        // What a session was not given, no bucket gives back.
        ("role/web", Some(&narrow), "open/k", false, false),
        ("anonymous", None, "open/k", false, true),
        ("anonymous", None, "other", false, false),
        ("root", None, "other", true, true),
    ] {
        for (policy, expected) in [(None, without), (Some(BUCKET_POLICY), with)] {
            let resource = format!("acs:oss:*:{ACCOUNT}:b/{key}");
            let asked = on_bucket(principal, "oss:GetObject", &resource, policy);
            let asked = Question { session_policy: session.cloned(), ..asked };
            let answer = world.gate.simulate(&id(ACCOUNT), &asked).unwrap();
            assert_eq!(answer.is_allowed(), expected, "{asked:?}\n{answer}");
        }
    }
}

#[tokio::test]
async fn special_callers_and_actions_are_known() {
    let world = World::new().await;
    world.user("alice", &[&document("Deny", "*", "*")]).await;
    let ask = |principal: &str, action: &str| {
        let asked = question(principal, action, "role/web", None);
        world.gate.simulate(&id(ACCOUNT), &asked).unwrap()
    };
    assert!(ask("user/alice", "STS:getcalleridentity").is_allowed(), "no policy governs it");
    assert!(!ask("user/ALICE", "ram:GetRole").is_allowed());
    assert!(ask("root", "ram:GetRole").is_allowed());
    assert!(!ask("anonymous", "ram:GetRole").is_allowed());
    world.role("web", TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AdministratorAccess").await;
    for session in ["role/web/alice", "assumed-role/web/alice"] {
        for session in [session.to_owned(), format!("acs:ram::{ACCOUNT}:{session}")] {
            assert!(ask(&session, "ram:GetRole").is_allowed(), "{session}");
        }
    }
    // Nobody takes on what is no role, whatever a policy allows.
    for resource in ["*".to_owned(), format!("acs:ram:*:{ACCOUNT}:user/alice")] {
        for principal in ["root", "role/web"] {
            let asked = question(principal, "sts:AssumeRole", "role/web", None);
            let asked = Question { resource: resource.clone(), ..asked };
            let answer = world.gate.simulate(&id(ACCOUNT), &asked).unwrap();
            assert!(!answer.is_allowed(), "{principal} {resource}: {answer}");
        }
    }
    let full = format!("acs:ram::{ACCOUNT}:user/alice");
    let rolecall_gate::Simulation::Decided(why) = ask(&full, "ram:GetRole") else {
        panic!("policies decide")
    };
    assert_eq!(why.decision, Decision::ExplicitDeny);
}
