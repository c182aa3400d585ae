use rolecall_types::{AccountId, Arn, PrincipalId, SeededRandom, UserName};

use super::*;
use crate::{AclOf, Blocked, PublicAccess};
use crate::{Combine, Context, Document, DocumentKind, PolicyType, PrincipalFacts, PrincipalKind};
use crate::{Resource, ResourceRules};

const STATEMENTS: &str = r#"{"Version":"1","Statement":[
    {"Effect":"Allow","Action":"ecs:*","Resource":"*"},
    {"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:a/*",
     "Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/8"},"Bool":{"acs:SecureTransport":"true"}}},
    {"Effect":"Deny","Action":"oss:*","Resource":"acs:oss:*:*:a/secret/*"},
    {"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:a/secret/*"}]}"#;

fn set(text: &str) -> PolicySet {
    let source = Source {
        policy_type: PolicyType::Custom,
        name: "reader".to_owned(),
        version: "v2".to_owned(),
    };
    let document = Document::parse(DocumentKind::Identity, text).unwrap();
    PolicySet::compile([(Arc::new(source), Arc::new(document))])
}

fn named(relative: &str) -> Resource {
    Resource::Named(Arn::new("oss", "*", "1234567890123456", relative))
}

fn user() -> PrincipalFacts {
    PrincipalFacts {
        account: AccountId::parse("1234567890123456").unwrap(),
        kind: PrincipalKind::User {
            name: UserName::new("alice").unwrap(),
            id: PrincipalId::generate(&SeededRandom::new(1), '2'),
        },
    }
}

fn authority<'a>(identity: &'a [&'a PolicySet], principal: &'a PrincipalFacts) -> Authority<'a> {
    Authority {
        root: false,
        control: &[],
        sessions: &[],
        identity,
        resource_group: &[],
        resource: ResourceRules::default(),
        combine: Combine::Identity,
        principal,
    }
}

fn check(action: &str, resource: &Resource, context: &Context) -> Explanation {
    let (set, principal) = (set(STATEMENTS), user());
    let check = Check { action, resource, context, principal: None };
    explain(&authority(&[&set], &principal), &check)
}

#[test]
fn the_deciding_statement_is_named() {
    let context = Context::new();
    let explanation = check("ecs:StopInstance", &Resource::Any, &context);
    assert_eq!(
        explanation.to_string(),
        "allowed: ecs:StopInstance on *\n  by the identity policies: \
         Allow in statement 1 of Custom policy `reader` v2"
    );
    let explanation = check("oss:GetObject", &named("a/secret/x"), &context);
    assert_eq!(
        explanation.to_string(),
        "denied: oss:GetObject on acs:oss:*:1234567890123456:a/secret/x\n  \
         by the identity policies: Deny in statement 3 of Custom policy `reader` v2\n\
         next: no policy can allow what another one denies; change that statement"
    );
    assert_eq!((explanation.remedies, explanation.nearest), (Vec::new(), None));
}

#[test]
fn the_nearest_statement_tells_what_it_lacks() {
    let context = Context::new().with("acs:SourceIp", "11.0.0.1");
    let explanation = check("oss:GetObject", &named("a/x"), &context);
    assert_eq!(
        explanation.to_string(),
        "denied: oss:GetObject on acs:oss:*:1234567890123456:a/x\n  \
         nothing in the identity policies allows it\n\
         nearest: statement 2 of Custom policy `reader` v2\n  \
         IpAddress acs:SourceIp [10.0.0.0/8] is not met: the request has [11.0.0.1]\n  \
         Bool acs:SecureTransport [true] is not met: the request does not have the key\n\
         next: attach this policy to the user, to a group of it, or to the role\n  \
         {\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\
         \"Action\":\"oss:GetObject\",\"Resource\":\"acs:oss:*:1234567890123456:a/x\"}]}"
    );
    let explanation = check("oss:PutObject", &named("b/x"), &context);
    let nearest = explanation.nearest.unwrap();
    assert_eq!((nearest.statement, nearest.lacks), (1, vec![Lack::Action]));
    let explanation = check("oss:GetObject", &named("b/x"), &context);
    let nearest = explanation.nearest.unwrap();
    assert_eq!(nearest.lacks, [Lack::Action], "an Allow on everything lacks the action alone");
}

#[test]
fn a_remedy_asks_for_the_service_that_a_role_is_passed_to() {
    let context = Context::new().with("acs:Service", "ecs.aliyuncs.com").with("acs:SourceIp", "1");
    let explanation = check("ram:PassRole", &Resource::Any, &context);
    let [remedy] = &explanation.remedies[..] else { panic!("{explanation}") };
    assert_eq!(
        remedy.document,
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:PassRole","Resource":"*","Condition":{"StringEquals":{"acs:Service":"ecs.aliyuncs.com"}}}]}"#
    );
}

