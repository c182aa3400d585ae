use std::sync::Arc;

use rolecall_types::{AccountId, RoleName, SessionName};

use super::*;
use crate::{Document, DocumentKind, PolicyType, PrincipalKind, Source};

const OWN: &str = "acs:oss:*:1234567890123456:b/k";
const FOREIGN: &str = "acs:oss:*:6543210987654321:b/k";

/// A set by a letter: `a` allows everything, `d` denies everything, `c` does so under a condition
/// that is met, `u` for the account itself, `n` says nothing.
fn set(kind: DocumentKind, letter: char) -> PolicySet {
    let effect = match letter {
        'a' => "Allow",
        'd' | 'c' | 'u' => "Deny",
        _ => return PolicySet::compile([]),
    };
    let principal = match kind {
        DocumentKind::Bucket if letter == 'u' => r#""Principal":["*","1234567890123456"],"#,
        DocumentKind::Bucket => r#""Principal":["*"],"#,
        _ => "",
    };
    let condition = match letter {
        'c' => r#"{"StringNotEquals":{"k":"x"}}"#,
        _ => "{}",
    };
    let text = format!(
        r#"{{"Version":"1","Statement":{{"Effect":"{effect}",{principal}"Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let source = Source {
        policy_type: PolicyType::System,
        name: letter.to_string(),
        version: String::new(),
    };
    PolicySet::compile([(Arc::new(source), Arc::new(Document::parse(kind, &text).unwrap()))])
}

fn sets(letters: &str) -> Vec<PolicySet> {
    letters.chars().map(|letter| set(DocumentKind::Identity, letter)).collect()
}

struct Layers<'a> {
    root: bool,
    control: &'a str,
    sessions: &'a str,
    identity: &'a str,
    group: &'a str,
    resource: &'a str,
    combine: Combine,
}

const PLAIN: Layers<'static> = Layers {
    root: false,
    control: "",
    sessions: "",
    identity: "",
    group: "",
    resource: "",
    combine: Combine::Identity,
};

fn role() -> PrincipalFacts {
    PrincipalFacts {
        account: AccountId::parse("1234567890123456").unwrap(),
        kind: PrincipalKind::Role {
            name: RoleName::new("web").unwrap(),
            id: serde_json::from_value("300000000000000001".into()).unwrap(),
            session: SessionName::new("session1").unwrap(),
        },
    }
}

fn authorized(layers: &Layers<'_>, needs: Vec<Need>) -> Result<Allowed, Denied> {
    let (control, sessions) = (sets(layers.control), sets(layers.sessions));
    let (identity, group) = (sets(layers.identity), sets(layers.group));
    let resource = layers.resource.chars().next().map(|letter| set(DocumentKind::Bucket, letter));
    let principal =
        if layers.root { PrincipalFacts { kind: PrincipalKind::Root, ..role() } } else { role() };
    let authority = Authority {
        root: layers.root,
        control: &control.iter().collect::<Vec<_>>(),
        sessions: &sessions.iter().collect::<Vec<_>>(),
        identity: &identity.iter().collect::<Vec<_>>(),
        resource_group: &group.iter().collect::<Vec<_>>(),
        resource: ResourceRules::of_policy(resource.as_ref()),
        combine: layers.combine,
        principal: &principal,
    };
    authorize(|_| authority, &Context::new(), needs)
}

fn check(layers: &Layers<'_>, resource: &str) -> Verdict {
    let need = match Arn::parse(resource) {
        Some(arn) => Need::on("oss:GetObject", arn),
        None => Need::any("oss:GetObject"),
    };
    match authorized(layers, vec![need.clone()]) {
        Ok(allowed) => {
            assert_eq!(allowed.checks(), [need]);
            // The layer of an Allow is not told to callers; it is asked again.
            Verdict { decision: Decision::Allow, layer: Layer::Identity }
        }
        Err(denied) => {
            assert_eq!(*denied.need, need);
            assert_ne!(denied.verdict.decision, Decision::Allow);
            denied.verdict
        }
    }
}

const ALLOWED: Verdict = Verdict { decision: Decision::Allow, layer: Layer::Identity };

fn explicit(layer: Layer) -> Verdict {
    Verdict { decision: Decision::ExplicitDeny, layer }
}

fn implicit(layer: Layer) -> Verdict {
    Verdict { decision: Decision::ImplicitDeny, layer }
}

