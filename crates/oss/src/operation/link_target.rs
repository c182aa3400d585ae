//! Reading an object through a link: a further question of a call that is admitted to the link.

use rolecall_api::{ApiError, Authorize, Operation as _, Scope, Spec};
use rolecall_crypto::RequestHead;
use rolecall_gate::{Context, Gate};
use rolecall_policy::Need;
use rolecall_types::BucketName;

use super::get_object::GetObject;
use super::on_object;
use crate::access::Access;
use crate::record::Bucket;
use crate::service::conditions;
use crate::text::ObjectKey;

/// What a link stands for. Whoever made the link may have had no right to it: it is decided when it
/// is read. Source: OSS `PutSymlink`.
struct LinkTarget {
    bucket: BucketName,
    key: ObjectKey,
}

impl Authorize for LinkTarget {
    fn spec(&self) -> &'static Spec {
        &GetObject::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![on_object("oss:GetObject", scope, &self.bucket, &self.key)]
    }
}

/// The caller of one call, to be asked whether he may read what a link stands for.
pub(crate) struct Follow<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) access: &'a Access<'a>,
    pub(crate) context: &'a Context,
    pub(crate) head: &'a RequestHead,
}

impl Follow<'_> {
    /// Refuses a caller who may not read an object itself.
    pub(crate) async fn admit(&self, bucket: &Bucket, key: &ObjectKey) -> Result<(), ApiError> {
        let target = LinkTarget { bucket: bucket.name.clone(), key: key.clone() };
        let conditions = conditions(self.context, self.head);
        let call = self.gate.ask(self.context, conditions, target);
        self.access.check(&call, &self.context.caller).await
    }
}