#[test]
fn the_layer_that_decided_is_explained_and_every_layer_mended() {
    let all = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let (everything, narrow, principal) = (set(all), set(STATEMENTS), user());
    let ask = |action, identity: &PolicySet| {
        let identity = [identity];
        let authority = Authority {
            control: &[&everything],
            sessions: &[&everything, &narrow],
            ..authority(&identity, &principal)
        };
        let context = Context::new();
        let check = Check { action, resource: &Resource::Any, context: &context, principal: None };
        explain(&authority, &check)
    };
    let denied = ask("oss:GetObject", &narrow);
    assert_eq!((denied.decision, denied.layer), (Decision::ImplicitDeny, Layer::Session));
    assert_eq!(denied.nearest.as_ref().unwrap().lacks, [Lack::Action]);
    let layers: Vec<_> = denied.remedies.iter().map(|remedy| remedy.layer).collect();
    assert_eq!(layers, [Layer::Session, Layer::Identity]);
    let allowed = ask("ecs:StopInstance", &everything);
    assert_eq!((allowed.decision, allowed.layer), (Decision::Allow, Layer::Identity));
}

#[test]
fn a_deny_behind_the_layer_that_decided_is_told() {
    let deny = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"rds:*","Resource":"*"}]}"#;
    let (narrow, denying, principal) = (set(STATEMENTS), set(deny), user());
    let identity = [&denying];
    let authority = Authority { sessions: &[&narrow], ..authority(&identity, &principal) };
    let context = Context::new();
    let action = "rds:DeleteDBInstance";
    let check = Check { action, resource: &Resource::Any, context: &context, principal: None };
    let explanation = explain(&authority, &check);
    assert_eq!(explanation.layer, Layer::Session);
    assert!(explanation.remedies.is_empty(), "{explanation}");
    let blocked = explanation.blocked.as_ref().unwrap();
    assert_eq!((blocked.layer, blocked.statement), (Layer::Identity, 1));
    assert!(explanation.to_string().contains("change that statement first"), "{explanation}");
}

/// As many policies as a principal can hold, each of one statement that makes every byte of the
/// caller's text be compared with every one of its own.
fn costly(action: &str) -> PolicySet {
    let pattern = format!("*{}b", "a".repeat(5_900));
    let text = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*",
        "Condition":{{"StringLike":{{"acs:UserAgent":"{pattern}"}}}}}}]}}"#
    );
    let document = Arc::new(Document::parse(DocumentKind::Identity, &text).unwrap());
    let source = |number| Source {
        policy_type: PolicyType::Custom,
        name: format!("policy-{number}"),
        version: "v1".to_owned(),
    };
    PolicySet::compile((0..35).map(|number| (Arc::new(source(number)), Arc::clone(&document))))
}

#[test]
fn the_work_on_a_denial_is_bounded_and_says_so() {
    let context = Context::new().with("acs:UserAgent", "a".repeat(512));
    let (set, principal) = (costly("oss:GetObject"), user());
    let resource = named("a/x");
    let check =
        Check { action: "oss:GetObject", resource: &resource, context: &context, principal: None };
    let explanation = explain(&authority(&[&set], &principal), &check);
    assert!(explanation.truncated, "{explanation}");
    assert!(explanation.to_string().contains("something may be left out"), "{explanation}");
    let nearest = explanation.nearest.unwrap();
    assert_eq!((nearest.statement, nearest.lacks.len()), (1, 1), "the first that was looked at");
    assert_eq!(nearest.source.name, "policy-0");
    assert_eq!(explanation.remedies.len(), 1);
}

