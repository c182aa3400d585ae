//! Sessions are listed and taken back, and end with what they hang on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rolecall_api::Product;
use rolecall_crypto::sign::Credentials;
use rolecall_crypto::{InstanceBinding, SessionId};
use rolecall_gate::{Directory, Snapshot};
use rolecall_identity::{InstanceRole, SessionBook, issue_instance_session};
use rolecall_types::{AccountId, Clock, InstanceId, RoleName, Secret, SeededRandom};
use serde_json::Value;

use crate::support::{Answer, TRUST_ACCOUNT, TRUST_ECS, World, credentials, document};

const INSTANCE: &str = "i-bp1";

/// Parameters of a call.
type Parameters<'a> = &'a [(&'a str, &'a str)];

/// A world with a user who may do anything, and roles that trust the account and may do anything.
async fn world(roles: &[&str]) -> (World, Credentials) {
    let world = World::new().await;
    let user = world.user("alice", &[&document("Allow", "*", "*")]).await;
    for role in roles {
        world.role(role, TRUST_ACCOUNT).await;
        world.attach("Role", role, "System", "AdministratorAccess").await;
    }
    (world, user)
}

impl World {
    async fn sts(&self, caller: &Credentials, action: &str, more: &[(&str, &str)]) -> Answer {
        self.send(Some(caller), Product::Sts, action, more).await
    }

    async fn revoke(&self, parameters: &[(&str, &str)]) -> Value {
        let answer = self.sts(&self.root, "RevokeSessions", parameters).await;
        assert_eq!(answer.code(), "ok", "{}", answer.body);
        answer.body
    }

    async fn listed(&self, parameters: &[(&str, &str)]) -> Vec<Value> {
        let answer = self.sts(&self.root, "ListSessions", parameters).await;
        assert_eq!(answer.code(), "ok", "{}", answer.body);
        answer.body["Sessions"]["Session"].as_array().unwrap().clone()
    }

    /// The id of the session that has these credentials.
    async fn id_of(&self, session: &Credentials) -> String {
        let listed = self.listed(&[("MaxItems", "1000")]).await;
        let mine = |view: &&Value| view["AccessKeyId"] == *session.access_key_id;
        listed.iter().find(mine).unwrap()["SessionId"].as_str().unwrap().to_owned()
    }

    async fn alive(&self, session: &Credentials) -> bool {
        let answer = self.who(session).await;
        let code = answer.code();
        assert!(matches!(code, "ok" | "InvalidSecurityToken.Malformed"), "{code}");
        code == "ok"
    }

    /// The credentials that an instance gets that wears a role.
    fn instance_session(&self, role: &str) -> Credentials {
        let random = SeededRandom::new(self.clock.now().as_second().unsigned_abs());
        let id = InstanceId::parse(INSTANCE).unwrap();
        let wears = InstanceRole {
            account: &AccountId::parse(crate::support::ACCOUNT).unwrap(),
            role_name: &RoleName::new(role).unwrap(),
            binding: &InstanceBinding { id, generation: 1 },
            policy: None,
        };
        let (now, snapshot) = (self.clock.now(), self.snapshot());
        let issued = issue_instance_session(&snapshot, &self.key_ring, &random, now, wears);
        let issued = issued.unwrap().credentials;
        Credentials {
            access_key_id: issued.access_key_id.to_string(),
            secret: issued.secret,
            security_token: Some(Secret::new(issued.token)),
        }
    }
}

#[tokio::test]
async fn a_role_s_sessions_end_at_once_and_new_ones_are_good() {
    let (world, user) = world(&["web", "batch"]).await;
    let (first, second) = (world.session(&user, "web").await, world.session(&user, "web").await);
    let other = world.session(&user, "batch").await;
    world.revoke(&[("RoleName", "WEB")]).await;
    assert!(!world.alive(&first).await && !world.alive(&second).await);
    assert!(world.alive(&other).await && world.alive(&user).await);
    // The clock stands still: even what is made in the same instant is good.
    let third = world.session(&user, "web").await;
    assert!(world.alive(&third).await);
    // What was taken back is so for other services and for a new start as well.
    let reader = world.store.read().await.unwrap();
    let reloaded = rolecall_identity::IdentityDirectory::load(&reader).await.unwrap();
    let snapshot = reloaded.snapshot();
    for (session, good) in [(&first, false), (&third, true)] {
        let token = session.security_token.as_ref().unwrap().expose();
        let id = session.access_key_id.as_str();
        let id = rolecall_types::AccessKeyId::parse(id).unwrap();
        let (claims, _) = world.key_ring.open_session(&id, token).unwrap();
        assert_eq!(snapshot.role_of(&claims, world.clock.now()).is_ok(), good);
    }
}

