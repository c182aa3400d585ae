//! What an e-mail address and a telephone number of a user look like.

use rolecall_api::{ApiError, Code};

/// Refuses with `invalid` what is no e-mail address: visible ASCII with one `@` between two texts.
pub(super) fn email(text: Option<&str>, invalid: &'static Code) -> Result<(), ApiError> {
    let well_formed = |text: &str| {
        text.chars().all(|c| c.is_ascii_graphic())
            && text.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !host.contains('@')
            })
    };
    if text.is_none_or(well_formed) { Ok(()) } else { Err(ApiError::new(invalid)) }
}

/// Refuses with `invalid` what is not written as `86-13800000000`.
pub(super) fn mobile_phone(text: Option<&str>, invalid: &'static Code) -> Result<(), ApiError> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = |text: &str| {
        text.split_once('-').is_some_and(|(country, number)| digits(country) && digits(number))
    };
    if text.is_none_or(well_formed) { Ok(()) } else { Err(ApiError::new(invalid)) }
}
