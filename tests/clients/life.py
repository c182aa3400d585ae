"""The life of an account's identities, told once and lived with the client of each language.

Each chapter is a function of the world, and asserts what must be seen; besides, all that is seen
goes into a transcript, so that clients can be compared. A new chapter goes into `CHAPTERS`, and
needs no change of a program.
"""

import json

from cloud import allow
from life_of_sessions import (
    between_accounts, chains, conditions_of_trust, keys_end_sessions, revocations, roles,
    session_policies,
)
from world import ACCOUNT, deny, document, items, trust


def users(world):
    root = world.root
    made = root.ram("CreateUser", UserName="alice", DisplayName="Alice", Comments="the first")
    assert made["User"]["UserName"] == "alice"
    for code, status, parameters in [
        ("EntityAlreadyExists.User", 409, {"UserName": "alice"}),
        ("InvalidParameter.UserName.InvalidChars", 400, {"UserName": "a b"}),
        ("InvalidParameter.UserName.Length", 400, {"UserName": "a" * 65}),
        ("MissingUserName", 400, {"DisplayName": "nobody"}),
    ]:
        world.refused(code, status, root.ram, "CreateUser", **parameters)
    root.ram("UpdateUser", UserName="alice", NewUserName="Alice.B", NewDisplayName="Alice B")
    world.refused("EntityNotExist.User", 404, root.ram, "GetUser", UserName="alice")
    got = root.ram("GetUser", UserName="Alice.B")["User"]
    assert (got["UserId"], got["DisplayName"]) == (made["User"]["UserId"], "Alice B")
    assert got["Comments"] == "the first"
    root.ram("UpdateUser", UserName="Alice.B", NewUserName="alice")


