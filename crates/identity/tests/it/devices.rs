//! Virtual MFA devices, over the API.

use rolecall_crypto::TotpSeed;
use rolecall_types::Clock;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, World};

/// A device as its owner has it: the serial number and what the app took from the picture.
pub(crate) struct Device {
    pub(crate) serial: String,
    pub(crate) seed: TotpSeed,
}

impl Device {
    /// A device that the account made.
    pub(crate) async fn make(world: &World, name: &str) -> Self {
        let made = world.must("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]).await;
        Self::shown(&made["VirtualMFADevice"])
    }

    /// A device as the answer that made it shows it.
    pub(crate) fn shown(view: &Value) -> Self {
        let text = |name: &str| view[name].as_str().unwrap().to_owned();
        let seed = TotpSeed::parse(&text("Base32StringSeed")).unwrap();
        Self { serial: text("SerialNumber"), seed }
    }

    /// The code that the device shows `later` steps from now.
    pub(crate) fn code(&self, world: &World, later: i64) -> String {
        let step = TotpSeed::step(world.clock.now()).checked_add_signed(later).unwrap();
        self.seed.code(step).expose().to_owned()
    }

    /// Binds the device to a user, who waited for the second code.
    pub(crate) async fn bind(&self, world: &World, user: &str) -> String {
        let (first, second) = (self.code(world, -1), self.code(world, 0));
        self.bind_by(world, user, &first, &second).await
    }

    async fn bind_by(&self, world: &World, user: &str, first: &str, second: &str) -> String {
        let parameters = [
            ("UserName", user),
            ("SerialNumber", self.serial.as_str()),
            ("AuthenticationCode1", first),
            ("AuthenticationCode2", second),
        ];
        world.code("BindMFADevice", &parameters).await
    }
}

#[tokio::test]
async fn a_device_lives() {
    let world = World::new().await;
    let user = ("UserName", "alice");
    let made = world.must("CreateUser", &[user, ("DisplayName", "Alice")]).await;
    let device = Device::make(&world, "alice.1").await;
    assert_eq!(device.serial, format!("acs:ram::{ACCOUNT}:mfa/alice.1"));
    let serial = ("SerialNumber", device.serial.as_str());
    let listed = world.must("ListVirtualMFADevices", &[]).await;
    let unbound = json!([{"SerialNumber": device.serial}]);
    assert_eq!(listed["VirtualMFADevices"]["VirtualMFADevice"], unbound);
    let none = "EntityNotExist.User.MFADevice";
    for action in ["GetUserMFAInfo", "UnbindMFADevice"] {
        assert_eq!(world.code(action, &[user]).await, none, "{action}");
        let nobody = world.code(action, &[("UserName", "nobody")]).await;
        assert_eq!(nobody, "EntityNotExist.User", "{action}");
    }
    assert_eq!(device.bind(&world, "nobody").await, "EntityNotExist.User");
    assert_eq!(device.bind(&world, "alice").await, "ok");
    let shown = world.must("GetUserMFAInfo", &[user]).await;
    assert_eq!(shown["MFADevice"], json!({"SerialNumber": device.serial, "Type": "VMFA"}));
    let bound = json!([{
        "SerialNumber": device.serial,
        "ActivateDate": "2023-11-14T22:13:20Z",
        "User": {
            "UserId": made["User"]["UserId"], "UserName": "alice", "DisplayName": "Alice",
        },
    }]);
    let listed = world.must("ListVirtualMFADevices", &[]).await;
    assert_eq!(listed["VirtualMFADevices"]["VirtualMFADevice"], bound);

    let taken = "EntityAlreadyExists.VirtualMFADevice.User";
    assert_eq!(device.bind(&world, "alice").await, taken);
    let second = Device::make(&world, "second").await;
    assert_eq!(second.bind(&world, "alice").await, "EntityAlreadyExists.User.MFADevice");
    let conflict = "DeleteConflict.VirtualMFADevice.User";
    assert_eq!(world.code("DeleteVirtualMFADevice", &[serial]).await, conflict);
    assert_eq!(world.code("DeleteUser", &[user]).await, "DeleteConflict.User.MFADevice");

    // It goes along to another name, and to another spelling of the same.
    for (from, to) in [("alice", "carol"), ("carol", "Carol")] {
        world.must("UpdateUser", &[("UserName", from), ("NewUserName", to)]).await;
        let shown = world.must("GetUserMFAInfo", &[("UserName", to)]).await;
        assert_eq!(shown["MFADevice"]["SerialNumber"], device.serial);
        let listed = world.must("ListVirtualMFADevices", &[]).await;
        let first = &listed["VirtualMFADevices"]["VirtualMFADevice"][0];
        assert_eq!(first["User"]["UserName"], to);
        assert_eq!(first["ActivateDate"], "2023-11-14T22:13:20Z");
    }
    world.must("CreateUser", &[user]).await;
    assert_eq!(world.code("GetUserMFAInfo", &[user]).await, none);

    let taken_away = world.must("UnbindMFADevice", &[("UserName", "Carol")]).await;
    assert_eq!(taken_away["MFADevice"], json!({"SerialNumber": device.serial}));
    assert_eq!(world.code("GetUserMFAInfo", &[("UserName", "Carol")]).await, none);
    world.must("DeleteUser", &[("UserName", "Carol")]).await;
    world.must("DeleteVirtualMFADevice", &[serial]).await;
    let gone = "EntityNotExist.VirtualMFADevice";
    assert_eq!(world.code("DeleteVirtualMFADevice", &[serial]).await, gone);
    assert_eq!(device.bind(&world, "alice").await, gone);
    let again = Device::make(&world, "alice.1").await;
    assert!(again.seed != device.seed);
}

#[tokio::test]
async fn two_codes_in_their_order_bind_a_device() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    let device = Device::make(&world, "phone").await;
    let fail = "CheckAuthenticationCodeFail";
    for (first, second) in [(0, 0), (0, -1), (-1, 1), (-3, -2), (1, 2)] {
        let (first, second) = (device.code(&world, first), device.code(&world, second));
        assert_eq!(device.bind_by(&world, "alice", &first, &second).await, fail);
    }
    let now = device.code(&world, 0);
    let (head, tail) = now.split_at(3);
    let spellings = [
        format!(" {now}"),
        format!("{now} "),
        format!("{head} {tail}"),
        format!("0{now}"),
        now.chars().take(5).collect(),
        "１２３４５６".to_owned(),
        "12345a".to_owned(),
        "+12345".to_owned(),
    ];
    let format = "InvalidParameter.AuthenticationCode.Format";
    for wrong in &spellings {
        let code = device.bind_by(&world, "alice", &device.code(&world, -1), wrong).await;
        assert_eq!(code, format, "{wrong:?}");
        let code = device.bind_by(&world, "alice", wrong, &now).await;
        assert_eq!(code, format, "{wrong:?}");
    }
    assert_eq!(device.bind(&world, "alice").await, "ok");
    // What was used once is used, by whomever.
    world.must("UnbindMFADevice", &[("UserName", "alice")]).await;
    assert_eq!(device.bind(&world, "alice").await, fail);
    world.clock.advance(60);
    assert_eq!(device.bind(&world, "alice").await, "ok");
}

