//! Groups, their members and their policies.

use rolecall_identity::record::{GroupRecord, UserRecord};
use serde_json::json;

use crate::support::{ACCOUNT, World, document};

#[tokio::test]
async fn a_group_lives() {
    let world = World::new().await;
    let made = world.must("CreateGroup", &[("GroupName", "Dev.Ops_1"), ("Comments", "all")]).await;
    let id = made["Group"]["GroupId"].clone();
    assert_eq!(id.as_str().unwrap().len(), 18);
    assert_eq!(
        made["Group"],
        json!({
            "GroupName": "Dev.Ops_1", "GroupId": id, "Comments": "all",
            "CreateDate": "2023-11-14T22:13:20Z",
        })
    );
    let named = [("GroupName", "Dev.Ops_1")];
    let shown = world.must("GetGroup", &named).await;
    assert_eq!(
        shown["Group"],
        json!({
            "GroupName": "Dev.Ops_1", "GroupId": id, "Comments": "all",
            "CreateDate": "2023-11-14T22:13:20Z", "UpdateDate": "2023-11-14T22:13:20Z",
        })
    );
    // Another spelling is another name to policies, and so must find nothing.
    for action in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersForGroup"] {
        let code = world.code(action, &[("GroupName", "dev.ops_1")]).await;
        assert_eq!(code, "EntityNotExist.Group", "{action}");
    }
    assert_eq!(
        world.code("CreateGroup", &[("GroupName", "dev.ops_1")]).await,
        "EntityAlreadyExists.Group"
    );
    let listed = world.must("ListGroups", &[]).await;
    assert_eq!(listed["Groups"]["Group"], json!([shown["Group"]]));
    assert_eq!(listed["IsTruncated"], false);
    world.must("DeleteGroup", &named).await;
    assert_eq!(world.must("ListGroups", &[]).await["Groups"], json!({"Group": []}));
    let again = world.must("CreateGroup", &named).await;
    assert_ne!(again["Group"]["GroupId"], id);
    assert_eq!(again["Group"]["Comments"], "");
}

#[tokio::test]
async fn each_limit_of_groups() {
    let world = World::new().await;
    world.group("old", &[]).await;
    let long = |length: usize| "a".repeat(length);
    for (action, name, value, expected) in [
        ("CreateGroup", "GroupName", "", "MissingGroupName"),
        ("CreateGroup", "GroupName", &*long(64), "ok"),
        ("CreateGroup", "GroupName", &*long(65), "InvalidParameter.GroupName.Length"),
        ("CreateGroup", "GroupName", "a b", "InvalidParameter.GroupName.InvalidChars"),
        ("CreateGroup", "GroupName", "a/b", "InvalidParameter.GroupName.InvalidChars"),
        ("CreateGroup", "GroupName", "\u{430}", "InvalidParameter.GroupName.InvalidChars"),
        ("CreateGroup", "Comments", &*long(128), "ok"),
        ("CreateGroup", "Comments", &*long(129), "InvalidParameter.Comments.Length"),
        ("UpdateGroup", "NewGroupName", &*long(65), "InvalidParameter.NewGroupName.Length"),
        ("UpdateGroup", "NewGroupName", "a b", "InvalidParameter.NewGroupName.InvalidChars"),
        ("UpdateGroup", "NewComments", &*long(128), "ok"),
        ("UpdateGroup", "NewComments", &*long(129), "InvalidParameter.NewComments.Length"),
        ("ListGroups", "MaxItems", "0", "InvalidParameter.MaxItems.Range"),
        ("ListGroups", "MaxItems", "100", "ok"),
        ("ListGroups", "MaxItems", "101", "InvalidParameter.MaxItems.Range"),
        ("ListGroups", "Marker", "zz", "InvalidParameter.Marker"),
        ("ListUsersForGroup", "MaxItems", "0", "InvalidParameter.MaxItems.Range"),
        ("ListUsersForGroup", "MaxItems", "1000", "ok"),
        ("ListUsersForGroup", "MaxItems", "1001", "InvalidParameter.MaxItems.Range"),
        ("ListUsersForGroup", "Marker", "zz", "InvalidParameter.Marker"),
    ] {
        let mut parameters = vec![(name, value)];
        match action {
            "CreateGroup" if name != "GroupName" => parameters.push(("GroupName", name)),
            "UpdateGroup" | "ListUsersForGroup" => parameters.push(("GroupName", "old")),
            _ => {}
        }
        let code = world.code(action, &parameters).await;
        assert_eq!(code, expected, "{action} {name} {value}");
        if action == "CreateGroup" && code == "ok" {
            let made = if name == "GroupName" { value } else { name };
            world.must("DeleteGroup", &[("GroupName", made)]).await;
        }
    }
}

