"""Uploads by parts and from web pages, with the vendor's clients: oss2 and the SDK of version 2."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import socket
import urllib.parse

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest
import requests

PART = 200 * 1024
CONTENT = os.urandom(5 * PART + 17)


def credentials(server):
    return server.ready["access_key_id"], server.ready["access_key_secret"]


def bucket(server, auth=None, name="some-bucket"):
    auth = auth or oss2.Auth(*credentials(server))
    own = oss2.Bucket(auth, server.ready["endpoint"], name, region="cn-hangzhou")
    own.create_bucket()
    return own


def client(server):
    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.StaticCredentialsProvider(
        *credentials(server))
    config.region, config.endpoint = "cn-hangzhou", server.ready["endpoint"]
    return oss_v2.Client(config)


@pytest.mark.parametrize("auth", [oss2.Auth, oss2.AuthV4])
def test_resumable_transfers_compare_the_sums_of_all_parts(server, auth, tmp_path):
    own = bucket(server, auth(*credentials(server)))
    file, back = tmp_path / "file", tmp_path / "back"
    file.write_bytes(CONTENT)
    key = "dir/a b+c&d=测试.bin"
    store = oss2.ResumableStore(root=str(tmp_path))
    # The client combines the CRCs of the parts, and compares with that of the object.
    done = oss2.resumable_upload(own, key, str(file), store=store, multipart_threshold=PART,
                                 part_size=PART, num_threads=3, headers={"x-oss-meta-a": "b"})
    assert done.status == 200 and done.crc is not None
    head = own.head_object(key)
    assert head.content_length == len(CONTENT)
    assert (head.headers["x-oss-object-type"], head.headers["x-oss-meta-a"]) == ("Multipart", "b")
    assert "Content-MD5" not in head.headers
    oss2.resumable_download(own, key, str(back), multiget_threshold=PART, part_size=PART,
                            num_threads=3, store=oss2.ResumableDownloadStore(root=str(tmp_path)))
    assert back.read_bytes() == CONTENT
    assert list(oss2.MultipartUploadIterator(own)) == []


def test_an_interrupted_upload_goes_on(server, tmp_path):
    own = bucket(server)
    file = tmp_path / "file"
    file.write_bytes(CONTENT)
    store = oss2.ResumableStore(root=str(tmp_path))

    class Interrupted(Exception):
        pass

    def interrupt(sent, whole):
        if sent >= 3 * PART:
            raise Interrupted

    options = {"store": store, "multipart_threshold": PART, "part_size": PART, "num_threads": 1}
    with pytest.raises(Interrupted):
        oss2.resumable_upload(own, "k", str(file), progress_callback=interrupt, **options)
    [upload] = oss2.MultipartUploadIterator(own)
    before = [part.part_number for part in oss2.PartIterator(own, "k", upload.upload_id)]
    assert before and len(before) < 6
    server.restart()
    own = oss2.Bucket(oss2.Auth(*credentials(server)), server.ready["endpoint"], "some-bucket",
                      region="cn-hangzhou")
    oss2.resumable_upload(own, "k", str(file), **options)
    assert own.get_object("k").read() == CONTENT


def test_parts_by_hand(server):
    own = bucket(server)
    upload = own.init_multipart_upload("k").upload_id
    parts = []
    for number in range(1, 4):
        sent = own.upload_part("k", upload, number, bytes([number]) * PART)
        parts.append(oss2.models.PartInfo(number, sent.etag, size=PART, part_crc=sent.crc))
    listed = list(oss2.PartIterator(own, "k", upload, max_parts=1))
    assert [(part.part_number, part.size) for part in listed] == [(1, PART), (2, PART), (3, PART)]
    forged = [oss2.models.PartInfo(1, parts[1].etag), *parts[1:]]
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        own.complete_multipart_upload("k", upload, forged)
    assert (raised.value.status, raised.value.code) == (400, "InvalidPart")
    own.complete_multipart_upload("k", upload, parts)
    assert own.get_object("k").read() == b"".join(bytes([n]) * PART for n in range(1, 4))
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        own.complete_multipart_upload("k", upload, parts)
    other = own.init_multipart_upload("k").upload_id
    own.upload_part("k", other, 1, b"x")
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        own.delete_bucket()
    assert raised.value.status == 409
    own.abort_multipart_upload("k", other)
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        own.abort_multipart_upload("k", other)
    all_parts = own.init_multipart_upload("all").upload_id
    own.upload_part("all", all_parts, 1, b"whole")
    own.complete_multipart_upload("all", all_parts, None, headers={"x-oss-complete-all": "yes"})
    assert own.get_object("all").read() == b"whole"


def test_managers_of_version_two(server, tmp_path):
    bucket(server)
    sdk = client(server)
    file, back = tmp_path / "file", tmp_path / "back"
    file.write_bytes(CONTENT)
    uploaded = sdk.uploader(part_size=PART, parallel_num=3).upload_file(
        oss_v2.PutObjectRequest(bucket="some-bucket", key="a b/测试"), filepath=str(file))
    assert uploaded.status_code == 200 and uploaded.etag
    downloaded = sdk.downloader(part_size=PART, parallel_num=3).download_file(
        oss_v2.GetObjectRequest(bucket="some-bucket", key="a b/测试"), filepath=str(back))
    assert downloaded.written == len(CONTENT)
    assert back.read_bytes() == CONTENT
    assert list(sdk.list_multipart_uploads_paginator().iter_page(
        oss_v2.ListMultipartUploadsRequest(bucket="some-bucket")))[0].uploads in (None, [])


def test_parts_are_copied(server):
    own = bucket(server)
    other = bucket(server, name="other-bucket")
    name = "dir/a b+c&d=测试.bin"
    other.put_object(name, CONTENT)
    upload = own.init_multipart_upload("k").upload_id
    parts = []
    for number, first in enumerate(range(0, len(CONTENT), 2 * PART), 1):
        last = min(first + 2 * PART, len(CONTENT)) - 1
        sent = own.upload_part_copy("other-bucket", name, (first, last), "k", upload, number)
        parts.append(oss2.models.PartInfo(number, sent.etag))
    for headers, status in [({"x-oss-copy-source-if-match": "other"}, 412),
                            ({"x-oss-copy-source-if-none-match": other.head_object(name).etag},
                             304)]:
        with pytest.raises(oss2.exceptions.ServerError) as raised:
            own.upload_part_copy("other-bucket", name, (0, 9), "k", upload, 9, headers=headers)
        assert raised.value.status == status
    with pytest.raises(oss2.exceptions.NoSuchKey):
        own.upload_part_copy("other-bucket", "none", (0, 9), "k", upload, 9)
    own.complete_multipart_upload("k", upload, parts)
    assert own.get_object("k").read() == CONTENT


def test_the_copier_of_version_two(server):
    bucket(server).put_object("source/测试", CONTENT, headers={"x-oss-meta-a": "b"})
    sdk = client(server)
    copier = sdk.copier(part_size=PART, parallel_num=3, multipart_copy_threshold=PART,
                        disable_shallow_copy=True)
    copied = copier.copy(oss_v2.CopyObjectRequest(
        bucket="some-bucket", key="a b", source_key="source/测试", source_bucket="some-bucket"))
    assert copied.status_code == 200 and copied.etag.endswith('-6"')
    got = sdk.get_object(oss_v2.GetObjectRequest(bucket="some-bucket", key="a b"))
    assert got.body.content == CONTENT and got.metadata == {"a": "b"}


def form(server, version, conditions, **fields):
    """The fields of a form, signed as a server would for a web page."""
    key, secret = credentials(server)
    now = datetime.datetime.now(datetime.timezone.utc)
    day, date = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    expiration = (now + datetime.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    policy = base64.b64encode(
        json.dumps({"expiration": expiration, "conditions": conditions}).encode())
    if version == "V1":
        signature = base64.b64encode(hmac.new(secret.encode(), policy, hashlib.sha1).digest())
        proof = {"OSSAccessKeyId": key, "policy": policy, "Signature": signature}
    else:
        signing = f"aliyun_v4{secret}".encode()
        for word in [day, "cn-hangzhou", "oss", "aliyun_v4_request"]:
            signing = hmac.new(signing, word.encode(), hashlib.sha256).digest()
        proof = {
            "policy": policy,
            "x-oss-signature-version": "OSS4-HMAC-SHA256",
            "x-oss-credential": f"{key}/{day}/cn-hangzhou/oss/aliyun_v4_request",
            "x-oss-date": date,
            "x-oss-signature": hmac.new(signing, policy, hashlib.sha256).hexdigest(),
        }
    return {**proof, **fields}


@pytest.mark.parametrize("version", ["V1", "V4"])
def test_a_form(server, version):
    own = bucket(server)
    url = f"{server.ready['endpoint']}/some-bucket"
    conditions = [{"bucket": "some-bucket"}, ["starts-with", "$key", "user/"],
                  ["content-length-range", 1, len(CONTENT)]]
    fields = form(server, version, conditions, key="user/${filename}",
                  success_action_status="201", **{"x-oss-meta-a": "b"})
    posted = requests.post(url, data=fields, files={"file": ("f.bin", CONTENT, "image/png")},
                           timeout=10)
    assert posted.status_code == 201, posted.text
    got = own.get_object("user/f.bin")
    assert got.read() == CONTENT
    assert (got.headers["Content-Type"], got.headers["x-oss-meta-a"]) == ("image/png", "b")
    for change, status in [({"key": "other/k"}, 403), ({"policy": "e30="}, 403)]:
        refused = requests.post(url, data={**fields, **change}, files={"file": b"x"}, timeout=10)
        assert refused.status_code == status, refused.text
    long = requests.post(url, data=fields, files={"file": CONTENT + b"x"}, timeout=10)
    assert long.status_code == 400 and "EntityTooLarge" in long.text


def test_a_client_that_waits_is_told_to_go_on(server):
    own = bucket(server)
    upload = own.init_multipart_upload("k").upload_id
    signed = own.sign_url("PUT", "k", 60, params={"uploadId": upload, "partNumber": "1"})
    url = urllib.parse.urlsplit(signed)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        head = (f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
                "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hello")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 ") and b"5D41402ABC4B2A76B9719D911017C592" in answer
    # One who is refused need not send anything.
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(head.replace(upload, "0" * 32).encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 403 ")
