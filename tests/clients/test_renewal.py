"""The credentials providers of the vendor's libraries over the end of what they hold."""

import pytest
from alibabacloud_ecs20140526 import models as ecs

from application import READER, Application
from cloud import REGION, Cloud, allow
from languages import INSTALLED

SIX_HOURS = 6 * 3600
PROGRAMS = {"python": READER, "node": ("node", "node/identity.js")}
JAVA = ("java", "-cp", INSTALLED / "java/alibaba.jar", "java/Application.java")


@pytest.fixture(params=["optional", "required"])
def machine(request, server):
    """A server, its cloud, and an instance that wears a role in one of the metadata modes."""
    cloud = Cloud(server)
    cloud.role("renewer", allow("oss:GetObject", "*"))
    instance = cloud.instance(*cloud.network(), ram_role_name="renewer")
    cloud.ecs.modify_instance_metadata_options(ecs.ModifyInstanceMetadataOptionsRequest(
        region_id=REGION, instance_id=instance, http_endpoint="enabled",
        http_tokens=request.param))
    return server, instance, request.param


@pytest.fixture
def start(machine, folder, ordinary_user):
    server, instance, _ = machine
    applications = []

    def application(program):
        command = {**PROGRAMS, "java": JAVA}[program]
        made = Application(server, folder, instance, ordinary_user, command)
        applications.append(made)
        return made

    yield application
    for each in applications:
        each.close()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_provider_renews_by_itself(machine, start, program):
    server, instance, _ = machine
    application = start(program)
    before = application("use", "credentials")["ok"]
    session = f":assumed-role/renewer/vm-ram-{instance}"
    assert application("identity")["ok"].endswith(session)
    assert application("key")["ok"] == before

    # Time goes by, on the server and on the program's machine; nobody tells the program.
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    application.move_clock(SIX_HOURS + 1)
    assert application("identity")["ok"].endswith(session)
    assert application("key")["ok"] != before


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_kept_too_long_is_refused(machine, start, program):
    server, _, _ = machine
    application = start(program)
    before = application("use", "credentials")["ok"]
    application("use", "kept")
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    application.move_clock(SIX_HOURS + 1)
    said = application("identity")
    # The programs of Node say it in the form of languages.py.
    refused = said.get("refused", said)
    assert refused["code"] == "InvalidSecurityToken.Expired", said
    # The provider itself has gone on.
    assert application("key")["ok"] != before


@pytest.mark.parametrize("library", ["oss2", "sdk"])
def test_a_provider_without_tokens_reads_in_one_mode_alone(machine, start, library):
    """oss2's own provider and the older SDK ask for no token."""
    server, instance, tokens = machine
    application = start("python")
    said = application("use", library)
    if tokens == "required":
        assert said["status"] == 403
    elif library == "oss2":
        assert said["ok"].startswith("STS.")
    else:
        assert said["ok"].endswith(f":assumed-role/renewer/vm-ram-{instance}")
        # Only fresh credentials are answered after this.
        assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
        application.move_clock(SIX_HOURS + 1)
        assert application("identity") == said


@pytest.mark.parametrize("library", ["credentials", "objects"])
def test_javas_providers_renew_and_ask_for_no_token(machine, start, library):
    """Those of the SDK's core and of the object service, of the releases that can be had here."""
    server, instance, tokens = machine
    bucket = Cloud(server).bucket("renewed")
    bucket.create_bucket()
    bucket.put_object("key", "text")
    application = start("java")
    said = application("use", library, "renewer")
    if tokens == "required":
        # The core's provider says it; that of the object service has nothing to give.
        assert "ok" not in said and ("403" in str(said) or "null" in str(said)), said
        return
    before = said["ok"]

    def works():
        if library == "objects":
            return application("read", "renewed", "key") == {"ok": "text"}
        return application("identity")["ok"].endswith(f":assumed-role/renewer/vm-ram-{instance}")

    assert works()
    assert application("key")["ok"] == before
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    application.move_clock(SIX_HOURS + 1)
    assert works()
    assert application("key")["ok"] != before
    if library == "objects":
        assert "<Code>AccessDenied</Code>" in application("list", "renewed", "")["says"]


def test_java_keeps_credentials_too_long(machine, start):
    server, _, tokens = machine
    if tokens == "required":
        pytest.skip("this release's provider asks for no token")
    application = start("java")
    assert "ok" in application("use", "credentials", "renewer")
    assert "ok" in application("use", "kept", "renewer")
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    application.move_clock(SIX_HOURS + 1)
    assert application("identity")["code"] == "InvalidSecurityToken.Expired"
    # The SDK reads errors of the object service with what the JDK has no more, and shows the body.
    assert "<Code>SecurityTokenExpired</Code>" in application("read", "renewed", "key")["says"]
