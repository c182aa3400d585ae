//! Flat parameters to the tree of a request, checked against its fields on the way.
//!
//! A list arrives as `Name.1`, `Name.2`, …, a list of structs as `Name.1.Key`, and either as one
//! parameter `Name` that holds a JSON array; RAM's clients do the last, ECS's the first, and some
//! ECS parameters are JSON by definition. A nested struct arrives as `Name.Key`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rolecall_types::json;
use serde_json::Value;

use super::tree::Tree;
use crate::{Fault, Field, Kind, Refusal};

/// The most parameters of one request. The largest call of the vendor's metadata that is served
/// here, 100 instance ids beside some dozens of fields, needs a fifth of it.
pub const MAX_PARAMETERS: usize = 1_000;

/// The most elements of a list without a limit of its own.
const MAX_ITEMS: usize = 100;

/// The parameters that belong to the gateway, in any call. Source: the RPC common parameters.
const GATEWAY: &[&str] = &[
    "AcceptLanguage",
    "AccessKeyId",
    "Action",
    "Format",
    "RegionId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// Whether a parameter belongs to the gateway, and so to any call.
pub fn is_of_the_gateway(name: &str) -> bool {
    GATEWAY.contains(&name)
}

/// The parameters of a request, decoded; each name stands once. They are read where they lie.
#[derive(Debug, Clone, Default)]
pub struct Parameters<'a>(
    /// Sorted by name.
    Vec<(&'a str, &'a str)>,
);

impl<'a> Parameters<'a> {
    /// Gathers parameters. A name that comes twice is refused: what was signed is what runs.
    pub fn gather<T: AsRef<str> + 'a>(
        pairs: impl IntoIterator<Item = &'a (T, T)>,
    ) -> Result<Self, Refusal> {
        let refuse = |name: &str, fault| Refusal { name: name.to_owned(), field: None, fault };
        let mut sorted: Vec<_> =
            pairs.into_iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        if let Some((name, _)) = sorted.get(MAX_PARAMETERS) {
            return Err(refuse(name, Fault::Length));
        }
        sorted.sort_unstable();
        let twice = sorted.iter().zip(sorted.iter().skip(1)).find(|(one, next)| one.0 == next.0);
        match twice {
            Some(((name, _), _)) => Err(refuse(name, Fault::Format)),
            None => Ok(Self(sorted)),
        }
    }

    /// A parameter by its exact name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.find(name).map(|(_, value)| value)
    }

    /// The place of a parameter, and its value.
    fn find(&self, name: &str) -> Option<(usize, &'a str)> {
        let place = self.0.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        self.0.get(place).map(|(_, value)| (place, *value))
    }

    /// The names that begin with `prefix`, in order, with what follows it.
    fn below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> {
        let first = self.0.partition_point(|(name, _)| *name < prefix);
        let behind = self.0.get(first..).unwrap_or_default();
        behind.iter().map_while(move |(name, _)| name.strip_prefix(prefix))
    }
}

/// The tree of a request whose fields are `fields`. Fields that were not sent are null, or an
/// empty list. A parameter that belongs to no field, and not to the gateway, is refused.
pub fn decode<'a>(
    fields: &'static [Field],
    parameters: &Parameters<'a>,
) -> Result<Tree<'a>, Refusal> {
    let mut decoder = Decoder::new(parameters);
    let tree = decoder.object(fields, "")?;
    match decoder.unused().find(|name| !is_of_the_gateway(name)) {
        Some(stranger) => {
            Err(Refusal { name: stranger.to_owned(), field: None, fault: Fault::Unsupported })
        }
        None => Ok(tree),
    }
}

struct Decoder<'p, 'a> {
    parameters: &'p Parameters<'a>,
    /// For each parameter, whether a field took it.
    used: Vec<bool>,
}

impl<'p, 'a> Decoder<'p, 'a> {
    fn new(parameters: &'p Parameters<'a>) -> Self {
        Self { parameters, used: vec![false; parameters.0.len()] }
    }

