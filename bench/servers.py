"""The two servers: ours, and nginx, which returns the same bytes and does nothing else."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import machine

VERSIONS = {"Ram": "2015-05-01", "Sts": "2015-04-01", "Ecs": "2014-05-26", "Vpc": "2016-04-28"}


class Rolecall:
    """`rolecall dev` on a data folder."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.data = folder / "data"
        self.ready_file = folder / "ready.json"
        self.process = None
        self.ready = None

    def start(self):
        """Starts it; returns the seconds until it answered."""
        address = f"127.0.0.1:{machine.free_port()}"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ROLECALL_")}
        self.ready_file.unlink(missing_ok=True)
        with open(self.data.with_name("rolecall.log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "dev", "--listen", address, "--data", self.data,
                 "--ready-file", self.ready_file],
                env=environment, stdout=log, stderr=log,
            )
        seconds = machine.wait_for_200(self.process, address, "/_rolecall/health")
        while not self.ready_file.exists():
            time.sleep(0.001)
        self.ready = json.loads(self.ready_file.read_text())
        return seconds

    def stop(self):
        machine.stop(self.process)

    @property
    def pids(self):
        return [self.process.pid]

    @property
    def address(self):
        return self.ready["endpoint"].removeprefix("http://")

    def inside(self, instance, *command):
        """The command line that runs a command inside an instance."""
        return [self.binary, "exec", "--data", self.data, instance, "--", *command]

    def call(self, product, action, key=None, **parameters):
        """Calls an operation with the RPC V1 signature, as the root or with a key and its secret."""
        key_id, secret = key or (self.ready["access_key_id"], self.ready["access_key_secret"])
        query = {
            "Action": action, "Version": VERSIONS[product], "Format": "JSON",
            "RegionId": self.ready["region"], "AccessKeyId": key_id,
            "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
            "SignatureNonce": str(uuid.uuid4()),
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **{name.replace("_", "."): value for name, value in parameters.items()},
        }
        pairs = "&".join(f"{quote(name)}={quote(query[name])}" for name in sorted(query))
        text = f"GET&{quote('/')}&{quote(pairs)}"
        digest = hmac.digest(f"{secret}&".encode(), text.encode(), hashlib.sha1)
        signature = quote(base64.b64encode(digest).decode())
        url = f"{self.ready['endpoint']}/?{pairs}&Signature={signature}"
        try:
            with urllib.request.urlopen(url, timeout=machine.START_SECONDS) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{action}: {error.code} {error.read().decode()}") from error


class Nginx:
    """nginx with as many workers as there are cores, returning one body to every request."""

    def __init__(self, folder, address, body, content_type, within=()):
        self.folder = folder
        self.address = address
        self.within = within
        configuration = f"""
            daemon off;
            worker_processes {os.cpu_count()};
            pid {folder}/nginx.pid;
            error_log {folder}/nginx.log crit;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                keepalive_requests 1000000000;
                large_client_header_buffers 4 16k;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
                fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
                scgi_temp_path {folder}/scgi;
                server {{
                    listen {address} reuseport;
                    default_type '{content_type}';
                    location / {{ return 200 '{body}'; }}
                }}
            }}
        """
        (folder / "nginx.conf").write_text(configuration)
        self.process = None

    def start(self, network=None):
        """Starts it, inside a network namespace if one is given as a descriptor."""
        command = ["nginx", "-e", self.folder / "nginx.log", "-c", self.folder / "nginx.conf"]
        if network is not None:
            command = ["nsenter", f"--net=/proc/self/fd/{network}", *command]
        passed = () if network is None else (network,)
        self.process = subprocess.Popen(command, pass_fds=passed)
        if network is not None:
            # It cannot be reached from here; the measurement fails if it does not answer.
            time.sleep(0.5)
            return None
        return machine.wait_for_200(self.process, self.address, "/")

    def stop(self):
        machine.stop(self.process)

    @property
    def pids(self):
        return [self.process.pid, *machine.children(self.process.pid)]


def quote(value):
    """Percent-encodes as the signature wants it."""
    return urllib.parse.quote(str(value), safe="-_.~")


def folder(parent, name):
    """Makes a folder in which nginx's unprivileged workers may write."""
    path = pathlib.Path(parent) / name
    path.mkdir(mode=0o755)
    return path
