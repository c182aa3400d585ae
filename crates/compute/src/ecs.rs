//! ECS: instances, the roles that they wear, their security groups and key pairs, and servers that
//! are only managed. API version 2014-05-26.

use rolecall_api::Scope;
use rolecall_types::{Arn, InstanceId, SmolStr};

mod attach_instance_ram_role;
mod attach_key_pair;
mod authorize_security_group;
mod authorize_security_group_egress;
mod batch_name;
pub mod code;
mod create_activation;
mod create_instance;
mod create_key_pair;
mod create_security_group;
mod delete_instance;
mod delete_instances;
mod delete_key_pairs;
mod delete_security_group;
mod deregister_managed_instance;
mod describe_activations;
mod describe_available_resource;
mod describe_images;
mod describe_instance_attribute;
mod describe_instance_ram_role;
mod describe_instance_status;
mod describe_instance_type_families;
mod describe_instance_types;
mod describe_instances;
mod describe_instances_full_status;
mod describe_key_pairs;
mod describe_managed_instances;
mod describe_network_interfaces;
mod describe_regions;
mod describe_security_group_attribute;
mod describe_security_groups;
mod describe_tags;
mod describe_user_data;
mod describe_zones;
mod detach_instance_ram_role;
mod detach_key_pair;
mod find;
mod image;
mod import_key_pair;
mod instance_type;
mod instance_view;
mod join_security_group;
mod key_pairs;
mod launch;
mod leave_security_group;
mod life;
mod list_tag_resources;
mod membership;
mod modify_instance_attribute;
mod modify_instance_metadata_options;
mod modify_security_group_attribute;
mod permission;
mod reboot_instance;
mod reboot_instances;
mod release;
mod revoke_security_group;
mod revoke_security_group_egress;
mod run_instances;
mod start_instance;
mod start_instances;
mod stop_instance;
mod stop_instances;
mod tag_resources;
mod untag_resources;
mod wearers;

pub use attach_instance_ram_role::{
    AttachInstanceRamRole, AttachInstanceRamRoleReply, AttachInstanceRamRoleResult,
};
pub use attach_key_pair::{AttachKeyPair, AttachKeyPairReply};
pub use authorize_security_group::{
    AuthorizeSecurityGroup, AuthorizeSecurityGroupReply, IngressPermission,
};
pub use authorize_security_group_egress::{
    AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupEgressReply, EgressPermission,
};
pub use create_activation::{CreateActivation, CreateActivationReply};
pub use create_instance::{CreateInstance, CreateInstanceReply};
pub use create_key_pair::{CreateKeyPair, CreateKeyPairReply};
pub use create_security_group::{CreateSecurityGroup, CreateSecurityGroupReply};
pub use delete_instance::{DeleteInstance, DeleteInstanceReply};
pub use delete_instances::{DeleteInstances, DeleteInstancesReply};
pub use delete_key_pairs::{DeleteKeyPairs, DeleteKeyPairsReply};
pub use delete_security_group::{DeleteSecurityGroup, DeleteSecurityGroupReply};
pub use deregister_managed_instance::{DeregisterManagedInstance, DeregisterManagedInstanceReply};
pub use describe_activations::{ActivationView, DescribeActivations, DescribeActivationsReply};
pub use describe_available_resource::{
    AvailableKind, AvailableZone, DescribeAvailableResource, DescribeAvailableResourceReply,
    SupportedResource,
};
pub use describe_images::{DescribeImages, DescribeImagesReply, ImageFeatures, ImageView};
pub use describe_instance_attribute::{DescribeInstanceAttribute, DescribeInstanceAttributeReply};
pub use describe_instance_ram_role::{DescribeInstanceRamRole, DescribeInstanceRamRoleReply};
pub use describe_instance_status::{
    DescribeInstanceStatus, DescribeInstanceStatusReply, InstanceStatus,
};
pub use describe_instance_type_families::{
    DescribeInstanceTypeFamilies, DescribeInstanceTypeFamiliesReply, InstanceTypeFamily,
};
pub use describe_instance_types::{
    DescribeInstanceTypes, DescribeInstanceTypesReply, InstanceTypeView,
};
pub use describe_instances::{DescribeInstances, DescribeInstancesReply, FilterParameter};
pub use describe_instances_full_status::{
    CodedStatus, DescribeInstancesFullStatus, DescribeInstancesFullStatusReply, InstanceFullStatus,
};
pub use describe_key_pairs::{DescribeKeyPairs, DescribeKeyPairsReply, KeyPairView};
pub use describe_managed_instances::{
    DescribeManagedInstances, DescribeManagedInstancesReply, ManagedInstanceView,
};
pub use describe_network_interfaces::{
    AssociatedPublicIp, DescribeNetworkInterfaces, DescribeNetworkInterfacesReply,
    InterfaceAddress, NetworkInterfaceSet,
};
pub use describe_regions::{DescribeRegions, DescribeRegionsReply, RegionView};
pub use describe_security_group_attribute::{
    DescribeSecurityGroupAttribute, DescribeSecurityGroupAttributeReply, PermissionView,
};
pub use describe_security_groups::{
    DescribeSecurityGroups, DescribeSecurityGroupsReply, SecurityGroupView,
};
pub use describe_tags::{CountedTag, DescribeTags, DescribeTagsReply, ResourceTypeCount};
pub use describe_user_data::{DescribeUserData, DescribeUserDataReply};
pub use describe_zones::{AvailableResource, DescribeZones, DescribeZonesReply, ZoneView};
pub use detach_instance_ram_role::{
    DetachInstanceRamRole, DetachInstanceRamRoleReply, DetachInstanceRamRoleResult,
};
pub use detach_key_pair::{DetachKeyPair, DetachKeyPairReply};
pub use import_key_pair::{ImportKeyPair, ImportKeyPairReply};
pub use instance_view::InstanceView;
pub use join_security_group::{JoinSecurityGroup, JoinSecurityGroupReply};
pub use key_pairs::KeyPairResult;
pub use leave_security_group::{LeaveSecurityGroup, LeaveSecurityGroupReply};
pub use life::{BatchOptimization, InstanceResponse};
pub use list_tag_resources::{ListTagResources, ListTagResourcesReply};
pub use modify_instance_attribute::{ModifyInstanceAttribute, ModifyInstanceAttributeReply};
pub use modify_instance_metadata_options::{
    ModifyInstanceMetadataOptions, ModifyInstanceMetadataOptionsReply,
};
pub use modify_security_group_attribute::{
    ModifySecurityGroupAttribute, ModifySecurityGroupAttributeReply,
};
pub use reboot_instance::{RebootInstance, RebootInstanceReply};
pub use reboot_instances::{RebootInstances, RebootInstancesReply};
pub use revoke_security_group::{RevokeSecurityGroup, RevokeSecurityGroupReply};
pub use revoke_security_group_egress::{RevokeSecurityGroupEgress, RevokeSecurityGroupEgressReply};
pub use run_instances::{RunInstances, RunInstancesReply, SystemDisk};
pub use start_instance::{StartInstance, StartInstanceReply};
pub use start_instances::{StartInstances, StartInstancesReply};
pub use stop_instance::{StopInstance, StopInstanceReply};
pub use stop_instances::{StopInstances, StopInstancesReply};
pub use tag_resources::{TagResources, TagResourcesReply};
pub use untag_resources::{UntagResources, UntagResourcesReply};
pub use wearers::InstanceRamRoleSet;

