//! What to do when the kernel says no.

use std::io;

use nix::libc;

/// The settings that forbid namespaces to ordinary users, the value that forbids, and why.
const SETTINGS: [(&str, &str, &str); 3] = [
    (
        "kernel.unprivileged_userns_clone",
        "0",
        "user namespaces are kept for root: `sudo sysctl kernel.unprivileged_userns_clone=1`",
    ),
    (
        "kernel.apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor takes the capabilities out of user namespaces: \
         `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`",
    ),
    (
        "user.max_user_namespaces",
        "0",
        "no user namespace may be made: `sudo sysctl user.max_user_namespaces=15000`",
    ),
];

/// A sentence for a person whose instance could not be made; empty when we know none.
pub(crate) fn after(error: &io::Error) -> String {
    advise(error.raw_os_error(), |setting| {
        std::fs::read_to_string(format!("/proc/sys/{}", setting.replace('.', "/"))).ok()
    })
}

fn advise(errno: Option<i32>, read: impl Fn(&str) -> Option<String>) -> String {
    match errno {
        Some(libc::EPERM | libc::EACCES | libc::ENOSPC | libc::EUSERS) => {
            let forbids = |setting: &str, value: &str| {
                read(setting).is_some_and(|found| found.trim() == value)
            };
            let known = SETTINGS.iter().find(|(setting, value, _)| forbids(setting, value));
            match known {
                Some((_, _, advice)) => format!("{advice}, or run the server as root"),
                None => {
                    "run the server as root, or allow user namespaces; in a container, give it \
                         the capability SYS_ADMIN and a seccomp profile that allows `unshare`"
                        .to_owned()
                }
            }
        }
        Some(libc::EOPNOTSUPP) => {
            "the kernel lacks virtual Ethernet pairs: `sudo modprobe veth`".to_owned()
        }
        Some(libc::EINVAL | libc::ENOSYS) => {
            "the kernel lacks one of the user, network, mount or UTS namespaces".to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errno: i32, settings: &[(&str, &str)], wanted: &str) {
        let read = |setting: &str| {
            let found = settings.iter().find(|(name, _)| *name == setting);
            found.map(|(_, value)| format!("{value}\n"))
        };
        let advice = advise(Some(errno), read);
        assert!(advice.contains(wanted), "{advice:?} lacks {wanted:?}");
    }

    #[test]
    fn the_setting_that_forbids_is_named() {
        let (allowed, forbidden) = ("1", "0");
        let userns = "kernel.unprivileged_userns_clone";
        let apparmor = "kernel.apparmor_restrict_unprivileged_userns";
        let limit = "user.max_user_namespaces";
        check(libc::EPERM, &[(userns, forbidden)], "kernel.unprivileged_userns_clone=1");
        check(libc::EPERM, &[(userns, allowed), (apparmor, "1")], "unprivileged_userns=0");
        check(libc::ENOSPC, &[(limit, "0")], "user.max_user_namespaces=");
        check(libc::EPERM, &[(userns, allowed), (apparmor, "0"), (limit, "9")], "as root");
        check(libc::EPERM, &[], "SYS_ADMIN");
        check(libc::EOPNOTSUPP, &[], "modprobe veth");
        assert_eq!(advise(Some(libc::EIO), |_| None), "");
        assert_eq!(advise(None, |_| None), "");
    }
}
