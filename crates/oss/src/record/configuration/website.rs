//! `WebsiteConfiguration`: a bucket as a site.

use std::collections::BTreeSet;

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::code::{self, invalid_argument};
use crate::text::ObjectKey;

/// The most rules of a site. Source: OSS `PutBucketWebsite`.
const ROUTING_RULES_MAX: usize = 20;

/// The most headers that a rule looks at. Source: OSS `PutBucketWebsite`.
const HEADERS_MAX: usize = 10;

/// A bucket as a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WebsiteConfiguration {
    /// What is shown of a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index_document: Option<IndexDocument>,
    /// What is shown in the place of what there is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_document: Option<ErrorDocument>,
    /// Where else some of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routing_rules: Option<RoutingRules>,
}

/// What is shown of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IndexDocument {
    /// The object's name within the folder.
    pub(crate) suffix: String,
    /// Whether every folder has its own; otherwise all show that of the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) support_sub_dir: Option<bool>,
    /// What is done where the folder's name lacks its slash: 0 sends to the folder, 1 says that
    /// there is nothing, 2 shows the folder's document.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    #[api(range(0, 2))]
    pub(crate) kind: Option<u32>,
}

/// What is shown in the place of what there is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ErrorDocument {
    /// The object's key.
    pub(crate) key: String,
    /// The status that it is shown with: 200 or 404.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(choices("200", "404"))]
    pub(crate) http_status: Option<String>,
}

/// What wraps rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoutingRules {
    /// The rules.
    #[api(items(0, ROUTING_RULES_MAX))]
    pub(crate) routing_rule: Vec<RoutingRule>,
}

/// Where else some of a site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoutingRule {
    /// Its place among the rules: the first that matches counts.
    #[api(range(1, 1_000_000))]
    pub(crate) rule_number: u32,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<RoutingCondition>,
    /// Where that is.
    pub(crate) redirect: Redirect,
}

/// What a rule is about: all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoutingCondition {
    /// Keys that begin with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_prefix_equals: Option<String>,
    /// Keys that end with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_suffix_equals: Option<String>,
    /// Objects that there are not: 404.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(range(404, 404))]
    pub(crate) http_error_code_returned_equals: Option<u32>,
    /// Requests with these headers.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, HEADERS_MAX))]
    pub(crate) include_header: Vec<IncludeHeader>,
}

/// A header that a request must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IncludeHeader {
    /// Its name.
    pub(crate) key: String,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) equals: Option<String>,
    /// What its value begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) starts_with: Option<String>,
    /// What its value ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends_with: Option<String>,
}

/// Where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Redirect {
    /// `External`: elsewhere, and the caller goes there. The service itself fetches nothing:
    /// `Mirror` is refused.
    #[serde(rename = "RedirectType")]
    pub(crate) kind: String,
    /// `http` or `https`; without it as the request came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(choices("http", "https"))]
    pub(crate) protocol: Option<String>,
    /// The host; without it that of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_name: Option<String>,
    /// The status: 301, 302 or 307; without it 302.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(choices("301", "302", "307"))]
    pub(crate) http_redirect_code: Option<String>,
    /// What takes the place of the key; `${key}` stands for that of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replace_key_with: Option<String>,
    /// What takes the place of the beginning of the key that the condition names, or stands before
    /// the key where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replace_key_prefix_with: Option<String>,
    /// Whether that beginning goes even where nothing takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_replace_prefix: Option<bool>,
    /// Whether the query goes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pass_query_string: Option<bool>,
}

impl WebsiteConfiguration {
    /// Refuses what says nothing, contradicts itself, or is not served.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        if let Some(index) = &self.index_document {
            let is_name = ObjectKey::new(&index.suffix).is_ok() && !index.suffix.contains('/');
            if !is_name {
                return Err(wrong("Suffix", &index.suffix));
            }
        }
        if let Some(error) = &self.error_document
            && ObjectKey::new(&error.key).is_err()
        {
            return Err(wrong("Key", &error.key));
        }
        let rules = self.routing_rules();
        if self.index_document.is_none() && self.error_document.is_none() && rules.is_empty() {
            return Err(wrong("WebsiteConfiguration", ""));
        }
        let mut numbers = BTreeSet::new();
        for rule in rules {
            if !numbers.insert(rule.rule_number) {
                return Err(wrong("RuleNumber", &rule.rule_number.to_string()));
            }
            rule.redirect.check()?;
        }
        Ok(())
    }

    /// The rules.
    pub(crate) fn routing_rules(&self) -> &[RoutingRule] {
        self.routing_rules.as_ref().map_or(&[], |rules| &rules.routing_rule)
    }
}

impl Redirect {
    fn check(&self) -> Result<(), ApiError> {
        match self.kind.as_str() {
            "External" => {}
            other @ ("Mirror" | "AliCDN" | "Internal") => {
                return Err(ApiError::of(&code::NOT_IMPLEMENTED, format!("RedirectType {other}")));
            }
            other => return Err(wrong("RedirectType", other)),
        }
        if self.replace_key_with.is_some() && self.replace_key_prefix_with.is_some() {
            return Err(wrong("ReplaceKeyPrefixWith", ""));
        }
        let host = self.host_name.as_deref().unwrap_or("-");
        let may_stand = |it: char| it.is_ascii_alphanumeric() || ".-:[]".contains(it);
        if host.is_empty() || !host.chars().all(may_stand) {
            return Err(wrong("HostName", host));
        }
        Ok(())
    }
}

fn wrong(name: &'static str, value: &str) -> ApiError {
    let message = format!("The {name} of the website configuration is not valid.");
    invalid_argument(&message, name, value)
}