def pages(world):
    root = world.root
    names = [f"page-{number}" for number in range(5)]
    for name in names:
        root.ram("CreateUser", UserName=name)
        root.ram("CreateGroup", GroupName=name)
        root.ram("CreatePolicy", PolicyName=name, PolicyDocument=allow("oss:GetObject", "*"))
        root.ram("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(ACCOUNT))
    for action, path, name, more in [
        ("ListUsers", ("Users", "User"), "UserName", {}),
        ("ListGroups", ("Groups", "Group"), "GroupName", {}),
        ("ListRoles", ("Roles", "Role"), "RoleName", {}),
        ("ListPolicies", ("Policies", "Policy"), "PolicyName", {"PolicyType": "Custom"}),
    ]:
        found, marker, sizes = [], {}, []
        while True:
            page = root.ram(action, MaxItems=2, **marker, **more)
            listed = [each[name] for each in items(page, *path)]
            sizes.append(len(listed))
            found += [each for each in listed if each.startswith("page-")]
            if not page["IsTruncated"]:
                break
            assert page["Marker"]
            marker = {"Marker": page["Marker"]}
        assert found == names and set(sizes[:-1]) == {2}, (action, found, sizes)
        whole = root.ram(action, **more)
        assert whole["IsTruncated"] is False and not whole.get("Marker")
        most = 100 if action == "ListGroups" else 1000
        world.refused(
            "InvalidParameter.MaxItems.Range", 400, root.ram, action, MaxItems=most + 1, **more)
        world.refused("InvalidParameter.Marker", 400, root.ram, action, Marker="junk")
    for name in names:
        root.ram("DeleteUser", UserName=name)
        root.ram("DeleteGroup", GroupName=name)
        root.ram("DeletePolicy", PolicyName=name)
        root.ram("DeleteRole", RoleName=name)


def work(world):
    root = world.root
    alice = root.key_for("alice")
    refusal = world.refused("NoPermission", 403, alice.ram, "GetUser", UserName="alice")
    if world.program.client.explains:
        assert refusal.detail["AuthAction"] == "ram:GetUser"
        assert refusal.detail["AuthPrincipalType"] == "SubUser"
        assert refusal.detail["NoPermissionType"] == "ImplicitDeny"
    about = "acs:ram:*:*:user/alice"
    root.ram("CreatePolicy", PolicyName="work", PolicyDocument=allow("ram:GetUser", about),
             Description="what alice does")
    held = {"PolicyName": "work", "PolicyType": "Custom", "UserName": "alice"}
    root.ram("AttachPolicyToUser", **held)
    world.refused("EntityAlreadyExists.User.Policy", 409, root.ram, "AttachPolicyToUser", **held)
    assert world.may(alice, "alice")

    # An edit counts from the next request on, whichever way it goes.
    for number, (statement, may) in enumerate([
        (document(deny("ram:GetUser", about)), False),
        (allow("ram:Get*", "*"), True),
        (allow("ram:ListUsers", "*"), False),
    ], 2):
        made = root.ram("CreatePolicyVersion", PolicyName="work", PolicyDocument=statement,
                        SetAsDefault=True)
        assert made["PolicyVersion"]["VersionId"] == f"v{number}"
        assert world.may(alice, "alice") is may
    root.ram("SetDefaultPolicyVersion", PolicyName="work", VersionId="v1")
    assert world.may(alice, "alice")
    versions = root.ram("ListPolicyVersions", PolicyName="work", PolicyType="Custom")
    defaults = {
        each["VersionId"]: each["IsDefaultVersion"]
        for each in items(versions, "PolicyVersions", "PolicyVersion")}
    assert defaults == {"v1": True, "v2": False, "v3": False, "v4": False}
    got = root.ram("GetPolicyVersion", PolicyName="work", PolicyType="Custom", VersionId="v2")
    text = got["PolicyVersion"]["PolicyDocument"]
    assert json.loads(text)["Statement"][0]["Effect"] == "Deny"
    world.refused("EntityNotExist.Policy.Version", 404, root.ram, "SetDefaultPolicyVersion",
                  PolicyName="work", VersionId="v9")
    world.refused("MalformedPolicyDocument", 400, root.ram, "CreatePolicy",
                  PolicyName="bad", PolicyDocument='{"Version": "1"}')
    root.ram("UpdatePolicyDescription", PolicyName="work", NewDescription="what alice may")
    got = root.ram("GetPolicy", PolicyName="work", PolicyType="Custom")["Policy"]
    assert (got["Description"], got["DefaultVersion"]) == ("what alice may", "v1")
    assert got["AttachmentCount"] == 1
    root.ram("AttachPolicyToUser", PolicyName="ReadOnlyAccess", PolicyType="System",
             UserName="alice")
    held = root.ram("ListPoliciesForUser", UserName="alice")
    assert sorted(each["PolicyName"] for each in items(held, "Policies", "Policy")) == [
        "ReadOnlyAccess", "work"]
    root.ram("DetachPolicyFromUser", PolicyName="ReadOnlyAccess", PolicyType="System",
             UserName="alice")


def groups(world):
    root = world.root
    bob = root.ram("CreateUser", UserName="bob") and root.key_for("bob")
    root.ram("CreateGroup", GroupName="staff", Comments="all of us")
    world.refused("EntityAlreadyExists.Group", 409, root.ram, "CreateGroup", GroupName="STAFF")
    held = {"PolicyName": "work", "PolicyType": "Custom", "GroupName": "staff"}
    root.ram("AttachPolicyToGroup", **held)
    assert not world.may(bob, "alice")
    member = {"GroupName": "staff", "UserName": "bob"}
    root.ram("AddUserToGroup", **member)
    world.refused("EntityAlreadyExists.User.Group", 409, root.ram, "AddUserToGroup", **member)
    assert world.may(bob, "alice")
    root.ram("UpdateGroup", GroupName="staff", NewGroupName="crew", NewComments="some of us")
    member["GroupName"] = held["GroupName"] = "crew"
    world.refused("EntityNotExist.Group", 404, root.ram, "GetGroup", GroupName="staff")
    assert root.ram("GetGroup", GroupName="crew")["Group"]["Comments"] == "some of us"
    assert world.may(bob, "alice")
    of_bob = root.ram("ListGroupsForUser", UserName="bob")
    assert [each["GroupName"] for each in items(of_bob, "Groups", "Group")] == ["crew"]
    in_crew = root.ram("ListUsersForGroup", GroupName="crew")
    assert [each["UserName"] for each in items(in_crew, "Users", "User")] == ["bob"]
    root.ram("AddUserToGroup", GroupName="crew", UserName="alice")
    page = root.ram("ListUsersForGroup", GroupName="crew", MaxItems=1)
    rest = root.ram("ListUsersForGroup", GroupName="crew", Marker=page["Marker"])
    assert (page["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert [each["UserName"] for reply in (page, rest) for each in items(reply, "Users", "User")
            ] == ["alice", "bob"]
    root.ram("RemoveUserFromGroup", GroupName="crew", UserName="alice")
    of_crew = root.ram("ListPoliciesForGroup", GroupName="crew")
    assert [each["PolicyName"] for each in items(of_crew, "Policies", "Policy")] == ["work"]
    holders = root.ram("ListEntitiesForPolicy", PolicyName="work", PolicyType="Custom")
    assert [each["GroupName"] for each in items(holders, "Groups", "Group")] == ["crew"]
    assert [each["UserName"] for each in items(holders, "Users", "User")] == ["alice"]
    assert items(holders, "Roles", "Role") == []

    world.refused("DeleteConflict.Group.User", 409, root.ram, "DeleteGroup", GroupName="crew")
    root.ram("RemoveUserFromGroup", **member)
    assert not world.may(bob, "alice")
    world.refused("EntityNotExist.User.Group", 404, root.ram, "RemoveUserFromGroup", **member)
    world.refused("DeleteConflict.Group.Policy", 409, root.ram, "DeleteGroup", GroupName="crew")
    root.ram("DetachPolicyFromGroup", **held)
    root.ram("DeleteGroup", GroupName="crew")
    root.ram("DeleteAccessKey", UserName="bob", UserAccessKeyId=bob.key["id"])
    world.refused("InvalidAccessKeyId.NotFound", 404, bob.ram, "GetUser", UserName="alice")
    root.ram("DeleteUser", UserName="bob")


def key_rotation(world):
    root = world.root
    root.ram("CreateUser", UserName="carol")
    root.ram("CreatePolicy", PolicyName="own-keys", PolicyDocument=allow(
        ["ram:*AccessKey*", "ram:GetUser"], "acs:ram:*:*:user/carol"))
    root.ram("AttachPolicyToUser", PolicyName="own-keys", PolicyType="Custom", UserName="carol")
    old = root.key_for("carol")

    def last_use(caller):
        used = root.ram("GetAccessKeyLastUsed", UserName="carol", UserAccessKeyId=caller.key["id"])
        return used["AccessKeyLastUsed"].get("LastUsedDate")

    assert not last_use(old)
    assert world.may(old, "carol") and last_use(old)
    # The user rotates its key itself.
    new = old.key_for("carol")
    world.refused("LimitExceeded.User.AccessKey", 409, old.ram, "CreateAccessKey",
                  UserName="carol")
    assert not last_use(new)
    assert world.may(new, "carol") and last_use(new)
    change = {"UserName": "carol", "UserAccessKeyId": old.key["id"]}
    new.ram("UpdateAccessKey", **change, Status="Inactive")
    world.refused("InvalidAccessKeyId.Inactive", 400, old.ram, "GetUser", UserName="carol")
    keys = items(new.ram("ListAccessKeys", UserName="carol"), "AccessKeys", "AccessKey")
    assert {each["AccessKeyId"]: each["Status"] for each in keys} == {
        old.key["id"]: "Inactive", new.key["id"]: "Active"}
    assert all(not each.get("AccessKeySecret") for each in keys)
    new.ram("UpdateAccessKey", **change, Status="Active")
    assert world.may(old, "carol")
    new.ram("DeleteAccessKey", **change)
    world.refused("InvalidAccessKeyId.NotFound", 404, old.ram, "GetUser", UserName="carol")
    world.refused("EntityNotExist.User.AccessKey", 404, new.ram, "DeleteAccessKey", **change)

    # The rename of a user changes nothing for its key; policies that name it are another matter.
    root.ram("UpdateUser", UserName="carol", NewUserName="caroline")
    assert new.sts("GetCallerIdentity")["Arn"] == f"acs:ram::{ACCOUNT}:user/caroline"
    world.refused("NoPermission", 403, new.ram, "GetUser", UserName="caroline")
    root.ram("UpdateUser", UserName="caroline", NewUserName="carol")
    assert world.may(new, "carol")
    world.refused("DeleteConflict.User.AccessKey", 409, root.ram, "DeleteUser", UserName="carol")
    root.ram("DeleteAccessKey", UserName="carol", UserAccessKeyId=new.key["id"])
    world.refused("DeleteConflict.User.Policy", 409, root.ram, "DeleteUser", UserName="carol")
    root.ram("DetachPolicyFromUser", PolicyName="own-keys", PolicyType="Custom", UserName="carol")
    root.ram("DeleteUser", UserName="carol")
    root.ram("DeletePolicy", PolicyName="own-keys")


def tags(world):
    root = world.root
    root.ram("CreateRole", RoleName="tagged", AssumeRolePolicyDocument=trust(ACCOUNT),
             Tag=[{"Key": "made", "Value": "here"}])
    root.ram("CreateRole", RoleName="plain", AssumeRolePolicyDocument=trust(ACCOUNT))
    role = {"ResourceType": "role", "ResourceNames": ["tagged"]}
    root.ram("TagResources", **role, Tag=[
        {"Key": "env", "Value": "prod"}, {"Key": "made", "Value": "again"}])

    def listed(**more):
        reply = root.ram("ListTagResources", **{"ResourceType": "role"} | more)
        return {(each["ResourceName"], each["TagKey"]): each["TagValue"]
                for each in reply["TagResources"]}

    assert listed(**role) == {("tagged", "env"): "prod", ("tagged", "made"): "again"}
    assert listed(ResourceType="policy") == {}
    found = root.ram("ListRoles", Tag=[{"Key": "env", "Value": "prod"}])
    assert [each["RoleName"] for each in items(found, "Roles", "Role")] == ["tagged"]
    assert items(root.ram("ListRoles", Tag=[{"Key": "env", "Value": "x"}]), "Roles", "Role") == []
    world.refused("EntityNotExist.Role", 404, root.ram, "TagResources", ResourceType="role",
                  ResourceNames=["tagged", "none"], Tag=[{"Key": "a", "Value": "b"}])
    assert len(listed()) == 2
    page = root.ram("ListTagResources", ResourceType="role", PageSize=1)
    assert len(page["TagResources"]) == 1
    rest = root.ram("ListTagResources", ResourceType="role", NextToken=page["NextToken"])
    assert len(rest["TagResources"]) == 1 and not rest.get("NextToken")
    many = [{"Key": f"k{number}", "Value": ""} for number in range(19)]
    world.refused("LimitExceeded.Tag", 409, root.ram, "TagResources", **role, Tag=many)

    # A policy may speak of what a resource is tagged with.
    root.ram("CreatePolicy", PolicyName="of-prod", PolicyDocument=document({
        "Effect": "Allow", "Action": "ram:GetRole", "Resource": "*",
        "Condition": {"StringEquals": {"acs:ResourceTag/env": "prod"}},
    }), Tag=[{"Key": "by", "Value": "root"}])
    found = root.ram("ListPolicies", PolicyType="Custom", Tag=[{"Key": "by", "Value": "root"}])
    assert [each["PolicyName"] for each in items(found, "Policies", "Policy")] == ["of-prod"]
    root.ram("AttachPolicyToUser", PolicyName="of-prod", PolicyType="Custom", UserName="alice")
    dave = root.key_for("alice")
    dave.ram("GetRole", RoleName="tagged")
    world.refused("NoPermission", 403, dave.ram, "GetRole", RoleName="plain")
    root.ram("UntagResources", **role, TagKeys=["env"])
    world.refused("NoPermission", 403, dave.ram, "GetRole", RoleName="tagged")
    assert listed() == {("tagged", "made"): "again"}
    root.ram("UntagResources", **role, All=True)
    assert listed() == {}
    root.ram("DetachPolicyFromUser", PolicyName="of-prod", PolicyType="Custom", UserName="alice")
    root.ram("DeletePolicy", PolicyName="of-prod")
    root.ram("DeleteAccessKey", UserName="alice", UserAccessKeyId=dave.key["id"])
    root.ram("DeleteRole", RoleName="tagged")
    root.ram("DeleteRole", RoleName="plain")


def quotas(world):
    root = world.root
    names = [f"quota-{number}" for number in range(50)]
    for name in names:
        root.ram("CreateGroup", GroupName=name)
    world.refused("LimitExceeded.Group", 409, root.ram, "CreateGroup", GroupName="one-more")
    root.ram("CreateUser", UserName="eve")
    first = root.ram("ListGroups", MaxItems=49)
    last = root.ram("ListGroups", Marker=first["Marker"])
    assert [each["GroupName"] for each in items(last, "Groups", "Group")] == [max(names)]
    for name in names[:5]:
        root.ram("AddUserToGroup", GroupName=name, UserName="eve")
    world.refused("LimitExceeded.User.Group", 409, root.ram, "AddUserToGroup",
                  GroupName=names[5], UserName="eve")
    for name in names[:11]:
        root.ram("CreatePolicy", PolicyName=name, PolicyDocument=allow("oss:GetObject", "*"))
    root.ram("CreateRole", RoleName="quota", AssumeRolePolicyDocument=trust(ACCOUNT))
    holders = [
        ("User", {"UserName": "eve"}, 10), ("Role", {"RoleName": "quota"}, 5),
        ("Group", {"GroupName": names[0]}, 5)]
    for kind, holder, most in holders:
        for name in names[:most]:
            root.ram(f"AttachPolicyTo{kind}", PolicyName=name, PolicyType="Custom", **holder)
        world.refused(f"LimitExceeded.{kind}.Policy", 409, root.ram, f"AttachPolicyTo{kind}",
                      PolicyName=names[most], PolicyType="Custom", **holder)
    version = {"PolicyName": names[0], "PolicyDocument": allow("oss:*", "*")}
    for _ in range(4):
        root.ram("CreatePolicyVersion", **version)
    world.refused("LimitExceeded.Policy.Version", 409, root.ram, "CreatePolicyVersion", **version)

    # What is in use stays; in the right order all of it can go.
    policy = {"PolicyName": names[0]}
    for code, action, of in [
        ("DeleteConflict.User.Group", "DeleteUser", {"UserName": "eve"}),
        ("DeleteConflict.Role.Policy", "DeleteRole", {"RoleName": "quota"}),
        ("DeleteConflict.Group.User", "DeleteGroup", {"GroupName": names[0]}),
        ("DeleteConflict.Policy.User", "DeletePolicy", {"PolicyName": names[9]}),
        ("DeleteConflict.Policy.Version.Default", "DeletePolicyVersion",
         policy | {"VersionId": "v1"}),
    ]:
        world.refused(code, 409, root.ram, action, **of)
    for name in names[:5]:
        root.ram("RemoveUserFromGroup", GroupName=name, UserName="eve")
    for kind, holder, most in holders:
        for name in names[:most]:
            root.ram(f"DetachPolicyFrom{kind}", PolicyName=name, PolicyType="Custom", **holder)
    world.refused("EntityNotExist.User.Policy", 404, root.ram, "DetachPolicyFromUser",
                  PolicyName=names[0], PolicyType="Custom", UserName="eve")
    world.refused("DeleteConflict.Policy.Version", 409, root.ram, "DeletePolicy", **policy)
    for number in range(2, 6):
        root.ram("DeletePolicyVersion", **policy, VersionId=f"v{number}")
    for name in names[:11]:
        root.ram("DeletePolicy", PolicyName=name)
    for name in names:
        root.ram("DeleteGroup", GroupName=name)
    root.ram("DeleteUser", UserName="eve")
    root.ram("DeleteRole", RoleName="quota")


def the_end(world):
    """Takes away what is left. The account is as it was at the beginning."""
    root = world.root
    for key in items(root.ram("ListAccessKeys", UserName="alice"), "AccessKeys", "AccessKey"):
        root.ram("DeleteAccessKey", UserName="alice", UserAccessKeyId=key["AccessKeyId"])
    for policy in items(root.ram("ListPoliciesForUser", UserName="alice"), "Policies", "Policy"):
        root.ram("DetachPolicyFromUser", UserName="alice", PolicyName=policy["PolicyName"],
                 PolicyType=policy["PolicyType"])
    root.ram("DeleteUser", UserName="alice")
    for version in ("v2", "v3", "v4"):
        root.ram("DeletePolicyVersion", PolicyName="work", VersionId=version)
    root.ram("DeletePolicy", PolicyName="work")
    for action, path, more in [
        ("ListUsers", ("Users", "User"), {}), ("ListGroups", ("Groups", "Group"), {}),
        ("ListRoles", ("Roles", "Role"), {}),
        ("ListPolicies", ("Policies", "Policy"), {"PolicyType": "Custom"}),
    ]:
        assert items(root.ram(action, **more), *path) == [], action


CHAPTERS = [
    users, pages, work, groups, key_rotation, tags, quotas, roles, session_policies,
    conditions_of_trust, chains, between_accounts, revocations, keys_end_sessions, the_end,
]
