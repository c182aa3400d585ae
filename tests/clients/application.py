"""An application on an instance, whose machine's clock a test can move."""

import json
import pathlib
import shutil
import subprocess
import sys

from languages import HERE, INSTALLED

# For programs of several threads, as that of Java is.
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
MODULES = INSTALLED / "node/node_modules"
READER = (sys.executable, "programs/reader.py")


class Application:
    """A program inside an instance, driven by lines. Its machine's clock can be moved.

    `command` is what runs the program, and last the program's path in this folder.
    """

    def __init__(self, server, folder, instance, user, command=READER):
        *words, script = command
        program = folder / script
        # An ordinary user may not be able to enter the checkout.
        shutil.copytree((HERE / script).parent, program.parent, dirs_exist_ok=True)
        self.clock = folder / f"clock-{id(self)}"
        self.move_clock(0)
        clock = [
            f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self.clock}",
            "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1",
        ]
        as_user = ["--user", user] if user else []
        self.process = subprocess.Popen(
            [
                server.binary, "exec", "--data", server.data, *as_user, instance, "--",
                "env", *clock, f"NODE_PATH={MODULES}", *words, program,
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        )

    def __call__(self, do, *words):
        self.process.stdin.write(json.dumps({"do": do, "with": words}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the application ended at {do}"
        return json.loads(line)

    def move_clock(self, seconds):
        """Moves the clock that the program sees, as the clock of its machine would be."""
        self.clock.write_text(f"+{seconds}s")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
