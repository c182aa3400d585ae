//! The hardened mode: who gets a token, what it opens, and for how long.

use rolecall_crypto::{KeyRing, MetadataTokens};
use rolecall_types::{Clock, InstanceId, SeededRandom};

use crate::support::{CREDENTIALS, INSTANCE, TOKEN, TTL, World, check_refused};

const ITEM: &str = "/latest/meta-data/instance-id";
const PUT: &str = "/latest/api/token";

fn check(world: &World, token: &str, status: u16) {
    let answer = world.ask("GET", ITEM, &[(TOKEN, token)]);
    if status == 200 {
        assert_eq!((answer.status, answer.body.as_str()), (200, INSTANCE), "{token:?}");
    } else {
        check_refused(&answer, status);
    }
}

#[test]
fn the_life_that_is_asked_for() {
    let world = World::new();
    for ttl in ["1", "60", "21599", "21600", "021600"] {
        let answer = world.ask("PUT", PUT, &[(TTL, ttl)]);
        assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/plain"), "{ttl}");
        assert!(!answer.body.is_empty() && answer.body.bytes().all(|it| it.is_ascii_graphic()));
    }
    for ttl in [
        "0",
        "00",
        "21601",
        "99999",
        "-1",
        "+60",
        "60.0",
        "6e1",
        "0x60",
        "sixty",
        "",
        " ",
        "60s",
        "4294967356",
        "18446744073709551676",
        "60,60",
        "\u{666}\u{660}",
    ] {
        check_refused(&world.ask("PUT", PUT, &[(TTL, ttl)]), 400);
    }
    check_refused(&world.ask("PUT", PUT, &[]), 400);
    check_refused(&world.ask("PUT", PUT, &[(TTL, "60"), (TTL, "60")]), 400);
    let answer = world.ask("PUT", PUT, &[("X-ALIYUN-ECS-Metadata-Token-TTL-Seconds", "60")]);
    assert_eq!(answer.status, 200, "a header's name has no case");
}

#[test]
fn a_token_lasts_as_long_as_it_was_asked_for() {
    for (ttl, last) in [("1", 0), ("60", 59), ("21600", 21_599)] {
        let world = World::new();
        let token = world.token(ttl);
        check(&world, &token, 200);
        world.clock.advance(last);
        check(&world, &token, 200);
        world.clock.advance(1);
        check(&world, &token, 401);
    }
}

#[test]
fn tokens_are_many_and_for_every_path() {
    let world = World::new();
    let tokens = [world.token("60"), world.token("120"), world.token("60")];
    for token in &tokens {
        for path in ["/", "/latest/", ITEM, CREDENTIALS, "/latest/meta-data/all"] {
            assert_eq!(world.ask("GET", path, &[(TOKEN, token)]).status, 200, "{path}");
        }
    }
}

/// A bad token is refused where none would have been needed.
#[test]
fn a_bad_token_is_worse_than_none() {
    for required in [false, true] {
        let world = World::new();
        world.change(|instance| instance.metadata_options.tokens_required = required);
        let good = world.token("60");
        check(&world, &good, 200);
        check_refused(&world.ask("GET", ITEM, &[(TOKEN, &good), (TOKEN, &good)]), 401);
        for bad in
            ["", " ", "x", &good.to_lowercase(), &format!("{good}A"), &good.replace('A', "B")]
        {
            if *bad != good {
                check(&world, bad, 401);
            }
        }
        let now = world.clock.now();
        let tokens = MetadataTokens::new(&world.key_ring);
        let mint = |id| tokens.mint(&InstanceId::parse(id).unwrap(), 60, now);
        check(&world, &mint(INSTANCE), 200);
        check(&world, &mint("i-another"), 401);
        let stranger = KeyRing::generate(&SeededRandom::new(99));
        let foreign =
            MetadataTokens::new(&stranger).mint(&InstanceId::parse(INSTANCE).unwrap(), 60, now);
        check(&world, &foreign, 401);
    }
}

#[test]
fn the_required_mode_refuses_who_has_none() {
    let world = World::new();
    let token = world.token("60");
    world.change(|instance| instance.metadata_options.tokens_required = true);
    for path in ["/", "/latest/", ITEM, CREDENTIALS, "/latest/nothing", "/latest/meta-data/all"] {
        check_refused(&world.get(path), 403);
        check_refused(&world.ask("HEAD", path, &[]), 403);
    }
    check(&world, &token, 200);
    check(&world, &world.token("1"), 200);
}

/// A service that is switched off answers nothing, and gives no token either.
#[test]
fn the_disabled_mode_refuses_everything() {
    let world = World::new();
    let token = world.token("60");
    world.change(|instance| instance.metadata_options.enabled = false);
    for path in ["/", ITEM, CREDENTIALS, "/latest/nothing", PUT] {
        for method in ["GET", "PUT", "POST", "HEAD"] {
            check_refused(&world.ask(method, path, &[(TOKEN, &token), (TTL, "60")]), 403);
        }
    }
    world.change(|instance| instance.metadata_options.enabled = true);
    check(&world, &token, 200);
}

/// Who was talked into sending a request by somebody else gets no token.
#[test]
fn a_request_that_came_through_a_proxy_gets_no_token() {
    let world = World::new();
    for header in ["X-Forwarded-For", "x-forwarded-for", "Forwarded", "Via", "X-Real-IP"] {
        for value in ["127.0.0.1", "192.168.0.9", ""] {
            check_refused(&world.ask("PUT", PUT, &[(TTL, "60"), (header, value)]), 403);
        }
        check_refused(&world.ask("PUT", PUT, &[(header, "a"), (header, "b"), (TTL, "60")]), 403);
    }
}

/// A page of a stranger, whose name was made to lead here, gets no token: its browser says that
/// name.
#[test]
fn a_request_to_a_name_gets_no_token() {
    let world = World::new();
    for (host, status) in [
        ("100.100.100.200", 200),
        ("100.100.100.200:80", 200),
        ("", 200),
        ("127.0.0.1:8080", 200),
        ("evil.example", 403),
        ("evil.example:80", 403),
        ("localhost", 403),
        ("100.100.100.200.nip.io", 403),
        ("100.100.100.200.", 403),
        ("0x64.0x64.0x64.0xc8", 403),
        ("1684301000", 403),
        ("[::ffff:100.100.100.200]", 403),
    ] {
        let answer = world.ask("PUT", PUT, &[(TTL, "60"), ("host", host)]);
        assert_eq!(answer.status, status, "{host:?}");
        // What needs no token is answered as ever.
        assert_eq!(world.ask("GET", ITEM, &[("host", host)]).status, 200, "{host:?}");
    }
}

#[test]
fn methods() {
    let world = World::new();
    for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "put", "PATCH"] {
        check_refused(&world.ask(method, PUT, &[(TTL, "60")]), 405);
    }
    for path in ["/", ITEM, CREDENTIALS, "/latest/nothing"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "CONNECT"] {
            check_refused(&world.ask(method, path, &[]), 405);
        }
    }
    assert_eq!(world.ask("HEAD", ITEM, &[]).status, 200);
    assert_eq!(world.ask("PUT", "/2016-01-01/api/token", &[(TTL, "60")]).status, 200);
}
