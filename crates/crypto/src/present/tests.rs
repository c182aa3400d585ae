mod amazon;
mod oss_v2;

use rolecall_types::time::parse_seconds;

use super::*;
use crate::encoding::decode_form;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const V1: &str = "/?Action=A&AccessKeyId=AK&Signature=s&SignatureMethod=HMAC-SHA1\
    &SignatureVersion=1.0&SignatureNonce=n&Timestamp=2026-01-15T08:30:00Z";
const ACS3: &str = "authorization: ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-action;\
    x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=s\n\
    x-acs-action: A\nx-acs-version: V\nx-acs-date: 2026-01-15T08:30:00Z\nx-acs-signature-nonce: n\n\
    x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
const OSS_V1: &str = "authorization: OSS AK:s\ndate: Thu, 15 Jan 2026 08:30:00 GMT\n";
const OSS_V1_URL: &str = "/?OSSAccessKeyId=AK&Expires=1768465800&Signature=s";
const OSS_V4: &str = "authorization: OSS4-HMAC-SHA256 \
    Credential=AK/20260115/cn-hangzhou/oss/aliyun_v4_request,Signature=s\n\
    x-oss-date: 20260115T083000Z\n";
const OSS_V4_URL: &str = "/?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-date=20260115T083000Z\
    &x-oss-credential=AK/20260115/cn-hangzhou/oss/aliyun_v4_request&x-oss-expires=60\
    &x-oss-signature=s";

/// Presents a request whose headers are `name: value` lines.
fn parse(
    surface: Surface,
    target: &str,
    headers: &str,
    form: &str,
) -> Result<Option<Presented>, PresentError> {
    let headers = headers.lines().map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        (name.to_owned(), value.as_bytes().to_vec())
    });
    let headers = std::iter::once(("host".to_owned(), b"h".to_vec())).chain(headers);
    let head = RequestHead::decode("GET", target, headers).unwrap();
    let form = decode_form(form.as_bytes()).unwrap();
    present(surface, &head, &form, Some(EMPTY), Some(("b", "k")))
}

fn check(surface: Surface, target: &str, headers: &str, expected: &PresentError) {
    let refused = parse(surface, target, headers, "");
    assert_eq!(refused.as_ref().err(), Some(expected), "{target} {headers}");
}

fn missing_of(name: &str) -> PresentError {
    missing(name)
}

#[test]
fn rpc_v1_faults() {
    use PresentError::{AccessKeyIdFormat, IncompleteSignature, SignatureMethod, TimestampFormat};

    let without = |name: &str| {
        let (path, query) = V1.split_once('?').unwrap();
        let kept: Vec<&str> =
            query.split('&').filter(|pair| pair.split_once('=').unwrap().0 != name).collect();
        format!("{path}?{}", kept.join("&"))
    };
    for name in [
        "AccessKeyId",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SignatureNonce",
        "Timestamp",
    ] {
        check(Surface::Rpc, &without(name), "", &missing_of(name));
        check(Surface::Rpc, &format!("{}&{name}=", without(name)), "", &missing_of(name));
    }
    let replaced = |from: &str, to: &str| {
        assert!(V1.contains(from));
        V1.replace(from, to)
    };
    for (target, expected) in [
        (replaced("HMAC-SHA1", "HMAC-SHA256"), SignatureMethod),
        (replaced("HMAC-SHA1", "hmac-sha1"), SignatureMethod),
        (format!("{V1}&SignatureType=BEARERTOKEN"), SignatureMethod),
        (format!("{V1}&BearerToken=x"), SignatureMethod),
        ("/?BearerToken=x".to_owned(), SignatureMethod),
        (replaced("=1.0", "=2.0"), IncompleteSignature),
        (replaced("08:30:00Z", "08:30:00.000Z"), TimestampFormat),
        (
            replaced("2026-01-15T08:30:00Z", "Thu,%2015%20Jan%202026%2008:30:00%20GMT"),
            TimestampFormat,
        ),
        (replaced("=AK&", "=A/K&"), AccessKeyIdFormat),
    ] {
        check(Surface::Rpc, &target, "", &expected);
    }
    // A request that was stripped of its key is not anonymous.
    check(Surface::Rpc, "/?Action=A&SecurityToken=x", "", &missing_of("AccessKeyId"));
    let token = "x-acs-security-token: x";
    check(Surface::Rpc, "/?Action=A", token, &missing_of("AccessKeyId"));
    let unsigned = PresentError::UnsignedHeader { name: "x-acs-security-token".to_owned() };
    check(Surface::Rpc, V1, token, &unsigned);
}

