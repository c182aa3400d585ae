//! The codes of ECS that are its own.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// The list of instances is no JSON array, is empty or too long.
    INVALID_INSTANCE_IDS_MALFORMED = "InvalidInstanceIds.Malformed", 400, "The specified instanceIds are not valid.";
    /// None of the instances is one of this region: the wording of the operations on roles.
    INVALID_INSTANCE_ID_NOT_FOUND_FOR_ROLE = "InvalidInstanceId.NotFound", 404, "The specified instanceId does not exist";
    /// No such instance in this region.
    INVALID_INSTANCE_ID_NOT_FOUND = "InvalidInstanceId.NotFound", 404, "The specified InstanceId does not exist.";
    /// The instance is of the classic network, where no role is worn.
    INVALID_NETWORK_TYPE_MISMATCH_RAM_ROLE = "InvalidNetworkType.MismatchRamRole", 403, "Ram role cannot be applied to instances of Classic network type.";
    /// The caller may not give this role to ECS.
    INVALID_USER_PASS_ROLE_FORBIDDEN = "InvalidUser.PassRoleForbidden", 403, "The RAM user does not have the privilege to pass a RAM role.";
    /// No such role: the wording of the operations on roles of instances.
    INVALID_RAM_ROLE_NOT_FOUND = "InvalidRamRole.NotFound", 404, "The specified RAMRoleName does not exist.";
    /// No such role: the wording of launches.
    INVALID_RAM_ROLE_NOT_FOUND_AT_LAUNCH = "InvalidRamRole.NotFound", 404, "The specified parameter \"RAMRoleName\" does not exist.";
    /// The role's trust policy does not name ECS: the status of attaching.
    INVALID_RAM_ROLE_NOT_ECS_ROLE = "InvalidRamRole.NotEcsRole", 404, "The specified ram role is not authorized for ecs, please check your role policy.";
    /// The role's trust policy does not name ECS: the status of launches.
    INVALID_RAM_ROLE_NOT_ECS_ROLE_AT_LAUNCH = "InvalidRamRole.NotEcsRole", 401, "The specified ram role is not authorized for ecs, please check your role policy.";
    /// The instance wears another role. The vendor documents the failure and not its code, which is
    /// chosen here.
    INSTANCE_RAM_ROLE_EXISTS = "InvalidOperation.InstanceRamRoleExists", 403, "The instance already has another RAM role; detach it first.";
    /// The instance wears a role other than the one to take off. The vendor has no code for it,
    /// which is chosen here.
    INSTANCE_RAM_ROLE_MISMATCH = "InvalidOperation.InstanceRamRoleMismatch", 403, "The instance has another RAM role than the one to detach.";
    /// Neither instances nor a role are named.
    INVALID_PARAMETER_ALL_EMPTY = "InvalidParameter.AllEmpty", 403, "InstanceIds and RamRoleName must not both be empty.";

    /// No such type of instance.
    INVALID_INSTANCE_TYPE = "InvalidInstanceType.ValueNotSupported", 400, "The specified InstanceType does not exist or beyond the permitted range.";
    /// The image's id has not the form of one.
    INVALID_IMAGE_ID_NOT_FOUND = "InvalidImageId.NotFound", 404, "The specified ImageId does not exist.";
    /// The name is not one of an instance, or its numbering is malformed.
    INVALID_INSTANCE_NAME_MALFORMED = "InvalidInstanceName.Malformed", 400, "The specified parameter \"InstanceName\" is not valid.";
    /// The host name is not one, or there are not as many as instances.
    INVALID_HOST_NAME_MALFORMED = "InvalidHostName.Malformed", 400, "The specified parameter \"HostName\" is not valid.";
    /// The description is too short, too long, or looks like an address.
    INVALID_DESCRIPTION_MALFORMED = "InvalidDescription.Malformed", 400, "The specified parameter \"Description\" is not valid.";
    /// The user data has more than 32 KB.
    INVALID_USER_DATA_SIZE_EXCEEDED = "InvalidUserData.SizeExceeded", 400, "The specified parameter \"UserData\" exceeds the size.";
    /// The user data is no Base64.
    INVALID_USER_DATA_FORMAT = "InvalidUserData.Base64FormatInvalid", 400, "The specified parameter \"UserData\" must be base64 encoded.";
    /// `HttpEndpoint` is neither of its two values.
    INVALID_HTTP_ENDPOINT = "InvalidHttpEndpoint.NotSupported", 400, "The specified HttpEndpoint not supported, you can use enabled(default) or disabled.";
    /// `HttpTokens` is neither of its two values.
    INVALID_HTTP_TOKENS = "InvalidHttpTokens.NotSupported", 400, "The specified HttpTokens not supported, you can use optional(default) or required.";
    /// `HttpPutResponseHopLimit` is not 1 to 64.
    INVALID_HTTP_PUT_RESPONSE_HOP_LIMIT = "InvalidHttpPutResponseHopLimit.NotSupported", 400, "The specified HttpPutResponseHopLimit not supported, more than 1 and less than 64 is reasonable.";
    /// `Amount` is not 1 to 100, or not 1 where one address is named.
    INVALID_PARAM_AMOUNT = "InvalidParam.Amount", 403, "The specified parameter Amount is not valid.";
    /// `MinAmount` is not 1 to 100, or more than `Amount`.
    INVALID_MIN_AMOUNT_MALFORMED = "InvalidMinAmount.Malformed", 400, "The specified parameter \"MinAmount\" is not valid.";
    /// The security group is of another VPC than the vSwitch.
    SECURITY_GROUP_MISMATCH = "InvalidParameter.Mismatch", 400, "Specified security group and virtual switch are not in the same VPC.";
    /// The vSwitch is in another zone.
    ZONE_MISMATCH = "InvalidParameter.Mismatch", 400, "Specified virtual switch is not in the specified zone.";
    /// The address is not one of the vSwitch that instances may have.
    INVALID_PRIVATE_IP_ADDRESS = "InvalidPrivateIpAddress", 400, "Specified private IP address is not in the CIDR block of virtual switch.";
    /// Another instance has the address.
    INVALID_PRIVATE_IP_ADDRESS_DUPLICATED = "InvalidPrivateIpAddress.Duplicated", 400, "Specified private IP address is duplicated.";
    /// The text is no IPv4 address.
    INVALID_PRIVATE_IP_ADDRESS_MALFORMED = "InvalidPrivateIpAddress.Malformed", 400, "Specified private IP address is malformed.";
    /// The vSwitch has too few free addresses.
    QUOTA_EXCEEDED_PRIVATE_IP_ADDRESS = "QuotaExceeded.PrivateIpAddress", 400, "Don't have enough private IPs in this switch";
    /// No such zone in this region.
    INVALID_ZONE_ID_NOT_FOUND = "InvalidZoneId.NotFound", 404, "The specified zoneId does not exist.";

    /// The status is not one of an instance.
    INVALID_STATUS_NOT_FOUND = "InvalidStatus.NotFound", 404, "The specified Status is not found";
    /// The charge type is not one.
    INVALID_INSTANCE_CHARGE_TYPE_NOT_FOUND = "InvalidInstanceChargeType.NotFound", 404, "The InstanceChargeType does not exist in our records";
    /// The network type is not one.
    INVALID_NETWORK_TYPE_NOT_FOUND = "InvalidNetworkType.NotFound", 404, "The specified Network type is not found";
    /// No filter has this key.
    INVALID_FILTER_KEY_NOT_FOUND = "InvalidFilterKey.NotFound", 404, "The specified FilterKey is not found";

    /// The instance's status does not allow this.
    INCORRECT_INSTANCE_STATUS = "IncorrectInstanceStatus", 403, "The current status of the resource does not support this operation.";
    /// The instance is still being made.
    INCORRECT_INSTANCE_STATUS_INITIALIZING = "IncorrectInstanceStatus.Initializing", 403, "The specified instance status does not support this operation.";
    /// The instance is protected from deletion.
    DELETION_PROTECTION = "InvalidOperation.DeletionProtection", 403, "The operation is not allowed because deletion protection of the instance is on.";
    /// A dry run of a batch found nothing wrong. The vendor answers this success as an error.
    DRY_RUN_SUCCESS = "DRYRUN.SUCCESS", 400, "Request validation has been passed with DryRun flag set.";

    /// No such security group in this region.
    INVALID_SECURITY_GROUP_ID_NOT_FOUND = "InvalidSecurityGroupId.NotFound", 404, "The specified SecurityGroupId does not exist.";
    /// The instance is in the security group already.
    INVALID_INSTANCE_ID_ALREADY_EXISTS = "InvalidInstanceId.AlreadyExists", 403, "The specified instance already exists in the specified security group.";
    /// The security group is of another VPC than the instance, or one of them is of none.
    INVALID_INSTANCE_ID_MISMATCH = "InvalidInstanceId.Mismatch", 403, "Specified instance and security group are not in the same VPC.";
    /// The instance is in as many security groups as it may.
    INSTANCE_SECURITY_GROUP_LIMIT_EXCEEDED = "InstanceSecurityGroupLimitExceeded", 403, "Exceeding the allowed amount of security groups that an instance can be in.";
    /// The instance is not in the security group.
    INSTANCE_NOT_IN_SECURITY_GROUP = "InstanceNotInSecurityGroup", 403, "The instance not in the group.";
    /// The instance is in no other security group.
    INSTANCE_LAST_SECURITY_GROUP = "InstanceLastSecurityGroup", 403, "The specified security group is the last security group for the instance.";
    /// The name is not one of a security group.
    INVALID_SECURITY_GROUP_NAME_MALFORMED = "InvalidSecurityGroupName.Malformed", 400, "The specified parameter \"SecurityGroupName\" is not valid.";
    /// The region has as many security groups as it may.
    QUOTA_EXCEED_SECURITY_GROUP = "QuotaExceed.SecurityGroup", 403, "The maximum number of security groups is reached.";
    /// Instances are in the security group.
    SECURITY_GROUP_IN_USE = "DependencyViolation", 403, "There is still instance(s) in the specified security group.";
    /// Rules of another security group name the group.
    SECURITY_GROUP_AUTHORIZED = "DependencyViolation", 403, "The specified security group has been authorized in another one.";
    /// The protocol is none that rules know.
    INVALID_IP_PROTOCOL = "InvalidIpProtocol.ValueNotSupported", 400, "The parameter IpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All.";
    /// The ports are not two numbers from 1 to 65535: the spelling of rules for what comes in.
    INVALID_IP_PROTOCOL_MALFORMED = "InvalidIpProtocol.Malformed", 400, "The specified parameter \"PortRange\" is not valid.";
    /// The ports are not two numbers from 1 to 65535: the spelling of rules for what goes out.
    INVALID_PORT_RANGE_MALFORMED = "InvalidPortRange.Malformed", 400, "The specified parameter \"PortRange\" is not valid.";
    /// A protocol with ports has none, or one without has some.
    PROTOCOL_AND_PORTS_MISMATCH = "OperationDenied", 400, "The specified IpProtocol does not exist or IpProtocol and PortRange do not match.";
    /// The policy is neither `accept` nor `drop`.
    INVALID_POLICY_MALFORMED = "InvalidPolicy.Malformed", 400, "The specified parameter \"Policy\" is not valid.";
    /// The priority is not 1 to 100.
    INVALID_PRIORITY = "InvalidPriority.ValueNotSupported", 400, "The specified Priority is invalid.";
    /// The network interface is neither `internet` nor `intranet`.
    INVALID_NIC_TYPE = "InvalidNicType.ValueNotSupported", 400, "The specified NicType does not exist.";
    /// A VPC's instance has no interface of the Internet.
    INVALID_NIC_TYPE_MISMATCH = "InvalidNicType.Mismatch", 400, "Specified nic type conflicts with the authorization record.";
    /// The description of a rule has more than 512 characters, or looks like an address.
    INVALID_RULE_DESCRIPTION_MALFORMED = "InvalidSecurityGroupDiscription.Malformed", 400, "The specified security group rule description is not valid.";
    /// The source is no block of IPv4 addresses.
    INVALID_SOURCE_CIDR_IP_MALFORMED = "InvalidSourceCidrIp.Malformed", 400, "The specified parameter \"SourceCidrIp\" is not valid.";
    /// The destination is no block of IPv4 addresses.
    INVALID_DEST_CIDR_IP_MALFORMED = "InvalidDestCidrIp.Malformed", 400, "The specified parameter \"DestCidrIp\" is not valid.";
    /// A rule for what comes in does not say from where.
    MISSING_PARAMETER_SOURCE = "MissingParameter.Source", 400, "Either SourceCidrIp or SourceGroupId must be specified.";
    /// A rule for what goes out does not say where to.
    MISSING_PARAMETER_DEST = "MissingParameter.Dest", 400, "Either DestCidrIp or DestGroupId must be specified.";
    /// The source is no security group of this region.
    INVALID_SOURCE_GROUP_ID_NOT_FOUND = "InvalidSourceGroupId.NotFound", 404, "The SourceGroupId provided does not exist in our records.";
    /// The destination is no security group of this region.
    INVALID_DEST_GROUP_ID_NOT_FOUND = "InvalidDestGroupId.NotFound", 404, "The DestGroupId provided does not exist in our records.";
    /// The source is of another VPC than the security group.
    INVALID_SOURCE_GROUP_ID_MISMATCH = "InvalidSourceGroupId.Mismatch", 400, "Specified security group and source group are not in the same VPC.";
    /// The destination is of another VPC than the security group.
    INVALID_DEST_GROUP_ID_MISMATCH = "InvalidDestGroupId.Mismatch", 400, "Specified security group and destination group are not in the same VPC.";
    /// The security group has as many rules as it may.
    AUTHORIZATION_LIMIT_EXCEED = "AuthorizationLimitExceed", 403, "The maximum number of authorization rules in the security group is exceeded.";

    /// Resources of this type have no tags here.
    INVALID_RESOURCE_TYPE_NOT_FOUND = "InvalidResourceType.NotFound", 404, "The ResourceType provided does not exist in our records.";

    /// The name is not one of a key pair.
    INVALID_KEY_PAIR_NAME_MALFORMED = "InvalidKeyPairName.Malformed", 400, "Specified Key Pair name is not valid.";
    /// No such key pair in this region.
    INVALID_KEY_PAIR_NAME_NOT_FOUND = "InvalidKeyPairName.NotFound", 400, "The specified KeyPairName does not exist in our records.";
    /// The list of key pairs is no JSON array, is empty or too long.
    INVALID_KEY_PAIR_NAMES_MALFORMED = "InvalidKeyPairNames.ValueNotSupported", 400, "The specified parameter \"KeyPairNames\" is not valid.";
    /// The region has a key pair of this name.
    KEY_PAIR_ALREADY_EXIST = "KeyPair.AlreadyExist", 400, "The key pair already exist.";
    /// The text is no public key of SSH.
    INVALID_PUBLIC_KEY_BODY_MALFORMED = "InvalidPublicKeyBody.Malformed", 400, "The PublicKeyBody format is not supported.";
    /// The region has as many key pairs as it may.
    QUOTA_EXCEED_KEY_PAIR = "QuotaExceed.KeyPair", 403, "The key pair quota exceeds.";
    /// The instance has another key pair than the one to take off, or none. The vendor's code is
    /// not told, and chosen here.
    INSTANCE_KEY_PAIR_MISMATCH = "InvalidOperation.InstanceKeyPairMismatch", 403, "The instance does not have the key pair to detach.";
}
