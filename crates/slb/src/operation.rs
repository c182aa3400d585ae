//! The operations, one file each.

mod add_backend_servers;
mod add_vserver_group_backend_servers;
mod create_load_balancer;
mod create_load_balancer_http_listener;
mod create_load_balancer_tcp_listener;
mod create_vserver_group;
mod delete_load_balancer;
mod delete_load_balancer_listener;
mod delete_vserver_group;
mod describe_available_resource;
mod describe_health_status;
mod describe_load_balancer_attribute;
mod describe_load_balancer_http_listener_attribute;
mod describe_load_balancer_listeners;
mod describe_load_balancer_tcp_listener_attribute;
mod describe_load_balancers;
mod describe_regions;
mod describe_vserver_group_attribute;
mod describe_vserver_groups;
mod describe_zones;
mod find;
mod health_parameters;
mod list_tag_resources;
mod listener_parameters;
mod listener_view;
mod modify_vserver_group_backend_servers;
mod remove_backend_servers;
mod remove_vserver_group_backend_servers;
mod servers;
mod set_backend_servers;
mod set_load_balancer_delete_protection;
mod set_load_balancer_http_listener_attribute;
mod set_load_balancer_modification_protection;
mod set_load_balancer_name;
mod set_load_balancer_status;
mod set_load_balancer_tcp_listener_attribute;
mod set_vserver_group_attribute;
mod start_load_balancer_listener;
mod stop_load_balancer_listener;
mod tag_resources;
mod untag_resources;
mod view;

pub use add_backend_servers::{AddBackendServers, AddBackendServersReply};
pub use add_vserver_group_backend_servers::{
    AddVServerGroupBackendServers, AddVServerGroupBackendServersReply,
};
pub use create_load_balancer::{CreateLoadBalancer, CreateLoadBalancerReply};
pub use create_load_balancer_http_listener::{
    CreateLoadBalancerHTTPListener, CreateLoadBalancerHTTPListenerReply,
};
pub use create_load_balancer_tcp_listener::{
    CreateLoadBalancerTCPListener, CreateLoadBalancerTCPListenerReply,
};
pub use create_vserver_group::{CreateVServerGroup, CreateVServerGroupReply};
pub use delete_load_balancer::{DeleteLoadBalancer, DeleteLoadBalancerReply};
pub use delete_load_balancer_listener::{
    DeleteLoadBalancerListener, DeleteLoadBalancerListenerReply,
};
pub use delete_vserver_group::{DeleteVServerGroup, DeleteVServerGroupReply};
pub use describe_available_resource::{
    AvailableResource, DescribeAvailableResource, DescribeAvailableResourceReply, SupportResource,
};
pub use describe_health_status::{DescribeHealthStatus, DescribeHealthStatusReply, HealthView};
pub use describe_load_balancer_attribute::DescribeLoadBalancerAttribute;
pub use describe_load_balancer_http_listener_attribute::DescribeLoadBalancerHTTPListenerAttribute;
pub use describe_load_balancer_listeners::{
    DescribeLoadBalancerListeners, DescribeLoadBalancerListenersReply, ListenerView,
};
pub use describe_load_balancer_tcp_listener_attribute::DescribeLoadBalancerTCPListenerAttribute;
pub use describe_load_balancers::{DescribeLoadBalancers, DescribeLoadBalancersReply};
pub use describe_regions::{DescribeRegions, DescribeRegionsReply, RegionView};
pub use describe_vserver_group_attribute::{
    DescribeVServerGroupAttribute, DescribeVServerGroupAttributeReply,
};
pub use describe_vserver_groups::{
    AssociatedListener, AssociatedObjects, DescribeVServerGroups, DescribeVServerGroupsReply,
    GroupView,
};
pub use describe_zones::{DescribeZones, DescribeZonesReply, SlaveZone, ZoneView};
pub use health_parameters::{HealthParameters, HttpHealthParameters, TcpHealthParameters};
pub use list_tag_resources::{ListTagResources, ListTagResourcesReply};
pub use listener_parameters::{HttpParameters, ListenerParameters, TcpParameters};
pub use listener_view::{HttpListenerView, TcpListenerView};
pub use modify_vserver_group_backend_servers::{
    ModifyVServerGroupBackendServers, ModifyVServerGroupBackendServersReply,
};
pub use remove_backend_servers::{RemoveBackendServers, RemoveBackendServersReply};
pub use remove_vserver_group_backend_servers::{
    RemoveVServerGroupBackendServers, RemoveVServerGroupBackendServersReply,
};
pub use servers::{ServerOfGroup, ServerParameter, ServerWithNumber, ServerWithText};
pub use set_backend_servers::{SetBackendServers, SetBackendServersReply};
pub use set_load_balancer_delete_protection::{
    SetLoadBalancerDeleteProtection, SetLoadBalancerDeleteProtectionReply,
};
pub use set_load_balancer_http_listener_attribute::{
    SetLoadBalancerHTTPListenerAttribute, SetLoadBalancerHTTPListenerAttributeReply,
};
pub use set_load_balancer_modification_protection::{
    SetLoadBalancerModificationProtection, SetLoadBalancerModificationProtectionReply,
};
pub use set_load_balancer_name::{SetLoadBalancerName, SetLoadBalancerNameReply};
pub use set_load_balancer_status::{SetLoadBalancerStatus, SetLoadBalancerStatusReply};
pub use set_load_balancer_tcp_listener_attribute::{
    SetLoadBalancerTCPListenerAttribute, SetLoadBalancerTCPListenerAttributeReply,
};
pub use set_vserver_group_attribute::{SetVServerGroupAttribute, SetVServerGroupAttributeReply};
pub use start_load_balancer_listener::{StartLoadBalancerListener, StartLoadBalancerListenerReply};
pub use stop_load_balancer_listener::{StopLoadBalancerListener, StopLoadBalancerListenerReply};
pub use tag_resources::{TagResources, TagResourcesReply};
pub use untag_resources::{UntagResources, UntagResourcesReply};
pub use view::{
    ListenerPortAndProtocal, ListenerPortAndProtocol, LoadBalancerView, ServerOfBalancer,
};

rolecall_gate::product! {
    /// Handles every operation of SLB.
    SlbHandlers:
        CreateLoadBalancer,
        DescribeLoadBalancers,
        DescribeLoadBalancerAttribute,
        DeleteLoadBalancer,
        SetLoadBalancerStatus,
        SetLoadBalancerName,
        SetLoadBalancerDeleteProtection,
        SetLoadBalancerModificationProtection,
        CreateLoadBalancerTCPListener,
        CreateLoadBalancerHTTPListener,
        DescribeLoadBalancerTCPListenerAttribute,
        DescribeLoadBalancerHTTPListenerAttribute,
        SetLoadBalancerTCPListenerAttribute,
        SetLoadBalancerHTTPListenerAttribute,
        StartLoadBalancerListener,
        StopLoadBalancerListener,
        DeleteLoadBalancerListener,
        DescribeLoadBalancerListeners,
        AddBackendServers,
        RemoveBackendServers,
        SetBackendServers,
        CreateVServerGroup,
        DescribeVServerGroups,
        DescribeVServerGroupAttribute,
        AddVServerGroupBackendServers,
        RemoveVServerGroupBackendServers,
        ModifyVServerGroupBackendServers,
        SetVServerGroupAttribute,
        DeleteVServerGroup,
        DescribeHealthStatus,
        TagResources,
        UntagResources,
        ListTagResources,
        DescribeRegions,
        DescribeZones,
        DescribeAvailableResource,
}
