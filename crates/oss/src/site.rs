//! A bucket as a site: what a request without a signature is shown, and where it is sent. Pure; the
//! service asks and does. Source: OSS `PutBucketWebsite`.

use rolecall_crypto::{RequestHead, percent_encode_path};

use crate::record::{IncludeHeader, Redirect, RoutingCondition, RoutingRule, WebsiteConfiguration};

/// What is done where a folder's name lacks its slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Who asks is sent to the folder.
    Redirect,
    /// There is nothing of this name.
    Missing,
    /// The folder's document is shown.
    Shown,
}

impl WebsiteConfiguration {
    /// The key of the document that is shown of the folder `key`; `None` where it is no folder, or
    /// folders show nothing. The root is the folder of the empty key.
    pub(crate) fn index_of(&self, key: &str) -> Option<String> {
        let index = self.index_document.as_ref()?;
        let is_folder = key.is_empty() || key.ends_with('/');
        let folder = if index.support_sub_dir == Some(true) { key } else { "" };
        is_folder.then(|| format!("{folder}{}", index.suffix))
    }

    /// Of a key that there is not and that may be a folder without its slash: what is done if the
    /// folder has this document.
    pub(crate) fn folder_of(&self, key: &str) -> Option<(Folder, String)> {
        let index = self.index_document.as_ref()?;
        if index.support_sub_dir != Some(true) || key.is_empty() || key.ends_with('/') {
            return None;
        }
        let folder = match index.kind {
            None | Some(0) => Folder::Redirect,
            Some(2) => Folder::Shown,
            Some(_) => Folder::Missing,
        };
        Some((folder, format!("{key}/{}", index.suffix)))
    }

    /// The first rule about a request for a key, of those about keys that there are not or of the
    /// others.
    pub(crate) fn rule(
        &self,
        key: &str,
        head: &RequestHead,
        is_missing: bool,
    ) -> Option<&RoutingRule> {
        let mut rules: Vec<_> = self.routing_rules().iter().collect();
        rules.sort_by_key(|rule| rule.rule_number);
        rules.into_iter().find(|rule| match &rule.condition {
            None => !is_missing,
            Some(condition) => {
                condition.http_error_code_returned_equals.is_some() == is_missing
                    && condition.holds(key, head)
            }
        })
    }
}

impl RoutingCondition {
    fn holds(&self, key: &str, head: &RequestHead) -> bool {
        self.key_prefix_equals.as_deref().is_none_or(|prefix| key.starts_with(prefix))
            && self.key_suffix_equals.as_deref().is_none_or(|suffix| key.ends_with(suffix))
            && self.include_header.iter().all(|header| header.holds(head))
    }
}

impl IncludeHeader {
    fn holds(&self, head: &RequestHead) -> bool {
        let sent = head.header(&self.key.to_ascii_lowercase());
        sent.is_some_and(|sent| {
            self.equals.as_deref().is_none_or(|text| sent == text)
                && self.starts_with.as_deref().is_none_or(|text| sent.starts_with(text))
                && self.ends_with.as_deref().is_none_or(|text| sent.ends_with(text))
        })
    }
}

/// Where a request came to: what an address that a rule leaves unsaid is taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here<'a> {
    /// `http` or `https`.
    pub(crate) scheme: &'a str,
    /// The host, with its port.
    pub(crate) host: &'a str,
    /// What stands before keys in paths on this host: a slash, and the bucket where the host is not
    /// the bucket's.
    pub(crate) base: &'a str,
    /// The request's query, without its question mark, as it is sent on.
    pub(crate) query: &'a str,
}

impl RoutingRule {
    /// The status and the address that a request for `key` is sent to.
    pub(crate) fn target(&self, key: &str, here: Here<'_>) -> (u16, String) {
        let Redirect { protocol, host_name, http_redirect_code, pass_query_string, .. } =
            &self.redirect;
        let status = http_redirect_code.as_deref().and_then(|code| code.parse().ok());
        let scheme = protocol.as_deref().unwrap_or(here.scheme);
        let (host, base) = match host_name.as_deref() {
            Some(host) => (host, "/"),
            None => (here.host, here.base),
        };
        let key = percent_encode_path(self.rewritten(key).as_bytes());
        let query = match pass_query_string {
            Some(true) if !here.query.is_empty() => format!("?{}", here.query),
            _ => String::new(),
        };
        (status.unwrap_or(302), format!("{scheme}://{host}{base}{key}{query}"))
    }