    /// The names of the parameters that no field took.
    fn unused(&self) -> impl Iterator<Item = &'a str> {
        let marked = self.parameters.0.iter().zip(&self.used);
        marked.filter(|(_, used)| !**used).map(|((name, _), _)| *name)
    }

    fn object(&mut self, fields: &'static [Field], prefix: &str) -> Result<Tree<'a>, Refusal> {
        let mut object = Vec::with_capacity(fields.len());
        for field in fields {
            let name = match prefix {
                "" => Cow::Borrowed(field.name),
                prefix => Cow::Owned(format!("{prefix}{}", field.name)),
            };
            let value = self.value(field, &name)?;
            if field.required && value.is_absent() {
                let name = name.into_owned();
                return Err(Refusal { name, field: Some(field), fault: Fault::Missing });
            }
            object.push((field, value));
        }
        Ok(Tree::Object(object))
    }

    fn value(&mut self, field: &'static Field, name: &str) -> Result<Tree<'a>, Refusal> {
        match field.kind {
            Kind::List(item) => self.list(field, item, name),
            Kind::Object(inner) => {
                let prefix = format!("{name}.");
                let present = self.parameters.below(&prefix).next().is_some();
                if present { self.object(inner, &prefix) } else { Ok(Tree::Null) }
            }
            scalar => match self.take_sent(name) {
                // The gateway treats an empty parameter as one that was not sent.
                Some(text) if text.is_empty() && !field.keeps_empty => Ok(Tree::Null),
                Some(text) => typed(field, scalar, name, text),
                None => Ok(Tree::Null),
            },
        }
    }

    fn list(
        &mut self,
        field: &'static Field,
        item: &'static Kind,
        name: &str,
    ) -> Result<Tree<'a>, Refusal> {
        let refuse = |fault| Refusal { name: name.to_owned(), field: Some(field), fault };
        let items = match self.take(name) {
            Some(text) => json_list(field, item, name, text)?,
            None => self.numbered_list(field, item, name)?,
        };
        let (min, max) = field.items.unwrap_or((0, MAX_ITEMS));
        if items.len() > max || (!items.is_empty() && items.len() < min) {
            return Err(refuse(Fault::Length));
        }
        Ok(Tree::List(items))
    }

    fn numbered_list(
        &mut self,
        field: &'static Field,
        item: &'static Kind,
        name: &str,
    ) -> Result<Vec<Tree<'a>>, Refusal> {
        let prefix = format!("{name}.");
        let numbers: BTreeSet<usize> = self
            .parameters
            .below(&prefix)
            .filter_map(|rest| rest.split('.').next())
            .filter(|number| !number.starts_with(['0', '+']))
            .filter_map(|number| number.parse().ok())
            .collect();
        let mut items = Vec::new();
        for number in numbers {
            let name = format!("{prefix}{number}");
            let value = match item {
                Kind::Object(inner) => self.object(inner, &format!("{name}."))?,
                scalar => match self.take(&name) {
                    Some(text) => typed(field, scalar, &name, text)?,
                    None => continue,
                },
            };
            items.push(value);
        }
        Ok(items)
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        self.take_sent(name).filter(|text| !text.is_empty())
    }

    fn take_sent(&mut self, name: &str) -> Option<&'a str> {
        let (place, text) = self.parameters.find(name)?;
        if let Some(used) = self.used.get_mut(place) {
            *used = true;
        }
        Some(text)
    }
}

/// The most lists and objects inside each other in a parameter: no list of the API has more than
/// one struct within a struct.
const JSON_DEPTH_MAX: usize = 4;

/// A list in one parameter: a JSON array of texts or of structs.
fn json_list(
    field: &'static Field,
    item: &'static Kind,
    name: &str,
    text: &str,
) -> Result<Vec<Tree<'static>>, Refusal> {
    let refuse = |fault| Refusal { name: name.to_owned(), field: Some(field), fault };
    // A key that is given twice would be read in one way here and in another one elsewhere.
    let read = json::read(text.as_bytes(), JSON_DEPTH_MAX).map(Value::from);
    let Ok(Value::Array(items)) = read else { return Err(refuse(Fault::Format)) };
    if items.is_empty() {
        // The generated clients write `Tag=[]` where nobody gave a tag. An empty list of names is
        // another matter: as "none given" it would mean all there are.
        let harmless = matches!(item, Kind::Object(_)) && !field.required;
        return if harmless { Ok(Vec::new()) } else { Err(refuse(Fault::Length)) };
    }
    let mut flat = Vec::new();
    for (index, value) in items.iter().enumerate() {
        flatten(&format!("{name}.{}", index.saturating_add(1)), value, &mut flat)
            .map_err(|()| refuse(Fault::Format))?;
    }
    let parameters = Parameters::gather(&flat)?;
    let mut inner = Decoder::new(&parameters);
    let decoded = inner.numbered_list(field, item, name)?;
    if inner.unused().next().is_some() {
        return Err(refuse(Fault::Format));
    }
    Ok(decoded.into_iter().map(Tree::into_owned).collect())
}

/// A JSON value as numbered parameters, so that both spellings are checked by the same code.
fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) -> Result<(), ()> {
    match value {
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => out.push((name.to_owned(), value.to_string())),
        Value::Object(object) => {
            for (key, value) in object {
                flatten(&format!("{name}.{key}"), value, out)?;
            }
        }
        Value::Null | Value::Array(_) => return Err(()),
    }
    Ok(())
}

/// Checks one text against its field and gives it the field's type, or that of one element of its
/// list: `kind`. A refusal names it as `name`.
pub fn typed<'a>(
    field: &'static Field,
    kind: &Kind,
    name: &str,
    text: &'a str,
) -> Result<Tree<'a>, Refusal> {
    let refuse = |fault| Refusal { name: name.to_owned(), field: Some(field), fault };
    match kind {
        Kind::Text(rule) => {
            let length = text.chars().count();
            let (min, max) = field.chars.unwrap_or((rule.min, rule.max));
            if length < min || length > max {
                return Err(refuse(Fault::Length));
            }
            if !text.chars().all(rule.allows) {
                return Err(refuse(Fault::Characters));
            }
            if !field.choices.is_empty() && !field.choices.contains(&text) {
                return Err(refuse(Fault::Choice));
            }
            Ok(Tree::Text(Cow::Borrowed(text)))
        }
        Kind::Integer => {
            let number: i64 = text.parse().map_err(|_| refuse(Fault::Format))?;
            let (min, max) = field.range.unwrap_or((0, i64::MAX));
            if number < min || number > max {
                return Err(refuse(Fault::Range(min, max)));
            }
            Ok(Tree::Integer(number))
        }
        Kind::Decimal => {
            let number: f64 = text.parse().map_err(|_| refuse(Fault::Format))?;
            if number.is_finite() { Ok(Tree::Decimal(number)) } else { Err(refuse(Fault::Format)) }
        }
        Kind::Boolean if text.eq_ignore_ascii_case("true") => Ok(Tree::Boolean(true)),
        Kind::Boolean if text.eq_ignore_ascii_case("false") => Ok(Tree::Boolean(false)),
        Kind::Boolean | Kind::List(_) | Kind::Object(_) => Err(refuse(Fault::Format)),
    }
}

#[cfg(test)]
mod tests;