#[test]
fn the_work_is_that_of_each_byte_with_each() {
    let work = |set: &PolicySet, agent: usize| {
        let context = Context::new().with("acs:UserAgent", "a".repeat(agent));
        let resource = named("a/x");
        let check = Check {
            action: "oss:GetObject",
            resource: &resource,
            context: &context,
            principal: None,
        };
        let mut budget = Budget::default();
        assert!(nearest(&[set], &check, &mut budget).is_some());
        (budget.spent(), budget.exceeded)
    };
    let ours = costly("oss:GetObject");
    assert!(!work(&ours, 1).1, "all 35 fit where the text is short");
    assert!((35 * 5_902..36 * 5_902).contains(&work(&ours, 1).0));
    let (spent, exceeded) = work(&ours, 512);
    assert!(exceeded && spent > 2 * 512 * 5_902, "{spent}");
    // Conditions of statements about something else are compared only to tell them apart.
    let nearer = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:a/*",
         "Condition":{"Bool":{"acs:SecureTransport":"true"}}}]}"#;
    let (near, far) = (set(nearer), costly("ecs:StopInstance"));
    let context = Context::new().with("acs:UserAgent", "a".repeat(512));
    let resource = named("a/x");
    let check =
        Check { action: "oss:GetObject", resource: &resource, context: &context, principal: None };
    let mut budget = Budget::default();
    let found = nearest(&[&near, &far], &check, &mut budget).unwrap();
    assert_eq!((found.source.name.as_str(), found.lacks.len()), ("reader", 1));
    assert!(!budget.exceeded && budget.spent() < 1_000, "{}", budget.spent());
}

#[test]
fn a_remedy_is_made_only_for_who_can_hold_it() {
    let (context, resource) = (Context::new(), named("a/x"));
    let check =
        Check { action: "oss:GetObject", resource: &resource, context: &context, principal: None };
    let made = |kind, combine| {
        let principal = PrincipalFacts { kind, ..user() };
        let authority = Authority { combine, ..authority(&[], &principal) };
        let before = remedy::proofs();
        let remedies = explain(&authority, &check).remedies.len();
        (remedy::proofs() - before, remedies)
    };
    for combine in [Combine::Identity, Combine::And, Combine::Or] {
        for kind in [PrincipalKind::Anonymous, PrincipalKind::Root] {
            let root_at_bucket = kind == PrincipalKind::Root && combine == Combine::Or;
            let expected = if root_at_bucket { (1, 1) } else { (0, 0) };
            assert_eq!(made(kind.clone(), combine), expected, "{kind:?} {combine:?}");
        }
        let (proofs, remedies) = made(user().kind, combine);
        assert_eq!(proofs, remedies, "{combine:?}");
    }
}

#[test]
fn whom_no_policy_helps_is_told_so() {
    let context = Context::new();
    for kind in [PrincipalKind::Root, PrincipalKind::Anonymous] {
        let principal = PrincipalFacts { kind, ..user() };
        let authority = Authority { combine: Combine::And, ..authority(&[], &principal) };
        let check = Check {
            action: "sts:AssumeRole",
            resource: &Resource::Any,
            context: &context,
            principal: None,
        };
        let explanation = explain(&authority, &check);
        assert_eq!((explanation.decision, explanation.remedies.len()), (Decision::ImplicitDeny, 0));
        assert!(explanation.to_string().ends_with("no policy can allow this caller what it asks"));
    }
}

#[test]
fn no_text_of_a_caller_forges_a_line_or_moves_the_cursor() {
    let hostile = "a/\u{1b}[2J\nallowed: x\r\u{202e}\u{2028}\u{9b}";
    let context = Context::new().with("acs:SourceIp", hostile);
    let text = check("oss:GetObject", &named(hostile), &context).to_string();
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2028}']), "{text:?}");
    assert!(!text.contains("\nallowed"), "{text:?}");
    assert!(text.contains(r"a/\u001b[2J\u000aallowed: x\u000d\u202e"), "{text:?}");
    // The remedy is still the document that allows what was asked.
    let document = text.lines().map(str::trim).find(|line| line.starts_with('{')).unwrap();
    let mended = set(document);
    let (context, resource) = (Context::new(), named(hostile));
    let check =
        Check { action: "oss:GetObject", resource: &resource, context: &context, principal: None };
    assert_eq!(mended.decide(&check), Decision::Allow, "{document}");
}

#[test]
fn an_access_control_list_is_named_and_what_a_block_ignores_is_told() {
    let bucket = |effect: &str| {
        let text = format!(
            r#"{{"Version":"1","Statement":{{"Effect":"{effect}","Principal":"*","Action":"*","Resource":"*"}}}}"#
        );
        let source = Source {
            policy_type: PolicyType::Custom,
            name: "bucket policy".to_owned(),
            version: String::new(),
        };
        let document = Document::parse(DocumentKind::Bucket, &text).unwrap();
        PolicySet::compile([(Arc::new(source), Arc::new(document))])
    };
    let (context, resource, public) = (Context::new(), named("b/k"), bucket("Allow"));
    let principal = PrincipalFacts { kind: PrincipalKind::Anonymous, ..user() };
    let list = Some(AclGrant { of: AclOf::Object, access: PublicAccess::PublicRead });
    let check =
        Check { action: "oss:GetObject", resource: &resource, context: &context, principal: None };
    let ask = |resource, combine| {
        explain(&Authority { resource, combine, ..authority(&[], &principal) }, &check)
    };
    let open = ResourceRules { acl: list, ..ResourceRules::default() };
    assert_eq!(
        ask(open, Combine::Or).to_string(),
        "allowed: oss:GetObject on acs:oss:*:1234567890123456:b/k\n  \
         by an access control list: the object ACL public-read"
    );
    assert_eq!(ask(open, Combine::Identity).decision, Decision::ImplicitDeny, "of OSS alone");
    let denying = bucket("Deny");
    let denied = ask(ResourceRules { policy: Some(&denying), ..open }, Combine::Or);
    assert_eq!((denied.decision, denied.acl), (Decision::ExplicitDeny, None));
    let blocked = Blocked { at: BlockedAt::Bucket, policy: Some(&public), acl: list };
    let closed = ResourceRules { blocked: Some(blocked), ..ResourceRules::default() };
    assert_eq!(
        ask(closed, Combine::Or).to_string(),
        "denied: oss:GetObject on acs:oss:*:1234567890123456:b/k\n  \
         nothing in the identity policies allows it\n\
         block public access of the bucket ignores Allow in statement 1 of the bucket policy, \
         and the object ACL public-read\n\
         next: no policy can allow this caller what it asks"
    );
}
