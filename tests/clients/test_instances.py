"""Instances that start, stop and reboot, their groups, keys and tags, with the vendor's clients."""

import json
import subprocess

import pytest
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_vpc20160428 import models as vpc
from Tea.exceptions import TeaException

from cloud import Cloud, REGION, allow

METADATA = "http://100.100.100.200/latest/meta-data"
PUBLIC_KEY = ("ssh-ed25519 "
              "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f")


def refused(code, call, *arguments):
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert raised.value.code == code


def status(cloud, instance):
    listed = cloud.ecs.describe_instance_status(ecs.DescribeInstanceStatusRequest(
        region_id=REGION, instance_id=[instance])).body.instance_statuses.instance_status
    return listed[0].status


def stop(cloud, instance):
    cloud.ecs.stop_instance(ecs.StopInstanceRequest(instance_id=instance))


def start(cloud, instance):
    cloud.ecs.start_instance(ecs.StartInstanceRequest(instance_id=instance))


def reboot(cloud, instance):
    cloud.ecs.reboot_instance(ecs.RebootInstanceRequest(instance_id=instance))


def inside(server, instance, *words):
    return server.rolecall("exec", instance, "--", *words)


def sleeper(server, instance):
    """A program inside the instance that does not end by itself."""
    program = subprocess.Popen(
        [server.binary, "exec", "--data", server.data, instance, "--",
         "sh", "-c", "echo here; exec sleep 300"],
        stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "here\n"
    return program


def test_a_stopped_instance_runs_nothing_and_starts_as_it_was(server):
    cloud = Cloud(server)
    cloud.role("worker", allow("oss:GetObject", "*"))
    switch, group = cloud.network()
    instance = cloud.instance(switch, group, ram_role_name="worker", user_data="aGVsbG8=")
    told = lambda item: inside(server, instance, "curl", "-sS", f"{METADATA}/{item}").stdout
    before = [told("instance-id"), told("private-ipv4"), told("ram/security-credentials/")]
    assert before[0] == instance and before[2] == "worker"
    program = sleeper(server, instance)

    stop(cloud, instance)
    assert status(cloud, instance) == "Stopped"
    assert program.wait(timeout=30) != 0, "its programs end"
    assert inside(server, instance, "true").returncode == 1
    refused("IncorrectInstanceStatus", stop, cloud, instance)
    refused("IncorrectInstanceStatus", reboot, cloud, instance)

    start(cloud, instance)
    assert status(cloud, instance) == "Running"
    assert [told("instance-id"), told("private-ipv4"), told("ram/security-credentials/")] == before
    data = inside(server, instance, "curl", "-sS", "http://100.100.100.200/latest/user-data")
    assert data.stdout == "hello"
    refused("IncorrectInstanceStatus", start, cloud, instance)


def test_a_reboot_ends_the_programs_and_makes_the_instance_anew(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    instance = cloud.instance(switch, group)
    program = sleeper(server, instance)
    cloud.ecs.modify_instance_attribute(ecs.ModifyInstanceAttributeRequest(
        instance_id=instance, host_name="renamed"))
    assert inside(server, instance, "hostname").stdout.strip() != "renamed"
    reboot(cloud, instance)
    assert program.wait(timeout=30) != 0
    assert inside(server, instance, "hostname").stdout.strip() == "renamed"
    assert inside(server, instance, "curl", "-sS", f"{METADATA}/instance-id").stdout == instance


def test_the_metadata_service_is_switched_off_at_once(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    instance = cloud.instance(switch, group)
    code = lambda: inside(
        server, instance, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
        f"{METADATA}/instance-id").stdout
    modify = lambda **more: cloud.ecs.modify_instance_metadata_options(
        ecs.ModifyInstanceMetadataOptionsRequest(region_id=REGION, instance_id=instance, **more))
    assert code() == "200"
    modify(http_endpoint="enabled", http_tokens="required")
    assert code() == "403"
    modify(http_endpoint="enabled", http_tokens="optional")
    assert code() == "200"
    modify(http_endpoint="disabled")
    assert code() == "403"


def test_a_made_instance_is_started_and_deleted(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    request = lambda **more: ecs.CreateInstanceRequest(
        region_id=REGION, image_id="debian_12_x64_20G_alibase.vhd", instance_type="ecs.g6.large",
        v_switch_id=switch, security_group_id=group, client_token="once", **more)
    instance = cloud.ecs.create_instance(request()).body.instance_id
    assert cloud.ecs.create_instance(request()).body.instance_id == instance
    assert status(cloud, instance) == "Stopped"
    assert inside(server, instance, "true").returncode == 1
    start(cloud, instance)
    assert inside(server, instance, "true").returncode == 0
    delete = ecs.DeleteInstanceRequest(instance_id=instance)
    refused("IncorrectInstanceStatus", cloud.ecs.delete_instance, delete)
    protect = lambda on: cloud.ecs.modify_instance_attribute(ecs.ModifyInstanceAttributeRequest(
        instance_id=instance, deletion_protection=on))
    stop(cloud, instance)
    protect(True)
    refused("InvalidOperation.DeletionProtection", cloud.ecs.delete_instance, delete)
    protect(False)
    cloud.ecs.delete_instance(delete)


def test_batches_succeed_together_or_first(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    runs, stands = cloud.instance(switch, group), cloud.instance(switch, group)
    stop(cloud, stands)
    both = lambda **more: ecs.StopInstancesRequest(
        region_id=REGION, instance_id=[runs, stands], **more)
    refused("IncorrectInstanceStatus", cloud.ecs.stop_instances, both())
    assert status(cloud, runs) == "Running"
    refused("DRYRUN.SUCCESS", cloud.ecs.stop_instances, both(
        batch_optimization="SuccessFirst", dry_run=True))
    done = cloud.ecs.stop_instances(both(batch_optimization="SuccessFirst"))
    found = {each.instance_id: each.code for each in
             done.body.instance_responses.instance_response}
    assert found == {runs: "200", stands: "IncorrectInstanceStatus"}
    started = cloud.ecs.start_instances(ecs.StartInstancesRequest(
        region_id=REGION, instance_id=[runs, stands])).body.instance_responses.instance_response
    assert [(each.previous_status, each.current_status) for each in started] == [
        ("Stopped", "Running")] * 2


def test_rules_of_security_groups(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    permission = ecs.AuthorizeSecurityGroupRequestPermissions(
        ip_protocol="tcp", port_range="22/22", source_cidr_ip="10.0.0.0/8", priority="5")
    request = ecs.AuthorizeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=[permission])
    for _ in range(2):
        cloud.ecs.authorize_security_group(request)
    cloud.ecs.authorize_security_group_egress(ecs.AuthorizeSecurityGroupEgressRequest(
        region_id=REGION, security_group_id=group, ip_protocol="all", port_range="-1/-1",
        dest_group_id=group, policy="drop", nic_type="intranet"))
    rules = lambda: cloud.ecs.describe_security_group_attribute(
        ecs.DescribeSecurityGroupAttributeRequest(
            region_id=REGION, security_group_id=group)).body.permissions.permission
    assert [(rule.direction, rule.ip_protocol, rule.port_range, rule.policy, rule.priority)
            for rule in rules()] == [
        ("ingress", "TCP", "22/22", "Accept", "5"), ("egress", "ALL", "-1/-1", "Drop", "1")]
    cloud.ecs.revoke_security_group(ecs.RevokeSecurityGroupRequest(
        region_id=REGION, security_group_id=group,
        security_group_rule_id=[rules()[0].security_group_rule_id]))
    assert len(rules()) == 1
    permission.source_cidr_ip = "10.0.0.0/33"
    refused("InvalidSourceCidrIp.Malformed", cloud.ecs.authorize_security_group, request)


def test_groups_of_an_instance(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    instance = cloud.instance(switch, group)
    vpc_id = cloud.vpc.describe_vpcs(
        vpc.DescribeVpcsRequest(region_id=REGION)).body.vpcs.vpc[0].vpc_id
    other = cloud.ecs.create_security_group(ecs.CreateSecurityGroupRequest(
        region_id=REGION, vpc_id=vpc_id)).body.security_group_id
    leave = lambda: cloud.ecs.leave_security_group(ecs.LeaveSecurityGroupRequest(
        instance_id=instance, security_group_id=group))
    refused("InstanceLastSecurityGroup", leave)
    cloud.ecs.join_security_group(ecs.JoinSecurityGroupRequest(
        instance_id=instance, security_group_id=other))
    leave()
    told = cloud.ecs.describe_instance_attribute(
        ecs.DescribeInstanceAttributeRequest(instance_id=instance)).body
    assert told.security_group_ids.security_group_id == [other]
    interfaces = cloud.ecs.describe_network_interfaces(ecs.DescribeNetworkInterfacesRequest(
        region_id=REGION, instance_id=instance)).body.network_interface_sets.network_interface_set
    assert [each.security_group_ids.security_group_id for each in interfaces] == [[other]]


def test_key_pairs(server, folder):
    cloud = Cloud(server)
    switch, group = cloud.network()
    made = cloud.ecs.create_key_pair(ecs.CreateKeyPairRequest(
        region_id=REGION, key_pair_name="made")).body
    describe = lambda: cloud.ecs.describe_key_pairs(ecs.DescribeKeyPairsRequest(
        region_id=REGION, key_pair_name="made", include_public_key=True)).body.key_pairs.key_pair
    public = describe()[0].public_key
    private = folder / "key.pem"
    private.write_text(made.private_key_body)
    private.chmod(0o600)
    keygen = subprocess.run(
        ["ssh-keygen", "-y", "-f", private], capture_output=True, text=True)
    assert keygen.stdout.split()[:2] == public.split(), keygen.stderr
    instance = cloud.instance(switch, group, key_pair_name="made")
    seen = inside(
        server, instance, "curl", "-sS", f"{METADATA}/public-keys/made/openssh-key").stdout
    assert seen == public

    cloud.ecs.import_key_pair(ecs.ImportKeyPairRequest(
        region_id=REGION, key_pair_name="mine", public_key_body=PUBLIC_KEY))
    attached = cloud.ecs.attach_key_pair(ecs.AttachKeyPairRequest(
        region_id=REGION, key_pair_name="mine", instance_ids=json.dumps([instance, "i-none"]))).body
    assert (attached.total_count, attached.fail_count) == ("2", "1")
    refused("InvalidKeyPairName.NotFound", cloud.ecs.delete_key_pairs, ecs.DeleteKeyPairsRequest(
        region_id=REGION, key_pair_names=json.dumps(["made", "none"])))
    cloud.ecs.delete_key_pairs(ecs.DeleteKeyPairsRequest(
        region_id=REGION, key_pair_names=json.dumps(["made"])))
    assert describe() == []
    cloud.ecs.detach_key_pair(ecs.DetachKeyPairRequest(
        region_id=REGION, key_pair_name="mine", instance_ids=json.dumps([instance])))


def test_tags_decide(server):
    cloud = Cloud(server)
    switch, group = cloud.network()
    instance = cloud.instance(switch, group)
    operator = cloud.user("operator", json.dumps({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ecs:StopInstance", "Resource": "*",
         "Condition": {"StringEquals": {"acs:ResourceTag/env": "prod"}}}]}))
    cloud.ecs.tag_resources(ecs.TagResourcesRequest(
        region_id=REGION, resource_type="instance", resource_id=[instance],
        tag=[ecs.TagResourcesRequestTag(key="env", value="prod")]))
    listed = cloud.ecs.list_tag_resources(ecs.ListTagResourcesRequest(
        region_id=REGION, resource_type="instance", resource_id=[instance]))
    assert [(each.tag_key, each.tag_value) for each in
            listed.body.tag_resources.tag_resource] == [("env", "prod")]
    refused("Forbidden.RAM", stop, operator, instance)
    cloud.ecs.untag_resources(ecs.UntagResourcesRequest(
        region_id=REGION, resource_type="instance", resource_id=[instance], tag_key=["env"]))
    stop(operator, instance)
    vpc_id = cloud.vpc.describe_vpcs(
        vpc.DescribeVpcsRequest(region_id=REGION)).body.vpcs.vpc[0].vpc_id
    cloud.vpc.tag_resources(vpc.TagResourcesRequest(
        region_id=REGION, resource_type="VPC", resource_id=[vpc_id],
        tag=[vpc.TagResourcesRequestTag(key="team", value="a")]))
    listed = cloud.vpc.list_tag_resources(vpc.ListTagResourcesRequest(
        region_id=REGION, resource_type="VPC")).body.tag_resources.tag_resource
    assert [each.resource_id for each in listed] == [vpc_id]


def test_what_there_is_to_launch(server):
    client = Cloud(server).ecs
    images = client.describe_images(ecs.DescribeImagesRequest(region_id=REGION)).body.images.image
    assert {each.status for each in images} == {"Available"}
    types = client.describe_instance_types(ecs.DescribeInstanceTypesRequest(
        instance_type_family="ecs.g6")).body.instance_types.instance_type
    assert "ecs.g6.large" in [each.instance_type_id for each in types]
    families = client.describe_instance_type_families(
        ecs.DescribeInstanceTypeFamiliesRequest(region_id=REGION)).body
    assert len(families.instance_type_families.instance_type_family) > 10
    zones = client.describe_available_resource(ecs.DescribeAvailableResourceRequest(
        region_id=REGION, destination_resource="InstanceType")).body.available_zones
    assert zones.available_zone[0].status == "Available"
    refused("InvalidAction.NotFound", client.describe_disks,
            ecs.DescribeDisksRequest(region_id=REGION))


def test_activations(server):
    client = Cloud(server).ecs
    made = client.create_activation(ecs.CreateActivationRequest(
        region_id=REGION, instance_name="web", instance_count=3)).body
    assert made.activation_code.startswith("a-")
    listed = client.describe_activations(
        ecs.DescribeActivationsRequest(region_id=REGION)).body.activation_list
    assert [(each.activation_id, each.instance_count) for each in listed] == [
        (made.activation_id, 3)]
    managed = client.describe_managed_instances(
        ecs.DescribeManagedInstancesRequest(region_id=REGION)).body
    assert managed.total_count == 0
    refused("InvalidInstanceId.NotFound", client.deregister_managed_instance,
            ecs.DeregisterManagedInstanceRequest(region_id=REGION, instance_id="mi-none"))
