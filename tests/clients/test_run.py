"""`rolecall run`: a command inside an instance that wears a role, and nothing else changed."""

import base64
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
