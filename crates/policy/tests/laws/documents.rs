//! Laws of documents.

use proptest::prelude::*;
use proptest::sample::select;
use rolecall_policy::{Document, DocumentKind};
use serde_json::{Value, json};

use crate::given::{
    ACCOUNT, Asked, STRANGER, ask, asked, check, config, document, everything, named, read, set_of,
    statement, statements,
};

/// The text with each account's name in place of the other's.
fn with_accounts_swapped(text: &str) -> String {
    let parts: Vec<String> = text.split(ACCOUNT).map(|p| p.replace(STRANGER, ACCOUNT)).collect();
    parts.join(STRANGER)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_printed_is_read_the_same(
        some in prop::collection::vec(statement(), 1..6),
        asked in asked(),
    ) {
        let document = document(&some);
        let again = Document::parse(DocumentKind::Identity, &document.print()).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(again.print(), document.print());
        prop_assert_eq!(ask(&set_of([again]), &asked), check(&some, &asked));
    }

    #[test]
    fn names_are_nothing_but_names(some in statements(), asked in asked()) {
        let renamed: Vec<Value> = some
            .iter()
            .map(|one| serde_json::from_str(&with_accounts_swapped(&one.to_string())).unwrap())
            .collect();
        let resource = named(&with_accounts_swapped(&asked.resource.to_string()));
        let other = Asked { resource, ..asked.clone() };
        prop_assert_eq!(check(&renamed, &other), check(&some, &asked));
    }

    #[test]
    fn empty_lists_are_refused(one in statement(), element in 0..4_usize, nested in any::<bool>()) {
        let empty = if nested { json!([""]) } else { json!([]) };
        let names: Vec<String> = one.as_object().unwrap().keys().cloned().collect();
        let name = &names[element];
        let mut emptied = one.clone();
        match name.as_str() {
            // A value may be an empty text, but a list of values may not be empty.
            "Condition" => emptied[name] = json!({"StringEquals": {"k": []}}),
            _ => emptied[name] = empty,
        }
        prop_assert!(read(DocumentKind::Identity, std::slice::from_ref(&one)).is_ok());
        prop_assert!(read(DocumentKind::Identity, &[emptied, one]).is_err(), "{}", name);
        prop_assert!(read(DocumentKind::Identity, &[]).is_err());
    }

    #[test]
    fn there_is_one_version(version in "[0-9.-]{0,10}|1 | 1|2012-10-17", one in statement()) {
        let text = |version: Value| json!({"Version": version, "Statement": [one]}).to_string();
        let reads = |version| Document::parse(DocumentKind::Identity, &text(version)).is_ok();
        prop_assert_eq!(reads(version.clone().into()), version == "1");
        prop_assert!(!reads(json!(1)));
        prop_assert!(!reads(json!(null)));
    }

    #[test]
    fn what_the_language_lacks_is_refused(
        family in select(vec!["String", "Numeric", "Date", "Bool", "IpAddress", "Arn", "Binary"]),
        rest in "[A-Za-z]{0,9}IfExists|Null|Exists|[a-z]{1,4}",
        set in select(vec!["", "ForAllValues:", "ForAnyValue:"]),
        element in select(vec!["Sid", "Id", "NotPrincipal", "effect", "Principal", "Conditions"]),
    ) {
        let mut one = everything();
        one["Condition"] = json!({format!("{set}{family}{rest}"): {"k": "1"}});
        prop_assert!(read(DocumentKind::Identity, &[one]).is_err());
        let mut one = everything();
        one[element] = "x".into();
        prop_assert!(read(DocumentKind::Identity, &[one]).is_err());
    }
}
