"""The life of an account's identities (life.py) with the client of each language.

At the end, the transcripts of all are compared: the same answers, the same refusals.
"""

import concurrent.futures
import pathlib
import shutil
import tempfile

import pytest

from conftest import Server
from languages import CLIENTS, Program, holds
from life import CHAPTERS
from world import World, start


class Lived:
    """A life that was lived: what its client saw, and by which doors it called."""

    def __init__(self, client):
        self.client = client
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rc-"))
        server = Server(folder)
        try:
            start(server)
            with Program(client, server.address) as program:
                world = World(program)
                for chapter in CHAPTERS:
                    chapter(world)
            self.steps = world.transcript.steps
            self.generic, self.typed = program.generic, program.typed
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lives():
    """All lives, lived at the same time; each has a server of its own."""
    with concurrent.futures.ThreadPoolExecutor() as threads:
        yield {client.name: threads.submit(Lived, client) for client in CLIENTS}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_life(lives, client):
    lived = lives[client.name].result()
    if client.unknown is None:
        assert not lived.typed
    else:
        # An operation that has a method of its own must have been called by it.
        assert lived.generic - lived.typed <= client.unknown


def test_all_clients_saw_the_same(lives):
    whole = lives["node-pop"].result()
    for name, lived in ((name, life.result()) for name, life in lives.items()):
        assert len(lived.steps) == len(whole.steps), name
        for number, (step, expected) in enumerate(zip(lived.steps, whole.steps)):
            where = f"{name}, step {number}, {step[0]} calls {step[1]}"
            assert step[:2] == expected[:2], where
            if lived.client.partial:
                holds(step[2], expected[2], where)
            else:
                assert step[2] == expected[2], where
            # Not every client shows why a call was denied.
            assert step[3] == (expected[3] if lived.client.explains else None), where
