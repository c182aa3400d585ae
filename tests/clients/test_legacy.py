"""The older Python SDK (aliyun-python-sdk-*), with what is its own: V1 signatures over GET and POST,
both formats, the errors as it shows them, and its own ways to credentials and endpoints."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkram.request.v20150501.CreateUserRequest import CreateUserRequest
from aliyunsdkram.request.v20150501.GetUserRequest import GetUserRequest
from aliyunsdkram.request.v20150501.ListUsersRequest import ListUsersRequest
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

from cloud import Cloud, REGION, allow

DENIED = "You are not authorized to do this action."
ANY_TEXT = "a b+c*d~e/f?g&h=i%j'(k)!;:,@$[l] \u00e9 \u4e2d \U0001f600"

# Runs inside an instance: no key, no endpoint, no setting.
INSIDE = """
import json, sys
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import EcsRamRoleCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkram.request.v20150501.GetUserRequest import GetUserRequest
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

client = AcsClient(region_id="cn-hangzhou", credential=EcsRamRoleCredential("clerk"))
seen = json.loads(client.do_action_with_exception(GetCallerIdentityRequest()))
request = GetUserRequest()
for name in ("alice", "bob"):
    request.set_UserName(name)
    try:
        seen[name] = json.loads(client.do_action_with_exception(request))["User"]["UserName"]
    except ServerException as error:
        seen[name] = [error.get_error_code(), error.get_http_status(), error.get_error_msg()]
print(json.dumps(seen))
"""

# A user's key takes a role, by itself, at the token service's own address.
ROLE_ARN = """
import json, sys
from aliyunsdkcore.auth.credentials import RamRoleArnCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

client = AcsClient(
    region_id="cn-hangzhou", credential=RamRoleArnCredential(*sys.argv[1:], "legacy"))
print(client.do_action_with_exception(GetCallerIdentityRequest()).decode())
"""


@pytest.fixture
def cloud(server):
    return Cloud(server)


def trust(principal):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole",
                 "Principal": {"RAM": [f"acs:ram::{principal}"]}}
    return json.dumps({"Version": "1", "Statement": [statement]})


def client(who):
    """The SDK's client of an identity, which finds our server as its users configure endpoints."""
    if who.token:
        made = AcsClient(
            region_id=REGION, credential=StsTokenCredential(who.key, who.secret, who.token),
            auto_retry=False)
    else:
        made = AcsClient(who.key, who.secret, REGION, auto_retry=False)
    for product in ("Ram", "Sts"):
        made.add_endpoint(REGION, product, who.server.address)
    return made


def ask(request, method="POST", **parameters):
    request.set_protocol_type("http")
    request.set_method(method)
    for name, value in parameters.items():
        getattr(request, f"set_{name}")(value)
    return request


def answer(who, request):
    return json.loads(client(who).do_action_with_exception(request))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_text_survives_the_signature(cloud, method):
    for number, text in enumerate([ANY_TEXT, " ", "%2F", "a" * 128, "\n\t"]):
        made = answer(cloud, ask(
            CreateUserRequest(), method, UserName=f"user-{number}", Comments=text))
        assert made["User"]["Comments"] == text
        got = answer(cloud, ask(GetUserRequest(), method, UserName=f"user-{number}"))
        assert got["User"]["Comments"] == text


def test_a_denial_as_the_sdk_shows_it(cloud):
    alice = cloud.user("alice", allow("ram:GetUser", "acs:ram:*:*:user/alice"))
    assert answer(alice, ask(GetUserRequest(), UserName="alice"))["User"]["UserName"] == "alice"
    with pytest.raises(ServerException) as raised:
        answer(alice, ask(GetUserRequest(), UserName="bob"))
    error = raised.value
    assert (error.get_error_code(), error.get_http_status()) == ("NoPermission", 403)
    assert error.get_error_msg().startswith(DENIED)
    assert error.get_error_type() == "Server"
    assert str(error) == (
        f"HTTP Status: 403 Error:NoPermission {error.get_error_msg()} "
        f"RequestID: {error.get_request_id()}")


