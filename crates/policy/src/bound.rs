//! A document that binds somebody, kept as small as it can be until somebody asks.

use std::fmt;
use std::sync::Arc;

use crate::{Document, DocumentKind, PolicyError, PolicyType, Source};

/// A document and what explanations call it. A clone is the same one.
///
/// Most documents are hardly ever asked, and as a text a document takes a tenth of what it takes
/// when it is parsed: so one that was found valid is kept as its text.
#[derive(Clone)]
pub struct Bound(Arc<Content>);

enum Content {
    /// Found valid once. The label is kept in parts, and its name in one piece with the text: each
    /// piece of memory has a header, and there are millions.
    Text {
        policy_type: PolicyType,
        kind: DocumentKind,
        version: u32,
        name_length: usize,
        name_and_text: Box<str>,
    },
    Parsed {
        source: Arc<Source>,
        document: Arc<Document>,
    },
}

impl Bound {
    /// A document as it was given, if it is valid; the error names the statement and the element at
    /// fault. `version` is the number of the policy's version, 0 where it has none.
    pub fn of_text(
        policy_type: PolicyType,
        name: &str,
        version: u32,
        kind: DocumentKind,
        text: &str,
    ) -> Result<Self, PolicyError> {
        Document::parse(kind, text)?;
        let (name_length, name_and_text) = (name.len(), [name, text].concat().into());
        let content = Content::Text { policy_type, kind, version, name_length, name_and_text };
        Ok(Self(Arc::new(content)))
    }

    /// A document that is kept parsed, as one that binds many.
    pub fn of_document(source: Arc<Source>, document: Arc<Document>) -> Self {
        Self(Arc::new(Content::Parsed { source, document }))
    }

    /// What explanations call it.
    pub fn source(&self) -> Arc<Source> {
        match &*self.0 {
            Content::Parsed { source, .. } => Arc::clone(source),
            Content::Text { policy_type, version, .. } => Arc::new(Source {
                policy_type: *policy_type,
                name: self.name_and_text().0.to_owned(),
                version: if *version == 0 { String::new() } else { format!("v{version}") },
            }),
        }
    }

    /// Whether it is this version, and kept as this text.
    pub fn is_text(&self, given_version: u32, given: &str) -> bool {
        match &*self.0 {
            Content::Text { version, .. } => {
                *version == given_version && self.name_and_text().1 == given
            }
            Content::Parsed { .. } => false,
        }
    }

    /// The document. A text that was valid is so for ever; an error is a fault of this program.
    pub(crate) fn document(&self) -> Result<Arc<Document>, PolicyError> {
        match &*self.0 {
            Content::Parsed { document, .. } => Ok(Arc::clone(document)),
            Content::Text { kind, .. } => {
                Document::parse(*kind, self.name_and_text().1).map(Arc::new)
            }
        }
    }

    /// Name and text of what is kept as a text.
    fn name_and_text(&self) -> (&str, &str) {
        match &*self.0 {
            Content::Text { name_length, name_and_text, .. } => {
                name_and_text.split_at_checked(*name_length).unwrap_or_default()
            }
            Content::Parsed { .. } => Default::default(),
        }
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content: &dyn fmt::Debug = match &*self.0 {
            Content::Parsed { document, .. } => document,
            Content::Text { .. } => &self.name_and_text().1,
        };
        f.debug_struct("Bound").field("source", &self.source()).field("document", content).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, Context, Decision, PolicySet, Resource};

    const READS: &str =
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}"#;
    const NO_ACL: &str =
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"oss:*Acl","Resource":"*"}]}"#;

    fn bound(name: &str, version: u32, text: &str) -> Result<Bound, PolicyError> {
        Bound::of_text(PolicyType::Custom, name, version, DocumentKind::Identity, text)
    }

    fn check(set: &PolicySet, action: &str) -> Decision {
        let (resource, context) = (Resource::Any, Context::new());
        set.decide(&Check { action, resource: &resource, context: &context, principal: None })
    }

    #[test]
    fn a_set_of_texts_decides_as_a_set_that_was_compiled_at_once() {
        let parsed = |text| Arc::new(Document::parse(DocumentKind::Identity, text).unwrap());
        let one = bound("reads", 1, READS).unwrap();
        let other =
            Bound::of_document(bound("no-acl", 2, NO_ACL).unwrap().source(), parsed(NO_ACL));
        let pairs = [(READS, &one), (NO_ACL, &other)].map(|(text, it)| (it.source(), parsed(text)));
        let several = PolicySet::of([one.clone(), other]);
        let compiled = PolicySet::compile(pairs);
        for (action, decision) in [
            ("oss:GetObject", Decision::Allow),
            ("oss:PutObject", Decision::ImplicitDeny),
            ("oss:GetObjectAcl", Decision::ExplicitDeny),
        ] {
            assert_eq!(check(&several, action), decision, "{action}");
            assert_eq!(check(&several, action), check(&compiled, action), "{action}, again");
        }
        let alone = PolicySet::of([one]);
        assert_eq!(check(&alone, "oss:GetObjectAcl"), Decision::Allow);
        assert!(!alone.is_empty() && PolicySet::of([]).is_empty());
        assert_eq!(check(&PolicySet::of([]), "oss:GetObject"), Decision::ImplicitDeny);
    }

    #[test]
    fn a_text_is_checked_when_it_is_taken_and_labelled_when_it_is_asked() {
        let error = bound("wrong", 1, r#"{"Version":"1","Statement":[{"Effect":"Allow"}]}"#);
        assert!(error.unwrap_err().to_string().contains("Action"));
        let third = bound("reads", 3, READS).unwrap();
        let label = |version: &str| Source {
            policy_type: PolicyType::Custom,
            name: "reads".to_owned(),
            version: version.to_owned(),
        };
        assert_eq!(*third.source(), label("v3"));
        assert_eq!(*bound("reads", 0, READS).unwrap().source(), label(""));
        assert!(third.is_text(3, READS) && !third.is_text(2, READS) && !third.is_text(3, NO_ACL));
    }

    #[test]
    fn a_document_that_is_lost_denies() {
        let lost = Bound(Arc::new(Content::Text {
            policy_type: PolicyType::Custom,
            kind: DocumentKind::Identity,
            version: 1,
            name_length: "lost".len(),
            name_and_text: "lost{".into(),
        }));
        let set = PolicySet::of([bound("reads", 1, READS).unwrap(), lost]);
        assert_eq!(check(&set, "oss:GetObject"), Decision::ExplicitDeny);
        assert!(!set.is_empty());
    }
}
