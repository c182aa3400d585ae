#!/usr/bin/env python3
"""Objects: signed calls of OSS beside nginx, which serves and takes the same bytes as files.

Run by run.py with the rest, or alone: it then prints its own tables.
"""

import argparse
import dataclasses
import datetime
import hashlib
import hmac
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

import load
import machine
import servers

BUCKET = "measured"
SMALL, LARGE = 4 << 10, 64 << 20
# Keys that are read, and keys that are written again and again.
HOT_KEYS, PUT_KEYS, LARGE_KEYS = 1_000, 4_096, 4
LARGE_CONNECTIONS = 2
# Objects of a listing, and how many directories of so many keys there are to list.
LISTED = 1_000
POLICY = {"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": ["oss:GetObject", "oss:PutObject", "oss:ListObjects"],
     "Resource": [f"acs:oss:*:*:{BUCKET}", f"acs:oss:*:*:{BUCKET}/*"]}]}
# Sends the requests of a file, whose lines are a method, a target and its signature. All of them
# again and again, prepared beforehand; or each once, as it is read.
SCRIPT = """
local heads, next_line, body, place = {}, nil, "", 0

local function head(line, host, date)
   local method, target, signature = line:match("^(%S+) (%S+) (.*)$")
   local length = method == "PUT" and "Content-Length: " .. #body .. "\\r\\n" or ""
   return method .. " " .. target .. " HTTP/1.1\\r\\nHost: " .. host ..
      "\\r\\nx-oss-content-sha256: UNSIGNED-PAYLOAD\\r\\nx-oss-date: " .. date ..
      "\\r\\nAuthorization: " .. signature .. "\\r\\n" .. length .. "\\r\\n"
end

function init(arguments)
   local file, date, bytes, once = unpack(arguments)
   local host = wrk.headers["Host"]
   body = string.rep("r", tonumber(bytes))
   if once == "once" then
      local lines, asked = io.open(file), false
      next_line = function()
         -- wrk asks once to see what it will send.
         if not asked then
            asked = true
            return wrk.format("GET", "/")
         end
         local line = lines and lines:read("*l")
         if lines and not line then
            lines = nil
            io.open(file .. ".sent", "w"):close()
         end
         place = place % 1000 + 1
         if line then heads[place] = head(line, host, date) end
         return heads[place]
      end
   else
      for line in io.lines(file) do
         heads[#heads + 1] = head(line, host, date) .. body
      end
   end
end

function request()
   if next_line then return next_line() end
   place = place % #heads + 1
   return heads[place]
end
"""


@dataclasses.dataclass
class Results:
    """What was measured of objects."""

    # Pairs of a row's name and the loads of nginx and of ours.
    loads: list = dataclasses.field(default_factory=list)
    # A round of listings.
    listing: load.Round = None
    # How many objects there were.
    objects: int = 0
    # MiB, the most since the start; and seconds of a start with all objects.
    peak: float = 0
    start: float = 0


def measure(folder, server, arguments):
    """Everything about objects, on a running server."""
    results = Results()
    bench = Bench(folder, server, user(server), arguments)
    try:
        for name, method, count, size, connections in [
                ("signed GET 4 KiB of 1,000 keys", "GET", HOT_KEYS, SMALL, load.CONNECTIONS),
                ("durable PUT 4 KiB", "PUT", PUT_KEYS, SMALL, load.CONNECTIONS),
                ("signed GET 64 MiB", "GET", LARGE_KEYS, LARGE, LARGE_CONNECTIONS),
                ("durable PUT 64 MiB", "PUT", LARGE_KEYS, LARGE, LARGE_CONNECTIONS)]:
            print(name, file=sys.stderr)
            keys = [f"{size}/{number:06}" for number in range(count)]
            if method == "GET":
                bench.provide(keys, size)
            results.loads.append((name, bench.in_turn(method, keys, size, connections)))
        print("listing", file=sys.stderr)
        results.objects = bench.fill(arguments.objects)
        results.listing = bench.list()
    finally:
        bench.nginx.stop()
    results.peak = machine.peak_mib(server.pids)
    server.stop()
    results.start = server.start()
    return results


