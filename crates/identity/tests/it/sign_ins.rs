//! Signing in: what is asked, in which order, and how often one may guess.

use std::sync::Arc;

use rolecall_identity::record::{PasswordTriesRecord, Tries};
use rolecall_identity::{Password, Proven, SignIn, SignInAttempt, SignedIn};
use rolecall_types::{Clock, Secret, SeededRandom};

use crate::devices::Device;
use crate::logins::PASSWORD;
use crate::support::{ACCOUNT, STRANGER, World};

/// An attempt of `alice` with the right password, from somewhere.
fn attempt() -> SignInAttempt {
    SignInAttempt {
        account: ACCOUNT.to_owned(),
        user: "alice".to_owned(),
        password: Password::new(PASSWORD),
        code: None,
        ticket: None,
        source: "203.0.113.9".parse().unwrap(),
    }
}

fn wrong() -> SignInAttempt {
    SignInAttempt { password: Password::new("wrong-Horse-1"), ..attempt() }
}

fn with_code(code: &str) -> SignInAttempt {
    SignInAttempt { code: Some(Secret::new(code.to_owned())), ..attempt() }
}

impl World {
    /// A world in which `alice` has a login profile.
    async fn with_alice(more: &[(&str, &str)]) -> Self {
        let world = Self::new().await;
        world.must("CreateUser", &[("UserName", "alice")]).await;
        let profile = [&[("UserName", "alice"), ("Password", PASSWORD)], more].concat();
        world.must("CreateLoginProfile", &profile).await;
        world
    }

    async fn sign_in(&self, attempt: &SignInAttempt) -> SignIn {
        let random = SeededRandom::new(9);
        self.sign_ins.sign_in(attempt, &random, self.clock.now()).await.unwrap()
    }

    async fn must_sign_in(&self, attempt: &SignInAttempt) -> SignedIn {
        match self.sign_in(attempt).await {
            SignIn::Done(signed_in) => signed_in,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_user_signs_in_by_any_name_of_the_account_and_itself() {
    let world = World::with_alice(&[]).await;
    world.must("SetAccountAlias", &[("AccountAlias", "acme")]).await;
    let shown = world.must("GetUser", &[("UserName", "alice")]).await["User"].clone();
    assert_eq!(shown["LastLoginDate"], "");
    for (account, user) in [(ACCOUNT, "alice"), ("acme", "ALICE")] {
        let by = SignInAttempt { account: account.into(), user: user.into(), ..attempt() };
        let done = world.must_sign_in(&by).await;
        let Proven { account, user, user_id } = done.user;
        assert_eq!((account.as_str(), user.as_str()), (ACCOUNT, "alice"));
        assert_eq!(shown["UserId"], user_id.as_str());
        assert_eq!(done.expires_at.as_second(), world.clock.now().as_second() + 6 * 3600);
        assert_eq!(done.ticket, None);
    }
    let shown = world.must("GetUser", &[("UserName", "alice")]).await;
    assert_eq!(shown["User"]["LastLoginDate"], "2023-11-14T22:13:20Z");
    world.must("CreateUser", &[("UserName", "bob")]).await;
    for (account, user) in [
        (ACCOUNT, "bob"),
        (ACCOUNT, "carol"),
        (ACCOUNT, "a*"),
        (ACCOUNT, ""),
        (STRANGER, "alice"),
        ("nowhere", "alice"),
        ("", "alice"),
        ("*", "*"),
    ] {
        let by = SignInAttempt { account: account.into(), user: user.into(), ..attempt() };
        assert_eq!(world.sign_in(&by).await, SignIn::Refused, "{account} {user}");
    }
    // The name is what the user has now; without a profile there is no way in.
    world.must("UpdateUser", &[("UserName", "alice"), ("NewUserName", "carol")]).await;
    assert_eq!(world.sign_in(&attempt()).await, SignIn::Refused);
    let renamed = SignInAttempt { user: "carol".into(), ..attempt() };
    world.must_sign_in(&renamed).await;
    world.must("DeleteLoginProfile", &[("UserName", "carol")]).await;
    assert_eq!(world.sign_in(&renamed).await, SignIn::Refused);
}

/// V21: whatever the spelling, the count is one.
#[tokio::test]
async fn all_spellings_of_a_name_share_one_lockout() {
    let world = World::with_alice(&[]).await;
    world.must("SetAccountAlias", &[("AccountAlias", "acme")]).await;
    let spellings = [(ACCOUNT, "alice"), ("acme", "Alice"), (ACCOUNT, "aLICE"), ("acme", "ALICE")];
    for (account, user) in spellings.into_iter().cycle().take(5) {
        let by = SignInAttempt { account: account.into(), user: user.into(), ..wrong() };
        assert_eq!(world.sign_in(&by).await, SignIn::Refused);
    }
    for (account, user) in spellings {
        let by = SignInAttempt { account: account.into(), user: user.into(), ..attempt() };
        assert_eq!(world.sign_in(&by).await, SignIn::Refused, "{account} {user}");
    }
    // Nobody else is locked out, and an administrator opens the lock with another password.
    world.must("CreateUser", &[("UserName", "bob")]).await;
    world.must("CreateLoginProfile", &[("UserName", "bob"), ("Password", PASSWORD)]).await;
    world.must_sign_in(&SignInAttempt { user: "bob".into(), ..attempt() }).await;
    world.must("UpdateLoginProfile", &[("UserName", "alice"), ("Password", PASSWORD)]).await;
    world.must_sign_in(&attempt()).await;
}

#[tokio::test]
async fn who_waits_an_hour_may_try_again() {
    let world = World::with_alice(&[]).await;
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "2")]).await;
    world.sign_in(&wrong()).await;
    world.clock.advance(1800);
    // A right one takes nothing back but itself.
    world.must_sign_in(&attempt()).await;
    world.sign_in(&wrong()).await;
    assert_eq!(world.sign_in(&attempt()).await, SignIn::Refused);
    world.clock.advance(1800);
    world.must_sign_in(&attempt()).await;
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "0")]).await;
    for _ in 0..3 {
        world.sign_in(&wrong()).await;
    }
    world.must_sign_in(&attempt()).await;
}

