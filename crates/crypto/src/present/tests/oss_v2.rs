//! Faults of OSS V2.

use super::*;

const HEADERS: &str = "authorization: OSS2 AccessKeyId:AK,AdditionalHeaders:range,Signature:s\n\
    range: bytes=0-1\ndate: Thu, 15 Jan 2026 08:30:00 GMT\n";
const URL: &str = "/?x-oss-signature-version=OSS2&x-oss-access-key-id=AK\
    &x-oss-expires=1768465800&x-oss-signature=s";

#[test]
fn both_places_are_read() {
    let header = parse(Surface::Oss, "/", HEADERS, "").unwrap().unwrap();
    assert_eq!(header.scheme(), Scheme::OssV2Header);
    let query = parse(Surface::Oss, URL, "", "").unwrap().unwrap();
    assert_eq!(query.scheme(), Scheme::OssV2Query);
}

#[test]
fn faults() {
    use PresentError::{
        AccessKeyIdFormat, InvalidExpires, MalformedAuthorization, TimestampFormat, TokenPlacement,
    };
    let replaced = |from: &str, to: &str| {
        assert!(HEADERS.contains(from), "{from}");
        HEADERS.replace(from, to)
    };
    for (headers, expected) in [
        (replaced("AccessKeyId:AK,", ""), MalformedAuthorization),
        (replaced("AccessKeyId:AK", "AccessKeyId=AK"), MalformedAuthorization),
        (replaced(",Signature:s", ""), MalformedAuthorization),
        (replaced(",Signature:s", ",Signature:s,More:t"), MalformedAuthorization),
        (replaced("Headers:range", "Headers:range;Range"), MalformedAuthorization),
        (replaced("Headers:range", "Headers:accept"), missing_of("accept")),
        (replaced("AccessKeyId:AK", "AccessKeyId:A K"), AccessKeyIdFormat),
        (replaced("Thu, 15 Jan", "Thu, 15"), TimestampFormat),
        (replaced("date: Thu, 15 Jan 2026 08:30:00 GMT\n", ""), missing_of("Date")),
    ] {
        check(Surface::Oss, "/", &headers, &expected);
    }
    let replaced = |from: &str, to: &str| {
        assert!(URL.contains(from), "{from}");
        URL.replace(from, to)
    };
    for (target, expected) in [
        (replaced("expires=1768465800", "expires=soon"), InvalidExpires),
        (replaced("&x-oss-access-key-id=AK", ""), missing_of("x-oss-access-key-id")),
        (replaced("&x-oss-expires=1768465800", ""), missing_of("x-oss-expires")),
        (replaced("&x-oss-signature=s", ""), missing_of("x-oss-signature")),
    ] {
        check(Surface::Oss, &target, "", &expected);
    }
    check(Surface::Oss, URL, "x-oss-security-token: t", &TokenPlacement);
}
