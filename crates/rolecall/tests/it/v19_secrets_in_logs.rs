//! V19, secrets in logs: what is secret in a request or an answer is in no log, audit record,
//! metric, error or file, at the most talkative level, also where the request was malformed.

use std::fs;
use std::path::Path;

use rolecall_api::Product;
use rolecall_types::{Random, SystemRandom};

use crate::harness::{
    ACCOUNT, ALLOW_ALL, Object, Request, Scheme, Server, Setup, TRUST_ACCOUNT, credentials,
};

/// Texts that must not be seen anywhere.
#[derive(Default)]
struct Canaries(Vec<(String, String)>);

impl Canaries {
    /// A text of its own, to put where a secret stands.
    fn fresh(&mut self, what: &str) -> String {
        let text = SystemRandom.text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 32);
        self.watch(what, &text);
        text
    }

    fn watch(&mut self, what: &str, text: &str) {
        assert!(text.len() >= 8, "{what} is too short to be looked for");
        self.0.push((what.to_owned(), text.to_owned()));
    }

    fn check(&self, place: &str, bytes: &[u8]) {
        for (what, text) in &self.0 {
            let hit = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!hit, "{what} is in {place}");
        }
    }
}

fn talkative() -> (Server, Canaries) {
    let mut canaries = Canaries::default();
    let secret = canaries.fresh("the root secret");
    let environment =
        vec![("ROLECALL_LOG", "trace".to_owned()), ("ROLECALL_ROOT_ACCESS_KEY_SECRET", secret)];
    (Server::start_with(Setup { environment, ..Setup::default() }), canaries)
}

/// Everything that the server wrote and shows.
fn check_everywhere(server: &Server, canaries: &Canaries) {
    canaries.check("the log", server.log().as_bytes());
    canaries.check("the audit trail", server.audit().as_bytes());
    let metrics = server.send(&Request::plain("GET", "/_rolecall/metrics"));
    canaries.check("the metrics", &metrics.body);
    let health = server.send(&Request::plain("GET", "/_rolecall/health"));
    canaries.check("the health", &health.body);
    let mut seen = 0;
    check_files(&server.data(), canaries, &mut seen);
    assert!(seen > 8, "{seen} files");
}

fn check_files(folder: &Path, canaries: &Canaries, seen: &mut u32) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_files(&path, canaries, seen);
        } else if let Ok(bytes) = fs::read(&path) {
            canaries.check(&path.display().to_string(), &bytes);
            *seen += 1;
        }
    }
}

/// The secret parts of a signed request.
fn watch_signature(canaries: &mut Canaries, request: &Request) {
    for (name, value) in &request.query {
        if matches!(name.as_str(), "Signature" | "x-oss-signature") {
            canaries.watch("a signature in a query", value);
        }
    }
    for (name, value) in &request.headers {
        if name == "authorization" {
            let signature = value.rsplit(['=', ':']).find(|part| part.len() >= 8).unwrap();
            canaries.watch("a signature in a header", signature);
        }
    }
}

#[test]
fn secrets_of_good_requests() {
    let (server, mut canaries) = talkative();
    let user = server.user("alice", ALLOW_ALL);
    canaries.watch("a user's secret", user.secret.expose());
    server.role("admin", TRUST_ACCOUNT);
    let session = server.session(&user, "admin");
    canaries.watch("a session's secret", session.secret.expose());
    canaries.watch("a session's token", session.security_token.as_ref().unwrap().expose());
    for caller in [&server.root, &user, &session] {
        for scheme in Scheme::RPC {
            let call = (Product::Sts, "GetCallerIdentity");
            let request = server.request(scheme, caller, call, &[]);
            watch_signature(&mut canaries, &request);
            let answer = server.send(&request);
            assert_eq!(answer.status, 200, "{answer:?}");
            canaries.check("an answer", &answer.body);
        }
        for scheme in Scheme::OSS {
            let request = Object::new(scheme, caller, "GET", ("", "")).sign();
            watch_signature(&mut canaries, &request);
            let answer = server.send(&request);
            assert_eq!(answer.status, 200, "{answer:?}");
            canaries.check("an answer", &answer.body);
        }
    }
    assert!(canaries.0.len() > 20);
    check_everywhere(&server, &canaries);
}

