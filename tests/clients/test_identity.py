"""RAM and STS with the vendor's clients: the current generation (ACS3) and the old one (RPC V1)."""

import json

import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_sts20150401 import models as sts
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest
from Tea.exceptions import TeaException

from cloud import Cloud, ECS_TRUST, allow


def refused(code, status, call, *arguments):
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert (raised.value.code, raised.value.data.get("statusCode")) == (code, status)
    return raised.value


def user_trust(account):
    return json.dumps({
        "Version": "1",
        "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"RAM": [f"acs:ram::{account}:root"]},
        }],
    })


def test_a_role_from_its_making_to_its_end(server):
    client = Cloud(server).ram
    made = client.create_role(ram.CreateRoleRequest(
        role_name="Web.Reader", assume_role_policy_document=ECS_TRUST, description="reads",
        max_session_duration=7200)).body.role
    assert made.role_name == "Web.Reader"
    assert made.arn == f"acs:ram::{server.ready['account_id']}:role/web.reader"
    got = client.get_role(ram.GetRoleRequest(role_name="web.reader")).body.role
    assert got.role_id == made.role_id
    assert json.loads(got.assume_role_policy_document) == json.loads(ECS_TRUST)
    assert got.max_session_duration == 7200

    refused("EntityAlreadyExists.Role", 409, client.create_role, ram.CreateRoleRequest(
        role_name="WEB.READER", assume_role_policy_document=ECS_TRUST))
    client.update_role(ram.UpdateRoleRequest(role_name="Web.Reader", new_description="writes"))
    assert client.get_role(
        ram.GetRoleRequest(role_name="Web.Reader")).body.role.description == "writes"

    client.attach_policy_to_role(ram.AttachPolicyToRoleRequest(
        policy_type="System", policy_name="AliyunOSSReadOnlyAccess", role_name="Web.Reader"))
    refused("EntityAlreadyExists.Role.Policy", 409, client.attach_policy_to_role,
            ram.AttachPolicyToRoleRequest(
                policy_type="System", policy_name="AliyunOSSReadOnlyAccess",
                role_name="Web.Reader"))
    held = client.list_policies_for_role(
        ram.ListPoliciesForRoleRequest(role_name="Web.Reader")).body.policies.policy
    assert [each.policy_name for each in held] == ["AliyunOSSReadOnlyAccess"]
    refused("DeleteConflict.Role.Policy", 409, client.delete_role,
            ram.DeleteRoleRequest(role_name="Web.Reader"))
    client.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(
        policy_type="System", policy_name="AliyunOSSReadOnlyAccess", role_name="Web.Reader"))
    client.delete_role(ram.DeleteRoleRequest(role_name="Web.Reader"))
    refused("EntityNotExist.Role", 404, client.get_role,
            ram.GetRoleRequest(role_name="Web.Reader"))


def test_bad_parameters_get_the_vendors_codes(server):
    client = Cloud(server).ram
    for fields, code in [
        ({}, "MissingRoleName"),
        ({"role_name": "a_b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "a" * 65}, "InvalidParameter.RoleName.Length"),
        ({"role_name": "web"}, "MissingAssumeRolePolicyDocument"),
        ({"role_name": "web", "assume_role_policy_document": "{}"}, "MalformedPolicyDocument"),
        ({"role_name": "web", "assume_role_policy_document": ECS_TRUST,
          "description": "d" * 1025}, "InvalidParameter.Description.Length"),
    ]:
        refused(code, 400, client.create_role, ram.CreateRoleRequest(**fields))
    assert client.list_roles(ram.ListRolesRequest()).body.roles.role == []


def test_a_malformed_policy_is_named_by_statement_and_element(server):
    client = Cloud(server).ram
    document = json.dumps({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "oss:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "oss:*", "Resource": "*",
         "Condition": {"StringEqual": {"acs:SourceIp": "1"}}},
    ]})
    error = refused("MalformedPolicyDocument", 400, client.create_policy,
                    ram.CreatePolicyRequest(policy_name="p", policy_document=document))
    assert "statement 2" in error.message and "StringEqual" in error.message


