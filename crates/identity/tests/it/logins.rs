//! Login profiles, passwords, and what an account asks of them, over the API.

use serde_json::json;

use crate::support::{STRANGER, World, document};

/// A password that every policy of these tests takes.
pub(crate) const PASSWORD: &str = "correct-Horse-1";

#[tokio::test]
async fn a_login_profile_lives() {
    let world = World::new().await;
    let user = ("UserName", "alice");
    world.must("CreateUser", &[user]).await;
    let none = "EntityNotExist.User.LoginProfile";
    for action in ["GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"] {
        assert_eq!(world.code(action, &[user]).await, none, "{action}");
        let other = world.code(action, &[("UserName", "Alice")]).await;
        assert_eq!(other, "EntityNotExist.User", "{action}");
    }
    let create = [user, ("Password", PASSWORD), ("MFABindRequired", "true")];
    let made = world.must("CreateLoginProfile", &create).await;
    assert_eq!(
        made["LoginProfile"],
        json!({
            "UserName": "alice",
            "PasswordResetRequired": false,
            "MFABindRequired": true,
            "CreateDate": "2023-11-14T22:13:20Z",
        })
    );
    let again = world.code("CreateLoginProfile", &create).await;
    assert_eq!(again, "EntityAlreadyExists.User.LoginProfile");
    let nobody = [("UserName", "bob"), ("Password", PASSWORD)];
    assert_eq!(world.code("CreateLoginProfile", &nobody).await, "EntityNotExist.User");
    assert_eq!(world.code("CreateLoginProfile", &[user]).await, "MissingPassword");
    // An empty password is one that was sent: nobody is to think that it was set.
    for action in ["CreateLoginProfile", "UpdateLoginProfile"] {
        let empty = world.code(action, &[user, ("Password", "")]).await;
        assert_eq!(empty, "InvalidParameter.Password.TooWeak", "{action}");
    }
    let change = [user, ("PasswordResetRequired", "true"), ("MFABindRequired", "false")];
    world.must("UpdateLoginProfile", &change).await;
    let shown = world.must("GetLoginProfile", &[user]).await;
    assert_eq!(shown["LoginProfile"]["PasswordResetRequired"], true);
    assert_eq!(shown["LoginProfile"]["MFABindRequired"], false);
    assert_eq!(world.code("DeleteUser", &[user]).await, "DeleteConflict.User.LoginProfile");

    // It goes along to another name, and to another spelling of the same.
    for (from, to) in [("alice", "carol"), ("carol", "Carol")] {
        world.must("UpdateUser", &[("UserName", from), ("NewUserName", to)]).await;
        let shown = world.must("GetLoginProfile", &[("UserName", to)]).await;
        assert_eq!(shown["LoginProfile"]["UserName"], to);
    }
    world.must("CreateUser", &[user]).await;
    assert_eq!(world.code("GetLoginProfile", &[user]).await, none);
    world.must("DeleteLoginProfile", &[("UserName", "Carol")]).await;
    world.must("DeleteUser", &[("UserName", "Carol")]).await;
}

#[tokio::test]
async fn no_password_reaches_a_record_or_an_answer() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let user = ("UserName", "alice");
    let made = world.must("CreateLoginProfile", &[user, ("Password", PASSWORD)]).await;
    let next = "another-Horse-2";
    let changed = world.must("UpdateLoginProfile", &[user, ("Password", next)]).await;
    let change = [("OldPassword", "wrong-Horse-3"), ("NewPassword", "third-Horse-4")];
    let refused = world.ram(&alice, "ChangePassword", &change).await;
    let weak = world.ram(&world.root, "UpdateLoginProfile", &[user, ("Password", "short-5")]).await;
    let recorded = world.recorded.0.lock().unwrap().join("\n");
    let seen = format!("{made}{changed}{refused:?}{weak:?}{recorded}");
    for hidden in [PASSWORD, next, "wrong-Horse-3", "third-Horse-4", "short-5"] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
    assert!(recorded.contains("ChangePassword") && recorded.contains("***"));
}

