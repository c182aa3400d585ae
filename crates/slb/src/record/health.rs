//! How servers are looked at.

use rolecall_api::{Kind, Shape};
use rolecall_types::TextRule;
use serde::{Deserialize, Serialize};

/// How a listener finds out which servers answer. Source: SLB `CreateLoadBalancerTCPListener` and
/// `CreateLoadBalancerHTTPListener`, defaults and ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Whether servers are looked at. Where not, all count as good.
    pub on: bool,
    /// What is spoken.
    pub probe: ProbeType,
    /// The port; the server's own where none is named.
    pub connect_port: Option<u16>,
    /// How long an answer may take, in seconds.
    pub timeout: u16,
    /// The pause between two probes, in seconds.
    pub interval: u16,
    /// After how many good probes a server is good again.
    pub healthy_threshold: u8,
    /// After how many bad ones it is bad.
    pub unhealthy_threshold: u8,
    /// What is asked for.
    pub uri: String,
    /// The host that is asked for; empty for the server's address.
    pub domain: String,
    /// The hundreds of the statuses that are good, such as `2` for `http_2xx`.
    pub codes: Vec<u16>,
    /// How it is asked for.
    pub method: ProbeMethod,
}

/// What a probe speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeType {
    /// It connects, and closes.
    #[serde(rename = "tcp")]
    Tcp,
    /// It asks for a page.
    #[serde(rename = "http")]
    Http,
}

/// The method of a probe that asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeMethod {
    /// For its head.
    #[serde(rename = "head")]
    Head,
    /// For all of it.
    #[serde(rename = "get")]
    Get,
}

impl Shape for ProbeType {
    const KIND: Kind = Kind::Text(TextRule::length(1, 8));
}

impl Shape for ProbeMethod {
    const KIND: Kind = Kind::Text(TextRule::length(1, 8));
}

/// What `HealthCheckDomain` says for the server's own address. Source: as above.
const OWN_ADDRESS: &str = "$_ip";

impl HealthCheck {
    /// The check of a listener whose maker says nothing of it.
    pub(crate) fn new(probe: ProbeType) -> Self {
        Self {
            on: true,
            probe,
            connect_port: None,
            timeout: 5,
            interval: 2,
            healthy_threshold: 3,
            unhealthy_threshold: 3,
            uri: "/".to_owned(),
            domain: String::new(),
            codes: vec![2],
            method: ProbeMethod::Head,
        }
    }

    /// The good statuses as they are answered: `http_2xx,http_3xx`.
    pub(crate) fn codes_text(&self) -> String {
        let codes: Vec<_> = self.codes.iter().map(|code| format!("http_{code}xx")).collect();
        codes.join(",")
    }

    /// The host that a probe names; `None` for the server's address.
    pub(crate) fn host(&self) -> Option<&str> {
        Some(self.domain.as_str()).filter(|domain| !domain.is_empty() && *domain != OWN_ADDRESS)
    }
}

/// The hundreds of a list such as `http_2xx,http_3xx`; `None` where it is none.
pub(crate) fn read_codes(text: &str) -> Option<Vec<u16>> {
    let code = |word: &str| match word.trim() {
        "http_2xx" => Some(2),
        "http_3xx" => Some(3),
        "http_4xx" => Some(4),
        "http_5xx" => Some(5),
        _ => None,
    };
    text.split(',').map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_good_statuses() {
        for (text, expected) in [
            ("http_2xx", Some(vec![2])),
            ("http_2xx,http_3xx", Some(vec![2, 3])),
            ("http_2xx, http_5xx", Some(vec![2, 5])),
            ("", None),
            ("http_1xx", None),
            ("http_2xx,", None),
            ("200", None),
        ] {
            assert_eq!(read_codes(text), expected, "{text:?}");
        }
    }
}
