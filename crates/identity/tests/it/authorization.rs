//! Every operation, called by everybody: nobody, strangers, users with exactly enough and with
//! each permission withheld in turn.

use rolecall_api::Product;
use rolecall_crypto::SignatureAlgorithm;
use rolecall_crypto::sign::Credentials;
use rolecall_identity::{ims, ram, sts};

use crate::idp::Idp;
use crate::support::{ACCOUNT, Answer, TRUST_ACCOUNT, TRUST_ECS, World, document};

/// What an operation needs: parameters that work, and the resources that it is checked against.
struct Example {
    product: Product,
    action: &'static str,
    parameters: Vec<(&'static str, String)>,
    resources: Vec<&'static str>,
}

fn example(
    action: &'static str,
    parameters: &[(&'static str, &str)],
    resources: &[&'static str],
) -> Example {
    let own = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
    let parameters = parameters.iter().map(own).collect();
    Example { product: Product::Ram, action, parameters, resources: resources.to_vec() }
}

/// The operations of IMS, whose actions are RAM's too.
fn ims_examples() -> Vec<Example> {
    let idp = ("OIDCProviderName", "idp");
    let url = ("IssuerUrl", "https://new.example.com");
    let (client, print) = (("ClientId", "c"), ("Fingerprint", "ab12"));
    let provider = &["oidc-provider/idp"][..];
    let metadata = Idp::new(SignatureAlgorithm::Es256).metadata();
    let saml = ("SAMLProviderName", "none");
    let document = ("EncodedSAMLMetadataDocument", metadata.as_str());
    let saml_provider = &["saml-provider/none"][..];
    [
        example("CreateOIDCProvider", &[("OIDCProviderName", "new"), url], &["*"]),
        example("GetOIDCProvider", &[idp], provider),
        example("ListOIDCProviders", &[], &["*"]),
        example("UpdateOIDCProvider", &[idp, ("NewDescription", "d")], provider),
        example("DeleteOIDCProvider", &[idp], provider),
        example("AddClientIdToOIDCProvider", &[idp, client], provider),
        example("RemoveClientIdFromOIDCProvider", &[idp, client], provider),
        example("AddFingerprintToOIDCProvider", &[idp, print], provider),
        example("RemoveFingerprintFromOIDCProvider", &[idp, print], provider),
        example("CreateSAMLProvider", &[("SAMLProviderName", "new"), document], &["*"]),
        example("GetSAMLProvider", &[saml], saml_provider),
        example("ListSAMLProviders", &[], &["*"]),
        example("UpdateSAMLProvider", &[saml, ("NewDescription", "d")], saml_provider),
        example("DeleteSAMLProvider", &[saml], saml_provider),
    ]
    .into_iter()
    .map(|it| Example { product: Product::Ims, ..it })
    .collect()
}

fn all_examples() -> impl Iterator<Item = Example> {
    examples().into_iter().chain(ims_examples())
}

fn examples() -> Vec<Example> {
    let mut all = examples_of_policies();
    all.extend(examples_of_logins());
    all
}

fn examples_of_logins() -> Vec<Example> {
    let (user, users, bob) = (("UserName", "bob"), "user/*", "user/bob");
    let (account, devices) = ("*", "mfa/*");
    let password = ("Password", "correct-Horse-1");
    let serial = ("SerialNumber", "acs:ram::1234567890123456:mfa/none");
    let codes = [("AuthenticationCode1", "123456"), ("AuthenticationCode2", "654321")];
    vec![
        example("CreateLoginProfile", &[user, password], &[bob]),
        example("GetLoginProfile", &[user], &[bob]),
        example("UpdateLoginProfile", &[user, password], &[bob]),
        example("DeleteLoginProfile", &[user], &[bob]),
        // It is about the caller, whoever that is.
        example("ChangePassword", &[("OldPassword", "a"), ("NewPassword", "b")], &[users]),
        example("SetPasswordPolicy", &[], &[account]),
        example("GetPasswordPolicy", &[], &[account]),
        example("SetSecurityPreference", &[], &[account]),
        example("GetSecurityPreference", &[], &[account]),
        example("SetAccountAlias", &[("AccountAlias", "abc")], &[account]),
        example("GetAccountAlias", &[], &[account]),
        example("ClearAccountAlias", &[], &[account]),
        example("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "new")], &[devices]),
        example("ListVirtualMFADevices", &[], &[devices]),
        example("DeleteVirtualMFADevice", &[serial], &["mfa/none"]),
        example("BindMFADevice", &[user, serial, codes[0], codes[1]], &[bob]),
        example("UnbindMFADevice", &[user], &[bob]),
        example("GetUserMFAInfo", &[user], &[bob]),
    ]
}

fn examples_of_policies() -> Vec<Example> {
    let text = document("Allow", "oss:*", "*");
    let role = ("RoleName", "web");
    let user = ("UserName", "bob");
    let policy = ("PolicyName", "p");
    let custom = ("PolicyType", "Custom");
    let system = [("PolicyName", "ReadOnlyAccess"), ("PolicyType", "System")];
    let group = ("GroupName", "staff");
    let names = ("ResourceNames", r#"["web","db"]"#);
    let (tag, all) = (("Tag", r#"[{"Key":"k","Value":"v"}]"#), ("All", "true"));
    let (roles, users, policies) = ("role/*", "user/*", "policy/*");
    let (groups, staff) = ("group/*", "group/staff");
    let (web, bob, p, read_only) =
        ("role/web", "user/bob", "policy/p", "system:policy/ReadOnlyAccess");
    vec![
        example(
            "CreateRole",
            &[("RoleName", "new"), ("AssumeRolePolicyDocument", TRUST_ECS)],
            &[roles],
        ),
        example("GetRole", &[role], &[web]),
        example("ListRoles", &[], &[roles]),
        example("UpdateRole", &[role, ("NewDescription", "d")], &[web]),
        example("DeleteRole", &[role], &[web]),
        example("CreatePolicy", &[("PolicyName", "new"), ("PolicyDocument", &text)], &[policies]),
        example("GetPolicy", &[policy, custom], &[p]),
        example("ListPolicies", &[], &[policies]),
        example("DeletePolicy", &[policy], &[p]),
        example("CreatePolicyVersion", &[policy, ("PolicyDocument", &text)], &[p]),
        example("GetPolicyVersion", &[system[0], system[1], ("VersionId", "v1")], &[read_only]),
        example("ListPolicyVersions", &[policy, custom], &[p]),
        example("SetDefaultPolicyVersion", &[policy, ("VersionId", "v1")], &[p]),
        example("DeletePolicyVersion", &[policy, ("VersionId", "v2")], &[p]),
        example("AttachPolicyToRole", &[role, policy, custom], &[web, p]),
        example("DetachPolicyFromRole", &[role, system[0], system[1]], &[web, read_only]),
        example("ListPoliciesForRole", &[role], &[web]),
        example("AttachPolicyToUser", &[user, policy, custom], &[bob, p]),
        example("DetachPolicyFromUser", &[user, system[0], system[1]], &[bob, read_only]),
        example("ListPoliciesForUser", &[user], &[bob]),
        example("ListEntitiesForPolicy", &[policy, custom], &[p]),
        example("CreateUser", &[("UserName", "new")], &[users]),
        example("GetUser", &[user], &[bob]),
        example("ListUsers", &[], &[users]),
        example("DeleteUser", &[user], &[bob]),
        example("CreateAccessKey", &[user], &[bob]),
        example("ListAccessKeys", &[user], &[bob]),
        example(
            "UpdateAccessKey",
            &[user, ("UserAccessKeyId", "none"), ("Status", "Active")],
            &[bob],
        ),
        example("DeleteAccessKey", &[user, ("UserAccessKeyId", "none")], &[bob]),
        example("GetAccessKeyLastUsed", &[user, ("UserAccessKeyId", "none")], &[bob]),
        example("UpdateUser", &[user, ("NewUserName", "robert")], &[bob]),
        example("UpdatePolicyDescription", &[policy, ("NewDescription", "d")], &[p]),
        example("CreateGroup", &[("GroupName", "new")], &[groups]),
        example("GetGroup", &[group], &[staff]),
        example("ListGroups", &[], &[groups]),
        example("UpdateGroup", &[group, ("NewGroupName", "crew")], &[staff]),
        example("DeleteGroup", &[group], &[staff]),
        example("AddUserToGroup", &[user, group], &[bob, staff]),
        example("RemoveUserFromGroup", &[user, group], &[bob, staff]),
        example("ListGroupsForUser", &[user], &[bob]),
        example("ListUsersForGroup", &[group], &[staff]),
        example("AttachPolicyToGroup", &[group, policy, custom], &[staff, p]),
        example("DetachPolicyFromGroup", &[group, system[0], system[1]], &[staff, read_only]),
        example("ListPoliciesForGroup", &[group], &[staff]),
        example("TagResources", &[("ResourceType", "role"), names, tag], &[web, "role/db"]),
        example("UntagResources", &[("ResourceType", "role"), names, all], &[web, "role/db"]),
        example("ListTagResources", &[("ResourceType", "policy")], &[policies]),
        example("DecodeDiagnosticMessage", &[("EncodedDiagnosticMessage", "AQE")], &["*"]),
    ]
}

/// An installation in which every example finds what it is about, and where users may do nothing
/// without a policy.
async fn furnished() -> World {
    let world = World::new().await;
    let nothing =
        [("AllowUserToChangePassword", "false"), ("AllowUserToManageMFADevices", "false")];
    world.must("SetSecurityPreference", &nothing).await;
    world.role("web", TRUST_ECS).await;
    world.role("db", TRUST_ECS).await;
    world.must("CreateUser", &[("UserName", "bob")]).await;
    world.must("CreateGroup", &[("GroupName", "staff")]).await;
    world.policy("p", &document("Allow", "oss:*", "*")).await;
    let provider = [("OIDCProviderName", "idp"), ("IssuerUrl", "https://idp.example.com")];
    world.send(Some(&world.root), Product::Ims, "CreateOIDCProvider", &provider).await;
    world
}

async fn call(world: &World, caller: Option<&Credentials>, example: &Example) -> Answer {
    let parameters: Vec<_> =
        example.parameters.iter().map(|(name, value)| (*name, &**value)).collect();
    world.send(caller, example.product, example.action, &parameters).await
}

/// A policy that allows an action on resources, by their names behind the account.
fn allow(action: &str, resources: &[&str]) -> String {
    let arn = |resource: &&str| match resource.strip_prefix("system:") {
        Some(relative) => format!("\"acs:ram:*:system:{relative}\""),
        None if *resource == "*" => "\"*\"".to_owned(),
        None => format!("\"acs:ram:*:{ACCOUNT}:{resource}\""),
    };
    let arns: Vec<_> = resources.iter().map(arn).collect();
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"ram:{action}","Resource":[{}]}}]}}"#,
        arns.join(",")
    )
}

#[test]
fn every_operation_has_an_example() {
    let all = ram::OPERATIONS.iter().chain(ims::OPERATIONS);
    let mut declared: Vec<_> = all.map(|operation| operation.spec().action).collect();
    let mut shown: Vec<_> = all_examples().map(|example| example.action).collect();
    declared.sort_unstable();
    shown.sort_unstable();
    assert_eq!(declared, shown);
    let sts: Vec<_> = sts::OPERATIONS.iter().map(|operation| operation.spec().action).collect();
    let tested = [
        "AssumeRole",
        "AssumeRoleWithOIDC",
        "AssumeRoleWithSAML",
        "GetCallerIdentity",
        "ListSessions",
        "RevokeSessions",
    ];
    assert_eq!(sts, tested, "tested with sessions, revocations and role SSO");
}

#[tokio::test]
async fn exactly_enough_is_enough_and_no_less() {
    for example in all_examples() {
        let (world, action) = (furnished().await, example.action);
        assert_eq!(call(&world, None, &example).await.code(), "MissingAccessKeyId", "{action}");
        let poor = world.user("poor", &[]).await;
        check_denied(&world, &poor, &example, "no policy").await;
        let foreign = allow(action, &example.resources).replace(ACCOUNT, "1111111111111111");
        let foreign = world.user("foreign", &[&foreign]).await;
        let owned = |resource: &&str| *resource != "*" && !resource.starts_with("system:");
        if example.resources.iter().any(owned) {
            check_denied(&world, &foreign, &example, "another account's resources").await;
        }
        for (number, withheld) in example.resources.iter().enumerate() {
            let mut others = example.resources.clone();
            others.remove(number);
            others.push("nothing/at-all");
            let name = format!("less{number}");
            let less = world.user(&name, &[&allow(action, &others)]).await;
            check_denied(&world, &less, &example, withheld).await;
            let deny = allow(action, &[withheld]).replace("Allow", "Deny");
            let name = format!("denied{number}");
            let all = document("Allow", "*", "*");
            let denied = world.user(&name, &[&all, &deny]).await;
            let answer = check_denied(&world, &denied, &example, withheld).await;
            let detail = &answer.body["AccessDeniedDetail"]["NoPermissionType"];
            assert_eq!(detail, "ExplicitDeny", "{action}");
        }
        let enough = world.user("enough", &[&allow(action, &example.resources)]).await;
        let answer = call(&world, Some(&enough), &example).await;
        assert_ne!(answer.status, 403, "{action}: {}", answer.body);
    }
}

async fn check_denied(world: &World, caller: &Credentials, example: &Example, why: &str) -> Answer {
    let answer = call(world, Some(caller), example).await;
    assert_eq!(answer.code(), "NoPermission", "{} {why}: {}", example.action, answer.body);
    assert_eq!(answer.status, 403);
    let message = answer.body["Message"].as_str().unwrap();
    assert!(message.contains(&format!("Action: ram:{}", example.action)), "{message}");
    answer
}

#[tokio::test]
async fn a_stranger_changes_nothing() {
    let world = furnished().await;
    let before = world.must("GetRole", &[("RoleName", "web")]).await["Role"].clone();
    for example in all_examples() {
        call(&world, Some(&world.stranger), &example).await;
    }
    let after = world.must("GetRole", &[("RoleName", "web")]).await["Role"].clone();
    assert_eq!(before, after);
    for (action, parameters) in [
        ("GetUser", vec![("UserName", "bob")]),
        ("GetPolicy", vec![("PolicyName", "p"), ("PolicyType", "Custom")]),
    ] {
        world.must(action, &parameters).await;
    }
}

#[tokio::test]
async fn the_kinds_of_trustees_are_a_condition() {
    let world = World::new().await;
    let policy = document("Allow", "ram:CreateRole", "*").replace(
        r#""Effect""#,
        r#""Condition":{"StringEquals":{"ram:TrustedPrincipalTypes":"Service"}},"Effect""#,
    );
    let user = world.user("alice", &[&policy]).await;
    for (trust, expected) in [(TRUST_ECS, "ok"), (TRUST_ACCOUNT, "NoPermission")] {
        let parameters = [("RoleName", "new"), ("AssumeRolePolicyDocument", trust)];
        assert_eq!(world.ram(&user, "CreateRole", &parameters).await.code(), expected);
    }
    let attaching = policy.replace("ram:CreateRole", "ram:AttachPolicyToRole");
    let user = world.user("bob", &[&attaching]).await;
    let parameters =
        [("RoleName", "new"), ("PolicyType", "System"), ("PolicyName", "ReadOnlyAccess")];
    let answer = world.ram(&user, "AttachPolicyToRole", &parameters).await;
    assert_eq!(answer.code(), "NoPermission", "of a role that is there, the request tells nothing");
}

#[tokio::test]
async fn the_tags_of_the_request_are_a_condition() {
    let conditioned = |effect: &str| {
        document(effect, "ram:*", "*").replace(
            r#""Effect""#,
            r#""Condition":{"StringEquals":{"acs:RequestTag/env":"prod"}},"Effect""#,
        )
    };
    let text = document("Allow", "oss:*", "*");
    let (prod, test) = (
        [("Tag.1.Key", "env"), ("Tag.1.Value", "prod")],
        [("Tag.1.Key", "env"), ("Tag.1.Value", "test")],
    );
    let valueless = [("Tag.1.Key", "env")];
    let second = [("Tag.1.Key", "a"), ("Tag.2.Key", "env"), ("Tag.2.Value", "prod")];
    for (action, parameters) in [
        ("CreateRole", &[("RoleName", "new"), ("AssumeRolePolicyDocument", TRUST_ECS)][..]),
        ("CreatePolicy", &[("PolicyName", "new"), ("PolicyDocument", &*text)]),
        ("ListRoles", &[]),
        ("ListPolicies", &[]),
    ] {
        for (tags, carries) in
            [(&[][..], false), (&prod, true), (&test, false), (&valueless, false), (&second, true)]
        {
            let world = World::new().await;
            let all = [parameters, tags].concat();
            let word = |allowed: bool| if allowed { "ok" } else { "NoPermission" };
            let denied = [&*document("Allow", "*", "*"), &conditioned("Deny")];
            let denied = world.user("denied", &denied).await;
            let answer = world.ram(&denied, action, &all).await;
            assert_eq!(answer.code(), word(!carries), "{action} {tags:?}, denied");
            let world = World::new().await;
            let allowed = world.user("allowed", &[&conditioned("Allow")]).await;
            let answer = world.ram(&allowed, action, &all).await;
            assert_eq!(answer.code(), word(carries), "{action} {tags:?}, allowed");
        }
    }
}

#[test]
fn every_declared_code_is_listed_and_used() {
    for (operations, all) in [
        (ram::OPERATIONS, ram::code::ALL),
        (sts::OPERATIONS, sts::code::ALL),
        (ims::OPERATIONS, ims::code::ALL),
    ] {
        let declared: Vec<_> =
            operations.iter().flat_map(|operation| operation.spec().errors).collect();
        for code in &declared {
            // Lists of all products are read in pages, and STS looks for providers.
            let paging = ***code == ram::code::INVALID_MARKER;
            let provider = ims::code::ALL.contains(code) && code.name.starts_with("EntityNotExist");
            assert!(all.contains(code) || paging || provider, "{}", code.name);
        }
        for code in all {
            assert!(declared.contains(&code), "{} is never answered", code.name);
            assert!((400..500).contains(&code.http), "{}", code.name);
            assert!(!code.doc.trim().is_empty(), "{}", code.name);
        }
        for operation in operations {
            for name in operation.spec().stored_only {
                assert!(operation.request().iter().any(|field| field.name == *name), "{name}");
            }
        }
    }
}
