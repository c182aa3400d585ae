"""VPC and ECS with the vendor's generated clients."""

import json

import pytest
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_vpc20160428 import models as vpc
from Tea.exceptions import TeaException

from cloud import Cloud, REGION, allow

MACHINE = {
    "region_id": REGION,
    "image_id": "debian_12_x64_20G_alibase.vhd",
    "instance_type": "ecs.g6.large",
}


def refused(code, call, *arguments):
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert raised.value.code == code
    return raised.value


def test_a_network_from_its_making_to_its_end(server):
    client = Cloud(server).vpc
    zone = client.describe_zones(
        vpc.DescribeZonesRequest(region_id=REGION)).body.zones.zone[0].zone_id
    vpc_id = client.create_vpc(vpc.CreateVpcRequest(
        region_id=REGION, cidr_block="10.0.0.0/16", vpc_name="net")).body.vpc_id
    make = lambda block: client.create_vswitch(vpc.CreateVSwitchRequest(
        region_id=REGION, vpc_id=vpc_id, zone_id=zone, cidr_block=block))
    switch = make("10.0.1.0/24").body.v_switch_id
    refused("InvalidCidrBlock.Overlapped", make, "10.0.1.128/25")
    refused("InvalidParameter", make, "192.168.0.0/24")
    listed = client.describe_vpcs(
        vpc.DescribeVpcsRequest(region_id=REGION, vpc_id=vpc_id)).body.vpcs.vpc[0]
    assert (listed.vpc_name, listed.status) == ("net", "Available")
    assert listed.v_switch_ids.v_switch_id == [switch]
    got = client.describe_vswitches(
        vpc.DescribeVSwitchesRequest(region_id=REGION, vpc_id=vpc_id)).body.v_switches.v_switch
    assert [each.available_ip_address_count for each in got] == [252]
    remove = vpc.DeleteVpcRequest(region_id=REGION, vpc_id=vpc_id)
    refused("DependencyViolation.VSwitch", client.delete_vpc, remove)
    client.delete_vswitch(vpc.DeleteVSwitchRequest(region_id=REGION, v_switch_id=switch))
    client.delete_vpc(remove)
    assert client.describe_vpcs(vpc.DescribeVpcsRequest(region_id=REGION)).body.total_count == 0


def test_instances_have_addresses_of_their_own(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    ids = cloud.ecs.run_instances(ecs.RunInstancesRequest(
        **MACHINE, v_switch_id=switch, security_group_id=group, amount=20,
    )).body.instance_id_sets.instance_id_set
    assert len(set(ids)) == 20
    found = cloud.ecs.describe_instances(ecs.DescribeInstancesRequest(
        region_id=REGION, instance_ids=json.dumps(ids), page_size=100)).body.instances.instance
    addresses = [
        each.vpc_attributes.private_ip_address.ip_address[0] for each in found]
    assert len(set(addresses)) == 20
    assert {each.status for each in found} == {"Running"}
    cloud.ecs.delete_instances(ecs.DeleteInstancesRequest(
        region_id=REGION, instance_id=ids, force=True))
    left = cloud.ecs.describe_instances(ecs.DescribeInstancesRequest(region_id=REGION)).body
    assert left.total_count == 0


def test_a_role_on_instances(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    cloud.role("web", allow("oss:GetObject", "*"))
    cloud.role("stranger", allow("oss:GetObject", "*"), trust=json.dumps({
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                       "Principal": {"Service": ["rds.aliyuncs.com"]}}],
    }))
    instance = cloud.instance(switch, group)
    wears = lambda: [
        (each.instance_id, each.ram_role_name)
        for each in cloud.ecs.describe_instance_ram_role(ecs.DescribeInstanceRamRoleRequest(
            region_id=REGION, instance_ids=json.dumps([instance]),
        )).body.instance_ram_role_sets.instance_ram_role_set
    ]
    assert wears() == []
    refused("InvalidRamRole.NotFound", cloud.attach, instance, "none")
    refused("InvalidRamRole.NotEcsRole", cloud.attach, instance, "stranger")
    refused("InvalidInstanceId.NotFound", cloud.attach, "i-bp1none", "web")
    assert wears() == []
    reply = cloud.ecs.attach_instance_ram_role(ecs.AttachInstanceRamRoleRequest(
        region_id=REGION, instance_ids=json.dumps([instance, "i-bp1none"]), ram_role_name="web",
    )).body
    assert (reply.total_count, reply.fail_count) == (2, 1)
    assert wears() == [(instance, "web")]
    cloud.detach(instance, "web")
    assert wears() == []


def test_who_may_not_pass_a_role_gives_none_away(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    cloud.role("web", allow("oss:GetObject", "*"))
    instance = cloud.instance(switch, group)
    user = cloud.user("operator", allow(["ecs:*", "vpc:*"], "*"))
    error = refused("InvalidUser.PassRoleForbidden", user.attach, instance, "web")
    assert error.accessDeniedDetail["AuthAction"] == "ram:PassRole"
    refused("InvalidUser.PassRoleForbidden", user.ecs.run_instances, ecs.RunInstancesRequest(
        **MACHINE, v_switch_id=switch, security_group_id=group, ram_role_name="web"))
    passer = cloud.user("passer", json.dumps({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "ram:PassRole", "Resource": "acs:ram:*:*:role/web"},
    ]}))
    assert passer.attach(instance, "web").success is True


def test_a_dry_run_changes_nothing(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    request = ecs.RunInstancesRequest(
        **MACHINE, v_switch_id=switch, security_group_id=group, dry_run=True)
    refused("DryRunOperation", cloud.ecs.run_instances, request)
    listed = cloud.ecs.describe_instances(ecs.DescribeInstancesRequest(region_id=REGION))
    assert listed.body.total_count == 0


def test_a_client_token_works_once(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    request = lambda **more: ecs.RunInstancesRequest(
        **MACHINE, v_switch_id=switch, security_group_id=group, client_token="once", **more)
    first = cloud.ecs.run_instances(request()).body.instance_id_sets.instance_id_set
    again = cloud.ecs.run_instances(request()).body.instance_id_sets.instance_id_set
    assert first == again
    refused("IdempotentParameterMismatch", cloud.ecs.run_instances, request(amount=2))


def test_unknown_regions_are_refused(server):
    client = Cloud(server).ecs
    regions = client.describe_regions(ecs.DescribeRegionsRequest()).body.regions.region
    assert REGION in [each.region_id for each in regions]
    refused("InvalidRegionId.NotFound", client.describe_instances,
            ecs.DescribeInstancesRequest(region_id="cn-atlantis"))
