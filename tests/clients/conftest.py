"""A running server for each test, and the vendor's clients pointed at it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ROLECALL_BINARY", ROOT / "target/debug/rolecall"))
REGION = "cn-hangzhou"
START_SECONDS = 30


class Server:
    """`rolecall dev` on a data folder of its own; it can be killed and started again."""

    def __init__(self, folder: pathlib.Path, *arguments):
        self.arguments = arguments
        self.data = folder / "data"
        self.ready_file = folder / "ready.json"
        # Instances run programs as an ordinary user, who must be able to run this one too.
        self.binary = folder / "rolecall"
        shutil.copy(BINARY, self.binary)
        self.process = None
        self.ready = None
        self.seed = {}

    def start(self, **seed):
        """Starts it; `seed` names the account to start with, as the program's variables do."""
        self.seed = seed or self.seed
        self.ready_file.unlink(missing_ok=True)
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("ROLECALL_")
        } | self.seed
        self.process = subprocess.Popen(
            [
                self.binary, "dev", "--listen", "127.0.0.1:0",
                "--data", self.data, "--ready-file", self.ready_file,
                *self.arguments,
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.ready_file.exists():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        self.ready = json.loads(self.ready_file.read_text())
        return self

    def kill(self):
        """The end that no program sees coming."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(timeout=START_SECONDS) == 0

    def restart(self):
        self.kill()
        return self.start()

    @property
    def address(self):
        return self.ready["endpoint"].removeprefix("http://")

    def rolecall(self, *arguments, **options):
        """Runs the program on the server's data folder; a verb may have two words."""
        command, *rest = arguments
        return subprocess.run(
            [self.binary, *command.split(), "--data", self.data, *rest],
            text=True, capture_output=True, timeout=120, **options,
        )

    def inside(self, instance, script, *arguments, user=None):
        """Runs a Python script of this folder inside an instance; it sees no key of ours."""
        as_user = ["--user", user] if user else []
        result = self.rolecall(
            "exec", *as_user, instance, "--",
            sys.executable, "-", *arguments,
            input=script, cwd="/",
        )
        assert result.returncode == 0, result.stderr + result.stdout
        return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def folder():
    # Short and open to read: socket paths have a limit, and an ordinary user must reach the binary.
    path = pathlib.Path(tempfile.mkdtemp(prefix="rc-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def server(folder):
    server = Server(folder).start()
    yield server
    server.stop()


@pytest.fixture
def ordinary_user():
    """The user that programs inside instances run as, where the tests run as root."""
    return "nobody" if os.geteuid() == 0 else None
