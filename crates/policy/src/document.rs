//! A policy document: its grammar, checked once, and its canonical print.

use std::fmt;
use std::sync::Arc;

use rolecall_types::json;
use serde::{Deserialize, Serialize};

use crate::PolicyError;
use crate::condition::Condition;
use crate::glob::Glob;
use crate::resource::ResourcePattern;
use crate::trustee::Trustee;

mod grammar;
mod print;

/// What a document is used for; it decides which elements it must and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Attached to a user, a group or a role.
    Identity,
    /// Given with a session.
    Session,
    /// A role's trust policy.
    Trust,
    /// A bucket's policy.
    Bucket,
    /// A control policy of a resource directory.
    Control,
}

/// The most characters of a policy that is attached. Source: RAM `CreatePolicy`.
pub const IDENTITY_CHARACTERS_MAX: usize = 6144;
/// The most characters of a policy given to `AssumeRole`. Source: STS `AssumeRole`.
pub const SESSION_CHARACTERS_MAX: usize = 2048;
/// The most characters of a policy given to `AttachInstanceRamRole`, which is a session policy too
/// and whose operation checks this. Source: ECS `AttachInstanceRamRole`.
pub const INSTANCE_SESSION_CHARACTERS_MAX: usize = 1024;
/// The most characters of a trust policy. The vendor has a limit and does not tell it.
pub const TRUST_CHARACTERS_MAX: usize = 4096;
/// The most characters of a bucket policy: 16 KB. Source: OSS `PutBucketPolicy`.
pub const BUCKET_CHARACTERS_MAX: usize = 16 * 1024;
/// The most characters of a control policy, as of the policies that are attached.
pub const CONTROL_CHARACTERS_MAX: usize = IDENTITY_CHARACTERS_MAX;

/// The most lists and objects inside each other. A valid policy needs five.
const DEPTH_MAX: usize = 32;

impl DocumentKind {
    /// The most characters of such a document.
    pub fn characters_max(self) -> usize {
        match self {
            Self::Identity => IDENTITY_CHARACTERS_MAX,
            Self::Session => SESSION_CHARACTERS_MAX,
            Self::Trust => TRUST_CHARACTERS_MAX,
            Self::Bucket => BUCKET_CHARACTERS_MAX,
            Self::Control => CONTROL_CHARACTERS_MAX,
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "an identity policy",
            Self::Session => "a session policy",
            Self::Trust => "a trust policy",
            Self::Bucket => "a bucket policy",
            Self::Control => "a control policy",
        })
    }
}

/// A valid document. What is evaluated is this, never the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    kind: DocumentKind,
    statements: Vec<Arc<Statement>>,
}

impl Document {
    /// Reads and checks a document. The error names the statement and the element at fault, and the
    /// line and the column.
    pub fn parse(kind: DocumentKind, text: &str) -> Result<Self, PolicyError> {
        let most = kind.characters_max();
        match text.chars().count() {
            0 => return Err(PolicyError::of_length("the document is empty".to_owned())),
            count if count > most => {
                let reason = format!("the document has {count} characters, more than {most}");
                return Err(PolicyError::of_length(reason));
            }
            _ => {}
        }
        let node = json::read(text.as_bytes(), DEPTH_MAX).map_err(PolicyError::of_json)?;
        let statements = grammar::statements(kind, &node);
        let statements = statements.map_err(|fault| PolicyError::of_grammar(text, fault))?;
        Ok(Self { kind, statements })
    }

    /// The refusal of a document that can be read and names somebody who may not be named in a
    /// statement, by its number from 1: such as somebody who does not exist.
    pub fn refuse_trustee(
        text: &str,
        statement: usize,
        trustee: &Trustee,
        why: &str,
    ) -> PolicyError {
        match json::read(text.as_bytes(), DEPTH_MAX) {
            Ok(node) => {
                let fault = grammar::trustee_fault(&node, statement, trustee.text(), why);
                PolicyError::of_grammar(text, fault)
            }
            Err(error) => PolicyError::of_json(error),
        }
    }

    /// The document's canonical text: compact, elements in a fixed order, single values bare.
    pub fn print(&self) -> String {
        print::document(self)
    }

    /// What the document is used for.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The statements in their order, one at least.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = &Statement> {
        self.statements.iter().map(Arc::as_ref)
    }

    pub(crate) fn shared_statements(&self) -> &[Arc<Statement>] {
        &self.statements
    }
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        })
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub(crate) effect: Effect,
    pub(crate) actions: Selector<Glob>,
    /// `None` in a trust policy, which is about its role.
    pub(crate) resources: Option<Selector<ResourcePattern>>,
    /// `None` where the document's place tells whom it binds.
    pub(crate) principals: Option<Vec<Trustee>>,
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    /// What it does.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The patterns of `Action` or `NotAction`.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.patterns.iter().map(Glob::text)
    }

    /// Whether the actions are those of `NotAction`.
    pub fn excludes_actions(&self) -> bool {
        self.actions.inverted
    }

    /// The patterns of `Resource` or `NotResource`.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().flat_map(|resources| &resources.patterns).map(ResourcePattern::text)
    }

    /// Whether the resources are those of `NotResource`.
    pub fn excludes_resources(&self) -> bool {
        self.resources.as_ref().is_some_and(|resources| resources.inverted)
    }

    /// The entries of `Principal`; none in documents that do not have it.
    pub fn principals(&self) -> &[Trustee] {
        self.principals.as_deref().unwrap_or_default()
    }

    /// The conditions, one for each key under each operator.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

/// Patterns of an element, or of its `Not…` twin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Selector<T> {
    pub(crate) inverted: bool,
    pub(crate) patterns: Vec<T>,
}

impl<T> Selector<T> {
    /// Whether the element selects what `matches` tells of its patterns.
    pub(crate) fn selects(&self, matches: impl FnMut(&T) -> bool) -> bool {
        self.patterns.iter().any(matches) != self.inverted
    }
}

#[cfg(test)]
mod tests;
