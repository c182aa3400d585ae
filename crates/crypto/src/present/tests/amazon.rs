//! Faults of Amazon's V4.

use super::*;

const HEADERS: &str = "authorization: AWS4-HMAC-SHA256 \
    Credential=AK/20260115/us-east-1/s3/aws4_request, \
    SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=s\n\
    x-amz-date: 20260115T083000Z\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n";
const URL: &str = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260115T083000Z\
    &X-Amz-Credential=AK/20260115/us-east-1/s3/aws4_request&X-Amz-Expires=60\
    &X-Amz-SignedHeaders=host&X-Amz-Signature=s";

#[test]
fn both_places_are_read() {
    let header = parse(Surface::Oss, "/b/k", HEADERS, "").unwrap().unwrap();
    assert_eq!(header.scheme(), Scheme::AmazonHeader);
    assert_eq!((header.region(), header.product()), (Some("us-east-1"), Some("s3")));
    let query = parse(Surface::Oss, URL, "", "").unwrap().unwrap();
    assert_eq!(query.scheme(), Scheme::AmazonQuery);
    let token = format!("{URL}&X-Amz-Security-Token=t");
    let query = parse(Surface::Oss, &token, "", "").unwrap().unwrap();
    assert_eq!(query.security_token().unwrap().expose(), "t");
}

#[test]
fn faults_of_the_header() {
    use PresentError::{
        BodyHashMismatch, DateScopeMismatch, MalformedAuthorization, SignatureMethod,
        TimestampFormat,
    };
    let unsigned = |name: &str| PresentError::UnsignedHeader { name: name.to_owned() };
    let replaced = |from: &str, to: &str| {
        assert!(HEADERS.contains(from), "{from}");
        HEADERS.replace(from, to)
    };
    let wrong = format!(": {}", EMPTY.replace('e', "f"));
    for (headers, expected) in [
        (replaced("host;", ""), unsigned("host")),
        (replaced("x-amz-date,", "accept,"), unsigned("x-amz-date")),
        (format!("{HEADERS}x-amz-acl: private\n"), unsigned("x-amz-acl")),
        (format!("{HEADERS}x-oss-object-acl: private\n"), unsigned("x-oss-object-acl")),
        (format!("{HEADERS}x-amz-security-token: t\n"), unsigned("x-amz-security-token")),
        (replaced("host;", "accept;host;"), missing_of("accept")),
        (replaced("x-amz-date: 20260115T083000Z\n", ""), missing_of("x-amz-date")),
        (replaced(": 20260115T083000Z", ": today"), TimestampFormat),
        (replaced(": 20260115T083000Z", ": 20260116T083000Z"), DateScopeMismatch),
        (replaced("aws4_request", "aliyun_v4_request"), MalformedAuthorization),
        (replaced("SignedHeaders", "AdditionalHeaders"), MalformedAuthorization),
        (replaced("x-amz-content-sha256: UNSIGNED-PAYLOAD\n", ""), {
            missing_of("x-amz-content-sha256")
        }),
        (replaced(": UNSIGNED-PAYLOAD", &wrong), BodyHashMismatch),
        (replaced(": UNSIGNED-PAYLOAD", ": STREAMING-OTHER"), SignatureMethod),
    ] {
        check(Surface::Oss, "/b/k", &headers, &expected);
    }
    let both = "/b/k?X-Amz-Signature=s";
    check(Surface::Oss, both, HEADERS, &PresentError::BothHeaderAndQuery);
}

#[test]
fn faults_of_the_query() {
    use PresentError::{
        DateScopeMismatch, ExpiresOutOfRange, SignatureMethod, TimestampFormat, TokenPlacement,
    };
    for name in ["Date", "Credential", "Expires", "SignedHeaders", "Signature"] {
        let name = format!("X-Amz-{name}");
        let (start, rest) = URL.split_once(&format!("&{name}=")).unwrap();
        let rest = rest.split_once('&').map(|(_, rest)| format!("&{rest}")).unwrap_or_default();
        check(Surface::Oss, &format!("{start}{rest}"), "", &missing_of(&name));
    }
    let replaced = |from: &str, to: &str| {
        assert!(URL.contains(from), "{from}");
        URL.replace(from, to)
    };
    for (target, expected) in [
        (replaced("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), SignatureMethod),
        (replaced("Date=20260115T083000Z", "Date=1"), TimestampFormat),
        (replaced("Date=20260115", "Date=20260116"), DateScopeMismatch),
        (replaced("Expires=60", "Expires=0"), ExpiresOutOfRange),
        (replaced("Expires=60", "Expires=604801"), ExpiresOutOfRange),
        (replaced("Expires=60", "Expires=-1"), ExpiresOutOfRange),
    ] {
        check(Surface::Oss, &target, "", &expected);
    }
    check(Surface::Oss, URL, "x-amz-security-token: t", &TokenPlacement);
    let acl = PresentError::UnsignedHeader { name: "x-amz-acl".to_owned() };
    check(Surface::Oss, URL, "x-amz-acl: public-read", &acl);
}

#[test]
fn only_signed_chunks_have_signatures_to_check() {
    let secret = Secret::new("s".to_owned());
    for (payload, expected, checked) in [
        ("UNSIGNED-PAYLOAD", None, false),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Some((true, false)), true),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Some((false, true)), false),
    ] {
        let headers = HEADERS.replace("UNSIGNED-PAYLOAD", payload);
        let presented = parse(Surface::Oss, "/b/k", &headers, "").unwrap().unwrap();
        let chunks = presented.chunks().map(|chunks| (chunks.signed, chunks.trailer));
        assert_eq!(chunks, expected, "{payload}");
        assert_eq!(presented.chunk_signatures(&secret).is_some(), checked, "{payload}");
        assert_eq!(presented.declared_body_sha256(), None, "{payload}");
    }
}
