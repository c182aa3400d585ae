use super::*;

const NOW: i64 = 1_700_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn key(id: &str) -> AccessKeyId {
    AccessKeyId::parse(id).unwrap()
}

/// Uses a nonce of one key; both instants are seconds from [`NOW`].
fn check(ledger: &NonceLedger, nonce: &str, signed: i64, now: i64, fresh: bool) {
    let digest = NonceDigest::of(&key("LTAIone"), nonce);
    let (signed_at, now) = (at(NOW + signed), at(NOW + now));
    assert_eq!(ledger.is_used(digest), !fresh, "{nonce} is known");
    assert_eq!(ledger.use_up(digest, signed_at, now).unwrap(), fresh, "{nonce} is used up");
    assert!(ledger.is_used(digest), "{nonce} is known afterwards");
}

fn journals(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| journal_number(path).is_some()).collect();
    files.sort();
    files
}

#[test]
fn a_nonce_works_once_for_its_key() {
    let ledger = NonceLedger::in_memory();
    check(&ledger, "n", 0, 0, true);
    check(&ledger, "n", 0, 0, false);
    check(&ledger, "n", 300, 300, false);
    check(&ledger, "N", 0, 0, true);
    check(&ledger, "", 0, 0, true);
    check(&ledger, "", 0, 0, false);
    let other = key("LTAItwo");
    assert!(!ledger.is_used(NonceDigest::of(&other, "n")));
    assert!(ledger.use_up(NonceDigest::of(&other, "n"), at(NOW), at(NOW)).unwrap());
}

#[test]
fn key_and_nonce_are_not_run_together() {
    let ledger = NonceLedger::in_memory();
    assert!(ledger.use_up(NonceDigest::of(&key("LTAIa"), "bc"), at(NOW), at(NOW)).unwrap());
    assert!(!ledger.is_used(NonceDigest::of(&key("LTAIab"), "c")));
}

/// Whenever a request's time is in the window, its nonce is known: at both ends and in between,
/// whatever other requests made the ledger forget meanwhile.
#[test]
fn a_nonce_is_known_as_long_as_its_time_is_in_the_window() {
    for shift in [0, 1, 150, 299] {
        for signed in [-ALLOWED_SKEW_SECONDS, -1, 0, 1, ALLOWED_SKEW_SECONDS] {
            let ledger = NonceLedger::in_memory();
            check(&ledger, "n", shift + signed, shift, true);
            let last = signed + ALLOWED_SKEW_SECONDS;
            for (count, now) in (0..=last).step_by(100).chain([last]).enumerate() {
                let now = shift + now;
                check(&ledger, &format!("other {count}"), now, now, true);
                check(&ledger, "n", shift + signed, now, false);
            }
        }
    }
}

#[test]
fn what_left_the_window_is_forgotten() {
    let ledger = NonceLedger::in_memory();
    for minute in 0..600 {
        check(&ledger, &minute.to_string(), 60 * minute, 60 * minute, true);
    }
    let kept: usize = ledger.state.lock().unwrap().buckets.values().map(HashSet::len).sum();
    assert!((15..=30).contains(&kept), "{kept} of 600 are kept");
}

#[test]
fn the_journal_survives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let open = |now| NonceLedger::open(folder.path(), at(NOW + now)).unwrap();
    let first = open(0);
    check(&first, "early", -900, 0, true);
    check(&first, "late", 900, 0, true);
    // Never closed: a process that is killed closes nothing either.
    let second = open(1);
    check(&second, "early", -900, 1, false);
    check(&second, "late", 900, 1, false);
    check(&second, "new", 1, 1, true);
    drop(first);
    check(&open(1800), "late", 900, 1800, false);
}

#[test]
fn old_journals_are_removed_and_new_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = NonceLedger::open(folder.path(), at(NOW)).unwrap();
    for step in 0..10 {
        let now = step * JOURNAL_SECONDS;
        check(&ledger, &step.to_string(), now, now, true);
        assert!(journals(folder.path()).len() <= 3);
    }
    let later = 12 * JOURNAL_SECONDS;
    NonceLedger::open(folder.path(), at(NOW + later)).unwrap();
    assert_eq!(journals(folder.path()), Vec::<PathBuf>::new());
}

