//! Random cases and documents for any engine: `document.to_string()` is a document's JSON text.
//!
//! The alphabets are small on purpose, so that patterns and requests collide. The same seed and
//! index always give the same case.

mod batch;
mod condition;
mod derive;
mod dice;
mod malformed;
mod near_miss;
mod pattern;
mod request;
mod statement;

use serde_json::{Value, json};

pub use self::batch::{Batch, Generator, REQUESTS, batch};
use self::dice::Dice;
pub use self::malformed::document;
use self::request::principal;
use self::statement::Author;
use crate::oracle::{Case, Combine, Kind, Layers, Principal, Request};

/// How a case is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Every part is drawn on its own; most requests match nothing.
    Uniform,
    /// Statements are written around the request, so that about a third is allowed.
    Directed,
    /// A directed case in which one character was changed.
    NearMiss,
}

impl Style {
    /// The style of the case at `index`: they take turns.
    pub fn at(index: u64) -> Self {
        match index % 3 {
            0 => Self::Uniform,
            1 => Self::Directed,
            _ => Self::NearMiss,
        }
    }
}

/// The case at `index` of the sequence that `seed` names. Its documents are well formed.
pub fn case(seed: u64, index: u64) -> Case {
    let mut dice = Dice::at(seed, index);
    let style = Style::at(index);
    let mut case = whole(&mut dice, style == Style::Uniform);
    if style == Style::NearMiss {
        near_miss::edit(&mut dice, &mut case);
    }
    case
}

/// The case that the generator makes when these bytes take the place of chance.
pub fn chosen(choices: &[u8]) -> Case {
    let mut dice = Dice::told(choices);
    let uniform = dice.percent(50);
    let mut case = whole(&mut dice, uniform);
    for _ in 0..dice.below(4) {
        near_miss::edit(&mut dice, &mut case);
    }
    case
}

fn whole(dice: &mut Dice, uniform: bool) -> Case {
    let combine = Combine::random(dice);
    let principal = principal(dice, combine);
    let requests = requests(dice, combine);
    let mut author = Author { dice, uniform, requests: &requests, principal: &principal };
    let policies = layers(&mut author, combine);
    Case { combine, principal, policies, requests }
}

impl Combine {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(10) {
            0..5 => Self::IdentityOnly,
            5..7 => Self::Or,
            7..9 => Self::And,
            _ => Self::ResourceOnly,
        }
    }
}

fn requests(dice: &mut Dice, combine: Combine) -> Vec<Request> {
    let first = request::request(dice, combine);
    let mut requests = vec![first.clone()];
    if dice.percent(15) {
        let mut second = request::request(dice, combine);
        if dice.percent(60) {
            second.action.clone_from(&first.action);
            second.context.clone_from(&first.context);
        }
        requests.push(second);
    }
    requests
}

fn layers(author: &mut Author<'_>, combine: Combine) -> Layers {
    let mut layers = Layers::default();
    if author.dice.percent(20) {
        for _ in 0..=author.dice.below(2) {
            layers.control.push(outer_level(author, Kind::Control));
        }
    }
    if matches!(author.principal, Principal::Role(_)) && author.dice.percent(40) {
        layers.session = outer_level(author, Kind::Session);
    }
    // Nothing can be attached to the root user or to nobody.
    let bare = matches!(author.principal, Principal::Account { .. } | Principal::Anonymous);
    if !bare && (combine != Combine::ResourceOnly || author.dice.percent(20)) {
        layers.identity_account = author.documents(Kind::Identity);
        if author.dice.percent(25) {
            layers.identity_resource_group = author.documents(Kind::Identity);
        }
    }
    if combine != Combine::IdentityOnly {
        layers.resource_based = author.documents(combine.resource_kind());
        layers.resource_based.truncate(1);
        layers.public = combine == Combine::Or && author.dice.percent(15);
    }
    layers
}

/// Policies that bound others often allow everything but a little.
fn outer_level(author: &mut Author<'_>, kind: Kind) -> Vec<Value> {
    let mut documents = author.documents(kind);
    if author.dice.percent(60) {
        documents.clear();
    }
    if documents.is_empty() || author.dice.percent(40) {
        documents.push(json!({
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        }));
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{Answer, evaluate, well_formed};

    fn allowed_share(style: u64) -> u64 {
        let cases = (0..3000).map(|index| case(1, index * 3 + style));
        let allowed = cases.filter(|case| evaluate(case) == Answer::Allow).count() as u64;
        allowed * 100 / 3000
    }

    #[test]
    fn every_document_is_well_formed() {
        for index in 0..6000 {
            for (kind, document) in case(2, index).documents() {
                assert_eq!(well_formed(kind, document), Ok(()), "{kind:?} {document}");
            }
        }
    }

    #[test]
    fn a_seed_repeats() {
        assert_eq!(case(3, 4), case(3, 4));
        assert_ne!(case(3, 4), case(4, 4));
    }

    #[test]
    fn about_a_third_of_the_directed_cases_is_allowed() {
        let [uniform, directed, near_miss] = [0, 1, 2].map(allowed_share);
        println!("{uniform} {directed} {near_miss}");
        assert!((2..25).contains(&uniform), "{uniform}");
        assert!((27..45).contains(&directed), "{directed}");
        assert!((15..40).contains(&near_miss), "{near_miss}");
    }

    #[test]
    fn a_case_survives_its_text() {
        let case = case(5, 7);
        let text = serde_json::to_string(&case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case);
    }
}
