//! The codes of SLB that are its own.
//!
//! Where the vendor's pages do not tell a code, the name is ours, and the entry says so.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// No such load balancer in this region.
    INVALID_LOAD_BALANCER_ID_NOT_FOUND = "InvalidLoadBalancerId.NotFound", 404, "The specified LoadBalancerId does not exist.";
    /// No such vSwitch in this region, or another VPC is named beside it.
    INVALID_V_SWITCH_ID_NOT_FOUND = "InvalidVSwitchId.NotFound", 404, "Specified virtual switch does not exist.";
    /// The vSwitch has no free address, or not the one that is asked for.
    OBTAIN_IP_FAIL = "ObtainIpFail", 400, "Failed to obtain an IP address.";
    /// No such zone in this region.
    INVALID_ZONE_ID_NOT_FOUND = "InvalidZoneId.NotFound", 404, "The specified zone does not exist.";
    /// The account has as many load balancers as it may. The name is ours.
    QUOTA_EXCEEDED_LOAD_BALANCER = "QuotaExceeded.LoadBalancer", 400, "The number of load balancers exceeds the limit.";
    /// The load balancer must not be deleted. The name is ours.
    DELETE_PROTECTION_IS_ON = "OperationDenied.DeleteProtectionIsOn", 400, "The load balancer is protected from being deleted.";
    /// There is a listener on this port already.
    LISTENER_ALREADY_EXISTS = "ListenerAlreadyExists", 400, "There is already a listener on the specified port.";
    /// No such listener. Clients match the message; the name is ours.
    LISTENER_NOT_FOUND = "ListenerNotFound", 404, "The specified resource does not exist.";
    /// One port carries listeners of two protocols, and none is named.
    TOO_MANY_LISTENERS = "TooManyListeners", 400, "More than 1 listener is found, please be more specified.";
    /// The load balancer has as many listeners as it may. The name is ours.
    QUOTA_EXCEEDED_LISTENER = "QuotaExceeded.Listener", 400, "The number of listeners exceeds the limit.";
    /// The listener is not stopped, or not running.
    LISTENER_STATUS_NOT_SUPPORT = "OperationFailed.ListenerStatusNotSupport", 400, "The status of the listener does not support this operation.";
    /// The machine does not let us listen there. The name is ours.
    LISTENER_PORT_UNAVAILABLE = "OperationFailed.ListenerPort", 400, "The listener cannot take its port: {}.";
    /// No such group of servers. Clients match the message.
    SERVER_GROUP_NOT_FOUND = "InvalidParameter", 400, "The specified VServerGroupId does not exist.";
    /// The load balancer has as many groups as it may. The name is ours.
    QUOTA_EXCEEDED_SERVER_GROUP = "QuotaExceeded.VServerGroup", 400, "The number of vServer groups exceeds the limit.";
    /// A listener uses the group.
    RSPOOL_VIP_EXIST = "RspoolVipExist", 400, "there are vips associating with this vServer group.";
    /// No such instance in this region. The name is ours.
    INVALID_SERVER_ID_NOT_EXIST = "InvalidServerId.NotExist", 400, "The specified Server does not exist.";
    /// The instance does not run.
    SERVER_STATUS_NOT_SUPPORT = "InvalidBackendServers.ServersStatusNotSupport", 400, "The status of the specified server does not support this operation.";
    /// The instance is not in a VPC, or not in the load balancer's.
    SERVERS_INCONSISTENT = "InvalidBackendServers.Inconsistent", 400, "The specified backend servers must be in the VPC of the load balancer.";
    /// The server is there already. The name is ours.
    SERVER_ALREADY_EXISTS = "InvalidBackendServers.Exist", 400, "The specified backend server exists already.";
    /// The server is not there. The name is ours.
    SERVER_NOT_FOUND = "InvalidBackendServers.NotFound", 400, "The specified backend server does not exist.";
    /// There are as many servers as there may be. The name is ours.
    QUOTA_EXCEEDED_BACKEND_SERVER = "QuotaExceeded.BackendServer", 400, "The number of backend servers exceeds the limit.";
    /// No listener with a health check on this port.
    CHECKED_LISTENER_NOT_FOUND = "CheckedListenerNotFound", 404, "No health-checked Listener to the specified port of the Load Balancer.";
}