#[tokio::test]
async fn groups_come_in_pages() {
    let world = World::new().await;
    for name in ["e", "B", "d", "A", "c"] {
        world.group(name, &[]).await;
    }
    let mut marker = String::new();
    let mut pages = Vec::new();
    loop {
        let page = world.must("ListGroups", &[("MaxItems", "2"), ("Marker", &marker)]).await;
        let groups = page["Groups"]["Group"].as_array().unwrap();
        pages.push(groups.iter().map(|it| it["GroupName"].clone()).collect::<Vec<_>>());
        if page["IsTruncated"] == false {
            assert!(page.get("Marker").is_none());
            break;
        }
        marker = page["Marker"].as_str().unwrap().to_owned();
    }
    assert_eq!(json!(pages), json!([["A", "B"], ["c", "d"], ["e"]]));
}

#[tokio::test]
async fn members_are_found_from_both_sides() {
    let world = World::new().await;
    for name in ["Carol", "alice", "bob"] {
        world.must("CreateUser", &[("UserName", name), ("DisplayName", "Somebody")]).await;
    }
    let made = world.group("Staff", &["Carol", "alice", "bob"]).await;
    world.group("crew", &["alice"]).await;
    let member = |name: &str| {
        json!({
            "UserName": name, "DisplayName": "Somebody", "JoinDate": "2023-11-14T22:13:20Z",
        })
    };
    let first = world.must("ListUsersForGroup", &[("GroupName", "Staff"), ("MaxItems", "2")]).await;
    assert_eq!(first["Users"]["User"], json!([member("alice"), member("bob")]));
    assert_eq!(first["IsTruncated"], true);
    let marker = first["Marker"].as_str().unwrap();
    let rest = world.must("ListUsersForGroup", &[("GroupName", "Staff"), ("Marker", marker)]).await;
    assert_eq!(rest["Users"]["User"], json!([member("Carol")]));
    assert_eq!(rest["IsTruncated"], false);
    let groups = world.must("ListGroupsForUser", &[("UserName", "alice")]).await;
    assert_eq!(groups["Groups"]["Group"][0]["GroupName"], "crew");
    assert_eq!(
        groups["Groups"]["Group"][1],
        json!({
            "GroupName": "Staff", "GroupId": made["GroupId"], "Comments": "",
            "JoinDate": "2023-11-14T22:13:20Z",
        })
    );
    let alice = [("UserName", "alice"), ("GroupName", "Staff")];
    world.must("RemoveUserFromGroup", &alice).await;
    let groups = world.must("ListGroupsForUser", &[("UserName", "alice")]).await;
    assert_eq!(groups["Groups"]["Group"].as_array().unwrap().len(), 1);
    let members = world.must("ListUsersForGroup", &[("GroupName", "Staff")]).await;
    assert_eq!(members["Users"]["User"], json!([member("bob"), member("Carol")]));
}

#[tokio::test]
async fn errors_of_joining_and_leaving() {
    let world = World::new().await;
    for name in ["alice", "bob"] {
        world.must("CreateUser", &[("UserName", name)]).await;
    }
    world.group("staff", &["bob"]).await;
    for (action, user, group, expected) in [
        ("AddUserToGroup", "", "staff", "MissingUserName"),
        ("AddUserToGroup", "alice", "", "MissingGroupName"),
        ("AddUserToGroup", "nobody", "staff", "EntityNotExist.User"),
        ("AddUserToGroup", "Alice", "staff", "EntityNotExist.User"),
        ("AddUserToGroup", "alice", "none", "EntityNotExist.Group"),
        ("AddUserToGroup", "alice", "Staff", "EntityNotExist.Group"),
        ("AddUserToGroup", "bob", "staff", "EntityAlreadyExists.User.Group"),
        ("RemoveUserFromGroup", "nobody", "staff", "EntityNotExist.User"),
        ("RemoveUserFromGroup", "alice", "none", "EntityNotExist.Group"),
        ("RemoveUserFromGroup", "alice", "staff", "EntityNotExist.User.Group"),
        ("AddUserToGroup", "alice", "staff", "ok"),
        ("RemoveUserFromGroup", "alice", "staff", "ok"),
        ("RemoveUserFromGroup", "alice", "staff", "EntityNotExist.User.Group"),
        ("ListGroupsForUser", "nobody", "", "EntityNotExist.User"),
    ] {
        let mut parameters = vec![("UserName", user), ("GroupName", group)];
        if action == "ListGroupsForUser" {
            parameters.pop();
        }
        assert_eq!(world.code(action, &parameters).await, expected, "{action} {user} {group}");
    }
}

