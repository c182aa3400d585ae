use rolecall_types::{AccountId, Arn};

use super::*;
use crate::Resource;
use crate::{Combine, Context, Document, DocumentKind, PolicyType, PrincipalFacts, PrincipalKind};

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

fn check(action: &str, resource: &Resource, context: &Context) -> Explanation {
    let check = Check { action, resource, context, principal: None };
    let set = set(STATEMENTS);
    let explanation = set.explain(&check);
    assert_eq!(explanation.decision, set.decide(&check));
    explanation
}

#[test]
fn the_deciding_statement_is_named() {
    let context = Context::new();
    let explanation = check("ecs:StopInstance", &Resource::Any, &context);
    assert_eq!(
        explanation.to_string(),
        "allowed: ecs:StopInstance on *\nAllow in Custom policy `reader` v2, statement 1"
    );
    let explanation = check("oss:GetObject", &named("a/secret/x"), &context);
    assert_eq!(
        explanation.to_string(),
        "denied explicitly: oss:GetObject on acs:oss:*:1234567890123456:a/secret/x\n\
         Deny in Custom policy `reader` v2, statement 3"
    );
    assert_eq!(explanation.remedy, None, "no policy helps against a Deny");
}

#[test]
fn the_nearest_statement_tells_what_it_lacks() {
    let context = Context::new().with("acs:SourceIp", "11.0.0.1");
    let explanation = check("oss:GetObject", &named("a/x"), &context);
    assert_eq!(
        explanation.to_string(),
        "denied, for nothing allows it: oss:GetObject on acs:oss:*:1234567890123456:a/x\n\
         nearest is Custom policy `reader` v2, statement 2\n  \
         IpAddress acs:SourceIp [10.0.0.0/8] is not met: the request has [11.0.0.1]\n  \
         Bool acs:SecureTransport [true] is not met: the request does not have the key\n\
         this policy would allow it: {\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\
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
fn the_remedy_helps() {
    let context = Context::new();
    for resource in [Resource::Any, named("b/x"), named("b/*")] {
        let explanation = check("oss:PutObject", &resource, &context);
        let set = set(&explanation.remedy.unwrap());
        let check = Check {
            action: "oss:PutObject",
            resource: &resource,
            context: &context,
            principal: None,
        };
        assert_eq!(set.decide(&check), Decision::Allow);
    }
}

#[test]
fn the_layer_that_decided_is_explained() {
    let principal = PrincipalFacts {
        account: AccountId::parse("1234567890123456").unwrap(),
        kind: PrincipalKind::Anonymous,
    };
    let (identity, session) = (
        set(r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
        set(STATEMENTS),
    );
    let authority = Authority {
        root: false,
        control: &[],
        sessions: &[&identity, &session],
        identity: &[&identity],
        resource_group: &[],
        resource: None,
        combine: Combine::Identity,
        principal: &principal,
    };
    let context = Context::new();
    let ask = |action| {
        let check = Check { action, resource: &Resource::Any, context: &context, principal: None };
        explain(&authority, &check)
    };
    let denied = ask("oss:GetObject");
    assert_eq!((denied.decision, denied.layer), (Decision::ImplicitDeny, Some(Layer::Session)));
    assert_eq!(denied.nearest.unwrap().lacks, [Lack::Action]);
    let allowed = ask("ecs:StopInstance");
    assert_eq!((allowed.decision, allowed.layer), (Decision::Allow, Some(Layer::Identity)));
    assert!(allowed.to_string().contains("decided by identity policies"), "{allowed}");
}
