//! The peer: cedar-policy.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use crate::Engine;
use crate::model::{ACTION, Policy, Question, ROLE, SOURCE_IP};

/// How resources are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As RAM does: patterns of names.
    Text,
    /// As Cedar's own users do: an object is in its bucket. Patterns that begin with a wildcard
    /// stay patterns of names.
    Hierarchy,
}

/// The same policies in Cedar's language.
pub(crate) struct Cedar {
    style: Style,
    authorizer: Authorizer,
    policies: PolicySet,
    requests: Vec<(Request, Entities)>,
}

impl Cedar {
    pub(crate) fn new(policies: &[Policy], questions: &[Question], style: Style) -> Self {
        let mut text = String::new();
        for policy in policies {
            text.push_str(&policy_text(policy, style));
        }
        let policies = text.parse().expect("valid policies");
        let requests = questions.iter().map(request).collect();
        Self { style, authorizer: Authorizer::new(), policies, requests }
    }
}

impl Engine for Cedar {
    fn name(&self) -> &'static str {
        match self.style {
            Style::Text => "cedar, patterns of names",
            Style::Hierarchy => "cedar, objects in buckets",
        }
    }

    fn ask(&self, question: usize) -> bool {
        let (request, entities) = &self.requests[question];
        let response = self.authorizer.is_authorized(request, &self.policies, entities);
        response.decision() == Decision::Allow
    }
}

fn policy_text(policy: &Policy, style: Style) -> String {
    let effect = if policy.deny { "forbid" } else { "permit" };
    let actions: Vec<_> =
        policy.actions.iter().map(|action| format!(r#"Action::"{action}""#)).collect();
    let resources: Vec<_> =
        policy.resources.iter().map(|pattern| resource_text(pattern, style)).collect();
    let networks: Vec<_> = policy
        .networks
        .iter()
        .map(|network| format!(r#"context["{SOURCE_IP}"].isInRange(ip("{network}"))"#))
        .collect();
    let mut text = format!(
        "{effect}(principal == Role::\"{ROLE}\", action in [{}], resource) when {{ ({})",
        actions.join(", "),
        resources.join(" || ")
    );
    if !networks.is_empty() {
        let _infallible = write!(text, " && ({})", networks.join(" || "));
    }
    for (key, pattern) in policy.like {
        let _infallible = write!(text, r#" && context["{key}"] like "{pattern}""#);
    }
    text.push_str(" };\n");
    text
}

fn resource_text(pattern: &str, style: Style) -> String {
    if style == Style::Text || pattern.starts_with('*') {
        // The name without what the policies leave open: account and region.
        return format!(r#"resource.name like "{pattern}""#);
    }
    match pattern.split_once('/') {
        Some((bucket, key)) => {
            format!(r#"(resource in Bucket::"{bucket}" && resource.key like "{key}")"#)
        }
        None => format!(r#"resource == Bucket::"{pattern}""#),
    }
}

fn request(question: &Question) -> (Request, Entities) {
    let principal = uid("Role", ROLE);
    let action = uid("Action", ACTION);
    let bucket = uid("Bucket", &question.bucket);
    let relative = format!("{}/{}", question.bucket, question.key);
    let object = uid("Object", &relative);
    let attributes = HashMap::from([
        ("name".to_owned(), RestrictedExpression::new_string(relative)),
        ("key".to_owned(), RestrictedExpression::new_string(question.key.clone())),
    ]);
    let parents = HashSet::from([bucket.clone()]);
    let object_entity = Entity::new(object.clone(), attributes, parents).expect("an entity");
    let all = uid("Action", "oss:*");
    let entities = [
        Entity::new_no_attrs(principal.clone(), HashSet::new()),
        Entity::new_no_attrs(all.clone(), HashSet::new()),
        Entity::new_no_attrs(action.clone(), HashSet::from([all])),
        Entity::new_no_attrs(bucket, HashSet::new()),
        object_entity,
    ];
    let entities = Entities::from_entities(entities, None).expect("entities");
    let context = question.context().map(|(key, value)| {
        let value = if key == SOURCE_IP {
            RestrictedExpression::new_ip(value)
        } else {
            RestrictedExpression::new_string(value)
        };
        (key.to_owned(), value)
    });
    let context = Context::from_pairs(context).expect("a context");
    (Request::new(principal, action, object, context, None).expect("a request"), entities)
}

fn uid(kind: &str, id: &str) -> EntityUid {
    format!("{kind}::{id:?}").parse().expect("an entity's name")
}
