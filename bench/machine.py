"""Processes on this machine: how to start them, and what they cost."""

import contextlib
import ctypes
import fcntl
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30
# The number of pidfd_getfd(2), the same on all architectures.
PIDFD_GETFD = 438
# From linux/sockios.h: the network namespace of a socket, as a descriptor.
SIOCGSKNS = 0x894C


def cpu_seconds(pids):
    """User and system time of processes."""
    ticks = 0
    for pid in pids:
        # The name, in parentheses, may hold spaces.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def resident_mib(pids):
    """Resident memory of processes, in MiB."""
    kib = 0
    for pid in pids:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        kib += int(re.search(r"^VmRSS:\s+(\d+)", status, re.M)[1])
    return kib / 1024


def peak_mib(pids):
    """The most memory that was resident of processes since their start, in MiB."""
    kib = 0
    for pid in pids:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        kib += int(re.search(r"^VmHWM:\s+(\d+)", status, re.M)[1])
    return kib / 1024


def children(pid):
    """The processes that a process started, by any of its threads, and that still run."""
    lists = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in lists for child in children.read_text().split()]


def free_port():
    """A port of the loopback on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for_200(process, address, path):
    """Waits for the first answer 200; returns the seconds that it took."""
    start = time.monotonic()
    while True:
        assert process.poll() is None, f"{process.args[0]} ended with {process.returncode}"
        assert time.monotonic() - start < START_SECONDS, f"{process.args[0]} does not answer"
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(address, timeout=START_SECONDS)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                connection.close()
                return time.monotonic() - start
        time.sleep(0.001)


def stop(process):
    """Ends a process as its operator would."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def namespace_of_listener(pid, address):
    """The network namespace of a process's listening socket, as a descriptor. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    of_process = os.pidfd_open(pid)
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                if not os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:"):
                    continue
            ours = libc.syscall(PIDFD_GETFD, of_process, int(number), 0)
            if ours < 0:
                continue
            with socket.socket(fileno=ours) as listener:
                if listener.family == socket.AF_INET and listener.getsockname() == address:
                    return fcntl.ioctl(listener.fileno(), SIOCGSKNS)
    finally:
        os.close(of_process)
    raise LookupError(f"process {pid} does not listen on {address}")
