//! The forms of names and descriptions that people give.

pub(crate) use rolecall_gate::resource::tag::looks_like_address;

/// Whether a name is one of ECS: 2 to 128 letters, digits and `:_.-`, of which the first is a
/// letter. Source: ECS `RunInstances`, `CreateSecurityGroup`.
pub(crate) fn is_ecs_name(text: &str) -> bool {
    (2..=128).contains(&text.chars().count())
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '.' | '-'))
        && !looks_like_address(text)
}

/// Whether a description is one of ECS: 2 to 256 characters. Source: ECS `RunInstances`.
pub(crate) fn is_ecs_description(text: &str) -> bool {
    (2..=256).contains(&text.chars().count()) && !looks_like_address(text)
}

/// Whether a host name is one of a Linux instance: 2 to 64 letters, digits, hyphens and periods;
/// no part between periods is empty, or begins or ends with a hyphen. Source: ECS `RunInstances`.
pub(crate) fn is_host_name(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (2..=64).contains(&text.len()) && text.split('.').all(is_part)
}

/// Whether a name matches a filter in which `*` stands for any text.
pub(crate) fn matches_filter(filter: &str, name: &str) -> bool {
    let mut pieces = filter.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(rule(text), "{text:?}");
        }
        for text in no {
            assert!(!rule(text), "{text:?}");
        }
    }

    #[test]
    fn names() {
        let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
        let no = ["", "a", &too_long, "1a", "-a", "a b", "a/b", "http://a", "https://a", "a\n"];
        check(is_ecs_name, &["ab", "Web:1_2.3-4", "名称", &longest], &no);
    }

    #[test]
    fn descriptions() {
        let (longest, too_long) = ("é".repeat(256), "é".repeat(257));
        check(is_ecs_description, &["ab", &longest], &["", "a", &too_long, "http://x"]);
    }

    #[test]
    fn host_names() {
        let (longest, too_long) = ("a".repeat(64), "a".repeat(65));
        let no = ["", "a", &too_long, "-ab", "ab-", "a..b", ".ab", "ab.", "a_b", "a.-b", "né"];
        check(is_host_name, &["ab", "1a", "web-1.example", &longest], &no);
    }

    #[test]
    fn filters() {
        for (filter, name, expected) in [
            ("web", "web", true),
            ("web", "web1", false),
            ("web*", "web1", true),
            ("*1", "web1", true),
            ("*", "", true),
            ("w*b*1", "web-1", true),
            ("w*b*b", "web", false),
            ("a*a", "a", false),
            ("Web*", "web1", false),
        ] {
            assert_eq!(matches_filter(filter, name), expected, "{filter} {name}");
        }
    }
}
