//! How instances begin and end.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use rolecall_fabric::{FabricError, HolderRef, Instance};

use crate::support::{
    World, as_each_user, eventually, has_ended, inside, instance_id, sleeper, spec, text, text_of,
};

fn descriptors(holder: &HolderRef) -> BTreeMap<u32, String> {
    let folder = format!("/proc/{}/fd", holder.pid);
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let number = entry.file_name().to_str().unwrap().parse().unwrap();
        // It may have been closed meanwhile.
        let target = fs::read_link(entry.path()).unwrap_or_default();
        (number, target.to_str().unwrap().to_owned())
    };
    fs::read_dir(folder).unwrap().map(entry).collect()
}

/// The listening sockets of an instance, as the server holds them.
fn sockets(instance: &Instance) -> Vec<BorrowedFd<'_>> {
    let listeners = [&instance.metadata, &instance.http, &instance.https];
    let dns = &instance.dns;
    let tcp = listeners.into_iter().chain(&dns.tcp).map(AsFd::as_fd);
    tcp.chain(dns.udp.iter().map(AsFd::as_fd)).collect()
}

/// What they are called in a folder of descriptors.
fn handed_over(instance: &Instance) -> Vec<String> {
    let target = |socket: BorrowedFd<'_>| {
        let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
        fs::read_link(path).unwrap().to_str().unwrap().to_owned()
    };
    sockets(instance).into_iter().map(target).collect()
}

