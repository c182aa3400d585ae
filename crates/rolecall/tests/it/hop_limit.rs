//! `HttpPutResponseHopLimit`: how far an answer with a token goes.
//!
//! The client asks the kernel to throw away packets that could go fewer hops than it says
//! (`IP_MINTTL`), as a router so many hops away would: a limit of one does not reach the second.

use std::time::Duration;

use rolecall_api::Product;

use crate::harness::Server;

/// Sends all requests at once on one connection, and prints the statuses of what comes back.
const ASK: &str = r#"
import re, socket, sys
IP_MINTTL = 21
least, seconds, *requests = sys.argv[1:]
stream = socket.create_connection(("100.100.100.200", 80), 5)
stream.setsockopt(socket.IPPROTO_IP, IP_MINTTL, int(least))
more = "Host: 100.100.100.200\r\nX-aliyun-ecs-metadata-token-ttl-seconds: 60\r\n\r\n"
stream.sendall("".join(f"{request} HTTP/1.1\r\n{more}" for request in requests).encode())
stream.settimeout(float(seconds))
seen = b""
try:
    while piece := stream.recv(65536):
        seen += piece
except TimeoutError:
    pass
print(*re.findall(r"HTTP/1.1 (\d+)", seen.decode()))
"#;
const PUT: &str = "PUT /latest/api/token";
const GET: &str = "GET /latest/meta-data/instance-id";

/// The statuses that a client sees which is so many hops away.
fn seen(server: &Server, instance: &str, hops: u8, requests: &[&str]) -> String {
    // Packets that are lost are sent again after 200 ms at first.
    let (hops, patience) = (hops.to_string(), Duration::from_millis(1_500).as_secs_f32());
    let words = ["python3", "-c", ASK, &hops, &patience.to_string()];
    let words: Vec<&str> = words.into_iter().chain(requests.iter().copied()).collect();
    server.inside(instance, &words).trim().to_owned()
}

#[test]
fn a_token_goes_as_far_as_the_instance_lets_it() {
    let server = Server::start();
    let instance = server.instance(&server.network());
    // One hop is the default; other answers go as far as any packet of the machine.
    assert_eq!(seen(&server, &instance, 1, &[PUT, GET, PUT]), "200 200 200");
    assert_eq!(seen(&server, &instance, 2, &[PUT]), "");
    assert_eq!(seen(&server, &instance, 33, &[GET, GET]), "200 200");
    // What is sent behind a token is no way to have it sent again.
    assert_eq!(seen(&server, &instance, 2, &[GET, PUT, GET]), "200");
    let options = [
        ("RegionId", "cn-hangzhou"),
        ("InstanceId", instance.as_str()),
        ("HttpEndpoint", "enabled"),
        ("HttpPutResponseHopLimit", "5"),
    ];
    server.must((Product::Ecs, "ModifyInstanceMetadataOptions"), &options);
    assert_eq!(seen(&server, &instance, 5, &[PUT, GET]), "200 200");
    assert_eq!(seen(&server, &instance, 6, &[PUT]), "");
}
