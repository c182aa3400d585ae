//! Names, descriptions and documents.
//!
//! Besides the products that are served here there are those whose policies programs attach most
//! often: attaching one must not fail, although nothing here asks for its actions.

/// Allows one list of actions on everything.
macro_rules! allow {
    ($($action:literal),+) => {
        concat!(
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["#,
            allow!(@list $($action),+),
            r#"],"Resource":"*"}]}"#
        )
    };
    (@list $first:literal $(, $more:literal)*) => {
        concat!("\"", $first, "\"" $(, ",\"", $more, "\"")*)
    };
}

/// Everything but identities, their permissions and the account's money, and of these what a
/// console needs.
const POWER_USER: &str = concat!(
    r#"{"Version":"1","Statement":[{"Effect":"Allow","NotAction":["#,
    allow!(
        @list "ram:*", "ims:*", "resourcemanager:*", "resourcesharing:*", "cloudsso:*",
        "bss:ModifyAccount", "bss:ModifyBillingAccount", "bss:ModifyPaymentRelationship",
        "bssapi:ModifyAccountRelation"
    ),
    r#"],"Resource":"*"},{"Effect":"Allow","Action":["#,
    allow!(
        @list "ram:ListUserBasicInfos", "ram:ListRoles", "ram:CreateServiceLinkedRole",
        "ram:DeleteServiceLinkedRole", "ram:GetServiceLinkedRoleDeletionStatus",
        "ram:CheckServiceLinkedRoleExistence", "resourcemanager:GetAccount",
        "resourcemanager:GetFolder", "resourcemanager:GetResourceDirectory",
        "resourcemanager:ListAccounts", "resourcemanager:ListFoldersForParent",
        "resourcemanager:ListAccountsForParent"
    ),
    r#"],"Resource":"*"}]}"#
);

/// Name, description and document, in the order of the names.
pub(super) const TABLE: &[(&str, &str, &str)] = &[
    ("AdministratorAccess", "Manages all resources of the account.", allow!("*")),
    ("AliyunALBFullAccess", "Manages Application Load Balancer.", allow!("alb:*")),
    ("AliyunALBReadOnlyAccess", "Sees Application Load Balancer.", allow!("alb:Get*", "alb:List*")),
    ("AliyunActionTrailFullAccess", "Manages ActionTrail.", allow!("actiontrail:*")),
    (
        "AliyunActionTrailReadOnlyAccess",
        "Sees ActionTrail and what it recorded.",
        allow!(
            "actiontrail:Describe*",
            "actiontrail:Get*",
            "actiontrail:List*",
            "actiontrail:Lookup*"
        ),
    ),
    ("AliyunCDNFullAccess", "Manages CDN.", allow!("cdn:*")),
    ("AliyunCDNReadOnlyAccess", "Sees CDN.", allow!("cdn:Describe*", "cdn:Get*", "cdn:List*")),
    ("AliyunCSFullAccess", "Manages Container Service.", allow!("cs:*")),
    (
        "AliyunCSReadOnlyAccess",
        "Sees Container Service.",
        allow!("cs:Describe*", "cs:Get*", "cs:List*"),
    ),
    ("AliyunCloudMonitorFullAccess", "Manages CloudMonitor.", allow!("cms:*")),
    (
        "AliyunCloudMonitorReadOnlyAccess",
        "Sees CloudMonitor.",
        allow!("cms:Describe*", "cms:Get*", "cms:List*", "cms:Query*"),
    ),
    ("AliyunContainerRegistryFullAccess", "Manages Container Registry.", allow!("cr:*")),
    (
        "AliyunContainerRegistryReadOnlyAccess",
        "Sees Container Registry, and pulls images.",
        allow!("cr:Get*", "cr:List*", "cr:PullRepository"),
    ),
    ("AliyunDNSFullAccess", "Manages Alibaba Cloud DNS.", allow!("alidns:*")),
    (
        "AliyunDNSReadOnlyAccess",
        "Sees Alibaba Cloud DNS.",
        allow!("alidns:Describe*", "alidns:Get*", "alidns:List*"),
    ),
    (
        "AliyunECSFullAccess",
        "Manages ECS, and sees the networks that instances are in.",
        allow!("ecs:*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
    ),
    (
        "AliyunECSNetworkInterfaceManagementAccess",
        "Manages network interfaces of ECS.",
        allow!(
            "vpc:DescribeVSwitchAttributes",
            "ecs:CreateNetworkInterface",
            "ecs:DeleteNetworkInterface",
            "ecs:DescribeNetworkInterfaces",
            "ecs:CreateNetworkInterfacePermission",
            "ecs:DescribeNetworkInterfacePermissions",
            "ecs:DeleteNetworkInterfacePermission"
        ),
    ),
    (
        "AliyunECSReadOnlyAccess",
        "Sees ECS, and the networks that instances are in.",
        allow!("ecs:Describe*", "ecs:List*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
    ),
    ("AliyunEIPFullAccess", "Manages elastic IP addresses.", allow!("vpc:*Eip*")),
    ("AliyunEIPReadOnlyAccess", "Sees elastic IP addresses.", allow!("vpc:DescribeEip*")),
    ("AliyunESSFullAccess", "Manages Auto Scaling.", allow!("ess:*")),
    ("AliyunESSReadOnlyAccess", "Sees Auto Scaling.", allow!("ess:Describe*", "ess:List*")),
    ("AliyunFCFullAccess", "Manages Function Compute.", allow!("fc:*")),
    ("AliyunFCReadOnlyAccess", "Sees Function Compute.", allow!("fc:Get*", "fc:List*")),
    ("AliyunKMSFullAccess", "Manages Key Management Service.", allow!("kms:*")),
    (
        "AliyunKMSReadOnlyAccess",
        "Sees Key Management Service.",
        allow!("kms:Describe*", "kms:List*"),
    ),
    ("AliyunKvstoreFullAccess", "Manages Tair and Redis.", allow!("kvstore:*")),
    (
        "AliyunKvstoreReadOnlyAccess",
        "Sees Tair and Redis.",
        allow!("kvstore:Describe*", "kvstore:List*"),
    ),
    ("AliyunLogFullAccess", "Manages Log Service.", allow!("log:*")),
    ("AliyunLogReadOnlyAccess", "Sees Log Service.", allow!("log:Get*", "log:List*")),
    ("AliyunMNSFullAccess", "Manages Message Service.", allow!("mns:*")),
    ("AliyunMNSReadOnlyAccess", "Sees Message Service.", allow!("mns:Get*", "mns:List*")),
    ("AliyunMongoDBFullAccess", "Manages ApsaraDB for MongoDB.", allow!("dds:*")),
    (
        "AliyunMongoDBReadOnlyAccess",
        "Sees ApsaraDB for MongoDB.",
        allow!("dds:Describe*", "dds:List*"),
    ),
    ("AliyunNASFullAccess", "Manages File Storage NAS.", allow!("nas:*")),
    (
        "AliyunNASReadOnlyAccess",
        "Sees File Storage NAS.",
        allow!("nas:Describe*", "nas:Get*", "nas:List*"),
    ),
    ("AliyunNLBFullAccess", "Manages Network Load Balancer.", allow!("nlb:*")),
    ("AliyunNLBReadOnlyAccess", "Sees Network Load Balancer.", allow!("nlb:Get*", "nlb:List*")),
    ("AliyunOSSFullAccess", "Manages OSS.", allow!("oss:*")),
    ("AliyunOSSReadOnlyAccess", "Reads OSS.", allow!("oss:Get*", "oss:List*")),
    ("AliyunRAMFullAccess", "Manages RAM.", allow!("ram:*")),
    ("AliyunRAMReadOnlyAccess", "Sees RAM.", allow!("ram:Get*", "ram:List*")),
    (
        "AliyunRDSFullAccess",
        "Manages ApsaraDB RDS, and sees the networks that databases are in.",
        allow!("rds:*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
    ),
    (
        "AliyunRDSReadOnlyAccess",
        "Sees ApsaraDB RDS, and the networks that databases are in.",
        allow!("rds:Describe*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
    ),
    (
        "AliyunSLBFullAccess",
        "Manages SLB, and sees what balancers stand before.",
        allow!("slb:*", "ecs:DescribeInstances", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"),
    ),
    (
        "AliyunSLBReadOnlyAccess",
        "Sees SLB, and what balancers stand before.",
        allow!(
            "slb:Describe*",
            "slb:List*",
            "ecs:DescribeInstances",
            "vpc:DescribeVpcs",
            "vpc:DescribeVSwitches"
        ),
    ),
    ("AliyunSTSAssumeRoleAccess", "Assumes roles that trust the caller.", allow!("sts:AssumeRole")),
    ("AliyunVPCFullAccess", "Manages VPC.", allow!("vpc:*")),
    ("AliyunVPCReadOnlyAccess", "Sees VPC.", allow!("vpc:Describe*", "vpc:Get*", "vpc:List*")),
    (
        "PowerUserAccess",
        "Manages all resources but identities, their permissions, and the account's money.",
        POWER_USER,
    ),
    (
        "ReadOnlyAccess",
        "Sees all resources of the account.",
        allow!("*:Describe*", "*:Get*", "*:List*", "*:Lookup*"),
    ),
];