    fn rewritten(&self, key: &str) -> String {
        let redirect = &self.redirect;
        if let Some(text) = &redirect.replace_key_with {
            return text.replace("${key}", key);
        }
        let condition = self.condition.as_ref();
        let prefix = condition.and_then(|it| it.key_prefix_equals.as_deref()).unwrap_or_default();
        match &redirect.replace_key_prefix_with {
            Some(other) => format!("{other}{}", key.strip_prefix(prefix).unwrap_or(key)),
            None if redirect.enable_replace_prefix == Some(true) => {
                key.strip_prefix(prefix).unwrap_or(key).to_owned()
            }
            None => key.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn site(value: &Value) -> WebsiteConfiguration {
        serde_json::from_value(value.clone()).unwrap()
    }

    fn head(headers: &[(&str, &str)]) -> RequestHead {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        RequestHead::decode("GET", "/", headers.iter().map(owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn folders_show_their_document_or_that_of_the_root() {
        let of = |sub: Option<bool>, key: &str| {
            site(&json!({"IndexDocument": {"Suffix": "i.html", "SupportSubDir": sub}}))
                .index_of(key)
        };
        assert_eq!(of(None, "").as_deref(), Some("i.html"));
        assert_eq!(of(None, "a/").as_deref(), Some("i.html"));
        assert_eq!(of(Some(true), "").as_deref(), Some("i.html"));
        assert_eq!(of(Some(true), "a/b/").as_deref(), Some("a/b/i.html"));
        assert_eq!(of(Some(true), "a/b"), None);
        assert_eq!(site(&json!({"ErrorDocument": {"Key": "e"}})).index_of(""), None);
    }

    #[test]
    fn a_folder_without_its_slash() {
        let of = |sub: bool, kind: Option<u32>, key: &str| {
            site(&json!({
                "IndexDocument": {"Suffix": "i.html", "SupportSubDir": sub, "Type": kind}
            }))
            .folder_of(key)
        };
        let document = "a/i.html".to_owned();
        assert_eq!(of(true, None, "a"), Some((Folder::Redirect, document.clone())));
        assert_eq!(of(true, Some(0), "a"), Some((Folder::Redirect, document.clone())));
        assert_eq!(of(true, Some(1), "a"), Some((Folder::Missing, document.clone())));
        assert_eq!(of(true, Some(2), "a"), Some((Folder::Shown, document)));
        for (sub, key) in [(false, "a"), (true, "a/"), (true, "")] {
            assert_eq!(of(sub, Some(2), key), None);
        }
    }

    #[test]
    fn the_rule_of_the_lowest_number_counts() {
        let rule = |number: u32, condition: Value| {
            json!({
                "RuleNumber": number, "Condition": condition,
                "Redirect": {"RedirectType": "External"},
            })
        };
        let rules = site(&json!({"RoutingRules": {"RoutingRule": [
            rule(3, json!({"KeyPrefixEquals": "a"})),
            rule(1, json!({"KeyPrefixEquals": "a/", "KeySuffixEquals": ".txt"})),
            rule(2, json!({"KeyPrefixEquals": "a", "HttpErrorCodeReturnedEquals": 404})),
            rule(4, json!({"IncludeHeader": [
                {"Key": "X-One", "Equals": "1"}, {"Key": "two", "StartsWith": "a", "EndsWith": "z"}
            ]})),
        ]}}));
        let number = |key: &str, headers: &[(&str, &str)], is_missing: bool| {
            rules.rule(key, &head(headers), is_missing).map(|rule| rule.rule_number)
        };
        assert_eq!(number("a/k.txt", &[], false), Some(1));
        assert_eq!(number("a/k", &[], false), Some(3));
        assert_eq!(number("a/k", &[], true), Some(2));
        assert_eq!(number("b", &[], true), None);
        assert_eq!(number("b", &[("x-one", "1"), ("two", "abz")], false), Some(4));
        assert_eq!(number("b", &[("x-one", "1"), ("two", "ab")], false), None);
        assert_eq!(number("b", &[("x-one", "1")], false), None);
    }

    #[test]
    fn a_rule_leads_to_an_address() {
        let here = Here { scheme: "http", host: "h:1", base: "/bucket/", query: "q=%20" };
        let to = |redirect: Value, key: &str| {
            let rule: RoutingRule = serde_json::from_value(json!({
                "RuleNumber": 1, "Condition": {"KeyPrefixEquals": "a/"}, "Redirect": redirect,
            }))
            .unwrap();
            rule.target(key, here)
        };
        let external = |more: Value| {
            let mut redirect = json!({"RedirectType": "External"});
            redirect.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            redirect
        };
        for (redirect, key, status, address) in [
            (json!({}), "a/k", 302, "http://h:1/bucket/a/k"),
            (
                json!({"HostName": "e.com", "Protocol": "https"}),
                "a/ü k",
                302,
                "https://e.com/a/%C3%BC%20k",
            ),
            (
                json!({"HttpRedirectCode": "301", "ReplaceKeyWith": "x/${key}"}),
                "a/k",
                301,
                "http://h:1/bucket/x/a/k",
            ),
            (json!({"ReplaceKeyPrefixWith": "b/"}), "a/k", 302, "http://h:1/bucket/b/k"),
            (json!({"EnableReplacePrefix": true}), "a/k", 302, "http://h:1/bucket/k"),
            (json!({"PassQueryString": true}), "a/k", 302, "http://h:1/bucket/a/k?q=%20"),
            (json!({}), "a/\r\nx: y", 302, "http://h:1/bucket/a/%0D%0Ax%3A%20y"),
        ] {
            assert_eq!(to(external(redirect), key), (status, address.to_owned()), "{address}");
        }
    }
}
