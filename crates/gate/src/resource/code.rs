//! The codes that the products of a region share.

rolecall_api::codes! {
    ALL: "Every code of this list.";
    /// The client token was used with other parameters.
    IDEMPOTENT_PARAMETER_MISMATCH = "IdempotentParameterMismatch", 403, "The specified clientToken is used.";
    /// The client token is longer than 64 characters, or not ASCII.
    INVALID_CLIENT_TOKEN = "InvalidClientToken.ValueNotSupported", 400, "The ClientToken provided is invalid.";
    /// A tag's key is empty, too long, or of a form that the vendor keeps for itself.
    INVALID_TAG_KEY_MALFORMED = "InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid.";
    /// A tag's value is too long or looks like an address.
    INVALID_TAG_VALUE_MALFORMED = "InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid.";
    /// Two tags have one key.
    DUPLICATE_TAG_KEY = "Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key.";
    /// There are more than 20 tags.
    INVALID_TAG_COUNT = "InvalidTagCount", 400, "The specified tags are beyond the permitted range.";
    /// One of the resources to tag is not there.
    INVALID_RESOURCE_ID_NOT_FOUND = "InvalidResourceId.NotFound", 404, "The specified ResourceIds are not found in our records.";
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_says_when_it_is_answered() {
        for code in super::ALL {
            assert!(!code.doc.trim().is_empty(), "{}", code.name);
            assert!((400..600).contains(&code.http), "{}", code.name);
        }
    }
}
