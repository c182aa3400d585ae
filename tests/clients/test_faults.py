"""A cloud on a bad day: the vendor's library in an instance goes on, and has fresh credentials after."""

import json
import time

import pytest

from test_story import BUCKET, INSIDE, story  # noqa: F401  (the fixture of the same world)

# Credentials are replaced when half of their life is over; clients ask for new ones before.
HALF_LIFE = 3 * 3600 + 60
PATIENCE_SECONDS = 20


def add(server, fault, **more):
    words = [word for name, value in more.items() for word in (f"--{name}", str(value))]
    added = server.rolecall(
        "faults add", "--service", "metadata", "--action", "credentials", "--fault", fault, *words)
    assert added.returncode == 0, added.stderr


def strikes(server):
    """How often the last fault has struck."""
    return json.loads(server.rolecall("status", "--json").stdout)["faults"][-1]["struck"]


def test_a_running_program_goes_on_through_every_fault(story, server):  # noqa: F811
    _, _, _, instance, application = story
    program, ahead = application(), 0
    key = program("use", "credentials")["ok"]
    for fault in [
        "latency=700ms", "status=503", "throttle", "reset", "half-body", "malformed-json", "expired",
    ]:
        add(server, fault, count=1, instance=instance)
        # New credentials are due, on the server and by the clock of the program's machine.
        ahead += HALF_LIFE
        assert server.rolecall("clock", str(HALF_LIFE)).returncode == 0
        program.move_clock(ahead)
        deadline = time.monotonic() + PATIENCE_SECONDS
        # The library renews behind the program's back; meanwhile it hands out what it has.
        while (fresh := program("key")["ok"]) == key:
            assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}, fault
            assert time.monotonic() < deadline, fault
            time.sleep(0.05)
        assert strikes(server) == 1, fault
        assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}, fault
        key = fresh


@pytest.mark.parametrize("fault", ["expired", "malformed-json"])
def test_a_program_that_starts_on_a_bad_day_tries_again(story, server, fault):  # noqa: F811
    _, _, _, _, application = story
    add(server, fault, count=1)
    program = application()
    answers = [program("use", "credentials") for _ in range(2)]
    assert strikes(server) == 1
    assert answers[1]["ok"].startswith("STS."), answers
    assert fault != "expired" or "error" in answers[0], "nobody uses credentials that are over"
    assert program("read", BUCKET, INSIDE) == {"ok": "a cat"}


def test_the_library_waits_no_longer_than_it_says(story, server):  # noqa: F811
    _, _, _, _, application = story
    add(server, "latency=3s")
    program = application()
    assert "error" in program("use", "credentials"), "it reads for a second at most"
    assert server.rolecall("faults clear").returncode == 0
    assert program("use", "credentials")["ok"].startswith("STS.")