class Bench:
    """The two servers, and how they are asked."""

    def __init__(self, folder, server, key, arguments):
        self.folder, self.server, self.key, self.arguments = folder, server, key, arguments
        self.script = folder / "objects.lua"
        self.script.write_text(SCRIPT)
        self.lines = folder / "objects.txt"
        files = servers.folder(folder, "nginx-objects")
        root = servers.folder(files, "root")
        servers.folder(root, BUCKET)
        for path in (root, root / BUCKET):
            path.chmod(0o777)
        self.nginx = servers.Nginx.of_files(files, f"127.0.0.1:{machine.free_port()}", root)
        self.nginx.start()
        self.root = root
        server.request(sign("PUT", "", server, root_key(server)))

    def provide(self, keys, size):
        """Puts the objects that will be read into both."""
        for key in keys:
            self.server.request(sign("PUT", key, self.server, self.key), b"r" * size)
            path = self.root / BUCKET / key
            if not path.parent.exists():
                path.parent.mkdir()
                path.parent.chmod(0o777)
            path.write_bytes(b"r" * size)

    def in_turn(self, method, keys, size, connections):
        """Rounds of the same signed requests to both."""
        size = size if method == "PUT" else 0
        def one(address, pids):
            self.write((method, key, ()) for key in keys)
            return self.wrk(address, pids, size, connections)
        return load.in_turn(
            self.arguments.rounds,
            nginx=lambda: one(self.nginx.address, self.nginx.pids),
            rolecall=lambda: one(self.server.address, self.server.pids))

    def fill(self, count):
        """Puts empty objects, so many, in directories of LISTED; returns how many there are."""
        made = 0
        while made < count:
            # Signatures are good for a quarter of an hour.
            some = min(count - made, 200_000)
            self.write(("PUT", name(number), ()) for number in range(made, made + some))
            self.send_once()
            made += some
        return made

    def list(self):
        """Listings of one directory each, one after the other."""
        directories = max(self.arguments.objects // LISTED, 1)
        query = lambda number: (("list-type", "2"), ("max-keys", str(LISTED)),
                                ("prefix", name(number * LISTED).rpartition("/")[0] + "/"))
        self.write(("GET", "", query(number)) for number in range(directories))
        command = lambda: self.wrk(self.server.address, self.server.pids, 0, 1)
        answer = self.server.request(sign("GET", "", self.server, self.key, query(0)))
        assert answer.count(b"<Contents>") == min(LISTED, self.arguments.objects), answer[:500]
        command()
        return min((command() for _ in range(self.arguments.rounds)), key=lambda one: one.p50_us)

    def write(self, requests):
        """Signs requests into the file that wrk sends."""
        signer = Signer(self.server.ready["region"], self.key)
        self.date = signer.date
        with open(self.lines, "w") as file:
            for method, key, query in requests:
                target, signature = signer.sign(method, key, query)
                file.write(f"{method} {target} {signature}\n")

    def send_once(self):
        """Sends each request of the file, as long as it takes."""
        sent = self.lines.with_name(f"{self.lines.name}.sent")
        sent.unlink(missing_ok=True)
        command = self.command(self.server.address, 900, load.CONNECTIONS, 0, "once")
        # wrk sleeps for as long as it was told to, unless it is interrupted.
        wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while not sent.exists() and wrk.poll() is None:
            time.sleep(0.01)
        # All answers are there when the last requests have been sent again for a while.
        time.sleep(1)
        wrk.send_signal(signal.SIGINT)
        load.check(wrk.communicate()[0])

    def wrk(self, address, pids, size, connections):
        seconds = self.arguments.seconds * (2 if size == LARGE else 1)
        return load.run(self.command(address, seconds, connections, size, "again"), pids)

    def command(self, address, seconds, connections, size, how):
        more = ("-H", f"Host: {self.server.address}", "-s", str(self.script), "--timeout", "60s")
        command = load.wrk(f"http://{address}/", seconds, *more, connections=connections)
        return [*command, "--", str(self.lines), self.date, str(size), how]


def name(number):
    """The key of one of the objects that are listed."""
    return f"listed/{number // LISTED:05}/{number % LISTED:04}"


def root_key(server):
    return server.ready["access_key_id"], server.ready["access_key_secret"]


def sign(method, key, server, pair, query=()):
    """A request with its signature."""
    signer = Signer(server.ready["region"], pair)
    target, signature = signer.sign(method, key, query)
    headers = {"x-oss-content-sha256": "UNSIGNED-PAYLOAD", "x-oss-date": signer.date,
               "Authorization": signature}
    return method, target, headers


class Signer:
    """Signs as OSS V4, at one time."""

    def __init__(self, region, key):
        self.key_id, secret = key
        now = datetime.datetime.now(datetime.timezone.utc)
        self.date = now.strftime("%Y%m%dT%H%M%SZ")
        parts = [self.date[:8], region, "oss", "aliyun_v4_request"]
        self.scope = "/".join(parts)
        self.signing = f"aliyun_v4{secret}".encode()
        for part in parts:
            self.signing = hmac.digest(self.signing, part.encode(), hashlib.sha256)

    def sign(self, method, key, query):
        """The target in the form of a path, and the value of `Authorization`."""
        path = f"/{BUCKET}/{urllib.parse.quote(key)}"
        pairs = "&".join(
            f"{servers.quote(name)}={servers.quote(value)}" for name, value in sorted(query))
        canonical = (f"{method}\n{path}\n{pairs}\nx-oss-content-sha256:UNSIGNED-PAYLOAD\n"
                     f"x-oss-date:{self.date}\n\n\nUNSIGNED-PAYLOAD")
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"OSS4-HMAC-SHA256\n{self.date}\n{self.scope}\n{digest}"
        signature = hmac.digest(self.signing, text.encode(), hashlib.sha256).hex()
        target = f"{path}?{pairs}" if pairs else path
        return target, (f"OSS4-HMAC-SHA256 Credential={self.key_id}/{self.scope},"
                        f"Signature={signature}")


def main():
    import report
    import run
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    run.add_load_arguments(parser)
    arguments = parser.parse_args()
    run.require()
    with tempfile.TemporaryDirectory(prefix="rolecall-bench-", dir=arguments.folder) as folder:
        os.chmod(folder, 0o755)
        folder = pathlib.Path(folder)
        server = servers.Rolecall(run.BINARY, servers.folder(folder, "server"))
        server.start()
        try:
            print(report.objects(measure(folder, server, arguments)))
        finally:
            server.stop()


def user(server):
    """The AccessKey of a user who may do what is measured."""
    server.call("Ram", "CreateUser", UserName="objects")
    server.attach("objects", POLICY, "AttachPolicyToUser", UserName="objects")
    key = server.call("Ram", "CreateAccessKey", UserName="objects")["AccessKey"]
    return key["AccessKeyId"], key["AccessKeySecret"]


if __name__ == "__main__":
    main()
