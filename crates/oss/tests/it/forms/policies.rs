//! What the policy of a form allows, and who may sign one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{body, form, policy, post};
use crate::support::{FormProof, Request, Signed, World, get};

/// Fields that are signed by hand, so that each of them may be changed.
type Fields = Vec<(String, String)>;

fn send_of(fields: &Fields, content: &str) -> Request {
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    post(body(&fields, "name.txt", content))
}

/// Fields with a policy on every one of them, of V1 and V4.
fn covered(world: &World, proof: FormProof) -> Fields {
    let own = [
        ("key", "user/a"),
        ("x-oss-meta-tag", "red"),
        ("success_action_status", "200"),
        ("x-oss-content-type", "image/png"),
        ("Cache-Control", "no-store"),
    ];
    let conditions = json!([
        {"bucket": "bucket"},
        ["starts-with", "$key", "user/"],
        ["eq", "$x-oss-meta-tag", "red"],
        ["in", "$success_action_status", ["200", "201"]],
        ["in", "$content-type", ["image/png", "image/jpeg"]],
        ["not-in", "$cache-control", ["public"]],
        ["content-length-range", 2, 5],
    ]);
    let mut fields = world.proof("LTAIroot", &policy(&conditions), proof);
    fields.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields
}

#[tokio::test]
async fn whoever_alters_a_field_is_refused() {
    let world = World::new().await;
    for proof in [FormProof::V1, FormProof::V4] {
        let fields = covered(&world, proof);
        world.send(send_of(&fields, "hello")).await.assert_status(200);
        for (index, (name, _)) in fields.iter().enumerate() {
            let mut fewer = fields.clone();
            fewer.remove(index);
            let answer = world.send(send_of(&fewer, "hello")).await;
            let refused = match name.as_str() {
                // The browser's own word for the type counts then, and it is not allowed either.
                "x-oss-content-type" => answer.status == 403,
                _ => matches!(answer.status, 400 | 403),
            };
            assert!(refused, "without {name}: {answer:?}");
            let mut altered = fields.clone();
            altered[index].1.insert(0, 'p');
            let answer = world.send(send_of(&altered, "hello")).await;
            let allowed = name == "Cache-Control";
            assert_eq!(answer.status == 200, allowed, "{name} altered: {answer:?}");
            let mut repeated = fields.clone();
            repeated.push(fields[index].clone());
            let answer = world.send(send_of(&repeated, "hello")).await;
            assert_eq!(answer.status, 400, "{name} twice: {answer:?}");
        }
        for (content, code) in [("h", "EntityTooSmall"), ("hello!", "EntityTooLarge")] {
            world.send(send_of(&fields, content)).await.assert_error(400, code);
        }
        let mut elsewhere = send_of(&fields, "hello");
        elsewhere.bucket = Some("other".to_owned());
        world.send(elsewhere).await.assert_error(403, "AccessDenied");
    }
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn whoever_alters_a_condition_is_refused() {
    let world = World::new().await;
    for proof in [FormProof::V1, FormProof::V4] {
        let fields = covered(&world, proof);
        let at = fields.iter().position(|(name, _)| name == "policy").unwrap();
        let text = STANDARD.decode(&fields[at].1).unwrap();
        let signed: Value = serde_json::from_slice(&text).unwrap();
        let count = signed["conditions"].as_array().unwrap().len();
        for index in 0..count {
            let mut changed = signed.clone();
            changed["conditions"].as_array_mut().unwrap().remove(index);
            let mut forged = fields.clone();
            forged[at].1 = STANDARD.encode(changed.to_string());
            let answer = world.send(send_of(&forged, "hello")).await;
            answer.assert_error(403, "SignatureDoesNotMatch");
        }
    }
}

#[tokio::test]
async fn conditions_of_every_kind() {
    let world = World::new().await;
    for (condition, holds) in [
        (json!({"bucket": "bucket"}), true),
        (json!({"bucket": "other"}), false),
        (json!(["eq", "$bucket", "bucket"]), true),
        (json!({"key": "user/name.txt"}), true),
        (json!({"Key": "user/name.txt"}), true),
        (json!(["eq", "$KEY", "user/name.txt"]), true),
        (json!(["eq", "$key", "user/${filename}"]), false),
        (json!(["starts-with", "$key", ""]), true),
        (json!(["starts-with", "$key", "user/n"]), true),
        (json!(["starts-with", "$key", "other/"]), false),
        (json!(["starts-with", "$absent", ""]), false),
        (json!(["not-in", "$absent", ["x"]]), false),
        (json!(["in", "$key", ["x", "user/name.txt"]]), true),
        (json!(["in", "$key", []]), false),
        (json!(["not-in", "$key", ["x"]]), true),
        (json!(["not-in", "$key", ["user/name.txt"]]), false),
        (json!(["eq", "$content-type", "text/plain"]), true),
        (json!(["content-length-range", 5, 5]), true),
        (json!(["content-length-range", "0", "5"]), true),
        (json!(["content-length-range", 0, 18_446_744_073_709_551_615_u64]), true),
    ] {
        let signed = policy(&json!([condition.clone()]));
        let asked = form(&[("key", "user/${filename}"), ("policy", &signed)], "hello");
        let answer = world.send(asked).await;
        if holds {
            assert_eq!(answer.status, 204, "{condition}: {answer:?}");
        } else {
            answer.assert_error(403, "AccessDenied");
            let expected =
                format!("Invalid according to Policy: Policy Condition failed: {condition}");
            assert_eq!(answer.error().text("Message"), expected);
        }
    }
    // Two ranges: both hold.
    let both = json!([["content-length-range", 0, 10], ["content-length-range", 6, 20]]);
    let asked = form(&[("key", "k"), ("policy", &policy(&both))], "hello");
    world.send(asked).await.assert_error(400, "EntityTooSmall");
}

#[tokio::test]
async fn what_is_no_policy() {
    let world = World::new().await;
    let expiration = "2033-01-01T00:00:00.000Z";
    let wrong_conditions = [
        json!("x"),
        json!(["eq", "$key"]),
        json!(["eq", "key", "v"]),
        json!(["like", "$key", "v"]),
        json!(["eq", "$key", 1]),
        json!(["in", "$key", "v"]),
        json!(["in", "$key", [1]]),
        json!({}),
        json!({"key": "a", "bucket": "b"}),
        json!({"key": 1}),
        json!(["content-length-range", 5, 4]),
        json!(["content-length-range", -1, 4]),
        json!(["content-length-range", 0, 1.5]),
        json!(["content-length-range", "+1", 4]),
        json!(["content-length-range", 0, "18446744073709551616"]),
        json!([["eq"]]),
        json!(null),
    ];
    let conditions = wrong_conditions
        .map(|condition| json!({"expiration": expiration, "conditions": [condition]}).to_string());
    let others = [
        "x",
        "{}",
        "[]",
        "{\"expiration\":\"2033-01-01T00:00:00.000Z\"}",
        "{\"conditions\":[]}",
        "{\"expiration\":\"tomorrow\",\"conditions\":[]}",
        "{\"expiration\":\"2033-01-01T00:00:00.000Z\",\"conditions\":[],\"conditions\":[]}",
    ];
    for text in conditions.into_iter().chain(others.map(str::to_owned)) {
        let asked = form(&[("key", "k"), ("policy", &STANDARD.encode(&text))], "x");
        let answer = world.send(asked).await;
        assert_eq!((answer.status, &*answer.code()), (400, "InvalidPolicyDocument"), "{text}");
        assert_eq!(answer.header("x-oss-ec"), Some("0006-00000213"));
    }
    for text in ["!", "e30=\n", "e30"] {
        let asked = form(&[("key", "k"), ("policy", text)], "x");
        world.send(asked).await.assert_error(400, "InvalidPolicyDocument");
    }
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
}

#[tokio::test]
async fn a_policy_ends() {
    let world = World::new().await;
    for proof in [FormProof::V1, FormProof::V4] {
        let fields = covered(&world, proof);
        world.clock.advance(59);
        world.send(send_of(&fields, "hello")).await.assert_status(200);
        world.clock.advance(1);
        let answer = world.send(send_of(&fields, "hello")).await;
        answer.assert_error(403, "AccessDenied");
        let message = "Invalid according to Policy: Policy expired.";
        assert_eq!(answer.error().text("Message"), message);
        world.clock.advance(-60);
    }
}

#[tokio::test]
async fn a_proof_that_is_not_whole_is_refused() {
    let world = World::new().await;
    for proof in [FormProof::V1, FormProof::V4] {
        let proof = world.proof("LTAIroot", &policy(&json!([])), proof);
        for index in 0..proof.len() {
            let mut fewer = proof.clone();
            let (name, _) = fewer.remove(index);
            fewer.push(("key".to_owned(), "k".to_owned()));
            let answer = world.send(send_of(&fewer, "x")).await;
            assert_eq!((answer.status, &*answer.code()), (400, "InvalidArgument"), "{name}");
            let mut empty = proof.clone();
            empty[index].1.clear();
            empty.push(("key".to_owned(), "k".to_owned()));
            let answer = world.send(send_of(&empty, "x")).await;
            assert_eq!((answer.status, &*answer.code()), (400, "InvalidArgument"), "{name}");
        }
    }
    let message = |fields: &[(&str, &str)]| {
        let fields: Fields =
            fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let asked = send_of(&fields, "x");
        async { world.send(asked).await.error().text("Message").to_owned() }
    };
    let signature = message(&[("key", "k"), ("OSSAccessKeyId", "LTAIroot"), ("policy", "e30=")]);
    assert_eq!(signature.await, "Post request signature is empty.");
    let key = message(&[("key", "k"), ("Signature", "x"), ("policy", "e30=")]);
    assert_eq!(key.await, "Post request accessKeyId is empty.");
    world.send(get("bucket", "k")).await.assert_error(404, "NoSuchKey");
    // Nobody, to whom nothing is allowed.
    let nobody = send_of(&vec![("key".to_owned(), "k".to_owned())], "x");
    world.send(nobody).await.assert_error(403, "AccessDenied");
    let unknown = form(&[("key", "k")], "x").by("LTAInobody");
    world.send(unknown).await.assert_error(403, "InvalidAccessKeyId");
    let missing = form(&[("key", "k")], "x");
    let missing = Request { bucket: Some("nothing".to_owned()), ..missing };
    world.send(missing).await.assert_error(404, "NoSuchBucket");
}

#[tokio::test]
async fn a_session_signs_with_its_token() {
    let world = World::new().await;
    let (who, token, secret) = world.session(&[]);
    for proof in [FormProof::V1, FormProof::V4] {
        let asked = |token: Option<String>| {
            let mut asked = form(&[("key", "k")], "x").by(&who);
            if let Signed::Form { proof: own, .. } = &mut asked.signed {
                *own = proof;
            }
            asked.token = token;
            asked
        };
        world.send_with(asked(Some(token.clone())), &secret).await.assert_status(204);
        let answer = world.send_with(asked(None), &secret).await;
        answer.assert_error(403, "InvalidAccessKeyId");
        let answer = world.send_with(asked(Some(format!("{token}A"))), &secret).await;
        answer.assert_error(403, "InvalidSecurityToken");
    }
}
