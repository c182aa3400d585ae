//! V50, loose file modes: every file and folder is its owner's alone whatever the umask, and a data
//! folder that others can enter is refused.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use rolecall_api::Product;

use crate::harness::{Object, Scheme, Server, Setup};

/// What everybody may read: it stands in a folder that nobody else can enter, and holds no secret.
const PUBLIC: [&str; 2] = ["ca.pem", "instance-identity.pem"];

/// Starts under a umask that takes nothing away.
fn open_handed() -> Server {
    let wrapper = vec!["sh", "-c", "umask 000; exec \"$@\"", "sh"];
    Server::start_with(Setup { wrapper, ..Setup::default() })
}

/// Checks a folder and what is below it; returns how many files there are.
fn check(path: &Path) -> usize {
    let metadata = fs::symlink_metadata(path).unwrap();
    let mode = metadata.permissions().mode() & 0o7777;
    let public = path.file_name().is_some_and(|name| PUBLIC.iter().any(|it| name == *it));
    let expected = match (metadata.is_dir(), public) {
        (true, _) => 0o700,
        (false, true) => 0o644,
        (false, false) => 0o600,
    };
    assert_eq!(mode, expected, "{}: {mode:o}", path.display());
    if !metadata.is_dir() {
        return 1;
    }
    fs::read_dir(path).unwrap().map(|entry| check(&entry.unwrap().path())).sum()
}

#[test]
fn everything_is_its_owners_alone() {
    let mut server = open_handed();
    // Work that makes files: nonces, objects, parts of them, the audit trail.
    server.ram("CreateUser", &[("UserName", "alice")]);
    for target in [("bucket", ""), ("bucket", "a/b/c")] {
        let mut request = Object::new(Scheme::OssV1Header, &server.root, "PUT", target).sign();
        request.body = if target.1.is_empty() { Vec::new() } else { vec![b'x'; 100_000] };
        assert_eq!(server.send(&request).status, 200);
    }
    assert_eq!(server.call(&server.root, (Product::Sts, "GetCallerIdentity"), &[]).status, 200);
    for _ in 0..2 {
        assert!(check(&server.data()) > 10);
        let socket = fs::metadata(server.data().join("control.sock")).unwrap();
        assert!(socket.file_type().is_socket());
        let ready = fs::metadata(server.ready_file()).unwrap();
        assert_eq!(ready.permissions().mode() & 0o7777, 0o600);
        server.kill_and_restart();
    }
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    for mode in [0o755, 0o750, 0o701, 0o770, 0o777] {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
        let ready = parent.path().join("ready");
        let output = Command::new("timeout")
            .arg("20")
            .arg(env!("CARGO_BIN_EXE_rolecall"))
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--ready-file")
            .arg(&ready)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{mode:o}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("chmod 700"), "{mode:o}: {said}");
        assert!(!ready.exists());
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "{mode:o}: something was written");
    }
}
