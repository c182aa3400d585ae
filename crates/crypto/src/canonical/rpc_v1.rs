//! RPC V1: the method, and all parameters of query and form, sorted and encoded twice.

use super::Parameter;
use crate::encoding::push_encoded_twice;

/// The string to sign. `parameters` are those of query and form without `Signature`.
///
/// The vendor's clients always call `/`; another path takes its own place in the string, so that a
/// signature for one path is none for another.
pub(crate) fn string_to_sign(
    method: &str,
    path: &str,
    mut parameters: Vec<Parameter<'_>>,
) -> String {
    parameters.sort_unstable();
    let size: usize =
        parameters.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
    // Encoding twice makes five characters of one; half as much again is the common case.
    let mut out = String::with_capacity(size.saturating_mul(3) / 2 + 64);
    out.extend(method.chars().map(|letter| letter.to_ascii_uppercase()));
    out.push('&');
    crate::encoding::push_encoded(&mut out, path);
    out.push('&');
    for (index, (name, value)) in parameters.into_iter().enumerate() {
        if index > 0 {
            out.push_str("%26");
        }
        push_encoded_twice(&mut out, name);
        out.push_str("%3D");
        push_encoded_twice(&mut out, value);
    }
    out
}