#[tokio::test]
async fn each_rule_of_a_password_policy_holds() {
    let world = World::new().await;
    let user = ("UserName", "alice");
    world.must("CreateUser", &[user]).await;
    let plain = json!({
        "HardExpiry": false, "MaxLoginAttemps": 5, "MaxPasswordAge": 0,
        "MinimumPasswordLength": 8, "PasswordReusePrevention": 0,
        "RequireLowercaseCharacters": false, "RequireNumbers": false,
        "RequireSymbols": false, "RequireUppercaseCharacters": false,
    });
    assert_eq!(world.must("GetPasswordPolicy", &[]).await["PasswordPolicy"], plain);
    let weak = "InvalidParameter.Password.TooWeak";
    let refused = [
        (("MinimumPasswordLength", "16"), PASSWORD),
        (("RequireLowercaseCharacters", "true"), "UPPER-CASE-1"),
        (("RequireUppercaseCharacters", "true"), "lower-case-1"),
        (("RequireNumbers", "true"), "no-Number-here"),
        (("RequireSymbols", "true"), "noSymbol1here"),
        (("HardExpiry", "false"), "short-1"),
        (("HardExpiry", "false"), &*"a".repeat(33)),
        (("HardExpiry", "false"), &*"a".repeat(129)),
        (("HardExpiry", "false"), "pässword-of-mine"),
    ];
    for (rule, password) in refused {
        world.must("SetPasswordPolicy", &[rule]).await;
        let code = world.code("CreateLoginProfile", &[user, ("Password", password)]).await;
        assert_eq!(code, weak, "{rule:?} {password}");
    }
    let all = [
        ("HardExpiry", "true"),
        ("MaxLoginAttemps", "3"),
        ("MaxPasswordAge", "90"),
        ("MinimumPasswordLength", "12"),
        ("PasswordReusePrevention", "4"),
        ("RequireLowercaseCharacters", "true"),
        ("RequireNumbers", "true"),
        ("RequireSymbols", "true"),
        ("RequireUppercaseCharacters", "true"),
    ];
    let set = world.must("SetPasswordPolicy", &all).await;
    assert_eq!(set["PasswordPolicy"], world.must("GetPasswordPolicy", &[]).await["PasswordPolicy"]);
    for (name, value) in all {
        let shown = &set["PasswordPolicy"][name];
        assert_eq!(shown.to_string(), value, "{name}");
    }
    world.must("CreateLoginProfile", &[user, ("Password", PASSWORD)]).await;
    let code = world.code("UpdateLoginProfile", &[user, ("Password", "lower-case-1")]).await;
    assert_eq!(code, weak);
    // What is not said is as at first.
    assert_eq!(world.must("SetPasswordPolicy", &[]).await["PasswordPolicy"], plain);
    for (name, value) in [
        ("MinimumPasswordLength", "7"),
        ("MinimumPasswordLength", "33"),
        ("MaxPasswordAge", "1096"),
        ("MaxPasswordAge", "-1"),
        ("PasswordReusePrevention", "25"),
        ("MaxLoginAttemps", "33"),
    ] {
        let code = world.code("SetPasswordPolicy", &[(name, value)]).await;
        assert_eq!(code, format!("InvalidParameter.{name}.Range"), "{value}");
    }
    let stranger = world.ram(&world.stranger, "GetPasswordPolicy", &[]).await;
    assert_eq!(stranger.body["PasswordPolicy"], plain, "of the other account");
}

#[tokio::test]
async fn a_user_changes_its_password() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let change = async |caller, old: &str, new: &str| {
        let parameters = [("OldPassword", old), ("NewPassword", new)];
        world.ram(caller, "ChangePassword", &parameters).await.code().to_owned()
    };
    let missing = change(&alice, PASSWORD, "second-Horse-2").await;
    assert_eq!(missing, "EntityNotExist.User.LoginProfile");
    let user = ("UserName", "alice");
    let create = [user, ("Password", PASSWORD), ("PasswordResetRequired", "true")];
    world.must("CreateLoginProfile", &create).await;
    world.must("SetPasswordPolicy", &[("PasswordReusePrevention", "2")]).await;
    let wrong = "InvalidParameter.OldPassword.Incorrect";
    assert_eq!(change(&alice, "wrong", "second-Horse-2").await, wrong);
    for weak in ["short", ""] {
        let code = change(&alice, PASSWORD, weak).await;
        assert_eq!(code, "InvalidParameter.NewPassword.TooWeak", "{weak}");
    }
    let reused = "InvalidParameter.NewPassword.ReusePrevention";
    assert_eq!(change(&alice, PASSWORD, PASSWORD).await, reused);
    assert_eq!(change(&alice, PASSWORD, "second-Horse-2").await, "ok");
    let shown = world.must("GetLoginProfile", &[user]).await;
    assert_eq!(shown["LoginProfile"]["PasswordResetRequired"], false, "it was done");
    assert_eq!(change(&alice, "second-Horse-2", PASSWORD).await, reused);
    assert_eq!(change(&alice, "second-Horse-2", "third-Horse-3").await, "ok");
    assert_eq!(change(&alice, "third-Horse-3", PASSWORD).await, "ok", "two others are between");
    // Only a user has a password.
    assert_eq!(change(&world.root, PASSWORD, "fourth-Horse-4").await, "NotSupport.Account");
    world.role("web", crate::support::TRUST_ACCOUNT).await;
    world.attach("Role", "web", "System", "AliyunRAMFullAccess").await;
    let carol = world.user("carol", &[&document("Allow", "sts:*", "*")]).await;
    let session = world.session(&carol, "web").await;
    assert_eq!(change(&session, PASSWORD, "fourth-Horse-4").await, "NotSupport.Account");
}

