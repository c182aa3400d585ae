"""`rolecall run`: a command inside an instance that wears a role, and nothing else changed."""

import base64
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time

from cloud import Cloud, allow


def run(server, *words, **options):
    return server.rolecall("run", "--role", "runner", "--", *words, **options)


def test_the_command_is_its_own(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    assert run(server, "sh", "-c", "exit 7").returncode == 7
    assert run(server, "sh", "-c", "kill -TERM $$").returncode == -15
    assert run(server, "pwd", cwd="/usr").stdout == "/usr\n"
    assert run(server, "cat", input="hello").stdout == "hello"


def test_the_hosts_credentials_do_not_leak_in(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    host = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "leak", "OSS_ACCESS_KEY_ID": "leak", "PATH": "/usr/bin:/bin"}
    seen = run(server, "env", env=host).stdout
    assert "leak" not in seen
    assert "PATH=/usr/bin:/bin" in seen


def test_curl_reaches_the_metadata_service_and_the_endpoints(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    url = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"
    assert run(server, "curl", "-sS", url).stdout == "runner"
    # TLS by the local authority, at a default endpoint.
    answer = run(server, "curl", "-sS", "https://ram.aliyuncs.com/?Action=ListRoles").stdout
    assert json.loads(answer)["Code"] == "MissingVersion"


def test_an_instance_proves_who_it_is(server, tmp_path):
    """The signed document is verified by OpenSSL, by the authority and by the pinned certificate."""
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    url = "http://100.100.100.200/latest/dynamic/instance-identity/pkcs7?audience=reader-1"
    signed = run(server, "curl", "-sS", url).stdout
    message = tmp_path / "signed.pem"
    message.write_text(f"-----BEGIN PKCS7-----\n{signed}\n-----END PKCS7-----\n")
    verify = ["openssl", "cms", "-verify", "-inform", "PEM", "-in", message, "-purpose", "any"]
    authority, pinned = server.data / "ca/ca.pem", server.data / "ca/instance-identity.pem"

    def content(*trust):
        return subprocess.run([*verify, *trust], capture_output=True, text=True)

    for trust in (["-CAfile", authority], ["-certfile", pinned, "-nointern", "-noverify"]):
        verified = content(*trust)
        assert verified.returncode == 0, verified.stderr
        assert json.loads(verified.stdout)["audience"] == "reader-1"
    assert content().returncode != 0, "nobody vouches for the signer"
    raw = base64.b64decode(signed).replace(b"reader-1", b"reader-2")
    message.write_text(f"-----BEGIN PKCS7-----\n{base64.b64encode(raw).decode()}\n-----END PKCS7-----\n")
    assert content("-CAfile", authority).returncode != 0, "another reader's document"


def test_an_instance_made_for_a_run_goes_with_it(server):
    cloud = Cloud(server)
    cloud.role("runner", allow("oss:GetObject", "*"))
    instance = run(server, "curl", "-sS", "http://100.100.100.200/latest/meta-data/instance-id")
    assert instance.stdout.startswith("i-")
    assert server.rolecall("exec", instance.stdout, "--", "true").returncode == 1


def test_a_server_is_started_for_the_run_where_none_runs(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    server.stop()
    url = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"
    result = run(server, "curl", "-sS", url)
    assert (result.returncode, result.stdout) == (0, "runner"), result.stderr
    assert server.rolecall("exec", "i-none", "--", "true").returncode == 1


def test_errors_say_what_to_do(server):
    result = server.rolecall("run", "--role", "nobody-made-it", "--", "true")
    assert result.returncode == 1
    assert "InvalidRamRole.NotFound" in result.stderr
    assert subprocess.run([server.binary, "run"], capture_output=True).returncode == 2


# What a command sees of its terminal; then it waits, and says what interrupts it.
AT_A_TERMINAL = """
import os, signal, sys, time
def interrupted(*_):
    print("interrupted", flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, interrupted)
size = os.get_terminal_size(0)
foreground = os.tcgetpgrp(0) == os.getpgrp()
print([os.isatty(fd) for fd in range(3)], size.lines, size.columns, foreground, flush=True)
name = input("name? ")
print("hello", name, flush=True)
time.sleep(60)
"""


class Terminal:
    """A terminal of its own, and `rolecall run` in its foreground."""

    def __init__(self, server, *command):
        words = ["run", "--data", str(server.data), "--role", "runner", "--", *command]
        self.child, self.master = pty.fork()
        if self.child == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
                os.execv(server.binary, [str(server.binary), *words])
            finally:
                os._exit(127)
        self.seen = ""

    def expect(self, text):
        """Reads until the text was shown."""
        deadline = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError as ended:
                raise AssertionError(f"it ended: {self.seen}") from ended

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self):
        """The exit status."""
        try:
            while os.read(self.master, 4096):
                pass
        except OSError:
            # The last one who had the terminal open has closed it.
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def test_the_terminal_is_the_commands_own(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    terminal = Terminal(server, sys.executable, "-c", AT_A_TERMINAL)
    terminal.expect("[True, True, True] 33 77 True")
    terminal.expect("name? ")
    terminal.type("photo\n")
    terminal.expect("hello photo")
    # Control-C is the command's to handle, and so is the exit status.
    terminal.type("\x03")
    terminal.expect("interrupted")
    assert terminal.wait() == 3


def test_an_interrupt_ends_a_command_that_does_not_handle_it(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    terminal = Terminal(server, "sh", "-c", "echo started; exec sleep 60")
    terminal.expect("started")
    terminal.type("\x03")
    assert terminal.wait() == -signal.SIGINT


def test_signals_from_outside_reach_the_command(server):
    Cloud(server).role("runner", allow("oss:GetObject", "*"))
    script = "trap 'echo told; exit 5' TERM; echo started; while :; do sleep 0.1; done"
    words = ["run", "--data", server.data, "--role", "runner", "--", "sh", "-c", script]
    running = subprocess.Popen([server.binary, *words], stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "started\n"
    running.terminate()
    assert running.stdout.readline() == "told\n"
    assert running.wait(timeout=60) == 5
