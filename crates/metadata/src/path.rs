//! The paths of the metadata service: an exact table over the raw bytes of the path.
//!
//! No decoding, no normalising, no pass-through: a path with an empty segment, a percent sign or
//! anything else unusual is simply not there. Segments are compared whatever their case, since old
//! clients write `Ram`; one trailing slash makes no difference.

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    /// `/`: the versions.
    Versions,
    /// `/latest/`.
    Latest,
    /// `/latest/api/token`.
    Token,
    /// `/latest/meta-data/ram/security-credentials/`: the role's name.
    RoleName,
    /// `/latest/meta-data/ram/security-credentials/<role>`.
    Credentials(&'a str),
    /// Anything below `/latest/meta-data/`, by its segments.
    MetaData(Vec<&'a str>),
    /// `/latest/user-data`.
    UserData,
    /// A directory outside `meta-data/`, with its children.
    Directory(&'static [&'static str]),
    /// `/latest/dynamic/instance-identity/document`.
    Document,
    /// `/latest/dynamic/instance-identity/pkcs7`.
    SignedDocument,
    /// `/latest/maintenance/active-system-events`.
    SystemEvents,
    /// Not there; `/latest/vendor-data` too, since nobody can set it.
    Nothing,
}

/// The trees; both are the same. Source: the ECS page on instance metadata.
pub(crate) const VERSIONS: &[&str] = &["2016-01-01", "latest"];

/// The most segments of a path; the deepest item has six below its version.
const MAX_SEGMENTS: usize = 10;

/// Looks a path up.
pub(crate) fn named(path: &str) -> Named<'_> {
    if path == "/" {
        return Named::Versions;
    }
    let Some(relative) = path.strip_prefix('/') else { return Named::Nothing };
    let relative = relative.strip_suffix('/').unwrap_or(relative);
    let (mut places, mut length) = ([""; MAX_SEGMENTS], 0_usize);
    for (place, segment) in places.iter_mut().zip(relative.split('/')) {
        *place = segment;
        length = length.saturating_add(1);
    }
    let segments = places.get(..length).unwrap_or_default();
    let usual = |segment: &&str| !segment.is_empty() && segment.bytes().all(is_usual);
    if !segments.iter().all(usual) {
        return Named::Nothing;
    }
    let Some((version, rest)) = segments.split_first() else { return Named::Nothing };
    if !VERSIONS.contains(version) {
        return Named::Nothing;
    }
    below_version(rest)
}

fn below_version<'a>(segments: &[&'a str]) -> Named<'a> {
    let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
    match segments {
        [] => Named::Latest,
        [api, token] if is(api, "api") && is(token, "token") => Named::Token,
        [user_data] if is(user_data, "user-data") => Named::UserData,
        [dynamic, rest @ ..] if is(dynamic, "dynamic") => match rest {
            [] => Named::Directory(&["instance-identity/"]),
            [identity] if is(identity, "instance-identity") => {
                Named::Directory(&["document", "pkcs7"])
            }
            [identity, document] if is(identity, "instance-identity") => {
                if is(document, "document") {
                    Named::Document
                } else if is(document, "pkcs7") {
                    Named::SignedDocument
                } else {
                    Named::Nothing
                }
            }
            _ => Named::Nothing,
        },
        [maintenance] if is(maintenance, "maintenance") => {
            Named::Directory(&["active-system-events"])
        }
        [maintenance, events]
            if is(maintenance, "maintenance") && is(events, "active-system-events") =>
        {
            Named::SystemEvents
        }
        [meta_data, rest @ ..] if is(meta_data, "meta-data") => match rest {
            [ram, credentials] if is(ram, "ram") && is(credentials, "security-credentials") => {
                Named::RoleName
            }
            [ram, credentials, role]
                if is(ram, "ram") && is(credentials, "security-credentials") =>
            {
                Named::Credentials(role)
            }
            _ => Named::MetaData(rest.to_vec()),
        },
        _ => Named::Nothing,
    }
}

/// What a request is for, as far as those have to know who stand before the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// What is there.
    pub kind: Kind,
    /// The path below the version, without a slash at its begin: `meta-data/instance-id`. The whole
    /// path where it names no version.
    pub item: &'a str,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Where tokens are made.
    Token,
    /// The credentials of a role.
    Credentials,
    /// Another text in JSON.
    Json,
    /// Any other text, or nothing.
    Text,
}

