//! What requests say of health checks.

use rolecall_api::{ApiError, Shape, code as common};
use serde::{Deserialize, Serialize};

use crate::record::{HealthCheck, ProbeMethod, ProbeType, health};

/// How servers are looked at, where a listener speaks TCP.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct TcpHealthParameters {
    /// Whether servers are looked at. Default `on`.
    #[api(choices("on", "off"))]
    pub health_check_switch: Option<String>,
    /// Whether a probe connects, or asks for a page. Default `tcp`.
    #[api(choices("tcp", "http"))]
    pub health_check_type: Option<ProbeType>,
    /// How long an answer may take, in seconds. Default 5.
    #[api(range(1, 300))]
    pub health_check_connect_timeout: Option<i64>,
    /// The pause between two probes, in seconds. Default 2.
    #[api(range(1, 50))]
    pub health_check_interval: Option<i64>,
    /// The same, in the spelling of the calls that make listeners.
    #[serde(rename = "healthCheckInterval")]
    #[api(range(1, 50))]
    pub old_health_check_interval: Option<i64>,
}

/// How servers are looked at, where a listener speaks HTTP.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HttpHealthParameters {
    /// How long an answer may take, in seconds. Default 5.
    #[api(range(1, 300))]
    pub health_check_timeout: Option<i64>,
    /// The pause between two probes, in seconds. Default 2.
    #[api(range(1, 50))]
    pub health_check_interval: Option<i64>,
    /// How a page is asked for. Default `head`.
    #[api(choices("head", "get"))]
    pub health_check_method: Option<ProbeMethod>,
}

/// How servers are looked at, whatever a listener speaks.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct HealthParameters {
    /// The port that is looked at. Default: the server's own.
    #[api(range(1, 65_535))]
    pub health_check_connect_port: Option<i64>,
    /// After how many good probes a server is good again. Default 3.
    #[api(range(2, 10))]
    pub healthy_threshold: Option<i64>,
    /// After how many bad probes a server is bad. Default 3.
    #[api(range(2, 10))]
    pub unhealthy_threshold: Option<i64>,
    /// The page that is asked for; it begins with `/`. Default `/`.
    #[serde(rename = "HealthCheckURI")]
    #[api(chars(1, 80))]
    pub health_check_uri: Option<String>,
    /// The host that is asked for; `$_ip` is the server's address, as where none is named.
    #[api(chars(1, 80))]
    pub health_check_domain: Option<String>,
    /// The statuses that are good: a list of `http_2xx`, `http_3xx`, `http_4xx` and `http_5xx`.
    /// Default `http_2xx`.
    pub health_check_http_code: Option<String>,
}

/// Sets a number that was given. Its field bounds it to what the record holds.
pub(super) fn set<T: TryFrom<i64>>(place: &mut T, given: Option<i64>) {
    if let Some(number) = given.and_then(|number| T::try_from(number).ok()) {
        *place = number;
    }
}

impl TcpHealthParameters {
    /// Changes what is given.
    pub(super) fn apply(&self, check: &mut HealthCheck) {
        if let Some(switch) = &self.health_check_switch {
            check.on = switch == "on";
        }
        check.probe = self.health_check_type.unwrap_or(check.probe);
        set(&mut check.timeout, self.health_check_connect_timeout);
        set(&mut check.interval, self.health_check_interval.or(self.old_health_check_interval));
    }
}

impl HttpHealthParameters {
    /// Changes what is given. A time-out that is shorter than the pause is made as long.
    /// Source: SLB `CreateLoadBalancerHTTPListener`.
    pub(super) fn apply(&self, check: &mut HealthCheck) {
        set(&mut check.timeout, self.health_check_timeout);
        set(&mut check.interval, self.health_check_interval);
        check.timeout = check.timeout.max(check.interval);
        check.method = self.health_check_method.unwrap_or(check.method);
    }
}

impl HealthParameters {
    /// Changes what is given.
    pub(super) fn apply(&self, check: &mut HealthCheck) -> Result<(), ApiError> {
        let wrong = |parameter: &str| ApiError::of(&common::INVALID_PARAMETER, parameter);
        if let Some(port) = self.health_check_connect_port {
            check.connect_port = u16::try_from(port).ok();
        }
        set(&mut check.healthy_threshold, self.healthy_threshold);
        set(&mut check.unhealthy_threshold, self.unhealthy_threshold);
        if let Some(uri) = &self.health_check_uri {
            let is_path = uri.starts_with('/') && uri.bytes().all(|byte| byte.is_ascii_graphic());
            check.uri = is_path.then(|| uri.clone()).ok_or_else(|| wrong("HealthCheckURI"))?;
        }
        if let Some(domain) = &self.health_check_domain {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            let is_host = domain == "$_ip" || domain.chars().all(is_letter);
            check.domain =
                is_host.then(|| domain.clone()).ok_or_else(|| wrong("HealthCheckDomain"))?;
        }
        if let Some(codes) = &self.health_check_http_code {
            check.codes = health::read_codes(codes).ok_or_else(|| wrong("HealthCheckHttpCode"))?;
        }
        Ok(())
    }
}
