//! RAM's error codes. Source: the operations' own pages.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// A policy document breaks the grammar, or a trust policy names somebody who does not exist.
    /// The text says where.
    MALFORMED_POLICY_DOCUMENT = "MalformedPolicyDocument", 400, "{}";
    /// The message is none of ours, was altered, or is another account's. The vendor's pages do not
    /// name this code; it is made as its siblings are.
    INVALID_DIAGNOSTIC_MESSAGE = "InvalidParameter.EncodedDiagnosticMessage", 400, "The parameter - \"EncodedDiagnosticMessage\" is incorrect.";
    /// The marker is not one that this operation gave.
    INVALID_MARKER = "InvalidParameter.Marker", 400, "The parameter - \"Marker\" is incorrect.";
    /// The token is not one that this operation gave.
    INVALID_NEXT_TOKEN = "InvalidParameter.NextToken", 400, "The parameter - \"NextToken\" is incorrect.";
    /// A tag's key stands twice, or is one that only the vendor gives.
    INVALID_TAG = "InvalidParameter.Tag", 400, "The parameter - \"Tag\" is incorrect.";
    /// The version is not written as `v1`.
    INVALID_VERSION_ID = "InvalidParameter.VersionId.Format", 400, "The format of the parameter - \"VersionId\" is incorrect.";
    /// The e-mail address has no `@` between two texts.
    INVALID_EMAIL = "InvalidParameter.Email.Format", 400, "The format of the parameter - \"Email\" is incorrect.";
    /// The telephone number is not written as `86-13800000000`.
    INVALID_MOBILE_PHONE = "InvalidParameter.MobilePhone.Format", 400, "The format of the parameter - \"MobilePhone\" is incorrect.";
    /// The new e-mail address has no `@` between two texts.
    INVALID_NEW_EMAIL = "InvalidParameter.NewEmail.Format", 400, "The format of the parameter - \"NewEmail\" is incorrect.";
    /// The new telephone number is not written as `86-13800000000`.
    INVALID_NEW_MOBILE_PHONE = "InvalidParameter.NewMobilePhone.Format", 400, "The format of the parameter - \"NewMobilePhone\" is incorrect.";
    /// The alias is shorter or longer than an alias is. The vendor's text says 63, its limit is 32.
    INVALID_ACCOUNT_ALIAS_LENGTH = "InvalidParameter.AccountAlias.Length", 400, "The parameter - \"AccountAlias\" MUST be in the range of 3 and 63.";
    /// The alias is not lower-case letters and digits with single hyphens between them.
    INVALID_ACCOUNT_ALIAS = "InvalidParameter.AccountAlias.Format", 400, "The format of the parameter - \"AccountAlias\" is incorrect.";
    /// A code is not six digits.
    INVALID_AUTHENTICATION_CODE = "InvalidParameter.AuthenticationCode.Format", 400, "The parameter - \"AuthenticationCode\" MUST be 6 numbers.";
    /// The serial number is not written as `acs:ram::<account>:mfa/<name>`.
    INVALID_SERIAL_NUMBER = "InvalidParameter.SerialNumber.Format", 400, "The format of the parameter - \"SerialNumber\" is incorrect.";
    /// The masks are not networks between semicolons.
    INVALID_LOGIN_NETWORK_MASKS = "InvalidParameter.LoginNetworkMasks.Format", 400, "The format of the parameter - \"LoginNetworkMasks\" is incorrect.";
    /// The password is not as strong as the account asks.
    INVALID_PASSWORD_TOO_WEAK = "InvalidParameter.Password.TooWeak", 400, "The parameter - \"Password\" is not compliant with the password policy.";
    /// The new password is not as strong as the account asks.
    INVALID_NEW_PASSWORD_TOO_WEAK = "InvalidParameter.NewPassword.TooWeak", 400, "The parameter - \"NewPassword\" is not compliant with the password policy.";
    /// The new password was the user's lately.
    INVALID_NEW_PASSWORD_REUSE = "InvalidParameter.NewPassword.ReusePrevention", 400, "The parameter - \"NewPassword\" is not compliant with the reuse prevention password policy.";
    /// The old password is wrong, or too old to be changed by the user, or too many were tried.
    INVALID_OLD_PASSWORD = "InvalidParameter.OldPassword.Incorrect", 400, "The parameter - \"OldPassword\" is incorrect.";
    /// The account itself or a session of a role has no password to change.
    NOT_SUPPORT_ACCOUNT = "NotSupport.Account", 400, "This method can be only invoked by sub user.";
    /// The codes are not two that follow one another at this time.
    CHECK_AUTHENTICATION_CODE_FAIL = "CheckAuthenticationCodeFail", 403, "The parameter - \"AuthenticationCode\" is inccorrect.";

    /// No such user.
    ENTITY_NOT_EXIST_USER = "EntityNotExist.User", 404, "The user does not exist.";
    /// The user has no such AccessKey.
    ENTITY_NOT_EXIST_USER_ACCESS_KEY = "EntityNotExist.User.AccessKey", 404, "The user access key does not exist.";
    /// The user does not hold the policy.
    ENTITY_NOT_EXIST_USER_POLICY = "EntityNotExist.User.Policy", 404, "The indicate policy of the user does not exist.";
    /// No such role.
    ENTITY_NOT_EXIST_ROLE = "EntityNotExist.Role", 404, "The role does not exist.";
    /// The role does not hold the policy.
    ENTITY_NOT_EXIST_ROLE_POLICY = "EntityNotExist.Role.Policy", 404, "The indicate policy of the role does not exist.";
    /// No such policy.
    ENTITY_NOT_EXIST_POLICY = "EntityNotExist.Policy", 404, "The policy does not exist.";
    /// The policy has no such version.
    ENTITY_NOT_EXIST_POLICY_VERSION = "EntityNotExist.Policy.Version", 404, "The policy version does not exist.";
    /// No such group.
    ENTITY_NOT_EXIST_GROUP = "EntityNotExist.Group", 404, "The group does not exist.";
    /// The group does not hold the policy.
    ENTITY_NOT_EXIST_GROUP_POLICY = "EntityNotExist.Group.Policy", 404, "The indicate policy attached to the group does not exist.";
    /// The user is not in the group.
    ENTITY_NOT_EXIST_USER_GROUP = "EntityNotExist.User.Group", 404, "The user has not joined the group.";
    /// The user has no login profile.
    ENTITY_NOT_EXIST_USER_LOGIN_PROFILE = "EntityNotExist.User.LoginProfile", 404, "The user login profile does not exist.";
    /// The user has no MFA device.
    ENTITY_NOT_EXIST_USER_MFA_DEVICE = "EntityNotExist.User.MFADevice", 404, "The user has not bound any MFA device.";
    /// No such virtual MFA device.
    ENTITY_NOT_EXIST_VIRTUAL_MFA_DEVICE = "EntityNotExist.VirtualMFADevice", 404, "The virtual mfa device does not exist.";

    /// A user of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_USER = "EntityAlreadyExists.User", 409, "The user does already EXIST.";
    /// The user holds the policy already.
    ENTITY_ALREADY_EXISTS_USER_POLICY = "EntityAlreadyExists.User.Policy", 409, "The user has already been attached this policy.";
    /// A role of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_ROLE = "EntityAlreadyExists.Role", 409, "The role does already EXIST.";
    /// The role holds the policy already.
    ENTITY_ALREADY_EXISTS_ROLE_POLICY = "EntityAlreadyExists.Role.Policy", 409, "The role has already been attached this policy.";
    /// A policy of this name exists, whatever its case; system policies count. The vendor's text does say "group".
    ENTITY_ALREADY_EXISTS_POLICY = "EntityAlreadyExists.Policy", 409, "The group does already EXIST.";
    /// A group of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_GROUP = "EntityAlreadyExists.Group", 409, "The group does already EXIST.";
    /// The group holds the policy already.
    ENTITY_ALREADY_EXISTS_GROUP_POLICY = "EntityAlreadyExists.Group.Policy", 409, "The group has already been attached this policy.";
    /// The user is in the group already.
    ENTITY_ALREADY_EXISTS_USER_GROUP = "EntityAlreadyExists.User.Group", 409, "The user has already joined the group.";
    /// The user has a login profile already.
    ENTITY_ALREADY_EXISTS_USER_LOGIN_PROFILE = "EntityAlreadyExists.User.LoginProfile", 409, "The user login profile does already EXIST.";
    /// The user has an MFA device already.
    ENTITY_ALREADY_EXISTS_USER_MFA_DEVICE = "EntityAlreadyExists.User.MFADevice", 409, "The user has already bound a MFA device.";
    /// A virtual MFA device of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE = "EntityAlreadyExists.VirtualMFADevice", 409, "The virtual mfa device does already EXIST.";
    /// The virtual MFA device is a user's already.
    ENTITY_ALREADY_EXISTS_VIRTUAL_MFA_DEVICE_USER = "EntityAlreadyExists.VirtualMFADevice.User", 409, "The virtual mfa device does already been bound to a user.";
    /// Another account has the alias.
    ENTITY_ALREADY_EXISTS_ACCOUNT_ALIAS = "EntityAlreadyExists.AccountAlias", 409, "The account alias does already exist.";

    /// The user has AccessKeys.
    DELETE_CONFLICT_USER_ACCESS_KEY = "DeleteConflict.User.AccessKey", 409, "The user CAN NOT has any access key while deleting the user.";
    /// The user holds policies.
    DELETE_CONFLICT_USER_POLICY = "DeleteConflict.User.Policy", 409, "The user CAN NOT has any attached policy while deleting the user.";
    /// The role holds policies.
    DELETE_CONFLICT_ROLE_POLICY = "DeleteConflict.Role.Policy", 409, "The role CAN NOT has any attached policy while deleting the role.";
    /// A user holds the policy.
    DELETE_CONFLICT_POLICY_USER = "DeleteConflict.Policy.User", 409, "The policy CAN NOT been attached to any user while deleting the policy.";
    /// A role holds the policy. The vendor's pages do not name this code; it is made as its
    /// siblings are.
    DELETE_CONFLICT_POLICY_ROLE = "DeleteConflict.Policy.Role", 409, "The policy CAN NOT been attached to any role while deleting the policy.";
    /// The policy has versions besides the default one.
    DELETE_CONFLICT_POLICY_VERSION = "DeleteConflict.Policy.Version", 409, "The policy CAN NOT has any version except the default version.";
    /// The version is the default one.
    DELETE_CONFLICT_POLICY_VERSION_DEFAULT = "DeleteConflict.Policy.Version.Default", 409, "The default policy version CAN NOT been deleted directly.";
    /// A group holds the policy.
    DELETE_CONFLICT_POLICY_GROUP = "DeleteConflict.Policy.Group", 409, "The policy CAN NOT been attached to any group while deleting the policy.";
    /// The user is in a group.
    DELETE_CONFLICT_USER_GROUP = "DeleteConflict.User.Group", 409, "The user CAN NOT be in any group while deleting the user.";
    /// The group has members.
    DELETE_CONFLICT_GROUP_USER = "DeleteConflict.Group.User", 409, "The group CAN NOT has any user member while deleting the group.";
    /// The group holds policies.
    DELETE_CONFLICT_GROUP_POLICY = "DeleteConflict.Group.Policy", 409, "The entity CAN NOT has any attached policy while deleting the group.";
    /// The user has a login profile.
    DELETE_CONFLICT_USER_LOGIN_PROFILE = "DeleteConflict.User.LoginProfile", 409, "The user CAN NOT has any login profile while deleting the user.";
    /// The user has an MFA device.
    DELETE_CONFLICT_USER_MFA_DEVICE = "DeleteConflict.User.MFADevice", 409, "The user CAN NOT has any mfa device while deleting the user.";
    /// The virtual MFA device is a user's.
    DELETE_CONFLICT_VIRTUAL_MFA_DEVICE_USER = "DeleteConflict.VirtualMFADevice.User", 409, "The virtual mfa device CAN NOT been bound to any user while deleting it.";

    /// The account has as many users as it may have.
    LIMIT_EXCEEDED_USER = "LimitExceeded.User", 409, "The count of users beyond the current limits.";
    /// The user, or the account itself, has as many AccessKeys as it may have.
    LIMIT_EXCEEDED_USER_ACCESS_KEY = "LimitExceeded.User.AccessKey", 409, "The access key count of the user access keys beyond the current limits.";
    /// The user holds as many policies of the type as it may hold.
    LIMIT_EXCEEDED_USER_POLICY = "LimitExceeded.User.Policy", 409, "The policy count of the user attached policies beyond the current limits.";
    /// The account has as many roles as it may have.
    LIMIT_EXCEEDED_ROLE = "LimitExceeded.Role", 409, "The count of roles beyond the current limits.";
    /// The role holds as many policies of the type as it may hold.
    LIMIT_EXCEEDED_ROLE_POLICY = "LimitExceeded.Role.Policy", 409, "The count of policies attached to the role beyond the current limits.";
    /// The account has as many custom policies as it may have.
    LIMIT_EXCEEDED_POLICY = "LimitExceeded.Policy", 409, "The count of policy beyond the current limits.";
    /// The policy has as many versions as it may have.
    LIMIT_EXCEEDED_POLICY_VERSION = "LimitExceeded.Policy.Version", 409, "The count of policy version beyond the current limits.";
    /// The account has as many groups as it may have.
    LIMIT_EXCEEDED_GROUP = "LimitExceeded.Group", 409, "The count of groups beyond the current limits.";
    /// The user is in as many groups as it may be in.
    LIMIT_EXCEEDED_USER_GROUP = "LimitExceeded.User.Group", 409, "The count of groups the target user joined beyond the current limits.";
    /// The group holds as many policies of the type as it may hold.
    LIMIT_EXCEEDED_GROUP_POLICY = "LimitExceeded.Group.Policy", 409, "The policy count of the group attached policies beyond the current limits.";
    /// The account has as many virtual MFA devices as it may have.
    LIMIT_EXCEEDED_VIRTUAL_MFA_DEVICE = "LimitExceeded.VirtualMFADevice", 409, "The count of virtual mfa devices beyond the current limits.";
    /// The resource has as many tags as it may have. The vendor's pages do not name this code; it
    /// is made as its siblings are.
    LIMIT_EXCEEDED_TAG = "LimitExceeded.Tag", 409, "The count of tags of the resource beyond the current limits.";
}
