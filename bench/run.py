#!/usr/bin/env python3
"""Rolecall beside peers and floors, in one run, as ratios. See docs/performance.md.

Needs Linux, root (it enters instances), Debian's nginx and wrk (bench/install.sh), and
target/release/rolecall, which `cargo xtask bench` builds before it calls this.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import instances
import load
import machine
import objects
import report
import servers

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parent
BINARY = ROOT / "target/release/rolecall"
PAGE = ROOT / "docs/performance.md"
PROGRAMS = {"nginx": "nginx-light", "wrk": "wrk", "nsenter": "util-linux"}
METADATA = "100.100.100.200"
STARTS = 10
# 1,000 users an account with two AccessKeys each: what the API's quotas let an account have.
USERS = 1_000
# More than any machine answers, for each second of a round.
SIGNED_PER_SECOND = 250_000
TRUST = {"Version": "1", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": ["ecs.aliyuncs.com"], "RAM": ["acs:ram::%s:root"]}}]}
ALLOW_ASSUME = {"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
ALLOW_READ = {"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:measured/*"}]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write the tables into {PAGE.name}")
    add_load_arguments(parser)
    parser.add_argument("--roles", type=int, default=1_000_000, help="roles of the large directory")
    arguments = parser.parse_args()
    require()
    results = report.Results(machine=describe_machine())
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=BENCH, check=True)
    results.decisions = lines("decision")
    results.compiles = lines("compile")
    results.credentials = lines("credentials")
    results.scale = lines("scale", str(arguments.roles))
    with tempfile.TemporaryDirectory(prefix="rolecall-bench-", dir=arguments.folder) as folder:
        # nginx's workers are another user's.
        os.chmod(folder, 0o755)
        measure(pathlib.Path(folder), arguments, results)
    text = report.render(results)
    print(text)
    if arguments.write:
        report.write(PAGE, text)


def add_load_arguments(parser):
    """How long the servers are asked."""
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each server")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of a round")
    parser.add_argument("--objects", type=int, default=1_000_000, help="objects of the large bucket")
    parser.add_argument("--folder", help="where to keep data while it measures; default: /tmp")


def require():
    """Ends the program with advice where something is missing."""
    missing = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    if missing:
        sys.exit(f"missing: {' '.join(missing)}; run bench/install.sh")
    if os.geteuid() != 0:
        sys.exit("run it as root: nginx is started inside an instance's network")
    if not BINARY.exists():
        sys.exit(f"{BINARY} is missing; run cargo xtask bench")


def describe_machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout
    return {
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release().split("-")[0],
        "load": os.getloadavg()[0],
        "nginx": nginx.strip().rpartition("/")[2],
        "wrk": wrk.split()[1] if wrk else "?",
    }


def lines(program, *arguments):
    """Runs a measuring program and reads what it prints."""
    print(program, file=sys.stderr)
    output = subprocess.run(
        [BENCH / "target/release" / program, *arguments], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in output.stdout.splitlines()]


def measure(folder, arguments, results):
    """Everything that needs a running server."""
    results.starts = starts(folder)
    server = servers.Rolecall(BINARY, servers.folder(folder, "server"))
    server.start()
    try:
        time.sleep(1)
        results.memory["without keys"] = machine.resident_mib(server.pids)
        cloud = prepare(server)
        print("metadata", file=sys.stderr)
        results.loads += metadata(folder, server, cloud, arguments)
        print("AssumeRole", file=sys.stderr)
        results.loads += assume_role(folder, server, cloud, arguments, results)
        print("instances", file=sys.stderr)
        results.instances = instances.measure(server, cloud)
        print("memory", file=sys.stderr)
        make_keys(server)
        server.stop()
        server.start()
        time.sleep(1)
        metrics = urllib.request.urlopen(f"{server.ready['endpoint']}/_rolecall/metrics").read()
        results.keys = int(re.search(rb"^rolecall_access_keys (\d+)", metrics, re.M)[1])
        results.memory["with keys"] = machine.resident_mib(server.pids)
    finally:
        server.stop()
    server = servers.Rolecall(BINARY, servers.folder(folder, "objects"))
    server.start()
    try:
        results.objects = objects.measure(folder, server, arguments)
    finally:
        server.stop()


def starts(folder):
    """Seconds from spawn to the first answer: an empty folder, a folder that is there, nginx."""
    print("starts", file=sys.stderr)
    seconds = {"empty": [], "kept": [], "nginx": []}
    for number in range(STARTS):
        server = servers.Rolecall(BINARY, servers.folder(folder, f"start-{number}"))
        address = f"127.0.0.1:{machine.free_port()}"
        nginx = servers.Nginx.of_body(
            servers.folder(folder, f"start-nginx-{number}"), address, "{}", "application/json")
        for name, one in (("empty", server), ("kept", server), ("nginx", nginx)):
            seconds[name].append(one.start())
            one.stop()
    return {name: statistics.median(times) for name, times in seconds.items()}


def prepare(server):
    """A role that services and the account's users may take, an instance that wears it, and a user
    with an AccessKey."""
    trust = json.dumps(TRUST) % server.ready["account_id"]
    role = server.call(
        "Ram", "CreateRole", RoleName="measured", AssumeRolePolicyDocument=trust)["Role"]
    server.attach("read", ALLOW_READ, "AttachPolicyToRole", RoleName="measured")
    server.call("Ram", "CreateUser", UserName="measuring")
    server.attach("assume", ALLOW_ASSUME, "AttachPolicyToUser", UserName="measuring")
    key = server.call("Ram", "CreateAccessKey", UserName="measuring")["AccessKey"]
    zone = server.call("Vpc", "DescribeZones")["Zones"]["Zone"][0]["ZoneId"]
    vpc = server.call("Vpc", "CreateVpc", CidrBlock="192.168.0.0/16")["VpcId"]
    switch = server.call(
        "Vpc", "CreateVSwitch", VpcId=vpc, ZoneId=zone, CidrBlock="192.168.0.0/24")["VSwitchId"]
    group = server.call("Ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    instance = server.call(
        "Ecs", "RunInstances", ImageId="measured.vhd", InstanceType="ecs.t6-c1m1.large",
        VSwitchId=switch, SecurityGroupId=group, RamRoleName="measured",
    )["InstanceIdSets"]["InstanceIdSet"][0]
    return {
        "instance": instance,
        "zone": zone,
        "role_arn": role["Arn"],
        "key": (key["AccessKeyId"], key["AccessKeySecret"]),
    }


def metadata(folder, server, cloud, arguments):
    """The credential document, read in the instance: from us, and as nginx returns the same bytes
    on the other end of the same cable."""
    path = "/latest/meta-data/ram/security-credentials/measured"
    inside = lambda *command: server.inside(cloud["instance"], *command)
    read = lambda *more: subprocess.run(
        inside(sys.executable, "-c", FETCH, f"http://{METADATA}{path}", *more),
        check=True, capture_output=True, text=True).stdout
    status, content_type, body = json.loads(read())
    assert status == 200 and json.loads(body)["Code"] == "Success", body
    token = json.loads(read("token"))
    network = machine.namespace_of_listener(server.process.pid, (METADATA, 80))
    nginx = servers.Nginx.of_body(
        servers.folder(folder, "nginx-metadata"), f"{METADATA}:81", body, content_type)
    nginx.start(network)
    one = lambda server_pids, port, *more: lambda: load.run(
        inside(*load.wrk(f"http://{METADATA}:{port}{path}", arguments.seconds, *more)), server_pids)
    header = ("-H", f"X-aliyun-ecs-metadata-token: {token}")
    try:
        plain = load.in_turn(
            arguments.rounds, nginx=one(nginx.pids, 81), rolecall=one(server.pids, 80))
        hardened = load.in_turn(
            arguments.rounds,
            nginx=one(nginx.pids, 81, *header), rolecall=one(server.pids, 80, *header))
    finally:
        nginx.stop()
        os.close(network)
    return [("metadata", plain), ("metadata, with a token", hardened)]


FETCH = f"""
import json, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
if sys.argv[2:]:
    ask = urllib.request.Request("http://{METADATA}/latest/api/token", method="PUT",
        headers={{"X-aliyun-ecs-metadata-token-ttl-seconds": "21600"}})
    print(json.dumps(opener.open(ask).read().decode()))
