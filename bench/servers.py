"""The two servers: ours, and nginx, which does the same with bytes and nothing else."""

import base64
import contextlib
import hashlib
import hmac
import http.client
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

    def attach(self, name, document, action, **to):
        """Makes a policy and attaches it."""
        self.call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(document))
        self.call("Ram", action, PolicyType="Custom", PolicyName=name, **to)

    def request(self, signed, body=None):
        """Sends a request of OSS: method, target and headers; returns the body of its answer."""
        method, target, headers = signed
        # urllib.request would add a Content-Type, which is signed.
        connection = http.client.HTTPConnection(self.address, timeout=machine.START_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            answer = reply.read()
        assert reply.status == 200, f"{method} {target}: {reply.status} {answer}"
        return answer

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
    """nginx with as many workers as there are cores."""

    @classmethod
    def of_body(cls, folder, address, body, content_type):
        """One that returns a body to every request."""
        return cls(folder, address, f"""
            location / {{ default_type '{content_type}'; return 200 '{body}'; }}""")

    @classmethod
    def of_files(cls, folder, address, root):
        """One that serves and takes files; /up is for whoever waits for its start."""
        return cls(folder, address, f"""
            location = /up {{ return 200; }}
            location / {{
                default_type application/octet-stream; root {root}; sendfile on; tcp_nopush on;
                dav_methods PUT; create_full_put_path on; client_max_body_size 0;
            }}""")

    def __init__(self, folder, address, locations):
        self.folder = folder
        self.address = address
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
                    {locations}
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
        return machine.wait_for_200(self.process, self.address, "/up")

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
