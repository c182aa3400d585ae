//! Batches: the policies of one caller and many requests, so that policies are read once for all.
//! The requests share their contexts, whose making would cost more than most decisions.

use std::fmt;

use serde_json::{Map, Value};

use super::dice::Dice;
use super::statement::Author;
use super::{derive, layers, near_miss, principal, request};
use crate::oracle::{Case, Combine, Questions, Request, Target};

type Context = Map<String, Value>;

/// How the cases of a batch are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generator {
    /// Requests owe nothing to the policies.
    Uniform,
    /// Policies are written around requests and requests after policies: about a third is allowed.
    Directed,
    /// Directed requests of which a character or two were changed.
    NearMiss,
    /// The policies of the published outcomes; their requests, mixed and changed by a character.
    Vectors,
}

impl Generator {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Uniform, Self::Directed, Self::NearMiss, Self::Vectors];

    /// The generator of the batch at `index`: they take turns.
    pub fn at(index: u64) -> Self {
        match index % 8 {
            0 => Self::Uniform,
            1..=4 => Self::Directed,
            5..=6 => Self::NearMiss,
            _ => Self::Vectors,
        }
    }
}

impl fmt::Display for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Uniform => "uniform",
            Self::Directed => "directed",
            Self::NearMiss => "near miss",
            Self::Vectors => "vectors",
        })
    }
}

/// Requests of a batch: each of its targets in each of its contexts.
pub const REQUESTS: u64 = (TARGETS * CONTEXTS) as u64;
const TARGETS: usize = 32;
const CONTEXTS: usize = 8;

/// Requests around which the policies of a directed batch are written.
const CENTRES: usize = 2;

/// Policies and what they are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The policies and the caller; a case without requests.
    pub case: Case,
    /// What is asked.
    pub questions: Questions,
}

/// The batch at `index` of the sequence that `seed` names. Its documents are well formed and each
/// of its questions is a case of its own. `vectors` are the cases of the published outcomes.
pub fn batch(seed: u64, index: u64, vectors: &[Case]) -> Batch {
    let mut dice = Dice::at(seed, index);
    match Generator::at(index) {
        Generator::Vectors => of_vectors(&mut dice, vectors),
        generator => generated(&mut dice, generator),
    }
}

fn generated(dice: &mut Dice, generator: Generator) -> Batch {
    let combine = Combine::random(dice);
    let principal = principal(dice, combine);
    let centres: Vec<Request> = (0..CENTRES).map(|_| request::request(dice, combine)).collect();
    let uniform = generator == Generator::Uniform;
    let mut author = Author { dice, uniform, requests: &centres, principal: &principal };
    let policies = layers(&mut author, combine);
    let case = Case { combine, principal, policies, requests: Vec::new() };
    let statements = derive::statements(&case);
    let target = |dice: &mut Dice| match dice.below(16) {
        _ if uniform => request::target(dice, combine),
        0 => request::target(dice, combine),
        1..=11 => near_target(dice, combine, &centres),
        _ => derive::target(dice, combine, &statements),
    };
    let context = |dice: &mut Dice| match dice.below(16) {
        _ if uniform => request::context(dice),
        0 => request::context(dice),
        1..=11 => near_context(dice, &centres),
        _ => derive::context(dice, &statements),
    };
    let mut targets: Vec<Target> = (0..TARGETS).map(|_| target(dice)).collect();
    let mut contexts: Vec<Context> = (0..CONTEXTS).map(|_| context(dice)).collect();
    if generator == Generator::NearMiss {
        // One edit a request: of its target, or of its context.
        if dice.percent(60) {
            for target in &mut targets {
                near_miss::edit_target(dice, target);
            }
        } else {
            for context in &mut contexts {
                near_miss::edit_context(dice, context);
            }
        }
    }
    Batch { case, questions: Questions { targets, contexts } }
}

/// A centre's target, as it is or with a part of it drawn anew.
fn near_target(dice: &mut Dice, combine: Combine, centres: &[Request]) -> Target {
    let Some(centre) = centres.get(dice.below(centres.len())) else {
        return request::target(dice, combine);
    };
    let (action, resource) = (centre.action.clone(), centre.resource.clone());
    match dice.below(24) {
        0 => Target { action, ..request::target(dice, combine) },
        1 => Target { resource, ..request::target(dice, combine) },
        _ => Target { action, resource },
    }
}

/// A centre's context, as it is, without one of its keys or drawn anew.
fn near_context(dice: &mut Dice, centres: &[Request]) -> Context {
    let choice = dice.below(24);
    let centre = centres.get(dice.below(centres.len())).filter(|_| choice > 0);
    let Some(centre) = centre else { return request::context(dice) };
    let mut context = centre.context.clone();
    if choice < 3 {
        let place = dice.below(context.len());
        if let Some(key) = context.keys().nth(place).cloned() {
            context.shift_remove(&key);
        }
    }
    context
}

fn of_vectors(dice: &mut Dice, vectors: &[Case]) -> Batch {
    let Some(vector) = vectors.get(dice.below(vectors.len())) else {
        return generated(dice, Generator::Directed);
    };
    let case = Case { requests: Vec::new(), ..vector.clone() };
    let statements = derive::statements(&case);
    let other = |dice: &mut Dice| {
        let vector = vectors.get(dice.below(vectors.len())).unwrap_or(vector);
        one_of(dice, &vector.requests, case.combine)
    };
    let targets = (0..TARGETS).map(|_| {
        let choice = dice.below(8);
        let of =
            if choice == 0 { other(dice) } else { one_of(dice, &vector.requests, case.combine) };
        let mut target = Target { action: of.action, resource: of.resource };
        match choice {
            1 => target = derive::target(dice, case.combine, &statements),
            2 => near_miss::edit_target(dice, &mut target),
            _ => {}
        }
        target
    });
    let targets = targets.collect();
    let contexts = (0..CONTEXTS).map(|_| {
        let mut context = one_of(dice, &vector.requests, case.combine).context;
        match dice.below(8) {
            0 => context = other(dice).context,
            1 => context = derive::context(dice, &statements),
            2 => merge(&mut context, other(dice).context),
            3 => near_miss::edit_context(dice, &mut context),
            _ => {}
        }
        context
    });
    let contexts = contexts.collect();
    Batch { case, questions: Questions { targets, contexts } }
}

/// One of the requests, any if there are none.
fn one_of(dice: &mut Dice, requests: &[Request], combine: Combine) -> Request {
    match requests.get(dice.below(requests.len())) {
        Some(request) => request.clone(),
        None => request::request(dice, combine),
    }
}

/// Adds the keys of another request, in place of those that are there already.
fn merge(context: &mut Context, other: Context) {
    for (key, value) in other {
        context.retain(|known, _| !known.eq_ignore_ascii_case(&key));
        context.insert(key, value);
    }
}
