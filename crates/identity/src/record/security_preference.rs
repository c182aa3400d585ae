//! What an account lets its users do for themselves, and how they sign in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The hours that a console session may last. Source: RAM `SetSecurityPreference`.
pub const LOGIN_SESSION_HOURS: (i64, i64) = (1, 24);

/// The most masks. Source: RAM `SetSecurityPreference`.
const MAX_MASKS: usize = 40;

/// An account's security preference. Source: RAM `SetSecurityPreference`, defaults too.
#[expect(clippy::struct_excessive_bools, reason = "the vendor's switches, each on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPreference {
    /// Whether a user may change its own password without a policy that says so.
    pub allow_user_to_change_password: bool,
    /// Whether a user may manage its own AccessKeys without a policy that says so.
    pub allow_user_to_manage_access_keys: bool,
    /// Whether a user may manage its own MFA device without a policy that says so.
    pub allow_user_to_manage_mfa_devices: bool,
    /// Kept and answered; there are no public keys here.
    pub allow_user_to_manage_public_keys: bool,
    /// Whether a sign-in with a code stands for further codes for seven days.
    pub enable_save_mfa_ticket: bool,
    /// When that was last switched off, in seconds of the Unix epoch: no earlier code stands for
    /// others any more. Records from before it was kept have none.
    #[serde(default)]
    pub mfa_tickets_void_until: Option<i64>,
    /// Where users sign in from; everywhere if there is none.
    pub login_network_masks: NetworkMasks,
    /// How long a console session lasts, in hours: 1 to 24.
    pub login_session_hours: i64,
}

impl Default for SecurityPreference {
    fn default() -> Self {
        Self {
            allow_user_to_change_password: true,
            allow_user_to_manage_access_keys: false,
            allow_user_to_manage_mfa_devices: true,
            allow_user_to_manage_public_keys: false,
            enable_save_mfa_ticket: false,
            mfa_tickets_void_until: None,
            login_network_masks: NetworkMasks::default(),
            login_session_hours: 6,
        }
    }
}

/// Networks, as `192.168.0.0/16;10.0.0.0/8`. The text is kept as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NetworkMasks {
    text: String,
    networks: Vec<(IpAddr, u8)>,
}

impl NetworkMasks {
    /// Takes up to 40 networks between semicolons, of either family; an address alone is a network
    /// of one. None at all is an empty text.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = text.split(';').filter(|_| !text.is_empty());
        let networks = pieces.map(network).collect::<Option<Vec<_>>>()?;
        (networks.len() <= MAX_MASKS).then(|| Self { text: text.to_owned(), networks })
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an address lies in one of the networks, or there is none.
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| lies_in(address, *network))
    }
}

impl TryFrom<String> for NetworkMasks {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not networks between semicolons")
    }
}

impl From<NetworkMasks> for String {
    fn from(masks: NetworkMasks) -> Self {
        masks.text
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None => most,
    };
    (length <= most).then_some((address, length))
}

fn lies_in(address: IpAddr, (network, length): (IpAddr, u8)) -> bool {
    let (address, network, bits) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32_u32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let free = bits.saturating_sub(length.into());
    // To shift by all 128 bits is no shift at all, but nothing is compared then.
    (address ^ network).checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_admit_what_lies_in_them() {
        let admits = |masks: &str, address: &str| {
            NetworkMasks::parse(masks).unwrap().admits(address.parse().unwrap())
        };
        for (masks, address, expected) in [
            ("", "203.0.113.9", true),
            ("192.168.0.0/16;10.0.0.0/8", "192.168.255.1", true),
            ("192.168.0.0/16;10.0.0.0/8", "10.1.2.3", true),
            ("192.168.0.0/16;10.0.0.0/8", "11.1.2.3", false),
            ("192.168.0.0/16", "::ffff:192.168.0.1", true),
            ("192.168.0.0/16", "2001:db8::1", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("203.0.113.9", "203.0.113.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ] {
            assert_eq!(admits(masks, address), expected, "{masks} {address}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let most = vec!["10.0.0.0/8"; MAX_MASKS].join(";");
        assert!(NetworkMasks::parse(&most).is_some());
        let more = format!("{most};10.0.0.0/8");
        for wrong in
            [";", "10.0.0.0/8;", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/", "a", &more]
        {
            assert!(NetworkMasks::parse(wrong).is_none(), "{wrong}");
        }
    }
}
