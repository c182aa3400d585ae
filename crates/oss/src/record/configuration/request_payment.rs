//! `RequestPaymentConfiguration`: who pays for the requests of other accounts.

use rolecall_api::{Kind, Shape};
use serde::{Deserialize, Serialize};

/// Who pays for the requests of other accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Payer {
    /// The owner of the bucket.
    #[default]
    BucketOwner,
    /// Who calls, and has to say so.
    Requester,
}

impl Shape for Payer {
    const KIND: Kind = String::KIND;
}

/// Who pays for the requests of other accounts.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RequestPaymentConfiguration {
    /// `BucketOwner` or `Requester`.
    #[api(choices("BucketOwner", "Requester"))]
    pub(crate) payer: Payer,
}
