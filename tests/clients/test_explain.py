"""A denial received by the vendor's clients: opened, explained, mended and gone."""

import json
import subprocess

import oss2
import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_sts20150401 import models as sts
from Tea.exceptions import TeaException

from cloud import Cloud, allow


def denied(call, *arguments):
    """What the answer says of a denial."""
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert raised.value.data["statusCode"] == 403
    detail = raised.value.accessDeniedDetail or raised.value.data["AccessDeniedDetail"]
    assert detail["NoPermissionType"] == "ImplicitDeny"
    return detail


def opened(cloud, message):
    """What `DecodeDiagnosticMessage` says."""
    return cloud.ram.decode_diagnostic_message(ram.DecodeDiagnosticMessageRequest(
        encoded_diagnostic_message=message)).body.decoded_diagnostic_message


def explained(server, message):
    """What the command line says, and the policy that it proposes."""
    result = server.rolecall("explain", message)
    assert result.returncode == 0, result.stderr
    lines = [line.strip() for line in result.stdout.splitlines()]
    return result.stdout, next(line for line in lines if line.startswith("{"))


def attach(root, user, document):
    """Attaches a new policy to a user."""
    root.ram.create_policy(ram.CreatePolicyRequest(
        policy_name="mended", policy_document=document))
    root.ram.attach_policy_to_user(ram.AttachPolicyToUserRequest(
        policy_name="mended", policy_type="Custom", user_name=user))


def test_a_denial_of_ram(server):
    root = Cloud(server)
    alice = root.user("alice", allow("ram:GetUser", "*"))
    account = server.ready["account_id"]
    detail = denied(alice.ram.list_roles, ram.ListRolesRequest())
    assert detail["AuthAction"] == "ram:ListRoles"
    assert detail["AuthPrincipalOwnerId"] == account
    message = detail["EncodedDiagnosticMessage"]
    said = opened(root, message)
    assert (said.auth_action, said.explicit_deny) == ("ram:ListRoles", False)
    assert said.auth_resource == f"acs:ram:*:{account}:role/*"
    assert said.auth_principal.auth_principal_type == "SubUser"
    assert said.no_permission_policy_type == "AccountLevelIdentityBasedPolicy"
    keys = {it.condition_key: it.condition_values for it in said.auth_conditions}
    assert keys["acs:sourceip"] == ["127.0.0.1"]
    text, remedy = explained(server, message)
    assert "statement 1 of Custom policy `alice-policy` v1" in text
    attach(root, "alice", remedy)
    alice.ram.list_roles(ram.ListRolesRequest())
    denied(alice.ram.list_users, ram.ListUsersRequest())
    with pytest.raises(TeaException) as raised:
        opened(root, message[:-4])
    assert raised.value.code == "InvalidParameter.EncodedDiagnosticMessage"


def test_a_role_that_does_not_trust(server):
    root = Cloud(server)
    alice = root.user("alice", allow("sts:AssumeRole", "*"))
    root.role("machine", allow("oss:*", "*"))
    account = server.ready["account_id"]
    request = sts.AssumeRoleRequest(
        role_arn=f"acs:ram::{account}:role/machine", role_session_name="tests")
    detail = denied(alice.sts.assume_role, request)
    assert detail["PolicyType"] == "AssumeRolePolicy"
    said = opened(root, detail["EncodedDiagnosticMessage"])
    assert said.no_permission_policy_type == "AssumeRolePolicy"
    text, remedy = explained(server, detail["EncodedDiagnosticMessage"])
    assert "the trust policy" in text and "role/machine" in text
    trust = json.loads(remedy)
    root.ram.update_role(ram.UpdateRoleRequest(
        role_name="machine", new_assume_role_policy_document=json.dumps(trust)))
    alice.sts.assume_role(request)


def test_a_denial_of_an_object(server):
    root = Cloud(server)
    root.bucket("pictures").create_bucket()
    root.bucket("pictures").put_object("a/1.jpg", b"picture")
    alice = root.user("alice", allow("oss:GetObject", "acs:oss:*:*:pictures/b/*"))
    with pytest.raises(oss2.exceptions.AccessDenied) as raised:
        alice.bucket("pictures").get_object("a/1.jpg")
    body = raised.value.body.decode()
    message = body.split("<EncodedDiagnosticMessage>")[1].split("<")[0]
    said = opened(root, message)
    assert (said.auth_action, said.explicit_deny) == ("oss:GetObject", False)
    assert said.auth_resource.endswith(":pictures/a/1.jpg")
    text, remedy = explained(server, message)
    assert "it does not cover the resource" in text
    assert explained(server, body)[0] == text, "the whole answer will do"
    attach(root, "alice", remedy)
    assert alice.bucket("pictures").get_object("a/1.jpg").read() == b"picture"
    # The answer to HEAD has no body: the words stand in a header.
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        alice.bucket("pictures").head_object("c/1.jpg")
    assert raised.value.status == 403


def test_an_explicit_denial_names_its_policy(server):
    root = Cloud(server)
    document = json.dumps({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ram:ListUsers", "Resource": "*"},
    ]})
    alice = root.user("alice", document)
    with pytest.raises(TeaException) as raised:
        alice.ram.list_users(ram.ListUsersRequest())
    detail = raised.value.accessDeniedDetail
    assert detail["NoPermissionType"] == "ExplicitDeny"
    said = opened(alice, detail["EncodedDiagnosticMessage"])
    policy = said.matched_policies[0]
    assert (policy.policy_identifier, policy.policy_type, policy.policy_version) == (
        "alice-policy", "Custom", "v1")
    assert (policy.effect, policy.attached_entity_type, policy.attached_scope) == (
        "Deny", "RamUser", "Account")
    assert "change that statement" in server.rolecall(
        "explain", detail["EncodedDiagnosticMessage"]).stdout


def test_a_simulation_and_a_control_policy(server, folder):
    root = Cloud(server)
    alice = root.user("alice", allow("*", "*"))
    question = ["--principal", "user/alice", "--action", "ram:ListUsers",
                "--resource", "acs:ram:*:*:user/*"]
    assert server.rolecall("simulate", *question).returncode == 0
    policy = folder / "control.json"
    policy.write_text(allow("oss:*", "*"))

    def control(*words):
        command = [server.binary, "control-policy", *words, "--data", server.data]
        return subprocess.run(command, text=True, capture_output=True, check=True).stdout

    assert "binds" in control("set", policy)
    detail = denied(alice.ram.list_users, ram.ListUsersRequest())
    assert detail["PolicyType"] == "ControlPolicy"
    assert opened(root, detail["EncodedDiagnosticMessage"]).no_permission_policy_type == (
        "ControlPolicy")
    assert server.rolecall("simulate", *question).returncode == 3
    control("clear")
    alice.ram.list_users(ram.ListUsersRequest())
