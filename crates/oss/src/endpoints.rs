//! The addresses of the service: which hosts are its own, and which it tells of itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rolecall_types::{BucketName, RegionId};

/// The addresses of the service.
#[derive(Debug, Clone)]
pub struct Endpoints {
    extranet: String,
    intranet: String,
    service_hosts: Vec<String>,
    /// Hosts that stand for one bucket each.
    cnames: BTreeMap<String, BucketName>,
}

impl Endpoints {
    /// The vendor's addresses of a region: `oss-<region>.aliyuncs.com` and
    /// `oss-<region>-internal.aliyuncs.com`.
    pub fn of_region(region: &RegionId) -> Self {
        Self {
            extranet: format!("oss-{region}.aliyuncs.com"),
            intranet: format!("oss-{region}-internal.aliyuncs.com"),
            service_hosts: Vec::new(),
            cnames: BTreeMap::new(),
        }
    }

    /// The same, with other addresses in the `ExtranetEndpoint` and `IntranetEndpoint` of answers.
    /// Clients connect to them; they may carry a scheme and a port.
    #[must_use]
    pub fn advertising(self, extranet: impl Into<String>, intranet: impl Into<String>) -> Self {
        Self { extranet: extranet.into(), intranet: intranet.into(), ..self }
    }

    /// The same, with one more host name, without port, at which the service answers.
    #[must_use]
    pub fn serving(mut self, host: &str) -> Self {
        self.service_hosts.push(host.to_ascii_lowercase());
        self
    }

    /// The same, with a host name, without port, that stands for a bucket: a domain of its owner's
    /// that is bound to it. Source: the page "Map custom domain names" of OSS.
    #[must_use]
    pub fn naming(mut self, host: &str, bucket: BucketName) -> Self {
        self.cnames.insert(host.to_ascii_lowercase(), bucket);
        self
    }

    /// The bucket that a host, in lower case and without port, stands for.
    pub(crate) fn named(&self, host: &str) -> Option<&BucketName> {
        self.cnames.get(host)
    }

    /// The address for callers elsewhere.
    pub fn extranet(&self) -> &str {
        &self.extranet
    }

    /// The address for callers in the same region.
    pub fn intranet(&self) -> &str {
        &self.intranet
    }

    /// Whether a host, in lower case and without port, is the service itself: an IP address,
    /// `localhost`, a configured host, or the vendor's address of any region. One service stands
    /// for all regions, so that a program need not be told which one it was started in.
    pub(crate) fn is_service(&self, host: &str) -> bool {
        host == "localhost"
            || self.service_hosts.iter().any(|own| own == host)
            || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
            || is_vendors(host)
    }
}

/// `oss-<region>.aliyuncs.com`, `oss-<region>-internal.aliyuncs.com`, `<region>.oss.aliyuncs.com`.
/// Source: the page "Regions and endpoints" of OSS.
fn is_vendors(host: &str) -> bool {
    let Some(name) = host.strip_suffix(".aliyuncs.com") else { return false };
    let region = match name.strip_prefix("oss-") {
        Some(rest) => Some(rest.strip_suffix("-internal").unwrap_or(rest)),
        None => name.strip_suffix(".oss"),
    };
    region.and_then(RegionId::find).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_the_service() {
        let region = RegionId::find("cn-hangzhou").unwrap();
        let endpoints = Endpoints::of_region(&region).serving("OSS.lan");
        for own in [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "oss.lan",
            "oss-cn-hangzhou.aliyuncs.com",
            "oss-cn-beijing-internal.aliyuncs.com",
            "cn-shanghai.oss.aliyuncs.com",
        ] {
            assert!(endpoints.is_service(own), "{own}");
        }
        for other in [
            "",
            "lan",
            "b.oss.lan",
            "oss-nowhere.aliyuncs.com",
            "ecs.aliyuncs.com",
            "b.oss-cn-hangzhou.aliyuncs.com",
            "oss-cn-hangzhou.aliyuncs.com.evil.org",
        ] {
            assert!(!endpoints.is_service(other), "{other}");
        }
    }
}
