//! Policies attached and detached, and the questions about it.

use rolecall_identity::record::RoleRecord;
use serde_json::json;

use crate::support::{ACCOUNT, TRUST_ECS, World, document};

#[tokio::test]
async fn attachments_are_found_from_both_sides() {
    let world = World::new().await;
    world.policy("Mine", &document("Allow", "oss:*", "*")).await;
    let role = world.role("Web", TRUST_ECS).await;
    world.user("alice", &[]).await;
    world.attach("Role", "wEB", "Custom", "Mine").await;
    world.attach("User", "alice", "Custom", "Mine").await;
    world.attach("User", "alice", "System", "ReadOnlyAccess").await;
    let of_user = world.must("ListPoliciesForUser", &[("UserName", "alice")]).await;
    assert_eq!(
        of_user["Policies"]["Policy"],
        json!([
            {
                "PolicyName": "Mine", "PolicyType": "Custom", "Description": "",
                "DefaultVersion": "v1", "AttachDate": "2023-11-14T22:13:20Z",
            },
            {
                "PolicyName": "ReadOnlyAccess", "PolicyType": "System",
                "Description": "Sees all resources of the account.",
                "DefaultVersion": "v1", "AttachDate": "2023-11-14T22:13:20Z",
            },
        ])
    );
    let of_role = world.must("ListPoliciesForRole", &[("RoleName", "web")]).await;
    assert_eq!(of_role["Policies"]["Policy"][0]["PolicyName"], "Mine");
    let mine = [("PolicyName", "Mine"), ("PolicyType", "Custom")];
    let holders = world.must("ListEntitiesForPolicy", &mine).await;
    assert_eq!(holders["Groups"], json!({"Group": []}));
    assert_eq!(holders["Roles"]["Role"][0]["RoleName"], "Web");
    assert_eq!(holders["Roles"]["Role"][0]["RoleId"], role["RoleId"]);
    assert_eq!(holders["Users"]["User"][0]["UserName"], "alice");
    assert_eq!(world.must("GetPolicy", &mine).await["Policy"]["AttachmentCount"], 2);
    let read_only = [("PolicyName", "ReadOnlyAccess"), ("PolicyType", "System")];
    assert_eq!(world.must("GetPolicy", &read_only).await["Policy"]["AttachmentCount"], 1);
    let other = world.ram(&world.stranger, "ListEntitiesForPolicy", &read_only).await.body;
    assert_eq!(other["Users"]["User"], json!([]), "another account's attachments");
    let delete = async || world.code("DeletePolicy", &[("PolicyName", "Mine")]).await;
    assert_eq!(delete().await, "DeleteConflict.Policy.Role");
    let detach = [mine[0], mine[1], ("RoleName", "web")];
    world.must("DetachPolicyFromRole", &detach).await;
    assert_eq!(delete().await, "DeleteConflict.Policy.User");
    assert_eq!(world.code("DetachPolicyFromRole", &detach).await, "EntityNotExist.Role.Policy");
    let detach = [mine[0], mine[1], ("UserName", "alice")];
    world.must("DetachPolicyFromUser", &detach).await;
    assert_eq!(world.code("DetachPolicyFromUser", &detach).await, "EntityNotExist.User.Policy");
    assert_eq!(delete().await, "ok");
}

#[tokio::test]
async fn a_holder_that_the_store_lost_is_no_fault_of_the_caller() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.attach("Role", "web", "System", "ReadOnlyAccess").await;
    let mut transaction = world.store.begin().await.unwrap();
    transaction.delete::<RoleRecord>(&[ACCOUNT, "web"]);
    transaction.commit().await.unwrap();
    let read_only = [("PolicyName", "ReadOnlyAccess"), ("PolicyType", "System")];
    assert_eq!(world.code("ListEntitiesForPolicy", &read_only).await, "InternalError");
}

#[tokio::test]
async fn errors_of_attaching() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    for (kind, holder) in [("Role", "web"), ("User", "alice")] {
        let name = format!("{kind}Name");
        for (verb, holder, policy_type, policy, expected) in [
            ("Attach", "none", "System", "ReadOnlyAccess", format!("EntityNotExist.{kind}")),
            ("Attach", holder, "System", "None", "EntityNotExist.Policy".to_owned()),
            ("Attach", holder, "System", "readonlyaccess", "EntityNotExist.Policy".to_owned()),
            ("Attach", holder, "Custom", "ReadOnlyAccess", "EntityNotExist.Policy".to_owned()),
            ("Attach", holder, "Mine", "a", "InvalidParameter.PolicyType".to_owned()),
            ("Attach", holder, "", "a", "MissingPolicyType".to_owned()),
            ("Attach", holder, "System", "ReadOnlyAccess", "ok".to_owned()),
            (
                "Attach",
                holder,
                "System",
                "ReadOnlyAccess",
                format!("EntityAlreadyExists.{kind}.Policy"),
            ),
            ("Detach", "none", "System", "ReadOnlyAccess", format!("EntityNotExist.{kind}")),
            ("Detach", holder, "Custom", "None", "EntityNotExist.Policy".to_owned()),
            (
                "Detach",
                holder,
                "System",
                "AdministratorAccess",
                format!("EntityNotExist.{kind}.Policy"),
            ),
            ("Detach", holder, "System", "ReadOnlyAccess", "ok".to_owned()),
        ] {
            let preposition = if verb == "Attach" { "To" } else { "From" };
            let action = format!("{verb}Policy{preposition}{kind}");
            let parameters =
                [(&*name, holder), ("PolicyType", policy_type), ("PolicyName", policy)];
            let code = world.code(&action, &parameters).await;
            assert_eq!(code, expected, "{action} {parameters:?}");
        }
    }
}

#[tokio::test]
async fn holders_have_limits() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    for number in 0..=10 {
        world.policy(&format!("p{number}"), &document("Allow", "oss:*", "*")).await;
    }
    for (kind, holder, most) in [("Role", "web", 5), ("User", "alice", 10)] {
        for number in 0..most {
            world.attach(kind, holder, "Custom", &format!("p{number}")).await;
        }
        let (name, policy) = (format!("{kind}Name"), format!("p{most}"));
        let parameters = [(&*name, holder), ("PolicyType", "Custom"), ("PolicyName", &policy)];
        let code = world.code(&format!("AttachPolicyTo{kind}"), &parameters).await;
        assert_eq!(code, format!("LimitExceeded.{kind}.Policy"));
        world.attach(kind, holder, "System", "ReadOnlyAccess").await;
    }
}
