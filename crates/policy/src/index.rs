//! Finds the few statements of many that can match a request.
//!
//! Each pattern of a resource is filed under what it demands most plainly: the letters in front of
//! its first wildcard, else four letters in a row somewhere behind it, else the statement's action.
//! What the index finds is only a candidate; what it does not find cannot match. All keys are in
//! lower case, since some comparisons ignore case: for the others that adds candidates.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::Resource;
use crate::document::Statement;
use crate::glob::Glob;
use crate::grams::Grams;
use crate::resource::ArnPattern;
use crate::trie::{END, Entry, Trie};

/// A statement that can match, by one of its resource patterns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The statement's number in the set.
    pub(crate) rule: usize,
    pub(crate) target: Target,
    pub(crate) deny: bool,
}

/// Which resources a candidate is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    All,
    /// Those of a pattern, by its number in the program.
    Pattern(usize),
    /// All but those of a list, by its number in the program.
    Excluded(usize),
}

/// The index of one set.
#[derive(Debug)]
pub(crate) struct Index {
    /// From a service to the number of its trie.
    services: Trie<usize>,
    by_service: Vec<Trie<Candidate>>,
    /// Patterns with a wildcard in the service.
    any_service: Trie<Candidate>,
    /// Patterns whose relative id begins with a wildcard.
    grams: Grams<Candidate>,
    /// Patterns that say too little of the resource, by the statement's actions.
    actions: Trie<Candidate>,
    /// What cannot be filed at all.
    rest: Vec<Candidate>,
}

impl Index {
    /// Visits all candidates, some of them perhaps more than once.
    pub(crate) fn visit(
        &self,
        action: &str,
        resource: &Resource,
        mut visit: impl FnMut(Candidate) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for candidate in &self.rest {
            visit(*candidate)?;
        }
        self.actions.visit(action, &mut visit)?;
        let Resource::Named(arn) = resource else { return ControlFlow::Continue(()) };
        let mut of_service = None;
        self.services.visit(&arn.service, &mut |number| {
            of_service = self.by_service.get(number);
            ControlFlow::Continue(())
        })?;
        if let Some(trie) = of_service {
            trie.visit(&arn.relative, &mut visit)?;
        }
        self.any_service.visit(&arn.relative, &mut visit)?;
        self.grams.visit(&arn.relative, &mut visit)
    }
}

type Entries = Vec<Entry<Candidate>>;

/// An index in the making.
#[derive(Debug, Default)]
pub(crate) struct Filing<'a> {
    by_service: BTreeMap<Vec<u8>, Entries>,
    any_service: Entries,
    grams: Vec<(&'a Glob, Unplaced<'a>)>,
    actions: Entries,
    rest: Vec<Candidate>,
}

/// A candidate with its statement, which is filed by action if nothing else helps.
type Unplaced<'a> = (Candidate, &'a Statement);

impl<'a> Filing<'a> {
    /// Files a candidate; the pattern is that of its target. Candidates under one key are visited
    /// in the order in which they are filed.
    pub(crate) fn file(
        &mut self,
        candidate: Candidate,
        statement: &'a Statement,
        pattern: Option<&'a ArnPattern>,
    ) {
        let Some(pattern) = pattern else { return self.file_by_action((candidate, statement)) };
        let relative = key(&pattern.relative);
        if relative.is_empty() {
            self.grams.push((&pattern.relative, (candidate, statement)));
        } else if pattern.scope.service.is_literal() {
            let service = key(&pattern.scope.service);
            self.by_service.entry(service).or_default().push((relative, candidate));
        } else {
            self.any_service.push((relative, candidate));
        }
    }

    fn file_by_action(&mut self, (candidate, statement): Unplaced<'a>) {
        let keys: Vec<_> = statement.actions.patterns.iter().map(key).collect();
        if statement.actions.inverted || keys.iter().any(Vec::is_empty) {
            self.rest.push(candidate);
        } else {
            self.actions.extend(keys.into_iter().map(|key| (key, candidate)));
        }
    }

    pub(crate) fn finish(mut self) -> Index {
        let (grams, unplaced) = Grams::build(&std::mem::take(&mut self.grams));
        for unplaced in unplaced {
            self.file_by_action(unplaced);
        }
        let (services, tries): (Vec<_>, Vec<_>) = self.by_service.into_iter().unzip();
        Index {
            services: Trie::build(services.into_iter().zip(0..).collect()),
            by_service: tries.into_iter().map(Trie::build).collect(),
            any_service: Trie::build(self.any_service),
            grams: grams.map(|(candidate, _)| candidate),
            actions: Trie::build(self.actions),
            rest: self.rest,
        }
    }
}

/// What a text must begin with to match, and [`END`] where nothing may follow.
fn key(pattern: &Glob) -> Vec<u8> {
    let mut key = pattern.literal_prefix().to_ascii_lowercase().into_bytes();
    if pattern.is_literal() {
        key.push(END);
    }
    key
}
