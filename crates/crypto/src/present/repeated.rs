//! Nothing that counts is there twice.
//!
//! When a name stands twice in a request, one reader takes the first and another the last; if one
//! of them checks the signature and the other runs the call, the signature protects nothing. So a
//! repeated name is refused, before any signature is computed:
//!
//! - a parameter, in the query, in the form or across both, whatever its case;
//! - a header that authenticates (`Authorization`, `security-token`, `x-acs-*`, `x-oss-*`), among
//!   the headers, and across headers and parameters;
//! - a header of which HTTP knows one and which some scheme signs.

use super::PresentError;
use crate::request::RequestHead;

/// Refuses a request in which a name that counts is repeated.
pub(super) fn refuse(head: &RequestHead, form: &[(String, String)]) -> Result<(), PresentError> {
    let parameters = head.query.iter().chain(form).map(|(name, _)| Occurrence::shared(name));
    let headers = head.headers.iter().filter_map(|(name, _)| Occurrence::of_header(name));
    let mut occurrences: Vec<Occurrence<'_>> = parameters.chain(headers).collect();
    occurrences.sort_unstable_by(Occurrence::order);
    let repeated = occurrences.windows(2).find_map(|pair| match pair {
        [left, right] if left.order(right).is_eq() => Some(right.name),
        _ => None,
    });
    match repeated {
        Some(name) => Err(PresentError::Repeated { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// One occurrence of a name. The folded hash makes sorting cheap; names decide where it collides.
struct Occurrence<'a> {
    folded_hash: u64,
    name: &'a str,
}

impl<'a> Occurrence<'a> {
    /// A name that is one for parameters and headers.
    fn shared(name: &'a str) -> Self {
        Self { folded_hash: folded_hash(name, false), name }
    }

    /// A header, when it counts.
    fn of_header(name: &'a str) -> Option<Self> {
        if name.starts_with("x-acs-") || name.starts_with("x-oss-") {
            return Some(Self::shared(name));
        }
        match name {
            "authorization" | "security-token" => Some(Self::shared(name)),
            // A parameter of such a name is something else, so these have hashes of their own.
            "host" | "date" | "content-type" | "content-md5" | "content-length" => {
                Some(Self { folded_hash: folded_hash(name, true), name })
            }
            _ => None,
        }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let folded = |name: &'a str| name.bytes().map(|byte| byte.to_ascii_lowercase());
        self.folded_hash
            .cmp(&other.folded_hash)
            .then_with(|| folded(self.name).cmp(other.name.bytes().map(|b| b.to_ascii_lowercase())))
    }
}

/// FNV-1a over the lower-cased name; its lowest bit tells headers apart.
fn folded_hash(name: &str, header: bool) -> u64 {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01B3)
    });
    hash & !1 | u64::from(header)
}
