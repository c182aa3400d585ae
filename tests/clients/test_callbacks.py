"""Callbacks of uploads, with the vendor's clients: an application verifies their signature with the
public key that the server shows."""

import base64
import http.server
import json
import subprocess
import threading
import urllib.parse
import urllib.request

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest
import requests
from Crypto.Hash import MD5
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

from conftest import Server
from languages import HERE, INSTALLED
from test_uploads import PART, bucket, client, credentials, form

BODY = "bucket=${bucket}&object=${object}&size=${size}&mine=${x:mine}"


class Application:
    """Verifies callbacks as the vendor's examples do, and answers as it is told."""

    def __init__(self):
        self.heard, self.answer, application = [], (200, b'{"Status":"OK"}'), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                key_url = base64.b64decode(self.headers["x-oss-pub-key-url"]).decode()
                with urllib.request.urlopen(key_url) as answer:
                    key = RSA.import_key(answer.read())
                path, mark, query = self.path.partition("?")
                signed = (urllib.parse.unquote(path) + mark + query + "\n").encode() + body
                # It raises, and no answer is sent, where the signature is another one.
                pkcs1_15.new(key).verify(
                    MD5.new(signed), base64.b64decode(self.headers["Authorization"]))
                application.heard.append((self.headers, body.decode()))
                status, answer = application.answer
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/a%20b/%E4%B8%AD?c=%20d"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def callback(self, **more):
        return encoded({"callbackUrl": self.url, "callbackBody": BODY, **more})


def encoded(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.fixture
def application():
    application = Application()
    yield application
    application.server.shutdown()


@pytest.fixture
def calling(folder):
    server = Server(folder, "--callback-network", "127.0.0.0/8").start()
    yield server
    server.stop()


MINE = encoded({"x:mine": "a b&c"})


@pytest.mark.parametrize("auth", [oss2.Auth, oss2.AuthV4])
def test_oss2(calling, application, auth):
    own = bucket(calling, auth(*credentials(calling)))
    headers = {"x-oss-callback": application.callback(), "x-oss-callback-var": MINE}
    put = own.put_object("dir/测试", b"content", headers=headers)
    assert (put.status, put.resp.read()) == (200, b'{"Status":"OK"}')
    [(sent, body)] = application.heard
    assert body == "bucket=some-bucket&object=dir%2F%E6%B5%8B%E8%AF%95&size=7&mine=a%20b%26c"
    assert sent["User-Agent"] == "aliyun-oss-callback"
    assert sent["x-oss-bucket"] == "some-bucket"
    assert sent["Content-Type"] == "application/x-www-form-urlencoded"
    upload = own.init_multipart_upload("parts").upload_id
    part = own.upload_part("parts", upload, 1, bytes(PART))
    parts = [oss2.models.PartInfo(1, part.etag, size=PART, part_crc=part.crc)]
    done = own.complete_multipart_upload("parts", upload, parts, headers=headers)
    assert done.resp.read() == b'{"Status":"OK"}'
    assert f"object=parts&size={PART}&" in application.heard[1][1]
    application.answer = (301, b"")
    failed = own.put_object("failed", b"content", headers=headers)
    assert failed.status == 203
    assert b"<Code>CallbackFailed</Code><Message>Error status : 301.</Message>" in failed.resp.read()
    assert own.get_object("failed").read() == b"content"


def test_a_signed_url(calling, application):
    own = bucket(calling)
    params = {"callback": application.callback(), "callback-var": MINE}
    url = own.sign_url("PUT", "k", 60, params=params, slash_safe=True)
    answer = requests.put(url, data=b"content", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"Status": "OK"})
    assert application.heard[0][1].endswith("object=k&size=7&mine=a%20b%26c")


def test_version_two(calling, application):
    bucket(calling)
    sdk = client(calling)
    put = sdk.put_object(oss_v2.PutObjectRequest(
        bucket="some-bucket", key="k", body=b"content",
        callback=application.callback(), callback_var=MINE))
    assert json.loads(put.callback_result) == {"Status": "OK"}
    assert len(application.heard) == 1


def test_a_form(calling, application):
    bucket(calling)
    body = '{"object":${object},"size":${size},"mine":${x:mine}}'
    callback = application.callback(callbackBody=body, callbackBodyType="application/json")
    fields = form(calling, "V4", [["eq", "$callback", callback]], key="k", callback=callback,
                  **{"x:mine": 'a"b'})
    answer = requests.post(f"{calling.ready['endpoint']}/some-bucket", data=fields,
                           files={"file": b"content"}, timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"Status": "OK"})
    assert json.loads(application.heard[0][1]) == {"object": "k", "size": 7, "mine": 'a"b'}


def test_near_addresses_are_refused_unless_they_are_allowed(server, application):
    own = bucket(server)
    named = application.url.replace("127.0.0.1", "localhost")
    for url, stored in [(application.url, False), (named, True)]:
        callback = encoded({"callbackUrl": url, "callbackBody": "a"})
        try:
            refused = own.put_object("k", b"content", headers={"x-oss-callback": callback})
            status, document = refused.status, refused.resp.read().decode()
        except oss2.exceptions.ServerError as error:
            status, document = error.status, error.details["Message"]
        assert status == (203 if stored else 400)
        assert "Private address is forbidden to callback." in document
        assert own.object_exists("k") == stored
    assert application.heard == []


def test_ali_oss(calling, application):
    ready = calling.ready
    done = subprocess.run(
        ["node", HERE / "node/callbacks.js", ready["endpoint"].replace("127.0.0.1", "localhost"),
         ready["access_key_id"], ready["access_key_secret"], application.url],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin",
             "NODE_PATH": str(INSTALLED / "node/node_modules")},
        text=True, capture_output=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"put": {"Status": "OK"}, "parts": {"Status": "OK"}}
    bodies = [body for _, body in application.heard]
    assert bodies == ["object=k&size=7&mine=a%20b", f"object=parts&size={350 * 1024}&mine=a%20b"]
