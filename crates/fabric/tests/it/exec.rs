//! Commands inside an instance are as they would be outside.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use crate::support::{NOBODY, World, as_each_user, inside, inside_as, is_root, text, text_of};

as_each_user! {
    /// The process becomes the command, so its end is the command's.
    fn the_end_of_a_command_is_its_own() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        for code in [0, 7, 125, 255] {
            let script = format!("exit {code}");
            let status = inside(&holder, &["sh", "-c", &script]).status().unwrap();
            assert_eq!(status.code(), Some(code));
        }
        for signal in [9, 13, 15] {
            let script = format!("kill -{signal} $$");
            let status = inside(&holder, &["sh", "-c", &script]).status().unwrap();
            assert_eq!(status.signal(), Some(signal));
        }
        let ignored = ["grep", "SigIgn", "/proc/self/status"];
        let outside = Command::new(ignored[0]).args(&ignored[1..]).output().unwrap();
        assert_eq!(text_of(&holder, &ignored), text(&outside));
        let missing = inside(&holder, &["no-such-program"]).output().unwrap();
        assert_eq!(missing.status.code(), Some(125));
        assert!(String::from_utf8_lossy(&missing.stderr).contains("could not run no-such-program"));
    }

    /// Folder and arguments stay; what could betray the person outside does not.
    fn surroundings_stay_but_for_credentials() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let path = text(&inside(&holder, &["pwd"]).current_dir(folder.path()).output().unwrap());
        assert_eq!(Path::new(path.trim_end()), folder.path());
        let output = inside(&holder, &["env"])
            .env_clear()
            .env("PATH", crate::support::PATH)
            .env("MINE", "kept")
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "outside")
            .env("https_proxy", "http://outside:1")
            .output()
            .unwrap();
        let environment = text(&output);
        let names: Vec<_> =
            environment.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert!(!environment.contains("outside"), "{environment}");
        assert!(environment.contains("MINE=kept"));
        assert_eq!(names.len(), 9, "{environment}");
        let echo = text_of(&holder, &["printf", "%s|", "a b", "", "$c", "--user"]);
        assert_eq!(echo, "a b||$c|--user|");
    }

    /// The instance has its own name, name servers and certificates; the machine keeps its own.
    fn files_of_the_instance_cover_the_machines() {
        let files = ["/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/nsswitch.conf"];
        let bundle = "/etc/ssl/certs/ca-certificates.crt";
        let outside = || -> Vec<_> {
            files.iter().chain([&bundle]).map(|file| fs::read(file).ok()).collect()
        };
        let host = |command: &mut Command| text(&command.output().unwrap());
        let name = host(Command::new("uname").arg("-n"));
        let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
        let (before, mounts_before) = (outside(), mounts());

        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let resolver = text_of(&holder, &["cat", "/etc/resolv.conf"]);
        let servers: Vec<_> = resolver.lines().filter(|l| l.starts_with("nameserver")).collect();
        assert_eq!(servers, ["nameserver 100.100.2.136", "nameserver 100.100.2.138"]);
        let hosts = text_of(&holder, &["cat", "/etc/hosts"]);
        assert!(hosts.lines().any(|line| line == "192.168.0.7 host-i-1"), "{hosts}");
        assert_eq!(text_of(&holder, &["cat", "/etc/hostname"]), "host-i-1\n");
        assert_eq!(text_of(&holder, &["uname", "-n"]), "host-i-1\n");
        let bundle = text_of(&holder, &["sh", "-c", "cat $SSL_CERT_FILE"]);
        assert!(bundle.ends_with(world.ca.certificate_pem()));
        assert!(bundle.matches("BEGIN CERTIFICATE").count() > 1);

        assert_eq!(outside(), before);
        assert_eq!(mounts(), mounts_before);
        assert_eq!(host(Command::new("uname").arg("-n")), name);
    }

    /// An ordinary user stays one: the capabilities by which it entered are gone.
    fn ordinary_users_have_no_capabilities() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let script = "id -u; id -g; grep Cap /proc/self/status";
        let command = ["sh", "-c", script];
        let (mut process, uid) = if is_root() {
            (inside_as(&holder, "nobody", &command), NOBODY)
        } else {
            (inside(&holder, &command), nix::unistd::geteuid().as_raw())
        };
        let output = text(&process.output().unwrap());
        let mut lines = output.lines();
        assert_eq!(lines.next(), Some(uid.to_string().as_str()));
        let capabilities: Vec<_> = lines.skip(1).collect();
        for kind in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert!(capabilities.contains(&format!("{kind}:\t0000000000000000").as_str()), "{output}");
        }
        if is_root() {
            let script = "echo $HOME $USER $LOGNAME; cat $SSL_CERT_FILE /etc/resolv.conf";
            let output = text(&inside_as(&holder, "nobody", &["sh", "-c", script]).output().unwrap());
            assert!(output.starts_with("/nonexistent nobody nobody\n"), "{output}");
            assert!(output.contains("END CERTIFICATE") && output.contains("100.100.2.138"));
        }
        let refused = inside(&holder, &["mount", "-t", "tmpfs", "x", "/mnt"]).output().unwrap();
        assert_eq!(refused.status.success(), is_root());
    }

    /// Only root becomes another user.
    fn other_users_need_root() {
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let unknown = inside_as(&holder, "no such user", &["true"]).output().unwrap();
        assert_eq!(unknown.status.code(), Some(125));
        assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no user"));
        let other = inside_as(&holder, "daemon", &["id", "-un"]).output().unwrap();
        if is_root() {
            assert_eq!(text(&other), "daemon\n");
        } else {
            assert!(String::from_utf8_lossy(&other.stderr).contains("only root"), "{other:?}");
        }
    }

    /// A program inside finds no keys in the home folder, and may write its own there.
    fn credentials_of_the_home_folder_are_hidden() {
        let home = tempfile::tempdir().unwrap();
        let (keys, tool) = (home.path().join(".aliyun"), home.path().join(".ossutilconfig"));
        // The way to a folder of keys may lead through a link.
        let behind = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(behind.path(), &keys).unwrap();
        fs::create_dir(home.path().join(".alibabacloud")).unwrap();
        fs::write(home.path().join(".alibabacloud/credentials"), "secret").unwrap();
        fs::write(keys.join("config.json"), "secret").unwrap();
        fs::write(&tool, "secret").unwrap();
        fs::write(home.path().join("notes"), "mine").unwrap();
        let world = World::new();
        let holder = world.start("i-1", "192.168.0.7");
        let run = |script: &str| {
            let mut command = inside(&holder, &["sh", "-c", script]);
            text(&command.env("HOME", home.path()).output().unwrap())
        };
        for _ in 0..2 {
            assert_eq!(run("cat ~/.ossutilconfig ~/.a*/* 2>/dev/null; cat ~/notes"), "mine");
        }
        run("echo inside > ~/.aliyun/config.json");
        assert_eq!(run("cat ~/.aliyun/config.json"), "inside\n");
        assert_eq!(fs::read_to_string(keys.join("config.json")).unwrap(), "secret");
        assert_eq!(fs::read_to_string(&tool).unwrap(), "secret");
    }
}
