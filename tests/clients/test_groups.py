"""Groups, other names and tags with the vendor's current clients; for the others see life.py."""

import json

import pytest
from alibabacloud_ram20150501 import models as ram
from Tea.exceptions import TeaException

from cloud import Cloud, ECS_TRUST, allow


def refused(code, status, call, *arguments):
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert (raised.value.code, raised.value.data.get("statusCode")) == (code, status)


def user(server, client, name):
    """A user with an AccessKey, and its client."""
    client.create_user(ram.CreateUserRequest(user_name=name))
    key = client.create_access_key(ram.CreateAccessKeyRequest(user_name=name)).body.access_key
    return Cloud(server, key.access_key_id, key.access_key_secret)


def test_a_group_from_its_making_to_its_end(server):
    client = Cloud(server).ram
    alice = user(server, client, "alice")
    made = client.create_group(
        ram.CreateGroupRequest(group_name="staff", comments="us")).body.group
    assert (made.group_name, made.comments) == ("staff", "us")
    refused("EntityAlreadyExists.Group", 409, client.create_group,
            ram.CreateGroupRequest(group_name="STAFF"))
    client.create_policy(ram.CreatePolicyRequest(
        policy_name="list-roles", policy_document=allow("ram:ListRoles", "*")))
    client.attach_policy_to_group(ram.AttachPolicyToGroupRequest(
        group_name="staff", policy_type="Custom", policy_name="list-roles"))
    refused("NoPermission", 403, alice.ram.list_roles, ram.ListRolesRequest())
    member = {"group_name": "staff", "user_name": "alice"}
    client.add_user_to_group(ram.AddUserToGroupRequest(**member))
    assert alice.ram.list_roles(ram.ListRolesRequest()).body.roles.role == []

    client.update_user(ram.UpdateUserRequest(user_name="alice", new_user_name="Alice.B"))
    client.update_group(ram.UpdateGroupRequest(
        group_name="staff", new_group_name="crew", new_comments="all of us"))
    alice.ram.list_roles(ram.ListRolesRequest())
    identity = alice.sts.get_caller_identity().body
    assert identity.arn == f"acs:ram::{server.ready['account_id']}:user/Alice.B"
    group = client.get_group(ram.GetGroupRequest(group_name="crew")).body.group
    assert (group.group_id, group.comments) == (made.group_id, "all of us")
    users = client.list_users_for_group(ram.ListUsersForGroupRequest(group_name="crew")).body
    assert [it.user_name for it in users.users.user] == ["Alice.B"]
    assert users.is_truncated is False
    held = client.list_policies_for_group(ram.ListPoliciesForGroupRequest(group_name="crew"))
    assert [it.policy_name for it in held.body.policies.policy] == ["list-roles"]
    holders = client.list_entities_for_policy(ram.ListEntitiesForPolicyRequest(
        policy_type="Custom", policy_name="list-roles")).body
    assert [it.group_name for it in holders.groups.group] == ["crew"]

    server.restart()
    client, alice.server = Cloud(server).ram, server
    alice.ram.list_roles(ram.ListRolesRequest())
    refused("DeleteConflict.User.AccessKey", 409, client.delete_user,
            ram.DeleteUserRequest(user_name="Alice.B"))
    refused("DeleteConflict.Group.User", 409, client.delete_group,
            ram.DeleteGroupRequest(group_name="crew"))
    client.remove_user_from_group(
        ram.RemoveUserFromGroupRequest(group_name="crew", user_name="Alice.B"))
    refused("NoPermission", 403, alice.ram.list_roles, ram.ListRolesRequest())
    refused("DeleteConflict.Policy.Group", 409, client.delete_policy,
            ram.DeletePolicyRequest(policy_name="list-roles"))
    client.detach_policy_from_group(ram.DetachPolicyFromGroupRequest(
        group_name="crew", policy_type="Custom", policy_name="list-roles"))
    client.delete_group(ram.DeleteGroupRequest(group_name="crew"))
    refused("EntityNotExist.Group", 404, client.get_group,
            ram.GetGroupRequest(group_name="crew"))


def test_tags_as_the_client_writes_them(server):
    client = Cloud(server).ram
    client.create_role(ram.CreateRoleRequest(
        role_name="web", assume_role_policy_document=ECS_TRUST,
        tag=[ram.CreateRoleRequestTag(key="made", value="here")]))
    client.create_policy(ram.CreatePolicyRequest(
        policy_name="p", policy_document=allow("oss:*", "*"),
        tag=[ram.CreatePolicyRequestTag(key="k", value="v")]))
    client.tag_resources(ram.TagResourcesRequest(
        resource_type="role", resource_names=["web"],
        tag=[ram.TagResourcesRequestTag(key="env", value="prod")]))

    def tags(kind, **more):
        listed = client.list_tag_resources(
            ram.ListTagResourcesRequest(resource_type=kind, **more)).body
        return {(it.resource_name, it.tag_key): it.tag_value for it in listed.tag_resources}

    assert tags("role", resource_names=["web"]) == {
        ("web", "env"): "prod", ("web", "made"): "here"}
    assert tags("policy") == {("p", "k"): "v"}
    wanted = [ram.ListTagResourcesRequestTag(key="env", value="test")]
    assert tags("role", tag=wanted) == {}
    # A request that is made of a map says `Tag=[]` where the map has no tags.
    plain = {"RoleName": "plain", "AssumeRolePolicyDocument": ECS_TRUST}
    client.create_role(ram.CreateRoleRequest().from_map(plain))
    listed = client.list_roles(ram.ListRolesRequest().from_map({})).body.roles.role
    assert [role.role_name for role in listed] == ["plain", "web"]
    found = client.list_roles(ram.ListRolesRequest(
        tag=[ram.ListRolesRequestTag(key="env", value="prod")])).body.roles.role
    assert [role.role_name for role in found] == ["web"]
    client.untag_resources(ram.UntagResourcesRequest(
        resource_type="role", resource_names=["web"], tag_keys=["env"]))
    assert tags("role") == {("web", "made"): "here"}
    client.untag_resources(ram.UntagResourcesRequest(
        resource_type="role", resource_names=["web"], all=True))
    assert tags("role") == {}
    refused("EntityNotExist.Role", 404, client.tag_resources, ram.TagResourcesRequest(
        resource_type="role", resource_names=["none"],
        tag=[ram.TagResourcesRequestTag(key="env", value="prod")]))
