//! VPC: private networks and their vSwitches. API version 2016-04-28.

use rolecall_api::{ApiError, Scope, code as common};
use rolecall_types::{Arn, SmolStr};

use crate::text::looks_like_address;

pub mod code;
mod create_vpc;
mod create_vswitch;
mod delete_vpc;
mod delete_vswitch;
mod describe_regions;
mod describe_route_table_list;
mod describe_route_tables;
mod describe_vpc_attribute;
mod describe_vpcs;
mod describe_vrouters;
mod describe_vswitch_attributes;
mod describe_vswitches;
mod describe_zones;
mod list_tag_resources;
mod modify_vpc_attribute;
mod modify_vswitch_attribute;
mod tag_resources;
mod un_tag_resources;

pub use create_vpc::{CreateVpc, CreateVpcReply};
pub use create_vswitch::{CreateVSwitch, CreateVSwitchReply};
pub use delete_vpc::{DeleteVpc, DeleteVpcReply};
pub use delete_vswitch::{DeleteVSwitch, DeleteVSwitchReply};
pub use describe_regions::{DescribeRegions, DescribeRegionsReply, RegionView};
pub use describe_route_table_list::{
    DescribeRouteTableList, DescribeRouteTableListReply, RouteTableView,
};
pub use describe_route_tables::{
    DescribeRouteTables, DescribeRouteTablesReply, RouteEntry, RoutesView,
};
pub use describe_vpc_attribute::DescribeVpcAttribute;
pub use describe_vpcs::{CloudResource, DescribeVpcs, DescribeVpcsReply, VpcView};
pub use describe_vrouters::{DescribeVRouters, DescribeVRoutersReply, VRouterView};
pub use describe_vswitch_attributes::DescribeVSwitchAttributes;
pub use describe_vswitches::{DescribeVSwitches, DescribeVSwitchesReply, RouteTable, VSwitchView};
pub use describe_zones::{DescribeZones, DescribeZonesReply, ZoneView};
pub use list_tag_resources::{ListTagResources, ListTagResourcesReply};
pub use modify_vpc_attribute::{ModifyVpcAttribute, ModifyVpcAttributeReply};
pub use modify_vswitch_attribute::{ModifyVSwitchAttribute, ModifyVSwitchAttributeReply};
pub use tag_resources::{TagResources, TagResourcesReply};
pub use un_tag_resources::{UnTagResources, UnTagResourcesReply};

/// Carries out the operations of VPC. All that it knows is in the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vpc;

rolecall_gate::product! {
    /// Handles every operation of VPC.
    VpcHandlers:
        CreateVpc,
        DescribeVpcs,
        DescribeVpcAttribute,
        DeleteVpc,
        CreateVSwitch,
        DescribeVSwitches,
        DescribeVSwitchAttributes,
        DeleteVSwitch,
        ModifyVpcAttribute,
        ModifyVSwitchAttribute,
        DescribeVRouters,
        DescribeRouteTables,
        DescribeRouteTableList,
        TagResources,
        UnTagResources,
        ListTagResources,
        DescribeRegions,
        DescribeZones,
}

/// A resource of VPC in the caller's account and region.
pub(crate) fn resource(scope: &Scope, relative: impl Into<SmolStr>) -> Arn {
    Arn::new("vpc", scope.region.as_str(), scope.account.as_str(), relative)
}

/// Checks the part of the rule of names and descriptions that is no matter of length.
fn check_text(parameter: &str, text: Option<&str>) -> Result<(), ApiError> {
    if text.is_some_and(looks_like_address) {
        return Err(ApiError::of(&common::INVALID_PARAMETER, parameter));
    }
    Ok(())
}
