//! IMS's error codes. Source: the operations' own pages and Terraform's provider, which looks for
//! some of them; where both are silent they are made as RAM's are.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// The issuer's URL is none of `https` (or of `http` to an address of the machine itself), or
    /// it has a query, a fragment or a user.
    INVALID_ISSUER_URL = "InvalidParameter.IssuerUrl", 400, "The parameter - \"IssuerUrl\" is incorrect.";
    /// A client id of the list is too long or has a character that may not stand there, or one
    /// stands twice.
    INVALID_CLIENT_IDS = "InvalidParameter.ClientIds", 400, "The parameter - \"ClientIds\" is incorrect.";
    /// The client id is too long, or has a character that may not stand there.
    INVALID_CLIENT_ID = "InvalidParameter.ClientId", 400, "The parameter - \"ClientId\" is incorrect.";
    /// A fingerprint of the list is too long or has another character than letters and digits, or
    /// one stands twice.
    INVALID_FINGERPRINTS = "InvalidParameter.Fingerprints", 400, "The parameter - \"Fingerprints\" is incorrect.";
    /// The fingerprint is too long, or has another character than letters and digits.
    INVALID_FINGERPRINT = "InvalidParameter.Fingerprint", 400, "The parameter - \"Fingerprint\" is incorrect.";
    /// A special character stands at an end of the provider's name.
    INVALID_OIDC_PROVIDER_NAME = "InvalidParameter.OIDCProviderName.InvalidChars", 400, "The parameter - \"OIDCProviderName\" contains invalid chars.";
    /// A special character stands at an end of the provider's name.
    INVALID_SAML_PROVIDER_NAME = "InvalidParameter.SAMLProviderName.InvalidChars", 400, "The parameter - \"SAMLProviderName\" contains invalid chars.";
    /// The metadata are not those of one SAML provider that signs with RSA or P-256, in Base64.
    INVALID_SAML_METADATA = "InvalidParameter.EncodedSAMLMetadataDocument", 400, "The parameter - \"EncodedSAMLMetadataDocument\" is incorrect.";

    /// No such OIDC provider.
    ENTITY_NOT_EXIST_OIDC_PROVIDER = "EntityNotExist.OIDCProvider", 404, "The OIDC provider does not exist.";
    /// The provider has no such client id.
    ENTITY_NOT_EXIST_OIDC_PROVIDER_CLIENT_ID = "EntityNotExist.OIDCProvider.ClientId", 404, "The client id of the OIDC provider does not exist.";
    /// The provider has no such fingerprint.
    ENTITY_NOT_EXIST_OIDC_PROVIDER_FINGERPRINT = "EntityNotExist.OIDCProvider.Fingerprint", 404, "The fingerprint of the OIDC provider does not exist.";
    /// No such SAML provider. The vendor's code does end with "Error".
    ENTITY_NOT_EXIST_SAML_PROVIDER = "EntityNotExist.SAMLProviderError", 404, "The SAML provider does not exist.";

    /// An OIDC provider of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_OIDC_PROVIDER = "EntityAlreadyExists.OIDCProvider", 409, "The OIDC provider does already exist.";
    /// An OIDC provider with this issuer exists.
    ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_URL = "EntityAlreadyExists.OIDCProvider.Url", 409, "An OIDC provider with the issuer url does already exist.";
    /// The provider has the client id already.
    ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_CLIENT_ID = "EntityAlreadyExists.OIDCProvider.ClientId", 409, "The client id of the OIDC provider does already exist.";
    /// The provider has the fingerprint already.
    ENTITY_ALREADY_EXISTS_OIDC_PROVIDER_FINGERPRINT = "EntityAlreadyExists.OIDCProvider.Fingerprint", 409, "The fingerprint of the OIDC provider does already exist.";
    /// A SAML provider of this name exists, whatever its case.
    ENTITY_ALREADY_EXISTS_SAML_PROVIDER = "EntityAlreadyExists.SAMLProvider", 409, "The SAML provider does already exist.";

    /// The account has as many OIDC providers as it may have.
    LIMIT_EXCEEDED_OIDC_PROVIDER = "LimitExceeded.OIDCProvider", 409, "The count of OIDC providers beyond the current limits.";
    /// The provider has as many client ids as it may have.
    LIMIT_EXCEEDED_OIDC_PROVIDER_CLIENT_ID = "LimitExceeded.OIDCProvider.ClientId", 409, "The count of client ids of the OIDC provider beyond the current limits.";
    /// The provider has as many fingerprints as it may have.
    LIMIT_EXCEEDED_OIDC_PROVIDER_FINGERPRINT = "LimitExceeded.OIDCProvider.Fingerprint", 409, "The count of fingerprints of the OIDC provider beyond the current limits.";
    /// The account has as many SAML providers as it may have.
    LIMIT_EXCEEDED_SAML_PROVIDER = "LimitExceeded.SAMLProvider", 409, "The count of SAML providers beyond the current limits.";
}
