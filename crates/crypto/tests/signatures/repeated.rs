//! No name that authenticates is there twice (V06): every field, in every pair of places, in every
//! spelling, on a request of every scheme, before its signature is looked at.

use rolecall_crypto::PresentError;

use crate::request::{Request, SCHEMES, credentials, pairs};

/// What authenticates, or says who asks for what.
const FIELDS: [&str; 35] = [
    "AccessKeyId",
    "Action",
    "Authorization",
    "BearerToken",
    "Expires",
    "Format",
    "OSSAccessKeyId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
    "security-token",
    "x-acs-accesskey-id",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-security-token",
    "x-acs-signature-nonce",
    "x-acs-version",
    "x-amz-date",
    "x-amz-security-token",
    "x-oss-additional-headers",
    "x-oss-content-sha256",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
    "x-oss-user-agent",
    "X-Oss-Process",
];

/// Headers of which HTTP knows one. A parameter of such a name is a business parameter.
const HEADERS: [&str; 6] =
    ["Authorization", "Date", "Content-Type", "Content-MD5", "Content-Length", "security-token"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Query,
    Form,
    Header,
}

const PLACES: [(Place, Place); 6] = [
    (Place::Query, Place::Query),
    (Place::Form, Place::Form),
    (Place::Query, Place::Form),
    (Place::Header, Place::Header),
    (Place::Header, Place::Query),
    (Place::Header, Place::Form),
];

fn spellings(name: &str) -> [String; 5] {
    let alternate = |(index, letter): (usize, char)| match index % 2 {
        0 => letter.to_ascii_uppercase(),
        _ => letter.to_ascii_lowercase(),
    };
    let (first, last) = name.split_at(name.len() - 1);
    [
        name.to_owned(),
        name.to_ascii_lowercase(),
        name.to_ascii_uppercase(),
        name.chars().enumerate().map(alternate).collect(),
        format!("{first}{}", last.to_ascii_uppercase()),
    ]
}

/// Whether a name is one and the same thing as a header and as a parameter.
fn is_shared(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let alone = name == "authorization" || name == "security-token";
    alone || ["x-acs-", "x-oss-", "x-amz-"].iter().any(|prefix| name.starts_with(prefix))
}

fn put(request: &mut Request, place: Place, name: &str, value: &str) {
    let pair = (name.to_owned(), value.to_owned());
    match place {
        Place::Query => request.query.push(pair),
        Place::Form => request.form.push(pair),
        Place::Header => request.headers.push(pair),
    }
}

#[test]
fn every_field_place_and_spelling_is_refused() {
    let mut cases = 0;
    for scheme in SCHEMES {
        let signed = Request::signed(scheme, &credentials(None), &Vec::new());
        assert!(signed.holds(), "{scheme:?}");
        for field in FIELDS {
            for (first, second) in PLACES {
                if first == Place::Header && !is_shared(field) {
                    continue;
                }
                for spelling in spellings(field) {
                    let mut request = signed.clone();
                    put(&mut request, first, field, "same");
                    put(&mut request, second, &spelling, "same");
                    let case = format!("{scheme:?}: {field} {first:?}, {spelling} {second:?}");
                    match request.present() {
                        Err(PresentError::Repeated { name }) => {
                            assert!(name.eq_ignore_ascii_case(field), "{case}: {name}");
                        }
                        other => panic!("{case}: {other:?}"),
                    }
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 3600, "{cases}");
}

#[test]
fn one_more_of_what_the_request_has_is_refused() {
    for scheme in SCHEMES {
        let signed = Request::signed(scheme, &credentials(Some("CAIStoken")), &Vec::new());
        let fields = [
            (Place::Query, &signed.query),
            (Place::Form, &signed.form),
            (Place::Header, &signed.headers),
        ];
        for (place, fields) in fields {
            for (name, value) in fields {
                if name == "range" {
                    continue;
                }
                for value in [value.as_str(), "other", ""] {
                    let mut request = signed.clone();
                    put(&mut request, place, name, value);
                    let refused = request.present();
                    assert!(
                        matches!(refused, Err(PresentError::Repeated { .. })),
                        "{scheme:?} {name}: {refused:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_header_of_which_there_is_one_is_refused_twice() {
    for scheme in SCHEMES {
        for name in HEADERS {
            for spelling in spellings(name) {
                let mut request = Request::signed(scheme, &credentials(None), &Vec::new());
                put(&mut request, Place::Header, name, "a");
                put(&mut request, Place::Header, &spelling, "a");
                let refused = request.present();
                assert!(
                    matches!(refused, Err(PresentError::Repeated { .. })),
                    "{scheme:?} {name} {spelling}: {refused:?}"
                );
            }
        }
    }
}

#[test]
fn an_anonymous_request_is_refused_too() {
    for scheme in [SCHEMES[0], SCHEMES[2]] {
        let mut request = Request::signed(scheme, &credentials(None), &Vec::new());
        request.query = pairs(&[("prefix", "a"), ("Prefix", "b")]);
        request.headers.clear();
        request.form.clear();
        let name = "prefix".to_owned();
        let refused = request.present().map(|presented| presented.is_some());
        assert!(matches!(refused, Err(PresentError::Repeated { name: n })
                if n.eq_ignore_ascii_case(&name)));
        request.query.pop();
        assert!(matches!(request.present(), Ok(None)));
    }
}

#[test]
fn ordinary_headers_may_repeat() {
    for scheme in SCHEMES {
        let mut request = Request::signed(scheme, &credentials(None), &Vec::new());
        for _ in 0..2 {
            put(&mut request, Place::Header, "via", "1.1 proxy");
            put(&mut request, Place::Header, "accept", "*/*");
        }
        assert!(request.holds(), "{scheme:?}");
    }
}
