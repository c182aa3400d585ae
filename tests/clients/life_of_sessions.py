"""The chapters of life.py that are about roles and the sessions that take them."""

import json

from cloud import allow
from world import ACCOUNT, STRANGER, items, trust


def worker(world, role="worker", document=None, account=ACCOUNT, **condition):
    """Makes a role that an account may take, with a policy of its own."""
    root = world.root
    root.ram("CreateRole", RoleName=role, AssumeRolePolicyDocument=trust(account, **condition))
    root.ram("CreatePolicy", PolicyName=role, PolicyDocument=document or allow("ram:*", "*"))
    root.ram("AttachPolicyToRole", PolicyName=role, PolicyType="Custom", RoleName=role)


def retire(world, role="worker"):
    root = world.root
    root.ram("DetachPolicyFromRole", PolicyName=role, PolicyType="Custom", RoleName=role)
    root.ram("DeletePolicy", PolicyName=role)
    root.ram("DeleteRole", RoleName=role)


def assumer(world, root, name, resource="*"):
    """Makes a user that may take roles; returns its caller."""
    root.ram("CreateUser", UserName=name)
    root.ram("CreatePolicy", PolicyName=name, PolicyDocument=allow("sts:AssumeRole", resource))
    root.ram("AttachPolicyToUser", PolicyName=name, PolicyType="Custom", UserName=name)
    return root.key_for(name)


def dismiss(world, root, caller):
    name = caller.name
    root.ram("DeleteAccessKey", UserName=name, UserAccessKeyId=caller.key["id"])
    root.ram("DetachPolicyFromUser", PolicyName=name, PolicyType="Custom", UserName=name)
    root.ram("DeletePolicy", PolicyName=name)
    root.ram("DeleteUser", UserName=name)


def roles(world):
    root = world.root
    made = root.ram("CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust(STRANGER),
                    Description="works", MaxSessionDuration=7200)["Role"]
    assert made["Arn"] == f"acs:ram::{ACCOUNT}:role/worker"
    world.refused("EntityAlreadyExists.Role", 409, root.ram, "CreateRole", RoleName="WORKER",
                  AssumeRolePolicyDocument=trust(ACCOUNT))
    world.refused("MalformedPolicyDocument", 400, root.ram, "CreateRole", RoleName="other",
                  AssumeRolePolicyDocument="{}")
    world.refused("InvalidParameter.RoleName.InvalidChars", 400, root.ram, "CreateRole",
                  RoleName="a_b", AssumeRolePolicyDocument=trust(ACCOUNT))
    ivan = assumer(world, root, "ivan")
    arn = {"RoleArn": f"acs:ram::{ACCOUNT}:role/worker"}
    named = arn | {"RoleSessionName": "life"}
    world.refused("NoPermission", 403, ivan.sts, "AssumeRole", **named)
    root.ram("UpdateRole", RoleName="Worker", NewAssumeRolePolicyDocument=trust(ACCOUNT))
    got = root.ram("GetRole", RoleName="worker")["Role"]
    assert json.loads(got["AssumeRolePolicyDocument"]) == json.loads(trust(ACCOUNT))
    assert (got["Description"], got["MaxSessionDuration"]) == ("works", 7200)
    taken = ivan.sts("AssumeRole", **named, DurationSeconds=7200)
    assert taken["AssumedRoleUser"]["Arn"] == f"acs:ram::{ACCOUNT}:role/worker/life"
    assert taken["AssumedRoleUser"]["AssumedRoleId"] == f"{got['RoleId']}:life"
    for code, more in [
        ("InvalidParameter.DurationSeconds", {"DurationSeconds": 7201}),
        ("InvalidParameter.DurationSeconds", {"DurationSeconds": 899}),
        ("InvalidParameter.RoleSessionName", {"RoleSessionName": "a"}),
        ("InvalidParameter.RoleArn", {"RoleArn": "worker"}),
        ("InvalidParameter.PolicyGrammar", {"Policy": "{}"}),
    ]:
        world.refused(code, 400, ivan.sts, "AssumeRole", **named | more)
    world.refused("MissingRoleSessionName", 400, ivan.sts, "AssumeRole", **arn)
    world.refused("EntityNotExist.Role", 404, ivan.sts, "AssumeRole",
                  RoleArn=f"acs:ram::{ACCOUNT}:role/none", RoleSessionName="life")
    world.refused("NoPermission", 403, root.sts, "AssumeRole", **named)
    assert [each["RoleName"] for each in items(root.ram("ListRoles"), "Roles", "Role")] == [
        "Worker"]

    # Who calls, for each kind of caller.
    for caller, kind, arn in [
        (root, "Account", "root"), (ivan, "RAMUser", "user/ivan"),
        (ivan.assume("worker"), "AssumedRoleUser", "assumed-role/worker/life"),
    ]:
        identity = caller.sts("GetCallerIdentity")
        assert (identity["IdentityType"], identity["AccountId"]) == (kind, ACCOUNT)
        assert identity["Arn"] == f"acs:ram::{ACCOUNT}:{arn}"
    dismiss(world, root, ivan)
    root.ram("DeleteRole", RoleName="Worker")


