"""The clients of several languages, each behind a program that is told what to call.

A program is given the server's address, or nothing to use its client's own endpoints. Its standard
input has lines of JSON: `{"service": "ram", "version": "2015-05-01", "action": "GetUser",
"parameters": {"UserName": "a"}, "key": {"id": …, "secret": …, "token": … or null}}`. It makes each call with its client's own method
for the operation (`"door": "typed"`), or, where the client has none, with the client's way to call
what it does not know (`"door": "generic"`), and answers with a line:
`{"ok": body, "door": …}` or `{"refused": {"code", "status", "message", "detail"}}`, as the client
shows the error. `typed` is what the client read from the body, where `ok` is the body itself.
A new operation needs no change of a program.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
INSTALLED = pathlib.Path(sys.prefix)
VERSIONS = {"ram": "2015-05-01", "sts": "2015-04-01"}


@dataclasses.dataclass(frozen=True)
class Client:
    """A client: its program, and what of it differs from the others."""

    name: str
    command: tuple
    # The operations that the client does not know, so that they go through its generic door.
    # None: it knows none by name.
    unknown: frozenset | None
    # Whether its answers may lack fields that its types do not have.
    partial: bool = False
    # Whether its errors have the details of a denial.
    explains: bool = True


OURS = frozenset({"ListSessions", "RevokeSessions"})
CLIENTS = [
    Client("python", (sys.executable, "programs/current.py"), OURS, partial=True),
    Client("python-old", (sys.executable, "programs/old.py"), OURS, explains=False),
    Client("node", ("node", "node/current.js"), OURS, partial=True),
    Client("node-pop", ("node", "node/pop.js"), None),
    # Of 2018: what came later is not in it, nor are some parameters.
    Client("go", (INSTALLED / "go/speak",), OURS | {
        "GetAccessKeyLastUsed", "ListTagResources", "TagResources", "UntagResources",
        "UpdatePolicyDescription",
    }),
]


class Refused(Exception):
    """The server said no; what the client told of it."""

    def __init__(self, code, status, message, detail=None):
        super().__init__(f"{status} {code}: {message}")
        self.code, self.status, self.message, self.detail = code, status, message, detail


class Program:
    """The running program of a client."""

    def __init__(self, client, *arguments, around=(), programs=HERE):
        """`around` is a command to run it in; `programs` has the folders of the programs."""
        self.client = client
        name, *script = client.command
        command = [*around, name, *(programs / each for each in script), *arguments]
        modules = str(INSTALLED / "node/node_modules")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd="/", env={**os.environ, "NODE_PATH": modules})
        self.generic = set()
        self.typed = set()

    def __call__(self, service, action, parameters, key):
        self.process.stdin.write(json.dumps({
            "service": service, "version": VERSIONS[service], "action": action,
            "parameters": parameters, "key": key,
        }) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the program of {self.client.name} ended at {action}"
        answer = json.loads(line)
        if "refused" in answer:
            raise Refused(**answer["refused"])
        (self.typed if answer["door"] == "typed" else self.generic).add(action)
        if "typed" in answer:
            holds(answer["typed"], answer["ok"], action)
        return answer["ok"]

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        # Where the test has failed already, its own failure says more.
        assert failure or status == 0


def holds(part, whole, where):
    """Asserts that what a client read says nothing else than what it was sent."""
    if isinstance(part, dict) and isinstance(whole, dict):
        for name, value in part.items():
            if name in whole:
                holds(value, whole[name], f"{where}.{name}")
            else:
                # A struct cannot lack a field: it has an empty one.
                assert is_empty(value), f"{where}.{name}: {value!r} was never sent"
    elif isinstance(part, list) and isinstance(whole, list):
        assert len(part) == len(whole), where
        for number, (one, other) in enumerate(zip(part, whole)):
            holds(one, other, f"{where}[{number}]")
    else:
        assert part == whole or (is_empty(part) and is_empty(whole)), (
            f"{where}: {part!r}, not {whole!r}")


def is_empty(value):
    if isinstance(value, dict):
        return all(is_empty(each) for each in value.values())
    return not value
