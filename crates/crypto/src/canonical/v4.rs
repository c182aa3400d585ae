//! OSS V4: the bucket's path, all of the query, the headers, and a key derived for the day.
//!
//! The S3-compatible surface derives its keys and scopes in the same way with other words
//! ([`Family`]); what it signs of a request is in `amazon`.

use aws_lc_rs::hmac;
use rolecall_types::Secret;
use zeroize::Zeroizing;

use super::{Header, Parameter, push_header};
use crate::encoding::{encoded_order, push_encoded, push_encoded_path};
use crate::hash::sha256_hex;

/// The name of the scheme, in headers, queries and the string to sign.
pub(crate) const ALGORITHM: &str = "OSS4-HMAC-SHA256";

/// Whose words a V4 signature uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// The vendor's.
    Oss,
    /// Amazon's, whose clients the S3-compatible surface serves.
    Amazon,
}

impl Family {
    /// The name of the scheme.
    pub(crate) const fn algorithm(self) -> &'static str {
        match self {
            Self::Oss => ALGORITHM,
            Self::Amazon => "AWS4-HMAC-SHA256",
        }
    }

    /// What the last part of each scope is.
    const fn terminator(self) -> &'static str {
        match self {
            Self::Oss => "aliyun_v4_request",
            Self::Amazon => "aws4_request",
        }
    }

    /// What stands before the secret in the first key.
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Oss => b"aliyun_v4",
            Self::Amazon => b"AWS4",
        }
    }
}

/// What a signature's key is good for: one day, one region, one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    family: Family,
    /// `20260115/cn-hangzhou/oss/aliyun_v4_request`.
    text: String,
    region: std::ops::Range<usize>,
    product: std::ops::Range<usize>,
}

impl Scope {
    /// A scope of its parts. The day is eight digits; region and product are letters, digits and
    /// hyphens.
    pub(crate) fn new(family: Family, day: &str, region: &str, product: &str) -> Option<Self> {
        let name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let is_day = day.len() == DAY_LENGTH && day.bytes().all(|byte| byte.is_ascii_digit());
        if !is_day || !name(region) || !name(product) {
            return None;
        }
        let region_start = DAY_LENGTH.checked_add(1)?;
        let region_end = region_start.checked_add(region.len())?;
        let product_start = region_end.checked_add(1)?;
        let product_end = product_start.checked_add(product.len())?;
        Some(Self {
            family,
            text: [day, region, product, family.terminator()].join("/"),
            region: region_start..region_end,
            product: product_start..product_end,
        })
    }

    /// Takes `AK/20260115/cn-hangzhou/oss/aliyun_v4_request` apart.
    pub(crate) fn parse_credential(family: Family, credential: &str) -> Option<(&str, Self)> {
        let mut parts = credential.split('/');
        let access_key_id = parts.next()?;
        let (day, region, product) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next()? != family.terminator() || parts.next().is_some() {
            return None;
        }
        Some((access_key_id, Self::new(family, day, region, product)?))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The day, as eight digits.
    pub(crate) fn day(&self) -> &str {
        self.text.get(..DAY_LENGTH).unwrap_or_default()
    }

    pub(crate) fn region(&self) -> &str {
        self.text.get(self.region.clone()).unwrap_or_default()
    }

    pub(crate) fn product(&self) -> &str {
        self.text.get(self.product.clone()).unwrap_or_default()
    }
}

/// The length of a day such as `20260115`.
const DAY_LENGTH: usize = 8;

/// What the canonical request is made of.
pub(crate) struct Parts<'a> {
    pub method: &'a str,
    /// Bucket and key, decoded; the key is empty for the bucket itself, `None` is the service.
    pub resource: Option<(&'a str, &'a str)>,
    /// All parameters but `x-oss-signature`.
    pub query: Vec<Parameter<'a>>,
    /// All headers; those that are always signed and the additional ones are picked.
    pub headers: Vec<Header<'a>>,
    /// Lower-case, sorted.
    pub additional: &'a [String],
    /// The `x-oss-content-sha256` as sent.
    pub payload: &'a [u8],
}

