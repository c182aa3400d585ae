//! `oss:ListLiveChannel`: the live channels of a bucket, of which there are none.

use rolecall_api::{ApiError, Authorize, Operation, Product, Scope, Shape, Spec};
use rolecall_policy::Need;
use rolecall_types::BucketName;
use serde::{Deserialize, Serialize};

use super::{Call, Selector, Serve, TheBucket, on_bucket};
use crate::answer::Answer;
use crate::code;
use crate::service::Inner;

/// The channels of one answer where the request gives no number. Source: OSS `ListLiveChannel`.
const MAX_KEYS_DEFAULT: usize = 100;

/// Lists the live channels of a bucket: there are none, for none can be made here. Clients ask
/// before they delete a bucket.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListLiveChannel {
    /// The bucket's name.
    pub(crate) bucket: BucketName,
    /// Only channels whose names begin with this.
    #[api(query = "prefix")]
    pub(crate) prefix: Option<String>,
    /// Only channels whose names sort behind this.
    #[api(query = "marker")]
    pub(crate) marker: Option<String>,
    /// The most channels of one answer.
    #[api(query = "max-keys", range(1, 1000))]
    pub(crate) max_keys: Option<usize>,
}

/// The channels.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListLiveChannelReply {
    /// The document.
    pub(crate) list_live_channel_result: ListLiveChannelResult,
}

/// A page of channels.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListLiveChannelResult {
    /// As it was asked.
    pub(crate) prefix: String,
    /// As it was asked.
    pub(crate) marker: String,
    /// As it was asked, or the default.
    pub(crate) max_keys: usize,
    /// `false`: none follow.
    pub(crate) is_truncated: bool,
    /// Where more would follow.
    pub(crate) next_marker: String,
}

impl Authorize for ListLiveChannel {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_bucket("oss:ListLiveChannel", scope, &self.bucket)]
    }
}

impl Operation for ListLiveChannel {
    type Reply = ListLiveChannelReply;
    const SPEC: Spec = Spec::read(Product::Oss, "ListLiveChannel")
        .errors(&[&code::INVALID_BUCKET_NAME, &code::NO_SUCH_BUCKET]);
}

impl Serve for ListLiveChannel {
    type On = TheBucket;
    const SELECTOR: Selector = Selector::sub_resource("GET", "live");

    async fn serve(_: &Inner, call: Call<'_, Self>) -> Result<Answer<Self::Reply>, ApiError> {
        let list_live_channel_result = ListLiveChannelResult {
            prefix: call.permit.prefix.clone().unwrap_or_default(),
            marker: call.permit.marker.clone().unwrap_or_default(),
            max_keys: call.permit.max_keys.unwrap_or(MAX_KEYS_DEFAULT),
            is_truncated: false,
            next_marker: String::new(),
        };
        Ok(Answer::new(200, ListLiveChannelReply { list_live_channel_result }))
    }
}