/// Requests that are wrong in many ways, with secrets in the fields where they belong. An answer
/// repeats none of them: the string to sign goes back without its secret.
#[test]
fn secrets_of_bad_requests() {
    let (server, mut canaries) = talkative();
    let user_data = canaries.fresh("user data");
    for (action, parameters) in [
        ("RunInstances", vec![("UserData", user_data.as_str())]),
        ("RunInstances", vec![("UserData", user_data.as_str()), ("Amount", "x")]),
        ("RunInstances", vec![("UserData", user_data.as_str()), ("Stranger", "x")]),
        ("Nothing", vec![("UserData", user_data.as_str())]),
    ] {
        for scheme in Scheme::RPC {
            let call = (Product::Ecs, action);
            let answer = server.send(&server.request(scheme, &server.root, call, &parameters));
            assert!(answer.is_refused(), "{answer:?}");
            canaries.check("an answer", &answer.body);
        }
    }
    for scheme in [Scheme::RPC.as_slice(), &Scheme::OSS].concat() {
        let (secret, token) = (canaries.fresh("a secret"), canaries.fresh("a token"));
        for id in ["LTAIroot", "STS.nobody", "LTAInobody", "not an id"] {
            let caller = credentials(id, &secret, Some(&token));
            let request = if Scheme::RPC.contains(&scheme) {
                server.request(scheme, &caller, (Product::Ram, "ListUsers"), &[])
            } else {
                Object::new(scheme, &caller, "GET", ("bucket", "key")).sign()
            };
            let mut cut = request.clone();
            cut.body = b"UserName=%".to_vec();
            let mut torn = request.clone();
            torn.method = "DELETE".to_owned();
            for request in [request.clone().parameter("x", "\u{1}"), cut, torn, request] {
                let answer = server.send(&request);
                assert!(answer.is_refused(), "{scheme:?} {id}: {answer:?}");
                let own = answer.code() == "SignatureDoesNotMatch";
                if !own {
                    canaries.check(&format!("the answer to {scheme:?} {id}"), &answer.body);
                }
            }
        }
    }
    for path in ["/_rolecall/clock", "/_rolecall/nothing", "/"] {
        let secret = canaries.fresh("a header");
        let request = Request::plain("POST", path)
            .header("authorization", &format!("ACS3-HMAC-SHA256 Credential=a,Signature={secret}"))
            .header("x-acs-security-token", &canaries.fresh("a token"));
        canaries.check("an answer", &server.send(&request).body);
    }
    check_everywhere(&server, &canaries);
}

/// The session policy and the external id of a role are a caller's; what is masked stays masked
/// where the call is refused after its audit record was opened.
#[test]
fn a_launch_that_is_recorded_masks_its_user_data() {
    let (server, mut canaries) = talkative();
    let user_data = canaries.fresh("user data");
    let parameters = [
        ("RegionId", "cn-hangzhou"),
        ("ImageId", "ubuntu_22_04_x64_20G_alibase_20240101.vhd"),
        ("InstanceType", "ecs.g6.large"),
        ("SecurityGroupId", "sg-nothing"),
        ("UserData", user_data.as_str()),
    ];
    let before = server.audit().len();
    let answer = server.call(&server.root, (Product::Ecs, "RunInstances"), &parameters);
    canaries.check("an answer", &answer.body);
    let audit = server.audit().split_off(before);
    assert!(audit.contains("RunInstances") && audit.contains(ACCOUNT), "{audit}");
    check_everywhere(&server, &canaries);
}

/// The private half of a key pair, and the code of an activation: told once, and found nowhere.
#[test]
fn secrets_that_ecs_tells_once() {
    let (server, mut canaries) = talkative();
    let region = ("RegionId", "cn-hangzhou");
    let pair = server.must((Product::Ecs, "CreateKeyPair"), &[region, ("KeyPairName", "pair")]);
    let private = pair["PrivateKeyBody"].as_str().unwrap();
    let lines: Vec<&str> = private.lines().filter(|line| line.len() == 64).collect();
    assert!(lines.len() > 20, "{} lines", lines.len());
    for line in lines {
        canaries.watch("a private key", line);
    }
    let made = server.must((Product::Ecs, "CreateActivation"), &[region, ("ClientToken", "t")]);
    canaries.watch("an activation's code", made["ActivationCode"].as_str().unwrap());
    for (action, more) in [
        ("DescribeKeyPairs", ("IncludePublicKey", "true")),
        ("DescribeActivations", ("PageNumber", "1")),
    ] {
        let answer = server.call(&server.root, (Product::Ecs, action), &[region, more]);
        canaries.check("an answer", &answer.body);
    }
    check_everywhere(&server, &canaries);
}

/// Passwords, seeds of MFA devices and their pictures, in calls that succeed and in calls that
/// fail.
#[test]
fn secrets_by_which_users_sign_in() {
    let (server, mut canaries) = talkative();
    let alice = server.user("alice", ALLOW_ALL);
    let fresh = ["a password", "a wrong password", "another password"];
    let [first, wrong, second] = fresh.map(|what| canaries.fresh(what));
    let user = ("UserName", "alice");
    for (caller, action, parameters, refused) in [
        (&server.root, "CreateLoginProfile", vec![user, ("Password", &*first)], false),
        (&server.root, "CreateLoginProfile", vec![user, ("Password", &*first)], true),
        (&server.root, "UpdateLoginProfile", vec![("UserName", "x"), ("Password", &*wrong)], true),
        (&server.root, "UpdateLoginProfile", vec![user, ("Passwort", &*wrong)], true),
        (&alice, "ChangePassword", vec![("OldPassword", &*wrong), ("NewPassword", &*second)], true),
        (
            &alice,
            "ChangePassword",
            vec![("OldPassword", &*first), ("NewPassword", &*second)],
            false,
        ),
    ] {
        let answer = server.call(caller, (Product::Ram, action), &parameters);
        assert_eq!(answer.is_refused(), refused, "{action} {answer:?}");
        canaries.check("an answer", &answer.body);
    }
    let name = [("VirtualMFADeviceName", "phone")];
    let made = server.ram("CreateVirtualMFADevice", &name);
    for secret in ["Base32StringSeed", "QRCodePNG"] {
        canaries.watch(secret, made["VirtualMFADevice"][secret].as_str().unwrap());
    }
    check_everywhere(&server, &canaries);
}