def test_policy_versions(server):
    client = Cloud(server).ram
    client.create_policy(ram.CreatePolicyRequest(
        policy_name="p", policy_document=allow("oss:GetObject", "*")))
    for number in range(2, 6):
        made = client.create_policy_version(ram.CreatePolicyVersionRequest(
            policy_name="p", policy_document=allow(f"oss:{number}", "*"))).body.policy_version
        assert made.version_id == f"v{number}"
    refused("LimitExceeded.Policy.Version", 409, client.create_policy_version,
            ram.CreatePolicyVersionRequest(
                policy_name="p", policy_document=allow("oss:6", "*")))
    client.create_policy_version(ram.CreatePolicyVersionRequest(
        policy_name="p", policy_document=allow("oss:6", "*"), set_as_default=True,
        rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded"))
    versions = client.list_policy_versions(ram.ListPolicyVersionsRequest(
        policy_name="p", policy_type="Custom")).body.policy_versions.policy_version
    assert sorted(each.version_id for each in versions) == ["v1", "v3", "v4", "v5", "v6"]
    refused("DeleteConflict.Policy.Version.Default", 409, client.delete_policy_version,
            ram.DeletePolicyVersionRequest(policy_name="p", version_id="v6"))
    client.set_default_policy_version(
        ram.SetDefaultPolicyVersionRequest(policy_name="p", version_id="v3"))
    got = client.get_policy(ram.GetPolicyRequest(policy_name="p", policy_type="Custom")).body
    assert got.policy.default_version == "v3"
    assert json.loads(got.default_policy_version.policy_document)["Statement"][0]["Action"] == "oss:3"


def test_a_user_may_what_its_policies_say(server):
    cloud = Cloud(server)
    user = cloud.user("alice", allow("ram:GetRole", "*"))
    cloud.role("web", allow("oss:GetObject", "*"))
    assert user.ram.get_role(ram.GetRoleRequest(role_name="web")).body.role.role_name == "web"
    error = refused("NoPermission", 403, user.ram.list_roles, ram.ListRolesRequest())
    detail = error.accessDeniedDetail
    assert detail["AuthAction"] == "ram:ListRoles"
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert user.sts.get_caller_identity().body.identity_type == "RAMUser"


def test_assume_role(server):
    cloud = Cloud(server)
    account = server.ready["account_id"]
    cloud.role("worker", allow("ram:*", "*"), trust=user_trust(account))
    user = cloud.user("bob", allow("sts:AssumeRole", "*"))
    session = user.session(account, "worker")
    identity = session.sts.get_caller_identity().body
    assert identity.arn == f"acs:ram::{account}:assumed-role/worker/tests"
    assert session.ram.list_roles(ram.ListRolesRequest()).body.is_truncated is False

    # A session policy narrows; an account's own key has no role to take.
    narrowed = user.session(account, "worker", policy=allow("ram:GetRole", "*"))
    refused("NoPermission", 403, narrowed.ram.list_roles, ram.ListRolesRequest())
    request = sts.AssumeRoleRequest(
        role_arn=f"acs:ram::{account}:role/worker", role_session_name="root")
    refused("NoPermission", 403, cloud.sts.assume_role, request)
    for fields, code in [
        ({"role_arn": "x"}, "InvalidParameter.RoleArn"),
        ({"role_session_name": "a"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"policy": "{}"}, "InvalidParameter.PolicyGrammar"),
    ]:
        good = {"role_arn": request.role_arn, "role_session_name": "tests"}
        refused(code, 400, user.sts.assume_role, sts.AssumeRoleRequest(**{**good, **fields}))


def test_a_deleted_role_ends_its_sessions(server):
    cloud = Cloud(server)
    account = server.ready["account_id"]
    policy = cloud.role("worker", allow("ram:*", "*"), trust=user_trust(account))
    session = cloud.user("bob", allow("sts:AssumeRole", "*")).session(account, "worker")
    session.ram.list_roles(ram.ListRolesRequest())
    cloud.ram.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(
        policy_name=policy, policy_type="Custom", role_name="worker"))
    refused("NoPermission", 403, session.ram.list_roles, ram.ListRolesRequest())
    cloud.ram.delete_role(ram.DeleteRoleRequest(role_name="worker"))
    cloud.ram.create_role(ram.CreateRoleRequest(
        role_name="worker", assume_role_policy_document=user_trust(account)))
    with pytest.raises(TeaException) as raised:
        session.ram.list_roles(ram.ListRolesRequest())
    assert raised.value.code == "InvalidSecurityToken.Malformed"


def legacy(server, secret=None):
    client = AcsClient(
        server.ready["access_key_id"], secret or server.ready["access_key_secret"], "cn-hangzhou",
        auto_retry=False)

    def call(action, version, method="POST", **parameters):
        request = CommonRequest()
        request.set_domain(server.address)
        request.set_protocol_type("http")
        request.set_method(method)
        request.set_version(version)
        request.set_action_name(action)
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return json.loads(client.do_action_with_exception(request))

    return call


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_generation_of_clients(server, method):
    call = legacy(server)
    call("CreateRole", "2015-05-01", method, RoleName="old", AssumeRolePolicyDocument=ECS_TRUST)
    assert call("GetRole", "2015-05-01", method, RoleName="old")["Role"]["RoleName"] == "old"
    identity = call("GetCallerIdentity", "2015-04-01", method)
    assert identity["AccountId"] == server.ready["account_id"]
    with pytest.raises(ServerException) as raised:
        call("GetRole", "2015-05-01", method, RoleName="none")
    assert (raised.value.get_error_code(), raised.value.get_http_status()) == (
        "EntityNotExist.Role", 404)


def test_a_wrong_secret_is_told_apart(server):
    client = AcsClient(
        server.ready["access_key_id"], "wrong", "cn-hangzhou", auto_retry=False)
    request = GetCallerIdentityRequest()
    request.set_endpoint(server.address)
    request.set_protocol_type("http")
    with pytest.raises(ServerException) as raised:
        client.do_action_with_exception(request)
    # The client compared our string to sign with its own: they are equal, so the secret is wrong.
    assert raised.value.get_error_code() == "InvalidAccessKeySecret"


def test_unknown_things_are_refused_clearly(server):
    call = legacy(server)
    for arguments, code in [
        (("FlyToTheMoon", "2015-05-01"), "InvalidAction.NotFound"),
        (("GetRole", "2000-01-01"), "InvalidVersion"),
    ]:
        with pytest.raises(ServerException) as raised:
            call(*arguments)
        assert raised.value.get_error_code() == code
    with pytest.raises(ServerException) as raised:
        call("GetRole", "2015-05-01", RoleName="r", Colour="blue")
    assert raised.value.get_error_code() == "UnsupportedParameter"
    stranger = Cloud(server, key="LTAInobody", secret="x")
    refused("InvalidAccessKeyId.NotFound", 404, stranger.ram.list_roles, ram.ListRolesRequest())
