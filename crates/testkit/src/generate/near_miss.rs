//! One changed character, which separates a match from a miss.

use serde_json::{Map, Value};

use super::dice::Dice;
use crate::oracle::{Case, Layers, Target, well_formed};

/// Changes one character of a pattern, a listed text, a principal or the request. A change that
/// would make a document malformed is not made.
pub(super) fn edit(dice: &mut Dice, case: &mut Case) {
    let before = case.clone();
    change(dice, case, |operator| operator.contains("String"));
    let sound = case.documents().all(|(kind, document)| well_formed(kind, document).is_ok())
        && case.requests.iter().all(|request| is_resource(&request.resource));
    if !sound {
        *case = before;
    }
}

/// Changes one character, whatever comes of it. Values are changed under operators that `touches`
/// accepts.
pub(super) fn change(dice: &mut Dice, case: &mut Case, touches: fn(&str) -> bool) {
    let place = dice.below(texts(case, touches).len());
    if let Some(text) = texts(case, touches).into_iter().nth(place) {
        *text = edited(dice, text);
    }
}

/// Changes one character of a target.
pub(super) fn edit_target(dice: &mut Dice, target: &mut Target) {
    if dice.percent(30) {
        target.action = edited(dice, &target.action);
        return;
    }
    let resource = edited(dice, &target.resource);
    if is_resource(&resource) {
        target.resource = resource;
    }
}

/// Changes one character of a value of a context.
pub(super) fn edit_context(dice: &mut Dice, context: &mut Map<String, Value>) {
    let mut texts = Vec::new();
    context.values_mut().for_each(|value| leaves(value, &mut texts));
    let place = dice.below(texts.len());
    if let Some(text) = texts.into_iter().nth(place) {
        *text = edited(dice, text);
    }
}

/// `*` or an ARN: no operation asks about anything else.
fn is_resource(text: &str) -> bool {
    text == "*" || (text.starts_with("acs:") && text.splitn(5, ':').count() == 5)
}

fn edited(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = dice.below(letters.len());
    let letter = dice.pick(&["a", "b", "A", "1", "*", "?", "/", ":"]).chars().next().unwrap_or('a');
    match dice.below(5) {
        0 => return dice.turned(text),
        1 if !letters.is_empty() => drop(letters.remove(place)),
        2 => letters.insert(dice.below(letters.len() + 1), letter),
        3 => letters.push(letter),
        _ => {
            if let Some(old) = letters.get_mut(place) {
                *old = letter;
            }
        }
    }
    letters.into_iter().collect()
}

/// Every text that may be edited.
fn texts(case: &mut Case, touches: fn(&str) -> bool) -> Vec<&mut String> {
    let mut texts = Vec::new();
    for request in &mut case.requests {
        texts.push(&mut request.action);
        texts.push(&mut request.resource);
        request.context.values_mut().for_each(|value| leaves(value, &mut texts));
    }
    let Layers {
        control, session, identity_account, identity_resource_group, resource_based, ..
    } = &mut case.policies;
    let documents = control.iter_mut().flatten().chain(session).chain(identity_account);
    for document in documents.chain(identity_resource_group).chain(resource_based) {
        let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) else {
            continue;
        };
        for (name, element) in
            statements.iter_mut().filter_map(Value::as_object_mut).flat_map(|s| s.iter_mut())
        {
            match name.as_str() {
                "Effect" => {}
                "Condition" => {
                    for (operator, keys) in element.as_object_mut().into_iter().flatten() {
                        if touches(operator) {
                            leaves(keys, &mut texts);
                        }
                    }
                }
                _ => leaves(element, &mut texts),
            }
        }
    }
    texts
}

fn leaves<'a>(value: &'a mut Value, texts: &mut Vec<&'a mut String>) {
    match value {
        // The sources do not settle which wildcards a session's name in a bucket policy may hold.
        Value::String(text) if text.starts_with("arn:sts:") => {}
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter_mut().for_each(|item| leaves(item, texts)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| leaves(entry, texts)),
        _ => {}
    }
}