#[test]
fn headers_and_parameters_must_agree() {
    assert!(parse(Surface::Rpc, V1, "x-acs-action: A", "").unwrap().is_some());
    for (name, header) in [
        ("Action", "x-acs-action: B"),
        ("AccessKeyId", "x-acs-accesskey-id: AK2"),
        ("SignatureNonce", "x-acs-signature-nonce: m"),
        ("Timestamp", "x-acs-date: 2026-01-15T08:30:01Z"),
    ] {
        check(Surface::Rpc, V1, header, &PresentError::Repeated { name: name.to_owned() });
    }
    let repeated = PresentError::Repeated { name: "Action".to_owned() };
    check(Surface::Rpc, "/?action=B", ACS3, &repeated);
    assert!(parse(Surface::Rpc, "/?Action=A", ACS3, "").unwrap().is_some());
}

#[test]
fn acs3_faults() {
    use PresentError::{
        AccessKeyIdFormat, BodyHashMismatch, MalformedAuthorization, SignatureMethod,
        TimestampFormat,
    };
    assert!(parse(Surface::Rpc, "/", ACS3, "").unwrap().is_some());
    for name in [
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
    ] {
        let line = ACS3.lines().find(|line| line.starts_with(&format!("{name}: "))).unwrap();
        check(Surface::Rpc, "/", &ACS3.replace(&format!("{line}\n"), ""), &missing_of(name));
        let unsigned = PresentError::UnsignedHeader { name: name.to_owned() };
        for listed in [format!(";{name};"), format!(";{name},")] {
            let rest = listed.chars().last().unwrap().to_string();
            if ACS3.contains(&listed) {
                check(Surface::Rpc, "/", &ACS3.replace(&listed, &rest), &unsigned);
            }
        }
    }
    let unsigned = |name: &str| PresentError::UnsignedHeader { name: name.to_owned() };
    check(Surface::Rpc, "/", &ACS3.replace("host;", ""), &unsigned("host"));
    for name in ["x-acs-security-token", "x-acs-retry-attempts"] {
        check(Surface::Rpc, "/", &format!("{ACS3}{name}: x\n"), &unsigned(name));
    }
    let replaced = |from: &str, to: &str| {
        assert!(ACS3.contains(from));
        ACS3.replace(from, to)
    };
    for (headers, expected) in [
        (replaced("host;", "accept;host;"), missing_of("accept")),
        (replaced("host;", "host;host;"), MalformedAuthorization),
        (replaced("Credential=", "Credentials="), MalformedAuthorization),
        (replaced("SignedHeaders=", "AdditionalHeaders="), MalformedAuthorization),
        (replaced("ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"), SignatureMethod),
        (replaced("ACS3-HMAC-SHA256", "ACS3-RSA-SHA256"), SignatureMethod),
        (replaced("ACS3-HMAC-SHA256", "acs"), SignatureMethod),
        (replaced("ACS3-HMAC-SHA256", "OSS"), MalformedAuthorization),
        (replaced("ACS3-HMAC-SHA256 ", ""), MalformedAuthorization),
        ("authorization: Bearer x".to_owned(), MalformedAuthorization),
        ("authorization: ".to_owned(), MalformedAuthorization),
        (replaced("08:30:00Z", "8:30"), TimestampFormat),
        (replaced("Credential=AK", "Credential=A/K"), AccessKeyIdFormat),
        (replaced(": e3b0", ": e3b1"), BodyHashMismatch),
    ] {
        check(Surface::Rpc, "/", &headers, &expected);
    }
}

#[test]
fn acs3_needs_the_hash_of_the_body() {
    let headers: Vec<(String, Vec<u8>)> = std::iter::once("host: h")
        .chain(ACS3.lines())
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .collect();
    let head = RequestHead::decode("GET", "/", headers).unwrap();
    let refused = present(Surface::Rpc, &head, &[], None, None);
    assert_eq!(refused.err(), Some(PresentError::BodyHashMismatch));
}

