//! The texts that are signed, each built in one place for the check and for the making.

pub(crate) mod acs3;
pub(crate) mod amazon;
pub(crate) mod rpc_v1;
pub(crate) mod v1;
pub(crate) mod v2;
pub(crate) mod v4;

use crate::request::RequestHead;

/// A name and a decoded value of a parameter.
pub(crate) type Parameter<'a> = (&'a str, &'a str);

/// A lower-case name and a value of a header.
pub(crate) type Header<'a> = (&'a str, &'a [u8]);

/// The headers of a request, for signing: `host` is the one that the request was decoded to.
pub(crate) fn headers(head: &RequestHead) -> impl Iterator<Item = Header<'_>> {
    let host = (!head.host.is_empty()).then_some(("host", head.host.as_bytes()));
    let others = head.headers.iter().filter(|(name, _)| name != "host");
    host.into_iter().chain(others.map(|(name, value)| (name.as_str(), value.as_slice())))
}

/// The parameters of a query.
pub(crate) fn parameters<T: AsRef<str>>(pairs: &[(T, T)]) -> impl Iterator<Item = Parameter<'_>> {
    pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
}

/// Appends `name:value\n`, the value without the white space around it.
fn push_header(out: &mut Vec<u8>, (name, value): Header<'_>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    out.extend_from_slice(value.trim_ascii());
    out.push(b'\n');
}
