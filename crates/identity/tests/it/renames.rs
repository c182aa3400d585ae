//! Users and groups under another name, and what is said of users and policies.

use rolecall_gate::Directory;
use rolecall_identity::IdentityDirectory;
use serde_json::json;

use crate::support::{TRUST_ACCOUNT, World, document};

#[tokio::test]
async fn a_renamed_user_keeps_everything() {
    // Keys of records sort by name: the later name comes before the earlier one, and behind it.
    for (earlier, later) in [("mary", "zoe"), ("mary", "alice"), ("mary", "Mary")] {
        let world = World::new().await;
        let key = world.user(earlier, &[&document("Allow", "sts:*", "*")]).await;
        let second = world.must("CreateAccessKey", &[("UserName", earlier)]).await;
        let second = crate::support::credentials(&second["AccessKey"]);
        world.group("staff", &[earlier]).await;
        world.policy("list", &document("Allow", "ram:List*", "*")).await;
        world.attach("Group", "staff", "Custom", "list").await;
        world.role("web", TRUST_ACCOUNT).await;
        world.attach("Role", "web", "System", "AliyunRAMReadOnlyAccess").await;
        let session = world.session(&key, "web").await;
        let before = world.who(&key).await.body;
        let last_use = async |user: &str| {
            let named = [("UserName", user), ("UserAccessKeyId", &*key.access_key_id)];
            let told = world.must("GetAccessKeyLastUsed", &named).await;
            told["AccessKeyLastUsed"]["LastUsedDate"].clone()
        };
        let used = last_use(earlier).await;
        assert_ne!(used, "");
        let renamed =
            world.must("UpdateUser", &[("UserName", earlier), ("NewUserName", later)]).await;
        assert_eq!(renamed["User"]["UserName"], later);
        assert_eq!(last_use(later).await, used);
        assert_eq!(renamed["User"]["UserId"], before["UserId"]);
        for key in [&key, &second] {
            let who = world.who(key).await;
            assert_eq!(who.code(), "ok", "{earlier} {later}: {}", who.body);
            assert_eq!(who.body["UserId"], before["UserId"]);
            assert!(who.body["Arn"].as_str().unwrap().ends_with(&format!(":user/{later}")));
        }
        assert_eq!(world.ram(&key, "ListRoles", &[]).await.code(), "ok", "by the group");
        assert_eq!(world.assume(&key, "web", &[]).await.code(), "ok", "by the user itself");
        assert_eq!(world.ram(&session, "GetRole", &[("RoleName", "web")]).await.code(), "ok");
        let user = [("UserName", later)];
        let groups = world.must("ListGroupsForUser", &user).await;
        assert_eq!(groups["Groups"]["Group"][0]["GroupName"], "staff");
        let members = world.must("ListUsersForGroup", &[("GroupName", "staff")]).await;
        assert_eq!(members["Users"]["User"].as_array().unwrap().len(), 1);
        assert_eq!(members["Users"]["User"][0]["UserName"], later);
        let held = world.must("ListPoliciesForUser", &user).await;
        assert_eq!(held["Policies"]["Policy"][0]["PolicyName"], format!("{earlier}-0"));
        let policy = format!("{earlier}-0");
        let policy = [("PolicyName", policy.as_str()), ("PolicyType", "Custom")];
        let holders = world.must("ListEntitiesForPolicy", &policy).await;
        assert_eq!(holders["Users"]["User"].as_array().unwrap().len(), 1);
        assert_eq!(holders["Users"]["User"][0]["UserName"], later);
        let keys = world.must("ListAccessKeys", &user).await;
        assert_eq!(keys["AccessKeys"]["AccessKey"].as_array().unwrap().len(), 2);
        let gone = world.code("GetUser", &[("UserName", earlier)]).await;
        assert_eq!(gone, "EntityNotExist.User");
        let listed = world.must("ListUsers", &[]).await;
        assert_eq!(listed["Users"]["User"].as_array().unwrap().len(), 1);
        assert_directory_agrees(&world).await;
    }
}

/// What is loaded from the store is what was followed.
async fn assert_directory_agrees(world: &World) {
    let reader = world.store.read().await.unwrap();
    let loaded = IdentityDirectory::load(&reader).await.unwrap().snapshot();
    let followed = world.snapshot();
    let keys = |snapshot: &rolecall_gate::Snapshot| {
        let mut keys: Vec<_> = snapshot
            .keys
            .iter()
            .map(|(id, key)| format!("{id} {} {:?}", key.active, key.owner))
            .chain(snapshot.users.iter().map(|(name, user)| format!("{name:?} {user:?}")))
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&loaded), keys(&followed));
}

