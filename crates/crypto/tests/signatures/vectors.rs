//! The published vectors: what the vendor's own clients sign.

use rolecall_crypto::{
    DayKeys, Presented, RequestHead, Scheme, Surface, decode_form, present, present_form,
    sha256_hex,
};
use rolecall_types::Secret;
use serde_json::{Map, Value};

use crate::request::{encode, mismatch};

const RPC: &str = include_str!("../vectors/signature.json");
const OSS: &str = include_str!("../vectors/oss-signature.json");

/// ROA V1 is not spoken: its vector must be refused as an unknown method, never taken for
/// anonymous.
const NOT_SPOKEN: [&str; 1] = ["roa-get-clusters"];

/// Old versions of opendal sign the bucket twice in path style. Were that accepted, a signature for
/// the key `b/k` of the bucket `b` would also serve its key `k`.
const AMBIGUOUS: [&str; 2] = ["opendal-v1-path-double-bucket", "opendal-v1-put-path-double-bucket"];

#[test]
fn rpc() {
    let vectors: Value = serde_json::from_str(RPC).unwrap();
    let (mut seen, mut refused) = (0, Vec::new());
    for vector in vectors["vectors"].as_array().unwrap() {
        let name = text(vector, "name");
        let presented = match present_rpc(vector) {
            Ok(presented) => presented.unwrap(),
            Err(error) => {
                assert_eq!(error, rolecall_crypto::PresentError::SignatureMethod, "{name}");
                refused.push(name);
                continue;
            }
        };
        let expected = &vector["expected"];
        check(name, &presented, text(&vector["input"], "access_key_secret"), expected);
        seen += 1;
    }
    assert_eq!((seen, refused), (14, NOT_SPOKEN.to_vec()));
}

#[test]
fn forms() {
    let vectors: Value = serde_json::from_str(OSS).unwrap();
    let vectors = vectors["post_policy_vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let name = text(vector, "name");
        let fields = vector["form_fields"].as_object().unwrap();
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let secret = Secret::new(text(vector, "access_key_secret").to_owned());
        let verify = |fields: &[(String, String)]| {
            let presented = present_form(fields).ok()??;
            presented.verify_with(&secret, &DayKeys::new()).ok()?;
            presented.verify(&secret).ok()
        };
        assert_eq!(verify(&fields), Some(()), "{name}");
        let lower: Vec<_> =
            fields.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        assert_eq!(verify(&lower), Some(()), "{name}");
        for index in 0..fields.len() {
            let mut changed = fields.clone();
            changed[index].1.insert(5, 'x');
            // The id says whose secret it is, which is looked up elsewhere.
            let expected =
                ["OSSAccessKeyId", "x-oss-credential"].contains(&&*fields[index].0).then_some(());
            assert_eq!(verify(&changed), expected, "{name}: {} changed", fields[index].0);
            let mut repeated = fields.clone();
            repeated.push(fields[index].clone());
            assert!(present_form(&repeated).is_err(), "{name}: {} twice", fields[index].0);
            let mut fewer = fields.clone();
            fewer.remove(index);
            assert!(present_form(&fewer).is_err(), "{name}: without {}", fields[index].0);
        }
    }
    let plain = [("key".to_owned(), "k".to_owned())];
    assert!(present_form(&plain).unwrap().is_none());
}