#[tokio::test]
async fn names_and_serial_numbers_have_their_form() {
    let world = World::new().await;
    let create = async |name: &str| {
        world.code("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]).await
    };
    for (name, expected) in [
        ("a.B-1", "ok"),
        ("A.b-1", "EntityAlreadyExists.VirtualMFADevice"),
        (&*"a".repeat(64), "ok"),
        (&*"a".repeat(65), "InvalidParameter.VirtualMFADeviceName.Length"),
        ("a_b", "InvalidParameter.VirtualMFADeviceName.InvalidChars"),
        ("", "MissingVirtualMFADeviceName"),
    ] {
        assert_eq!(create(name).await, expected, "{name}");
    }
    for (serial, expected) in [
        ("acs:ram::1234567890123456:mfa/A.b-1", "EntityNotExist.VirtualMFADevice"),
        ("acs:ram::6543210987654321:mfa/a.B-1", "EntityNotExist.VirtualMFADevice"),
        ("a.B-1", "EntityNotExist.VirtualMFADevice"),
        (&*"a".repeat(257), "InvalidParameter.SerialNumber.Format"),
        ("acs:ram:*:1234567890123456:mfa/a.B-1", "ok"),
    ] {
        let code = world.code("DeleteVirtualMFADevice", &[("SerialNumber", serial)]).await;
        assert_eq!(code, expected, "{serial}");
    }
}

#[tokio::test]
async fn a_seed_is_told_once() {
    let world = World::new().await;
    world.must("CreateUser", &[("UserName", "alice")]).await;
    let made = world.must("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone")]).await;
    let device = Device::shown(&made["VirtualMFADevice"]);
    let (first, second) = (device.code(&world, -1), device.code(&world, 0));
    assert_eq!(device.bind_by(&world, "alice", &first, &second).await, "ok");
    let later = [
        world.must("ListVirtualMFADevices", &[]).await,
        world.must("GetUserMFAInfo", &[("UserName", "alice")]).await,
        world.must("UnbindMFADevice", &[("UserName", "alice")]).await,
    ];
    let recorded = world.recorded.0.lock().unwrap().join("\n");
    let seen = format!("{later:?}{recorded}");
    let (seed, picture) = (&made["VirtualMFADevice"]["Base32StringSeed"], device.seed.base32());
    assert_eq!(seed.as_str().unwrap(), picture.expose());
    for hidden in [picture.expose().as_str(), &first, &second] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
    let picture = made["VirtualMFADevice"]["QRCodePNG"].as_str().unwrap();
    assert!(picture.starts_with("iVBORw0KGgo"), "a PNG in Base64");
    assert!(!seen.contains(picture));
}
