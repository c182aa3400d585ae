use rolecall_types::json::Position;

use super::*;

/// Parses, prints and parses again.
fn check(kind: DocumentKind, text: &str) -> Result<Document, PolicyError> {
    let document = Document::parse(kind, text)?;
    let again = Document::parse(kind, &document.print()).unwrap();
    assert_eq!(again, document, "{text}");
    assert_eq!(again.print(), document.print());
    Ok(document)
}

fn message(kind: DocumentKind, text: &str) -> String {
    check(kind, text).expect_err(text).to_string()
}

#[test]
fn the_canonical_print() {
    let text = r#" {"Statement": {"Condition": {"StringLike": {"a/B": ["x", ""]}, "Bool": {"k": ["true"]}},
        "Resource": ["*"], "NotAction": ["ram:*", "ims:*"], "Effect": "Deny"}, "Version": "1"} "#;
    assert_eq!(
        check(DocumentKind::Identity, text).unwrap().print(),
        r#"{"Version":"1","Statement":[{"Effect":"Deny","NotAction":["ram:*","ims:*"],"Resource":"*","Condition":{"StringLike":{"a/B":["x",""]},"Bool":{"k":"true"}}}]}"#
    );
    let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"],"RAM":"acs:ram::1234567890123456:root"},"Action":"sts:AssumeRole"}]}"#;
    assert_eq!(
        check(DocumentKind::Trust, text).unwrap().print(),
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":{"RAM":"acs:ram::1234567890123456:root","Service":"ecs.aliyuncs.com"},"Action":"sts:AssumeRole"}]}"#
    );
    let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":"oss:GetObject","Resource":"acs:oss:*:1:b/*"}]}"#;
    assert_eq!(check(DocumentKind::Bucket, text).unwrap().print(), text);
}

#[test]
fn an_empty_condition_is_none() {
    let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}"#;
    let document = check(DocumentKind::Control, text).unwrap();
    assert!(document.statements().all(|statement| statement.conditions().is_empty()));
}

#[test]
fn faults_of_the_document() {
    for (text, expected) in [
        ("", "the document is empty"),
        ("[]", "line 1, column 1: a policy is an object, not a list"),
        ("\n {}", "line 2, column 2: Version: is missing"),
        (r#" {"Version":"1"}"#, "line 1, column 2: Statement: is missing"),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            "line 1, column 12: Version: must be `\"1\"`",
        ),
        (r#"{"Version":1,"Statement":[]}"#, "line 1, column 12: Version: must be `\"1\"`"),
        (r#"{"Version":"1","Statement":[]}"#, "line 1, column 28: Statement: the list is empty"),
        (
            "{\"Version\":\"1\",\r\n\"Statement\":\t\"x\"}",
            "line 2, column 14: Statement: must be a list of objects, not a string",
        ),
        (r#"{"Version":"1","Id":"x","Statement":[]}"#, "line 1, column 16: Id: unknown element"),
        (
            r#"{"Version":"1","Statement":[null]}"#,
            "line 1, column 29: statement 1: a statement is an object, not null",
        ),
        ("{\"Version\":\"1\",\n \"Version\":\"1\"}", "line 2, column 2: duplicate key `Version`"),
        ("{\"Version\":\"1\"}}", "line 1, column 16: trailing characters"),
    ] {
        assert_eq!(message(DocumentKind::Identity, text), expected, "{text}");
    }
}

const GOOD: &str = r#"{"Effect":"Allow","Action":"ecs:*","Resource":"*"}"#;
const GOOD_TRUST: &str =
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ecs.aliyuncs.com"}}"#;
const GOOD_BUCKET: &str =
    r#"{"Effect":"Allow","Action":"oss:*","Resource":"acs:oss:*:*:b","Principal":["*"]}"#;

/// Checks that a fault in the second statement is told with its place, at which an `@` stands.
fn faults(kind: DocumentKind, good: &str, cases: &[(&str, &str)]) {
    check(kind, &format!(r#"{{"Version":"1","Statement":[{good},{good}]}}"#)).unwrap();
    for (bad, expected) in cases {
        let (before, behind) = bad.split_once('@').expect(bad);
        let text = format!("{{\"Version\":\"1\",\"Statement\":[{good},\n{before}{behind}]}}");
        let error = check(kind, &text).expect_err(bad);
        let column = before.chars().count() + 1;
        let shown = format!("line 2, column {column}: statement 2, {expected}");
        assert_eq!(error.to_string(), shown, "{bad}");
        assert_eq!(error.position(), Some(Position { line: 2, column }), "{bad}");
        assert_eq!(error.statement(), Some(2), "{bad}");
        assert_eq!(error.element(), expected.split(": ").next(), "{bad}");
        assert!(!error.is_length());
    }
}

#[test]
fn faults_of_statements() {
    let cases = [
        (r#"@{"Action":"*","Resource":"*"}"#, "Effect: is missing"),
        (
            r#"{"Effect":@"allow","Action":"*","Resource":"*"}"#,
            "Effect: must be `Allow` or `Deny`, not `allow`",
        ),
        (
            r#"{"Effect":@true,"Action":"*","Resource":"*"}"#,
            "Effect: must be `Allow` or `Deny`, not a boolean",
        ),
        (r#"@{"Effect":"Allow","Resource":"*"}"#, "Action: is missing"),
        (
            r#"{"Effect":"Allow","Action":"*",@"NotAction":"*","Resource":"*"}"#,
            "NotAction: stands beside `Action`",
        ),
        (r#"{"Effect":"Allow","Action":@[],"Resource":"*"}"#, "Action: the list is empty"),
        (r#"{"Effect":"Allow","Action":@"","Resource":"*"}"#, "Action: holds an empty string"),
        (
            r#"{"Effect":"Allow","Action":@7,"Resource":"*"}"#,
            "Action: must be a string or a list of strings, not a number",
        ),
        (
            r#"{"Effect":"Allow","Action":["ecs:*",@7],"Resource":"*"}"#,
            "Action: must hold strings, not a number",
        ),
        (
            r#"{"Effect":"Allow","Action":@"ecs","Resource":"*"}"#,
            "Action: `ecs` is no action: `<service>:<name>` or `*`",
        ),
        (r#"@{"Effect":"Allow","Action":"*"}"#, "Resource: is missing"),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",@"NotResource":"*"}"#,
            "NotResource: stands beside `Resource`",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":@"arn:oss:*:*:b"}"#,
            "Resource: `arn:oss:*:*:b` is neither `*` nor begins with `acs:`",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",@"Principal":{}}"#,
            "Principal: is not allowed in an identity policy",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",@"NotPrincipal":{}}"#,
            "NotPrincipal: is not supported",
        ),
        (r#"{"Effect":"Allow","Action":"*","Resource":"*",@"Sid":"x"}"#, "Sid: unknown element"),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",@"effect":"x"}"#,
            "effect: unknown element",
        ),
    ];
    faults(DocumentKind::Identity, GOOD, &cases);
}

#[test]
fn faults_of_conditions() {
    let cases = [
        ("@[]", "must be an object, not a list"),
        (r#"{@"StringEqual":{"k":"v"}}"#, "unknown operator `StringEqual`"),
        (
            r#"{@"StringEqualsIfExists":{"k":"v"}}"#,
            "The condition operator 'IfExists/Null' is not supported",
        ),
        (r#"{@"Null":{"k":"true"}}"#, "The condition operator 'IfExists/Null' is not supported"),
        (r#"{"Bool":@{}}"#, "`Bool` names no condition key"),
        (r#"{"Bool":@"x"}"#, "`Bool` must hold an object, not a string"),
        (r#"{"Bool":{@"":"true"}}"#, "`Bool` has an empty condition key"),
        (r#"{"Bool":{"k":@true}}"#, "values of `k` must be strings, not a boolean"),
        (r#"{"Bool":{"k":["é",@true]}}"#, "values of `k` must be strings, not a boolean"),
        (r#"{"Bool":{"k":@[]}}"#, "the list of `k` is empty"),
        (
            r#"{"Bool":{"k":["true","false",@"maybe","perhaps"]}}"#,
            "`maybe` is no boolean, which `Bool` needs",
        ),
    ];
    let owned: Vec<_> = cases
        .iter()
        .map(|(condition, expected)| {
            let head = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":"#;
            (format!("{head}{condition}}}"), format!("Condition: {expected}"))
        })
        .collect();
    let cases: Vec<_> = owned.iter().map(|(bad, why)| (bad.as_str(), why.as_str())).collect();
    faults(DocumentKind::Session, GOOD, &cases);
}

#[test]
fn faults_of_trust_policies() {
    let cases = [
        (r#"@{"Effect":"Allow","Action":"sts:AssumeRole"}"#, "Principal: is missing"),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":@{}}"#,
            "Principal: names nobody",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":@"*"}"#,
            "Principal: must be an object, not a string",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":@[]}}"#,
            "Principal: the list is empty",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":@"*"}}"#,
            "Principal: `*` is no principal of the kind `RAM`",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{@"AWS":"*"}}"#,
            "Principal: unknown kind of principal `AWS`",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole",@"Resource":"*","Principal":{}}"#,
            "Resource: is not allowed in a trust policy",
        ),
        (
            r#"{"Effect":"Allow",@"NotAction":"a:b","Principal":{}}"#,
            "NotAction: is not allowed in a trust policy",
        ),
    ];
    faults(DocumentKind::Trust, GOOD_TRUST, &cases);
}

#[test]
fn faults_of_bucket_policies() {
    let cases = [
        (r#"@{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#, "Principal: is missing"),
        (
            r#"{"Effect":"Allow","Action":"oss:*","Resource":"*","Principal":[@""]}"#,
            "Principal: holds an empty string",
        ),
        (
            r#"{"Effect":"Allow","Action":"oss:*","Resource":"*","Principal":["*",@"bob"]}"#,
            "Principal: `bob` is neither a UID, nor `*`, nor a role's session",
        ),
        (r#"@{"Effect":"Allow","Action":"oss:*","Principal":["*"]}"#, "Resource: is missing"),
        (
            r#"{"Effect":"Allow",@"NotAction":"oss:*","Resource":"*","Principal":["*"]}"#,
            "NotAction: is not allowed in a bucket policy",
        ),
        (
            r#"{"Effect":"Allow","Action":"oss:*",@"NotResource":"*","Principal":["*"]}"#,
            "NotResource: is not allowed in a bucket policy",
        ),
    ];
    faults(DocumentKind::Bucket, GOOD_BUCKET, &cases);
}

#[test]
fn lengths_are_counted_in_characters() {
    for kind in [
        DocumentKind::Identity,
        DocumentKind::Session,
        DocumentKind::Trust,
        DocumentKind::Bucket,
        DocumentKind::Control,
    ] {
        let statement = match kind {
            DocumentKind::Trust => GOOD_TRUST,
            DocumentKind::Bucket => GOOD_BUCKET,
            _ => GOOD,
        };
        let condition = |length: usize| {
            let open = statement.strip_suffix('}').unwrap();
            let head = format!(
                r#"{{"Version":"1","Statement":[{open},"Condition":{{"StringEquals":{{"k":""#
            );
            let tail = r#""}}}]}"#;
            let fill = length - head.chars().count() - tail.chars().count();
            format!("{head}{}{tail}", "é".repeat(fill))
        };
        assert!(check(kind, &condition(kind.characters_max())).is_ok(), "{kind}");
        let error = check(kind, &condition(kind.characters_max() + 1)).unwrap_err();
        assert!(error.is_length(), "{kind}: {error}");
    }
}
