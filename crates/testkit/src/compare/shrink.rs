//! Makes a case smaller while it keeps showing what it shows.

use serde_json::{Map, Value};

use crate::oracle::{Case, well_formed};

/// Drops requests, documents, statements, conditions and list items for as long as `shows` holds.
pub(super) fn shrunk(mut case: Case, shows: impl Fn(&Case) -> bool) -> Case {
    let sound =
        |case: &Case| case.documents().all(|(kind, document)| well_formed(kind, document).is_ok());
    // Whatever is no case any more without the thing that was dropped does not read back; a thing
    // with a default may come back.
    let smaller_case = |case: &Case| {
        smaller_values(&serde_json::to_value(case).ok()?)
            .into_iter()
            .filter_map(|value| serde_json::from_value(value).ok())
            .find(|smaller| smaller != case && sound(smaller) && shows(smaller))
    };
    while let Some(smaller) = smaller_case(&case) {
        case = smaller;
    }
    case
}

/// Values that lack one thing: first those that lack something big.
fn smaller_values(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => {
            let lacking = (0..items.len()).map(|place| {
                let mut items = items.clone();
                items.remove(place);
                Value::Array(items)
            });
            let inside = items.iter().enumerate().flat_map(|(place, item)| {
                smaller_values(item).into_iter().map(move |smaller| {
                    let replaced = items
                        .iter()
                        .enumerate()
                        .map(|(at, item)| if at == place { smaller.clone() } else { item.clone() });
                    Value::Array(replaced.collect())
                })
            });
            lacking.chain(inside).collect()
        }
        Value::Object(entries) => {
            let lacking = entries.keys().map(|key| {
                let kept = entries.iter().filter(|(its, _)| *its != key);
                Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
            });
            let inside = entries.iter().flat_map(|(key, value)| {
                smaller_values(value).into_iter().map(move |smaller| {
                    let mut entries: Map<String, Value> = entries.clone();
                    entries.insert(key.clone(), smaller);
                    Value::Object(entries)
                })
            });
            lacking.chain(inside).collect()
        }
        _ => Vec::new(),
    }
}
