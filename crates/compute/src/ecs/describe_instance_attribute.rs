//! `ecs:DescribeInstanceAttribute`: tells everything about one instance.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, SecurityGroupId};
use serde::{Deserialize, Serialize};

use crate::ecs::instance_view::{DedicatedHostAttribute, EipAddress, InstanceView, VpcAttributes};
use crate::ecs::{Ecs, code, find};

/// Tells everything about an instance but its role and its user data.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceAttribute {
    /// The instance.
    pub instance_id: InstanceId,
}

/// An instance. What is not kept here has the value of an instance without it, as in
/// `DescribeInstances`.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceAttributeReply {
    /// Its id.
    pub instance_id: InstanceId,
    /// Its display name.
    pub instance_name: String,
    /// What it is for.
    pub description: String,
    /// Its region.
    pub region_id: String,
    /// Its zone.
    pub zone_id: String,
    /// `Pending`, `Starting`, `Running`, `Stopping` or `Stopped`.
    pub status: String,
    /// Its type.
    pub instance_type: String,
    /// Its image.
    pub image_id: String,
    /// Its host name.
    pub host_name: String,
    /// Its serial number.
    pub serial_number: String,
    /// Virtual processors.
    pub cpu: i64,
    /// Memory in MiB.
    pub memory: i64,
    /// When it was made.
    pub creation_time: String,
    /// When it ends.
    pub expired_time: String,
    /// Always `PostPaid`.
    pub instance_charge_type: String,
    /// `vpc` or `classic`.
    pub instance_network_type: String,
    /// How traffic is charged.
    pub internet_charge_type: String,
    /// Megabits per second from the Internet.
    pub internet_max_bandwidth_in: i64,
    /// Megabits per second to the Internet.
    pub internet_max_bandwidth_out: i64,
    /// Always `optimized`.
    pub io_optimized: String,
    /// What is charged while it stands still.
    pub stopped_mode: String,
    /// The credit mode of a burstable instance.
    pub credit_specification: String,
    /// Its cluster.
    pub cluster_id: String,
    /// Its virtual network.
    pub vlan_id: String,
    /// Its security groups.
    #[api(item = "SecurityGroupId")]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Where it stands in a VPC.
    pub vpc_attributes: VpcAttributes,
    /// Public addresses.
    #[api(item = "IpAddress")]
    pub public_ip_address: Vec<String>,
    /// Inner addresses of the classic network.
    #[api(item = "IpAddress")]
    pub inner_ip_address: Vec<String>,
    /// Its elastic address.
    pub eip_address: EipAddress,
    /// Its dedicated host.
    pub dedicated_host_attribute: DedicatedHostAttribute,
    /// Why it is locked.
    #[api(item = "LockReason")]
    pub operation_locks: Vec<String>,
}

impl Authorize for DescribeInstanceAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:DescribeInstanceAttribute", instance)]
    }
}

impl Operation for DescribeInstanceAttribute {
    type Reply = DescribeInstanceAttributeReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstanceAttribute")
        .errors(&[&code::INVALID_INSTANCE_ID_NOT_FOUND]);
}

impl Handle<DescribeInstanceAttribute> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeInstanceAttribute>,
    ) -> Result<DescribeInstanceAttributeReply, ApiError> {
        let instance = find::instance(transaction, &context.scope, &call.instance_id).await?;
        let view = InstanceView::new(instance);
        Ok(DescribeInstanceAttributeReply {
            instance_id: view.instance_id,
            instance_name: view.instance_name,
            description: view.description,
            region_id: view.region_id,
            zone_id: view.zone_id,
            status: view.status,
            instance_type: view.instance_type,
            image_id: view.image_id,
            host_name: view.host_name,
            serial_number: view.serial_number,
            cpu: view.cpu,
            memory: view.memory,
            creation_time: view.creation_time,
            expired_time: view.expired_time,
            instance_charge_type: view.instance_charge_type,
            instance_network_type: view.instance_network_type,
            internet_charge_type: view.internet_charge_type,
            internet_max_bandwidth_in: view.internet_max_bandwidth_in,
            internet_max_bandwidth_out: view.internet_max_bandwidth_out,
            io_optimized: "optimized".to_owned(),
            stopped_mode: view.stopped_mode,
            credit_specification: view.credit_specification,
            cluster_id: view.cluster_id,
            vlan_id: view.vlan_id,
            security_group_ids: view.security_group_ids,
            vpc_attributes: view.vpc_attributes,
            public_ip_address: view.public_ip_address,
            inner_ip_address: view.inner_ip_address,
            eip_address: view.eip_address,
            dedicated_host_attribute: view.dedicated_host_attribute,
            operation_locks: view.operation_locks,
        })
    }
}