#[test]
fn each_layer_in_turn() {
    let identity =
        |control, sessions, identity, group| Layers { control, sessions, identity, group, ..PLAIN };
    for (layers, expected) in [
        (identity("", "", "", ""), implicit(Layer::Identity)),
        (identity("", "", "a", ""), ALLOWED),
        (identity("", "", "na", ""), ALLOWED),
        (identity("", "", "ad", ""), explicit(Layer::Identity)),
        (identity("a", "", "a", ""), ALLOWED),
        (identity("aan", "", "a", ""), implicit(Layer::Control)),
        (identity("ad", "", "a", ""), explicit(Layer::Control)),
        (identity("n", "d", "d", ""), implicit(Layer::Control)),
        (identity("", "a", "a", ""), ALLOWED),
        (identity("", "aa", "a", ""), ALLOWED),
        (identity("", "n", "a", ""), implicit(Layer::Session)),
        (identity("", "an", "a", ""), implicit(Layer::Session)),
        (identity("", "d", "a", ""), explicit(Layer::Session)),
        (identity("", "a", "n", ""), implicit(Layer::Identity)),
        (identity("", "", "n", "a"), ALLOWED),
        (identity("", "", "n", "n"), implicit(Layer::ResourceGroup)),
        (identity("", "", "n", "d"), explicit(Layer::ResourceGroup)),
        (identity("", "", "a", "d"), ALLOWED),
        (identity("", "", "d", "a"), explicit(Layer::Identity)),
    ] {
        let name = [layers.control, layers.sessions, layers.identity, layers.group].join("|");
        assert_eq!(check(&layers, OWN), expected, "{name}");
        assert_eq!(check(&layers, "*"), expected, "{name} on all resources");
    }
}

#[test]
fn identity_and_resource_policies_combine() {
    use Layer::{Identity, Resource};
    // Identity, resource; either may allow; both must allow; the resource's policy alone.
    for (identity, resource, or, and, only) in [
        ("a", "a", ALLOWED, ALLOWED, ALLOWED),
        ("a", "n", ALLOWED, implicit(Resource), implicit(Resource)),
        ("a", "", ALLOWED, implicit(Resource), implicit(Resource)),
        ("n", "a", ALLOWED, implicit(Identity), ALLOWED),
        ("n", "n", implicit(Identity), implicit(Identity), implicit(Resource)),
        ("d", "a", explicit(Identity), explicit(Identity), ALLOWED),
        ("a", "d", explicit(Resource), explicit(Resource), explicit(Resource)),
        ("n", "d", explicit(Resource), explicit(Resource), explicit(Resource)),
    ] {
        for (combine, expected) in
            [(Combine::Or, or), (Combine::And, and), (Combine::ResourceOnly, only)]
        {
            let layers = Layers { identity, resource, combine, ..PLAIN };
            assert_eq!(check(&layers, OWN), expected, "{identity} {resource} {combine:?}");
        }
    }
}

#[test]
fn a_session_policy_that_does_not_allow_ends_it_even_if_the_bucket_allows() {
    let layers = Layers { sessions: "n", resource: "a", combine: Combine::Or, ..PLAIN };
    assert_eq!(check(&layers, OWN), implicit(Layer::Session));
    let layers = Layers { sessions: "d", resource: "a", combine: Combine::ResourceOnly, ..PLAIN };
    assert_eq!(check(&layers, OWN), ALLOWED, "nobody's session yet");
}

#[test]
fn an_account_cannot_open_anothers_bucket() {
    let layers = |identity, resource| Layers { identity, resource, combine: Combine::Or, ..PLAIN };
    assert_eq!(check(&layers("a", "n"), OWN), ALLOWED);
    assert_eq!(check(&layers("a", "n"), FOREIGN), implicit(Layer::Identity));
    assert_eq!(check(&layers("a", ""), FOREIGN), implicit(Layer::Identity));
    assert_eq!(check(&layers("a", "a"), FOREIGN), ALLOWED, "its owner opened it");
    assert_eq!(check(&layers("d", "a"), FOREIGN), explicit(Layer::Identity));
}

