//! Load balancers in a VPC: who connects and listens there without being an instance.

use std::net::SocketAddr;

use rolecall_fabric::BALANCER_ADDRESS;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{World, as_each_user, python, ready, spec_in};

/// A server inside an instance that tells its caller's address.
const TELL: &str = "
import socket
t = socket.create_server(('0.0.0.0', 8080))
print(flush=True)
while True:
    c, peer = t.accept()
    c.sendall(peer[0].encode() + b'\\n')
    c.close()";

/// What an instance reads from an address.
fn asking(address: &str) -> String {
    format!(
        "
import socket
s = socket.socket()
s.settimeout(1)
try:
    s.connect(('{address}', 80))
    print(s.recv(100).decode().strip())
except OSError:
    print('nothing')"
    )
}

as_each_user! {
    /// They reach an instance that lets nobody in, from an address of their own.
    fn what_connects_in_a_vpc_reaches_instances() {
        let world = World::new();
        let spec = spec_in("vpc-1", "i-1", "192.168.0.7");
        let network = world.runtime.block_on(world.fabric.vpc(spec.vpc.clone())).unwrap();
        let holder = world.start_as(spec);
        let mut server = ready(&holder, TELL);
        let told = world.runtime.block_on(async {
            let to = SocketAddr::from(([192, 168, 0, 7], 8080));
            let mut stream = network.socket().await.unwrap().connect(to).await.unwrap();
            let mut told = String::new();
            stream.read_to_string(&mut told).await.unwrap();
            told
        });
        assert_eq!(told.trim(), BALANCER_ADDRESS.to_string());
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Instances reach what listens there, at an address that is held, until it is given up.
    fn what_listens_in_a_vpc_is_reached_by_instances() {
        let world = World::new();
        let spec = spec_in("vpc-1", "i-1", "192.168.0.7");
        let stranger = world.start_as(spec_in("vpc-2", "i-2", "192.168.0.8"));
        let network = world.runtime.block_on(world.fabric.vpc(spec.vpc.clone())).unwrap();
        let holder = world.start_as(spec);
        let held = [192, 168, 9, 9];
        let listener = world.runtime.block_on(async {
            network.hold(held.into()).await.unwrap();
            let socket = network.socket().await.unwrap();
            socket.bind(SocketAddr::from((held, 80))).unwrap();
            socket.listen(16).unwrap()
        });
        world.runtime.spawn(async move {
            loop {
                let (mut stream, peer) = listener.accept().await.unwrap();
                let _gone = stream.write_all(peer.ip().to_string().as_bytes()).await;
            }
        });
        let ask = asking("192.168.9.9");
        assert_eq!(python(&holder, &ask), "192.168.0.7\n");
        assert_eq!(python(&stranger, &ask), "nothing\n", "another VPC is another network");
        world.runtime.block_on(network.hold_only(&[])).unwrap();
        assert_eq!(python(&holder, &ask), "nothing\n");
    }

    /// Nothing of the machine is in a VPC, and nothing of a VPC in the machine.
    fn sockets_stay_in_their_network() {
        let world = World::new();
        let spec = spec_in("vpc-1", "i-1", "192.168.0.7");
        let network = world.runtime.block_on(world.fabric.vpc(spec.vpc)).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        world.runtime.block_on(async {
            assert!(network.socket().await.unwrap().connect(to).await.is_err());
            network.hold([192, 168, 9, 9].into()).await.unwrap();
            let socket = network.socket().await.unwrap();
            socket.bind(SocketAddr::from(([192, 168, 9, 9], 80))).unwrap();
            let listening = socket.listen(16).unwrap();
            // The machine may have a way to such an address, but not to this one.
            let outside = tokio::spawn(tokio::net::TcpStream::connect(("192.168.9.9", 80)));
            let wait = std::time::Duration::from_secs(1);
            assert!(tokio::time::timeout(wait, listening.accept()).await.is_err());
            outside.abort();
        });
    }
}
