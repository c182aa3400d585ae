"""OSS with OpenDAL, from Rust: by a key from outside, and by the role of an instance within."""

import shutil
import subprocess

from cloud import Cloud, allow
from languages import INSTALLED

PROGRAM = INSTALLED / "opendal/rolecall-client-opendal"


def test_the_everyday_life_of_objects(server):
    Cloud(server).bucket("opendal").create_bucket()
    ready = server.ready
    done = subprocess.run(
        [PROGRAM, "opendal", ready["endpoint"], ready["access_key_id"], ready["access_key_secret"]],
        text=True, capture_output=True, timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_the_same_inside_an_instance_without_a_key(server, folder, ordinary_user):
    cloud = Cloud(server)
    cloud.bucket("opendal").create_bucket()
    cloud.role("worker", allow(["oss:*"], ["acs:oss:*:*:opendal", "acs:oss:*:*:opendal/*"]))
    program = folder / "opendal"
    shutil.copy(PROGRAM, program)
    as_user = ["--user", ordinary_user] if ordinary_user else []
    done = server.rolecall(
        "run", "--role", "worker", *as_user, "--", program, "opendal", cwd="/")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
