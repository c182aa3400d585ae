//! Documents of one layer, compiled.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::document::{Effect, Statement};
use crate::index::{Candidate, Filing, Index};
use crate::program::Program;
use crate::trustee::Trustee;
use crate::{Bound, Check, Document};

/// What a set of documents says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Decision {
    /// A statement allows and none denies.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// No statement matches.
    ImplicitDeny,
}

/// Whose policy it is; on the wire `System` or `Custom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyType {
    /// The vendor's.
    System,
    /// The account's own.
    Custom,
}

impl PolicyType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Custom => "Custom",
        }
    }
}

/// Where a document comes from, for explanations.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Whose policy it is.
    pub policy_type: PolicyType,
    /// The policy's name.
    pub name: String,
    /// The policy's version, such as `v1`; empty for documents that have none, such as a trust
    /// policy, of which the name says all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// Documents of one layer, compiled and indexed.
///
/// Immutable and cheap to ask: [`PolicySet::decide`] takes no lock, allocates nothing, and its time
/// hardly depends on the number of documents. Of a set made by [`PolicySet::of`] that is so from
/// its second question on: the first one compiles it. A clone shares what is compiled by then.
#[derive(Clone)]
pub struct PolicySet {
    /// What is compiled when somebody asks; nothing where it was compiled at once.
    documents: Documents,
    /// `None` where a document that was valid is so no more, which cannot be.
    compiled: OnceLock<Option<Arc<Compiled>>>,
}

/// Most roles hold one policy, and all have one trust policy.
#[derive(Debug, Clone)]
enum Documents {
    One(Bound),
    Several(Box<[Bound]>),
}

/// Documents made ready to be asked.
#[derive(Debug)]
struct Compiled {
    /// For explanations alone; denials first.
    rules: Vec<Rule>,
    /// The condition keys of all statements up to their first `/`, each once.
    keys: Box<[Box<str>]>,
    program: Program,
    index: Index,
}

/// A statement and where it stands.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) statement: Arc<Statement>,
    pub(crate) source: Arc<Source>,
    /// The statement's number in its document, from 1.
    pub(crate) number: usize,
}

impl PolicySet {
    /// Documents that are compiled when somebody asks: a million principals are kept in memory, and
    /// few of them are at work. All statements of one principal's policies belong in one set.
    pub fn of(documents: impl IntoIterator<Item = Bound>) -> Self {
        let mut documents = documents.into_iter();
        let documents = match (documents.next(), documents.next()) {
            (Some(one), None) => Documents::One(one),
            (first, second) => {
                Documents::Several(first.into_iter().chain(second).chain(documents).collect())
            }
        };
        Self { documents, compiled: OnceLock::new() }
    }

    /// Compiles documents. All statements of one principal's policies
    /// belong in one set.
    pub fn compile(documents: impl IntoIterator<Item = (Arc<Source>, Arc<Document>)>) -> Self {
        Self::compile_where(documents, |_| true)
    }

    /// Compiles those statements of documents that `keep` keeps. They keep their numbers.
    pub fn compile_where(
        documents: impl IntoIterator<Item = (Arc<Source>, Arc<Document>)>,
        keep: impl Fn(&Statement) -> bool,
    ) -> Self {
        let compiled = Some(Arc::new(Compiled::new(documents, keep)));
        Self { documents: Documents::Several(Box::default()), compiled: compiled.into() }
    }

    /// Whether a statement has a condition on a key, or on one of a family such as
    /// `oss:ExistingObjectTag`, whose members follow behind a `/`. A set that is lost may have any.
    pub fn looks_at(&self, key: &str) -> bool {
        let Some(compiled) = self.compiled() else { return true };
        compiled.keys.iter().any(|known| known.eq_ignore_ascii_case(key))
    }

    /// Decides a check: any Deny that matches wins, then any Allow. A set without statements
    /// allows nothing.
    pub fn decide(&self, check: &Check<'_>) -> Decision {
        // A document that is lost may have been the one that denies.
        let Some(compiled) = self.compiled() else { return Decision::ExplicitDeny };
        match compiled.find(check) {
            None => Decision::ImplicitDeny,
            Some(candidate) if candidate.deny => Decision::ExplicitDeny,
            Some(_) => Decision::Allow,
        }
    }

