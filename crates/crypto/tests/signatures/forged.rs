//! A signature is for one request, and every bit of it counts (V13, V43, V52).

use rolecall_crypto::{PresentError, Scheme};

use crate::request::{Request, SCHEMES, credentials, encode};

type Change = (&'static str, fn(&mut Request));

fn set(pairs: &mut [(String, String)], name: &str, value: &str) {
    let pair = pairs.iter_mut().find(|(found, _)| found == name);
    value.clone_into(&mut pair.unwrap_or_else(|| panic!("no {name}")).1);
}

/// What no scheme lets pass.
const ANY: [Change; 2] = [
    ("another method", |request| request.method = "DELETE".to_owned()),
    ("a lower-case method", |request| request.method.make_ascii_lowercase()),
];

const RPC_V1: [Change; 6] = [
    ("another path", |request| request.path = "/other".to_owned()),
    ("another action", |request| {
        set(&mut request.query, "Action", "DeleteRole");
        set(&mut request.headers, "x-acs-action", "DeleteRole");
    }),
    ("another parameter", |request| request.query.push(("RoleName2".into(), "x".into()))),
    ("another value in the form", |request| set(&mut request.form, "RoleName", "admin")),
    ("a parameter less", |request| {
        request.form.pop();
    }),
    ("another nonce", |request| set(&mut request.query, "SignatureNonce", "other")),
];

const ACS3: [Change; 8] = [
    ("another path", |request| request.path = "/other".to_owned()),
    ("another host", |request| request.host = "sts.aliyuncs.com".to_owned()),
    ("another port", |request| request.host = "ram.aliyuncs.com:80".to_owned()),
    ("another action", |request| {
        set(&mut request.query, "Action", "DeleteRole");
        set(&mut request.headers, "x-acs-action", "DeleteRole");
    }),
    ("another query", |request| request.query.push(("RoleName".into(), "x".into()))),
    ("another body", |request| request.body.push(b'x')),
    ("another nonce", |request| set(&mut request.headers, "x-acs-signature-nonce", "other")),
    ("another header", |request| request.headers.push(("x-acs-more".into(), "x".into()))),
];

const OSS: [Change; 6] = [
    ("another key", |request| request.key = "dir/b".to_owned()),
    ("another bucket", |request| request.bucket = "other".to_owned()),
    ("another sub-resource", |request| request.query.push(("policy".into(), String::new()))),
    ("another version", |request| set(&mut request.query, "versionId", "v2")),
    ("another content type", |request| set(&mut request.headers, "content-type", "text/html")),
    ("another header", |request| request.headers.push(("x-oss-object-acl".into(), "x".into()))),
];

const OSS_V4: [Change; 1] =
    [("a parameter", |request| request.query.push(("prefix".into(), "x".into())))];

const AMAZON: [Change; 6] = [
    ("another path", |request| request.path = "/dir/b".to_owned()),
    ("another host", |request| request.host = "other.oss-cn-hangzhou.aliyuncs.com".to_owned()),
    ("another sub-resource", |request| request.query.push(("policy".into(), String::new()))),
    ("another version", |request| set(&mut request.query, "versionId", "v2")),
    ("another header", |request| request.headers.push(("x-amz-acl".into(), "x".into()))),
    ("a header of ours", |request| request.headers.push(("x-oss-object-acl".into(), "x".into()))),
];

/// The bucket itself, whose names could be mistaken for a key's.
const MOVES: [Change; 2] = [
    ("to the bucket", |request| request.key = String::new()),
    ("to a longer bucket", |request| {
        request.bucket = "bucket/dir".to_owned();
        request.key = "b".to_owned();
    }),
];

fn changes(scheme: Scheme) -> Vec<Change> {
    let of_scheme: Vec<Change> = match scheme {
        Scheme::RpcV1 => RPC_V1.to_vec(),
        Scheme::Acs3 => ACS3.to_vec(),
        Scheme::OssV1Header | Scheme::OssV1Query => [&OSS[..], &MOVES].concat(),
        Scheme::OssV2Header
        | Scheme::OssV2Query
        | Scheme::AmazonQuery
        | Scheme::OssV1Form
        | Scheme::OssV4Form => Vec::new(),
        Scheme::AmazonHeader => [&AMAZON[..], &OSS_V4].concat(),
        Scheme::OssV4Header | Scheme::OssV4Query => [&OSS[..], &MOVES, &OSS_V4].concat(),
    };
    [&ANY[..], &of_scheme].concat()
}

#[test]
fn a_signature_moved_to_another_request_is_refused() {
    for scheme in SCHEMES {
        for token in [None, Some("CAIStoken")] {
            let signed = Request::signed(scheme, &credentials(token), &Vec::new());
            assert!(signed.holds(), "{scheme:?}");
            for (what, change) in changes(scheme) {
                let mut request = signed.clone();
                change(&mut request);
                // V1 signs the method in upper case, and so does every client.
                let same = scheme == Scheme::RpcV1 && what == "a lower-case method";
                assert_eq!(request.holds(), same, "{scheme:?}: {what}");
            }
        }
    }
}

#[test]
fn every_bit_of_the_signature_counts() {
    for scheme in SCHEMES {
        let mut signed = Request::signed(scheme, &credentials(None), &Vec::new());
        let whole = signed.signature_field().clone();
        let markers = ["Signature=", "OSS LTAI5tEXAMPLEexampleAK01:"];
        let start = markers.iter().find_map(|marker| Some(whole.find(marker)? + marker.len()));
        let start = start.unwrap_or(0);
        for index in start..whole.len() {
            for bit in 0..7 {
                let mut bytes = whole.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                let mut request = signed.clone();
                *request.signature_field() = String::from_utf8(bytes).unwrap();
                assert!(!request.holds(), "{scheme:?}: byte {index} bit {bit}");
            }
            let mut request = signed.clone();
            request.signature_field().truncate(index);
            assert!(!request.holds(), "{scheme:?}: cut at {index}");
        }
        let mut request = signed.clone();
        request.signature_field().push('=');
        assert!(!request.holds(), "{scheme:?}: longer");
    }
}

#[test]
fn a_token_is_signed_where_the_scheme_signs_it() {
    for scheme in SCHEMES {
        let signed = Request::signed(scheme, &credentials(Some("CAIStoken")), &Vec::new());
        let token = signed.present().unwrap().unwrap();
        assert_eq!(token.security_token().unwrap().expose(), "CAIStoken");
        for replacement in [Some("CAISother"), None] {
            let mut request = signed.clone();
            for fields in [&mut request.query, &mut request.headers] {
                fields.retain(|(_, value)| value != "CAIStoken" || replacement.is_some());
                for (_, value) in fields.iter_mut().filter(|(_, value)| value == "CAIStoken") {
                    replacement.unwrap().clone_into(value);
                }
            }
            assert!(!request.holds(), "{scheme:?}: {replacement:?}");
        }
    }
}

#[test]
fn two_schemes_in_one_request_are_refused() {
    let signed = |scheme| Request::signed(scheme, &credentials(None), &Vec::new());
    let both = [
        (Scheme::Acs3, Scheme::RpcV1),
        (Scheme::OssV1Header, Scheme::OssV1Query),
        (Scheme::OssV1Header, Scheme::OssV4Query),
        (Scheme::OssV4Header, Scheme::OssV1Query),
        (Scheme::OssV4Header, Scheme::OssV4Query),
    ];
    for (in_header, in_query) in both {
        let mut request = signed(in_header);
        request.query = signed(in_query).query;
        // An `x-oss-date` in both places is a repetition, and refused as one.
        request.query.retain(|(name, _)| name != "x-oss-date");
        let refused = request.present().map(|presented| presented.is_some());
        assert_eq!(refused, Err(PresentError::BothHeaderAndQuery), "{in_header:?} {in_query:?}");
    }
    // One field of the other scheme is enough, in any case.
    for name in ["Signature", "SIGNATURENONCE", "signatureversion", "BearerToken"] {
        let mut request = signed(Scheme::Acs3);
        // The nonce says the same as its header: otherwise the contradiction is reported.
        let nonce = request.headers.iter().find(|(name, _)| name == "x-acs-signature-nonce");
        let nonce = nonce.unwrap().1.clone();
        request.query.push((name.to_owned(), nonce));
        let refused = request.present().map(|presented| presented.is_some());
        assert_eq!(refused, Err(PresentError::BothHeaderAndQuery), "{name}");
    }
}

#[test]
fn the_order_and_the_encoding_of_the_query_do_not_matter() {
    for scheme in SCHEMES {
        let extra = vec![("response-content-type".to_owned(), "a b/c".to_owned())];
        let mut request = Request::signed(scheme, &credentials(None), &extra);
        request.query.reverse();
        assert!(request.holds(), "{scheme:?}");
        assert_eq!(encode("a b/c"), "a%20b%2Fc");
    }
}
