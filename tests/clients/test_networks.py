"""Networks that are real: VPCs, security groups, and instances in namespaces of others."""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest
from alibabacloud_ecs20140526 import models as ecs

from cloud import Cloud, allow

REGION = "cn-hangzhou"
SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())
    def log_message(self, *_): pass
server = http.server.HTTPServer(("0.0.0.0", 8000), Handler)
print("ready", flush=True)
server.serve_forever()
"""


def start(server, instance, script):
    """Starts a Python program inside, and waits until it says a line."""
    program = subprocess.Popen(
        [server.binary, "exec", "--data", server.data, instance, "--", sys.executable, "-c", script],
        stdout=subprocess.PIPE, text=True, cwd="/")
    assert program.stdout.readline() == "ready\n"
    return program


def asks(server, instance, address):
    """What a server at the address says to an instance; None where it does not answer."""
    url = f"http://{address}:8000/"
    answer = server.rolecall("exec", instance, "--", "curl", "-sS", "--max-time", "2", url)
    return answer.stdout if answer.returncode == 0 else None


def becomes(expected, look):
    """Rules follow a call within moments, not before its answer."""
    deadline = time.monotonic() + 20
    while (seen := look()) != expected:
        assert time.monotonic() < deadline, seen


def address(cloud, instance):
    found = cloud.ecs.describe_instances(ecs.DescribeInstancesRequest(
        region_id=REGION, instance_ids=json.dumps([instance])))
    return found.body.instances.instance[0].vpc_attributes.private_ip_address.ip_address[0]


def test_security_groups_decide_who_reaches_an_instance(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    vpc = cloud.ecs.describe_security_groups(
        ecs.DescribeSecurityGroupsRequest(region_id=REGION)
    ).body.security_groups.security_group[0].vpc_id
    other = cloud.ecs.create_security_group(
        ecs.CreateSecurityGroupRequest(region_id=REGION, vpc_id=vpc)).body.security_group_id
    called, member, stranger = (
        cloud.instance(switch, of) for of in (group, group, other))
    program = start(server, called, SERVE)
    place = address(cloud, called)

    # Members of a basic group reach each other; nobody else comes in.
    assert asks(server, member, place) == address(cloud, member)
    assert asks(server, stranger, place) is None
    rule = ecs.AuthorizeSecurityGroupRequestPermissions(
        ip_protocol="TCP", port_range="8000/8000", source_group_id=other, policy="accept", priority="1")
    cloud.ecs.authorize_security_group(ecs.AuthorizeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=[rule]))
    becomes(address(cloud, stranger), lambda: asks(server, stranger, place))
    rule = ecs.RevokeSecurityGroupRequestPermissions(
        ip_protocol="TCP", port_range="8000/8000", source_group_id=other, policy="accept", priority="1")
    cloud.ecs.revoke_security_group(ecs.RevokeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=[rule]))
    becomes(None, lambda: asks(server, stranger, place))
    # The rule that drops is asked before what a group does without one.
    rule = ecs.AuthorizeSecurityGroupRequestPermissions(
        ip_protocol="ALL", port_range="-1/-1", source_cidr_ip="192.168.0.0/24", policy="drop", priority="1")
    cloud.ecs.authorize_security_group(ecs.AuthorizeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=[rule]))
    becomes(None, lambda: asks(server, member, place))
    program.kill()
    program.wait()


def test_other_vpcs_are_other_networks(server):
    cloud = Cloud(server)
    called = cloud.instance(*cloud.network())
    caller = cloud.instance(*cloud.network())
    program = start(server, called, SERVE)
    place = address(cloud, called)
    assert place == address(cloud, caller), "both VPCs have the same addresses"
    assert asks(server, called, place) == place
    assert asks(server, caller, place) is None
    program.kill()
    program.wait()


def identity(server, instance):
    script = """
import json, socket, urllib.request
url = "http://100.100.100.200/latest/meta-data/"
names = ["instance-id", "private-ipv4", "mac", "hostname"]
say = [urllib.request.urlopen(url + name, timeout=5).read().decode() for name in names]
print(json.dumps(say + [socket.gethostname(), socket.gethostbyname(socket.gethostname())]))
"""
    return server.inside(instance, script)


def test_identity_outlives_stops_and_crashes(server):
    cloud = Cloud(server)
    instance = cloud.instance(*cloud.network())
    before = identity(server, instance)
    assert before[0] == instance and before[5] == before[1]
    program = start(server, instance, SERVE)
    cloud.ecs.stop_instance(ecs.StopInstanceRequest(instance_id=instance))
    assert program.wait(timeout=20) == -9, "what runs inside ends with the instance"
    assert server.rolecall("exec", instance, "--", "true").returncode == 1
    cloud.ecs.start_instance(ecs.StartInstanceRequest(instance_id=instance))
    assert identity(server, instance) == before

    program = start(server, instance, SERVE)
    server.restart()
    assert program.wait(timeout=20) == -9, "nothing outlives a killed server"
    assert identity(server, instance) == before
    marks = [str(server.data).encode(), instance.encode()]
    holders = [
        words for process in pathlib.Path("/proc").glob("[0-9]*/cmdline")
        if b"fabric-holder" in (words := read(process)) and marks[1] in words
    ]
    assert len(holders) == 2, "the wire's keeper and the instance's holder, of this server alone"


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can put an interface into a namespace")
def test_a_namespace_of_others_is_adopted(server):
    cloud = Cloud(server)
    cloud.role("runner", allow("oss:GetObject", "*"))
    instance = cloud.instance(*cloud.network(), ram_role_name="runner")
    name = f"rolecall-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        place = f"/run/netns/{name}"
        own = server.rolecall("adopt", "--instance", instance, "--netns", "/proc/self/ns/net")
        assert own.returncode == 1 and "machine's own" in own.stderr
        nothing = server.rolecall("adopt", "--instance", instance, "--release")
        assert nothing.returncode == 1 and "NotAdopted" in nothing.stderr
        wrong = server.rolecall("adopt", "--instance", instance)
        assert wrong.returncode == 2

        def adopt():
            command = subprocess.Popen(
                [server.binary, "adopt", "--data", server.data, "--instance", instance,
                 "--netns", place],
                stdout=subprocess.PIPE, text=True)
            assert command.stdout.readline().startswith(instance)
            return command

        def role():
            url = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"
            command = ["ip", "netns", "exec", name, "curl", "-sS", "--max-time", "3", url]
            return subprocess.run(command, capture_output=True, text=True).stdout

        command = adopt()
        assert role() == "runner"
        inside = server.rolecall("exec", instance, "--", "true")
        assert inside.returncode == 1 and "OperationDenied.Adopted" in inside.stderr
        twice = server.rolecall("adopt", "--instance", instance, "--netns", place)
        assert twice.returncode == 1 and "OperationDenied.InUse" in twice.stderr
        command.terminate()
        command.wait()
        becomes("", role)
        command = adopt()
        assert role() == "runner"
        assert server.rolecall("adopt", "--instance", instance, "--release").returncode == 0
        assert command.wait(timeout=20) == 0
        assert role() == ""
        # And with the instance it ends as well.
        command = adopt()
        cloud.ecs.delete_instance(ecs.DeleteInstanceRequest(instance_id=instance, force=True))
        assert command.wait(timeout=20) == 0
        assert role() == ""
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
