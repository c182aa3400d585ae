//! Patterns of resources.

use rolecall_types::Arn;

use crate::Resource;
use crate::glob::Glob;

/// A pattern of an element `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ResourcePattern {
    /// `*`.
    Everything,
    Named(Box<ArnPattern>),
}

/// A resource name of which each part may hold wildcards. A wildcard stays inside its part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ArnPattern {
    text: String,
    pub(crate) scope: ArnScope,
    pub(crate) relative: Glob,
}

/// What stands in front of the relative id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ArnScope {
    pub(crate) service: Glob,
    region: Glob,
    account: Glob,
}

impl ResourcePattern {
    /// Reads `*` or a name of five parts; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        if !text.starts_with("acs:") {
            return Err(format!("`{text}` is neither `*` nor begins with `acs:`"));
        }
        let arn =
            Arn::parse(text).filter(|arn| !arn.service.is_empty() && !arn.relative.is_empty());
        let arn = arn.ok_or_else(|| {
            format!("`{text}` lacks parts of `acs:<service>:<region>:<account>:<relative id>`")
        })?;
        Ok(Self::Named(Box::new(ArnPattern {
            text: text.to_owned(),
            scope: ArnScope {
                service: Glob::new(&arn.service),
                region: Glob::new(or_any(&arn.region)),
                account: Glob::new(or_any(&arn.account)),
            },
            relative: Glob::new(&arn.relative),
        })))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Everything => "*",
            Self::Named(pattern) => &pattern.text,
        }
    }

    /// Whether the pattern covers a resource. Only `*` covers "All Resources".
    pub(crate) fn matches(&self, resource: &Resource) -> bool {
        match (self, resource) {
            (Self::Everything, _) => true,
            (Self::Named(_), Resource::Any) => false,
            (Self::Named(pattern), Resource::Named(arn)) => pattern.matches(arn),
        }
    }
}

impl ArnPattern {
    /// Compares part by part: the names of RAM roles whatever their case, other relative ids letter
    /// for letter.
    pub(crate) fn matches(&self, arn: &Arn) -> bool {
        relative_matches(&self.relative, arn) && self.scope.matches(arn)
    }
}

impl ArnScope {
    /// Compares services whatever their case, the rest letter for letter.
    pub(crate) fn matches(&self, arn: &Arn) -> bool {
        self.service.matches_folded(&arn.service)
            && self.region.matches(or_any(&arn.region))
            && self.account.matches(or_any(&arn.account))
    }
}

/// Whether a pattern of relative ids covers a resource's.
pub(crate) fn relative_matches(pattern: &Glob, arn: &Arn) -> bool {
    if is_role(arn) {
        pattern.matches_folded(&arn.relative)
    } else {
        pattern.matches(&arn.relative)
    }
}

/// An empty region or account means any, on either side: role names are written `acs:ram::…` and
/// checked as `acs:ram:*:…`.
fn or_any(part: &str) -> &str {
    if part.is_empty() { "*" } else { part }
}

/// Role names are unique whatever their case, and the service reports them in lower case.
fn is_role(arn: &Arn) -> bool {
    arn.relative.starts_with("role/") && arn.service.eq_ignore_ascii_case("ram")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, resource: &str) -> bool {
        let resource = match resource {
            "*" => Resource::Any,
            name => Resource::Named(Arn::parse(name).unwrap()),
        };
        ResourcePattern::parse(pattern).unwrap().matches(&resource)
    }

    #[test]
    fn parts_are_compared_each_by_itself() {
        let instance = "acs:ecs:cn-hangzhou:1234567890123456:instance/i-1";
        for pattern in [
            "*",
            instance,
            "acs:ecs:*:*:instance/i-1",
            "acs:ecs:::instance/*",
            "acs:ECS:*:*:instance/i-?",
            "acs:*:*hang*:*:*",
        ] {
            assert!(check(pattern, instance), "{pattern}");
        }
        for pattern in [
            "acs:ecs:cn-beijing:*:instance/i-1",
            "acs:ecs:*:1234567890123457:instance/i-1",
            "acs:ecs:*:*:instance/I-1",
            "acs:ecs:*:*:instance/",
            "acs:ecs:*:*:instance/i-",
            "acs:ecs:cn-*:instance/i-1:x",
            "acs:vpc:*:*:*",
        ] {
            assert!(!check(pattern, instance), "{pattern}");
        }
        assert!(check("acs:oss:*:*:b/*", "acs:oss:*:1:b/a:b/c"));
        assert!(!check("acs:oss:cn-hangzhou:*:b", "acs:oss:*:1:b"));
    }

    #[test]
    fn an_empty_region_or_account_is_any_on_either_side() {
        let spellings = ["acs:ram::1:role/a", "acs:ram:*:1:role/a"];
        for pattern in spellings {
            for resource in spellings {
                assert!(check(pattern, resource), "{pattern} {resource}");
            }
        }
        assert!(!check("acs:ram::2:role/a", "acs:ram::1:role/a"));
    }

    #[test]
    fn only_role_names_are_compared_whatever_their_case() {
        assert!(check("acs:ram:*:*:role/Web*", "acs:ram::1:role/wEB-1"));
        assert!(!check("acs:ram:*:*:user/Web", "acs:ram::1:user/web"));
        assert!(!check("acs:oss:*:*:role/Web", "acs:oss::1:role/web"));
    }

    #[test]
    fn all_resources_are_covered_by_the_star_alone() {
        assert!(check("*", "*"));
        assert!(!check("acs:*:*:*:*", "*"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "**",
            "oss:b",
            "ACS:oss:*:*:b",
            "acs:",
            "acs:oss:*:b",
            "acs::*:*:b",
            "acs:oss:*:*:",
        ] {
            let error = ResourcePattern::parse(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
