//! V03, ways around the metadata service: it listens inside an instance and nowhere else, and only
//! its exact routes answer. The spellings are generated in the tests of the metadata crate.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Request, Server, TRUST_ECS};
use rolecall_api::Product;

const LISTING: &str = "/latest/meta-data/ram/security-credentials/";

/// The ports on which a process listens in the network namespace of this test.
fn listening(process: u32) -> BTreeSet<u16> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let sockets: BTreeSet<String> = descriptors
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| {
            let link = link.to_str()?.to_owned();
            Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| {
            fs::read_to_string(table)
                .unwrap_or_default()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
            let listens = *state == "0A" && sockets.contains(*inode);
            listens.then(|| u16::from_str_radix(local.rsplit(':').next()?, 16).ok())?
        })
        .collect()
}

/// Sends a request from inside an instance, by the shell's own sockets.
fn inside(server: &Server, instance: &str, request: &str) -> String {
    let script = format!(
        "exec 3<>/dev/tcp/100.100.100.200/80; printf '{request} HTTP/1.1\\r\\nHost: 100.100.100.200\
         \\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3"
    );
    server.inside(instance, &["bash", "-c", &script])
}

fn instance(server: &Server) -> String {
    server.role("worker", TRUST_ECS);
    let region = ("RegionId", "cn-hangzhou");
    let vpc = server.must((Product::Vpc, "CreateVpc"), &[region, ("CidrBlock", "192.168.0.0/16")]);
    let vpc = vpc["VpcId"].as_str().unwrap().to_owned();
    let switch = [
        region,
        ("VpcId", vpc.as_str()),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "192.168.0.0/24"),
    ];
    let switch = server.must((Product::Vpc, "CreateVSwitch"), &switch);
    let group = server.must((Product::Ecs, "CreateSecurityGroup"), &[region, ("VpcId", &vpc)]);
    let launch = [
        region,
        ("ImageId", "ubuntu_22_04_x64_20G_alibase_20240101.vhd"),
        ("InstanceType", "ecs.g6.large"),
        ("VSwitchId", switch["VSwitchId"].as_str().unwrap()),
        ("SecurityGroupId", group["SecurityGroupId"].as_str().unwrap()),
        ("RamRoleName", "worker"),
    ];
    let launched = server.must((Product::Ecs, "RunInstances"), &launch);
    launched["InstanceIdSets"]["InstanceIdSet"][0].as_str().unwrap().to_owned()
}

#[test]
fn the_service_stands_inside_the_instance_alone() {
    let server = Server::start();
    let instance = instance(&server);
    let good = inside(&server, &instance, &format!("GET {LISTING}"));
    assert!(good.starts_with("HTTP/1.1 200") && good.ends_with("\r\n\r\nworker"), "{good}");
    for spelling in [
        "/latest/meta-data//ram/security-credentials/worker",
        "/latest/meta-data/ram/security-credentials/other",
        "/latest/meta-data/x/../ram/security-credentials/worker",
        "/latest/meta-data/ram/security-credentials/worker%00",
        "/latest/meta-data/ram/security-credentials;x/worker",
        "/latest/meta-data/ram%2fsecurity-credentials/worker",
        "/LATEST/meta-data/ram/security-credentials/worker",
    ] {
        // A percent sign is a directive of printf.
        let request = format!("GET {}", spelling.replace('%', "%%"));
        let answer = inside(&server, &instance, &request);
        assert!(answer.starts_with("HTTP/1.1 404"), "{spelling}: {answer}");
        assert!(!answer.contains("AccessKeySecret"), "{spelling}");
    }
    let port = server.address.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(listening(server.process()), BTreeSet::from([port]), "listeners on the host");
}

/// The listener of the host is no way to the metadata service, whatever a request claims.
#[test]
fn the_listener_of_the_host_serves_no_metadata() {
    let server = Server::start();
    for path in [LISTING, "/latest/meta-data/", "/latest/api/token", "/2016-01-01/meta-data/all"] {
        for method in ["GET", "PUT"] {
            for host in ["", "100.100.100.200", "100.100.100.200:80"] {
                let mut request = Request::plain(method, path)
                    .header("X-aliyun-ecs-metadata-token-ttl-seconds", "60")
                    .header("X-Forwarded-Host", "100.100.100.200");
                request.host = host.to_owned();
                let answer = server.send(&request);
                assert!(answer.is_refused(), "{method} {path} {host}: {answer:?}");
                assert!(!answer.text().contains("meta-data/\n"), "{answer:?}");
            }
        }
    }
}
