"""The vendor's older Python SDK (RPC, V1 signatures). Lines in, lines out: see languages.py."""

import importlib
import json
import sys

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.request import CommonRequest

ADDRESS = sys.argv[1] if sys.argv[1:] else None
PACKAGES = {"ram": "aliyunsdkram.request.v20150501", "sts": "aliyunsdksts.request.v20150401"}


def typed(service, action, parameters):
    """The SDK's own request, or None where it does not know the operation or a parameter."""
    name = f"{action}Request"
    try:
        request = getattr(importlib.import_module(f"{PACKAGES[service]}.{name}"), name)()
    except ModuleNotFoundError:
        return None
    setters = [getattr(request, f"set_{name}", None) for name in parameters]
    if None in setters:
        return None
    for setter, value in zip(setters, parameters.values()):
        setter(value)
    return request


def generic(service, version, action, parameters):
    request = CommonRequest(product=service.title())
    request.set_method("POST")
    request.set_version(version)
    request.set_action_name(action)
    for name, value in parameters.items():
        request.add_query_param(name, json.dumps(value) if isinstance(value, list) else value)
    return request


def call(service, version, action, parameters, key):
    credential = (
        StsTokenCredential(key["id"], key["secret"], key["token"]) if key["token"]
        else AccessKeyCredential(key["id"], key["secret"]))
    client = AcsClient(region_id="cn-hangzhou", credential=credential, auto_retry=False)
    request, door = typed(service, action, parameters), "typed"
    if request is None:
        request, door = generic(service, version, action, parameters), "generic"
    if ADDRESS:
        request.set_endpoint(ADDRESS)
        request.set_protocol_type("http")
    return {"ok": json.loads(client.do_action_with_exception(request)), "door": door}


for line in sys.stdin:
    try:
        answer = call(**json.loads(line))
    except ServerException as error:
        answer = {"refused": {
            "code": error.get_error_code(), "status": error.get_http_status(),
            "message": error.get_error_msg(),
        }}
    print(json.dumps(answer), flush=True)
