//! Documents that may or may not be well formed.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::{near_miss, whole};
use crate::oracle::Kind;

/// The document at `index` of the sequence that `seed` names: one that is well formed for some
/// kind, with up to two faults put in, and the kind it is offered as.
pub fn document(seed: u64, index: u64) -> (Kind, Value) {
    let mut dice = Dice::at(seed, index);
    let mut case = whole(&mut dice, true);
    if dice.percent(50) {
        for _ in 0..10 {
            near_miss::change(&mut dice, &mut case, |_| true);
        }
    }
    let documents: Vec<(Kind, &Value)> = case.documents().collect();
    let place = dice.below(documents.len());
    let chosen = documents.get(place).map(|(kind, document)| (*kind, (*document).clone()));
    let (mut kind, mut document) =
        chosen.unwrap_or_else(|| (Kind::Identity, json!({"Version": "1", "Statement": []})));
    if dice.percent(10) {
        let kinds = [Kind::Identity, Kind::Session, Kind::Control, Kind::Trust, Kind::Bucket];
        kind = kinds.get(dice.below(5)).copied().unwrap_or(kind);
    }
    for _ in 0..dice.below(3) {
        damage(&mut dice, &mut document);
    }
    (kind, document)
}

fn damage(dice: &mut Dice, document: &mut Value) {
    if dice.percent(20) {
        let value = strange_value(dice);
        let name = dice.pick(&["Version", "Statement", "Id", "version"]);
        return replace(dice, document, name, value);
    }
    let statement = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => {
            let place = dice.below(statements.len());
            statements.get_mut(place)
        }
        other => other,
    };
    let Some(statement) = statement else { return };
    if dice.percent(30) {
        return replace_condition(dice, statement);
    }
    let elements = [
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Sid",
        "effect",
        "action",
    ];
    let name = dice.pick(&elements);
    let value = strange_value(dice);
    replace(dice, statement, name, value);
}

/// Sets or removes one member.
fn replace(dice: &mut Dice, object: &mut Value, name: &str, value: Value) {
    let Some(object) = object.as_object_mut() else { return };
    if dice.percent(25) {
        object.shift_remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
}

fn replace_condition(dice: &mut Dice, statement: &mut Value) {
    let operators = [
        "StringEquals",
        "stringEquals",
        "StringLikeIfExists",
        "Null",
        "ForAllValues:StringLike",
        "ForAllValues:Null",
        "forAllValues:StringLike",
        "ForSomeValues:StringLike",
        "ForAllValues:",
        "ForAnyValue:ForAllValues:StringLike",
        "BinaryEquals",
        "",
    ];
    let operator = dice.pick(&operators);
    let listed = strange_value(dice);
    let keys = if dice.percent(80) { json!({"oss:Prefix": listed}) } else { listed };
    let condition = if dice.percent(90) { json!({operator: keys}) } else { strange_value(dice) };
    replace(dice, statement, "Condition", condition);
}

fn strange_value(dice: &mut Dice) -> Value {
    let texts = [
        "1",
        "2",
        "2016-10-17",
        "Allow",
        "allow",
        "Deny",
        "*",
        "acs:oss:*:*:b",
        "arn:aws:s3:::b",
        "acs",
        "oss:GetObject",
    ];
    let text = Value::from(dice.pick(&texts));
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(1),
        2 => json!(true),
        3 => json!([]),
        4 => Value::Object(Map::new()),
        5 => json!([text, 1]),
        6 => json!([[text]]),
        7 => json!({"RAM": text}),
        8 => json!({"Service": [text], "AWS": "*"}),
        9 => json!([text, "*"]),
        _ => text,
    }
}
