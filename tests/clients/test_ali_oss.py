"""OSS with the vendor's Node client, ali-oss, in both versions of the signature."""

import json
import subprocess

import pytest

from languages import HERE, INSTALLED


@pytest.mark.parametrize("version", ["V1", "V4"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_everyday_life_of_objects(server, host, version):
    ready = server.ready
    done = subprocess.run(
        ["node", HERE / "node/objects.js", ready["endpoint"].replace("127.0.0.1", host),
         ready["access_key_id"], ready["access_key_secret"], version],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "NODE_PATH": str(INSTALLED / "node/node_modules")},
        text=True, capture_output=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": f"ali-{version.lower()}",
        "buckets": [f"ali-{version.lower()}"],
        "put": 200,
        "content": "content",
        "meta": {"author": "me"},
        "range": "ont",
        "streamed": "300003",
        "read": 300_003,
        "page": [5, True],
        "prefixes": ["dir/", "many/"],
        "parts": 200,
        "partsLength": str(350 * 1024),
        "copied": "content",
        "partsCopied": 200,
        "copiedLength": 350 * 1024,
        "appended": "onetwo",
        "position": {"status": 409, "code": "PositionNotEqualToLength"},
        "link": "dir/中文 a+b&c=d.txt",
        "through": "content",
        "tags": {"color": "blue"},
        "acl": "public-read",
        **({"byUrl": "content"} if host == "localhost" else {}),
        "missing": {"status": 404, "code": "NoSuchKey"},
        "noBucket": {"status": 404, "code": "NoSuchBucket"},
        "deleted": True,
        "gone": {"status": 404, "code": "NoSuchBucket"},
    }
