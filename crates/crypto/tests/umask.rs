//! Key files have their exact modes, whatever the umask (V50).

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    use rolecall_crypto::KeyRing;
    use rolecall_types::SystemRandom;

    /// Where the child makes its ring, below its current directory.
    const DIRECTORY: &str = "keys";

    #[test]
    fn modes_are_exact_under_any_umask() {
        for umask in ["000", "022", "077", "177", "777"] {
            let parent = tempfile::tempdir().unwrap();
            let run = "umask $1; exec \"$0\" --exact tests::make_a_ring --ignored";
            let made = Command::new("sh")
                .args(["-c", run])
                .arg(std::env::current_exe().unwrap())
                .arg(umask)
                .current_dir(parent.path())
                .output()
                .unwrap();
            let report = String::from_utf8_lossy(&made.stdout);
            assert!(made.status.success() && report.contains("1 passed"), "{umask}: {report}");
            let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
            let directory = parent.path().join(DIRECTORY);
            assert_eq!(mode(&directory), 0o700, "umask {umask}");
            for version in ["root-00000001.key", "root-00000002.key"] {
                assert_eq!(mode(&directory.join(version)), 0o600, "umask {umask}");
            }
        }
    }

    /// Not a test of its own: the one above runs it in a child with another umask.
    #[test]
    #[ignore = "run by modes_are_exact_under_any_umask, in a directory of its own"]
    fn make_a_ring() {
        KeyRing::open_or_create(Path::new(DIRECTORY), &SystemRandom).unwrap();
        KeyRing::rotate(Path::new(DIRECTORY), &SystemRandom).unwrap();
    }
}