    /// The statement that decides a check: one that denies, else one that allows.
    pub(crate) fn deciding(&self, check: &Check<'_>) -> Option<&Rule> {
        let compiled = self.compiled()?;
        compiled.rules.get(compiled.find(check)?.rule)
    }

    /// Whether there is no statement.
    pub fn is_empty(&self) -> bool {
        self.compiled().is_some_and(|compiled| compiled.rules.is_empty())
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        self.compiled().map(|compiled| compiled.rules.as_slice()).unwrap_or_default()
    }

    fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get_or_init(|| self.documents.compile().map(Arc::new)).as_deref()
    }
}

/// What it was made of, the same before and after its first question.
impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PolicySet");
        let _ = match self.documents.all() {
            [] => shown.field("rules", &self.rules()),
            documents => shown.field("documents", &documents),
        };
        shown.finish_non_exhaustive()
    }
}

impl Documents {
    fn all(&self) -> &[Bound] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }

    fn compile(&self) -> Option<Compiled> {
        let read = |bound: &Bound| Some((bound.source(), bound.document().ok()?));
        let documents = self.all().iter().map(read).collect::<Option<Vec<_>>>()?;
        Some(Compiled::new(documents, |_| true))
    }
}

impl Compiled {
    fn new(
        documents: impl IntoIterator<Item = (Arc<Source>, Arc<Document>)>,
        keep: impl Fn(&Statement) -> bool,
    ) -> Self {
        let mut rules = Vec::new();
        for (source, document) in documents {
            let numbered = document.shared_statements().iter().zip(1..);
            for (statement, number) in numbered.filter(|(statement, _)| keep(statement)) {
                let (statement, source) = (Arc::clone(statement), Arc::clone(&source));
                rules.push(Rule { statement, source, number });
            }
        }
        // Denials first: one that matches ends a decision, and behind an Allow only they matter.
        rules.sort_by_key(|rule: &Rule| rule.statement.effect != Effect::Deny);
        let mut filing = Filing::default();
        let program = Program::build(
            rules.iter().map(|rule| rule.statement.as_ref()),
            |candidate, statement, pattern| filing.file(candidate, statement, pattern),
        );
        let index = filing.finish();
        let conditions = rules.iter().flat_map(|rule| &rule.statement.conditions);
        let keys: BTreeSet<Box<str>> = conditions.map(|it| family(it.key()).into()).collect();
        Self { rules, keys: keys.into_iter().collect(), program, index }
    }

    fn find(&self, check: &Check<'_>) -> Option<Candidate> {
        let mut found = None;
        let _stopped = self.index.visit(check.action, check.resource, |candidate| {
            // Behind an Allow only denials can change the answer.
            let matters = candidate.deny || found.is_none();
            if !matters || !self.program.matches(candidate, check) {
                return ControlFlow::Continue(());
            }
            found = Some(candidate);
            if candidate.deny { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found
    }
}

/// A condition key without what stands behind its first `/`, in lower case.
fn family(key: &str) -> String {
    key.split('/').next().unwrap_or(key).to_ascii_lowercase()
}

impl Statement {
    pub(crate) fn covers_action(&self, check: &Check<'_>) -> bool {
        self.actions.selects(|pattern| pattern.matches_folded(check.action))
    }

    pub(crate) fn covers_resource(&self, check: &Check<'_>) -> bool {
        let resources = self.resources.as_ref();
        resources.is_none_or(|r| r.selects(|pattern| pattern.matches(check.resource)))
    }

    pub(crate) fn covers_principal(&self, check: &Check<'_>) -> bool {
        let principals = self.principals.as_ref();
        principals.is_none_or(|p| Trustee::any_names(p, self.conditions.is_empty(), check))
    }

    /// What a match of the statement means.
    pub(crate) fn decision(&self) -> Decision {
        match self.effect {
            Effect::Allow => Decision::Allow,
            Effect::Deny => Decision::ExplicitDeny,
        }
    }
}

#[cfg(test)]
mod tests;
