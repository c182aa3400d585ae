"""OSS with the vendor's clients: oss2 (V1 and V4) and the SDK of version 2 (V4)."""

import alibabacloud_oss_v2 as oss_v2
import oss2
import pytest
import requests

from cloud import Cloud, allow
from conftest import Server

CONTENT = b"x" * 100_000


def auths(server):
    key, secret = server.ready["access_key_id"], server.ready["access_key_secret"]
    return {
        "V1": oss2.Auth(key, secret),
        "V4": oss2.AuthV4(key, secret),
    }


def bucket(server, auth, name="some-bucket"):
    return oss2.Bucket(auth, server.ready["endpoint"], name, region="cn-hangzhou")


@pytest.mark.parametrize("version", ["V1", "V4"])
def test_an_object_from_its_making_to_its_end(server, version):
    own = bucket(server, auths(server)[version])
    own.create_bucket()
    put = own.put_object("dir/a b+c&d=测试.txt", CONTENT, headers={"x-oss-meta-author": "me"})
    assert put.status == 200 and put.etag
    got = own.get_object("dir/a b+c&d=测试.txt")
    assert got.read() == CONTENT
    assert got.headers["x-oss-meta-author"] == "me"
    head = own.head_object("dir/a b+c&d=测试.txt")
    assert (head.content_length, head.etag) == (len(CONTENT), put.etag)
    assert own.get_object("dir/a b+c&d=测试.txt", byte_range=(1, 3)).read() == b"xxx"
    assert own.object_exists("dir/a b+c&d=测试.txt") and not own.object_exists("none")
    with pytest.raises(oss2.exceptions.NoSuchKey):
        own.get_object("none")
    with pytest.raises(oss2.exceptions.BucketNotEmpty):
        own.delete_bucket()
    own.delete_object("dir/a b+c&d=测试.txt")
    own.delete_bucket()
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        own.get_object("none")


def test_listing(server):
    own = bucket(server, auths(server)["V1"])
    own.create_bucket()
    keys = sorted([f"a/{number:03}" for number in range(150)] + ["b/1/x", "b/2", "c"])
    for key in keys:
        own.put_object(key, b"")
    assert [each.key for each in oss2.ObjectIterator(own, max_keys=40)] == keys
    assert [each.key for each in oss2.ObjectIteratorV2(own, max_keys=40)] == keys
    found = list(oss2.ObjectIterator(own, delimiter="/"))
    assert [each.key for each in found if each.is_prefix()] == ["a/", "b/"]
    assert [each.key for each in found if not each.is_prefix()] == ["c"]
    assert [each.key for each in oss2.ObjectIteratorV2(own, prefix="b/")] == ["b/1/x", "b/2"]


@pytest.mark.parametrize("version", ["V1", "V4"])
def test_signed_urls(server, version):
    own = bucket(server, auths(server)[version])
    own.create_bucket()
    own.put_object("k", b"content")
    url = own.sign_url("GET", "k", 60)
    assert requests.get(url, timeout=10).content == b"content"
    assert requests.get(url.replace("/k?", "/other?"), timeout=10).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    put = own.sign_url("PUT", "new", 60)
    assert requests.put(put, data=b"by url", timeout=10).status_code == 200
    assert own.get_object("new").read() == b"by url"
    server.rolecall("clock", "61")
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 403 and "Request has expired" in answer.text


def test_the_client_of_version_two(server):
    bucket(server, auths(server)["V1"]).create_bucket()
    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.StaticCredentialsProvider(
        server.ready["access_key_id"], server.ready["access_key_secret"])
    config.region, config.endpoint = "cn-hangzhou", server.ready["endpoint"]
    client = oss_v2.Client(config)
    put = client.put_object(oss_v2.PutObjectRequest(bucket="some-bucket", key="k", body=CONTENT))
    assert put.status_code == 200
    got = client.get_object(oss_v2.GetObjectRequest(bucket="some-bucket", key="k"))
    assert got.body.read() == CONTENT
    assert client.is_object_exist("some-bucket", "k")
    assert not client.is_object_exist("some-bucket", "none")
    listed = client.list_objects_v2(oss_v2.ListObjectsV2Request(bucket="some-bucket"))
    assert [each.key for each in listed.contents] == ["k"]
    url = client.presign(oss_v2.GetObjectRequest(bucket="some-bucket", key="k")).url
    assert requests.get(url, timeout=10).content == CONTENT
    client.delete_object(oss_v2.DeleteObjectRequest(bucket="some-bucket", key="k"))


def test_a_domain_stands_for_its_bucket(folder):
    host = "files.example.test"
    server = Server(folder, "--cname", f"{host}=some-bucket").start()
    own = bucket(server, auths(server)["V1"])
    own.create_bucket()
    own.put_object("k", CONTENT)
    through = {"http": server.ready["endpoint"]}
    for auth in auths(server).values():
        named = oss2.Bucket(auth, f"http://{host}", "some-bucket", is_cname=True,
                            region="cn-hangzhou", proxies=through)
        assert named.get_object("k").read() == CONTENT
    answer = requests.get(f"http://{host}/k", proxies=through, timeout=10)
    assert answer.status_code == 403
    server.stop()


def test_objects_survive_a_kill(server):
    own = bucket(server, auths(server)["V1"])
    own.create_bucket()
    own.put_object("k", CONTENT)
    server.restart()
    assert bucket(server, auths(server)["V1"]).get_object("k").read() == CONTENT


def test_a_user_may_what_its_policy_says(server):
    cloud = Cloud(server)
    own = bucket(server, auths(server)["V1"])
    own.create_bucket()
    own.put_object("public/k", b"content")
    user = cloud.user("reader", allow(["oss:GetObject"], "acs:oss:*:*:some-bucket/public/*"))
    theirs = user.bucket("some-bucket")
    assert theirs.get_object("public/k").read() == b"content"
    for refused in [
        lambda: theirs.get_object("private/k"),
        lambda: theirs.put_object("public/k", b"other"),
        lambda: theirs.delete_object("public/k"),
        lambda: theirs.list_objects(),
        lambda: theirs.delete_bucket(),
    ]:
        with pytest.raises(oss2.exceptions.AccessDenied):
            refused()
    assert own.get_object("public/k").read() == b"content"


def test_wrong_credentials(server):
    own = bucket(server, auths(server)["V1"])
    own.create_bucket()
    wrong = bucket(server, oss2.Auth(server.ready["access_key_id"], "wrong"))
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch):
        wrong.list_objects()
    nobody = bucket(server, oss2.Auth("LTAInobody", "wrong"), "no-such-bucket")
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        nobody.list_objects()
    # Who cannot say who he is does not learn what exists.
    assert (raised.value.status, raised.value.code) == (403, "InvalidAccessKeyId")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket(server, oss2.AnonymousAuth()).get_object("k")
