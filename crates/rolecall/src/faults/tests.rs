//! Matching, counting, and dice.

use rolecall_metadata::place;

use super::plan::Strike;
use super::rule::{Asked, RuleError, Target};
use super::*;

fn instance(id: &str) -> InstanceId {
    InstanceId::parse(id).unwrap()
}

fn rule(service: Faulty, action: Option<&str>, fault: &str) -> Rule {
    Rule {
        service,
        instance: None,
        action: action.map(str::to_owned),
        fault: fault.parse().unwrap(),
        count: None,
        probability: 1.0,
        seed: 0,
    }
}

fn metadata<'a>(id: Option<&'a InstanceId>, path: &'a str) -> Asked<'a> {
    Asked { instance: id, target: Target::Metadata(place(path)) }
}

fn sts(operation: &str) -> Asked<'_> {
    Asked { instance: None, target: Target::Sts(operation) }
}

const CREDENTIALS: &str = "/latest/meta-data/ram/security-credentials/web";
const NAME: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN: &str = "/latest/api/token";
const ITEM: &str = "/latest/meta-data/instance-id";

#[test]
fn faults_are_written_as_they_are_read() {
    for text in [
        "latency=250ms",
        "status=503",
        "throttle",
        "reset",
        "half-body",
        "malformed-json",
        "expired",
    ] {
        assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
    }
    assert_eq!("latency=2s".parse::<Fault>().unwrap().to_string(), "latency=2000ms");
    for wrong in [
        "",
        "latency",
        "latency=",
        "latency=0s",
        "latency=2",
        "latency=2h",
        "latency=601s",
        "latency=-1s",
        "status=499",
        "status=600",
        "status=200",
        "status",
        "reset=1",
        "Reset",
    ] {
        assert_eq!(wrong.parse::<Fault>(), Err(RuleError::Fault(wrong.to_owned())), "{wrong}");
    }
}

#[test]
fn rules_are_about_their_requests_alone() {
    use Faulty::{Metadata, Sts};
    for (service, action, fault, struck, spared) in [
        (Metadata, None, "reset", &[CREDENTIALS, NAME, TOKEN, ITEM, "/", "/x"][..], &[][..]),
        (Metadata, Some("credentials"), "reset", &[CREDENTIALS], &[NAME, TOKEN, ITEM]),
        (Metadata, Some("token"), "reset", &[TOKEN], &[CREDENTIALS, NAME, ITEM]),
        (Metadata, Some("meta-data/ram/"), "reset", &[CREDENTIALS, NAME], &[TOKEN, ITEM]),
        (Metadata, Some("meta-data/instance-id"), "reset", &[ITEM], &[CREDENTIALS, TOKEN, "/"]),
        (Metadata, None, "expired", &[CREDENTIALS], &[NAME, TOKEN, ITEM, "/latest/meta-data/all"]),
        (
            Metadata,
            None,
            "malformed-json",
            &[CREDENTIALS, "/latest/meta-data/all"],
            &[NAME, TOKEN, ITEM],
        ),
        (Sts, None, "reset", &[], &[CREDENTIALS, NAME, TOKEN, ITEM]),
    ] {
        let rule = rule(service, action, fault);
        assert_eq!(rule.check(|_| true), Ok(()));
        let about = |path: &&&str| rule.is_about(&metadata(None, path));
        assert_eq!(struck.iter().filter(about).count(), struck.len(), "{rule:?}");
        assert_eq!(spared.iter().filter(about).count(), 0, "{rule:?}");
    }
    for (service, action, fault, struck, spared) in [
        (Sts, None, "reset", &["AssumeRole", "GetCallerIdentity", "None"][..], &[][..]),
        (Sts, Some("AssumeRole"), "reset", &["AssumeRole"], &["AssumeRoleWithOIDC", "assumerole"]),
        (Sts, None, "expired", &["AssumeRole", "AssumeRoleWithSAML"], &["GetCallerIdentity"]),
        (Metadata, None, "reset", &[], &["AssumeRole"]),
    ] {
        let rule = rule(service, action, fault);
        let about = |operation: &&&str| rule.is_about(&sts(operation));
        assert_eq!(struck.iter().filter(about).count(), struck.len(), "{rule:?}");
        assert_eq!(spared.iter().filter(about).count(), 0, "{rule:?}");
    }
}