#[tokio::test]
async fn wrong_old_passwords_are_tries_to_sign_in() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    world.must("CreateLoginProfile", &[("UserName", "alice"), ("Password", PASSWORD)]).await;
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "2")]).await;
    let change = async |old: &str| {
        let parameters = [("OldPassword", old), ("NewPassword", "second-Horse-2")];
        world.ram(&alice, "ChangePassword", &parameters).await.code().to_owned()
    };
    for old in ["wrong", "wrong", PASSWORD] {
        assert_eq!(change(old).await, "InvalidParameter.OldPassword.Incorrect", "{old}");
    }
    world.clock.advance(3600);
    world.must("SetPasswordPolicy", &[("MaxLoginAttemps", "1")]).await;
    assert_eq!(change(PASSWORD).await, "ok");
    // The right one is none.
    assert_eq!(change("second-Horse-2").await, "ok");
    assert_eq!(change("wrong").await, "InvalidParameter.OldPassword.Incorrect");
    assert_eq!(change("second-Horse-2").await, "InvalidParameter.OldPassword.Incorrect");
}

#[tokio::test]
async fn a_password_that_is_too_old_is_the_administrators_to_replace() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let user = ("UserName", "alice");
    world.must("CreateLoginProfile", &[user, ("Password", PASSWORD)]).await;
    world.must("SetPasswordPolicy", &[("MaxPasswordAge", "1"), ("HardExpiry", "true")]).await;
    world.clock.advance(86_400);
    let change = [("OldPassword", PASSWORD), ("NewPassword", "second-Horse-2")];
    let answer = world.ram(&alice, "ChangePassword", &change).await;
    assert_eq!(answer.code(), "InvalidParameter.OldPassword.Incorrect");
    world.must("UpdateLoginProfile", &[user, ("Password", PASSWORD)]).await;
    assert_eq!(world.ram(&alice, "ChangePassword", &change).await.code(), "ok");
}

#[tokio::test]
async fn an_account_has_one_alias_and_no_other_account_has_it() {
    let world = World::new().await;
    let alias = async |caller, text: &str| {
        world.ram(caller, "SetAccountAlias", &[("AccountAlias", text)]).await.code().to_owned()
    };
    assert_eq!(world.must("GetAccountAlias", &[]).await["AccountAlias"], "");
    for text in ["abc", "a-b-c-1", &*"a".repeat(32), "first"] {
        assert_eq!(alias(&world.root, text).await, "ok", "{text}");
        assert_eq!(world.must("GetAccountAlias", &[]).await["AccountAlias"], text);
    }
    let format = "InvalidParameter.AccountAlias.Format";
    for text in ["-abc", "abc-", "a--b", "aBc", "a_b", "ab.c", "äbc", STRANGER, "1234567890123450"]
    {
        assert_eq!(alias(&world.root, text).await, format, "{text}");
    }
    for text in ["ab", &*"a".repeat(33)] {
        let code = alias(&world.root, text).await;
        assert_eq!(code, "InvalidParameter.AccountAlias.Length", "{text}");
    }
    assert_eq!(alias(&world.stranger, "first").await, "EntityAlreadyExists.AccountAlias");
    assert_eq!(alias(&world.stranger, "abc").await, "ok", "it was given up");
    assert_eq!(alias(&world.root, "first").await, "ok", "it has it already");
    world.must("ClearAccountAlias", &[]).await;
    world.must("ClearAccountAlias", &[]).await;
    assert_eq!(world.must("GetAccountAlias", &[]).await["AccountAlias"], "");
    assert_eq!(alias(&world.stranger, "first").await, "ok");
}
