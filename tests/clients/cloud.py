"""The administrator's side of the tests, with the vendor's generated clients."""

import json

import oss2
from alibabacloud_ecs20140526 import client as ecs_client, models as ecs
from alibabacloud_ram20150501 import client as ram_client, models as ram
from alibabacloud_slb20140515 import client as slb_client
from alibabacloud_sts20150401 import client as sts_client, models as sts
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import client as vpc_client, models as vpc

REGION = "cn-hangzhou"

ECS_TRUST = json.dumps({
    "Version": "1",
    "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["ecs.aliyuncs.com"]},
    }],
})


def allow(actions, resources):
    """A policy that allows some actions on some resources."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return json.dumps({"Version": "1", "Statement": [statement]})


class Cloud:
    """Clients of one identity: the root AccessKey, a user's, or a session."""

    def __init__(self, server, key=None, secret=None, token=None):
        self.server = server
        self.key = key or server.ready["access_key_id"]
        self.secret = secret or server.ready["access_key_secret"]
        self.token = token

    def config(self):
        return Config(
            access_key_id=self.key,
            access_key_secret=self.secret,
            security_token=self.token,
            endpoint=self.server.address,
            protocol="http",
            region_id=REGION,
        )

    @property
    def ram(self):
        return ram_client.Client(self.config())

    @property
    def sts(self):
        return sts_client.Client(self.config())

    @property
    def slb(self):
        return slb_client.Client(self.config())

    @property
    def ecs(self):
        return ecs_client.Client(self.config())

    @property
    def vpc(self):
        return vpc_client.Client(self.config())

    def bucket(self, name):
        auth = (
            oss2.StsAuth(self.key, self.secret, self.token)
            if self.token
            else oss2.Auth(self.key, self.secret)
        )
        return oss2.Bucket(auth, self.server.ready["endpoint"], name)

    def network(self):
        """Makes a VPC with a vSwitch and a security group; returns the ids of the last two."""
        zone = self.vpc.describe_zones(
            vpc.DescribeZonesRequest(region_id=REGION)).body.zones.zone[0].zone_id
        made = self.vpc.create_vpc(
            vpc.CreateVpcRequest(region_id=REGION, cidr_block="192.168.0.0/16"))
        vpc_id = made.body.vpc_id
        switch = self.vpc.create_vswitch(vpc.CreateVSwitchRequest(
            region_id=REGION, vpc_id=vpc_id, zone_id=zone, cidr_block="192.168.0.0/24"))
        group = self.ecs.create_security_group(
            ecs.CreateSecurityGroupRequest(region_id=REGION, vpc_id=vpc_id))
        return switch.body.v_switch_id, group.body.security_group_id

    def role(self, name, document, trust=ECS_TRUST):
        """Makes a role with one policy of its own; returns the policy's name."""
        policy = f"{name}-policy"
        self.ram.create_role(ram.CreateRoleRequest(
            role_name=name, assume_role_policy_document=trust))
        self.ram.create_policy(ram.CreatePolicyRequest(
            policy_name=policy, policy_document=document))
        self.ram.attach_policy_to_role(ram.AttachPolicyToRoleRequest(
            policy_name=policy, policy_type="Custom", role_name=name))
        return policy

    def edit(self, policy, document):
        """Makes a new default version of a policy."""
        self.ram.create_policy_version(ram.CreatePolicyVersionRequest(
            policy_name=policy, policy_document=document, set_as_default=True))

    def instance(self, switch, group, **more):
        made = self.ecs.run_instances(ecs.RunInstancesRequest(
            region_id=REGION,
            image_id="debian_12_x64_20G_alibase.vhd",
            instance_type="ecs.g6.large",
            v_switch_id=switch,
            security_group_id=group,
            **more,
        ))
        return made.body.instance_id_sets.instance_id_set[0]

    def attach(self, instance, role):
        """Attaches a role; returns the instance's own result."""
        reply = self.ecs.attach_instance_ram_role(ecs.AttachInstanceRamRoleRequest(
            region_id=REGION, instance_ids=json.dumps([instance]), ram_role_name=role))
        results = reply.body.attach_instance_ram_role_results
        return results.attach_instance_ram_role_result[0]

    def detach(self, instance, role):
        self.ecs.detach_instance_ram_role(ecs.DetachInstanceRamRoleRequest(
            region_id=REGION, instance_ids=json.dumps([instance]), ram_role_name=role))

    def user(self, name, document):
        """Makes a user with one policy and an AccessKey; returns its clients."""
        self.ram.create_user(ram.CreateUserRequest(user_name=name))
        policy = f"{name}-policy"
        self.ram.create_policy(ram.CreatePolicyRequest(
            policy_name=policy, policy_document=document))
        self.ram.attach_policy_to_user(ram.AttachPolicyToUserRequest(
            policy_name=policy, policy_type="Custom", user_name=name))
        key = self.ram.create_access_key(
            ram.CreateAccessKeyRequest(user_name=name)).body.access_key
        return Cloud(self.server, key.access_key_id, key.access_key_secret)

    def session(self, account, role, **more):
        """Assumes a role; returns the session's clients."""
        reply = self.sts.assume_role(sts.AssumeRoleRequest(
            role_arn=f"acs:ram::{account}:role/{role}", role_session_name="tests", **more))
        credentials = reply.body.credentials
        return Cloud(
            self.server, credentials.access_key_id, credentials.access_key_secret,
            credentials.security_token)