/// The canonical request.
pub(crate) fn canonical_request(mut parts: Parts<'_>) -> Vec<u8> {
    parts.query.sort_unstable_by(|left, right| encoded_order(left.0, right.0));
    parts.headers.retain(|(name, _)| is_always_signed(name) || is_listed(parts.additional, name));
    parts.headers.sort_unstable();

    let mut lines = String::with_capacity(capacity(&parts));
    lines.push_str(parts.method);
    lines.push_str("\n/");
    if let Some((bucket, key)) = parts.resource {
        push_encoded_path(&mut lines, bucket);
        lines.push('/');
        push_encoded_path(&mut lines, key);
    }
    lines.push('\n');
    for (index, (name, value)) in parts.query.iter().enumerate() {
        if index > 0 {
            lines.push('&');
        }
        push_encoded(&mut lines, name);
        // Of `?=` nothing else would be left, and a query of it be signed as none.
        if !value.is_empty() || name.is_empty() {
            lines.push('=');
            push_encoded(&mut lines, value);
        }
    }
    lines.push('\n');

    let mut out = lines.into_bytes();
    for header in parts.headers {
        push_header(&mut out, header);
    }
    out.push(b'\n');
    for (index, name) in parts.additional.iter().enumerate() {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.push(b'\n');
    out.extend_from_slice(parts.payload);
    out
}

/// What a canonical request takes where little of it is encoded, so that it is laid out once.
fn capacity(parts: &Parts<'_>) -> usize {
    const LINES: usize = 16;
    let resource = parts.resource.map_or(0, |(bucket, key)| bucket.len().saturating_add(key.len()));
    let query = parts.query.iter().map(|(name, value)| (name.len(), value.len()));
    let headers = parts.headers.iter().map(|(name, value)| (name.len(), value.len()));
    let pairs =
        query.chain(headers).map(|(name, value)| name.saturating_add(value).saturating_add(2));
    let additional = parts.additional.iter().map(|name| name.len().saturating_add(1));
    [parts.method.len(), resource, parts.payload.len(), LINES]
        .into_iter()
        .chain(pairs)
        .chain(additional)
        .fold(0, usize::saturating_add)
}

/// The string to sign. `timestamp` is the text of `x-oss-date`, else of `Date`.
pub(crate) fn string_to_sign(timestamp: &str, scope: &Scope, canonical_request: &[u8]) -> String {
    let (family, scope, hash) = (scope.family, scope.as_str(), sha256_hex(canonical_request));
    [family.algorithm(), timestamp, scope, &hash].join("\n")
}

/// The key that signs in a scope: four HMACs away from the secret.
pub(crate) fn signing_key(secret: &Secret<String>, scope: &Scope) -> hmac::Key {
    let mut first = Zeroizing::new(Vec::with_capacity(64));
    first.extend_from_slice(scope.family.prefix());
    first.extend_from_slice(secret.expose().as_bytes());
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, &first);
    for part in [scope.day(), scope.region(), scope.product(), scope.family.terminator()] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    key
}

/// Whether a header is signed without being listed.
pub(crate) fn is_always_signed(name: &str) -> bool {
    name.starts_with("x-oss-") || matches!(name, "content-type" | "content-md5")
}

fn is_listed(names: &[String], name: &str) -> bool {
    names.iter().any(|listed| listed == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hmac_sha256;

    #[test]
    fn the_published_key_is_derived() {
        let vectors = include_str!("../../tests/vectors/oss-signature.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let vector = &vectors["v4_signing_key"];
        let text = |name: &str| vector[name].as_str().unwrap();
        let scope = Scope::new(Family::Oss, text("date"), text("region"), text("product")).unwrap();
        let key = signing_key(&Secret::new(text("secret").to_owned()), &scope);
        let expected: Vec<u8> = text("signing_key_hex")
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let signed = hmac::sign(&key, b"data");
        assert_eq!(signed.as_ref(), hmac_sha256(&expected, b"data").as_ref());
    }

    #[test]
    fn no_two_queries_are_signed_alike() {
        let canonical = |query: &[Parameter<'static>]| {
            canonical_request(Parts {
                method: "GET",
                resource: None,
                query: query.to_vec(),
                headers: Vec::new(),
                additional: &[],
                payload: b"UNSIGNED-PAYLOAD",
            })
        };
        let queries: [&[Parameter<'static>]; 9] = [
            &[],
            &[("", "")],
            &[("", ""), ("", "")],
            &[("", "a")],
            &[("a", "")],
            &[("", ""), ("a", "")],
            &[("", ""), ("a", "b")],
            &[("a=b", "")],
            &[("a", "b")],
        ];
        let signed: std::collections::BTreeSet<_> = queries.map(canonical).into();
        assert_eq!(signed.len(), queries.len());
    }

    #[test]
    fn a_credential_is_an_id_and_a_scope() {
        let parse = |credential| Scope::parse_credential(Family::Oss, credential);
        let parsed = parse("AK/20260115/cn-hangzhou/oss/aliyun_v4_request");
        let (id, scope) = parsed.unwrap();
        assert_eq!((id, scope.day()), ("AK", "20260115"));
        assert_eq!((scope.region(), scope.product()), ("cn-hangzhou", "oss"));
        for wrong in [
            "",
            "AK",
            "AK/20260115/cn-hangzhou/oss",
            "AK/20260115/cn-hangzhou/oss/aws4_request",
            "AK/20260115/cn-hangzhou/oss/aliyun_v4_request/",
            "AK/2026011/cn-hangzhou/oss/aliyun_v4_request",
            "AK/2026011x/cn-hangzhou/oss/aliyun_v4_request",
            "AK/20260115//oss/aliyun_v4_request",
            "AK/20260115/cn hangzhou/oss/aliyun_v4_request",
            "AK/20260115/cn-hangzhou/o\ns/aliyun_v4_request",
        ] {
            assert!(parse(wrong).is_none(), "{wrong:?}");
        }
        let amazon = "AK/20260115/us-east-1/s3/aws4_request";
        assert!(parse(amazon).is_none());
        assert!(Scope::parse_credential(Family::Amazon, amazon).is_some());
    }
}
