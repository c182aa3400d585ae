use super::*;

/// 2026-01-01T00:00:00Z.
const NOW_SECOND: i64 = 1_767_225_600;

fn after(days: i64) -> Timestamp {
    Timestamp::from_second(NOW_SECOND + days * DAY_SECONDS).unwrap()
}

fn authority_in(folder: &Path, days: i64) -> LocalCa {
    LocalCa::open_or_create(folder, after(days)).unwrap()
}

#[test]
fn it_is_made_once_and_again_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let pem = |days| authority_in(folder.path(), days).certificate_pem().to_owned();
    let first = pem(0);
    assert_eq!(pem(0), first);
    assert_eq!(pem(AUTHORITY_DAYS - RENEW_DAYS - 1), first);
    let second = pem(AUTHORITY_DAYS - RENEW_DAYS);
    assert_ne!(second, first);
    assert_eq!(fs::read_to_string(folder.path().join(CERTIFICATE_FILE)).unwrap(), second);
}

#[test]
fn the_key_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, state) = (folder.path().join("ca"), folder.path().join("ca").join(STATE_FILE));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for _ in 0..2 {
        let _authority = authority_in(&folder, 0);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&state), 0o600);
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&state, Permissions::from_mode(0o644)).unwrap();
    }
}

#[test]
fn a_damaged_file_is_reported_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join(STATE_FILE);
    let _authority = authority_in(folder.path(), 0);
    let whole = fs::read_to_string(&state).unwrap();
    for damaged in ["", "{}", &whole.replace("PRIVATE KEY-----\\nMI", "PRIVATE KEY-----\\nXX")] {
        fs::write(&state, damaged).unwrap();
        let error = LocalCa::open_or_create(folder.path(), after(0)).unwrap_err();
        assert!(matches!(error, CaError::Damaged { .. }), "{error}");
        assert_eq!(fs::read_to_string(&state).unwrap(), damaged);
    }
}

#[test]
fn leaves_are_kept_by_host_until_they_age() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority_in(folder.path(), 0);
    let leaf = |host: &str, days| authority.leaf(host, after(days)).unwrap().chain_der.clone();
    let first = leaf("ram.aliyuncs.com", 0);
    assert_eq!(leaf("RAM.aliyuncs.com", LEAF_DAYS - RENEW_DAYS - 1), first);
    assert_ne!(leaf("sts.aliyuncs.com", 0), first);
    assert_ne!(leaf("ram.aliyuncs.com", LEAF_DAYS - RENEW_DAYS), first);
}

#[test]
fn the_number_of_leaves_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority_in(folder.path(), 0);
    for bucket in 0..=CACHE_MAX {
        authority.leaf(&format!("b{bucket}.oss-cn-beijing.aliyuncs.com"), after(0)).unwrap();
        assert!(authority.leaves.lock().unwrap().len() <= CACHE_MAX);
    }
}

#[test]
fn foreign_hosts_get_no_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority_in(folder.path(), 0);
    for host in ["a.b.aliyuncs.com", "localhost", "x.localhost", "127.0.0.1", "::1", "100.100.0.1"]
    {
        assert!(authority.leaf(host, after(0)).is_ok(), "{host}");
    }
    for host in [
        "",
        "com",
        "example.com",
        "evilaliyuncs.com",
        "aliyuncs.com.example.com",
        "mylocalhost",
        "ä.aliyuncs.com",
        "8.8.8.8",
        "100.128.0.1",
        "::2",
    ] {
        let error = authority.leaf(host, after(0)).unwrap_err();
        assert!(matches!(error, CaError::Foreign { .. }), "{host}: {error}");
    }
}

#[test]
fn the_identity_of_documents_lives_as_long_as_its_authority() {
    let folder = tempfile::tempdir().unwrap();
    let identity = |days| {
        let authority = authority_in(folder.path(), days);
        let identity = authority.documents();
        (identity.certificate_pem.clone(), identity.key_der.expose().clone())
    };
    let first = identity(0);
    assert_eq!(identity(AUTHORITY_DAYS - RENEW_DAYS - 1), first);
    let published = || fs::read_to_string(folder.path().join(DOCUMENT_CERTIFICATE_FILE)).unwrap();
    assert_eq!(published(), first.0);
    let second = identity(AUTHORITY_DAYS - RENEW_DAYS);
    assert_ne!(second, first);
    assert_eq!(published(), second.0);
}

#[test]
fn an_authority_without_an_identity_of_documents_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let pem = authority_in(folder.path(), 0).certificate_pem().to_owned();
    let path = folder.path().join(STATE_FILE);
    let mut state: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    state.as_object_mut().unwrap().remove("documents");
    fs::write(&path, state.to_string()).unwrap();
    let authority = authority_in(folder.path(), 0);
    assert_eq!(authority.certificate_pem(), pem, "the authority itself stays");
    assert!(!authority.documents().certificate_pem.is_empty());
}
