//! Explanations in words. Callers and policies choose many of them: each is shown so that it stays
//! in its place on its line.

use std::fmt;

use rolecall_types::legible;

use super::{Deciding, Explanation, Ignored, Lack, NearMiss, Remedy};
use crate::{Decision, Layer, Source};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (action, resource) = (legible(&self.action), legible(&self.resource));
        let layer = self.layer;
        match self.decision {
            Decision::Allow => write!(f, "allowed: {action} on {resource}\n  by {layer}")?,
            Decision::ExplicitDeny => write!(f, "denied: {action} on {resource}\n  by {layer}")?,
            Decision::ImplicitDeny => {
                write!(f, "denied: {action} on {resource}\n  nothing in {layer} allows it")?;
            }
        }
        if let Some(deciding) = &self.deciding {
            write!(f, ": {deciding}")?;
        }
        if let Some(acl) = &self.acl {
            write!(f, ": {acl}")?;
        }
        if let Some(ignored) = &self.ignored {
            write!(f, "\n{ignored}")?;
        }
        if let Some(NearMiss { source, statement, lacks }) = &self.nearest {
            write!(f, "\nnearest: statement {statement} of {source}")?;
            for lack in lacks {
                write!(f, "\n  {lack}")?;
            }
        }
        if self.truncated {
            write!(f, "\nmore than could be looked at or told: something may be left out")?;
        }
        self.next(f)
    }
}

impl Explanation {
    /// What to do next.
    fn next(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.decision, &self.deciding) {
            (Decision::Allow, _) => return Ok(()),
            (Decision::ExplicitDeny, _) => {
                return f.write_str(
                    "\nnext: no policy can allow what another one denies; change that statement",
                );
            }
            (Decision::ImplicitDeny, _) => {}
        }
        if let Some(blocked) = &self.blocked {
            return write!(
                f,
                "\nnext: an Allow would not be enough, for there is {} in {}; change \
                that statement first",
                blocked, blocked.layer
            );
        }
        if self.remedies.is_empty() {
            return f.write_str("\nnext: no policy can allow this caller what it asks");
        }
        for Remedy { layer, document } in &self.remedies {
            write!(f, "\nnext: {}\n  {}", place(*layer), legible(document))?;
        }
        Ok(())
    }
}

/// Where a remedy is added.
fn place(layer: Layer) -> &'static str {
    match layer {
        Layer::Root | Layer::Identity | Layer::ResourceGroup => {
            "attach this policy to the user, to a group of it, or to the role"
        }
        Layer::Control => "add this statement to the control policy of the account",
        Layer::Session => "add this statement to the policy that the session is made with",
        Layer::Resource => "add this statement to the policy of the resource itself",
        Layer::Acl => "make the access control list public",
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "ownership: the account itself asks",
            Self::Control => "the control policy",
            Self::Session => "the session's policy",
            Self::Identity => "the identity policies",
            Self::ResourceGroup => "the identity policies of the resource group",
            Self::Resource => "the resource's own policy",
            Self::Acl => "an access control list",
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = legible(&self.name);
        match self.version.as_str() {
            "" => write!(f, "the {name}"),
            version => {
                write!(f, "{} policy `{name}` {}", self.policy_type.as_str(), legible(version))
            }
        }
    }
}

impl fmt::Display for Deciding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, statement, effect, .. } = self;
        write!(f, "{effect} in statement {statement} of {source}")
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block public access of {} ignores", self.at)?;
        if let Some(statement) = &self.statement {
            write!(f, " {statement}")?;
        }
        match (&self.acl, &self.statement) {
            (Some(acl), Some(_)) => write!(f, ", and {acl}"),
            (Some(acl), None) => write!(f, " {acl}"),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action => f.write_str("it does not cover the action"),
            Self::Resource => f.write_str("it does not cover the resource"),
            Self::Principal => f.write_str("it does not name the caller"),
            Self::Condition { operator, key, wanted, given } => {
                let (operator, key, wanted) = (legible(operator), legible(key), wanted.join(", "));
                write!(f, "{operator} {key} [{}] is not met: ", legible(&wanted))?;
                match given {
                    None => f.write_str("the request does not have the key"),
                    Some(given) => {
                        write!(f, "the request has [{}]", legible(&given.join(", ")))
                    }
                }
            }
        }
    }
}