#[tokio::test]
async fn a_user_is_in_five_groups_and_no_more() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    for number in 0..5 {
        world.group(&format!("g{number}"), &["alice"]).await;
    }
    world.group("g5", &[]).await;
    let sixth = [("UserName", "alice"), ("GroupName", "g5")];
    assert_eq!(world.code("AddUserToGroup", &sixth).await, "LimitExceeded.User.Group");
    let known = [("UserName", "alice"), ("GroupName", "g0")];
    assert_eq!(world.code("AddUserToGroup", &known).await, "EntityAlreadyExists.User.Group");
    world.must("RemoveUserFromGroup", &known).await;
    world.must("AddUserToGroup", &sixth).await;
}

#[tokio::test]
async fn an_account_has_fifty_groups_and_no_more() {
    let world = World::new().await;
    for number in 0..50 {
        world.group(&format!("g{number}"), &[]).await;
    }
    let more = [("GroupName", "more")];
    assert_eq!(world.code("CreateGroup", &more).await, "LimitExceeded.Group");
    let other = world.ram(&world.stranger, "CreateGroup", &more).await;
    assert_eq!(other.code(), "ok", "another account's count");
    world.must("DeleteGroup", &[("GroupName", "g7")]).await;
    world.must("CreateGroup", &more).await;
}

#[tokio::test]
async fn a_group_holds_policies() {
    let world = World::new().await;
    world.group("staff", &[]).await;
    let group = ("GroupName", "staff");
    for number in 0..=5 {
        world.policy(&format!("p{number}"), &document("Allow", "oss:*", "*")).await;
    }
    for number in 0..5 {
        world.attach("Group", "staff", "Custom", &format!("p{number}")).await;
    }
    let custom = |name| [group, ("PolicyType", "Custom"), ("PolicyName", name)];
    let attach = async |name| world.code("AttachPolicyToGroup", &custom(name)).await;
    assert_eq!(attach("p5").await, "LimitExceeded.Group.Policy");
    assert_eq!(attach("p0").await, "EntityAlreadyExists.Group.Policy");
    assert_eq!(attach("none").await, "EntityNotExist.Policy");
    let system = rolecall_identity::system_policy::all();
    for policy in &system[..20] {
        world.attach("Group", "staff", "System", policy.name).await;
    }
    let more = [group, ("PolicyType", "System"), ("PolicyName", system[20].name)];
    assert_eq!(world.code("AttachPolicyToGroup", &more).await, "LimitExceeded.Group.Policy");
    let held = world.must("ListPoliciesForGroup", &[group]).await;
    let held = held["Policies"]["Policy"].as_array().unwrap();
    assert_eq!(held.len(), 25);
    assert_eq!(
        held[0],
        json!({
            "PolicyName": "p0", "PolicyType": "Custom", "Description": "",
            "DefaultVersion": "v1", "AttachDate": "2023-11-14T22:13:20Z",
        })
    );
    world.must("DetachPolicyFromGroup", &custom("p0")).await;
    let detach =
        async |parameters: &[(&str, &str)]| world.code("DetachPolicyFromGroup", parameters).await;
    assert_eq!(detach(&custom("p0")).await, "EntityNotExist.Group.Policy");
    assert_eq!(detach(&custom("none")).await, "EntityNotExist.Policy");
    let nobody = [("GroupName", "none"), ("PolicyType", "Custom"), ("PolicyName", "p1")];
    assert_eq!(detach(&nobody).await, "EntityNotExist.Group");
    assert_eq!(world.code("AttachPolicyToGroup", &nobody).await, "EntityNotExist.Group");
    assert_eq!(world.code("ListPoliciesForGroup", &nobody[..1]).await, "EntityNotExist.Group");
    assert_eq!(attach("p5").await, "ok");
}

