"""Instances: how soon a new one has its first credential, and what many take."""

import contextlib
import pathlib
import re
import statistics
import subprocess
import time

import machine

# New instances, one after the other, each timed from its launch to its first credential.
TIMED = 30
# Instances at once.
MANY = 500
# The most that one call of RunInstances makes.
BATCH = 100
# Seconds after which the rules of all know the newest.
SETTLE = 5
READ = ("curl", "-sS", "--fail",
        "http://100.100.100.200/latest/meta-data/ram/security-credentials/measured")


def measure(server, cloud):
    """Makes instances on a server that has the role `measured`, and deletes none of them."""
    network = roomy_network(server, cloud["zone"])
    seconds = []
    for _ in range(TIMED):
        begun = time.monotonic()
        read(server, launch(server, network, 1)[0])
        seconds.append(time.monotonic() - begun)
    time.sleep(SETTLE)
    before = memory(server)
    more = [id for _ in range(MANY // BATCH) for id in launch(server, network, BATCH)]
    for instance in more:
        read(server, instance)
    time.sleep(SETTLE)
    after = memory(server)
    # All of them are there now, and each still answers.
    for instance in more:
        read(server, instance)
    return {
        "first_median": statistics.median(seconds),
        "first_slowest": max(seconds),
        "at_once": MANY + TIMED,
        "mebibytes_each": (after - before) / MANY,
    }


def roomy_network(server, zone):
    vpc = server.call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")["VpcId"]
    switch = server.call(
        "Vpc", "CreateVSwitch", VpcId=vpc, ZoneId=zone, CidrBlock="10.0.0.0/20")["VSwitchId"]
    group = server.call("Ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    return {"VSwitchId": switch, "SecurityGroupId": group}


def launch(server, network, count):
    launched = server.call(
        "Ecs", "RunInstances", ImageId="measured.vhd", InstanceType="ecs.t6-c1m1.large",
        RamRoleName="measured", Amount=count, **network)
    return launched["InstanceIdSets"]["InstanceIdSet"]


def read(server, instance):
    answer = subprocess.run(
        server.inside(instance, *READ), check=True, capture_output=True, text=True).stdout
    assert '"Code": "Success"' in answer, answer


def memory(server):
    """The proportional set of the server and of all that it started, in MiB: pages that several
    share are counted once."""
    kib, pids = 0, list(server.pids)
    for pid in pids:
        # One that sets rules may end while we look.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pids += machine.children(pid)
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            kib += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return kib / 1024
