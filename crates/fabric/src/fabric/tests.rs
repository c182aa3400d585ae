use rolecall_types::InstanceId;

use super::*;

fn accepts(hostname: &str, address: &str, prefix_length: u8) -> bool {
    let address: Ipv4Addr = address.parse().unwrap();
    accepts_in(
        hostname,
        address,
        prefix_length,
        Block::new(address, 16.min(prefix_length)).unwrap(),
    )
}

fn accepts_in(hostname: &str, address: Ipv4Addr, prefix_length: u8, block: Block) -> bool {
    let spec = InstanceSpec {
        id: InstanceId::parse("i-1").unwrap(),
        hostname: hostname.to_owned(),
        private_address: address,
        prefix_length,
        hardware_address: [0, 0x16, 0x3e, 0, 0, 1],
        vpc: VpcSpec { id: VpcId::parse("vpc-1").unwrap(), block },
        firewall: Firewall::default(),
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

#[test]
fn addresses_are_of_their_vpc() {
    let block = |first: [u8; 4], length| Block::new(Ipv4Addr::from(first), length).unwrap();
    let accepts =
        |address: [u8; 4], length, vpc| accepts_in("web", Ipv4Addr::from(address), length, vpc);
    assert!(accepts([10, 1, 2, 3], 24, block([10, 1, 0, 0], 16)));
    assert!(accepts([10, 1, 2, 3], 16, block([10, 1, 0, 0], 16)));
    assert!(!accepts([10, 2, 2, 3], 24, block([10, 1, 0, 0], 16)));
    assert!(!accepts([10, 1, 2, 3], 15, block([10, 1, 0, 0], 16)));
    // Our services would be addresses of the VPC.
    for vpc in [block([100, 0, 0, 0], 8), block([0, 0, 0, 0], 0), block([64, 0, 0, 0], 2)] {
        assert!(!accepts([100, 1, 2, 3], 24, vpc), "{vpc}");
    }
}
