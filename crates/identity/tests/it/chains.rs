//! Random chains of sessions, each assumed by the one before, held to a model: none outlasts its
//! parent, and none may do what its role or its session policy does not allow.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall_crypto::sign::Credentials;
use rolecall_types::{Clock, time};
use serde_json::json;

use crate::support::{TRUST_ACCOUNT, World, credentials, document};

/// How many sessions a chain has at the most.
const DEPTH: usize = 4;
/// How many chains are tried.
const CHAINS: u32 = 1000;
/// What is asked of each session; the first makes the next one.
const ACTIONS: [&str; 4] = ["sts:AssumeRole", "ram:ListRoles", "ram:ListUsers", "ram:ListPolicies"];
/// Roles: the longest session, and which of [`ACTIONS`] they may do.
const ROLES: [(&str, i64, Set); 4] = [
    ("everything", 43_200, [true, true, true, true]),
    ("chaining", 7200, [true, false, true, false]),
    ("listing", 3600, [false, true, true, true]),
    ("brief", 3600, [true, true, false, false]),
];

/// Which of [`ACTIONS`] something is about.
type Set = [bool; ACTIONS.len()];

/// A session to be assumed.
#[derive(Debug, Clone)]
struct Step {
    /// How long the session before is left alone first, in seconds.
    wait: i64,
    role: usize,
    duration: Option<i64>,
    policy: Option<SessionPolicy>,
}

/// A session policy: what it allows, and what it denies.
#[derive(Debug, Clone)]
struct SessionPolicy {
    allow: Set,
    deny: Set,
}

fn step() -> impl Strategy<Value = Step> {
    let duration = proptest::option::of(prop_oneof![Just(900), Just(3600), 900..=43_200_i64]);
    let allow = proptest::array::uniform4(proptest::bool::weighted(0.8));
    let deny = proptest::array::uniform4(proptest::bool::weighted(0.1));
    let policy = (allow, deny).prop_map(|(allow, deny)| SessionPolicy { allow, deny });
    let wait = prop_oneof![9 => 0..900_i64, 1 => 900..10_000_i64];
    (wait, 0..ROLES.len(), duration, proptest::option::of(policy))
        .prop_map(|(wait, role, duration, policy)| Step { wait, role, duration, policy })
}

impl SessionPolicy {
    fn text(&self) -> String {
        let statement = |(effect, set): (&str, Set)| {
            let actions = ACTIONS.iter().zip(set).filter(|(_, is_in)| *is_in);
            let actions: Vec<_> = actions.map(|(action, _)| *action).collect();
            let statement = json!({"Effect": effect, "Action": actions, "Resource": "*"});
            (!actions.is_empty()).then_some(statement)
        };
        let unrelated = json!({"Effect": "Allow", "Action": "oss:*", "Resource": "*"});
        let both = [("Allow", self.allow), ("Deny", self.deny)].into_iter().filter_map(statement);
        let statements: Vec<_> = both.chain([unrelated]).collect();
        json!({"Version": "1", "Statement": statements}).to_string()
    }
}

/// What the model knows of a session.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// When it ends, in seconds; a user does not end.
    end: i64,
    may: Set,
}

impl Known {
    /// The session that a step gives, or the code of the refusal.
    fn next(self, step: &Step, now: i64) -> Result<Self, &'static str> {
        let (_, longest, rights) = ROLES[step.role];
        let seconds = step.duration.unwrap_or(3600);
        if now >= self.end {
            return Err("InvalidSecurityToken.Expired");
        }
        if !self.may[0] {
            return Err("NoPermission");
        }
        if seconds > longest {
            return Err("InvalidParameter.DurationSeconds");
        }
        let allowed = |action: usize| {
            rights[action]
                && step.policy.as_ref().is_none_or(|it| it.allow[action] && !it.deny[action])
        };
        Ok(Self { end: self.end.min(now + seconds), may: std::array::from_fn(allowed) })
    }
}

async fn furnished() -> (World, Credentials) {
    let world = World::new().await;
    for (role, longest, rights) in ROLES {
        world.role(role, TRUST_ACCOUNT).await;
        let longest = longest.to_string();
        let update = [("RoleName", role), ("NewMaxSessionDuration", longest.as_str())];
        world.must("UpdateRole", &update).await;
        let policy = SessionPolicy { allow: rights, deny: [false; ACTIONS.len()] };
        world.policy(role, &policy.text()).await;
        world.attach("Role", role, "Custom", role).await;
    }
    let alice = world.user("alice", &[&document("Allow", "sts:AssumeRole", "*")]).await;
    (world, alice)
}

/// Follows one chain; returns how many sessions it gave.
async fn follow(world: &World, alice: &Credentials, chain: &[Step]) -> usize {
    let mut known = Known { end: i64::MAX, may: [true, false, false, false] };
    let mut caller = alice.clone();
    for (depth, step) in chain.iter().enumerate() {
        world.clock.advance(step.wait);
        let now = world.clock.now().as_second();
        let duration = step.duration.map(|seconds| seconds.to_string());
        let policy = step.policy.as_ref().map(SessionPolicy::text);
        let given = [("DurationSeconds", duration.as_deref()), ("Policy", policy.as_deref())];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let answer = world.assume(&caller, ROLES[step.role].0, &given.collect::<Vec<_>>()).await;
        let parent = known;
        known = match known.next(step, now) {
            Ok(known) => known,
            Err(code) => {
                assert_eq!(answer.code(), code, "step {depth} of {chain:?}");
                return depth;
            }
        };
        assert_eq!(answer.code(), "ok", "step {depth} of {chain:?}: {}", answer.body);
        let given = &answer.body["Credentials"];
        let end = given["Expiration"].as_str().and_then(time::parse_seconds).unwrap().as_second();
        assert!(end <= parent.end, "step {depth} of {chain:?} outlasts its parent");
        assert_eq!(end, known.end, "step {depth} of {chain:?}");
        caller = credentials(given);
        for (action, may) in ACTIONS.into_iter().zip(known.may).skip(1) {
            let (_, action) = action.split_once(':').unwrap();
            let answer = world.ram(&caller, action, &[]).await;
            let expected = if may { "ok" } else { "NoPermission" };
            assert_eq!(answer.code(), expected, "{action} at step {depth} of {chain:?}");
        }
    }
    chain.len()
}

#[test]
fn no_chain_outlasts_or_outdoes_what_it_came_from() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (world, alice) = runtime.block_on(furnished());
    let deepest = std::cell::Cell::new(0);
    let config = Config { cases: CHAINS, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&proptest::collection::vec(step(), 1..=DEPTH), |chain| {
            let depth = runtime.block_on(follow(&world, &alice, &chain));
            deepest.set(deepest.get().max(depth));
            Ok(())
        })
        .unwrap();
    assert_eq!(deepest.get(), DEPTH, "no chain was long");
}
