//! The credentials of instances.

use rolecall_crypto::InstanceBinding;
use rolecall_crypto::sign::Credentials;
use rolecall_identity::{
    InstanceRole, InstanceSession, InstanceSessionError, issue_instance_session,
};
use rolecall_types::{AccountId, Clock, InstanceId, RoleName, Secret, SeededRandom, time};

use crate::support::{ACCOUNT, TRUST_ACCOUNT, TRUST_ECS, World, document};

fn issue(
    world: &World,
    role: &str,
    policy: Option<&str>,
) -> Result<InstanceSession, InstanceSessionError> {
    let wears = InstanceRole {
        account: &AccountId::parse(ACCOUNT).unwrap(),
        role_name: &RoleName::new(role).unwrap(),
        binding: &InstanceBinding {
            id: InstanceId::parse("i-bp13znx0m0me8cquu1ab").unwrap(),
            generation: 1,
        },
        policy,
    };
    let random = SeededRandom::new(9);
    issue_instance_session(&world.snapshot(), &world.key_ring, &random, world.clock.now(), wears)
}

fn signer(session: InstanceSession) -> Credentials {
    Credentials {
        access_key_id: session.credentials.access_key_id.to_string(),
        secret: session.credentials.secret,
        security_token: Some(Secret::new(session.credentials.token)),
    }
}

#[tokio::test]
async fn an_instance_wears_its_role() {
    let world = World::new().await;
    world.role("Web", TRUST_ECS).await;
    world.attach("Role", "web", "System", "AliyunRAMFullAccess").await;
    let session = issue(&world, "wEB", None).unwrap();
    assert_eq!(session.session.role_name, "Web");
    assert_eq!(time::seconds(session.session.issued_at), "2023-11-14T22:13:20Z");
    assert_eq!(time::seconds(session.credentials.expires_at), "2023-11-15T04:13:20Z");
    let signer = signer(session);
    let who = world.who(&signer).await.body;
    let arn = format!("acs:ram::{ACCOUNT}:assumed-role/web/vm-ram-i-bp13znx0m0me8cquu1ab");
    assert_eq!(who["Arn"], arn);
    assert_eq!(world.ram(&signer, "ListRoles", &[]).await.code(), "ok");
    // The instance's life does not follow the role's longest session, here one hour.
    world.clock.advance(6 * 3600 - 1);
    assert_eq!(world.who(&signer).await.code(), "ok");
    world.clock.advance(1);
    assert_eq!(world.who(&signer).await.code(), "InvalidSecurityToken.Expired");
}

#[tokio::test]
async fn the_policy_of_the_binding_bounds() {
    let world = World::new().await;
    world.role("web", TRUST_ECS).await;
    world.attach("Role", "web", "System", "AliyunRAMFullAccess").await;
    let policy = document("Allow", "ram:Get*", "*");
    let signer = signer(issue(&world, "web", Some(&policy)).unwrap());
    assert_eq!(world.ram(&signer, "GetRole", &[("RoleName", "web")]).await.code(), "ok");
    assert_eq!(world.ram(&signer, "ListRoles", &[]).await.code(), "NoPermission");
    let broken = issue(&world, "web", Some("{}"));
    assert!(matches!(broken, Err(InstanceSessionError::Policy(_))));
}

#[tokio::test]
async fn why_an_instance_gets_nothing() {
    let world = World::new().await;
    assert!(matches!(issue(&world, "web", None), Err(InstanceSessionError::RoleMissing)));
    world.role("web", TRUST_ECS).await;
    assert!(issue(&world, "web", None).is_ok());
    world
        .must("UpdateRole", &[("RoleName", "web"), ("NewAssumeRolePolicyDocument", TRUST_ACCOUNT)])
        .await;
    assert!(matches!(issue(&world, "web", None), Err(InstanceSessionError::Untrusted)));
    world.must("DeleteRole", &[("RoleName", "web")]).await;
    assert!(matches!(issue(&world, "web", None), Err(InstanceSessionError::RoleMissing)));
}

#[tokio::test]
async fn whom_roles_trust() {
    let world = World::new().await;
    let denied = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}},
        {"Effect":"Deny","Action":"sts:*","Principal":{"Service":"ecs.aliyuncs.com"}}]}"#;
    let other = TRUST_ECS.replace("ecs.", "slb.");
    let both = TRUST_ECS.replace(r#"["ecs."#, r#"["slb.aliyuncs.com","ecs."#);
    let foreign = TRUST_ECS.replace("ecs.", &format!("{ACCOUNT}@ecs."));
    let cases =
        [(TRUST_ECS, true), (&both, true), (denied, false), (&other, false), (&foreign, false)];
    for (number, (trust, expected)) in cases.into_iter().enumerate() {
        let name = format!("r{number}");
        world.role(&name, trust).await;
        match issue(&world, &name, None) {
            Ok(_) => assert!(expected, "{trust}"),
            Err(error) => {
                assert!(matches!(error, InstanceSessionError::Untrusted), "{trust}: {error}");
                assert!(!expected, "{trust}");
            }
        }
    }
}
