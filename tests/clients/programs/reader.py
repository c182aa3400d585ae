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
from aliyunsdkcore.auth.credentials import EcsRamRoleCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest
from oss2.credentials import Credentials, CredentialsProvider, EcsRamRoleCredentialsProvider
from Tea.exceptions import TeaException

METADATA = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"
ENDPOINT = "https://oss-cn-hangzhou.aliyuncs.com"


class FromCredentialsLibrary(CredentialsProvider):
    """The bridge that the OSS documentation shows."""

    def __init__(self):
        self.client = CredentialsClient()

    def get_credentials(self):
        found = self.client.get_credential()
        return Credentials(found.access_key_id, found.access_key_secret, found.security_token)


class OlderSdk:
    """The older SDK, which reads credentials itself: without a token, and of a role that it is
    told."""

    def __init__(self, role):
        self.client = AcsClient(
            region_id="cn-hangzhou", credential=EcsRamRoleCredential(role), auto_retry=False)

    def identity(self):
        request = GetCallerIdentityRequest()
        request.set_protocol_type("https")
        return json.loads(self.client.do_action_with_exception(request))["Arn"]


class Program:
    def __init__(self):
        self.provider = None
        self.sdk = None
        self.fixed = None
        self.kept = None

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
        elif library == "sdk":
            self.sdk = OlderSdk(self.role())
            return self.identity()
        elif library == "kept":
            self.kept = kept = self.provider.get_credentials()
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
        if self.sdk:
            return self.sdk.identity()
        from alibabacloud_sts20150401.client import Client
        from alibabacloud_tea_openapi.models import Config
        by = {"credential": getattr(self.provider, "client", None) or CredentialsClient()}
        if self.kept:
            by = {
                "access_key_id": self.kept.access_key_id,
                "access_key_secret": self.kept.access_key_secret,
                "security_token": self.kept.security_token,
            }
        config = Config(endpoint="sts.cn-hangzhou.aliyuncs.com", **by)
        return Client(config).get_caller_identity().body.arn


def answer(program, command):
    try:
        return {"ok": getattr(program, command["do"])(*command.get("with", []))}
    except oss2.exceptions.ServerError as error:
        return {"status": error.status, "code": error.code}
    except TeaException as error:
        return {"status": error.data["statusCode"], "code": error.code}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "code": error.reason}
    except Exception as error:  # the test shows it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    program = Program()
    for line in sys.stdin:
        print(json.dumps(answer(program, json.loads(line))), flush=True)


main()