/// V21, V22: a thousand at once are no more than one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_at_once_are_counted_before_they_are_looked_at() {
    let world = Arc::new(World::with_alice(&[]).await);
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "3")]).await;
    let tries = (0..6).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.sign_in(&wrong()).await })
    });
    for tried in futures_util::future::join_all(tries).await {
        assert_eq!(tried.unwrap(), SignIn::Refused);
    }
    assert_eq!(world.sign_in(&attempt()).await, SignIn::Refused);
    world.clock.advance(3600);
    // All three that were counted are over, and no fourth was.
    for _ in 0..2 {
        world.sign_in(&wrong()).await;
    }
    world.must_sign_in(&attempt()).await;
}

#[tokio::test]
async fn a_device_is_asked_for_and_its_codes_count_once() {
    let world = World::with_alice(&[]).await;
    let device = Device::make(&world, "phone").await;
    let binding = device.code(&world, 0);
    assert_eq!(device.bind(&world, "alice").await, "ok");
    assert_eq!(world.sign_in(&attempt()).await, SignIn::CodeRequired);
    let wrong_password = SignInAttempt { code: with_code(&binding).code, ..wrong() };
    assert_eq!(world.sign_in(&wrong_password).await, SignIn::Refused, "the password goes first");
    assert_eq!(world.sign_in(&with_code(&binding)).await, SignIn::CodeRefused, "it is used");
    world.clock.advance(60);
    for later in [-2, 2] {
        let code = device.code(&world, later);
        assert_eq!(world.sign_in(&with_code(&code)).await, SignIn::CodeRefused, "{later}");
    }
    let code = device.code(&world, 0);
    let (head, tail) = code.split_at(3);
    for spelled in [format!(" {code}"), format!("{code} "), format!("{head} {tail}")] {
        assert_eq!(world.sign_in(&with_code(&spelled)).await, SignIn::CodeRefused, "{spelled:?}");
    }
    world.must_sign_in(&with_code(&code)).await;
    assert_eq!(world.sign_in(&with_code(&code)).await, SignIn::CodeRefused);
    let earlier = device.code(&world, -1);
    assert_eq!(world.sign_in(&with_code(&earlier)).await, SignIn::CodeRefused, "no step back");
    let next = device.code(&world, 1);
    world.must_sign_in(&with_code(&next)).await;
    world.must("UnbindMFADevice", &[("UserName", "alice")]).await;
    world.must_sign_in(&attempt()).await;
}

