//! STS's error codes. Source: the operations' own pages.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// The role's name is not written as `acs:ram::<account>:role/<name>`.
    INVALID_ROLE_ARN = "InvalidParameter.RoleArn", 400, "The parameter RoleArn is wrongly formed.";
    /// The session is shorter than 900 seconds or longer than the role allows. The vendor's text
    /// does not follow the role's setting.
    INVALID_DURATION_SECONDS = "InvalidParameter.DurationSeconds", 400, "The Min/Max value of DurationSeconds is 15min/1hr.";
    /// The session policy breaks the grammar.
    INVALID_POLICY_GRAMMAR = "InvalidParameter.PolicyGrammar", 400, "The parameter Policy has not passed grammar check.";
    /// The session policy is too long.
    INVALID_POLICY_SIZE = "InvalidParameter.PolicySize", 400, "The size of Policy must be smaller than 2048 bytes.";
    /// The external id is too short, too long, or holds another character than letters, digits and
    /// `_+=,.@:/-`.
    INVALID_EXTERNAL_ID = "InvalidParameter.ExternalId", 400, "The parameter ExternalId is wrongly formed.";
    /// The source identity is too short, too long, holds another character than letters, digits and
    /// `_+=,.@-`, begins with a reserved word, or is not the one that the calling session has.
    INVALID_SOURCE_IDENTITY = "InvalidParameter.SourceIdentity", 400, "The parameter SourceIdentity is wrongly formed.";
    /// The session's id is not 32 hexadecimal digits.
    INVALID_SESSION_ID = "InvalidParameter.SessionId", 400, "The parameter SessionId is wrongly formed.";
    /// The instant is not written as `2015-01-23T12:33:18Z`, or is still to come.
    INVALID_ISSUED_BEFORE = "InvalidParameter.IssuedBefore", 400, "The parameter IssuedBefore is wrongly formed, or is still to come.";
    /// A revocation names more than one of a session, a role and an instance, gives a session an
    /// instant, or says nothing at all.
    INVALID_REVOCATION = "InvalidParameter.Revocation", 400, "Exactly one of SessionId, RoleName and InstanceId, or IssuedBefore alone, tells what to revoke.";
    /// A session was assumed by a session that was assumed by a session, and so on, too often.
    LIMIT_EXCEEDED_ROLE_CHAIN = "LimitExceeded.RoleChain", 409, "The count of sessions that the session hangs on beyond the current limits.";
    /// The provider's name is not written as `acs:ram::<account>:oidc-provider/<name>`.
    INVALID_OIDC_PROVIDER_ARN = "InvalidParameter.OIDCProviderArn", 400, "The parameter OIDCProviderArn is wrongly formed.";
    /// The provider's name is not written as `acs:ram::<account>:saml-provider/<name>`.
    INVALID_SAML_PROVIDER_ARN = "InvalidParameter.SAMLProviderArn", 400, "The parameter SAMLProviderArn is wrongly formed.";
    /// The assertion is not one that the provider signed for us and for the role: why, our log
    /// says.
    AUTHENTICATION_FAIL_SAML_INVALID = "AuthenticationFail.SAMLAssertion.Invalid", 401, "The SAML Assertion is invalid.";
    /// The assertion is over, or was used before.
    AUTHENTICATION_FAIL_SAML_EXPIRED = "AuthenticationFail.SAMLAssertion.Expired", 401, "The SAML Assertion is expired.";
    /// No such SAML provider.
    ENTITY_NOT_EXIST_SAML_PROVIDER = "EntityNotExist.SAMLProvider", 404, "Can not find SAML provider.";
    /// The token is not one that the provider's issuer signed for one of its client ids: why, our
    /// log says.
    AUTHENTICATION_FAIL_OIDC_INVALID = "AuthenticationFail.OIDCToken.Invalid", 401, "The OIDC token is invalid.";
    /// The token is over, or was issued longer ago than the provider allows.
    AUTHENTICATION_FAIL_OIDC_EXPIRED = "AuthenticationFail.OIDCToken.Expired", 401, "This JsonWebToken is expired.";
    /// No certificate of the issuer's server has one of the provider's fingerprints.
    AUTHENTICATION_FAIL_OIDC_FINGERPRINT = "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch", 401, "The fingerprint of the issuer's certificate does not match those of the OIDC provider.";
    /// The issuer gave no keys: it may not be asked, did not answer, or answered something else.
    AUTHENTICATION_FAIL_IDP_METADATA = "AuthenticationFail.IDPMetadata.Invalid", 401, "The IdP metadata of the provider is invalid or cannot be read.";
    /// The role is not there, or does not trust the provider for this caller. Whoever has a token
    /// of a public issuer could else ask which roles there are.
    AUTHENTICATION_FAIL_NO_PERMISSION = "AuthenticationFail.NoPermission", 403, "This operation is forbidden by permission system.";
    /// No such role.
    ENTITY_NOT_EXIST_ROLE = "EntityNotExist.Role", 404, "The specified Role not exists.";
}
