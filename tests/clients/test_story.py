"""The main job, with the vendor's clients: an application on an instance uses its role."""

import pytest

from application import Application
from cloud import Cloud, allow

BUCKET = "story-photos"
INSIDE, OUTSIDE = "album/cat.txt", "secret/plan.txt"
SIX_HOURS = 6 * 3600


@pytest.fixture
def story(server, folder, ordinary_user):
    cloud = Cloud(server)
    switch, group = cloud.network()
    policy = cloud.role("photo-reader", allow("oss:GetObject", f"acs:oss:*:*:{BUCKET}/album/*"))
    bucket = cloud.bucket(BUCKET)
    bucket.create_bucket()
    bucket.put_object(INSIDE, "a cat")
    bucket.put_object(OUTSIDE, "a plan")
    instance = cloud.instance(switch, group)
    assert cloud.attach(instance, "photo-reader").code == "200"
    applications = []

    def application(on=instance):
        applications.append(Application(server, folder, on, ordinary_user))
        return applications[-1]

    yield cloud, (switch, group), policy, instance, application
    for each in applications:
        each.close()


@pytest.mark.parametrize("library", ["credentials", "oss2"])
def test_an_application_reads_what_its_role_may_read(story, library):
    cloud, _, policy, _, application = story
    program = application()
    assert program("role") == {"ok": "photo-reader"}
    assert program("use", library)["ok"].startswith("STS.")
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}
    assert program("read", BUCKET, OUTSIDE) == {"status": 403, "code": "AccessDenied"}
    assert program("list", BUCKET, "album/") == {"status": 403, "code": "AccessDenied"}

    # Only the policy changes; the next request of the same program gets the new answer.
    before = program("key")
    cloud.edit(policy, allow("oss:GetObject", f"acs:oss:*:*:{BUCKET}/secret/*"))
    assert program("read", BUCKET, INSIDE) == {"status": 403, "code": "AccessDenied"}
    assert program("read", BUCKET, OUTSIDE) == {"ok": "a plan"}
    assert program("key") == before


def test_the_session_has_the_instances_name(story):
    _, _, _, instance, application = story
    arn = application()("identity")["ok"]
    assert arn.endswith(f":assumed-role/photo-reader/vm-ram-{instance}")


def test_instances_see_their_own_role_only(story):
    cloud, network, _, _, application = story
    cloud.role("log-reader", allow("oss:GetObject", f"acs:oss:*:*:{BUCKET}/secret/*"))
    other = cloud.instance(*network, ram_role_name="log-reader")
    first, second = application(), application(other)
    assert first("role") == {"ok": "photo-reader"}
    assert second("role") == {"ok": "log-reader"}
    assert first("document", "log-reader")["status"] == 404
    for program in (first, second):
        program("use", "credentials")
    assert first("read", BUCKET, OUTSIDE)["code"] == "AccessDenied"
    assert second("read", BUCKET, OUTSIDE) == {"ok": "a plan"}


def test_one_role_and_vpc_instances_only(story):
    cloud, _, _, instance, _ = story
    cloud.role("second-role", allow("oss:GetObject", "*"))
    refused = cloud.attach(instance, "second-role")
    assert refused.success is False and refused.code != "200"
    assert cloud.attach(instance, "photo-reader").success is True

    from alibabacloud_ecs20140526 import models as ecs
    from Tea.exceptions import TeaException
    classic = cloud.ecs.run_instances(ecs.RunInstancesRequest(
        region_id="cn-hangzhou", image_id="debian_12_x64_20G_alibase.vhd",
        instance_type="ecs.g6.large")).body.instance_id_sets.instance_id_set[0]
    with pytest.raises(TeaException) as raised:
        cloud.attach(classic, "second-role")
    assert raised.value.code == "InvalidNetworkType.MismatchRamRole"


def test_after_detach_there_is_nothing(story):
    cloud, _, _, instance, application = story
    program = application()
    program("use", "credentials")
    cloud.detach(instance, "photo-reader")
    assert program("role")["status"] == 404
    assert program("document", "photo-reader")["status"] == 404
    # What was handed out before lives until its own end.
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}


def test_expired_credentials_are_refused_and_fresh_ones_are_there(story, server):
    _, _, _, _, application = story
    program = application()
    before = program("use", "credentials")["ok"]
    program("use", "kept")
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    assert program("read", BUCKET, INSIDE) == {"status": 403, "code": "SecurityTokenExpired"}
    fresh = application()
    assert fresh("use", "credentials")["ok"] != before
    assert fresh("read", BUCKET, INSIDE) == {"ok": "a cat"}


@pytest.mark.parametrize("library", ["credentials", "oss2"])
def test_a_running_program_renews_by_itself(story, server, library):
    _, _, _, _, application = story
    program = application()
    before = program("use", library)["ok"]
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}
    # Time goes by, on the server and on the program's machine; nobody tells the program.
    assert server.rolecall("clock", str(SIX_HOURS + 1)).returncode == 0
    program.move_clock(SIX_HOURS + 1)
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}
    assert program("key") != before


def test_the_story_survives_being_killed(story, server):
    cloud, _, policy, instance, application = story
    assert application()("role") == {"ok": "photo-reader"}
    server.restart()
    program = application()
    assert program("use", "credentials")["ok"].startswith("STS.")
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}
    cloud.edit(policy, allow("oss:GetObject", f"acs:oss:*:*:{BUCKET}/secret/*"))
    server.restart()
    program = application()
    program("use", "oss2")
    assert program("read", BUCKET, OUTSIDE) == {"ok": "a plan"}
    assert program("read", BUCKET, INSIDE)["code"] == "AccessDenied"
    cloud.detach(instance, "photo-reader")
    server.restart()
    assert application()("role")["status"] == 404