/// The place that a path names.
pub fn place(path: &str) -> Place<'_> {
    let kind = match named(path) {
        Named::Token => Kind::Token,
        Named::Credentials(_) => Kind::Credentials,
        Named::Document | Named::SystemEvents => Kind::Json,
        Named::MetaData(item) if matches!(&*item, [all] if all.eq_ignore_ascii_case("all")) => {
            Kind::Json
        }
        _ => Kind::Text,
    };
    let versioned = path.strip_prefix('/').and_then(|relative| relative.split_once('/'));
    let item = versioned.filter(|(version, _)| VERSIONS.contains(version));
    Place { kind, item: item.map_or(path, |(_, item)| item) }
}

/// The bytes of which items' names are made.
pub(crate) fn is_usual(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_routes() {
        for (path, expected) in [
            ("/", Named::Versions),
            ("/latest", Named::Latest),
            ("/2016-01-01/", Named::Latest),
            ("/latest/api/token", Named::Token),
            ("/latest/user-data", Named::UserData),
            ("/latest/dynamic/", Named::Directory(&["instance-identity/"])),
            ("/latest/dynamic/instance-identity", Named::Directory(&["document", "pkcs7"])),
            ("/latest/dynamic/instance-identity/document", Named::Document),
            ("/2016-01-01/dynamic/instance-identity/pkcs7", Named::SignedDocument),
            ("/latest/dynamic/instance-identity/pkcs7/x", Named::Nothing),
            ("/latest/maintenance/active-system-events", Named::SystemEvents),
            ("/latest/vendor-data", Named::Nothing),
            ("/latest/meta-data", Named::MetaData(vec![])),
            ("/latest/meta-data/instance-id", Named::MetaData(vec!["instance-id"])),
            ("/latest/meta-data/ram/security-credentials", Named::RoleName),
            ("/latest/meta-data/Ram/security-credentials/", Named::RoleName),
            ("/latest/meta-data/ram/security-credentials/Web", Named::Credentials("Web")),
            ("/2016-01-01/meta-data/ram/security-credentials/w/", Named::Credentials("w")),
        ] {
            assert_eq!(named(path), expected, "{path}");
        }
    }

    #[test]
    fn places() {
        for (path, kind, item) in [
            ("/latest/api/token", Kind::Token, "api/token"),
            ("/2016-01-01/meta-data/", Kind::Text, "meta-data/"),
            ("/latest/meta-data/all", Kind::Json, "meta-data/all"),
            (
                "/latest/meta-data/ram/security-credentials/",
                Kind::Text,
                "meta-data/ram/security-credentials/",
            ),
            (
                "/latest/meta-data/ram/security-credentials/web",
                Kind::Credentials,
                "meta-data/ram/security-credentials/web",
            ),
            ("/latest", Kind::Text, "/latest"),
            ("/1.0/meta-data/", Kind::Text, "/1.0/meta-data/"),
            ("", Kind::Text, ""),
        ] {
            assert_eq!(place(path), Place { kind, item }, "{path}");
        }
    }

    #[test]
    fn other_spellings_are_not_there() {
        let target = "/latest/meta-data/ram/security-credentials/web";
        let mut spellings = vec![
            String::new(),
            "latest".to_owned(),
            "//".to_owned(),
            "/LATEST/meta-data/".to_owned(),
            "/1.0/meta-data/".to_owned(),
            "/latest/meta-data/ram/security-credentials/web/x".to_owned(),
            "http://100.100.100.200/latest/meta-data/".to_owned(),
        ];
        for inserted in ["/", "/.", "/..", ";", ";x", "%2f", "%00", "\0", "\\", " ", "%2e", "?"] {
            for (at, _) in target.match_indices('/').skip(1) {
                let mut spelling = target.to_owned();
                spelling.insert_str(at, inserted);
                spellings.push(spelling);
            }
        }
        for spelling in spellings {
            let found = named(&spelling);
            let leaks = matches!(found, Named::Credentials("web") | Named::RoleName);
            assert!(!leaks, "{spelling:?} names {found:?}");
        }
    }
}
