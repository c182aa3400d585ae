"""What chapters of life.py speak of: a server with two accounts, callers, and what they saw."""

import json
import re

from languages import Refused

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
    "Marker", "EncodedDiagnosticMessage",
}
# Lists in an order without meaning, and the field by which to compare them.
UNORDERED = {"AccessKey": "Status", "Session": "RoleSessionName"}


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

    def note(self, who, action, outcome, detail=None):
        self.steps.append((who, action, self.known(outcome), self.known(detail)))

    def known(self, value, field=None):
        if isinstance(value, dict):
            if "RequestId" in value:
                assert REQUEST_ID.fullmatch(value["RequestId"]), value["RequestId"]
            return {
                name: self.known(each, name) for name, each in sorted(value.items())
                if name != "RequestId"
            }
        if isinstance(value, list):
            if field in UNORDERED:
                value = sorted(value, key=lambda each: each[UNORDERED[field]])
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


def start(server):
    """Starts a server with both accounts: the operator adds one by starting with it."""
    server.start(**SEEDS[STRANGER])
    server.stop()
    server.start(**SEEDS[ACCOUNT])


class World:
    """Two accounts, as a client's program sees them."""

    def __init__(self, program):
        self.program = program
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
                caller.name, action, {"code": refused.code, "status": refused.status},
                refused.detail)
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
