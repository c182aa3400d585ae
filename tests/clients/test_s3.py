"""OSS with Amazon's own Python client, in each way that it signs and sums a body."""

import io

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloud import Cloud, allow

CONTENT = b"x" * 100_000


def client(server, cloud=None, **config):
    cloud = cloud or Cloud(server)
    return boto3.client(
        "s3",
        endpoint_url=server.ready["endpoint"],
        aws_access_key_id=cloud.key,
        aws_secret_access_key=cloud.secret,
        aws_session_token=cloud.token,
        region_name="cn-hangzhou",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"},
                      retries={"total_max_attempts": 1}, **config),
    )


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


@pytest.mark.parametrize("checksum", ["when_supported", "when_required"])
def test_an_object_from_its_making_to_its_end(server, checksum):
    s3 = client(server, request_checksum_calculation=checksum)
    s3.create_bucket(Bucket="bucket")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["bucket"]
    s3.head_bucket(Bucket="bucket")
    key = "dir/中文 a+b&c=d.txt"
    put = s3.put_object(Bucket="bucket", Key=key, Body=CONTENT, Metadata={"author": "me"},
                        ContentType="text/plain")
    got = s3.get_object(Bucket="bucket", Key=key)
    assert (got["Body"].read(), got["ETag"]) == (CONTENT, put["ETag"])
    assert (got["Metadata"], got["ContentType"]) == ({"author": "me"}, "text/plain")
    part = s3.get_object(Bucket="bucket", Key=key, Range="bytes=99990-200000")
    assert (part["Body"].read(), part["ContentRange"]) == (b"x" * 10, "bytes 99990-99999/100000")
    assert refused(s3.get_object, Bucket="bucket", Key=key, Range="bytes=100000-") == (
        416, "InvalidRange")
    s3.upload_fileobj(io.BytesIO(CONTENT), "bucket", "stream")
    listed = s3.list_objects_v2(Bucket="bucket")
    assert [each["Key"] for each in listed["Contents"]] == [key, "stream"]
    assert listed["Contents"][0]["StorageClass"] == "STANDARD"
    s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": key})
    assert s3.head_object(Bucket="bucket", Key="copy")["Metadata"] == {"author": "me"}
    assert refused(s3.head_object, Bucket="bucket", Key="none") == (404, "404")
    assert refused(s3.get_object, Bucket="bucket", Key="none") == (404, "NoSuchKey")
    assert refused(s3.delete_bucket, Bucket="bucket") == (409, "BucketNotEmpty")
    names = [{"Key": each} for each in [key, "stream", "copy"]]
    assert len(s3.delete_objects(Bucket="bucket", Delete={"Objects": names})["Deleted"]) == 3
    s3.delete_bucket(Bucket="bucket")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_a_body_is_checked_against_its_sum(server, algorithm):
    s3 = client(server)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=CONTENT, ChecksumAlgorithm=algorithm)
    wrong = {f"Checksum{algorithm}": {"CRC32": "AAAAAA==", "SHA256": "A" * 43 + "="}[algorithm]}
    assert refused(s3.put_object, Bucket="bucket", Key="new", Body=CONTENT, **wrong) == (
        400, "InvalidDigest")
    assert refused(s3.get_object, Bucket="bucket", Key="new") == (404, "NoSuchKey")


def test_only_the_first_writer_of_a_key(server):
    s3 = client(server)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"first", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket="bucket", Key="k", Body=b"second", IfNoneMatch="*") == (
        412, "PreconditionFailed")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"first"


def test_an_upload_by_parts(server):
    s3 = client(server)
    s3.create_bucket(Bucket="bucket")
    content = bytes(range(256)) * (12 << 12)
    s3.upload_fileobj(io.BytesIO(content), "bucket", "large")
    head = s3.head_object(Bucket="bucket", Key="large")
    assert head["ContentLength"] == len(content) and head["ETag"].endswith('-2"')
    into = io.BytesIO()
    s3.download_fileobj("bucket", "large", into)
    assert into.getvalue() == content


def test_an_upload_of_copied_parts(server):
    s3 = client(server)
    s3.create_bucket(Bucket="bucket")
    content = bytes(range(256)) * (12 << 12)
    s3.put_object(Bucket="bucket", Key="dir/a b+c", Body=content)
    source = {"Bucket": "bucket", "Key": "dir/a b+c"}
    # The client copies in parts what is larger than 8 MB.
    s3.copy(source, "bucket", "copy")
    head = s3.head_object(Bucket="bucket", Key="copy")
    assert head["ContentLength"] == len(content) and head["ETag"].endswith('-2"')
    assert s3.get_object(Bucket="bucket", Key="copy")["Body"].read() == content
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    place = {"Bucket": "bucket", "Key": "k", "UploadId": upload, "PartNumber": 1}
    for wrong in [f"bytes=0-{len(content)}", "bytes=9-1"]:
        assert refused(s3.upload_part_copy, **place, CopySource=source,
                       CopySourceRange=wrong) == (400, "InvalidArgument")
    assert refused(s3.upload_part_copy, **place, CopySource=source,
                   CopySourceIfMatch='"other"') == (412, "PreconditionFailed")
    part = s3.upload_part_copy(**place, CopySource=source, CopySourceRange="bytes=1-5")
    etag = part["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(Bucket="bucket", Key="k", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == content[1:6]


def test_a_session_reads_what_its_role_may(server):
    cloud = Cloud(server)
    s3 = client(server)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="public/k", Body=b"content")
    trust = ('{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
             '"Principal":{"RAM":["acs:ram::%s:root"]}}]}' % server.ready["account_id"])
    cloud.role("reader", allow(["oss:GetObject"], "acs:oss:*:*:bucket/public/*"), trust)
    user = cloud.user("caller", allow(["sts:AssumeRole"], "*"))
    session = client(server, user.session(server.ready["account_id"], "reader"))
    assert session.get_object(Bucket="bucket", Key="public/k")["Body"].read() == b"content"
    for call, arguments in [
        (session.get_object, {"Key": "private/k"}),
        (session.put_object, {"Key": "public/k", "Body": b"other"}),
        (session.delete_object, {"Key": "public/k"}),
        (session.list_objects_v2, {}),
    ]:
        assert refused(call, Bucket="bucket", **arguments) == (403, "AccessDenied")
    url = session.generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "public/k"}, ExpiresIn=60)
    import requests

    assert requests.get(url, timeout=10).content == b"content"
    assert requests.get(url.replace("public/k", "private/k"), timeout=10).status_code == 403
    wrong = Cloud(server, server.ready["access_key_id"], "wrong")
    assert refused(client(server, wrong).list_objects_v2, Bucket="bucket") == (
        403, "SignatureDoesNotMatch")