else:
    with opener.open(sys.argv[1]) as reply:
        print(json.dumps([reply.status, reply.headers["Content-Type"], reply.read().decode()]))
"""


def assume_role(folder, server, cloud, arguments, results):
    """Signed calls over the loopback; nginx gets the very same requests."""
    call = lambda: sign(folder, server, cloud, 1).read_text().strip()
    ask = urllib.request.Request(server.ready["endpoint"] + call(), method="POST", data=b"")
    with urllib.request.urlopen(ask) as reply:
        content_type, body = reply.headers["Content-Type"], reply.read().decode()
    assert json.loads(body)["Credentials"]["AccessKeyId"].startswith("STS."), body
    nginx = servers.Nginx.of_body(
        servers.folder(folder, "nginx-assume"), f"127.0.0.1:{machine.free_port()}", body,
        content_type)
    nginx.start()
    script = load.script(folder)

    def one(address, pids):
        more = ("-H", f"Host: {server.address}", "-s", str(script))
        command = load.wrk(f"http://{address}/", arguments.seconds, *more)
        return load.run([*command, "--", str(file)], pids)

    def nginx_first():
        sign(folder, server, cloud, SIGNED_PER_SECOND * arguments.seconds)
        return one(nginx.address, nginx.pids)

    file = folder / "signed.txt"
    try:
        loads = load.in_turn(
            arguments.rounds,
            nginx=nginx_first, rolecall=lambda: one(server.address, server.pids))
        results.memory["nginx"] = machine.resident_mib(nginx.pids)
    finally:
        nginx.stop()
    results.nonces = sum(one.requests for one in loads["rolecall"].rounds)
    results.memory["after the load"] = machine.resident_mib(server.pids)
    return [("AssumeRole", loads)]


def sign(folder, server, cloud, count):
    """Writes signed requests into a file."""
    file = folder / "signed.txt"
    key_id, secret = cloud["key"]
    environment = {
        **os.environ,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
    }
    subprocess.run(
        [BENCH / "target/release/sign", server.address, cloud["role_arn"], str(count), file],
        env=environment, check=True)
    return file


def make_keys(server):
    """Users with two AccessKeys each, as many as the account may have."""
    def make(number):
        name = f"user-{number}"
        server.call("Ram", "CreateUser", UserName=name)
        for _ in range(2):
            server.call("Ram", "CreateAccessKey", UserName=name)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        # One user is there already.
        list(pool.map(make, range(USERS - 1)))


if __name__ == "__main__":
    main()
