"""The vendor's generated Python clients (ACS3 signatures). Lines in, lines out: see languages.py."""

import json
import re
import sys

from alibabacloud_ram20150501 import client as ram_client, models as ram
from alibabacloud_sts20150401 import client as sts_client, models as sts
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions
from Tea.exceptions import TeaException

PLACE = {"endpoint": sys.argv[1], "protocol": "http"} if sys.argv[1:] else {}
PRODUCTS = {"ram": (ram_client, ram), "sts": (sts_client, sts)}


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def build(models, kind, fields):
    """A model of the client with the fields of the wire; an unknown one is a fault."""
    made = getattr(models, kind)()
    for name, value in fields.items():
        if not hasattr(made, snake(name)):
            raise AttributeError(f"{kind} has no {name}")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = [build(models, kind + name, each) for each in value]
        setattr(made, snake(name), value)
    return made


def call(service, version, action, parameters, key):
    module, models = PRODUCTS[service]
    client = module.Client(Config(
        access_key_id=key["id"], access_key_secret=key["secret"], security_token=key["token"],
        region_id="cn-hangzhou", **PLACE))
    method = getattr(client, snake(action), None)
    if method is None:
        params = Params(
            action=action, version=version, protocol="HTTPS", pathname="/", method="POST",
            auth_type="AK", style="RPC", req_body_type="formData", body_type="json")
        answer = client.call_api(params, OpenApiRequest(query=parameters), RuntimeOptions())
        return {"ok": answer["body"], "door": "generic"}
    takes_request = hasattr(models, f"{action}Request")
    reply = method(build(models, f"{action}Request", parameters)) if takes_request else method()
    return {"ok": reply.body.to_map(), "door": "typed"}


for line in sys.stdin:
    try:
        answer = call(**json.loads(line))
    except TeaException as error:
        answer = {"refused": {
            "code": error.code, "status": error.data["statusCode"], "message": error.message,
            "detail": error.accessDeniedDetail,
        }}
    print(json.dumps(answer), flush=True)
