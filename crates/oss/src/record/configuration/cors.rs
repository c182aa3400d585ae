//! `CORSConfiguration`: from which other sites pages may use a bucket.

use rolecall_api::{ApiError, Shape};
use serde::{Deserialize, Serialize};

use crate::code::{self, invalid_argument};

/// The most rules of a bucket. Source: OSS `PutBucketCors`.
pub(crate) const CORS_RULES_MAX: usize = 20;

/// The most texts of one kind in a rule. Limit ours: the vendor's is that of the document, 16 KiB.
const CORS_TEXTS_MAX: usize = 100;

/// From which other sites pages may use a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CorsConfiguration {
    /// The rules; the first that a request matches counts.
    #[serde(rename = "CORSRule")]
    #[api(required, items(1, CORS_RULES_MAX), invalid = &code::CORS_RULES_BEYOND_LIMIT)]
    pub(crate) rules: Vec<CorsRule>,
    /// Whether every answer tells caches that it depends on the origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_vary: Option<bool>,
}

/// What pages of some sites may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CorsRule {
    /// The sites, each with at most one `*`.
    #[api(required, items(1, CORS_TEXTS_MAX))]
    pub(crate) allowed_origin: Vec<String>,
    /// The methods.
    #[api(required, items(1, 5), choices("GET", "PUT", "DELETE", "POST", "HEAD"))]
    pub(crate) allowed_method: Vec<String>,
    /// The headers that they may send, each with at most one `*`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, CORS_TEXTS_MAX))]
    pub(crate) allowed_header: Vec<String>,
    /// The headers of answers that they may see.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[api(items(0, CORS_TEXTS_MAX))]
    pub(crate) expose_header: Vec<String>,
    /// For how many seconds a browser may rely on it without asking again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[api(range(0, 999_999_999))]
    pub(crate) max_age_seconds: Option<u32>,
}

impl CorsConfiguration {
    /// Refuses texts with more wildcards than their kind may have, and such as would end the line
    /// of a header that they become part of.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        for rule in &self.rules {
            check_texts("AllowedOrigin", &rule.allowed_origin, 1)?;
            check_texts("AllowedHeader", &rule.allowed_header, 1)?;
            check_texts("ExposeHeader", &rule.expose_header, 0)?;
        }
        Ok(())
    }
}

fn check_texts(name: &'static str, texts: &[String], wildcards: usize) -> Result<(), ApiError> {
    let wrong = texts.iter().find(|text| {
        text.is_empty()
            || text.matches('*').count() > wildcards
            || !text.chars().all(|it| it.is_ascii_graphic() || it == ' ')
    });
    match wrong {
        Some(text) => {
            let message = format!("The {name} has a value that it can not have.");
            Err(invalid_argument(&message, name, text))
        }
        None => Ok(()),
    }
}
