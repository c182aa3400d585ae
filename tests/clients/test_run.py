"""`rolecall run`: a command inside an instance that wears a role, and nothing else changed."""

import json
import subprocess

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