#[tokio::test]
async fn an_earlier_name_is_free_and_gives_nothing() {
    let world = World::new().await;
    let alice = world.user("alice", &[&document("Allow", "ram:List*", "*")]).await;
    world.group("staff", &["alice"]).await;
    world.must("UpdateUser", &[("UserName", "alice"), ("NewUserName", "carol")]).await;
    let impostor = world.must("CreateUser", &[("UserName", "alice")]).await;
    let key = world.must("CreateAccessKey", &[("UserName", "alice")]).await;
    let key = crate::support::credentials(&key["AccessKey"]);
    assert_eq!(world.ram(&key, "ListRoles", &[]).await.code(), "NoPermission");
    assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok");
    assert_ne!(world.who(&alice).await.body["UserId"], impostor["User"]["UserId"]);
    let groups = world.must("ListGroupsForUser", &[("UserName", "alice")]).await;
    assert_eq!(groups["Groups"]["Group"], json!([]));
    // Its count of keys is its own.
    world.must("CreateAccessKey", &[("UserName", "alice")]).await;
}

#[tokio::test]
async fn names_of_users_are_unique_whatever_their_case() {
    let world = World::new().await;
    for name in ["alice", "Bob"] {
        world.must("CreateUser", &[("UserName", name)]).await;
    }
    let rename =
        async |from, to| world.code("UpdateUser", &[("UserName", from), ("NewUserName", to)]).await;
    for taken in ["Bob", "bob", "BOB"] {
        assert_eq!(rename("alice", taken).await, "EntityAlreadyExists.User", "{taken}");
    }
    assert_eq!(rename("nobody", "x").await, "EntityNotExist.User");
    assert_eq!(rename("Alice", "x").await, "EntityNotExist.User");
    assert_eq!(rename("alice", "alice").await, "ok");
    assert_eq!(rename("alice", "ALICE").await, "ok");
    assert_eq!(rename("ALICE", "x").await, "ok");
    // The count of users is as before: who is renamed is not one more.
    world.must("DeleteUser", &[("UserName", "x")]).await;
    world.must("DeleteUser", &[("UserName", "Bob")]).await;
    assert_eq!(world.must("ListUsers", &[]).await["Users"]["User"], json!([]));
}

#[tokio::test]
async fn every_word_about_a_user_changes() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice"), ("Comments", "kept")]).await;
    world.clock.advance(60);
    let changed = world
        .must(
            "UpdateUser",
            &[
                ("UserName", "alice"),
                ("NewDisplayName", "Alice"),
                ("NewEmail", "a@example.com"),
                ("NewMobilePhone", "86-1"),
            ],
        )
        .await;
    assert_eq!(
        changed["User"],
        json!({
            "UserName": "alice", "UserId": changed["User"]["UserId"], "DisplayName": "Alice",
            "Email": "a@example.com", "MobilePhone": "86-1", "Comments": "kept",
            "CreateDate": "2023-11-14T22:13:20Z", "UpdateDate": "2023-11-14T22:14:20Z",
        })
    );
    let changed = world.must("UpdateUser", &[("UserName", "alice"), ("NewComments", "new")]).await;
    assert_eq!(changed["User"]["Comments"], "new");
    assert_eq!(changed["User"]["Email"], "a@example.com");
    let shown = world.must("GetUser", &[("UserName", "alice")]).await;
    assert_eq!(shown["User"]["Comments"], "new");
    let long = |length: usize| "a".repeat(length);
    for (name, value, expected) in [
        ("NewUserName", &*long(64), "ok"),
        ("NewUserName", &*long(65), "InvalidParameter.NewUserName.Length"),
        ("NewUserName", "a b", "InvalidParameter.NewUserName.InvalidChars"),
        ("NewDisplayName", &*long(128), "ok"),
        ("NewDisplayName", &*long(129), "InvalidParameter.NewDisplayName.Length"),
        ("NewComments", &*long(128), "ok"),
        ("NewComments", &*long(129), "InvalidParameter.NewComments.Length"),
        ("NewEmail", "a@b", "ok"),
        ("NewEmail", "a@", "InvalidParameter.NewEmail.Format"),
        ("NewEmail", &*long(129), "InvalidParameter.NewEmail.Format"),
        ("NewMobilePhone", "1", "InvalidParameter.NewMobilePhone.Format"),
        ("NewMobilePhone", "86-", "InvalidParameter.NewMobilePhone.Format"),
    ] {
        let code = world.code("UpdateUser", &[("UserName", "alice"), (name, value)]).await;
        assert_eq!(code, expected, "{name} {value}");
        if name == "NewUserName" && code == "ok" {
            world.must("UpdateUser", &[("UserName", value), ("NewUserName", "alice")]).await;
        }
    }
}

