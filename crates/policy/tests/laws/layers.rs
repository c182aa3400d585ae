//! Laws of policies of several layers.

use proptest::prelude::*;
use proptest::sample::select;
use rolecall_policy::{
    Authority, Check, Combine, Decision, DocumentKind, PolicySet, PrincipalFacts, PrincipalKind,
    Resource, ResourceRules, decide,
};
use rolecall_types::{AccountId, UserName};
use serde_json::{Value, json};

use crate::given::{
    ACCOUNT, Asked, ask, asked, check, config, everything, read, set, set_of, statement, statements,
};

/// Policies of some layers.
#[derive(Clone)]
struct Layered<'a> {
    control: Vec<&'a PolicySet>,
    sessions: Vec<&'a PolicySet>,
    identity: Vec<&'a PolicySet>,
    resource: Option<&'a PolicySet>,
    combine: Combine,
}

impl<'a> Layered<'a> {
    fn of(identity: &[&'a PolicySet]) -> Self {
        let combine = Combine::Identity;
        let (control, sessions) = (Vec::new(), Vec::new());
        Self { control, sessions, identity: identity.to_vec(), resource: None, combine }
    }

    fn decide(&self, kind: PrincipalKind, asked: &Asked) -> Decision {
        let principal = PrincipalFacts { account: AccountId::parse(ACCOUNT).unwrap(), kind };
        let authority = Authority {
            root: principal.kind == PrincipalKind::Root,
            control: &self.control,
            sessions: &self.sessions,
            identity: &self.identity,
            resource_group: &[],
            resource: ResourceRules::of_policy(self.resource),
            combine: self.combine,
            principal: &principal,
        };
        let Asked { action, resource, context } = asked;
        decide(&authority, &Check { action, resource, context, principal: None }).decision
    }
}

fn alice() -> PrincipalKind {
    PrincipalKind::User {
        name: UserName::new("alice").unwrap(),
        id: serde_json::from_value("200000000000000001".into()).unwrap(),
    }
}

/// A trust policy with these statements, each for the given principal.
fn trust(statements: &[Value], principal: &Value) -> PolicySet {
    let statements: Vec<Value> = statements
        .iter()
        .map(|one| {
            json!({
                "Effect": one["Effect"],
                "Action": one.get("Action").unwrap_or(&json!("*")),
                "Principal": principal,
                "Condition": one["Condition"],
            })
        })
        .collect();
    set_of([read(DocumentKind::Trust, &statements).unwrap()])
}

fn some() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 1..5)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_session_has_no_more_than_its_role(
        identity in statements(),
        session in statements(),
        asked in asked(),
    ) {
        let (identity, session) = (set(&identity), set(&session));
        let nothing = set(&[]);
        let with = |sessions: &[&PolicySet]| {
            let layered = Layered { sessions: sessions.to_vec(), ..Layered::of(&[&identity]) };
            layered.decide(alice(), &asked)
        };
        let both = [ask(&identity, &asked), ask(&session, &asked)] == [Decision::Allow; 2];
        let decision = with(&[&session]);
        prop_assert_eq!(decision == Decision::Allow, both);
        prop_assert_eq!(with(&[&session, &session]), decision);
        // No session policy is not an empty one.
        prop_assert_eq!(with(&[]), ask(&identity, &asked));
        prop_assert_eq!(with(&[&nothing]), Decision::ImplicitDeny);
    }

    #[test]
    fn each_level_of_control_must_allow(
        identity in statements(),
        levels in prop::collection::vec(statements(), 0..3),
        asked in asked(),
    ) {
        let identity = set(&identity);
        let levels: Vec<PolicySet> = levels.iter().map(|level| set(level)).collect();
        let control: Vec<&PolicySet> = levels.iter().collect();
        let bound = Layered { control: control.clone(), ..Layered::of(&[&identity]) };
        let all = control.iter().chain([&&identity]).all(|s| ask(s, &asked) == Decision::Allow);
        prop_assert_eq!(bound.decide(alice(), &asked) == Decision::Allow, all);
        // They do not bind the account itself.
        let free = Layered::of(&[]).decide(PrincipalKind::Root, &asked);
        let bound = Layered { identity: Vec::new(), ..bound };
        prop_assert_eq!(bound.decide(PrincipalKind::Root, &asked), free);
    }

    #[test]
    fn accounts_are_isolated(identity in statements(), asked in asked()) {
        let identity = set(&identity);
        let foreign = matches!(&asked.resource, Resource::Named(arn) if arn.account != ACCOUNT);
        let layered = Layered { combine: Combine::Or, ..Layered::of(&[&identity]) };
        let decision = layered.decide(alice(), &asked);
        if foreign {
            prop_assert_ne!(decision, Decision::Allow);
            let all = set(&[everything()]);
            let layered = Layered { identity: vec![&all], ..layered };
            prop_assert_eq!(layered.decide(alice(), &asked), Decision::ImplicitDeny);
        } else {
            prop_assert_eq!(decision, ask(&identity, &asked));
        }
    }

    #[test]
    fn nobody_assumes_a_role_that_does_not_trust_him(
        identity in statements(),
        trusted in some(),
        named in select(vec!["user/alice", "root", "user/bob", "role/alice"]),
        asked in asked(),
    ) {
        let names = matches!(named, "user/alice" | "root");
        let principal = json!({"RAM": [format!("acs:ram::{ACCOUNT}:{named}")]});
        let (identity, resource) = (set(&identity), trust(&trusted, &principal));
        let everybody = set(&[everything()]);
        let layered = |identity: &[&PolicySet], kind| {
            let (resource, combine) = (Some(&resource), Combine::And);
            Layered { resource, combine, ..Layered::of(identity) }.decide(kind, &asked)
        };
        let trust = layered(&[&everybody], alice());
        let decision = layered(&[&identity], alice());
        if !names {
            prop_assert_eq!(trust, Decision::ImplicitDeny);
        }
        let own = ask(&identity, &asked);
        let denied = own == Decision::ExplicitDeny || trust == Decision::ExplicitDeny;
        let expected = match (own, trust) {
            _ if denied => Decision::ExplicitDeny,
            (Decision::Allow, Decision::Allow) => Decision::Allow,
            _ => Decision::ImplicitDeny,
        };
        prop_assert_eq!(decision, expected);
        prop_assert_ne!(layered(&[], PrincipalKind::Root), Decision::Allow);
    }

    #[test]
    fn a_service_has_what_the_role_says_and_nothing_else(
        identity in statements(),
        session in statements(),
        trusted in some(),
        host in select(vec!["ecs.aliyuncs.com", "fc.aliyuncs.com"]),
        asked in asked(),
    ) {
        let resource = trust(&trusted, &json!({"Service": "ecs.aliyuncs.com"}));
        let (identity, session) = (set(&identity), set(&session));
        let alone = Layered {
            resource: Some(&resource),
            combine: Combine::ResourceOnly,
            ..Layered::of(&[])
        };
        let service = || PrincipalKind::Service(host.to_owned());
        let decision = alone.decide(service(), &asked);
        let (identity, sessions) = (vec![&identity], vec![&session]);
        let others = Layered { sessions, identity, ..alone.clone() };
        prop_assert_eq!(others.decide(service(), &asked), decision);
        // A user is never a service, whatever his own policies say.
        let all = set(&[everything()]);
        let user = Layered { identity: vec![&all], combine: Combine::And, ..alone };
        prop_assert_ne!(user.decide(alice(), &asked), Decision::Allow);
        if host == "ecs.aliyuncs.com" {
            let to_all = trust(&trusted, &json!({"RAM": format!("acs:ram::{ACCOUNT}:root")}));
            let user = Layered { resource: Some(&to_all), ..user };
            prop_assert_eq!(user.decide(alice(), &asked), decision);
        } else {
            prop_assert_eq!(decision, Decision::ImplicitDeny);
        }
    }

    #[test]
    fn what_has_expired_allows_nothing(
        one in statement(),
        asked in asked(),
        second in 0..60_u32,
        late in any::<bool>(),
    ) {
        let mut until = one.clone();
        until["Effect"] = "Allow".into();
        let mut expiry = json!({"acs:CurrentTime": "2026-08-12T09:00:30Z"});
        let lasting = check(std::slice::from_ref(&until), &asked);
        until["Condition"]["DateLessThan"] = expiry.take();
        let asked = asked.with("acs:CurrentTime", &format!("2026-08-12T17:00:{second:02}+08:00"));
        let all = set(&[everything()]);
        let until = set(&[until]);
        let expected = if second < 30 { lasting } else { Decision::ImplicitDeny };
        // As a policy of the caller, or of its session.
        let (identity, session) = if late { (&all, &until) } else { (&until, &all) };
        let layered = Layered { sessions: vec![session], ..Layered::of(&[identity]) };
        prop_assert_eq!(layered.decide(alice(), &asked), expected);
    }

    #[test]
    fn one_set_or_several_are_the_same(some in statements(), cut in 0..6_usize, asked in asked()) {
        let (left, right) = some.split_at(cut.min(some.len()));
        let (left, right, whole) = (set(left), set(right), set(&some));
        let several = Layered::of(&[&left, &right]).decide(alice(), &asked);
        prop_assert_eq!(several, Layered::of(&[&whole]).decide(alice(), &asked));
    }
}
