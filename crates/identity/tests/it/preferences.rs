//! What a security preference lets users do for themselves.

use rolecall_crypto::sign::Credentials;
use rolecall_gate::Directory;
use rolecall_identity::IdentityDirectory;
use serde_json::json;

use crate::devices::Device;
use crate::logins::PASSWORD;
use crate::support::{World, document};

#[tokio::test]
async fn a_preference_is_kept_and_answered() {
    let world = World::new().await;
    let shown =
        async || world.must("GetSecurityPreference", &[]).await["SecurityPreference"].clone();
    let plain = json!({
        "LoginProfilePreference": {
            "AllowUserToChangePassword": true, "EnableSaveMFATicket": false,
            "LoginNetworkMasks": "", "LoginSessionDuration": 6,
        },
        "AccessKeyPreference": {"AllowUserToManageAccessKeys": false},
        "MFAPreference": {"AllowUserToManageMFADevices": true},
        "PublicKeyPreference": {"AllowUserToManagePublicKeys": false},
    });
    assert_eq!(shown().await, plain);
    let other = [
        ("AllowUserToChangePassword", "false"),
        ("AllowUserToManageAccessKeys", "true"),
        ("AllowUserToManageMFADevices", "false"),
        ("AllowUserToManagePublicKeys", "true"),
        ("EnableSaveMFATicket", "true"),
        ("LoginNetworkMasks", "192.168.0.0/16;10.0.0.0/8"),
        ("LoginSessionDuration", "24"),
    ];
    let set = world.must("SetSecurityPreference", &other).await["SecurityPreference"].clone();
    assert_eq!(
        set,
        json!({
            "LoginProfilePreference": {
                "AllowUserToChangePassword": false, "EnableSaveMFATicket": true,
                "LoginNetworkMasks": "192.168.0.0/16;10.0.0.0/8", "LoginSessionDuration": 24,
            },
            "AccessKeyPreference": {"AllowUserToManageAccessKeys": true},
            "MFAPreference": {"AllowUserToManageMFADevices": false},
            "PublicKeyPreference": {"AllowUserToManagePublicKeys": true},
        })
    );
    assert_eq!(shown().await, set);
    for (name, value, expected) in [
        ("LoginSessionDuration", "0", "InvalidParameter.LoginSessionDuration.Range"),
        ("LoginSessionDuration", "25", "InvalidParameter.LoginSessionDuration.Range"),
        ("LoginNetworkMasks", "10.0.0.0/33", "InvalidParameter.LoginNetworkMasks.Format"),
        ("LoginNetworkMasks", "10.0.0.0/8,11.0.0.0/8", "InvalidParameter.LoginNetworkMasks.Format"),
        ("LoginNetworkMasks", &"1".repeat(513), "InvalidParameter.LoginNetworkMasks.Length"),
        ("EnableSaveMFATicket", "yes", "InvalidParameter.EnableSaveMFATicket.Format"),
    ] {
        assert_eq!(world.code("SetSecurityPreference", &[(name, value)]).await, expected);
    }
    assert_eq!(shown().await, set, "who is refused changes nothing");
    world.must("SetSecurityPreference", &[]).await;
    assert_eq!(shown().await, plain);
}

/// What `caller` is told for its own keys, its own password and its own device.
async fn told(world: &World, caller: &Credentials) -> [String; 3] {
    let change = [("OldPassword", "wrong"), ("NewPassword", PASSWORD)];
    let user = ("UserName", "alice");
    [
        world.ram(caller, "ListAccessKeys", &[]).await.code().to_owned(),
        world.ram(caller, "ChangePassword", &change).await.code().to_owned(),
        world.ram(caller, "GetUserMFAInfo", &[user]).await.code().to_owned(),
    ]
}

