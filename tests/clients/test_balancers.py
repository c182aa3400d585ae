"""Load balancers: an everyday life with the vendor's client, and real traffic to instances."""

import json
import subprocess
import sys
import time
import urllib.request

import pytest
from alibabacloud_slb20140515 import models as slb
from Tea.exceptions import TeaException

from cloud import Cloud, allow

REGION = "cn-hangzhou"
SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = (sys.argv[1] + " " + self.headers.get("X-Forwarded-For", "")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_HEAD = lambda self: (self.send_response(200), self.send_header("Content-Length", "0"), self.end_headers())
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
print("ready", flush=True)
server.serve_forever()
"""


def serve(server, instance, name):
    """Starts a web server inside an instance."""
    command = [server.binary, "exec", "--data", server.data, instance, "--"]
    program = subprocess.Popen(
        [*command, sys.executable, "-c", SERVE, name],
        stdout=subprocess.PIPE, text=True, cwd="/")
    assert program.stdout.readline() == "ready\n"
    return program


def becomes(expected, look):
    deadline = time.monotonic() + 30
    while (seen := look()) != expected:
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


def balancer(cloud, **more):
    return cloud.slb.create_load_balancer(
        slb.CreateLoadBalancerRequest(region_id=REGION, **more)).body


def listen(cloud, balancer, port):
    cloud.slb.create_load_balancer_httplistener(slb.CreateLoadBalancerHTTPListenerRequest(
        region_id=REGION, load_balancer_id=balancer, listener_port=port, backend_server_port=8000,
        bandwidth=-1, sticky_session="off", health_check="on", health_check_uri="/"))
    read = slb.DescribeLoadBalancerHTTPListenerAttributeRequest(
        region_id=REGION, load_balancer_id=balancer, listener_port=port)
    # A new listener is stopped; clients start it and wait.
    status = lambda: cloud.slb.describe_load_balancer_httplistener_attribute(read).body.status
    assert status() == "stopped"
    cloud.slb.start_load_balancer_listener(slb.StartLoadBalancerListenerRequest(
        region_id=REGION, load_balancer_id=balancer, listener_port=port))
    becomes("running", status)


def servers(*ids, **more):
    return json.dumps([{"ServerId": one, "Weight": "100", "Type": "ecs", **more} for one in ids])


def health(cloud, balancer):
    reply = cloud.slb.describe_health_status(slb.DescribeHealthStatusRequest(
        region_id=REGION, load_balancer_id=balancer))
    return sorted(one.server_health_status for one in reply.body.backend_servers.backend_server)


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_traffic_from_the_machine_goes_to_instances(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    one, other = cloud.instance(switch, group), cloud.instance(switch, group)
    first, second = serve(server, one, "one"), serve(server, other, "other")
    made = balancer(cloud, address_type="internet", load_balancer_name="web")
    assert made.address.startswith("127.")
    cloud.slb.add_backend_servers(slb.AddBackendServersRequest(
        region_id=REGION, load_balancer_id=made.load_balancer_id,
        backend_servers=servers(one, other)))
    listen(cloud, made.load_balancer_id, 8080)
    # No security group lets anybody in; load balancers need no rule.
    becomes(["normal", "normal"], lambda: health(cloud, made.load_balancer_id))
    url = f"http://{made.address}:8080/"
    assert {read(url) for _ in range(4)} == {"one 127.0.0.1", "other 127.0.0.1"}

    first.kill()
    becomes(["abnormal", "normal"], lambda: health(cloud, made.load_balancer_id))
    assert {read(url) for _ in range(4)} == {"other 127.0.0.1"}
    second.kill()


def test_an_instance_reaches_a_load_balancer_in_its_vpc(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    called, caller = cloud.instance(switch, group), cloud.instance(switch, group)
    program = serve(server, called, "inside")
    made = balancer(cloud, v_switch_id=switch)
    assert made.network_type == "vpc" and made.address.startswith("192.168.0.")
    cloud.slb.add_backend_servers(slb.AddBackendServersRequest(
        region_id=REGION, load_balancer_id=made.load_balancer_id, backend_servers=servers(called)))
    listen(cloud, made.load_balancer_id, 80)
    becomes(["normal"], lambda: health(cloud, made.load_balancer_id))

    def answer():
        got = server.rolecall(
            "exec", caller, "--", "curl", "-sS", "--max-time", "5", f"http://{made.address}/")
        return got.stdout.split(" ")[0]

    assert answer() == "inside"
    # What the load balancer has, no instance gets; and it goes with it.
    cloud.slb.delete_load_balancer(slb.DeleteLoadBalancerRequest(
        region_id=REGION, load_balancer_id=made.load_balancer_id))
    becomes("", answer)
    program.kill()


def test_a_group_with_its_listener(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    instance = cloud.instance(switch, group)
    made = balancer(cloud).load_balancer_id
    servers_of = cloud.slb.create_vserver_group(slb.CreateVServerGroupRequest(
        region_id=REGION, load_balancer_id=made, vserver_group_name="web",
        backend_servers=servers(instance, Port="8000"))).body
    cloud.slb.create_load_balancer_tcplistener(slb.CreateLoadBalancerTCPListenerRequest(
        region_id=REGION, load_balancer_id=made, listener_port=9000, bandwidth=-1,
        vserver_group_id=servers_of.vserver_group_id))
    told = cloud.slb.describe_load_balancer_tcplistener_attribute(
        slb.DescribeLoadBalancerTCPListenerAttributeRequest(
            region_id=REGION, load_balancer_id=made, listener_port=9000)).body
    assert (told.listener_port, told.status) == (9000, "stopped")
    assert told.vserver_group_id == servers_of.vserver_group_id
    with pytest.raises(TeaException) as refused:
        cloud.slb.delete_vserver_group(slb.DeleteVServerGroupRequest(
            region_id=REGION, vserver_group_id=servers_of.vserver_group_id))
    assert refused.value.code == "RspoolVipExist"
    attribute = cloud.slb.describe_load_balancer_attribute(
        slb.DescribeLoadBalancerAttributeRequest(region_id=REGION, load_balancer_id=made)).body
    ports = attribute.listener_ports_and_protocal.listener_port_and_protocal
    assert [(one.listener_port, one.listener_protocal) for one in ports] == [(9000, "tcp")]


def test_a_policy_on_one_load_balancer(server):
    cloud = Cloud(server)
    mine, other = balancer(cloud).load_balancer_id, balancer(cloud).load_balancer_id
    user = cloud.user("keeper", allow("slb:*", f"acs:slb:*:*:loadbalancer/{mine}"))
    ask = lambda one: user.slb.describe_load_balancer_attribute(
        slb.DescribeLoadBalancerAttributeRequest(region_id=REGION, load_balancer_id=one))
    assert ask(mine).body.load_balancer_id == mine
    with pytest.raises(TeaException) as refused:
        ask(other)
    assert refused.value.code == "Forbidden.RAM"
    with pytest.raises(TeaException) as refused:
        user.slb.describe_load_balancers(slb.DescribeLoadBalancersRequest(region_id=REGION))
    assert refused.value.code == "Forbidden.RAM"