@pytest.mark.filterwarnings("ignore:do_action:DeprecationWarning")
@pytest.mark.parametrize("format", ["JSON", "XML"])
def test_the_body_of_a_denial(cloud, format):
    """The SDK's exception drops the details; who wants them reads the body."""
    account = cloud.server.ready["account_id"]
    alice = cloud.user("alice", allow("ram:GetUser", "acs:ram:*:*:user/alice"))

    def read(who, request):
        request.set_accept_format(format)
        body = client(who).do_action(request)
        return json.loads(body) if format == "JSON" else tree(ElementTree.fromstring(body))

    body = read(alice, ask(ListUsersRequest()))
    assert body["Code"] == "NoPermission" and body["Message"].startswith(DENIED)
    assert body["HostId"] and body["RequestId"] and body["Recommend"]
    detail = body["AccessDeniedDetail"]
    assert detail["AuthAction"] == "ram:ListUsers"
    assert detail["AuthPrincipalType"] == "SubUser"
    assert detail["AuthPrincipalOwnerId"] == account
    assert detail["NoPermissionType"] == "ImplicitDeny"
    missing = read(cloud, ask(GetUserRequest(), UserName="none"))
    assert missing["Code"] == "EntityNotExist.User" and "AccessDeniedDetail" not in missing
    good = read(alice, ask(GetUserRequest(), UserName="alice"))
    assert good["User"]["UserName"] == "alice"


def tree(element):
    """An XML answer as JSON would have it, where no element is repeated."""
    return {each.tag: tree(each) for each in element} if len(element) else element.text or ""


def test_a_session_with_the_sdks_own_credential(cloud):
    account = cloud.server.ready["account_id"]
    ivan = cloud.user("ivan", allow("sts:AssumeRole", "*"))
    cloud.role("worker", allow("ram:GetUser", "*"), trust=trust(f"{account}:user/ivan"))
    taken = answer(ivan, ask(
        AssumeRoleRequest(), RoleArn=f"acs:ram::{account}:role/worker", RoleSessionName="legacy",
        DurationSeconds=900))["Credentials"]
    token = taken["SecurityToken"]
    session = Cloud(cloud.server, taken["AccessKeyId"], taken["AccessKeySecret"], token)
    who = answer(session, ask(GetCallerIdentityRequest()))
    assert who["Arn"] == f"acs:ram::{account}:assumed-role/worker/legacy"
    assert answer(session, ask(GetUserRequest(), UserName="ivan"))["User"]["UserName"] == "ivan"
    for field, value, code in [
        ("token", None, "MissingSecurityToken"),
        ("token", token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
         "InvalidSecurityToken.Malformed"),
        # The SDK compares our string to sign with its own: equal, so the secret must be wrong.
        ("secret", "wrong", "InvalidAccessKeySecret"),
    ]:
        spoilt = Cloud(cloud.server, session.key, session.secret, token)
        setattr(spoilt, field, value)
        with pytest.raises(ServerException) as raised:
            answer(spoilt, ask(GetUserRequest(), UserName="ivan"))
        assert raised.value.get_error_code() == code, field


def test_an_instances_role_at_the_default_endpoints(cloud, ordinary_user):
    switch, group = cloud.network()
    policy = cloud.role("clerk", allow("ram:GetUser", "acs:ram:*:*:user/alice"))
    cloud.user("alice", allow("ram:GetUser", "*"))
    instance = cloud.instance(switch, group, ram_role_name="clerk")
    seen = cloud.server.inside(instance, INSIDE, user=ordinary_user)
    account = cloud.server.ready["account_id"]
    assert seen["Arn"] == f"acs:ram::{account}:assumed-role/clerk/vm-ram-{instance}"
    assert seen["alice"] == "alice"
    assert seen["bob"][:2] == ["NoPermission", 403] and seen["bob"][2].startswith(DENIED)
    cloud.edit(policy, allow("ram:GetUser", "acs:ram:*:*:user/bob"))
    seen = cloud.server.inside(instance, INSIDE, user=ordinary_user)
    assert seen["alice"][:2] == ["NoPermission", 403]
    assert seen["bob"][:2] == ["EntityNotExist.User", 404]


def test_the_sdk_takes_a_role_by_itself(cloud, ordinary_user):
    account = cloud.server.ready["account_id"]
    arn = f"acs:ram::{account}:role/worker"
    cloud.role("worker", allow("ram:GetUser", "*"), trust=trust(f"{account}:root"))
    ivan = cloud.user("ivan", allow("sts:AssumeRole", arn))
    instance = cloud.instance(*cloud.network())
    seen = cloud.server.inside(
        instance, ROLE_ARN, ivan.key, ivan.secret, arn, user=ordinary_user)
    assert seen["Arn"] == f"acs:ram::{account}:assumed-role/worker/legacy"
