//! What is signed verifies, whatever the names and values.

use proptest::prelude::*;
use rolecall_crypto::{DayKeys, Scheme, decode_path, percent_encode_path};

use crate::request::{Request, SCHEMES, credentials, secret};

/// Names that are nothing but business, yet full of what encodings stumble over.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,8}\\.[0-9]{1,3}\\.[A-Za-z]{1,8}",
        "n[ -~]{0,8}",
        "n[é中😀&=+%/?#~*'() \\t\\n]{0,6}",
    ]
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    // A name is there once, in whatever case; the map is by its lower case.
    let value = "[ -~é中😀&=+%/?#~*'() \\t\\n]{0,12}";
    proptest::collection::btree_map(name(), value, 0..8).prop_map(|pairs| {
        let mut seen = std::collections::BTreeSet::new();
        pairs.into_iter().filter(|(name, _)| seen.insert(name.to_ascii_lowercase())).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn verify_undoes_sign(
        scheme in 0..SCHEMES.len(),
        extra in parameters(),
        token in proptest::option::of("CAIS[A-Za-z0-9+/=]{1,40}"),
    ) {
        let scheme = SCHEMES[scheme];
        let known = ["acl", "versionid", "action", "version", "rolename", "description"];
        prop_assume!(extra.iter().all(|(n, _)| !known.contains(&n.to_ascii_lowercase().as_str())));
        let request = Request::signed(scheme, &credentials(token.as_deref()), &extra);
        let presented = request.present().unwrap().unwrap();
        prop_assert_eq!(presented.scheme(), scheme);
        prop_assert_eq!(presented.verify(&secret()), Ok(()));
        prop_assert_eq!(presented.verify_with(&secret(), &DayKeys::new()), Ok(()));
        prop_assert_eq!(presented.security_token().map(|t| t.expose().clone()), token);
        prop_assert_eq!(
            presented.nonce().is_some(),
            matches!(scheme, Scheme::RpcV1 | Scheme::Acs3)
        );
    }

    #[test]
    fn an_object_of_any_name_has_one_signature(key in "[ -~é中😀/%+?#\\t\\n]{1,30}", other in "[ -~]{1,30}") {
        for scheme in [Scheme::OssV4Header, Scheme::OssV4Query] {
            let mut request = Request::signed(scheme, &credentials(None), &Vec::new());
            prop_assert!(request.holds());
            request.path = format!("/{}", percent_encode_path(key.as_bytes()));
            request.key = decode_path(&request.path).unwrap().split_off(1);
            prop_assert_eq!(&request.key, &key);
            prop_assert_eq!(request.holds(), key == "dir/a");
            request.key = other.clone();
            prop_assert_eq!(request.holds(), other == "dir/a");
        }
    }

    #[test]
    fn no_request_panics(
        target in "/[ -~]{0,60}",
        authorization in "(OSS |OSS4-HMAC-SHA256 |ACS3-HMAC-SHA256 |acs )?[ -~]{0,60}",
        date in "[ -~]{0,24}",
    ) {
        use rolecall_crypto::{RequestHead, Surface, present};
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let headers = vec![
            header("host", "h"),
            header("authorization", &authorization),
            header("date", &date),
        ];
        if let Ok(head) = RequestHead::decode("GET", &target, headers) {
            for surface in [Surface::Rpc, Surface::Oss] {
                if let Ok(Some(presented)) = present(surface, &head, &[], None, Some(("b", "k"))) {
                    prop_assert!(presented.verify(&secret()).is_err());
                }
            }
        }
    }
}
