//! From a request to the operation: each field from its place, checked against its limits.

use rolecall_api::codec::{self, Parameters, Tree};
use rolecall_api::{ApiError, Fault, Field, Operation, Place, Product, Refusal, code as api};
use rolecall_crypto::RequestHead;

use crate::route::Target;
use crate::text::latin1_text;

/// The name of the field that is the bucket.
pub(crate) const BUCKET: &str = "Bucket";
/// The name of the field that is the object's key.
pub(crate) const KEY: &str = "Key";

/// Decodes an operation; beside it, its parameters as the audit record shows them.
pub(crate) fn decode<O: Operation>(
    head: &RequestHead,
    target: &Target,
) -> Result<(O, Tree<'static>), ApiError> {
    let mut pairs = Vec::new();
    for field in O::FIELDS {
        if let Some(value) = sent(field, head, target)? {
            pairs.push((field.name.to_owned(), value));
        }
    }
    let tree = Parameters::gather(&pairs)
        .and_then(|parameters| codec::decode(O::FIELDS, &parameters))
        .map_err(|refusal| refused(refusal, head, target))?;
    let operation = O::deserialize(&tree)
        .map_err(|error| ApiError::new(&api::INTERNAL_ERROR).because(error))?;
    Ok((operation, tree.into_owned()))
}

/// What was sent in a field's place. Headers are ISO-8859-1, parameters UTF-8.
fn sent(
    field: &'static Field,
    head: &RequestHead,
    target: &Target,
) -> Result<Option<String>, ApiError> {
    let repeated = || {
        let name = wire_name(field).to_owned();
        refused(Refusal { name, field: Some(field), fault: Fault::Format }, head, target)
    };
    match field.place {
        Place::Parameter => Ok(match field.name {
            BUCKET => target.bucket().map(str::to_owned),
            KEY => target.key().map(str::to_owned),
            _ => None,
        }),
        Place::Header(name) => match head.header_bytes(name) {
            Some(value) => Ok(Some(latin1_text(value.trim_ascii()))),
            None if head.has_header(name) => Err(repeated()),
            None => Ok(None),
        },
        Place::Query(name) => {
            let mut values = head.query.iter().filter(|(parameter, _)| parameter == name);
            let first = values.next().map(|(_, value)| value.to_string());
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
