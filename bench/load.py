"""wrk on two servers in turn."""

import dataclasses
import pathlib
import re
import statistics
import subprocess

import machine

CONNECTIONS = 64
SCALE = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
# Sends each line of a file once: a signature's nonce works once.
SCRIPT = """
local lines
function init(arguments)
   lines = io.lines(arguments[1])
end
function request()
   local target = lines()
   if not target then
      wrk.thread:stop()
      return wrk.format("GET", "/")
   end
   return "POST " .. target .. " HTTP/1.1\\r\\nHost: " .. wrk.headers["Host"] ..
      "\\r\\nContent-Length: 0\\r\\n\\r\\n"
end
"""


@dataclasses.dataclass
class Round:
    """What one run of wrk saw, and what it cost the server."""

    requests: int
    requests_per_second: float
    p50_us: float
    p99_us: float
    cpu_us: float


@dataclasses.dataclass
class Load:
    """All rounds of one server."""

    name: str
    rounds: list

    @property
    def best(self):
        """The round with the most requests per second."""
        return max(self.rounds, key=lambda one: one.requests_per_second)

    @property
    def cpu_best(self):
        return min(one.cpu_us for one in self.rounds)

    @property
    def cpu_median(self):
        return statistics.median(one.cpu_us for one in self.rounds)


def run(command, pids, expect_all=True):
    """Runs a wrk command; every answer must be a success."""
    before = machine.cpu_seconds(pids)
    done = subprocess.run(command, capture_output=True, text=True)
    cpu = machine.cpu_seconds(pids) - before
    assert done.returncode == 0, f"wrk failed: {done.stdout}{done.stderr}"
    text = done.stdout
    requests = check(text)
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    percentile = lambda share: duration(re.search(rf"^\s+{share}%\s+(\S+)", text, re.M)[1])
    return Round(requests, per_second, percentile(50), percentile(99), cpu * 1e6 / requests)


def check(text):
    """That every answer was a success, by what wrk says; returns their number."""
    found = re.search(r"(\d+) requests in", text)
    assert found, f"wrk failed: {text}"
    wrong = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", text)
    assert not wrong, f"not every request was answered with success: {wrong[0]}\n{text}"
    requests = int(found[1])
    assert requests > 0, text
    return requests


def wrk(url, seconds, *more, connections=CONNECTIONS):
    """A wrk command of one thread: the other core is the server's."""
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *more, url]


def script(folder):
    """Writes the script that sends signed requests."""
    path = pathlib.Path(folder) / "signed.lua"
    path.write_text(SCRIPT)
    return path


def duration(text):
    """Microseconds of a duration as wrk prints it."""
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
    return float(number) * SCALE[unit]


def in_turn(rounds, **servers):
    """Rounds of each server in turn, after one round to warm up. Each server is a function that
    runs one round."""
    loads = {name: Load(name, []) for name in servers}
    for number in range(rounds + 1):
        for name, one_round in servers.items():
            measured = one_round()
            if number > 0:
                loads[name].rounds.append(measured)
    return loads
