//! The parameters of RPC calls.

use rolecall_api::codec::{self, Format, Parameters, Tree};
use rolecall_api::{Described, Fault, Field, Kind};
use rolecall_compute::{ecs, vpc};
use rolecall_crypto::{Pair, decode_form};
use rolecall_identity::{ram, sts};
use rolecall_types::json;
use serde_json::Value;

/// More lists and objects inside each other than any parameter has.
const JSON_DEPTH_MAX: usize = 32;

/// What is decoded is within the limits of its fields, and what is refused is refused in words. The
/// input is a form; its `Action` names the operation, of whatever product.
pub fn rpc_parameters(data: &[u8]) {
    let Ok(form) = decode_form(data) else { return };
    let Some(operation) = operation(&form) else { return };
    let fields = operation.request();
    let decoded = Parameters::gather(&form).and_then(|all| codec::decode(fields, &all));
    let refusal = match decoded {
        Ok(tree) => {
            holds(fields, &tree);
            secrets_are_masked(fields, &serde_json::to_value(&tree).unwrap_or_default());
            let stranger = ("No.Such".into(), "".into());
            let all = Parameters::gather(form.iter().chain([&stranger]));
            let refused = all.and_then(|all| codec::decode(fields, &all)).err();
            let fault = refused.as_ref().map(|refusal| refusal.fault);
            assert_eq!(fault, Some(Fault::Unsupported), "an unknown parameter was taken");
            return;
        }
        Err(refusal) => refusal,
    };
    assert!(!refusal.name.is_empty() || refusal.field.is_none());
    let product = operation.spec().product;
    let error = refusal.into_error(product);
    let json = codec::encode_error(Format::Json, product, &error, "host", "id");
    let answer: Value = serde_json::from_slice(&json).unwrap_or_default();
    assert_eq!(answer.get("Code"), Some(&error.name().into()));
    let xml = codec::encode_error(Format::Xml, product, &error, "host", "id");
    let xml = String::from_utf8_lossy(&xml);
    let unknown = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x7f');
    assert!(!xml.contains(unknown) && xml.ends_with('>'), "{xml:?}");
}

/// A list of instances in one parameter is what any strict reader of JSON sees in it, and the same
/// as the list whose items are numbered. The input is the list.
pub fn json_list(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let form = |items: Vec<Pair>| {
        let call = [("Action", "AttachInstanceRamRole"), ("RamRoleName", "web")];
        let call = call.map(|(name, value)| (name.into(), value.into()));
        [call.to_vec(), items].concat()
    };
    let decoded = |form: &[Pair]| {
        let fields = operation(form)?.request();
        let tree = codec::decode(fields, &Parameters::gather(form).ok()?).ok()?;
        Some(serde_json::to_value(&tree).unwrap_or_default())
    };
    // Nothing is the same as no parameter.
    let read = Some(text).filter(|text| !text.is_empty()).and_then(|text| {
        match json::read(text.as_bytes(), JSON_DEPTH_MAX).map(Value::from) {
            Ok(Value::Array(items)) => Some(items),
            _ => None,
        }
    });
    // Numbers and switches are texts on the wire.
    let texts = read.and_then(|items| {
        let text = |item: &Value| match item {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(item.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        items.iter().map(text).collect::<Option<Vec<_>>>()
    });
    let whole = decoded(&form(vec![("InstanceIds".into(), text.into())]));
    let numbered = texts.and_then(|texts| {
        let name = |index: usize| format!("InstanceIds.{}", index.saturating_add(1));
        let items =
            texts.into_iter().enumerate().map(|(index, text)| (name(index).into(), text.into()));
        decoded(&form(items.collect()))
    });
    assert_eq!(whole, numbered, "{text}");
}

fn operation(form: &[Pair]) -> Option<&'static dyn Described> {
    let (_, action) = form.iter().find(|(name, _)| name == "Action")?;
    [ram::OPERATIONS, sts::OPERATIONS, ecs::OPERATIONS, vpc::OPERATIONS]
        .into_iter()
        .flatten()
        .copied()
        .find(|operation| operation.spec().action == action)
}

/// Whether a decoded object is what its fields say; it panics where it is not.
fn holds(fields: &[Field], tree: &Tree<'_>) {
    let read = match tree {
        Tree::Object(read) => read.as_slice(),
        _ => &[],
    };
    let names: Vec<&str> = read.iter().map(|(field, _)| field.name).collect();
    let wanted: Vec<&str> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names, wanted, "other fields");
    for (field, value) in read {
        let absent = match value {
            Tree::Null => true,
            Tree::List(items) => items.is_empty(),
            _ => false,
        };
        assert!(!(field.required && absent), "{} is missing", field.name);
        if !absent {
            value_holds(field, field.kind, value);
        }
    }
}

fn value_holds(field: &Field, kind: &Kind, value: &Tree<'_>) {
    let right = match (kind, value) {
        (Kind::List(item), Tree::List(items)) => {
            for value in items {
                value_holds(field, item, value);
            }
            field.items.is_none_or(|(least, most)| (least..=most).contains(&items.len()))
        }
        (Kind::Object(inner), tree) => {
            holds(inner, tree);
            true
        }
        (Kind::Text(rule), Tree::Text(text)) => {
            let (least, most) = field.chars.unwrap_or((rule.min, rule.max));
            (least..=most).contains(&text.chars().count())
                && text.chars().all(rule.allows)
                && (field.choices.is_empty() || field.choices.contains(&&**text))
        }
        (Kind::Integer, Tree::Integer(number)) => {
            let (least, most) = field.range.unwrap_or((0, i64::MAX));
            (least..=most).contains(number)
        }
        (Kind::Decimal, Tree::Decimal(_)) | (Kind::Boolean, Tree::Boolean(_)) => true,
        _ => false,
    };
    assert!(right, "{}: {value:?}", field.name);
}

fn secrets_are_masked(fields: &[Field], tree: &Value) {
    for field in fields {
        let value = tree.get(field.name).unwrap_or(&Value::Null);
        if field.secret {
            assert!(value.is_null() || value == "***", "{} is shown", field.name);
        } else if let Kind::Object(inner) = field.kind {
            secrets_are_masked(inner, value);
        } else if let (Kind::List(Kind::Object(inner)), Some(items)) =
            (field.kind, value.as_array())
        {
            for item in items {
                secrets_are_masked(inner, item);
            }
        }
    }
}