def session_policies(world):
    worker(world)
    ivan = assumer(world, world.root, "ivan")
    held = world.root.ram("ListPoliciesForRole", RoleName="worker")
    assert [each["PolicyName"] for each in items(held, "Policies", "Policy")] == ["worker"]
    holders = world.root.ram("ListEntitiesForPolicy", PolicyName="worker", PolicyType="Custom")
    assert [each["RoleName"] for each in items(holders, "Roles", "Role")] == ["worker"]
    whole = ivan.assume("worker", SourceIdentity="ivan-the-first")
    assert world.may(whole, "alice")
    narrow = ivan.assume("worker", Policy=allow("ram:GetUser", "acs:ram:*:*:user/ivan"))
    assert world.may(narrow, "ivan") and not world.may(narrow, "alice")
    # A session policy gives nothing that the role does not have.
    wide = ivan.assume("worker", Policy=allow("*", "*"))
    assert world.may(wide, "alice")
    world.root.ram("CreatePolicyVersion", PolicyName="worker", SetAsDefault=True,
                   PolicyDocument=allow("ram:GetUser", "acs:ram:*:*:user/ivan"))
    for session in (whole, narrow, wide):
        assert world.may(session, "ivan") and not world.may(session, "alice")
    world.root.ram("DetachPolicyFromRole", PolicyName="worker", PolicyType="Custom",
                   RoleName="worker")
    world.root.ram("DeletePolicyVersion", PolicyName="worker", VersionId="v1")
    for session in (whole, narrow, wide):
        assert not world.may(session, "ivan")
    world.root.ram("DeletePolicy", PolicyName="worker")
    world.root.ram("DeleteRole", RoleName="worker")
    dismiss(world, world.root, ivan)


def conditions_of_trust(world):
    worker(world, StringEquals={"sts:ExternalId": "contract-7"})
    ivan = assumer(world, world.root, "ivan")
    named = {"RoleArn": f"acs:ram::{ACCOUNT}:role/worker", "RoleSessionName": "life"}
    for more in ({}, {"ExternalId": "contract-8"}):
        world.refused("NoPermission", 403, ivan.sts, "AssumeRole", **named, **more)
    world.refused("InvalidParameter.ExternalId", 400, ivan.sts, "AssumeRole", **named,
                  ExternalId="a b")
    assert world.may(ivan.assume("worker", ExternalId="contract-7"), "alice")
    dismiss(world, world.root, ivan)
    retire(world)


