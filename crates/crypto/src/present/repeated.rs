//! Nothing that counts is there twice.
//!
//! When a name stands twice in a request, one reader takes the first and another the last; if one
//! of them checks the signature and the other runs the call, the signature protects nothing. So a
//! repeated name is refused, before any signature is computed:
//!
//! - a parameter, in the query, in the form or across both, whatever its case;
//! - a header that authenticates (`Authorization`, `security-token`, `x-acs-*`, `x-oss-*`,
//!   `x-amz-*`), among the headers, and across headers and parameters;
//! - a header of which HTTP knows one and which some scheme signs.

use std::cmp::Ordering;

use super::PresentError;
use crate::encoding::Pair;
use crate::request::RequestHead;

/// Refuses a request in which a name that counts is repeated.
pub(super) fn refuse(head: &RequestHead, form: &[Pair]) -> Result<(), PresentError> {
    let parameters = head.query.iter().chain(form).map(|(name, _)| Occurrence::shared(name));
    let headers = head.headers.iter().filter_map(|(name, _)| Occurrence::of_header(name));
    let most = [head.query.len(), form.len(), head.headers.len()];
    let mut occurrences = Vec::with_capacity(most.into_iter().fold(0, usize::saturating_add));
    occurrences.extend(parameters.chain(headers));
    occurrences.sort_unstable_by(Occurrence::<'_>::order);
    let repeated = occurrences.windows(2).find_map(|pair| match pair {
        [left, right] if left.order(right).is_eq() => Some(right.name),
        _ => None,
    });
    match repeated {
        Some(name) => Err(PresentError::Repeated { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// One occurrence of a name, in order of its digest first and of its lower case second.
struct Occurrence<'a> {
    /// The same for all spellings of a name, and almost always another for another name: with it
    /// sorting rarely looks at the names themselves.
    digest: u64,
    name: &'a str,
}

impl<'a> Occurrence<'a> {
    /// A name that is one for parameters and headers.
    fn shared(name: &'a str) -> Self {
        Self { digest: digest(name), name }
    }

    /// A header, when it counts.
    fn of_header(name: &'a str) -> Option<Self> {
        if ["x-acs-", "x-oss-", "x-amz-"].iter().any(|prefix| name.starts_with(prefix)) {
            return Some(Self::shared(name));
        }
        match name {
            "authorization" | "security-token" => Some(Self::shared(name)),
            // A parameter of such a name is something else, so these have digests of their own.
            "host" | "date" | "content-type" | "content-md5" | "content-length" => {
                Some(Self { digest: !digest(name), name })
            }
            _ => None,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest).then_with(|| folded(self.name).cmp(folded(other.name)))
    }
}

fn folded(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// Length, and the lower case of the first, the middle and the last two letters. Its highest bits
/// are zero, as no name has 2^31 bytes.
fn digest(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let letter = |index: Option<usize>| {
        let byte = index.and_then(|index| bytes.get(index)).copied().unwrap_or_default();
        u64::from(byte.to_ascii_lowercase())
    };
    let length = bytes.len();
    let letters = [Some(0), Some(length / 2), length.checked_sub(2), length.checked_sub(1)];
    letters.into_iter().fold(u64::try_from(length).unwrap_or(u64::MAX), |digest, index| {
        digest << 8 | letter(index)
    })
}
