"""`rolecall doctor` where everything is as it should be, and after a role was taken off."""

import json

from cloud import Cloud, allow


def links(server, instance, *more):
    ran = server.rolecall("doctor", "--json", "--instance", instance, *more)
    found = json.loads(ran.stdout)["links"]
    return ran.returncode, {link["link"]: link for link in found}


def test_a_chain_that_holds(server):
    cloud = Cloud(server)
    cloud.role("reader", allow("oss:GetObject", "acs:oss:*:*:photos/*"))
    instance = cloud.instance(*cloud.network(), ram_role_name="reader")
    asked = ("--action", "oss:GetObject", "--resource", "acs:oss:*:*:photos/cat")
    status, found = links(server, instance, *asked)
    assert status == 0 and {link["state"] for link in found.values()} == {"ok"}, found
    assert f"assumed-role/reader/vm-ram-{instance}" in found["target"]["seen"]

    cloud.detach(instance, "reader")
    status, found = links(server, instance, *asked)
    assert (status, found["role"]["state"], found["target"]["state"]) == (1, "broken", "skipped")
    cloud.attach(instance, "reader")
    assert links(server, instance)[0] == 0
