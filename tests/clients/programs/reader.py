"""An application on an instance: it has no key, no variable and no configuration.

It finds its role as `alibabacloud_credentials` finds it anywhere, and reads objects with `oss2` at
the public endpoint, over TLS. One JSON command a line, one JSON answer a line.
"""

import json
import sys
import urllib.error
import urllib.request

import oss2
from alibabacloud_credentials.client import Client as CredentialsClient
from oss2.credentials import Credentials, CredentialsProvider, EcsRamRoleCredentialsProvider

METADATA = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"
ENDPOINT = "https://oss-cn-hangzhou.aliyuncs.com"


class FromCredentialsLibrary(CredentialsProvider):
    """The bridge that the OSS documentation shows."""

    def __init__(self):
        self.client = CredentialsClient()

    def get_credentials(self):
        found = self.client.get_credential()
        return Credentials(found.access_key_id, found.access_key_secret, found.security_token)


class Program:
    def __init__(self):
        self.provider = None
        self.fixed = None

    def role(self):
        with urllib.request.urlopen(METADATA, timeout=5) as answer:
            return answer.read().decode()

    def document(self, role):
        with urllib.request.urlopen(METADATA + role, timeout=5) as answer:
            return json.load(answer)

    def use(self, library):
        """Takes credentials from one of the libraries, or keeps those that it has now."""
        if library == "credentials":
            self.provider = FromCredentialsLibrary()
        elif library == "oss2":
            self.provider = EcsRamRoleCredentialsProvider(METADATA + self.role())
        elif library == "kept":
            kept = self.provider.get_credentials()
            self.fixed = oss2.StsAuth(
                kept.access_key_id, kept.access_key_secret, kept.security_token)
        return self.key()

    def key(self):
        return self.provider.get_credentials().access_key_id

    def read(self, bucket, key):
        auth = self.fixed or oss2.ProviderAuth(self.provider)
        return oss2.Bucket(auth, ENDPOINT, bucket).get_object(key).read().decode()

    def list(self, bucket, prefix):
        auth = self.fixed or oss2.ProviderAuth(self.provider)
        found = oss2.ObjectIteratorV2(oss2.Bucket(auth, ENDPOINT, bucket), prefix=prefix)
        return [each.key for each in found]

    def identity(self):
        """Who the token service says we are, at its public endpoint."""
        from alibabacloud_sts20150401.client import Client
        from alibabacloud_tea_openapi.models import Config
        config = Config(credential=CredentialsClient(), endpoint="sts.cn-hangzhou.aliyuncs.com")
        return Client(config).get_caller_identity().body.arn


def answer(program, command):
    try:
        return {"ok": getattr(program, command["do"])(*command.get("with", []))}
    except oss2.exceptions.ServerError as error:
        return {"status": error.status, "code": error.code}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "code": error.reason}
    except Exception as error:  # the test shows it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    program = Program()
    for line in sys.stdin:
        print(json.dumps(answer(program, json.loads(line))), flush=True)


main()