#[test]
fn oss_v1_faults() {
    use PresentError::{
        AccessKeyIdFormat, BothHeaderAndQuery, IncompleteQuery, InvalidExpires,
        MalformedAuthorization, SignatureMethod, TimestampFormat, TokenPlacement,
    };
    for (target, headers, expected) in [
        ("/", "authorization: OSS AK:s", missing_of("Date")),
        ("/", "authorization: OSS AK:s\ndate: today", TimestampFormat),
        ("/", &format!("{OSS_V1}x-oss-date: today"), TimestampFormat),
        ("/", "authorization: OSS AK", MalformedAuthorization),
        ("/", "authorization: OSS", MalformedAuthorization),
        ("/", "authorization: oss AK:s", MalformedAuthorization),
        ("/", ACS3, MalformedAuthorization),
        ("/", "authorization: AWS AK:s", SignatureMethod),
        ("/", &OSS_V1.replace("AK", "A K"), AccessKeyIdFormat),
        (OSS_V1_URL, OSS_V1, BothHeaderAndQuery),
        ("/?x-oss-credential=x", OSS_V1, BothHeaderAndQuery),
        ("/?signature=x", OSS_V1, BothHeaderAndQuery),
        ("/?security-token=x", OSS_V1, TokenPlacement),
        ("/?x-oss-security-token=x", OSS_V1, TokenPlacement),
        (OSS_V1_URL, "x-oss-security-token: x", TokenPlacement),
        (OSS_V1_URL, "security-token: x", TokenPlacement),
        (&format!("{OSS_V1_URL}&x-oss-security-token=x"), "", TokenPlacement),
        ("/?Signature=s&Expires=1", "", IncompleteQuery),
        ("/?Signature=s&OSSAccessKeyId=AK", "", IncompleteQuery),
        ("/?OSSAccessKeyId=AK&Expires=1", "", IncompleteQuery),
        ("/?x-oss-signature-version=OSS3&x-oss-signature=s", "", SignatureMethod),
        ("/?x-oss-signature=s", "", missing_of("x-oss-signature-version")),
        ("/?x-amz-signature=s", "", missing_of("x-oss-signature-version")),
    ] {
        check(Surface::Oss, target, headers, &expected);
    }
    let both = format!("{OSS_V1}x-oss-security-token: x\nsecurity-token: x");
    check(Surface::Oss, "/", &both, &PresentError::Repeated { name: "security-token".to_owned() });
    for expires in ["", "x", "1.5", "+1", "1e3", " 1", "--1", "-"] {
        let target = OSS_V1_URL.replace("1768465800", &crate::percent_encode(expires.as_bytes()));
        check(Surface::Oss, &target, "", &InvalidExpires);
    }
}

#[test]
fn oss_v4_faults() {
    use PresentError::{
        AccessKeyIdFormat, BodyHashMismatch, DateScopeMismatch, ExpiresOutOfRange,
        MalformedAuthorization, TimestampFormat, TokenPlacement,
    };
    let header = |from: &str, to: &str| {
        assert!(OSS_V4.contains(from));
        OSS_V4.replace(from, to)
    };
    for (headers, expected) in [
        (header("x-oss-date: 20260115T083000Z\n", ""), missing_of("Date")),
        (header("20260115T083000Z", "2026-01-15T08:30:00Z"), TimestampFormat),
        (header("20260115T083000Z", "20260116T083000Z"), DateScopeMismatch),
        (header("aliyun_v4_request", "aws4_request"), MalformedAuthorization),
        (header("AK/", "A K/"), AccessKeyIdFormat),
        (header(",Signature", ",AdditionalHeaders=range,Signature"), missing_of("range")),
        (header(",Signature", ",AdditionalHeaders=host;host,Signature"), MalformedAuthorization),
        (header(",Signature", ",SignedHeaders=host,Signature"), MalformedAuthorization),
        (format!("{OSS_V4}x-oss-content-sha256: {}", "0".repeat(64)), BodyHashMismatch),
    ] {
        check(Surface::Oss, "/", &headers, &expected);
    }
    let url = |from: &str, to: &str| {
        assert!(OSS_V4_URL.contains(from));
        OSS_V4_URL.replace(from, to)
    };
    for (target, expected) in [
        (url("&x-oss-date=20260115T083000Z", ""), missing_of("x-oss-date")),
        (url("&x-oss-signature=s", ""), missing_of("x-oss-signature")),
        (url("&x-oss-expires=60", ""), missing_of("x-oss-expires")),
        (url("expires=60", "expires=0"), ExpiresOutOfRange),
        (url("expires=60", "expires=604801"), ExpiresOutOfRange),
        (url("expires=60", "expires=-60"), ExpiresOutOfRange),
        (url("expires=60", "expires=99999999999999999999"), ExpiresOutOfRange),
        (url("20260115T083000Z", "20260114T083000Z"), DateScopeMismatch),
        (url("AK/20260115", "20260115"), MalformedAuthorization),
        (format!("{OSS_V4_URL}&security-token=x"), TokenPlacement),
    ] {
        check(Surface::Oss, &target, "", &expected);
    }
    check(Surface::Oss, OSS_V4_URL, "x-oss-security-token: x", &TokenPlacement);
}