/// V21: the same code at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_with_one_code_one_is_in() {
    let world = Arc::new(World::with_alice(&[]).await);
    let device = Device::make(&world, "phone").await;
    assert_eq!(device.bind(&world, "alice").await, "ok");
    world.clock.advance(60);
    let code = device.code(&world, 0);
    let tries = (0..4).map(|_| {
        let (world, attempt) = (Arc::clone(&world), with_code(&code));
        tokio::spawn(async move { world.sign_in(&attempt).await })
    });
    let outcomes = futures_util::future::join_all(tries).await;
    let done = outcomes.iter().filter(|it| matches!(it, Ok(SignIn::Done(_)))).count();
    let refused = outcomes.iter().filter(|it| matches!(it, Ok(SignIn::CodeRefused))).count();
    assert_eq!((done, refused), (1, 3), "{outcomes:?}");
}

/// V22: whoever has the password has ten guesses an hour at the code.
#[tokio::test]
async fn codes_are_guessed_ten_times_an_hour() {
    let world = World::with_alice(&[]).await;
    let device = Device::make(&world, "phone").await;
    assert_eq!(device.bind(&world, "alice").await, "ok");
    world.clock.advance(60);
    let bad = device.code(&world, 100);
    for _ in 0..10 {
        assert_eq!(world.sign_in(&with_code(&bad)).await, SignIn::CodeRefused);
    }
    let good = device.code(&world, 0);
    assert_eq!(world.sign_in(&with_code(&good)).await, SignIn::CodeRefused, "the eleventh");
    // Another password gives no more guesses, nor does another name.
    world.must("UpdateLoginProfile", &[("UserName", "alice"), ("Password", PASSWORD)]).await;
    world.must("UpdateUser", &[("UserName", "alice"), ("NewUserName", "carol")]).await;
    let renamed = SignInAttempt { user: "carol".into(), ..with_code(&good) };
    assert_eq!(world.sign_in(&renamed).await, SignIn::CodeRefused);
    world.clock.advance(3600);
    let good = device.code(&world, 0);
    world.must_sign_in(&SignInAttempt { user: "carol".into(), ..with_code(&good) }).await;
}

#[tokio::test]
async fn what_is_still_to_be_done_is_said() {
    let world = World::with_alice(&[("MFABindRequired", "true")]).await;
    assert!(matches!(world.sign_in(&attempt()).await, SignIn::DeviceRequired(_)));
    let device = Device::make(&world, "phone").await;
    assert_eq!(device.bind(&world, "alice").await, "ok");
    world.clock.advance(60);
    world.must_sign_in(&with_code(&device.code(&world, 0))).await;
    world.must("UnbindMFADevice", &[("UserName", "alice")]).await;
    let change = [("UserName", "alice"), ("MFABindRequired", "false")];
    world.must("UpdateLoginProfile", &change).await;
    let change = [("UserName", "alice"), ("PasswordResetRequired", "true")];
    world.must("UpdateLoginProfile", &change).await;
    let SignIn::PasswordResetRequired(proven) = world.sign_in(&attempt()).await else {
        panic!("another password is wanted")
    };
    assert_eq!(proven.user.as_str(), "alice");
    let change = [("UserName", "alice"), ("PasswordResetRequired", "false")];
    world.must("UpdateLoginProfile", &change).await;
    world.must_sign_in(&attempt()).await;
    // A password that is too old is the user's to replace, or only the administrator's.
    world.must("SetPasswordPolicy", &[("MaxPasswordAge", "2")]).await;
    world.clock.advance(2 * 86_400 - 61);
    world.must_sign_in(&attempt()).await;
    world.clock.advance(1);
    assert!(matches!(world.sign_in(&attempt()).await, SignIn::PasswordResetRequired(_)));
    world.must("SetPasswordPolicy", &[("MaxPasswordAge", "2"), ("HardExpiry", "true")]).await;
    assert_eq!(world.sign_in(&attempt()).await, SignIn::Expired);
    assert_eq!(world.sign_in(&wrong()).await, SignIn::Refused, "only to whom it is right");
}

#[tokio::test]
async fn a_preference_says_from_where_and_for_how_long() {
    let world = World::with_alice(&[]).await;
    let masks = ("LoginNetworkMasks", "192.168.0.0/16;10.0.0.0/8");
    world.must("SetSecurityPreference", &[masks, ("LoginSessionDuration", "24")]).await;
    assert_eq!(world.sign_in(&attempt()).await, SignIn::Refused);
    let inside = SignInAttempt { source: "10.1.2.3".parse().unwrap(), ..attempt() };
    let done = world.must_sign_in(&inside).await;
    assert_eq!(done.expires_at.as_second(), world.clock.now().as_second() + 24 * 3600);
    world.must("SetSecurityPreference", &[]).await;
    world.must_sign_in(&attempt()).await;
}

