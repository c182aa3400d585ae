"""A virtual machine in an instance: Debian's own cloud-init, unmodified, boots from our metadata."""

import base64
import hashlib
import os
import pathlib
import subprocess
import time

import pytest
from alibabacloud_ecs20140526 import models as ecs

from cloud import Cloud, REGION, allow

BUILD = pathlib.Path(__file__).parent / "machine/build.sh"
BOOT_SECONDS = 600

# What the machine says of itself on its serial console, and its end.
SCRIPT = r"""#!/bin/sh
exec >/dev/ttyS0 2>&1
say() { echo "SAID $1=$2"; }
credentials=http://100.100.100.200/latest/meta-data/ram/security-credentials
say hostname "$(hostname)"
say source "$(cloud-init query cloud_name) $(cloud-init query subplatform)"
say instance "$(cloud-init query instance_id)"
say address "$(ip -4 -o address show scope global | tr -s ' ' | cut -d' ' -f4)"
say keys "$(cat /home/debian/.ssh/authorized_keys)"
say root "$(cat /root/.ssh/authorized_keys)"
say role "$(curl -sS $credentials/)"
say code "$(curl -sS $credentials/machine | tr -d ' ,"' | sed -n 's/^Code://p')"
say resolved "$(getent hosts ram.aliyuncs.com | cut -d' ' -f1)"
say default "$(ip -4 route show default)"
poweroff
"""


@pytest.fixture(scope="session")
def image():
    """What the machine boots from, built once on a computer."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("no virtual machine without /dev/net/tun")
    version = hashlib.sha256(BUILD.read_bytes()).hexdigest()[:16]
    folder = pathlib.Path(f"/var/tmp/rolecall-machine-{os.getuid()}-{version}")
    if not (folder / "built").exists():
        if os.geteuid() != 0:
            pytest.skip("building the machine's disk needs root")
        subprocess.run([BUILD, folder], check=True)
    return folder


def boot(server, image, instance):
    """Boots a machine in an instance until it powers itself off; what it said."""
    console = subprocess.run(
        [
            server.binary, "exec", "--data", server.data, "--machine", instance, "--",
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "768",
            "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio",
            "-kernel", image / "kernel", "-initrd", image / "initrd",
            "-append", "root=LABEL=root rw console=ttyS0 quiet",
            "-drive", f"file={image / 'disk'},if=virtio,format=raw,snapshot=on",
        ],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=BOOT_SECONDS,
    )
    text = console.stdout.decode(errors="replace")
    assert console.returncode == 0, console.stderr.decode() + text[-3000:]
    said = [line.split("SAID ", 1)[1].strip() for line in text.splitlines() if "SAID " in line]
    assert said, text[-3000:]
    return dict(line.split("=", 1) for line in said)


def public_key(private, folder):
    """The public half of a private key, as ssh-keygen sees it."""
    file = folder / "key"
    file.touch(mode=0o600)
    file.write_text(private)
    shown = subprocess.run(
        ["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True)
    return shown.stdout.split()[:2]


def inside(server, instance, *command):
    """What a command in the instance prints."""
    done = subprocess.run(
        [server.binary, "exec", "--data", server.data, instance, "--", *command],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def network_of(server, instance):
    """Its addresses and ways, and what the metadata says through them."""
    # While the network changes hands there may be no answer: that is told, and is not the end.
    look = ("ip -4 -o address; ip -4 route; "
            "curl -sS --max-time 5 http://100.100.100.200/latest/ || echo no answer")
    return inside(server, instance, "sh", "-c", look)


def test_debians_cloud_init_boots_from_the_metadata(server, image, tmp_path):
    cloud = Cloud(server)
    cloud.role("machine", allow("oss:GetObject", "*"))
    switch, group = cloud.network()
    # The private half stays with whom it was made for; the machine's user gets the public one.
    pair = cloud.ecs.create_key_pair(ecs.CreateKeyPairRequest(
        region_id=REGION, key_pair_name="boots")).body
    public = public_key(pair.private_key_body, tmp_path)
    instance = cloud.ecs.run_instances(ecs.RunInstancesRequest(
        region_id=REGION, image_id="debian_12_x64_20G_alibase.vhd", instance_type="ecs.g6.large",
        v_switch_id=switch, security_group_id=group, ram_role_name="machine",
        host_name="booted-1", instance_name="machine", key_pair_name="boots",
        user_data=base64.b64encode(SCRIPT.encode()).decode(),
    )).body.instance_id_sets.instance_id_set[0]
    found = cloud.ecs.describe_instances(ecs.DescribeInstancesRequest(
        region_id=REGION, instance_ids=f'["{instance}"]')).body.instances.instance[0]
    address = found.vpc_attributes.private_ip_address.ip_address[0]

    before = network_of(server, instance)
    said = boot(server, image, instance)
    assert said["hostname"] == "booted-1"
    assert said["source"].startswith("aliyun metadata (http://100.100.100.200)")
    assert said["instance"] == instance
    assert said["address"].split("/")[0] == address
    assert (said["role"], said["code"]) == ("machine", "Success")
    assert said["resolved"] == "100.100.0.1"
    assert said["default"] == "", "what is not served fails at once"
    assert said["keys"].split()[:2] == public, "Debian's user is let in by the key pair"
    # cloud-init lets root in by the same key, and tells it to come as that user.
    assert " ".join(public) in said["root"] and "command=" in said["root"]
    for _ in range(50):
        if (after := network_of(server, instance)) == before:
            break
        time.sleep(0.1)
    assert "no answer" not in before
    assert after == before, "the instance has its network again"
