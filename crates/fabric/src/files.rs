//! The files of an instance that cover the system's: name servers, hosts, certificates.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::handover::Mount;
use crate::trust::{JAVA_STORES, Trust};
use crate::{DNS_ADDRESSES, InstanceSpec};

/// Where distributions keep the bundle of trusted certificates: Debian, Fedora (two), openSUSE,
/// Alpine, Arch. Source: the list that Go's `crypto/x509` tries on Linux.
pub(crate) const CA_BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
];

/// Sockets of resolvers outside: the C library asks them before any name server, and a network
/// namespace does not hide a path.
const RESOLVER_SOCKETS: [&str; 2] = ["/run/nscd/socket", "/var/run/nscd/socket"];

/// The files of an instance's folder that cover one of the machine's, whatever it has, and where.
pub(crate) const COVERS: [(&str, &str); 3] =
    [("resolv.conf", "/etc/resolv.conf"), ("hosts", "/etc/hosts"), ("hostname", "/etc/hostname")];

const CA_BUNDLE: &str = "ca-bundle.pem";
const JAVA_STORE: &str = "java-cacerts";
const NOTHING: &str = "empty";

/// An instance's files as they lie in its folder.
#[derive(Debug)]
pub(crate) struct InstanceFiles {
    pub(crate) mounts: Vec<Mount>,
    /// Whether a `resolv.conf` exists that ours can cover.
    pub(crate) has_resolver: bool,
    /// The certificate bundle, as a path inside the instance.
    pub(crate) ca_bundle: PathBuf,
}

impl InstanceFiles {
    /// Writes the files of an instance into `folder`; `trust` is what it is to trust.
    pub(crate) fn write(folder: &Path, spec: &InstanceSpec, trust: &Trust) -> io::Result<Self> {
        let (name, address) = (&spec.hostname, spec.private_address);
        let hosts = format!(
            "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{address} {name}\n"
        );
        write_file(&folder.join("resolv.conf"), resolv_conf().as_bytes(), 0o644)?;
        write_file(&folder.join("hosts"), hosts.as_bytes(), 0o644)?;
        write_file(&folder.join("hostname"), format!("{name}\n").as_bytes(), 0o644)?;
        write_file(&folder.join(CA_BUNDLE), &trust.bundle, 0o644)?;
        write_file(&folder.join(NOTHING), b"", 0o644)?;
        let mut files = COVERS.to_vec();
        if let Ok(switch) = fs::read_to_string("/etc/nsswitch.conf") {
            let switch = name_service_switch(&switch);
            write_file(&folder.join("nsswitch.conf"), switch.as_bytes(), 0o644)?;
            files.push(("nsswitch.conf", "/etc/nsswitch.conf"));
        }
        files.extend(CA_BUNDLES.map(|target| (CA_BUNDLE, target)));
        if let Some(store) = &trust.java_store {
            write_file(&folder.join(JAVA_STORE), store, 0o644)?;
            files.extend(JAVA_STORES.map(|target| (JAVA_STORE, target)));
        }
        files.extend(RESOLVER_SOCKETS.map(|target| (NOTHING, target)));
        let present = CA_BUNDLES.iter().map(Path::new).find(|bundle| bundle.exists());
        Ok(Self {
            mounts: mounts(&files),
            has_resolver: Path::new("/etc/resolv.conf").exists(),
            ca_bundle: present.map_or_else(|| folder.join(CA_BUNDLE), Path::to_path_buf),
        })
    }
}

/// Makes a folder for its owner alone, whatever the umask, with those above it.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Writes a file with exactly that mode, whatever the umask.
fn write_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<File> {
    // Closed to others until it has the mode that was asked for.
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    Ok(file)
}

/// Writes a file as [`write_file`] does, but so that it is whole after a power cut: new or old.
pub(crate) fn write_durably(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let fresh = path.with_extension("new");
    write_file(&fresh, bytes, mode)?.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Each file that exists is covered once, however many names lead to it: a mount upon a symbolic
/// link covers the file behind it.
fn mounts(files: &[(&str, &str)]) -> Vec<Mount> {
    let mut covered = BTreeSet::new();
    let mut mounts = Vec::new();
    for (file, target) in files {
        let Some(real) = fs::canonicalize(target).ok().filter(|path| !path.is_dir()) else {
            continue;
        };
        if covered.insert(real) {
            mounts.push(Mount { file: (*file).to_owned(), target: (*target).to_owned() });
        }
    }
    mounts
}

/// The vendor's images carry the same two options.
fn resolv_conf() -> String {
    let [first, second] = DNS_ADDRESSES;
    format!("options timeout:2 attempts:3\nnameserver {first}\nnameserver {second}\n")
}

/// The machine's switch with names of hosts from files and DNS alone: other services, such as
/// `resolve`, answer over sockets that lead out of the instance.
fn name_service_switch(text: &str) -> String {
    let line = |line: &str| {
        let database = line.split_once(':').map(|(database, _)| database.trim());
        if database == Some("hosts") {
            "hosts: files dns\n".to_owned()
        } else {
            format!("{line}\n")
        }
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_from_files_and_dns_alone() {
        let text = "passwd: files sss\n hosts : mymachines resolve [!UNAVAIL=return] files\n#x\n";
        assert_eq!(name_service_switch(text), "passwd: files sss\nhosts: files dns\n#x\n");
    }

    #[test]
    fn modes_are_exact_and_files_whole() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("a/b");
        private_folder(&private).unwrap();
        let file = private.join("f");
        for bytes in [b"first".as_slice(), b"2"] {
            write_durably(&file, bytes, 0o640).unwrap();
            assert_eq!(fs::read(&file).unwrap(), bytes);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&file), 0o640);
        assert_eq!(mode(&private), 0o700);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
    }

    #[test]
    fn a_file_of_two_names_is_covered_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("real"), "").unwrap();
        fs::create_dir(path("folder")).unwrap();
        std::os::unix::fs::symlink("real", path("link")).unwrap();
        std::os::unix::fs::symlink("missing", path("dangling")).unwrap();
        let names = ["link", "real", "dangling", "folder", "absent"].map(path);
        let files: Vec<_> = names.iter().map(|target| ("f", target.as_str())).collect();
        let link = Mount { file: "f".to_owned(), target: path("link") };
        assert_eq!(mounts(&files), [link]);
    }
}