/// From elsewhere an attempt costs as much as from inside, and counts; not against a user. It is
/// answered like one at an account that nobody has, and so does not tell which accounts there are.
#[tokio::test]
async fn an_attempt_from_elsewhere_is_counted_as_of_nobody() {
    let world = World::with_alice(&[]).await;
    world.must("SetSecurityPreference", &[("LoginNetworkMasks", "10.0.0.0/8")]).await;
    let nowhere = SignInAttempt { account: "nowhere".into(), ..attempt() };
    let nobody = SignInAttempt { user: "nobody".into(), ..wrong() };
    for by in [wrong(), attempt(), nobody, nowhere] {
        for _ in 0..3 {
            assert_eq!(world.sign_in(&by).await, SignIn::Refused);
        }
    }
    let reader = world.store.read().await.unwrap();
    for (name, counted) in [("*", true), ("alice", false)] {
        let tries: Option<PasswordTriesRecord> = reader.get(&[ACCOUNT, name]).await.unwrap();
        let tries = tries.unwrap_or_default().0;
        assert_eq!(tries != Tries::default(), counted, "{name}");
    }
    world.must_sign_in(&SignInAttempt { source: "10.1.2.3".parse().unwrap(), ..attempt() }).await;
}

/// A flood at one user is refused before it is counted, and keeps nobody else waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_at_one_user_is_held_back() {
    let world = Arc::new(World::with_alice(&[]).await);
    world.must("CreateUser", &[("UserName", "bob")]).await;
    world.must("CreateLoginProfile", &[("UserName", "bob"), ("Password", PASSWORD)]).await;
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "0")]).await;
    let flood = (0..24).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let (random, now) = (SeededRandom::new(9), world.clock.now());
            world.sign_ins.sign_in(&wrong(), &random, now).await.map_err(|it| it.name())
        })
    });
    let flood = futures_util::future::join_all(flood);
    let bob = SignInAttempt { user: "bob".into(), ..attempt() };
    let (flood, _) = tokio::join!(flood, world.must_sign_in(&bob));
    let flood: Vec<_> = flood.into_iter().map(Result::unwrap).collect();
    let count = |wanted| flood.iter().filter(|it| **it == wanted).count();
    let throttled = count(Err("Throttling".to_owned()));
    assert_eq!(count(Ok(SignIn::Refused)) + throttled, 24, "{flood:?}");
    assert!((1..=8).contains(&throttled), "{flood:?}");
    world.must_sign_in(&attempt()).await;
}

/// A flood over many names from one address leaves places to everybody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_from_one_address_is_held_back() {
    let world = Arc::new(World::with_alice(&[]).await);
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..80 {
        let world = Arc::clone(&world);
        flood.spawn(async move {
            let (random, now) = (SeededRandom::new(9), world.clock.now());
            let source = "198.51.100.7".parse().unwrap();
            let by = SignInAttempt { user: format!("user-{number}"), source, ..wrong() };
            world.sign_ins.sign_in(&by, &random, now).await.map_err(|it| it.name())
        });
    }
    // No more than 32 have a place: of the first to end, others are refused one.
    let mut throttled = 0;
    for _ in 0..48 {
        let ended = flood.join_next().await.unwrap().unwrap();
        throttled += usize::from(ended == Err("Throttling".to_owned()));
    }
    assert!(throttled >= 32, "{throttled}");
    // Those that have one are still looked at. Who comes from elsewhere waits, and is not refused.
    let (random, alice) = (SeededRandom::new(9), attempt());
    let waiting = world.sign_ins.sign_in(&alice, &random, world.clock.now());
    let soon = std::time::Duration::from_millis(50);
    let outcome = tokio::time::timeout(soon, waiting).await;
    assert!(matches!(outcome, Err(_) | Ok(Ok(SignIn::Done(_)))), "{outcome:?}");
}

