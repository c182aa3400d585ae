"""OSS with rclone, which speaks Amazon's protocol: files go there and come back."""

import os
import subprocess

import pytest

from cloud import Cloud, allow


class Rclone:
    """rclone with one remote, `oss:`."""

    def __init__(self, server, folder, key=None, secret=None):
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RCLONE_CONFIG_OSS_TYPE": "s3",
            "RCLONE_CONFIG_OSS_PROVIDER": "Other",
            "RCLONE_CONFIG_OSS_ENDPOINT": server.ready["endpoint"],
            "RCLONE_CONFIG_OSS_ACCESS_KEY_ID": key or server.ready["access_key_id"],
            "RCLONE_CONFIG_OSS_SECRET_ACCESS_KEY": secret or server.ready["access_key_secret"],
            "RCLONE_S3_CHUNK_SIZE": "5M",
            "RCLONE_S3_UPLOAD_CUTOFF": "6M",
            "RCLONE_S3_COPY_CUTOFF": "5M",
        }

    def run(self, *arguments, fails=False):
        done = subprocess.run(
            ["rclone", "--retries", "1", "--low-level-retries", "1", *arguments],
            env=self.environment, cwd=self.folder, text=True, capture_output=True, timeout=120,
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout


@pytest.fixture
def tree(folder):
    """A folder with files of many names and sizes."""
    root = folder / "tree"
    for name, content in {
        "a.txt": b"content",
        "empty": b"",
        "deep/er/b c+d&e=f.txt": b"x" * 100_000,
        "deep/中文.txt": "中文".encode(),
        "large": os.urandom(13 << 20),
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_a_folder_goes_there_and_back(server, folder, tree):
    rclone = Rclone(server, folder)
    rclone.run("mkdir", "oss:bucket")
    rclone.run("mkdir", "oss:bucket")
    assert rclone.run("lsd", "oss:").split()[-1] == "bucket"
    rclone.run("copy", "tree", "oss:bucket/here")
    assert sorted(rclone.run("lsf", "-R", "--files-only", "oss:bucket/here").splitlines()) == [
        "a.txt", "deep/er/b c+d&e=f.txt", "deep/中文.txt", "empty", "large"]
    rclone.run("check", "--download", "tree", "oss:bucket/here")
    # Sizes and times are kept: nothing is to be done again.
    assert "a.txt" not in rclone.run("copy", "-v", "tree", "oss:bucket/here")
    assert rclone.run("cat", "--offset", "2", "--count", "3", "oss:bucket/here/a.txt") == "nte"
    # Without a byte on the way: in one call, and in parts.
    rclone.run("copyto", "oss:bucket/here/large", "oss:bucket/elsewhere/large")
    rclone.run("check", "--download", "tree", "oss:bucket/elsewhere", "--include", "large")
    rclone.run("copyto", "oss:bucket/here/a.txt", "oss:bucket/there/b.txt")
    rclone.run("moveto", "oss:bucket/there/b.txt", "oss:bucket/there/c.txt")
    assert rclone.run("lsf", "oss:bucket/there") == "c.txt\n"
    rclone.run("sync", "oss:bucket/here", "back")
    for path in tree.rglob("*"):
        if path.is_file():
            assert (folder / "back" / path.relative_to(tree)).read_bytes() == path.read_bytes()
    (tree / "a.txt").unlink()
    rclone.run("sync", "tree", "oss:bucket/here")
    assert "a.txt" not in rclone.run("lsf", "oss:bucket/here")
    rclone.run("purge", "oss:bucket")
    assert rclone.run("lsd", "oss:") == ""


def test_a_link_is_good_without_a_key(server, folder, tree):
    import requests

    rclone = Rclone(server, folder)
    rclone.run("copyto", "tree/a.txt", "oss:bucket/a.txt")
    link = rclone.run("link", "--expire", "1m", "oss:bucket/a.txt").strip()
    assert requests.get(link, timeout=10).content == b"content"
    assert requests.get(link.replace("a.txt", "b.txt"), timeout=10).status_code == 403
    server.rolecall("clock", "61")
    assert requests.get(link, timeout=10).status_code == 403


def test_a_policy_says_no_to_it_too(server, folder, tree):
    Rclone(server, folder).run("copy", "tree", "oss:bucket")
    reads = allow(["oss:GetObject", "oss:ListObjects"], ["acs:oss:*:*:bucket", "acs:oss:*:*:bucket/*"])
    user = Cloud(server).user("reader", reads)
    reader = Rclone(server, folder, user.key, user.secret)
    assert reader.run("cat", "oss:bucket/a.txt") == "content"
    assert "403" in reader.run("copyto", "tree/a.txt", "oss:bucket/other", fails=True)
    assert "403" in reader.run("deletefile", "oss:bucket/a.txt", fails=True)
    assert "403" in reader.run("lsd", "oss:", fails=True)
    stranger = Rclone(server, folder, user.key, "wrong")
    assert "SignatureDoesNotMatch" in stranger.run("cat", "oss:bucket/a.txt", fails=True)