#[test]
fn the_account_itself_passes_at_its_own_resources() {
    let root = |combine, resource| Layers {
        root: true,
        control: "d",
        identity: "",
        resource,
        combine,
        ..PLAIN
    };
    assert_eq!(check(&root(Combine::Identity, ""), OWN), ALLOWED);
    assert_eq!(check(&root(Combine::Identity, ""), "*"), ALLOWED);
    assert_eq!(check(&root(Combine::Identity, ""), "acs:ram:*:system:policy/P"), ALLOWED);
    for other in [FOREIGN, "acs:oss:*::b", "acs:oss:*:*:b"] {
        assert_eq!(
            check(&root(Combine::Identity, ""), other),
            implicit(Layer::Identity),
            "{other}"
        );
    }
    assert_eq!(check(&root(Combine::Or, ""), OWN), ALLOWED);
    assert_eq!(check(&root(Combine::Or, "n"), OWN), ALLOWED);
    assert_eq!(check(&root(Combine::Or, "d"), OWN), ALLOWED, "everybody else is meant");
    assert_eq!(check(&root(Combine::Or, "d"), FOREIGN), explicit(Layer::Resource));
    for named in ["c", "u"] {
        assert_eq!(check(&root(Combine::Or, named), OWN), explicit(Layer::Resource), "{named}");
    }
    assert_eq!(check(&root(Combine::Or, ""), FOREIGN), implicit(Layer::Identity));
    assert_eq!(check(&root(Combine::And, "a"), OWN), implicit(Layer::Identity), "assumes no role");
}

#[test]
fn a_call_without_needs_is_refused() {
    for layers in [Layers { identity: "a", ..PLAIN }, Layers { root: true, ..PLAIN }] {
        let denied = authorized(&layers, Vec::new()).unwrap_err();
        assert_eq!(denied.verdict.decision, Decision::ImplicitDeny);
    }
}

#[test]
fn every_need_must_be_allowed_and_an_explicit_denial_is_told_first() {
    let text = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"a:*","Resource":"*"},
        {"Effect":"Deny","Action":"c:*","Resource":"*"},
        {"Effect":"Allow","Action":"ram:PassRole","Resource":"*",
         "Condition":{"StringEquals":{"acs:Service":"ecs.aliyuncs.com"}}}]}"#;
    let document = Document::parse(DocumentKind::Identity, text).unwrap();
    let (name, version) = ("p".to_owned(), "v1".to_owned());
    let source = Source { policy_type: PolicyType::Custom, name, version };
    let set = PolicySet::compile([(Arc::new(source), Arc::new(document))]);
    let principal = role();
    let authority = Authority {
        root: false,
        control: &[],
        sessions: &[],
        identity: &[&set],
        resource_group: &[],
        resource: ResourceRules::default(),
        combine: Combine::Identity,
        principal: &principal,
    };
    let request = Context::new().with("acs:Service", "slb.aliyuncs.com");
    let ask = |needs: Vec<Need>| {
        authorize(|_| authority, &request, needs).map_err(|denied| denied.need.action)
    };
    let pass = || Need::any("ram:PassRole").with("ACS:service", "ecs.aliyuncs.com");
    let allowed = ask(vec![Need::any("a:x"), pass()]).unwrap();
    assert_eq!(allowed.checks(), [Need::any("a:x"), pass()]);
    assert_eq!(ask(vec![Need::any("ram:PassRole")]).unwrap_err(), "ram:PassRole");
    assert_eq!(ask(vec![Need::any("a:x"), Need::any("b:x")]).unwrap_err(), "b:x");
    assert_eq!(ask(vec![Need::any("b:x"), Need::any("a:x")]).unwrap_err(), "b:x");
    assert_eq!(ask(vec![Need::any("b:x"), Need::any("c:x")]).unwrap_err(), "c:x");
}

#[test]
fn a_needs_own_keys_replace_those_of_the_request() {
    let request = Context::new().with("k", "theirs").with("other", "x");
    let need = Need::any("a:b").with("K", "1").with("k", "2");
    let context = need.context_of(&request);
    assert_eq!(context.get("k"), Some(&["1".to_owned(), "2".to_owned()][..]));
    assert_eq!(context.get("other"), Some(&["x".to_owned()][..]));
}

#[test]
fn only_listed_actions_are_exempt() {
    let allowed = exempt("sts:GetCallerIdentity").unwrap();
    assert_eq!(allowed.checks(), [Need::any("sts:GetCallerIdentity")]);
    for action in ["sts:AssumeRole", "sts:getcalleridentity", "*", ""] {
        assert!(exempt(action).is_none(), "{action}");
    }
}
