//! Patterns: drawn from the alphabets, or made out of the text they shall match.

use super::dice::Dice;
use super::request::{ACCOUNTS, CODES, REGIONS, action_name, odd_text, relative_id};

/// An action pattern that owes nothing to a request.
pub(super) fn action(dice: &mut Dice) -> String {
    if dice.percent(10) {
        return "*".to_owned();
    }
    let code = if dice.percent(80) { dice.pick(&CODES) } else { dice.pick(&["*", "*s", "?cs"]) };
    let name = match dice.below(10) {
        0..4 => action_name(dice),
        4..6 => "*".to_owned(),
        6..9 => {
            let name = action_name(dice);
            generalised(dice, &name)
        }
        _ => "AssumeRole".to_owned(),
    };
    format!("{code}:{name}")
}

/// An action pattern that matches `action`.
pub(super) fn action_for(dice: &mut Dice, action: &str) -> String {
    let mut pattern = if dice.percent(10) { "*".to_owned() } else { generalised(dice, action) };
    if !pattern.contains([':', '*']) {
        // A `?` in the place of the colon makes no action.
        action.clone_into(&mut pattern);
    }
    if dice.percent(20) { dice.turned(&pattern) } else { pattern }
}

/// A resource pattern that owes nothing to a request.
pub(super) fn resource(dice: &mut Dice) -> String {
    if dice.percent(20) {
        return "*".to_owned();
    }
    let code = dice.pick(&["ecs", "oss", "ram", "vpc", "*", "o?s", "RAM"]);
    let region = if dice.percent(70) {
        dice.pick(&REGIONS)
    } else {
        dice.pick(&["cn-*", "*beijing*", "?", "??", "*cn"])
    };
    let account = match dice.below(10) {
        0..5 => dice.pick(&ACCOUNTS).to_owned(),
        5..9 => dice.pick(&["", "*"]).to_owned(),
        _ => "123456789012345?".to_owned(),
    };
    let id = match dice.below(10) {
        0..4 => relative_id(dice),
        4..6 => "*".to_owned(),
        6..8 => {
            let id = relative_id(dice);
            generalised(dice, &id)
        }
        _ => format!("{}*", odd_text(dice, 4)),
    };
    format!("acs:{code}:{region}:{account}:{id}")
}

/// A resource pattern that matches `resource`.
pub(super) fn resource_for(dice: &mut Dice, resource: &str) -> String {
    if resource == "*" || dice.percent(8) {
        return "*".to_owned();
    }
    let parts: Vec<&str> = resource.splitn(5, ':').collect();
    let made = parts.iter().enumerate().map(|(place, part)| match place {
        0 => (*part).to_owned(),
        2 | 3 if dice.percent(30) => String::new(),
        _ if dice.percent(15) => "*".to_owned(),
        _ => generalised(dice, part),
    });
    made.collect::<Vec<_>>().join(":")
}

/// A pattern that matches `text`: some of its characters give way to wildcards.
pub(super) fn generalised(dice: &mut Dice, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let from = dice.below(letters.len() + 1);
    let (head, rest) = letters.split_at(from);
    let (wildcard, dropped) = match dice.below(10) {
        0..4 => return text.to_owned(),
        4..7 => ("*", dice.below(rest.len() + 1)),
        7 => ("*", 0),
        _ if rest.is_empty() => ("*", 0),
        8 => ("?", 1),
        _ => ("?*", 1 + dice.below(rest.len())),
    };
    let tail = rest.iter().skip(dropped);
    head.iter().copied().chain(wildcard.chars()).chain(tail.copied()).collect()
}
