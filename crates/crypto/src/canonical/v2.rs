//! OSS V2, which the first Python client speaks where it is told to: the encoded resource with all
//! of the query, the `x-oss-` headers and those that are listed. Source: the source of oss2,
//! `AuthV2`.

use super::{Header, Parameter, push_header};
use crate::encoding::{encoded_order, push_encoded};

/// What the string to sign is made of.
pub(crate) struct Parts<'a> {
    pub method: &'a str,
    pub content_md5: &'a [u8],
    pub content_type: &'a [u8],
    /// `x-oss-date`, else `Date`; the `x-oss-expires` of a signed URL.
    pub date: &'a str,
    /// All headers; those of `x-oss-` and the additional ones are signed.
    pub headers: Vec<Header<'a>>,
    /// Lower-case, sorted.
    pub additional: &'a [String],
    /// `/`, `/bucket/` or `/bucket/key`, decoded.
    pub resource: &'a str,
    /// All parameters but `x-oss-signature`.
    pub query: Vec<Parameter<'a>>,
}

/// The string to sign.
pub(crate) fn string_to_sign(mut parts: Parts<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    for line in
        [parts.method.as_bytes(), parts.content_md5, parts.content_type, parts.date.as_bytes()]
    {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    let listed = |name: &str| parts.additional.iter().any(|listed| listed == name);
    parts.headers.retain(|(name, _)| name.starts_with("x-oss-") || listed(name));
    parts.headers.sort_unstable();
    for header in parts.headers {
        push_header(&mut out, header);
    }
    out.extend_from_slice(parts.additional.join(";").as_bytes());
    out.push(b'\n');
    parts.query.sort_unstable_by(|left, right| encoded_order(left.0, right.0));
    let mut resource = String::with_capacity(256);
    push_encoded(&mut resource, parts.resource);
    for (index, (name, value)) in parts.query.into_iter().enumerate() {
        resource.push(if index == 0 { '?' } else { '&' });
        push_encoded(&mut resource, name);
        if !value.is_empty() || name.is_empty() {
            resource.push('=');
            push_encoded(&mut resource, value);
        }
    }
    out.extend_from_slice(resource.as_bytes());
    out
}