/// Carries out the operations of ECS. All that it knows is in the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ecs;

rolecall_gate::product! {
    /// Handles every operation of ECS.
    EcsHandlers:
        DescribeRegions,
        DescribeZones,
        RunInstances,
        CreateInstance,
        StartInstance,
        StartInstances,
        StopInstance,
        StopInstances,
        RebootInstance,
        RebootInstances,
        DescribeInstances,
        DescribeInstanceAttribute,
        DescribeInstanceStatus,
        DescribeInstancesFullStatus,
        DescribeUserData,
        ModifyInstanceAttribute,
        ModifyInstanceMetadataOptions,
        DeleteInstances,
        DeleteInstance,
        AttachInstanceRamRole,
        DetachInstanceRamRole,
        DescribeInstanceRamRole,
        CreateSecurityGroup,
        AuthorizeSecurityGroup,
        AuthorizeSecurityGroupEgress,
        RevokeSecurityGroup,
        RevokeSecurityGroupEgress,
        DescribeSecurityGroupAttribute,
        ModifySecurityGroupAttribute,
        JoinSecurityGroup,
        LeaveSecurityGroup,
        DescribeSecurityGroups,
        DeleteSecurityGroup,
        TagResources,
        UntagResources,
        ListTagResources,
        DescribeTags,
        CreateKeyPair,
        ImportKeyPair,
        DeleteKeyPairs,
        DescribeKeyPairs,
        AttachKeyPair,
        DetachKeyPair,
        DescribeImages,
        DescribeInstanceTypes,
        DescribeInstanceTypeFamilies,
        DescribeAvailableResource,
        DescribeNetworkInterfaces,
        CreateActivation,
        DescribeActivations,
        DescribeManagedInstances,
        DeregisterManagedInstance,
}

/// A resource of ECS in the caller's account and region.
fn resource(scope: &Scope, relative: impl Into<SmolStr>) -> Arn {
    Arn::new("ecs", scope.region.as_str(), scope.account.as_str(), relative)
}

/// Each of these instances, or every instance where none is named.
fn instances(scope: &Scope, ids: &[InstanceId]) -> Vec<Arn> {
    if ids.is_empty() {
        return vec![resource(scope, "instance/*")];
    }
    ids.iter().map(|id| Arn::instance(&scope.region, &scope.account, id)).collect()
}

/// The ids without those that came before.
fn distinct(ids: &[InstanceId]) -> Vec<&InstanceId> {
    let mut distinct: Vec<&InstanceId> = Vec::with_capacity(ids.len());
    for id in ids {
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    distinct
}
