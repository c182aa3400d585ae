//! What may be an issuer's URL.

use std::net::IpAddr;

use rolecall_api::ApiError;

use super::code;

/// Refuses what is no issuer's URL: `https`, a host, perhaps a port and a path; no user, no query,
/// no fragment. Source: IMS `CreateOIDCProvider`. An issuer on the machine itself may be `http`,
/// for tests; whether it may be asked is the operator's to say.
pub(super) fn check(url: &str) -> Result<(), ApiError> {
    let fits = match url.split_once("://") {
        Some(("https", rest)) => authority(rest).is_some(),
        Some(("http", rest)) => authority(rest).is_some_and(is_this_machine),
        _ => false,
    };
    if fits { Ok(()) } else { Err(ApiError::new(&code::INVALID_ISSUER_URL)) }
}

/// The host and the port of a URL behind its scheme, if all of it is well formed.
fn authority(rest: &str) -> Option<&str> {
    let printable = rest.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || rest.contains(['?', '#', '@', '\\', '"', '<', '>', '%']) {
        return None;
    }
    let authority = rest.split('/').next().unwrap_or_default();
    (!host(authority).is_empty()).then_some(authority)
}

fn host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_this_machine(authority: &str) -> bool {
    let host = host(authority);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_https_or_on_the_machine() {
        for right in [
            "https://idp.example.com",
            "https://idp.example.com/realms/a",
            "https://idp.example.com:8443/",
            "https://192.0.2.1",
            "http://127.0.0.1:8080",
            "http://localhost:8080/a",
            "http://[::1]:8080",
        ] {
            assert!(check(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "idp.example.com",
            "ftp://idp.example.com",
            "HTTPS://idp.example.com",
            "https://",
            "https:///path",
            "https://idp.example.com?a=b",
            "https://idp.example.com#a",
            "https://user@idp.example.com",
            "https://idp.example.com/a b",
            "https://idp.example.com\\@evil",
            "http://idp.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://192.0.2.1",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
