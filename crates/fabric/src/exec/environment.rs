//! The environment of a command inside an instance.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What the names of removed variables begin with, in upper case: they carry credentials of the
/// person outside, or send a client elsewhere than its instance. Sources: the vendor's credential
/// libraries, CLI and Terraform provider.
pub const REMOVED_PREFIXES: [&str; 7] = [
    "ALIBABA_CLOUD_",
    "ALIBABACLOUD_",
    "ALICLOUD_",
    "ALIYUN_",
    "OSS_ACCESS_KEY_",
    "AWS_ENDPOINT_URL",
    "ROLECALL_",
];

/// The removed variables that have no prefix in common, in upper case. Sources: as above, the
/// S3-compatible tools that also reach OSS, and curl for proxies.
pub const REMOVED_VARIABLES: [&str; 30] = [
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "SECURITY_TOKEN",
    "OSS_SESSION_TOKEN",
    "OSS_ENDPOINT",
    "RAM_ENDPOINT",
    "STS_ENDPOINT",
    "ECS_ENDPOINT",
    "VPC_ENDPOINT",
    "SLB_ENDPOINT",
    "RDS_ENDPOINT",
    "TF_ENDPOINT_PATH",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "HOSTALIASES",
];

/// The variables that name a bundle of trusted certificates: OpenSSL and Go, Python's requests,
/// curl, Node, and the vendor's older Python SDK, which looks at no other.
const CA_VARIABLES: [&str; 5] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "ALIBABA_CLOUD_CA_BUNDLE",
];

/// The variables that keep the CLI and the SDKs from profiles in the home folder. Both values are
/// compared exactly. Source: the CLI's and the credential libraries' sources.
const PROFILE_VARIABLES: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_IGNORE_PROFILE", "TRUE"), ("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")];

/// An environment made for an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The command's variables.
    pub variables: Vec<(OsString, OsString)>,
    /// The names of the variables that were taken out, to tell a person of.
    pub removed: Vec<OsString>,
}

/// Takes out of `outside` what [`REMOVED_PREFIXES`] and [`REMOVED_VARIABLES`] list, in whatever
/// case it is written, and adds what makes clients trust `ca_bundle` and ignore profiles.
pub fn instance_environment(
    outside: impl IntoIterator<Item = (OsString, OsString)>,
    ca_bundle: &Path,
) -> Environment {
    let (mut variables, mut removed) = (Vec::new(), Vec::new());
    for (name, value) in outside {
        if is_removed(&name) {
            removed.push(name);
        } else if !CA_VARIABLES.iter().any(|set| name == *set) {
            variables.push((name, value));
        }
    }
    variables.extend(CA_VARIABLES.map(|name| (name.into(), ca_bundle.into())));
    variables.extend(PROFILE_VARIABLES.map(|(name, value)| (name.into(), value.into())));
    Environment { variables, removed }
}

fn is_removed(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || REMOVED_VARIABLES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn inside(outside: &[(&str, &str)]) -> Environment {
        let outside = outside.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        instance_environment(outside, Path::new("/etc/bundle.pem"))
    }

    fn names(environment: &Environment) -> Vec<&str> {
        environment.variables.iter().map(|(name, _)| name.to_str().unwrap()).collect()
    }

    #[test]
    fn nothing_of_the_person_outside_gets_in() {
        for name in [
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
            "ALIBABA_CLOUD_CREDENTIALS_FILE",
            "ALIBABACLOUD_ACCESS_KEY_SECRET",
            "ALICLOUD_ACCESS_KEY",
            "ALIYUN_ACCESS_KEY_ID",
            "ROLECALL_ROOT_ACCESS_KEY_SECRET",
            "OSS_ACCESS_KEY_SECRET",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ENDPOINT_URL_S3",
            "ACCESS_KEY_SECRET",
            "SECURITY_TOKEN",
            "http_proxy",
            "HTTPS_PROXY",
            "No_Proxy",
            "alibaba_cloud_security_token",
        ] {
            let environment = inside(&[(name, "outside")]);
            assert_eq!(environment.removed, [name]);
            let leaked = environment.variables.iter().any(|(_, value)| value == "outside");
            assert!(!leaked, "{name}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let kept = [("PATH", "/bin"), ("HOME", "/root"), ("AWS_REGION", "x"), ("REGION", "y")];
        let environment = inside(&kept);
        assert!(environment.removed.is_empty());
        for (name, value) in kept {
            assert!(environment.variables.contains(&(name.into(), value.into())), "{name}");
        }
        let odd = OsStr::from_bytes(b"odd\xff").to_owned();
        let environment = instance_environment([(odd.clone(), odd.clone())], Path::new(""));
        assert!(environment.variables.contains(&(odd.clone(), odd)));
    }

    #[test]
    fn our_own_variables_are_set_once() {
        let environment = inside(&[
            ("SSL_CERT_FILE", "/mine"),
            ("ALIBABA_CLOUD_IGNORE_PROFILE", "FALSE"),
            ("CURL_CA_BUNDLE", ""),
            ("ALIBABA_CLOUD_CA_BUNDLE", "/mine"),
        ]);
        let mut names = names(&environment);
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "ALIBABA_CLOUD_CA_BUNDLE",
                "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
                "ALIBABA_CLOUD_IGNORE_PROFILE",
                "CURL_CA_BUNDLE",
                "NODE_EXTRA_CA_CERTS",
                "REQUESTS_CA_BUNDLE",
                "SSL_CERT_FILE",
            ]
        );
        let value = |name: &str| {
            environment.variables.iter().find(|(found, _)| found == name).unwrap().1.clone()
        };
        assert_eq!(value("SSL_CERT_FILE"), "/etc/bundle.pem");
        assert_eq!(value("ALIBABA_CLOUD_CA_BUNDLE"), "/etc/bundle.pem");
        assert_eq!(value("ALIBABA_CLOUD_IGNORE_PROFILE"), "TRUE");
    }

    #[test]
    fn the_lists_are_in_upper_case() {
        for listed in REMOVED_PREFIXES.iter().chain(&REMOVED_VARIABLES) {
            assert_eq!(*listed, listed.to_ascii_uppercase());
        }
    }
}