#[tokio::test]
async fn one_session_ends_by_its_id_in_its_own_account_alone() {
    let (world, user) = world(&["web"]).await;
    let (first, second) = (world.session(&user, "web").await, world.session(&user, "web").await);
    let id = world.id_of(&first).await;
    let foreign = world.sts(&world.stranger, "RevokeSessions", &[("SessionId", &id)]).await;
    assert_eq!(foreign.code(), "ok");
    assert!(world.alive(&first).await, "another account's revocation took it back");
    world.revoke(&[("SessionId", &id)]).await;
    assert!(!world.alive(&first).await);
    assert!(world.alive(&second).await);
}

#[tokio::test]
async fn an_instance_s_sessions_end_with_those_that_hang_on_them() {
    let (world, user) = world(&["web"]).await;
    let trust = TRUST_ECS
        .replace(r#""Principal":{"#, r#""Principal":{"RAM":["acs:ram::1234567890123456:root"],"#);
    world.role("node", &trust).await;
    world.attach("Role", "node", "System", "AdministratorAccess").await;
    let on_instance = world.instance_session("node");
    let beyond = world.session(&on_instance, "web").await;
    let beside = world.session(&user, "node").await;
    world.revoke(&[("InstanceId", INSTANCE)]).await;
    assert!(!world.alive(&on_instance).await && !world.alive(&beyond).await);
    assert!(world.alive(&beside).await);
    assert!(world.alive(&world.instance_session("node")).await);
}

#[tokio::test]
async fn what_was_made_before_an_instant_ends() {
    let (world, user) = world(&["web", "batch"]).await;
    let before = world.session(&user, "web").await;
    world.clock.advance(100);
    let instant = rolecall_types::time::seconds(world.clock.now());
    world.clock.advance(100);
    let (after, other) = (world.session(&user, "web").await, world.session(&user, "batch").await);
    world.revoke(&[("RoleName", "web"), ("IssuedBefore", &instant)]).await;
    assert!(!world.alive(&before).await);
    assert!(world.alive(&after).await && world.alive(&other).await);
    // An earlier instant gives nothing back.
    world.revoke(&[("RoleName", "web"), ("IssuedBefore", "2020-01-01T00:00:00Z")]).await;
    assert!(!world.alive(&before).await);
    let now = rolecall_types::time::seconds(world.clock.now());
    world.revoke(&[("IssuedBefore", &now)]).await;
    assert!(!world.alive(&after).await && !world.alive(&other).await);
    assert!(world.alive(&world.session(&user, "web").await).await);
}

#[tokio::test]
async fn sessions_hang_on_every_link_of_their_chain() {
    let (world, user) = world(&["one", "two", "three"]).await;
    let chain = async || {
        let one = world.session(&user, "one").await;
        let two = world.session(&one, "two").await;
        let three = world.session(&two, "three").await;
        [one, two, three]
    };
    let [one, two, three] = chain().await;
    world.revoke(&[("RoleName", "two")]).await;
    assert!(world.alive(&one).await && !world.alive(&two).await && !world.alive(&three).await);
    let [one, two, three] = chain().await;
    let id = world.id_of(&one).await;
    world.revoke(&[("SessionId", &id)]).await;
    assert!(!world.alive(&one).await && !world.alive(&two).await && !world.alive(&three).await);
    // A role that is deleted takes with it what its sessions assumed; one that is made again under
    // its name gives nothing back.
    let [.., two, three] = chain().await;
    let detach =
        [("RoleName", "two"), ("PolicyType", "System"), ("PolicyName", "AdministratorAccess")];
    world.must("DetachPolicyFromRole", &detach).await;
    world.must("DeleteRole", &[("RoleName", "two")]).await;
    assert!(!world.alive(&two).await && !world.alive(&three).await);
    world.role("two", TRUST_ACCOUNT).await;
    assert!(!world.alive(&two).await && !world.alive(&three).await);
}

#[tokio::test]
async fn sessions_end_with_the_access_key_but_not_while_it_is_switched_off() {
    let (world, user) = world(&["one", "two"]).await;
    let one = world.session(&user, "one").await;
    let two = world.session(&one, "two").await;
    let key = [("UserName", "alice"), ("UserAccessKeyId", user.access_key_id.as_str())];
    world.must("UpdateAccessKey", &[&key[..], &[("Status", "Inactive")]].concat()).await;
    assert!(world.alive(&one).await && world.alive(&two).await);
    world.must("DeleteAccessKey", &key).await;
    assert!(!world.alive(&one).await && !world.alive(&two).await);
    // The user's other keys are nothing to them.
    world.must("CreateAccessKey", &[("UserName", "alice")]).await;
    assert!(!world.alive(&one).await && !world.alive(&two).await);
}

#[tokio::test]
async fn who_may_revoke_and_list_is_a_matter_of_policy() {
    let (world, user) = world(&["web", "batch"]).await;
    let web = document("Allow", "sts:*Sessions", "acs:ram:*:*:role/web");
    let warden = world.user("warden", &[&web]).await;
    let nobody = world.user("nobody", &[]).await;
    let session = world.session(&user, "batch").await;
    let id = world.id_of(&session).await;
    let cases: [(&Credentials, Parameters<'_>, &str); 8] = [
        (&warden, &[("RoleName", "web")], "ok"),
        (&warden, &[("RoleName", "batch")], "NoPermission"),
        (&warden, &[("SessionId", &id)], "NoPermission"),
        (&warden, &[("InstanceId", INSTANCE)], "NoPermission"),
        (&warden, &[("IssuedBefore", "2023-11-14T22:13:20Z")], "NoPermission"),
        (&nobody, &[("RoleName", "web")], "NoPermission"),
        (&session, &[("RoleName", "web")], "ok"),
        (&user, &[("IssuedBefore", "2020-11-14T22:13:20Z")], "ok"),
    ];
    for (caller, parameters, code) in cases {
        let answer = world.sts(caller, "RevokeSessions", parameters).await;
        assert_eq!(answer.code(), code, "{parameters:?}");
    }
    for (caller, parameters, code) in [
        (&warden, &[("RoleName", "web")][..], "ok"),
        (&warden, &[], "NoPermission"),
        (&nobody, &[("RoleName", "web")], "NoPermission"),
    ] {
        let answer = world.sts(caller, "ListSessions", parameters).await;
        assert_eq!(answer.code(), code, "{parameters:?}");
    }
    assert!(world.alive(&session).await);
}

#[tokio::test]
async fn a_revocation_says_exactly_what_it_takes_back() {
    let (world, _) = world(&["web"]).await;
    let id = SessionId::generate(&SeededRandom::new(1)).to_string();
    let cases: &[(Parameters<'_>, &str)] = &[
        (&[], "InvalidParameter.Revocation"),
        (&[("RoleName", "web"), ("InstanceId", INSTANCE)], "InvalidParameter.Revocation"),
        (&[("RoleName", "web"), ("SessionId", &id)], "InvalidParameter.Revocation"),
        (
            &[("SessionId", &id), ("IssuedBefore", "2020-01-01T00:00:00Z")],
            "InvalidParameter.Revocation",
        ),
        (&[("SessionId", "abc")], "InvalidParameter.SessionId"),
        (&[("SessionId", &"g".repeat(32))], "InvalidParameter.SessionId"),
        (&[("RoleName", "none")], "EntityNotExist.Role"),
        (&[("IssuedBefore", "2023-11-14T22:13:21Z")], "InvalidParameter.IssuedBefore"),
        (&[("IssuedBefore", "2020-01-01 00:00:00Z")], "InvalidParameter.IssuedBefore"),
        (&[("IssuedBefore", "2020-02-30T00:00:00Z")], "InvalidParameter.IssuedBefore"),
    ];
    for (parameters, code) in cases {
        let answer = world.sts(&world.root, "RevokeSessions", parameters).await;
        assert_eq!(answer.code(), *code, "{parameters:?}");
    }
}

#[tokio::test]
async fn the_list_shows_what_is_good_now() {
    let (world, user) = world(&["web", "batch"]).await;
    let policy = document("Allow", "oss:*", "*");
    let more = [("Policy", policy.as_str()), ("DurationSeconds", "900"), ("SourceIdentity", "bob")];
    let brief = credentials(&world.assume(&user, "web", &more).await.body["Credentials"]);
    let chained = world.session(&world.session(&user, "batch").await, "web").await;
    let listed = world.listed(&[("RoleName", "WEB")]).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    let view = |session: &Credentials| {
        listed.iter().find(|view| view["AccessKeyId"] == *session.access_key_id).unwrap()
    };
    let first = view(&brief);
    assert_eq!(first["Arn"], "acs:ram::1234567890123456:assumed-role/web/alice");
    assert_eq!(first["HasSessionPolicy"], true);
    assert_eq!(first["SourceIdentity"], "bob");
    assert_eq!(first["AssumedBy"], "acs:ram::1234567890123456:user/alice");
    assert_eq!(first["IssueDate"], "2023-11-14T22:13:20Z");
    assert_eq!(first["Expiration"], "2023-11-14T22:28:20Z");
    assert_eq!(
        view(&chained)["AssumedBy"],
        "acs:ram::1234567890123456:user/alice acs:ram::1234567890123456:assumed-role/batch/alice"
    );
    assert!(world.listed(&[("InstanceId", INSTANCE)]).await.is_empty());
    let foreign = world.sts(&world.stranger, "ListSessions", &[]).await;
    assert_eq!(foreign.body["Sessions"]["Session"].as_array().unwrap().len(), 0);
    world.clock.advance(900);
    assert_eq!(world.listed(&[]).await.len(), 2, "one of three is over");
    world.revoke(&[("RoleName", "web")]).await;
    assert_eq!(world.listed(&[]).await.len(), 1, "another is taken back");
}

#[tokio::test]
async fn the_list_comes_in_pages_and_outlives_its_book() {
    let (world, user) = world(&["web"]).await;
    for _ in 0..7 {
        world.session(&user, "web").await;
    }
    let (mut marker, mut seen) = (None::<String>, Vec::new());
    loop {
        let mut parameters = vec![("MaxItems", "3")];
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = world.sts(&world.root, "ListSessions", &parameters).await.body;
        let sessions = page["Sessions"]["Session"].as_array().unwrap();
        seen.extend(sessions.iter().map(|view| view["SessionId"].clone()));
        marker = page["Marker"].as_str().map(str::to_owned);
        assert_eq!(page["IsTruncated"], marker.is_some());
        if marker.is_none() {
            break;
        }
        assert_eq!(sessions.len(), 3);
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 7);
    let wrong = world.sts(&world.root, "ListSessions", &[("Marker", "x")]).await;
    assert_eq!(wrong.code(), "InvalidParameter.Marker");
    // What is over is removed by and by, with the revocations that have done their work.
    world.revoke(&[("RoleName", "web")]).await;
    world.clock.advance(43_200);
    let (book, writing) = SessionBook::open(world.store.clone(), world.clock.clone());
    tokio::spawn(writing);
    let last = world.session(&user, "web").await;
    let token = last.security_token.as_ref().unwrap().expose();
    let id = rolecall_types::AccessKeyId::parse(&last.access_key_id).unwrap();
    book.note(world.key_ring.open_session(&id, token).unwrap().0);
    assert_eq!(world.listed(&[]).await.len(), 1);
    let reader = world.store.read().await.unwrap();
    let kept = reader.all::<rolecall_identity::record::SessionRecord>(&[]).await.unwrap();
    assert_eq!(kept.len(), 1);
    let kept = reader.all::<rolecall_identity::record::RevocationRecord>(&[]).await.unwrap();
    assert!(kept.is_empty());
    assert!(world.alive(&last).await);
}

/// V15: after a revocation is acknowledged, no request that begins is let through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_passes_after_the_acknowledgement() {
    let (world, user) = world(&["web"]).await;
    let world = Arc::new(world);
    for round in 0..100 {
        let session = world.session(&user, "web").await;
        let id = world.id_of(&session).await;
        let acknowledged = Arc::new(AtomicBool::new(false));
        let hammers: Vec<_> = (0..4)
            .map(|_| {
                let (world, session) = (world.clone(), session.clone());
                let acknowledged = acknowledged.clone();
                tokio::spawn(async move {
                    loop {
                        let late = acknowledged.load(Ordering::SeqCst);
                        // A write of RAM, so that a revoked session cannot help itself either.
                        let name = [("PolicyName", "none")];
                        let answer = world.ram(&session, "DeletePolicy", &name).await;
                        let refused = answer.code() == "InvalidSecurityToken.Malformed";
                        assert!(refused || !late, "{}", answer.code());
                        if late {
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        if round % 2 == 0 {
            world.revoke(&[("SessionId", &id)]).await;
        } else {
            world.revoke(&[("RoleName", "web")]).await;
        }
        acknowledged.store(true, Ordering::SeqCst);
        for hammer in hammers {
            hammer.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_chain_has_an_end() {
    let (world, user) = world(&["loop"]).await;
    let mut session = world.session(&user, "loop").await;
    for _ in 0..15 {
        session = world.session(&session, "loop").await;
    }
    let answer = world.assume(&session, "loop", &[]).await;
    assert_eq!((answer.status, answer.code()), (409, "LimitExceeded.RoleChain"));
    assert!(world.alive(&session).await);
}

#[tokio::test]
async fn a_key_s_last_use_is_known() {
    let (world, user) = world(&[]).await;
    let last = async |id: &str| {
        let of = [("UserName", "alice"), ("UserAccessKeyId", id)];
        let answer = world.must("GetAccessKeyLastUsed", &of).await;
        answer["AccessKeyLastUsed"]["LastUsedDate"].as_str().unwrap().to_owned()
    };
    let other = world.must("CreateAccessKey", &[("UserName", "alice")]).await;
    let other = credentials(&other["AccessKey"]);
    assert_eq!(last(&other.access_key_id).await, "");
    world.who(&user).await;
    assert_eq!(last(&user.access_key_id).await, "2023-11-14T22:13:20Z");
    world.clock.advance(61);
    world.who(&user).await;
    assert_eq!(last(&user.access_key_id).await, "2023-11-14T22:14:21Z");
    // A wrong signature is no use, and a changed key keeps its past.
    let forged = Credentials { secret: Secret::new("x".to_owned()), ..other.clone() };
    assert_eq!(world.who(&forged).await.code(), "SignatureDoesNotMatch");
    assert_eq!(last(&other.access_key_id).await, "");
    let key = [("UserName", "alice"), ("UserAccessKeyId", user.access_key_id.as_str())];
    world.must("UpdateAccessKey", &[&key[..], &[("Status", "Inactive")]].concat()).await;
    assert_eq!(last(&user.access_key_id).await, "2023-11-14T22:14:21Z");
    // It survives an orderly end.
    let stop = std::future::ready(());
    rolecall_identity::keep_key_use(world.store.clone(), world.directory.clone(), stop)
        .await
        .unwrap();
    let reader = world.store.read().await.unwrap();
    let reloaded = rolecall_identity::IdentityDirectory::load(&reader).await.unwrap();
    let snapshot = reloaded.snapshot();
    let id = rolecall_types::AccessKeyId::parse(&user.access_key_id).unwrap();
    let kept = snapshot.keys.get(&id).unwrap().last_use.get().unwrap();
    assert_eq!(rolecall_types::time::seconds(kept), "2023-11-14T22:14:21Z");
    for wrong in [("UserAccessKeyId", "LTAInone"), ("UserName", "bob")] {
        let mut of = vec![("UserName", "alice"), ("UserAccessKeyId", user.access_key_id.as_str())];
        of.retain(|(name, _)| *name != wrong.0);
        of.push(wrong);
        assert!(world.code("GetAccessKeyLastUsed", &of).await.starts_with("EntityNotExist.User"));
    }
}

#[tokio::test]
async fn a_deleted_key_leaves_no_use_behind() {
    let world = World::new().await;
    let user = world.user("alice", &[]).await;
    let keep = || async {
        let (store, directory) = (world.store.clone(), world.directory.clone());
        rolecall_identity::keep_key_use(store, directory, std::future::ready(())).await.unwrap();
        let reader = world.store.read().await.unwrap();
        let kept = reader.all::<rolecall_identity::record::KeyUseRecord>(&[]).await.unwrap();
        kept.into_iter().map(|(_, record)| record.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    world.who(&user).await;
    assert!(keep().await.contains(&user.access_key_id));
    // Another name of the user is not another key.
    world.must("UpdateUser", &[("UserName", "alice"), ("NewUserName", "bob")]).await;
    assert!(keep().await.contains(&user.access_key_id));
    let earlier = world.directory.snapshot();
    let key = [("UserName", "bob"), ("UserAccessKeyId", user.access_key_id.as_str())];
    world.must("DeleteAccessKey", &key).await;
    assert!(!keep().await.contains(&user.access_key_id));
    // Who writes by what was known before the key was deleted writes nothing of it.
    let late = Arc::new(Earlier(earlier));
    rolecall_identity::keep_key_use(world.store.clone(), late, std::future::ready(()))
        .await
        .unwrap();
    assert!(!keep().await.contains(&user.access_key_id));
}

/// A directory that has not heard of the last changes.
struct Earlier(Arc<Snapshot>);

impl Directory for Earlier {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0)
    }
}
