//! The name server inside an instance.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use rolecall_fabric::dns::Zone;

static ZONE: LazyLock<Zone> = LazyLock::new(|| Zone::new("web-1", Ipv4Addr::new(192, 168, 0, 7)));

/// The most bytes of an answer: the header, a question and an address under a name of 255 bytes
/// each, and an EDNS record. Nobody is worth asking for the sake of a large answer.
const ANSWER_BYTES_MAX: usize = 12 + (255 + 4) + (255 + 14) + 11;

/// The bit of the third byte of a message that tells an answer from a question.
const RESPONSE: u8 = 0x80;

/// An answer carries the question's id, is an answer, is small, and is itself answered by nobody.
pub fn dns_message(data: &[u8]) {
    let Some(answer) = ZONE.answer(data) else { return };
    assert_eq!(answer.get(..2), data.get(..2), "another id");
    assert!(answer.get(2).is_some_and(|flags| flags & RESPONSE != 0), "not an answer");
    assert!(data.get(2).is_some_and(|flags| flags & RESPONSE == 0), "an answer was answered");
    assert!(answer.len() <= ANSWER_BYTES_MAX, "{} bytes", answer.len());
    assert_eq!(ZONE.answer(&answer), None, "two servers would talk for ever");
}