#[tokio::test]
async fn a_renamed_group_keeps_its_members_and_policies() {
    for (earlier, later) in [("mid", "zed"), ("mid", "abc"), ("mid", "Mid")] {
        let world = World::new().await;
        let alice = world.user("alice", &[]).await;
        let made = world.group(earlier, &["alice"]).await;
        world.policy("list", &document("Allow", "ram:List*", "*")).await;
        world.attach("Group", earlier, "Custom", "list").await;
        world.clock.advance(60);
        let rename =
            [("GroupName", earlier), ("NewGroupName", later), ("NewComments", "said anew")];
        let renamed = world.must("UpdateGroup", &rename).await;
        assert_eq!(
            renamed["Group"],
            json!({
                "GroupName": later, "GroupId": made["GroupId"], "Comments": "said anew",
                "CreateDate": "2023-11-14T22:13:20Z", "UpdateDate": "2023-11-14T22:14:20Z",
            })
        );
        assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "ok", "{earlier} {later}");
        let group = [("GroupName", later)];
        let members = world.must("ListUsersForGroup", &group).await;
        assert_eq!(
            members["Users"]["User"],
            json!([{
                "UserName": "alice", "DisplayName": "", "JoinDate": "2023-11-14T22:13:20Z",
            }])
        );
        let held = world.must("ListPoliciesForGroup", &group).await;
        assert_eq!(held["Policies"]["Policy"].as_array().unwrap().len(), 1);
        let policy = [("PolicyName", "list"), ("PolicyType", "Custom")];
        let holders = world.must("ListEntitiesForPolicy", &policy).await;
        assert_eq!(holders["Groups"]["Group"].as_array().unwrap().len(), 1);
        assert_eq!(holders["Groups"]["Group"][0]["GroupName"], later);
        let gone = world.code("GetGroup", &[("GroupName", earlier)]).await;
        assert_eq!(gone, "EntityNotExist.Group");
        assert_directory_agrees(&world).await;
        // A group made under the earlier name has none of it.
        if !earlier.eq_ignore_ascii_case(later) {
            world.group(earlier, &[]).await;
            let group = [("GroupName", earlier)];
            let held = world.must("ListPoliciesForGroup", &group).await;
            assert_eq!(held["Policies"]["Policy"], json!([]));
            let taken = [("GroupName", later), ("NewGroupName", "MID")];
            assert_eq!(world.code("UpdateGroup", &taken).await, "EntityAlreadyExists.Group");
        }
        world.must("RemoveUserFromGroup", &[group[0], ("UserName", "alice")]).await;
        assert_eq!(world.ram(&alice, "ListRoles", &[]).await.code(), "NoPermission");
    }
}

#[tokio::test]
async fn what_a_policy_is_for_is_said_anew() {
    let world = World::new().await;
    let text = document("Allow", "oss:*", "*");
    let made = [("PolicyName", "Mine"), ("PolicyDocument", &*text), ("Description", "first")];
    world.must("CreatePolicy", &made).await;
    world.clock.advance(60);
    let name = ("PolicyName", "Mine");
    let unchanged = world.must("UpdatePolicyDescription", &[name]).await;
    assert_eq!(unchanged["Policy"]["Description"], "first");
    assert_eq!(unchanged["Policy"]["UpdateDate"], "2023-11-14T22:13:20Z");
    let changed = world.must("UpdatePolicyDescription", &[name, ("NewDescription", "two")]).await;
    assert_eq!(
        changed["Policy"],
        json!({
            "PolicyName": "Mine", "PolicyType": "Custom", "Description": "two",
            "DefaultVersion": "v1", "CreateDate": "2023-11-14T22:13:20Z",
            "UpdateDate": "2023-11-14T22:14:20Z",
        })
    );
    let shown = world.must("GetPolicy", &[name, ("PolicyType", "Custom")]).await;
    assert_eq!(shown["Policy"]["Description"], "two");
    assert_eq!(shown["DefaultPolicyVersion"]["PolicyDocument"], text);
    let (most, more) = ("a".repeat(1024), "a".repeat(1025));
    for (policy, description, expected) in [
        ("Mine", &*most, "ok"),
        ("Mine", &*more, "InvalidParameter.NewDescription.Length"),
        ("mine", "d", "EntityNotExist.Policy"),
        ("ReadOnlyAccess", "d", "EntityNotExist.Policy"),
        ("", "d", "MissingPolicyName"),
    ] {
        let parameters = [("PolicyName", policy), ("NewDescription", description)];
        assert_eq!(world.code("UpdatePolicyDescription", &parameters).await, expected, "{policy}");
    }
}