#[test]
fn what_looks_like_no_proof_is_anonymous() {
    let anonymous = "/?Action=AssumeRoleWithOIDC&Timestamp=2026-01-15T08:30:00Z&SignatureNonce=n";
    for (surface, target) in [
        (Surface::Rpc, "/"),
        (Surface::Rpc, anonymous),
        (Surface::Oss, "/k"),
        (Surface::Oss, "/k?acl&prefix=a&Expires=1"),
    ] {
        assert!(parse(surface, target, "x-acs-date: 2026-01-15T08:30:00Z", "").unwrap().is_none());
    }
}

#[test]
fn what_is_presented_is_told() {
    let at = parse_seconds("2026-01-15T08:30:00Z").unwrap();
    let until = |seconds| Window::Between {
        signed_at: at,
        expires_at: Timestamp::from_second(at.as_second() + seconds).unwrap(),
    };
    let week = OSS_V4_URL.replace("expires=60", "expires=604800");
    for (surface, target, headers, scheme, window) in [
        (Surface::Rpc, V1, "", Scheme::RpcV1, Window::Near(at)),
        (Surface::Rpc, "/", ACS3, Scheme::Acs3, Window::Near(at)),
        (Surface::Oss, "/", OSS_V1, Scheme::OssV1Header, Window::Near(at)),
        (Surface::Oss, OSS_V1_URL, "", Scheme::OssV1Query, Window::Until(at)),
        (Surface::Oss, "/", OSS_V4, Scheme::OssV4Header, Window::Near(at)),
        (Surface::Oss, OSS_V4_URL, "", Scheme::OssV4Query, until(60)),
        (Surface::Oss, week.as_str(), "", Scheme::OssV4Query, until(604_800)),
    ] {
        let presented = parse(surface, target, headers, "").unwrap().unwrap();
        assert_eq!((presented.scheme(), presented.window()), (scheme, window), "{target}");
        assert_eq!(presented.access_key_id().as_str(), "AK");
        assert_eq!(presented.nonce(), (surface == Surface::Rpc).then_some("n"));
        let v4 = matches!(scheme, Scheme::OssV4Header | Scheme::OssV4Query);
        assert_eq!(presented.region(), v4.then_some("cn-hangzhou"));
        assert_eq!(presented.product(), v4.then_some("oss"));
        assert!(presented.security_token().is_none());
        assert_eq!(presented.signed_at().is_none(), scheme == Scheme::OssV1Query);
    }
    for (expires, end) in [("-1", -1), ("4102444800", 4_102_444_800)] {
        let target = OSS_V1_URL.replace("1768465800", expires);
        let window = parse(Surface::Oss, &target, "", "").unwrap().unwrap().window();
        assert_eq!(window, Window::Until(Timestamp::from_second(end).unwrap()));
    }
    let forever = OSS_V1_URL.replace("1768465800", "99999999999999999999");
    let window = parse(Surface::Oss, &forever, "", "").unwrap().unwrap().window();
    assert_eq!(window, Window::Until(Timestamp::MAX));
}

#[test]
fn a_body_that_was_not_read_is_left_to_its_reader() {
    let hash = "A".repeat(64);
    let headers = format!("{OSS_V4}x-oss-content-sha256: {hash}");
    let headers = headers.lines().filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let head = RequestHead::decode("PUT", "/", headers).unwrap();
    let presented = present(Surface::Oss, &head, &[], None, Some(("b", "k"))).unwrap().unwrap();
    assert_eq!(presented.declared_body_sha256(), Some("a".repeat(64).as_str()));
    let unsigned = parse(Surface::Oss, "/", OSS_V4, "").unwrap().unwrap();
    assert_eq!(unsigned.declared_body_sha256(), None);
}

#[test]
fn a_bucket_is_signed_with_and_without_its_slash() {
    let secret = Secret::new("secret".to_owned());
    let signed = |resource: &str| {
        let text = format!("GET\n\n\nThu, 15 Jan 2026 08:30:00 GMT\n{resource}");
        let signature = hmac_sha1_base64(b"secret", text.as_bytes());
        OSS_V1.replace("AK:s", &format!("AK:{signature}"))
    };
    for (path, resource, key, holds) in [
        ("/b", "/b", "", true),
        ("/b", "/b/", "", true),
        ("/b/", "/b/", "", true),
        ("/b/", "/b", "", false),
        ("/", "/b", "", false),
        ("/b", "/b", "b", false),
        ("/b/k", "/b/k", "k", true),
        ("/b/k", "/b/b/k", "k", false),
        ("/b/k", "/k", "k", false),
    ] {
        let headers = signed(resource);
        let headers = headers.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let head = RequestHead::decode("GET", path, headers).unwrap();
        let presented = present(Surface::Oss, &head, &[], None, Some(("b", key))).unwrap().unwrap();
        assert_eq!(presented.verify(&secret).is_ok(), holds, "{path} {resource} {key}");
    }
}