#[tokio::test]
async fn a_policy_knows_its_groups() {
    let world = World::new().await;
    world.policy("p", &document("Allow", "oss:*", "*")).await;
    world.must("CreateGroup", &[("GroupName", "Staff"), ("Comments", "us")]).await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    world.attach("Group", "Staff", "Custom", "p").await;
    world.attach("User", "alice", "Custom", "p").await;
    let policy = [("PolicyName", "p"), ("PolicyType", "Custom")];
    let holders = world.must("ListEntitiesForPolicy", &policy).await;
    assert_eq!(
        holders["Groups"]["Group"],
        json!([{
            "GroupName": "Staff", "Comments": "us", "AttachDate": "2023-11-14T22:13:20Z",
        }])
    );
    assert_eq!(holders["Users"]["User"][0]["UserName"], "alice");
    assert_eq!(world.must("GetPolicy", &policy).await["Policy"]["AttachmentCount"], 2);
    let listed = world.must("ListPolicies", &[("PolicyType", "Custom")]).await;
    assert_eq!(listed["Policies"]["Policy"][0]["AttachmentCount"], 2);
    for cascading in ["false", "true"] {
        let delete = [("PolicyName", "p"), ("CascadingDelete", cascading)];
        assert_eq!(world.code("DeletePolicy", &delete).await, "DeleteConflict.Policy.Group");
    }
    let detach = [policy[0], policy[1], ("GroupName", "Staff")];
    world.must("DetachPolicyFromGroup", &detach).await;
    let delete = [("PolicyName", "p")];
    assert_eq!(world.code("DeletePolicy", &delete).await, "DeleteConflict.Policy.User");
    world.must("DetachPolicyFromUser", &[policy[0], policy[1], ("UserName", "alice")]).await;
    world.must("DeletePolicy", &delete).await;
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    world.group("staff", &["alice"]).await;
    world.attach("Group", "staff", "System", "ReadOnlyAccess").await;
    let (user, group) = (("UserName", "alice"), ("GroupName", "staff"));
    assert_eq!(world.code("DeleteUser", &[user]).await, "DeleteConflict.User.Group");
    assert_eq!(world.code("DeleteGroup", &[group]).await, "DeleteConflict.Group.User");
    world.must("RemoveUserFromGroup", &[user, group]).await;
    assert_eq!(world.code("DeleteGroup", &[group]).await, "DeleteConflict.Group.Policy");
    let detach = [group, ("PolicyType", "System"), ("PolicyName", "ReadOnlyAccess")];
    world.must("DetachPolicyFromGroup", &detach).await;
    world.must("DeleteGroup", &[group]).await;
    world.must("DeleteUser", &[user]).await;
    assert_eq!(world.code("DeleteGroup", &[group]).await, "EntityNotExist.Group");
}

#[tokio::test]
async fn groups_of_another_account_are_not_there() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    world.policy("p", &document("Allow", "oss:*", "*")).await;
    world.group("staff", &["alice"]).await;
    let (group, user) = (("GroupName", "staff"), ("UserName", "alice"));
    let policy = [("PolicyType", "System"), ("PolicyName", "ReadOnlyAccess")];
    for (action, parameters) in [
        ("GetGroup", vec![group]),
        ("UpdateGroup", vec![group, ("NewGroupName", "mine")]),
        ("DeleteGroup", vec![group]),
        ("ListUsersForGroup", vec![group]),
        ("ListPoliciesForGroup", vec![group]),
        ("AddUserToGroup", vec![group, user]),
        ("RemoveUserFromGroup", vec![group, user]),
        ("AttachPolicyToGroup", vec![group, policy[0], policy[1]]),
        ("DetachPolicyFromGroup", vec![group, policy[0], policy[1]]),
    ] {
        let answer = world.ram(&world.stranger, action, &parameters).await;
        assert_eq!(answer.code(), "EntityNotExist.Group", "{action}");
    }
    for (action, parameters, expected) in [
        ("ListGroupsForUser", vec![user], "EntityNotExist.User"),
        ("UpdateUser", vec![user, ("NewUserName", "mine")], "EntityNotExist.User"),
        ("UpdatePolicyDescription", vec![("PolicyName", "p")], "EntityNotExist.Policy"),
    ] {
        assert_eq!(world.ram(&world.stranger, action, &parameters).await.code(), expected);
    }
    let listed = world.ram(&world.stranger, "ListGroups", &[]).await;
    assert_eq!(listed.body["Groups"]["Group"], json!([]));
}

#[tokio::test]
async fn who_is_lost_is_no_fault_of_the_caller() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    world.group("staff", &["alice"]).await;
    world.group("crew", &["alice"]).await;
    world.attach("Group", "crew", "System", "ReadOnlyAccess").await;
    let mut transaction = world.store.begin().await.unwrap();
    transaction.delete::<GroupRecord>(&[ACCOUNT, "crew"]);
    transaction.delete::<UserRecord>(&[ACCOUNT, "alice"]);
    transaction.commit().await.unwrap();
    let policy = [("PolicyType", "System"), ("PolicyName", "ReadOnlyAccess")];
    assert_eq!(world.code("ListEntitiesForPolicy", &policy).await, "InternalError");
    let members = world.code("ListUsersForGroup", &[("GroupName", "staff")]).await;
    assert_eq!(members, "InternalError");
}