#[test]
fn oss() {
    let vectors: Value = serde_json::from_str(OSS).unwrap();
    let (mut seen, mut ambiguous) = (0, Vec::new());
    let lists = ["sdk_vectors", "captured_vectors"].map(|list| vectors[list].as_array().unwrap());
    for vector in lists.into_iter().flatten() {
        let name = text(vector, "name");
        let presented = present_oss(vector).unwrap().unwrap();
        let secret = text(vector, "access_key_secret");
        if presented.verify(&Secret::new(secret.to_owned())).is_err() && AMBIGUOUS.contains(&name) {
            ambiguous.push(name);
            continue;
        }
        check(name, &presented, secret, vector);
        let token = presented.security_token().map(|token| token.expose().as_str());
        assert_eq!(token, vector["security_token"].as_str(), "{name}");
        let version = match presented.scheme() {
            Scheme::OssV1Header | Scheme::OssV1Query | Scheme::OssV1Form => "V1",
            Scheme::OssV2Header | Scheme::OssV2Query => "V2",
            Scheme::AmazonHeader | Scheme::AmazonQuery => "AWS4",
            Scheme::OssV4Header | Scheme::OssV4Query | Scheme::OssV4Form => "V4",
            Scheme::RpcV1 | Scheme::Acs3 => "RPC",
        };
        assert_eq!(version, text(vector, "version"), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 51);
    assert_eq!(ambiguous, AMBIGUOUS);
}

fn check(name: &str, presented: &Presented, secret: &str, expected: &Value) {
    let mismatch = mismatch(presented);
    assert_eq!(mismatch.string_to_sign, text(expected, "string_to_sign"), "{name}");
    if let Some(canonical_request) = expected["canonical_request"].as_str() {
        assert_eq!(mismatch.canonical_request.as_deref(), Some(canonical_request), "{name}");
    }
    assert_eq!(mismatch.provided, text(expected, "signature"), "{name}");
    let secret = Secret::new(secret.to_owned());
    assert_eq!(presented.verify(&secret), Ok(()), "{name}");
    let day_keys = DayKeys::new();
    for _ in 0..2 {
        assert_eq!(presented.verify_with(&secret, &day_keys), Ok(()), "{name}");
    }
}

fn present_rpc(vector: &Value) -> Result<Option<Presented>, rolecall_crypto::PresentError> {
    let (input, expected) = (&vector["input"], &vector["expected"]);
    let mut headers = headers(input.get("headers").unwrap_or(&Value::Null));
    if let Some(authorization) = expected["authorization"].as_str() {
        headers.push(("Authorization".to_owned(), authorization.as_bytes().to_vec()));
    }
    let target = input["request_target"]
        .as_str()
        .or_else(|| expected["request_target"].as_str())
        .map_or_else(|| rebuilt_target(vector), str::to_owned);
    let head = RequestHead::decode(text(input, "method"), &target, headers).unwrap();
    let form_params = input["form_params"].as_object();
    let body = match input["body"].as_str() {
        Some(body) => body.to_owned(),
        None => form_params.map(form_text).unwrap_or_default(),
    };
    let form = if form_params.is_some_and(|form| !form.is_empty()) {
        decode_form(body.as_bytes()).unwrap()
    } else {
        Vec::new()
    };
    present(Surface::Rpc, &head, &form, Some(&sha256_hex(body.as_bytes())), None)
}

/// The target of a vector that gives its parameters only.
fn rebuilt_target(vector: &Value) -> String {
    let (input, expected) = (&vector["input"], &vector["expected"]);
    let mut query = input["query_params"].as_object().cloned().unwrap_or_default();
    if text(vector, "scheme") == "RPC-V1-HMAC-SHA1" {
        query.insert("Signature".to_owned(), expected["signature"].clone());
    }
    format!("{}?{}", input["path"].as_str().unwrap_or("/"), form_text(&query))
}

fn present_oss(vector: &Value) -> Result<Option<Presented>, rolecall_crypto::PresentError> {
    let headers = headers(&vector["headers"]);
    let head = RequestHead::decode(text(vector, "method"), text(vector, "url"), headers).unwrap();
    let resource =
        vector["bucket"].as_str().map(|bucket| (bucket, vector["key"].as_str().unwrap_or("")));
    let body = vector["body_utf8"].as_str().map(|body| sha256_hex(body.as_bytes()));
    present(Surface::Oss, &head, &[], body.as_deref(), resource)
}

fn headers(object: &Value) -> Vec<(String, Vec<u8>)> {
    let headers = object.as_object().into_iter().flatten();
    headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().into())).collect()
}

fn form_text(parameters: &Map<String, Value>) -> String {
    let piece = |(name, value): (&String, &Value)| {
        format!("{}={}", encode(name), encode(value.as_str().unwrap()))
    };
    parameters.iter().map(piece).collect::<Vec<_>>().join("&")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is not a text in {value}"))
}