#[test]
fn rules_that_could_never_strike_are_refused() {
    let serves = |action: &str| matches!(action, "AssumeRole" | "GetCallerIdentity");
    let good = rule(Faulty::Sts, Some("AssumeRole"), "expired");
    assert_eq!(good.check(serves), Ok(()));
    for probability in [0.0, -0.5, 1.5, f64::INFINITY] {
        let wrong = Rule { probability, ..good.clone() };
        assert_eq!(wrong.check(serves), Err(RuleError::Probability(probability)));
    }
    assert!(Rule { probability: f64::NAN, ..good.clone() }.check(serves).is_err());
    assert_eq!(Rule { count: Some(0), ..good }.check(serves), Err(RuleError::Count));
    let refused = |service, action: &str, fault| {
        rule(service, Some(action), fault).check(serves).unwrap_err()
    };
    let named = |action: &str| action.to_owned();
    assert_eq!(
        refused(Faulty::Sts, "assumeRole", "reset"),
        RuleError::Operation(named("assumeRole"))
    );
    for action in ["", "/", "role", "latest/meta-data", "/latest/meta-data/", "credential"] {
        let expected = RuleError::Item(named(action));
        assert_eq!(refused(Faulty::Metadata, action, "reset"), expected);
    }
    for (service, action) in [
        (Faulty::Sts, "GetCallerIdentity"),
        (Faulty::Metadata, "token"),
        (Faulty::Metadata, "meta-data/instance-id"),
    ] {
        let expected = RuleError::NoCredentials(named(action));
        assert_eq!(refused(service, action, "expired"), expected);
    }
    for action in ["token", "meta-data/instance-id"] {
        let expected = RuleError::NoJson(named(action));
        assert_eq!(refused(Faulty::Metadata, action, "malformed-json"), expected);
    }
    for action in ["credentials", "meta-data/", "meta-data/ram/security-credentials/web"] {
        for fault in ["expired", "malformed-json"] {
            let rule = rule(Faulty::Metadata, Some(action), fault);
            assert_eq!(rule.check(serves), Ok(()), "{action} {fault}");
        }
    }
}

#[test]
fn another_instance_is_not_struck() {
    let plan = FaultPlan::default();
    let (first, second) = (instance("i-1"), instance("i-2"));
    let of_first = Rule { instance: Some(first.clone()), ..rule(Faulty::Metadata, None, "reset") };
    plan.add(of_first);
    for (id, fault) in [(Some(&second), None), (None, None), (Some(&first), Some(Fault::Reset))] {
        assert_eq!(plan.strike(&metadata(id, ITEM)).fault, fault, "{id:?}");
    }
}

#[test]
fn a_rule_is_used_up_and_the_next_one_strikes() {
    let plan = FaultPlan::default();
    assert!(plan.is_idle());
    plan.add(Rule { count: Some(2), ..rule(Faulty::Metadata, None, "status=503") });
    plan.add(Rule { count: Some(1), ..rule(Faulty::Metadata, None, "reset") });
    let struck: Vec<_> = (0..4).map(|_| plan.strike(&metadata(None, ITEM)).fault).collect();
    let wanted = [Some(Fault::Status(503)), Some(Fault::Status(503)), Some(Fault::Reset), None];
    assert_eq!(struck, wanted);
    assert!(plan.is_idle(), "every rule is used up");
    let states: Vec<_> = plan.rules().iter().map(|it| (it.number, it.struck, it.left)).collect();
    assert_eq!(states, [(1, 2, Some(0)), (2, 1, Some(0))]);
    plan.clear();
    assert_eq!(plan.rules(), []);
    // A number is never given twice.
    assert_eq!(plan.add(rule(Faulty::Sts, None, "reset")).number, 3);
    assert!(!plan.is_idle());
    plan.clear();
    assert!(plan.is_idle());
    assert_eq!(plan.strike(&sts("AssumeRole")), Strike::default());
}

#[test]
fn latencies_add_up_and_let_others_strike() {
    let plan = FaultPlan::default();
    for fault in ["latency=1s", "latency=20ms", "throttle", "latency=5s"] {
        plan.add(rule(Faulty::Sts, None, fault));
    }
    let strike = plan.strike(&sts("AssumeRole"));
    assert_eq!((strike.latency.as_millis(), strike.fault), (1_020, Some(Fault::Throttle)));
    let struck: Vec<_> = plan.rules().iter().map(|it| it.struck).collect();
    assert_eq!(struck, [1, 1, 1, 0], "what stands behind the fault has no part in it");
}

#[test]
fn the_same_seed_gives_the_same_strikes() {
    let strikes = |seed, probability, noise: bool| -> Vec<bool> {
        let plan = FaultPlan::default();
        let reset = rule(Faulty::Metadata, Some("credentials"), "reset");
        plan.add(Rule { probability, seed, ..reset });
        let each = |_| {
            // What the rule is not about throws no dice.
            if noise {
                plan.strike(&metadata(None, ITEM));
            }
            plan.strike(&metadata(None, CREDENTIALS)).fault.is_some()
        };
        (0..2_000).map(each).collect()
    };
    let first = strikes(7, 0.3, false);
    assert_eq!(first, strikes(7, 0.3, true));
    assert_ne!(first, strikes(8, 0.3, false));
    let count = first.iter().filter(|struck| **struck).count();
    assert!((500..700).contains(&count), "{count} of 2000 at 0.3");
    assert!(strikes(7, 1.0, false).iter().all(|struck| *struck));
}