/// Whoever calls with a key has no secret kept from it by work: once its tries are used up, none is
/// done. With the work the answer would come a thousand times later.
#[tokio::test]
async fn who_has_used_up_its_tries_costs_no_derivation() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    world.must("CreateLoginProfile", &[("UserName", "alice"), ("Password", PASSWORD)]).await;
    let change = [("OldPassword", "wrong-Horse-1"), ("NewPassword", "second-Horse-2")];
    let shortest = async || {
        let mut shortest = std::time::Duration::MAX;
        for _ in 0..3 {
            #[expect(clippy::disallowed_methods, reason = "the time is what is compared")]
            let start = std::time::Instant::now();
            let answer = world.ram(&alice, "ChangePassword", &change).await;
            assert_eq!(answer.code(), "InvalidParameter.OldPassword.Incorrect");
            shortest = shortest.min(start.elapsed());
        }
        shortest
    };
    let judged = shortest().await;
    shortest().await;
    assert!(shortest().await * 4 < judged);
}

#[tokio::test]
async fn a_browser_is_remembered_for_seven_days() {
    let world = World::with_alice(&[]).await;
    let device = Device::make(&world, "phone").await;
    assert_eq!(device.bind(&world, "alice").await, "ok");
    world.must("SetSecurityPreference", &[("EnableSaveMFATicket", "true")]).await;
    world.clock.advance(60);
    let ticket = world.must_sign_in(&with_code(&device.code(&world, 0))).await.ticket;
    let remembered = SignInAttempt { ticket, ..attempt() };
    world.clock.advance(7 * 86_400 - 1);
    assert_eq!(world.must_sign_in(&remembered).await.ticket, None);
    let forged = SignInAttempt { ticket: Some(Secret::new("0".repeat(64))), ..attempt() };
    assert_eq!(world.sign_in(&forged).await, SignIn::CodeRequired);
    let without_password = SignInAttempt { password: Password::new("x"), ..remembered.clone() };
    assert_eq!(world.sign_in(&without_password).await, SignIn::Refused);
    world.must("SetSecurityPreference", &[]).await;
    assert_eq!(world.sign_in(&remembered).await, SignIn::CodeRequired, "not wanted any more");
    world.must("SetSecurityPreference", &[("EnableSaveMFATicket", "true")]).await;
    assert_eq!(world.sign_in(&remembered).await, SignIn::CodeRequired, "it stays forgotten");
    world.clock.advance(60);
    let ticket = world.must_sign_in(&with_code(&device.code(&world, 0))).await.ticket;
    let remembered = SignInAttempt { ticket, ..attempt() };
    world.clock.advance(7 * 86_400 - 1);
    world.must_sign_in(&remembered).await;
    world.clock.advance(1);
    assert_eq!(world.sign_in(&remembered).await, SignIn::CodeRequired, "seven days are over");
    // Another password and another device forget it too.
    world.clock.advance(60);
    let ticket = world.must_sign_in(&with_code(&device.code(&world, 0))).await.ticket;
    let remembered = SignInAttempt { ticket, ..attempt() };
    world.must_sign_in(&remembered).await;
    world.must("UpdateLoginProfile", &[("UserName", "alice"), ("Password", PASSWORD)]).await;
    assert_eq!(world.sign_in(&remembered).await, SignIn::CodeRequired);
    assert!(!format!("{remembered:?}").contains(remembered.ticket.unwrap().expose()));
}

/// V20: a name that nobody has is worth as much work as one that somebody has. Without the work the
/// answer would be there a thousand times sooner, so a quarter tells the two apart on any machine.
#[tokio::test]
async fn a_name_that_nobody_has_takes_as_long() {
    let world = World::with_alice(&[]).await;
    world.must("CreateUser", &[("UserName", "bob")]).await;
    let shortest = async |attempt: SignInAttempt| {
        let mut shortest = std::time::Duration::MAX;
        for _ in 0..2 {
            #[expect(clippy::disallowed_methods, reason = "the time is what is compared")]
            let start = std::time::Instant::now();
            assert_eq!(world.sign_in(&attempt).await, SignIn::Refused);
            shortest = shortest.min(start.elapsed());
        }
        shortest
    };
    let known = shortest(wrong()).await;
    for (account, user) in [(ACCOUNT, "nobody"), (ACCOUNT, "bob"), ("nowhere", "alice")] {
        let by = SignInAttempt { account: account.into(), user: user.into(), ..wrong() };
        let took = shortest(by).await;
        assert!(took > known / 4, "{account} {user}: {took:?} of {known:?}");
    }
    // Who is locked out learns no sooner.
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "1")]).await;
    let took = shortest(attempt()).await;
    assert!(took > known / 4, "locked: {took:?} of {known:?}");
}