/// A journal may end in the middle of an entry: what comes after must not be read out of step.
#[test]
fn a_cut_journal_loses_no_more_than_its_last_entry() {
    for cut in 1..ENTRY_BYTES as u64 {
        let folder = tempfile::tempdir().unwrap();
        let open = || NonceLedger::open(folder.path(), at(NOW)).unwrap();
        let ledger = open();
        check(&ledger, "whole", 0, 0, true);
        check(&ledger, "cut", 0, 0, true);
        let journal = journals(folder.path()).pop().unwrap();
        let file = OpenOptions::new().write(true).open(&journal).unwrap();
        file.set_len(2 * ENTRY_BYTES as u64 - cut).unwrap();
        let ledger = open();
        check(&ledger, "whole", 0, 0, false);
        check(&ledger, "new", 0, 0, true);
        let ledger = open();
        check(&ledger, "whole", 0, 0, false);
        check(&ledger, "new", 0, 0, false);
    }
}

#[test]
fn files_that_are_not_journals_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.nonces", "1.nonces.bak", "readme"] {
        fs::write(folder.path().join(name), "text of some length, longer than an entry").unwrap();
    }
    let ledger = NonceLedger::open(folder.path(), at(NOW)).unwrap();
    assert!(ledger.state.lock().unwrap().buckets.is_empty());
    assert!(folder.path().join("readme").exists());
}

#[test]
fn after_a_start_of_the_machine_nothing_older_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let open = |now| NonceLedger::open(folder.path(), at(NOW + now)).unwrap();
    let first = open(0);
    assert!(!first.is_before_floor(Timestamp::MIN), "a first start has lost nothing");
    check(&first, "n", 0, 0, true);
    assert!(!open(10).is_before_floor(at(NOW - 900)), "the machine was not started since");
    fs::write(folder.path().join("boot"), "another start of the machine\n").unwrap();
    let after = open(20);
    assert!(after.is_before_floor(at(NOW + 19)));
    assert!(!after.is_before_floor(at(NOW + 20)));
}

/// The marker may be gone with the power while entries are not.
#[test]
fn entries_without_a_marker_are_not_a_first_start() {
    let folder = tempfile::tempdir().unwrap();
    check(&NonceLedger::open(folder.path(), at(NOW)).unwrap(), "n", 0, 0, true);
    fs::remove_file(folder.path().join("boot")).unwrap();
    let after = NonceLedger::open(folder.path(), at(NOW + 5)).unwrap();
    assert!(after.is_before_floor(at(NOW + 4)));
}

#[test]
fn a_journal_that_cannot_be_written_refuses_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nonces = folder.path().join("nonces");
    let ledger = NonceLedger::open(&nonces, at(NOW)).unwrap();
    fs::remove_dir_all(&nonces).unwrap();
    let key = key("LTAIone");
    let error = ledger.use_up(NonceDigest::of(&key, "n"), at(NOW), at(NOW)).unwrap_err();
    assert!(error.to_string().starts_with("cannot open the nonce journal in `"), "{error}");
    assert!(
        !ledger.is_used(NonceDigest::of(&key, "n")),
        "the request did not go on, and may be sent again"
    );
}

#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let nonces = folder.path().join("nonces");
    check(&NonceLedger::open(&nonces, at(NOW)).unwrap(), "n", 0, 0, true);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&nonces), 0o700);
    for entry in fs::read_dir(&nonces).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// Of many who use one nonce at the same time, one succeeds.
#[test]
fn one_of_many_at_once_succeeds() {
    let ledger = NonceLedger::in_memory();
    for round in 0..50 {
        let nonce = round.to_string();
        let wins: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        ledger
                            .use_up(NonceDigest::of(&key("LTAIone"), &nonce), at(NOW), at(NOW))
                            .unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(wins, 1, "{nonce}");
    }
}
