//! From a request to the operation: each field from its place, checked against its limits.

use std::borrow::Cow;

use rolecall_api::codec::{self, Parameters, Tree};
use rolecall_api::{ApiError, Fault, Field, Operation, Place, Product, Refusal, code as api};
use rolecall_crypto::RequestHead;

use crate::route::Target;
use crate::text::{latin1, latin1_text};

/// The name of the field that is the bucket.
pub(crate) const BUCKET: &str = "Bucket";
/// The name of the field that is the object's key.
pub(crate) const KEY: &str = "Key";

/// What was sent of an operation's fields, by their names.
pub(crate) type Sent<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Gathers the fields of an operation from their places.
pub(crate) fn gather<'a, O: Operation>(
    head: &'a RequestHead,
    target: &'a Target,
) -> Result<Sent<'a>, ApiError> {
    let mut sent = Vec::new();
    for field in O::FIELDS {
        if let Some(value) = value(field, head, target)? {
            sent.push((field.name.into(), value));
        }
    }
    Ok(sent)
}

/// Decodes an operation; beside it, its parameters as the audit record shows them.
pub(crate) fn decode<'a, O: Operation>(
    sent: &'a Sent<'a>,
    head: &RequestHead,
    target: &Target,
) -> Result<(O, Tree<'a>), ApiError> {
    let tree = Parameters::gather(sent)
        .and_then(|parameters| codec::decode(O::FIELDS, &parameters))
        .map_err(|refusal| refused(refusal, head, target))?;
    let operation = O::deserialize(&tree)
        .map_err(|error| ApiError::new(&api::INTERNAL_ERROR).because(error))?;
    Ok((operation, tree))
}

/// What was sent in a field's place. Headers are ISO-8859-1, parameters UTF-8.
fn value<'a>(
    field: &'static Field,
    head: &'a RequestHead,
    target: &'a Target,
) -> Result<Option<Cow<'a, str>>, ApiError> {
    let repeated = || {
        let name = wire_name(field).to_owned();
        refused(Refusal { name, field: Some(field), fault: Fault::Format }, head, target)
    };
    match field.place {
        Place::Parameter => Ok(match field.name {
            BUCKET => target.bucket().map(Cow::Borrowed),
            KEY => target.key().map(Cow::Borrowed),
            _ => None,
        }),
        Place::Header(name) => match head.header_bytes(name) {
            Some(value) => Ok(Some(latin1(value.trim_ascii()))),
            None if head.has_header(name) => Err(repeated()),
            None => Ok(None),
        },
        Place::Query(name) => {
            let mut values = head.query.iter().filter(|(parameter, _)| parameter == name);
            let first = values.next().map(|(_, value)| Cow::Borrowed(value.as_str()));
            if values.next().is_some() { Err(repeated()) } else { Ok(first) }
        }
    }
}

/// The refusal of a field as the vendor words it: by the name on the wire, with the value.
fn refused(refusal: Refusal, head: &RequestHead, target: &Target) -> ApiError {
    let Some(field) = refusal.field else { return refusal.into_error(Product::Oss) };
    let name = wire_name(field).to_owned();
    let value = match field.place {
        Place::Parameter => target.key().unwrap_or_default().to_owned(),
        Place::Header(header) => latin1_text(head.header_bytes(header).unwrap_or_default()),
        Place::Query(parameter) => head.query(parameter).unwrap_or_default().to_owned(),
    };
    Refusal { name, ..refusal }.into_error(Product::Oss).element("ArgumentValue", value)
}

fn wire_name(field: &'static Field) -> &'static str {
    match field.place {
        Place::Header(name) | Place::Query(name) => name,
        Place::Parameter => field.name,
    }
}
