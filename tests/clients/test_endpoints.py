"""The clients of all languages inside an instance, at their own endpoints and over TLS."""

import json
import shutil

import pytest

from cloud import Cloud, allow
from languages import CLIENTS, HERE, Program, Refused

CREDENTIALS = "http://100.100.100.200/latest/meta-data/ram/security-credentials/clerk"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_needs_no_endpoint_inside(server, folder, ordinary_user, client):
    cloud = Cloud(server)
    policy = cloud.role("clerk", allow("ram:GetRole", "*"))
    instance = cloud.instance(*cloud.network(), ram_role_name="clerk")
    taken = json.loads(server.rolecall("exec", instance, "--", "curl", "-sS", CREDENTIALS).stdout)
    key = {
        "id": taken["AccessKeyId"], "secret": taken["AccessKeySecret"],
        "token": taken["SecurityToken"],
    }
    # An ordinary user may not be able to enter the checkout.
    for programs in ("programs", "node"):
        shutil.copytree(HERE / programs, folder / programs)
    as_user = ["--user", ordinary_user] if ordinary_user else []
    account = server.ready["account_id"]
    around = (server.binary, "exec", "--data", server.data, *as_user, instance, "--")
    with Program(client, programs=folder, around=around) as program:
        who = program("sts", "GetCallerIdentity", {}, key)
        assert who["Arn"] == f"acs:ram::{account}:assumed-role/clerk/vm-ram-{instance}"
        get = ("ram", "GetRole", {"RoleName": "clerk"}, key)
        assert program(*get)["Role"]["RoleName"] == "clerk"
        cloud.edit(policy, allow("ram:GetRole", f"acs:ram:*:{account}:role/other"))
        with pytest.raises(Refused) as raised:
            program(*get)
        assert (raised.value.code, raised.value.status) == ("NoPermission", 403)
