//! V43, replay: a signed call works once, over a restart and a kill too, and whatever the clock
//! says; a nonce is used up by a right signature alone.

use rolecall_api::Product;

use crate::harness::{Request, Scheme, Server};

const CALL: (Product, &str) = (Product::Sts, "GetCallerIdentity");

fn signed(server: &Server, scheme: Scheme) -> Request {
    server.request(scheme, &server.root, CALL, &[])
}

fn check_used(server: &Server, request: &Request, when: &str) {
    let answer = server.send(request);
    assert_eq!((answer.status, answer.code().as_str()), (400, "SignatureNonceUsed"), "{when}");
}

#[test]
fn a_call_works_once_over_every_kind_of_restart() {
    let mut server = Server::start();
    let mut used: Vec<Request> = Vec::new();
    let use_up = |server: &Server, used: &mut Vec<Request>| {
        for scheme in Scheme::RPC {
            for _ in 0..10 {
                let request = signed(server, scheme);
                assert_eq!(server.send(&request).status, 200, "{scheme:?}");
                check_used(server, &request, "at once");
                used.push(request);
            }
        }
        let clock = Request::clock(&server.root, &server.address, 1);
        assert_eq!(server.send(&clock).status, 200);
        check_used(server, &clock, "the clock, at once");
    };
    let check_all = |server: &Server, used: &[Request], when: &str| {
        // The port is another one after a restart; the host that was signed is sent on.
        for request in used {
            check_used(server, request, when);
        }
    };
    use_up(&server, &mut used);
    server.kill_and_restart();
    check_all(&server, &used, "after a kill");
    use_up(&server, &mut used);
    server.restart();
    check_all(&server, &used, "after a restart");
    server.kill_and_restart();
    server.kill_and_restart();
    check_all(&server, &used, "after two more kills");
}

/// A moved clock makes no nonce new: neither of a request that is in the window by the clock of the
/// machine, nor of one that is in it by the moved one.
#[test]
fn a_moved_clock_forgives_nothing() {
    let mut server = Server::start();
    let requests: Vec<_> = Scheme::RPC.map(|scheme| signed(&server, scheme)).to_vec();
    for request in &requests {
        assert_eq!(server.send(request).status, 200);
    }
    for seconds in [600, 3_600, 86_400] {
        server.advance(seconds);
        // Others make the ledger forget what is old.
        for scheme in Scheme::RPC {
            assert_eq!(server.send(&signed(&server, scheme)).status, 200);
        }
        for request in &requests {
            check_used(&server, request, &format!("{seconds} s later"));
        }
    }
    server.kill_and_restart();
    for request in &requests {
        check_used(&server, request, "after a kill");
    }
}

#[test]
fn a_wrong_signature_uses_no_nonce_up() {
    let server = Server::start();
    for scheme in Scheme::RPC {
        let request = signed(&server, scheme);
        for _ in 0..3 {
            let answer = server.send(&request.clone().forged());
            assert_eq!(answer.code(), "SignatureDoesNotMatch", "{scheme:?}: {answer:?}");
        }
        assert_eq!(server.send(&request).status, 200, "{scheme:?}");
        check_used(&server, &request, "at once");
        check_used(&server, &request.clone().forged(), "forged");
    }
}

/// Of one request that is sent many times at the same moment, one is served.
#[test]
fn one_of_many_at_once_is_served() {
    let server = Server::start();
    for scheme in Scheme::RPC {
        for _ in 0..10 {
            let request = signed(&server, scheme);
            let served: usize = std::thread::scope(|scope| {
                let send = || usize::from(server.send(&request).status == 200);
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!(served, 1, "{scheme:?}");
        }
    }
}

/// The nonce belongs to the key: another caller may use the same text.
#[test]
fn a_nonce_is_one_keys_own() {
    use crate::harness::{ALLOW_ALL, Rpc, now};
    let server = Server::start();
    let user = server.user("alice", ALLOW_ALL);
    for scheme in Scheme::RPC {
        let nonce = format!("the same for {scheme:?}");
        let (product, action) = CALL;
        let sign = |caller| {
            let (parameters, host, at) = (&[][..], server.address.as_str(), now());
            Rpc { scheme, caller, product, action, parameters, host, at, nonce: &nonce }.sign()
        };
        assert_eq!(server.send(&sign(&server.root)).status, 200);
        assert_eq!(server.send(&sign(&user)).status, 200);
        check_used(&server, &sign(&server.root), "with a new signature");
    }
}
