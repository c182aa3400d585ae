"""Programs of several languages in one instance: they have its metadata service, the default
endpoints and what it trusts, and neither a key nor a configuration."""

import pathlib
import shutil
import sys

import pytest

from application import MODULES
from cloud import Cloud, allow
from languages import HERE, INSTALLED

PYTHON = """
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config
config = Config(credential=Credentials(), region_id="cn-hangzhou")
print(Client(config).get_caller_identity().body.arn)
"""
NODE = """
const { default: Credentials } = require('@alicloud/credentials');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { default: Sts } = require('@alicloud/sts20150401');
const config = { credential: new Credentials(), regionId: 'cn-hangzhou' };
new Sts(new $OpenApiUtil.Config(config)).getCallerIdentity().then((who) => {
  console.log(who.body.arn);
});
"""
# Compiled from its source each time: that takes a JDK.
JAVA = ("java", "Identity.java")
PROGRAMS = {
    "python": (sys.executable, "-c", PYTHON),
    "node": ("node", "-e", NODE),
    "go": (str(INSTALLED / "go/identity"),),
    "java": JAVA,
}
API = "https://ram.aliyuncs.com/?Action=ListRoles"
# What each says where the certificate of an endpoint is vouched for by nobody.
UNTRUSTED = {
    "python": "CERTIFICATE_VERIFY_FAILED",
    "node": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "go": "certificate signed by unknown authority",
    "java": "unable to find valid certification path",
}


@pytest.fixture
def machine(server, folder):
    """A server with an instance that wears a role, and a folder that its users can read."""
    cloud = Cloud(server)
    cloud.role("runner", allow("oss:GetObject", "*"))
    shutil.copy(HERE / "programs/Identity.java", folder)
    return server, cloud.instance(*cloud.network(), ram_role_name="runner")


def inside(server, instance, user, folder, *command):
    as_user = ["--user", user] if user else []
    return server.rolecall(
        "exec", *as_user, instance, "--", "env", f"NODE_PATH={MODULES}", *command, cwd=folder)


def test_programs_of_four_languages_wear_the_role(machine, folder, ordinary_user):
    server, instance = machine
    session = f"acs:ram::{server.ready['account_id']}:assumed-role/runner/vm-ram-{instance}"
    for language, command in PROGRAMS.items():
        ran = inside(server, instance, ordinary_user, folder, *command)
        assert (ran.returncode, ran.stdout.strip()) == (0, session), (language, ran.stderr)
    assert "MissingVersion" in inside(server, instance, None, folder, "curl", "-sS", API).stdout


def test_programs_trust_no_more_than_the_instance_says(machine, folder, ordinary_user):
    """Where the local authority is taken out of what the instance trusts, each language refuses."""
    server, instance = machine
    assert server.rolecall("exec", instance, "--", "true").returncode == 0
    files = server.data / "fabric" / instance
    outside = pathlib.Path("/etc/ssl/certs")
    for ours, theirs in (
        ("ca-bundle.pem", outside / "ca-certificates.crt"),
        ("java-cacerts", outside / "java/cacerts"),
    ):
        (files / ours).write_bytes(theirs.read_bytes())
    for language, command in PROGRAMS.items():
        ran = inside(server, instance, ordinary_user, folder, *command)
        assert ran.returncode != 0, (language, ran.stdout)
        assert UNTRUSTED[language] in ran.stdout + ran.stderr, (language, ran.stderr)


def test_javas_own_tool_reads_its_store(machine, folder, ordinary_user):
    server, instance = machine
    listing = inside(
        server, instance, ordinary_user, folder, "keytool", "-list", "-cacerts", "-storepass",
        "changeit")
    assert listing.returncode == 0, listing.stdout + listing.stderr
    bundle = server.rolecall("exec", instance, "--", "sh", "-c", "cat $SSL_CERT_FILE").stdout
    assert listing.stdout.count("trustedCertEntry") == bundle.count("BEGIN CERTIFICATE") > 1
    # The machine's own store stays as it is.
    own = pathlib.Path("/etc/ssl/certs/java/cacerts").read_bytes()
    assert own != (server.data / "fabric" / instance / "java-cacerts").read_bytes()
