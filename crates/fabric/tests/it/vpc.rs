//! Instances of one VPC, and what keeps them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;

use rolecall_fabric::{
    Block, Firewall, HolderRef, InstanceSpec, Peer, Policy, Protocol, Rule, Verdict,
};
use rolecall_types::SecurityGroupId;

use crate::support::{
    World, as_each_user, eventually, instance_id, is_root, line, python, ready, spec_in, text_of,
};

/// A server inside an instance that tells each caller its address, by TCP and UDP.
struct Echo(Child);

impl Echo {
    fn start(holder: &HolderRef, port: u16) -> Self {
        let program = format!(
            "
import socket, threading
t = socket.create_server(('0.0.0.0', {port}))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('0.0.0.0', {port}))
def datagrams():
    while True:
        data, peer = u.recvfrom(100)
        u.sendto(peer[0].encode(), peer)
def speak(c, peer):
    c.sendall(peer[0].encode() + b'\\n')
    while data := c.recv(100):
        c.sendall(data)
threading.Thread(target=datagrams, daemon=True).start()
print(flush=True)
while True:
    threading.Thread(target=speak, args=t.accept(), daemon=True).start()"
        );
        Self(ready(holder, &program))
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What a caller sees: the peer's answer, or `nothing` after a second.
fn call(from: &HolderRef, kind: &str, address: &str, port: u16) -> String {
    let program = format!(
        "
import socket
s = socket.socket(socket.AF_INET, socket.{kind})
s.settimeout(1)
try:
    s.connect(('{address}', {port}))
    if s.type == socket.SOCK_DGRAM: s.send(b'x')
    print(s.recv(100).decode().strip())
except OSError:
    print('nothing')"
    );
    python(from, &program).trim_end().to_owned()
}

fn tcp(from: &HolderRef, address: &str, port: u16) -> String {
    call(from, "SOCK_STREAM", address, port)
}

fn udp(from: &HolderRef, address: &str, port: u16) -> String {
    call(from, "SOCK_DGRAM", address, port)
}

fn group(id: &str) -> SecurityGroupId {
    SecurityGroupId::parse(id).unwrap()
}

fn rule(priority: u16, verdict: Verdict, peer: Peer, protocol: Protocol) -> Rule {
    Rule { priority, verdict, peer, protocol }
}

fn everyone() -> Peer {
    Peer::Block(Block::new(std::net::Ipv4Addr::UNSPECIFIED, 0).unwrap())
}

fn ingress(rules: Vec<Rule>, members: &[(&str, &[&str])]) -> Firewall {
    let addresses = |members: &[&str]| members.iter().map(|it| it.parse().unwrap()).collect();
    let groups: BTreeMap<_, BTreeSet<_>> =
        members.iter().map(|(id, members)| (group(id), addresses(members))).collect();
    Firewall { ingress: Policy { rules, otherwise: Verdict::Drop }, groups, ..Firewall::default() }
}

/// An instance that everybody may call.
fn open(vpc: &str, id: &str, address: &str) -> InstanceSpec {
    let firewall = ingress(vec![rule(1, Verdict::Accept, everyone(), Protocol::All)], &[]);
    InstanceSpec { firewall, ..spec_in(vpc, id, address) }
}

as_each_user! {
    /// Instances of one VPC see each other under their private addresses, in one vSwitch and in
    /// two, and at once.
    fn instances_of_a_vpc_reach_each_other() {
        let world = World::new();
        let first = world.start_as(open("vpc-1", "i-1", "192.168.0.7"));
        let second = world.start_as(open("vpc-1", "i-2", "192.168.0.8"));
        let third = world.start_as(open("vpc-1", "i-3", "192.168.9.9"));
        let _servers = [&first, &second, &third].map(|holder| Echo::start(holder, 8080));
        for (from, own) in [(&first, "192.168.0.7"), (&second, "192.168.0.8"), (&third, "192.168.9.9")] {
            for to in ["192.168.0.7", "192.168.0.8", "192.168.9.9"] {
                assert_eq!(tcp(from, to, 8080), own, "to {to}");
                assert_eq!(udp(from, to, 8080), own, "to {to}");
            }
        }
        // Who is not there does not answer, and the way out of the VPC is shut as before.
        assert_eq!(tcp(&first, "192.168.0.99", 8080), "nothing");
        let interfaces = "import socket; print(*[name for _, name in socket.if_nameindex()])";
        assert_eq!(python(&first, interfaces), "lo eth0\n");
        let hardware = "
import fcntl, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(fcntl.ioctl(s, 0x8927, b'eth0'.ljust(256, b'\\0'))[18:24].hex())";
        assert_eq!(python(&first, hardware), "00163e000007\n");
    }

    /// Two VPCs may have the same addresses: each sees its own.
    fn vpcs_do_not_see_each_other() {
        let world = World::new();
        let caller = world.start_as(open("vpc-1", "i-1", "192.168.0.7"));
        let other = world.start_as(open("vpc-2", "i-2", "192.168.0.8"));
        let same = world.start_as(open("vpc-2", "i-3", "192.168.0.7"));
        let _servers = [&other, &same].map(|holder| Echo::start(holder, 8080));
        assert_eq!(tcp(&caller, "192.168.0.8", 8080), "nothing");
        assert_eq!(udp(&caller, "192.168.0.8", 8080), "nothing");
        assert_eq!(tcp(&caller, "192.168.0.7", 8080), "nothing");
        assert_eq!(tcp(&same, "192.168.0.8", 8080), "192.168.0.7");
        // In its own VPC there is another one of that address.
        let mine = world.start_as(open("vpc-1", "i-4", "192.168.0.8"));
        let _server = Echo::start(&mine, 8080);
        // It was looked for in vain a moment ago, and is looked for again each second.
        eventually("an answer", || tcp(&caller, "192.168.0.8", 8080) == "192.168.0.7");
        assert!(world.runtime.block_on(world.fabric.stop(&instance_id("i-4"))).unwrap());
        assert_eq!(tcp(&caller, "192.168.0.8", 8080), "nothing");
    }

    /// Security groups: what no rule allows gets no answer, the first rule by priority decides,
    /// and of one priority what drops.
    fn rules_decide_who_comes_in() {
        let world = World::new();
        let peers = ["192.168.0.8", "192.168.0.9", "192.168.1.8"];
        let server = world.start_as(spec_in("vpc-1", "i-1", "192.168.0.7"));
        let callers: Vec<_> = peers
            .iter()
            .enumerate()
            .map(|(n, address)| world.start_as(spec_in("vpc-1", &format!("i-c{n}"), address)))
            .collect();
        let _servers = [Echo::start(&server, 8080), Echo::start(&server, 9090)];
        let seen = |kind: fn(&HolderRef, &str, u16) -> String, port| -> Vec<bool> {
            std::thread::scope(|scope| {
                let ask = |caller| scope.spawn(move || kind(caller, "192.168.0.7", port));
                let asked: Vec<_> = callers.iter().map(ask).collect();
                let answers = asked.into_iter().map(|answer| answer.join().unwrap());
                answers.zip(peers).map(|(answer, own)| answer == own).collect()
            })
        };
        let set = |firewall: &Firewall| {
            let id = instance_id("i-1");
            world.runtime.block_on(world.fabric.set_firewall(&id, firewall)).unwrap();
        };
        assert_eq!(seen(tcp, 8080), [false; 3], "nobody is let in by default");

        let near = Peer::Block(Block::new("192.168.0.0".parse().unwrap(), 24).unwrap());
        let one = Peer::Block(Block::single("192.168.0.9".parse().unwrap()));
        set(&ingress(vec![rule(1, Verdict::Accept, near.clone(), Protocol::Tcp(8000, 8080))], &[]));
        assert_eq!(seen(tcp, 8080), [true, true, false]);
        assert_eq!(seen(udp, 8080), [false; 3]);
        assert_eq!(seen(tcp, 9090), [false; 3]);

        let mut rules = vec![
            rule(5, Verdict::Accept, everyone(), Protocol::All),
            rule(5, Verdict::Drop, one.clone(), Protocol::Udp(1, 65_535)),
            rule(9, Verdict::Drop, near, Protocol::All),
        ];
        set(&ingress(rules.clone(), &[]));
        assert_eq!(seen(tcp, 8080), [true; 3]);
        assert_eq!(seen(udp, 8080), [true, false, true], "of one priority what drops wins");
        rules.push(rule(4, Verdict::Accept, one, Protocol::Udp(8080, 8080)));
        set(&ingress(rules, &[]));
        assert_eq!(seen(udp, 8080), [true; 3], "the lower number wins");
        assert_eq!(seen(udp, 9090), [true, false, true]);

        let members = vec![rule(1, Verdict::Accept, Peer::Group(group("sg-1")), Protocol::All)];
        set(&ingress(members.clone(), &[("sg-1", &["192.168.1.8"])]));
        assert_eq!(seen(tcp, 9090), [false, false, true]);
        set(&ingress(members.clone(), &[("sg-1", &["192.168.0.8", "192.168.1.8"])]));
        assert_eq!(seen(tcp, 9090), [true, false, true]);
        set(&ingress(members, &[]));
        assert_eq!(seen(tcp, 9090), [false; 3]);
    }

    /// The other direction: who may not call does not, and its own services are always there.
    fn rules_decide_what_goes_out() {
        let world = World::new();
        let server = world.start_as(open("vpc-1", "i-1", "192.168.0.7"));
        let mut caller = spec_in("vpc-1", "i-2", "192.168.0.8");
        let only = Block::single("192.168.0.7".parse().unwrap());
        caller.firewall.egress = Policy {
            rules: vec![rule(1, Verdict::Accept, Peer::Block(only), Protocol::Tcp(8080, 8080))],
            otherwise: Verdict::Drop,
        };
        let caller = world.start_as(caller);
        let _servers = [Echo::start(&server, 8080), Echo::start(&server, 9090)];
        assert_eq!(tcp(&caller, "192.168.0.7", 8080), "192.168.0.8");
        assert_eq!(tcp(&caller, "192.168.0.7", 9090), "nothing");
        assert_eq!(udp(&caller, "192.168.0.7", 8080), "nothing");
        let metadata = ["curl", "--silent", "--max-time", "5", "http://100.100.100.200/"];
        assert_eq!(text_of(&caller, &metadata), "i-2 192.168.0.8");
    }

    /// A change of the rules binds connections that there are: those that stay allowed go on, the
    /// others stand still, whoever speaks first.
    fn changes_bind_old_connections_too() {
        let world = World::new();
        let server = world.start_as(open("vpc-1", "i-1", "192.168.0.7"));
        let caller = world.start_as(spec_in("vpc-1", "i-2", "192.168.0.8"));
        let _servers = [Echo::start(&server, 8080), Echo::start(&server, 9090)];
        let program = "
import socket
def connect(port):
    c = socket.create_connection(('192.168.0.7', port), 1)
    c.settimeout(0.7)
    c.recv(100)
    return c
connections = [connect(8080), connect(9090)]
print(flush=True)
while input() is not None:
    for c in connections:
        try:
            c.sendall(b'x')
            print(len(c.recv(100)) > 0, end=' ')
        except OSError:
            print(False, end=' ')
    print(flush=True)";
        let mut talk = ready(&caller, program);
        let mut ask = || {
            use std::io::Write;
            talk.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
            line(&mut talk)
        };
        assert_eq!(ask(), "True True");
        let set = |firewall: &Firewall| {
            let id = instance_id("i-1");
            world.runtime.block_on(world.fabric.set_firewall(&id, firewall)).unwrap();
        };
        set(&ingress(vec![rule(1, Verdict::Accept, everyone(), Protocol::Tcp(8080, 8080))], &[]));
        assert_eq!(ask(), "True False");
        assert_eq!(tcp(&caller, "192.168.0.7", 9090), "nothing");
        assert_eq!(ask(), "True False");
        set(&ingress(vec![], &[]));
        assert_eq!(ask(), "False False");
        set(&ingress(vec![rule(1, Verdict::Accept, everyone(), Protocol::All)], &[]));
        eventually("both connections go on", || ask() == "True True");
        drop(talk.stdin.take());
        talk.wait().unwrap();
    }

    /// Nothing of another instance's wire is reached: not its services, by whatever way and under
    /// whatever source.
    fn services_are_the_instances_own() {
        let world = World::new();
        let mine = world.start_as(open("vpc-1", "i-1", "192.168.0.7"));
        let victim = world.start_as(open("vpc-1", "i-2", "192.168.0.8"));
        let metadata = ["curl", "--silent", "--max-time", "5", "http://100.100.100.200/"];
        assert_eq!(text_of(&mine, &metadata), "i-1 192.168.0.7");
        // There is no port of the victim's but its own programs'.
        for port in [53, 80, 443] {
            assert_eq!(tcp(&mine, "192.168.0.8", port), "nothing");
        }
        assert_eq!(tcp(&mine, "169.254.0.1", 80), "nothing");
        // Nor does the wire hear more, should anything ever stand on the bridge that is no wire.
        let answers = from_the_bridge("
ip address add 192.168.0.99/16 dev vpc0
for own in 192.168.0.99 192.168.0.8 169.254.0.1 100.100.100.200; do
    ip address add $own/32 dev vpc0 2>/dev/null
    for to in 100.100.100.200 100.100.0.1 169.254.0.1 192.168.0.8; do
        [ $own = $to ] && continue
        ip neigh replace $to lladdr 02:00:c0:a8:00:08 dev vpc0
        ip route replace $to/32 dev vpc0 src $own
        curl --silent --max-time 0.3 --interface $own http://$to/ && echo \" from $own at $to\"
        ip route del $to/32 dev vpc0
    done
    [ $own = 192.168.0.99 ] || ip address del $own/32 dev vpc0
done
ip address del 192.168.0.99/16 dev vpc0");
        assert_eq!(answers, "");
        // With root's rights an instance can send what it likes.
        if is_root() {
            let watcher = world.start_as(open("vpc-1", "i-3", "192.168.0.9"));
            forge(&mine);
            assert_eq!(first_heard(&mine, &watcher), "192.168.0.7");
            // The sockets of both still know who asks.
            assert_eq!(text_of(&mine, &metadata), "i-1 192.168.0.7");
            assert_eq!(text_of(&victim, &metadata), "i-2 192.168.0.8");
        }
    }
}

/// Sends from inside an instance what it must not, and sees that nothing comes back and nothing
/// arrives: the metadata service by way of the neighbour, and the neighbour's address as our own.
fn forge(mine: &HolderRef) {
    let by_the_neighbour = "
ip route replace 100.100.100.200/32 via 192.168.0.8 dev eth0 onlink
ip neigh replace 192.168.0.8 lladdr 02:00:c0:a8:00:08 dev eth0
curl --silent --max-time 1 http://100.100.100.200/; echo $?
ip neigh del 192.168.0.8 dev eth0
ip route replace 100.100.100.200/32 dev eth0 src 192.168.0.7";
    let said = text_of(mine, &["sh", "-c", by_the_neighbour]);
    // Its frames reach its own wire whatever it writes on them: there it is not heard, or itself.
    assert!(["28\n", "i-1 192.168.0.70\n"].contains(&said.as_str()), "{said}");
    let as_the_neighbour = "
ip address add 192.168.0.8/32 dev eth0
curl --silent --max-time 1 --interface 192.168.0.8 http://100.100.100.200/; echo $?
ip address del 192.168.0.8/32 dev eth0";
    assert_eq!(text_of(mine, &["sh", "-c", as_the_neighbour]), "28\n");
    let as_a_service = "
ip address add 100.100.0.1/32 dev eth0
curl --silent --max-time 1 --interface 100.100.0.1 http://100.100.100.200/; echo $?
curl --silent --max-time 1 --interface 100.100.0.1 http://192.168.0.8/; echo $?
ip address del 100.100.0.1/32 dev eth0";
    assert_eq!(text_of(mine, &["sh", "-c", as_a_service]), "28\n28\n");
}

/// Runs a script in the VPC's own namespace, where no program of an instance can be: the
/// descriptors that keep it are ours.
fn from_the_bridge(script: &str) -> String {
    let own = std::process::id();
    let mut enter = std::process::Command::new("nsenter");
    enter.arg("--preserve-credentials");
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        let number = entry.file_name().into_string().unwrap();
        for (kind, option) in [("net:[", "net"), ("user:[", "user")] {
            if target.to_string_lossy().starts_with(kind) {
                enter.arg(format!("--{option}=/proc/{own}/fd/{number}"));
            }
        }
    }
    let seen = "test -e /proc/self/net/dev && grep -q vpc0 /proc/self/net/dev || exit 9\n";
    let output = enter.args(["sh", "-c", &format!("{seen}{script}\ntrue")]).output().unwrap();
    crate::support::text(&output)
}

/// Sends datagrams under several sources from an instance to another one, the true one last, and
/// tells under which the first one arrived.
fn first_heard(from: &HolderRef, to: &HolderRef) -> String {
    let listen = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 7000))
print(flush=True)
data = b''
while data != b'last':
    data, peer = s.recvfrom(100)
    print(peer[0], flush=True)";
    let mut listener = ready(to, listen);
    let forged = ["192.168.0.8", "100.100.100.200", "169.254.0.1", "10.9.9.9"];
    for (source, word) in
        forged.map(|it| (it, "forged")).into_iter().chain([("192.168.0.7", "last")])
    {
        let send = format!(
            "
ip address add {source}/32 dev eth0 2>/dev/null
python3 -c \"
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('{source}', 0))
for _ in range(3): s.sendto(b'{word}', ('192.168.0.9', 7000))\" || exit 1
ip address del {source}/32 dev eth0 2>/dev/null
true"
        );
        text_of(from, &["sh", "-c", &send]);
    }
    let heard = line(&mut listener);
    listener.kill().unwrap();
    listener.wait().unwrap();
    heard
}