#[tokio::test]
async fn each_switch_lets_users_do_what_it_says_and_only_to_themselves() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let bob = world.user("bob", &[]).await;
    let no = "NoPermission";
    let (keys, password, device) =
        ("ok", "EntityNotExist.User.LoginProfile", "EntityNotExist.User.MFADevice");
    assert_eq!(told(&world, &alice).await, [no, password, device], "by itself");
    let switches = |keys, password, device| {
        [
            ("AllowUserToManageAccessKeys", keys),
            ("AllowUserToChangePassword", password),
            ("AllowUserToManageMFADevices", device),
        ]
    };
    for (on, expected) in [
        (switches("true", "false", "false"), [keys, no, no]),
        (switches("false", "true", "false"), [no, password, no]),
        (switches("false", "false", "true"), [no, no, device]),
        (switches("false", "false", "false"), [no, no, no]),
        (switches("true", "true", "true"), [keys, password, device]),
    ] {
        world.must("SetSecurityPreference", &on).await;
        assert_eq!(told(&world, &alice).await, expected, "{on:?}");
        check_loaded(&world).await;
    }
    // With every switch on, another's things stay another's.
    let alices = ("UserName", "alice");
    for (action, more) in [
        ("ListAccessKeys", vec![]),
        ("CreateAccessKey", vec![]),
        ("DeleteAccessKey", vec![("UserAccessKeyId", &*alice.access_key_id)]),
        ("GetUserMFAInfo", vec![]),
        ("UnbindMFADevice", vec![]),
        ("GetLoginProfile", vec![]),
        ("CreateLoginProfile", vec![("Password", PASSWORD)]),
        ("UpdateLoginProfile", vec![("Password", PASSWORD)]),
        ("DeleteUser", vec![]),
    ] {
        let parameters = [vec![alices], more].concat();
        assert_eq!(world.ram(&bob, action, &parameters).await.code(), no, "{action}");
    }
    for action in ["ListVirtualMFADevices", "SetSecurityPreference", "GetPasswordPolicy"] {
        assert_eq!(world.ram(&alice, action, &[]).await.code(), no, "{action}");
    }
    // A switch is no way around a denial, and does not follow a name.
    let denied = world.user("carol", &[&document("Deny", "ram:*", "*")]).await;
    assert_eq!(told(&world, &denied).await, [no, no, no]);
    world.must("UpdateUser", &[alices, ("NewUserName", "dora")]).await;
    world.must("CreateUser", &[alices]).await;
    assert_eq!(told(&world, &alice).await, [keys, password, no], "alice is another one now");
}

#[tokio::test]
async fn a_user_makes_and_binds_its_own_device() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let name = [("VirtualMFADeviceName", "phone")];
    assert_eq!(world.ram(&alice, "CreateVirtualMFADevice", &name).await.code(), "ok");
    // Whose seed it is nobody knows any more, so bind another one.
    let device = Device::make(&world, "second").await;
    let codes = [device.code(&world, -1), device.code(&world, 0)];
    let bind = [
        ("UserName", "alice"),
        ("SerialNumber", device.serial.as_str()),
        ("AuthenticationCode1", codes[0].as_str()),
        ("AuthenticationCode2", codes[1].as_str()),
    ];
    assert_eq!(world.ram(&alice, "BindMFADevice", &bind).await.code(), "ok");
    let user = [("UserName", "alice")];
    assert_eq!(world.ram(&alice, "GetUserMFAInfo", &user).await.code(), "ok");
    assert_eq!(world.ram(&alice, "UnbindMFADevice", &user).await.code(), "ok");
    let serial = [("SerialNumber", device.serial.as_str())];
    let code = world.ram(&alice, "DeleteVirtualMFADevice", &serial).await.code().to_owned();
    assert_eq!(code, "NoPermission");
}

/// What is followed of devices is what is loaded: which of them are a user's own.
async fn check_loaded(world: &World) {
    let reader = world.store.read().await.unwrap();
    let loaded = IdentityDirectory::load(&reader).await.unwrap().snapshot();
    for (name, user) in &world.snapshot().users {
        let compiled = |user: &rolecall_gate::UserEntry| format!("{:?}", user.policies);
        assert_eq!(compiled(user), compiled(&loaded.users[name]));
    }
}

