//! Nothing of an instance outlives its server, however it ends.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rolecall_fabric::{Fabric, HolderRef};

use crate::support::{
    World, as_each_user, eventually, has_ended, is_root, itself, parent, sleeper, spec_in, text_of,
};

/// Set in a process that is to be a server until it is killed.
const SERVER: &str = "FABRIC_TEST_SERVER";

/// A server in a process of its own, with two instances in one VPC.
struct Server {
    process: Child,
    holders: Vec<HolderRef>,
    folder: PathBuf,
}

impl Server {
    /// The body of the server's process; returns in others.
    fn be() {
        if std::env::var_os(SERVER).is_none() {
            return;
        }
        let world = World::new();
        let instances = [("i-1", "10.0.0.1"), ("i-2", "10.0.0.2")];
        let holders = instances.map(|(id, address)| world.start_as(spec_in("vpc-1", id, address)));
        println!("holders={}", serde_json::to_string(&holders).unwrap());
        println!("folder={}", world.folder.path().display());
        std::thread::sleep(std::time::Duration::from_mins(1));
        panic!("nobody has killed the server");
    }

    fn start(test: &str) -> Self {
        let mut process = itself(test).env(SERVER, "").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said: BTreeMap<String, String> = BTreeMap::new();
        for line in lines.map_while(Result::ok) {
            // The test harness may have written on the same line before.
            for word in ["holders=", "folder="] {
                if let Some((_, value)) = line.split_once(word) {
                    said.insert(word.to_owned(), value.to_owned());
                }
            }
            if said.len() == 2 {
                break;
            }
        }
        let holders: Vec<HolderRef> = serde_json::from_str(&said["holders="]).unwrap();
        assert!(holders.iter().all(|holder| !has_ended(holder.pid)));
        assert_eq!(text_of(&holders[0], &["uname", "-n"]), "host-i-1\n");
        Self { process, holders, folder: said["folder="].clone().into() }
    }

    /// Programs inside: plain ones, and one that has left what namespaces it could.
    fn programs(&self) -> Vec<Child> {
        let user: &[&str] = if is_root() { &[] } else { &["--user"] };
        let escape = [&["unshare", "--net", "--mount", "--uts"], user].concat();
        vec![
            sleeper(&self.holders[0], &[]),
            sleeper(&self.holders[1], &[]),
            sleeper(&self.holders[1], &escape),
            sleeper(&self.holders[1], &["setsid", "--wait"]),
        ]
    }

    /// The keepers of the wires, which have started the holders.
    fn keepers(&self) -> Vec<u32> {
        self.holders.iter().map(|holder| parent(holder.pid)).collect()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

fn killed(program: &mut Child) -> bool {
    program.wait().unwrap().signal() == Some(9)
}

as_each_user! {
    /// A server that is killed takes its instances along, with what runs inside; the next one
    /// clears their files away.
    fn instances_end_with_a_killed_server() {
        Server::be();
        let test = concat!(module_path!(), "::instances_end_with_a_killed_server");
        let mut server = Server::start(test);
        let (mut programs, keepers) = (server.programs(), server.keepers());
        server.kill();
        assert!(programs.iter_mut().all(killed));
        let ended = || {
            let holders = server.holders.iter().map(|holder| holder.pid);
            holders.chain(keepers.iter().copied()).all(has_ended)
        };
        eventually("the end of all holders", ended);
        assert!(server.folder.join("fabric/i-1").exists());
        drop(Fabric::new(&server.folder, "").unwrap());
        assert!(!server.folder.join("fabric/i-1").exists());
        fs::remove_dir_all(&server.folder).unwrap();
    }

    /// Where the keepers are killed with their server, nobody is left to end what runs inside: the
    /// next server does.
    fn the_next_server_ends_what_is_left() {
        Server::be();
        let test = concat!(module_path!(), "::the_next_server_ends_what_is_left");
        let mut server = Server::start(test);
        let (mut programs, keepers) = (server.programs(), server.keepers());
        let mut bystander = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        for keeper in &keepers {
            signal(*keeper, Signal::SIGSTOP);
        }
        server.kill();
        for keeper in &keepers {
            signal(*keeper, Signal::SIGKILL);
        }
        eventually("the end of all holders", || {
            server.holders.iter().all(|holder| has_ended(holder.pid))
        });
        assert!(programs.iter_mut().all(|program| program.try_wait().unwrap().is_none()));
        drop(Fabric::new(&server.folder, "").unwrap());
        assert!(programs.iter_mut().all(killed));
        assert!(bystander.try_wait().unwrap().is_none(), "others are left alone");
        bystander.kill().unwrap();
        bystander.wait().unwrap();
        fs::remove_dir_all(&server.folder).unwrap();
    }
}
