//! Lists that IMS writes as one text: `a,b,c`.

use rolecall_api::{ApiError, Code};

/// The longest client id or fingerprint, in characters. Source: IMS `CreateOIDCProvider`.
const MAX_ITEM: usize = 128;

/// Whether a text is a client id: letters, digits and `.-_:/`, beginning with a letter or a digit.
/// Source: IMS `CreateOIDCProvider`.
pub(super) fn is_client_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/');
    text.len() <= MAX_ITEM
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(allowed)
}

/// Whether a text is a fingerprint: letters and digits. Source: IMS `CreateOIDCProvider`.
pub(super) fn is_fingerprint(text: &str) -> bool {
    (1..=MAX_ITEM).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Refuses a text that is no such item; `wrong` is the refusal.
pub(super) fn check(
    text: &str,
    is_item: fn(&str) -> bool,
    wrong: &'static Code,
) -> Result<(), ApiError> {
    if is_item(text) { Ok(()) } else { Err(ApiError::new(wrong)) }
}

/// The items of a list, none of which may stand twice; `wrong` is the refusal. An empty text is an
/// empty list.
pub(super) fn read(
    text: Option<&str>,
    is_item: fn(&str) -> bool,
    wrong: &'static Code,
) -> Result<Vec<String>, ApiError> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut items: Vec<String> = Vec::new();
    for item in text.split(',').map(str::trim) {
        if !is_item(item) || items.iter().any(|known| known == item) {
            return Err(ApiError::new(wrong));
        }
        items.push(item.to_owned());
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ims::code::INVALID_CLIENT_IDS;

    #[test]
    fn lists_are_read_item_by_item() {
        let ids = |text| read(Some(text), is_client_id, &INVALID_CLIENT_IDS).ok();
        assert_eq!(ids("a,b-1:2/x"), Some(vec!["a".to_owned(), "b-1:2/x".to_owned()]));
        assert_eq!(ids(""), Some(Vec::new()));
        for wrong in ["a,", ",a", "a,a", "-a", "a b", "ä", &"a".repeat(129)] {
            assert_eq!(ids(wrong), None, "{wrong}");
        }
        assert!(is_fingerprint("902ef2deeb3c5b13ea4c3d5193629309e231ae55"));
        assert!(!is_fingerprint("90:2e") && !is_fingerprint(""));
    }
}
