//! `oss:GetBucketEncryption`: how new objects are encrypted.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::record::EncryptionRule;
use crate::service::Inner;

/// Tells how new objects are encrypted that ask for nothing themselves.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketEncryption {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
}

/// What is set.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetBucketEncryptionReply {
    /// The document.
    pub(crate) server_side_encryption_rule: EncryptionRule,
}

impl Authorize for GetBucketEncryption {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:GetBucketEncryption", scope, &self.bucket)]
    }
}

impl Operation for GetBucketEncryption {
    type Reply = GetBucketEncryptionReply;
    const SPEC: Spec = Spec::read(Product::Oss, "GetBucketEncryption").errors(&[
        &code::INVALID_BUCKET_NAME,
        &code::NO_SUCH_BUCKET,
        &code::NO_SUCH_ENCRYPTION_RULE,
    ]);
}

impl Serve for GetBucketEncryption {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "encryption");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let found = call.on.0.configuration.encryption.clone();
        let server_side_encryption_rule =
            found.ok_or_else(|| ApiError::new(&code::NO_SUCH_ENCRYPTION_RULE))?;
        Ok(Answer::new(200, GetBucketEncryptionReply { server_side_encryption_rule }))
    }
}
