//! Batches: the policies of one caller and many requests, so that policies are read once for all.

use std::fmt;

use serde_json::{Map, Value};

use super::dice::Dice;
use super::statement::Author;
use super::{derive, layers, near_miss, principal, request};
use crate::oracle::{Case, Combine, Request};

/// How the cases of a batch are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generator {
    /// Requests owe nothing to the policies.
    Uniform,
    /// Policies are written around requests and requests after policies: about a third is allowed.
    Directed,
    /// Directed requests of which one character was changed.
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

/// Requests of a batch.
pub const REQUESTS: u64 = 128;

/// Requests around which the policies of a directed batch are written.
const CENTRES: usize = 2;

/// The batch at `index` of the sequence that `seed` names. Its documents are well formed and each
/// of its requests is a case of its own. `vectors` are the cases of the published outcomes.
pub fn batch(seed: u64, index: u64, vectors: &[Case]) -> Case {
    let mut dice = Dice::at(seed, index);
    match Generator::at(index) {
        Generator::Vectors => of_vectors(&mut dice, vectors),
        generator => generated(&mut dice, generator),
    }
}

fn generated(dice: &mut Dice, generator: Generator) -> Case {
    let combine = Combine::random(dice);
    let principal = principal(dice, combine);
    let centres: Vec<Request> = (0..CENTRES).map(|_| request::request(dice, combine)).collect();
    let uniform = generator == Generator::Uniform;
    let mut author = Author { dice, uniform, requests: &centres, principal: &principal };
    let policies = layers(&mut author, combine);
    let mut case = Case { combine, principal, policies, requests: Vec::new() };
    case.requests = (0..REQUESTS)
        .map(|_| match (generator, dice.below(16)) {
            (Generator::Uniform, _) | (_, 0) => request::request(dice, combine),
            (_, 1..=10) => near(dice, combine, &centres),
            _ => derive::request(dice, &case),
        })
        .collect();
    if generator == Generator::NearMiss {
        near_miss::edit_requests(dice, &mut case.requests);
    }
    case
}

/// A centre of the batch, as it is or with some of its context drawn anew.
fn near(dice: &mut Dice, combine: Combine, centres: &[Request]) -> Request {
    let Some(centre) = centres.get(dice.below(centres.len())) else {
        return request::request(dice, combine);
    };
    let mut request = centre.clone();
    match dice.below(14) {
        0 => request.context = request::context(dice),
        1 => request.action = request::request(dice, combine).action,
        2 => request.resource = request::request(dice, combine).resource,
        3..=5 => {
            let place = dice.below(request.context.len());
            let key = request.context.keys().nth(place).cloned();
            if let Some(key) = key {
                request.context.shift_remove(&key);
            }
        }
        _ => {}
    }
    request
}

fn of_vectors(dice: &mut Dice, vectors: &[Case]) -> Case {
    let Some(vector) = vectors.get(dice.below(vectors.len())) else {
        return generated(dice, Generator::Directed);
    };
    let mut case = vector.clone();
    let own = case.requests.clone();
    let all: Vec<&Request> = vectors.iter().flat_map(|vector| &vector.requests).collect();
    let other = |dice: &mut Dice| all.get(dice.below(all.len())).copied();
    case.requests = (0..REQUESTS)
        .filter_map(|_| match dice.below(8) {
            0 => other(dice).cloned(),
            1 => Some(derive::request(dice, vector)),
            choice => {
                let mut request = own.get(dice.below(own.len()))?.clone();
                match choice {
                    2 => request.context.clone_from(&other(dice)?.context),
                    3 => merge(&mut request.context, &other(dice)?.context),
                    4 => near_miss::edit_requests(dice, std::slice::from_mut(&mut request)),
                    _ => {}
                }
                Some(request)
            }
        })
        .collect();
    case
}

/// Adds the keys of another request, in place of those that are there already.
fn merge(context: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (key, value) in other {
        context.retain(|known, _| !known.eq_ignore_ascii_case(key));
        context.insert(key.clone(), value.clone());
    }
}