/// A device is a user's own if the user made it and nobody else has it.
#[tokio::test]
async fn a_user_deletes_its_own_device_and_no_other() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let bob = world.user("bob", &[]).await;
    let denied = world.user("dora", &[&document("Deny", "ram:DeleteVirtualMFADevice", "*")]).await;
    let make = async |caller, name: &str| {
        let name = [("VirtualMFADeviceName", name)];
        let made = world.ram(caller, "CreateVirtualMFADevice", &name).await;
        Device::shown(&made.body["VirtualMFADevice"])
    };
    let delete = async |caller, serial: &str| {
        let serial = [("SerialNumber", serial)];
        world.ram(caller, "DeleteVirtualMFADevice", &serial).await.code().to_owned()
    };
    let no = "NoPermission";
    let of_root = Device::make(&world, "of-root").await;
    let phone = make(&alice, "phone").await;
    let of_dora = make(&denied, "of-dora").await;
    check_loaded(&world).await;
    for other in [&of_root.serial, &of_dora.serial, "acs:ram::1234567890123456:mfa/*", "phone"] {
        assert_eq!(delete(&alice, other).await, no, "{other}");
    }
    assert_eq!(delete(&bob, &phone.serial).await, no);
    assert_eq!(delete(&denied, &of_dora.serial).await, no, "a denial wins");
    // Bound, it is in use; unbound, which its user does itself, it can go.
    assert_eq!(phone.bind(&world, "alice").await, "ok");
    let conflict = "DeleteConflict.VirtualMFADevice.User";
    assert_eq!(delete(&alice, &phone.serial).await, conflict);
    let user = [("UserName", "alice")];
    assert_eq!(world.ram(&bob, "UnbindMFADevice", &user).await.code(), no);
    assert_eq!(world.ram(&alice, "UnbindMFADevice", &user).await.code(), "ok");
    check_loaded(&world).await;
    let switch = async |on| {
        world.must("SetSecurityPreference", &[("AllowUserToManageMFADevices", on)]).await;
    };
    switch("false").await;
    assert_eq!(delete(&alice, &phone.serial).await, no, "the switch is off");
    assert_eq!(world.ram(&alice, "UnbindMFADevice", &user).await.code(), no, "the switch is off");
    switch("true").await;
    assert_eq!(delete(&alice, &phone.serial).await, "ok");
    assert_eq!(delete(&alice, &phone.serial).await, no, "it is gone, and so is the permission");
    // What another has is another's, whoever made it, and until it is unbound again.
    let second = make(&alice, "phone").await;
    assert_eq!(second.bind(&world, "bob").await, "ok");
    assert_eq!(delete(&alice, &second.serial).await, no);
    world.must("UnbindMFADevice", &[("UserName", "bob")]).await;
    assert_eq!(delete(&bob, &second.serial).await, no, "bob did not make it");
    // A name is no claim, and a new name no loss.
    world.must("UpdateUser", &[("UserName", "alice"), ("NewUserName", "carol")]).await;
    let namesake = world.user("alice", &[]).await;
    assert_eq!(delete(&namesake, &second.serial).await, no);
    check_loaded(&world).await;
    assert_eq!(delete(&alice, &second.serial).await, "ok");
    assert_eq!(of_root.bind(&world, "carol").await, "ok");
    world.must("UnbindMFADevice", &[("UserName", "carol")]).await;
    assert_eq!(delete(&alice, &of_root.serial).await, no, "an administrator made it");
}

/// A user without any policy cannot use up what the account may have of devices.
#[tokio::test]
async fn who_may_not_delete_devices_has_one_unbound_at_most() {
    let world = World::new().await;
    let alice = world.user("alice", &[]).await;
    let bob = world.user("bob", &[]).await;
    let keeper = world.user("keeper", &[&document("Allow", "ram:*", "*")]).await;
    let make = async |caller, name: &str| {
        let name = [("VirtualMFADeviceName", name)];
        world.ram(caller, "CreateVirtualMFADevice", &name).await
    };
    let devices = async || {
        let listed = world.must("ListVirtualMFADevices", &[]).await;
        let listed = listed["VirtualMFADevices"]["VirtualMFADevice"].clone();
        let short = |it: &serde_json::Value| {
            it["SerialNumber"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
        };
        listed.as_array().unwrap().iter().map(short).collect::<Vec<_>>()
    };
    let of_root = Device::make(&world, "of-root").await;
    for (caller, name) in [
        (&bob, "of-bob"),
        (&keeper, "of-keeper-1"),
        (&keeper, "of-keeper-2"),
        (&alice, "of-alice-1"),
        (&alice, "of-alice-2"),
        (&alice, "of-alice-2"),
    ] {
        assert_eq!(make(caller, name).await.code(), "ok", "{name}");
    }
    let mut expected = vec!["of-alice-2", "of-bob", "of-keeper-1", "of-keeper-2", "of-root"];
    assert_eq!(devices().await, expected);
    // Names of others stay taken, and what fails takes nothing away.
    let taken = "EntityAlreadyExists.VirtualMFADevice";
    assert_eq!(make(&alice, "OF-Bob").await.code(), taken);
    assert_eq!(devices().await, expected);
    // What is bound is no clutter, until it is unbound; whoever made the other ones keeps them.
    let made = make(&alice, "bound").await;
    let bound = Device::shown(&made.body["VirtualMFADevice"]);
    assert_eq!(bound.bind(&world, "alice").await, "ok");
    assert_eq!(make(&alice, "next").await.code(), "ok");
    expected.splice(0..1, ["bound", "next"]);
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    assert_eq!(devices().await, sorted(expected.clone()));
    world.must("UnbindMFADevice", &[("UserName", "alice")]).await;
    assert_eq!(make(&alice, "last").await.code(), "ok");
    expected.splice(0..2, ["last"]);
    assert_eq!(devices().await, sorted(expected));
    assert_eq!(of_root.bind(&world, "alice").await, "ok");
}
