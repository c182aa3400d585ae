//! Callbacks of uploads that are done.

use bytes::Bytes;
use rolecall_api::ApiError;
use rolecall_gate::Context;

use super::Inner;
use crate::callback::{self, Callback, CallbackParameters, Facts, IMAGE_HEAD_BYTES, Image};
use crate::record::Bucket;
use crate::wanted::Wanted;

impl Inner {
    /// The callback that a request asks for, if it does; checked before anything is stored.
    pub(crate) fn callback(
        &self,
        parameters: &CallbackParameters<'_>,
        context: &Context,
    ) -> Result<Option<Callback>, ApiError> {
        callback::asked(self.callbacks.as_ref(), parameters, context)
    }

    /// Sends the callback of an object that is stored, and returns what is answered.
    pub(crate) async fn call_back(
        &self,
        callback: &Callback,
        bucket: &Bucket,
        facts: Facts,
    ) -> Result<Bytes, ApiError> {
        let Some(callbacks) = &self.callbacks else {
            return Err(facts.failed("Callbacks are not served."));
        };
        let facts = if callback.tells_image() { self.look_at(bucket, facts).await? } else { facts };
        callbacks.send(callback, &facts, self.gate.random().as_ref()).await
    }

    /// The facts with what the object's first bytes show. Another one may be in its place by now.
    async fn look_at(&self, bucket: &Bucket, facts: Facts) -> Result<Facts, ApiError> {
        let wanted = Wanted { key: facts.key(), version: facts.version().cloned(), method: "GET" };
        match self.objects.beginning(bucket, &wanted, IMAGE_HEAD_BYTES).await {
            Ok((object, bytes)) if facts.is_of(&object) => Ok(facts.showing(Image::read(&bytes))),
            Ok(_) | Err(_) => Err(facts.failed("Get image info failed.")),
        }
    }
}