def chains(world):
    worker(world, "first", allow("sts:AssumeRole", f"acs:ram:*:{ACCOUNT}:role/second"))
    worker(world, "second", allow("ram:GetUser", "*"))
    ivan = assumer(world, world.root, "ivan", f"acs:ram:*:{ACCOUNT}:role/first")
    named = {"RoleArn": f"acs:ram::{ACCOUNT}:role/second", "RoleSessionName": "life"}
    world.refused("NoPermission", 403, ivan.sts, "AssumeRole", **named)
    first = ivan.assume("first")
    assert not world.may(first, "alice")
    second = first.assume("second", session="chained")
    assert world.may(second, "alice")
    assert second.sts("GetCallerIdentity")["Arn"] == (
        f"acs:ram::{ACCOUNT}:assumed-role/second/chained")
    # A chain goes no further than its links may, and ends with any of them.
    world.refused("NoPermission", 403, second.sts, "AssumeRole", **named)
    retire(world, "first")
    ended(world, second, "alice")
    retire(world, "second")
    dismiss(world, world.root, ivan)


def ended(world, session, user):
    world.refused("InvalidSecurityToken.Malformed", 400, session.ram, "GetUser", UserName=user)


def between_accounts(world):
    root, stranger = world.root, world.stranger
    assert stranger.sts("GetCallerIdentity")["Arn"] == f"acs:ram::{STRANGER}:root"
    worker(world, "shared")
    mallory = assumer(world, stranger, "mallory")
    named = {"RoleArn": f"acs:ram::{ACCOUNT}:role/shared", "RoleSessionName": "life"}
    world.refused("NoPermission", 403, mallory.sts, "AssumeRole", **named)
    # Another account sees nothing of this one, nor whether something is there.
    world.refused("EntityNotExist.Role", 404, stranger.ram, "GetRole", RoleName="shared")
    world.refused("NoPermission", 403, mallory.sts, "AssumeRole", **named | {
        "RoleArn": f"acs:ram::{ACCOUNT}:role/none"})
    root.ram("UpdateRole", RoleName="shared", NewAssumeRolePolicyDocument=trust(STRANGER))
    session = mallory.assume("shared")
    assert session.sts("GetCallerIdentity")["AccountId"] == ACCOUNT
    assert world.may(session, "alice")
    world.refused("EntityNotExist.User", 404, session.ram, "GetUser", UserName="mallory")
    # Trust alone is not enough: the caller's own account must let it go.
    stranger.ram("DetachPolicyFromUser", PolicyName="mallory", PolicyType="Custom",
                 UserName="mallory")
    world.refused("NoPermission", 403, mallory.sts, "AssumeRole", **named)
    stranger.ram("AttachPolicyToUser", PolicyName="mallory", PolicyType="Custom",
                 UserName="mallory")
    dismiss(world, stranger, mallory)
    ended(world, session, "alice")
    retire(world, "shared")


def revocations(world):
    root = world.root
    worker(world)
    ivan = assumer(world, root, "ivan")
    one, two = (ivan.assume("worker", session=name) for name in ("one", "two"))
    listed = items(root.sts("ListSessions", RoleName="worker"), "Sessions", "Session")
    of = {each["RoleSessionName"]: each["SessionId"] for each in listed}
    assert set(of) == {"one", "two"}
    world.refused("NoPermission", 403, ivan.sts, "RevokeSessions", RoleName="worker")
    root.sts("RevokeSessions", SessionId=of["one"])
    ended(world, one, "alice")
    assert world.may(two, "alice")
    root.sts("RevokeSessions", RoleName="worker")
    ended(world, two, "alice")
    assert items(root.sts("ListSessions", RoleName="worker"), "Sessions", "Session") == []
    # Deleting the role ends its sessions, even if it is made again under its name.
    three = ivan.assume("worker", session="three")
    assert world.may(three, "alice")
    retire(world)
    worker(world)
    ended(world, three, "alice")
    retire(world)
    dismiss(world, root, ivan)


def keys_end_sessions(world):
    root = world.root
    worker(world)
    ivan = assumer(world, root, "ivan")
    session = ivan.assume("worker")
    assert world.may(session, "alice")
    change = {"UserName": "ivan", "UserAccessKeyId": ivan.key["id"]}
    root.ram("UpdateAccessKey", **change, Status="Inactive")
    world.refused("InvalidAccessKeyId.Inactive", 400, ivan.sts, "GetCallerIdentity")
    assert world.may(session, "alice")
    dismiss(world, root, ivan)
    ended(world, session, "alice")
    retire(world)