as_each_user! {
    /// A stopped instance leaves no process, no file and no socket, and its id is free again.
    fn stopping_leaves_nothing() {
        let world = World::new();
        let id = instance_id("i-1");
        for _ in 0..2 {
            let holder = world.start("i-1", "192.168.0.7");
            let bystander = world.start("i-2", "192.168.0.7");
            let (mut killed, mut spared) = (sleeper(&holder, &[]), sleeper(&bystander, &[]));
            assert!(world.folder.path().join("fabric/i-1").exists());
            assert!(world.runtime.block_on(world.fabric.stop(&id)).unwrap());
            assert!(has_ended(holder.pid));
            assert_eq!(killed.wait().unwrap().signal(), Some(9));
            assert!(!world.folder.path().join("fabric/i-1").exists());
            let gone = inside(&holder, &["true"]).output().unwrap();
            assert!(String::from_utf8_lossy(&gone.stderr).contains("does not run"), "{gone:?}");
            assert!(!world.runtime.block_on(world.fabric.stop(&id)).unwrap());

            assert_eq!(spared.try_wait().unwrap(), None);
            assert_eq!(text_of(&bystander, &["uname", "-n"]), "host-i-2\n");
            assert!(world.runtime.block_on(world.fabric.stop(&instance_id("i-2"))).unwrap());
            spared.wait().unwrap();
        }
    }

    /// Dropping the fabric is stopping all.
    fn dropping_the_fabric_ends_all() {
        let world = World::new();
        let holders = ["i-1", "i-2"].map(|id| world.make(id, "10.0.0.1").holder.unwrap());
        let mut killed = sleeper(&holders[0], &[]);
        let World { runtime, fabric, folder, .. } = world;
        drop(fabric);
        assert!(holders.iter().all(|holder| has_ended(holder.pid)));
        assert_eq!(killed.wait().unwrap().signal(), Some(9));
        assert_eq!(fs::read_dir(folder.path().join("fabric")).unwrap().count(), 0);
        drop(runtime);
    }

    /// A holder has its end of the control socket and nothing else of the server's.
    fn holders_keep_no_foreign_descriptors() {
        let file = fs::File::open("/etc/passwd").unwrap();
        fcntl(file.as_fd(), FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
        let world = World::new();
        let instances = ["i-1", "i-2", "i-3"].map(|id| world.make(id, "10.0.0.1"));
        for instance in &instances {
            let holder = instance.holder.as_ref().unwrap();
            // It closes the sockets that it has just sent. What may stay is a pair of the runtime's
            // own: tokio keeps one for signals, where any crate of the build asks for signals.
            let mut kept = descriptors(holder);
            eventually("the close of all but the standard ones and a pair", || {
                kept = descriptors(holder);
                kept.len() <= 5 && kept.keys().take(3).eq([&0, &1, &2])
            });
            let foreign = |target: &String| handed_over(instance).contains(target);
            let others: Vec<_> = kept.values().skip(3).collect();
            assert!(others.iter().all(|target| target.starts_with("socket:")), "{kept:?}");
            assert!(!others.into_iter().any(foreign), "{kept:?}");
            let descriptors = descriptors(holder);
            assert!(descriptors[&0].starts_with("socket:"), "{descriptors:?}");
            assert!(descriptors[&1] == "/dev/null" && descriptors[&2] == "/dev/null");
        }
        for instance in &instances {
            let dns = &instance.dns;
            assert_eq!((dns.udp.len(), dns.tcp.len()), (2, 2));
            for socket in sockets(instance) {
                let flags = fcntl(socket, FcntlArg::F_GETFD).unwrap();
                assert_ne!(flags & FdFlag::FD_CLOEXEC.bits(), 0, "{}", socket.as_raw_fd());
                let status = fcntl(socket, FcntlArg::F_GETFL).unwrap();
                assert_ne!(status & OFlag::O_NONBLOCK.bits(), 0, "{}", socket.as_raw_fd());
            }
        }
        // Nor does a command inside have more than it would have outside.
        let list = ["ls", "/proc/self/fd"];
        let outside = Command::new(list[0]).arg(list[1]).output().unwrap();
        assert_eq!(text_of(instances[0].holder.as_ref().unwrap(), &list), text(&outside));
    }

    /// Many at once, each with its own.
    fn instances_start_side_by_side() {
        let world = World::new();
        let ids: Vec<_> = (0..12).map(|number| format!("i-{number}")).collect();
        let starting: Vec<_> = ids
            .iter()
            .map(|id| {
                let (fabric, spec) = (world.fabric.clone(), spec(id, "10.0.0.1"));
                world.runtime.spawn(async move { fabric.start(spec).await })
            })
            .collect();
        for (id, start) in ids.iter().zip(starting) {
            let instance = world.runtime.block_on(start).unwrap().unwrap();
            assert_eq!(instance.id.as_str(), id);
            let name = text_of(instance.holder.as_ref().unwrap(), &["uname", "-n"]);
            assert_eq!(name, format!("host-{id}\n"));
        }
    }

    /// What cannot be made is refused before anything exists of it.
    fn what_cannot_start_leaves_nothing() {
        let world = World::new();
        let start = |spec| world.runtime.block_on(world.fabric.start(spec));
        let first = start(spec("i-1", "10.0.0.1")).unwrap();
        let twice = start(spec("i-1", "10.0.0.2")).unwrap_err();
        assert!(matches!(twice, FabricError::AlreadyRunning { .. }), "{twice}");
        assert_eq!(text_of(first.holder.as_ref().unwrap(), &["uname", "-n"]), "host-i-1\n");
        let mut wrong = spec("i-2", "10.0.0.2");
        wrong.hostname = "a\nb".to_owned();
        assert!(matches!(start(wrong), Err(FabricError::Hostname { .. })));
        let wrong = spec("i-2", "100.100.100.200");
        assert!(matches!(start(wrong), Err(FabricError::Address { .. })));

        let lost = rolecall_fabric::Fabric::new(&world.folder.path().join("other"), "").unwrap();
        let lost = lost.with_holder_program("/bin/true".into());
        let error = world.runtime.block_on(lost.start(spec("i-3", "10.0.0.3"))).unwrap_err();
        assert!(matches!(error, FabricError::Silent { .. }), "{error}");
        let left = fs::read_dir(world.folder.path().join("other/fabric")).unwrap();
        assert_eq!(left.count(), 0);
    }
}
