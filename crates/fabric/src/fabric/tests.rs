use rolecall_types::InstanceId;

use super::*;

fn accepts(hostname: &str, address: &str, prefix_length: u8) -> bool {
    let spec = InstanceSpec {
        id: InstanceId::parse("i-1").unwrap(),
        hostname: hostname.to_owned(),
        private_address: address.parse().unwrap(),
        prefix_length,
    };
    check(&spec).is_ok()
}

#[test]
fn names_that_would_break_a_file_are_refused() {
    assert!(accepts("web-1.example", "10.0.0.1", 24));
    assert!(accepts(&"a".repeat(64), "10.0.0.1", 24));
    for name in ["", "a b", "a\n6.6.6.6 ram.aliyuncs.com", "a/b", "ä", &"a".repeat(65)] {
        assert!(!accepts(name, "10.0.0.1", 24), "{name:?}");
    }
}

#[test]
fn reserved_addresses_are_refused() {
    for address in ["10.0.0.1", "172.16.0.9", "192.168.255.254", "100.63.0.1", "8.8.8.8"] {
        assert!(accepts("web", address, 24), "{address}");
    }
    for address in ["0.0.0.0", "127.0.0.1", "100.100.100.200", "169.254.1.1", "224.0.0.1"] {
        assert!(!accepts("web", address, 24), "{address}");
    }
    assert!(!accepts("web", "10.0.0.1", 7));
    assert!(!accepts("web", "10.0.0.1", 31));
}
