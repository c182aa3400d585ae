"""The life of an account's identities, told once and lived with the client of each language.

Each chapter is a function of the world; what it leaves behind, `the_end` takes away. A chapter
asserts what must be seen; besides, all that is seen goes into a transcript, so that clients can be
compared. A new chapter goes into `CHAPTERS`, and needs no change of a program.
"""

import json
import re

from cloud import allow
from languages import Program, Refused

ACCOUNT, STRANGER = "1234567890123456", "1987654321098765"
SEEDS = {
    account: {
        "ROLECALL_ACCOUNT_ID": account,
        "ROLECALL_ROOT_ACCESS_KEY_ID": f"LTAIroot{account}",
        "ROLECALL_ROOT_ACCESS_KEY_SECRET": f"secret-of-{account}",
    }
    for account in (ACCOUNT, STRANGER)
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
# Fields whose values are drawn anew in each life.
DRAWN = {
    "UserId", "RoleId", "GroupId", "AccessKeyId", "AccessKeySecret", "SecurityToken", "SessionId",
    "Marker",
}


def document(*statements):
    return json.dumps({"Version": "1", "Statement": list(statements)})


def deny(actions, resources):
    return {"Effect": "Deny", "Action": actions, "Resource": resources}


def trust(account, **condition):
    statement = {
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"RAM": [f"acs:ram::{account}:root"]},
    }
    return document(statement | ({"Condition": condition} if condition else {}))


def items(reply, *path):
    """The list at the end of a path of names."""
    for name in path:
        reply = reply[name]
    return reply


class Transcript:
    """What was seen, with names in the place of what is drawn anew in each life."""

    def __init__(self):
        self.steps = []
        self.names = {}

    def note(self, who, action, outcome):
        self.steps.append((who, action, self.known(outcome)))

    def known(self, value, field=None):
        if isinstance(value, dict):
            if "RequestId" in value:
                assert REQUEST_ID.fullmatch(value["RequestId"]), value["RequestId"]
            return {
                name: self.known(each, name) for name, each in sorted(value.items())
                if name != "RequestId"
            }
        if isinstance(value, list):
            return [self.known(each, field) for each in value]
        if not isinstance(value, str) or not value:
            return value
        if field in DRAWN:
            count = sum(name.startswith(f"<{field} ") for name in self.names.values())
            return self.names.setdefault(value, f"<{field} {count + 1}>")
        for drawn, name in self.names.items():
            value = value.replace(drawn, name)
        return TIME.sub("<time>", value)


class Caller:
    """An identity: `caller.ram("GetUser", UserName="alice")` answers the body or raises Refused."""

    def __init__(self, world, name, key_id, secret, token=None):
        self.world, self.name = world, name
        self.key = {"id": key_id, "secret": secret, "token": token}

    def ram(self, action, **parameters):
        return self.world.call(self, "ram", action, parameters)

    def sts(self, action, **parameters):
        return self.world.call(self, "sts", action, parameters)

    def key_for(self, user):
        """Makes an AccessKey of a user; returns its caller."""
        made = self.ram("CreateAccessKey", UserName=user)["AccessKey"]
        return Caller(self.world, user, made["AccessKeyId"], made["AccessKeySecret"])

    def assume(self, role, account=ACCOUNT, session="life", **more):
        """Takes a role; returns the caller that the session is."""
        made = self.sts(
            "AssumeRole", RoleArn=f"acs:ram::{account}:role/{role}", RoleSessionName=session,
            **more)["Credentials"]
        return Caller(
            self.world, f"{role}/{session}", made["AccessKeyId"], made["AccessKeySecret"],
            made["SecurityToken"])


class World:
    """A server with two accounts, and a client of one language."""

    def __init__(self, server, client):
        # The operator adds an account by starting with it.
        server.start(**SEEDS[STRANGER])
        server.stop()
        self.server = server.start(**SEEDS[ACCOUNT])
        self.program = Program(client, server.address)
        self.transcript = Transcript()
        self.root, self.stranger = (
            Caller(
                self, f"root of {account}", SEEDS[account]["ROLECALL_ROOT_ACCESS_KEY_ID"],
                SEEDS[account]["ROLECALL_ROOT_ACCESS_KEY_SECRET"])
            for account in (ACCOUNT, STRANGER))

    def call(self, caller, service, action, parameters):
        try:
            reply = self.program(service, action, parameters, caller.key)
        except Refused as refused:
            self.transcript.note(
                caller.name, action, {"code": refused.code, "status": refused.status})
            raise
        self.transcript.note(caller.name, action, reply)
        return reply

    def refused(self, code, status, call, action, **parameters):
        """Asserts that a call is refused with a code; returns the refusal."""
        try:
            reply = call(action, **parameters)
        except Refused as refused:
            assert (refused.code, refused.status) == (code, status), (action, str(refused))
            return refused
        raise AssertionError(f"{action} {parameters} was answered: {reply}")

    def may(self, caller, user):
        """Whether a caller may look at a user: what policies here are about."""
        try:
            return caller.ram("GetUser", UserName=user)["User"]["UserName"] == user
        except Refused as refused:
            assert (refused.code, refused.status) == ("NoPermission", 403), str(refused)
            return False


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
    if refusal.detail:
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


CHAPTERS = [users, pages, work]
