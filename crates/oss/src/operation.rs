//! The operations: how a request is recognised as one, and what each is given to work on.

mod abort_multipart_upload;
mod append_object;
mod callback_fields;
mod complete_multipart_upload;
mod copy_object;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_encryption;
mod delete_bucket_lifecycle;
mod delete_bucket_logging;
mod delete_bucket_policy;
mod delete_bucket_public_access_block;
mod delete_bucket_tags;
mod delete_bucket_website;
mod delete_multiple_objects;
mod delete_object;
mod delete_object_tagging;
mod delete_public_access_block;
mod describe_regions;
mod get_bucket_acl;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_info;
mod get_bucket_lifecycle;
mod get_bucket_location;
mod get_bucket_logging;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_public_access_block;
mod get_bucket_referer;
mod get_bucket_request_payment;
mod get_bucket_stat;
mod get_bucket_tags;
mod get_bucket_versioning;
mod get_bucket_website;
mod get_object;
mod get_object_acl;
mod get_object_meta;
mod get_object_tagging;
mod get_public_access_block;
mod get_symlink;
mod head_bucket;
mod head_object;
mod initiate_multipart_upload;
mod link_target;
mod list_buckets;
mod list_live_channels;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod object_attributes;
mod object_list;
mod object_reply;
mod post_object;
mod put_bucket;
mod put_bucket_acl;
mod put_bucket_cors;
mod put_bucket_encryption;
mod put_bucket_lifecycle;
mod put_bucket_logging;
mod put_bucket_policy;
mod put_bucket_public_access_block;
mod put_bucket_referer;
mod put_bucket_request_payment;
mod put_bucket_tags;
mod put_bucket_versioning;
mod put_bucket_website;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_public_access_block;
mod put_symlink;
mod upload_part;
mod upload_part_copy;
mod views;

use futures_util::future::BoxFuture;
use rolecall_api::{ApiError, Described, Operation, Permit, Scope};
use rolecall_crypto::RequestHead;
use rolecall_gate::{Body, Context, Declared, Outbound};
use rolecall_policy::Need;
use rolecall_types::{AccountId, Arn, BucketName};

use crate::answer::Answer;
use crate::code;
use crate::form::Lengths;
use crate::index::Index;
use crate::known::KnownBucket;
use crate::route::Target;
use crate::service::{Asked, Inner};
use crate::text::ObjectKey;

pub(crate) use link_target::Follow;
pub(crate) use post_object::PostObject;

macro_rules! operations {
    ($($module:ident :: $operation:ident),+ $(,)?) => {
        /// The operations, as documentation, tests and the command line see them.
        pub const OPERATIONS: &[&dyn Described] =
            &[$(&Declared::<$module::$operation>::VALUE),+];

        /// The same, as requests are dispatched to them.
        pub(crate) const ROUTES: &[&dyn Route] =
            &[$(&Declared::<$module::$operation>::VALUE),+];
    };
}

operations! {
    list_buckets::ListBuckets,
    describe_regions::DescribeRegions,
    put_bucket::PutBucket,
    delete_bucket::DeleteBucket,
    head_bucket::HeadBucket,
    get_bucket_info::GetBucketInfo,
    get_bucket_stat::GetBucketStat,
    get_bucket_location::GetBucketLocation,
    get_bucket_acl::GetBucketAcl,
    put_bucket_acl::PutBucketAcl,
    put_bucket_policy::PutBucketPolicy,
    get_bucket_policy::GetBucketPolicy,
    delete_bucket_policy::DeleteBucketPolicy,
    get_bucket_policy_status::GetBucketPolicyStatus,
    put_bucket_public_access_block::PutBucketPublicAccessBlock,
    get_bucket_public_access_block::GetBucketPublicAccessBlock,
    delete_bucket_public_access_block::DeleteBucketPublicAccessBlock,
    put_public_access_block::PutPublicAccessBlock,
    get_public_access_block::GetPublicAccessBlock,
    delete_public_access_block::DeletePublicAccessBlock,
    put_bucket_versioning::PutBucketVersioning,
    get_bucket_versioning::GetBucketVersioning,
    list_object_versions::ListObjectVersions,
    put_bucket_cors::PutBucketCors,
    get_bucket_cors::GetBucketCors,
    delete_bucket_cors::DeleteBucketCors,
    put_bucket_referer::PutBucketReferer,
    get_bucket_referer::GetBucketReferer,
    put_bucket_request_payment::PutBucketRequestPayment,
    get_bucket_request_payment::GetBucketRequestPayment,
    put_bucket_encryption::PutBucketEncryption,
    get_bucket_encryption::GetBucketEncryption,
    delete_bucket_encryption::DeleteBucketEncryption,
    put_bucket_website::PutBucketWebsite,
    get_bucket_website::GetBucketWebsite,
    delete_bucket_website::DeleteBucketWebsite,
    put_bucket_logging::PutBucketLogging,
    get_bucket_logging::GetBucketLogging,
    delete_bucket_logging::DeleteBucketLogging,
    put_bucket_tags::PutBucketTags,
    get_bucket_tags::GetBucketTags,
    delete_bucket_tags::DeleteBucketTags,
    put_bucket_lifecycle::PutBucketLifecycle,
    get_bucket_lifecycle::GetBucketLifecycle,
    delete_bucket_lifecycle::DeleteBucketLifecycle,
    list_live_channels::ListLiveChannel,
    list_objects_v2::ListObjectsV2,
    list_objects::ListObjects,
    put_object::PutObject,
    copy_object::CopyObject,
    post_object::PostObject,
    get_object::GetObject,
    get_object_meta::GetObjectMeta,
    head_object::HeadObject,
    delete_object::DeleteObject,
    delete_multiple_objects::DeleteMultipleObjects,
    append_object::AppendObject,
    put_symlink::PutSymlink,
    get_symlink::GetSymlink,
    put_object_acl::PutObjectAcl,
    get_object_acl::GetObjectAcl,
    put_object_tagging::PutObjectTagging,
    get_object_tagging::GetObjectTagging,
    delete_object_tagging::DeleteObjectTagging,
    initiate_multipart_upload::InitiateMultipartUpload,
    upload_part::UploadPart,
    upload_part_copy::UploadPartCopy,
    complete_multipart_upload::CompleteMultipartUpload,
    abort_multipart_upload::AbortMultipartUpload,
    list_parts::ListParts,
    list_multipart_uploads::ListMultipartUploads,
}

/// An operation that this service carries out. Most of what stands here is for those whose decision
/// depends on more than the head of the request and the bucket that it goes to.
pub(crate) trait Serve: Operation {
    /// What it works on.
    type On: Subject;
    /// How it is recognised.
    const SELECTOR: Selector;
    /// Whether each of its needs may be refused by itself, and it can do [`Serve::without`].
    const BATCH: bool = false;

    /// A second bucket whose rules count: that of a copy's source. It must be there, and its needs
    /// are decided by its own policy, and by the access control lists of its objects.
    fn source(&self) -> Option<BucketName> {
        None
    }

    /// Takes from the body or the index what the operation needs to know before it can say what it
    /// needs, such as the keys of a deletion. Nobody is permitted anything yet: what is read must
    /// be small, and nothing of it may be told.
    fn complete(
        self,
        index: &Index,
        incoming: Incoming,
    ) -> impl Future<Output = Result<(Self, Incoming), ApiError>> + Send {
        let _ = index;
        async { Ok((self, incoming)) }
    }

    /// Which version of its object a need is about, by the need's place; `None` for what a request
    /// without a version means.
    fn version(&self, need: usize) -> Option<&str> {
        let _ = need;
        None
    }

    /// The operation for the needs that are allowed, by their places, and for no other; `None`
    /// where nothing is left to do, and the call is refused.
    fn without(&self, allowed: &[bool]) -> Option<Self> {
        let _ = allowed;
        None
    }

    /// Carries it out, after it was authorized.
    fn serve(
        inner: &Inner,
        call: Call<'_, Self>,
    ) -> impl Future<Output = Result<Answer<Self::Reply>, ApiError>> + Send;
}

/// The body of a request.
pub(crate) struct Incoming {
    /// The bytes that are still to be read.
    pub(crate) body: Body,
    /// The hash that was signed for them, which must be that of what is used of them.
    pub(crate) signed_sha256: Option<String>,
}

impl Incoming {
    /// What is left of a body that was read.
    pub(crate) fn nothing() -> Self {
        Self { body: Body::empty(), signed_sha256: None }
    }
}

/// An authorized call, with all that its operation may read.
pub(crate) struct Call<'a, O: Serve> {
    /// The operation, with the proof that it may run.
    pub(crate) permit: Permit<O>,
    /// What it works on.
    pub(crate) on: O::On,
    /// Who calls, when, and how.
    pub(crate) context: &'a Context,
    /// The head, for headers that have no field of their own.
    pub(crate) head: &'a RequestHead,
    /// Who reads, for what he reaches through a link.
    pub(crate) follow: Follow<'a>,
    /// The body.
    pub(crate) body: Body,
    /// The hash that was signed for the body, which must be that of what is used of it.
    pub(crate) signed_sha256: Option<String>,
    /// How long the body may be, where who signed for it said so.
    pub(crate) lengths: Option<Lengths>,
}

/// How an operation is recognised: its method, its subject, a parameter of the query and a header
/// that must be there. An operation without these is what remains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selector {
    pub(crate) method: &'static str,
    pub(crate) parameter: Option<(&'static str, &'static str)>,
    pub(crate) header: Option<&'static str>,
}

impl Selector {
    /// The operation of a method that needs no parameter.
    pub(crate) const fn plain(method: &'static str) -> Self {
        Self { method, parameter: None, header: None }
    }

    /// The operation of a method on a sub-resource, such as `?acl`.
    pub(crate) const fn sub_resource(method: &'static str, name: &'static str) -> Self {
        Self { method, parameter: Some((name, "")), header: None }
    }

    /// The same with a header.
    pub(crate) const fn with_header(self, name: &'static str) -> Self {
        Self { header: Some(name), ..self }
    }

    /// How much must be there beside the method: of several that a request could mean, it means
    /// the one that asks for most.
    pub(crate) fn weight(&self) -> usize {
        usize::from(self.parameter.is_some()).saturating_add(usize::from(self.header.is_some()))
    }

    /// An operation that no head asks for: a form does, and its fields become the head.
    pub(crate) const fn form() -> Self {
        Self::plain("")
    }

    /// Whether a request is this operation's, if it goes to the operation's subject. A
    /// sub-resource counts by its presence.
    pub(crate) fn selects(&self, head: &RequestHead) -> bool {
        if head.method != self.method {
            return false;
        }
        let parameter = self.parameter.is_none_or(|(name, value)| {
            head.query(name).is_some_and(|sent| value.is_empty() || sent == value)
        });
        let header = self.header.is_none_or(|name| head.has_header(name));
        parameter && header
    }
}

/// What an operation works on.
pub(crate) trait Subject: Sized + Send {
    /// Whether a request of this target goes to such a subject.
    fn is(target: &Target) -> bool;

    /// Finds it.
    fn find(index: &Index, target: &Target) -> impl Future<Output = Result<Self, ApiError>> + Send;

    /// The bucket whose policy and access control list count, where there is one.
    fn bucket(&self) -> Option<&KnownBucket> {
        None
    }

    /// The account whose resource it is, where that is not simply the caller's.
    fn owner(&self) -> Option<&AccountId> {
        self.bucket().map(|bucket| &bucket.owner)
    }
}

/// The service as a whole.
#[derive(Debug)]
pub(crate) struct TheService;

impl Subject for TheService {
    fn is(target: &Target) -> bool {
        *target == Target::Service
    }

    async fn find(_: &Index, _: &Target) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// A bucket that need not exist, with the one that does.
#[derive(Debug)]
pub(crate) struct ABucketName(pub(crate) Option<KnownBucket>);

impl Subject for ABucketName {
    fn is(target: &Target) -> bool {
        matches!(target, Target::Bucket(_))
    }

    async fn find(index: &Index, target: &Target) -> Result<Self, ApiError> {
        Ok(Self(index.bucket(bucket_name(target)?.as_str()).await?))
    }

    fn bucket(&self) -> Option<&KnownBucket> {
        self.0.as_ref()
    }

    /// It is the caller's, or is to be.
    fn owner(&self) -> Option<&AccountId> {
        None
    }
}

/// A bucket that exists.
#[derive(Debug)]
pub(crate) struct TheBucket(pub(crate) KnownBucket);

impl Subject for TheBucket {
    fn is(target: &Target) -> bool {
        matches!(target, Target::Bucket(_))
    }

    async fn find(index: &Index, target: &Target) -> Result<Self, ApiError> {
        find_bucket(index, &bucket_name(target)?).await.map(Self)
    }

    fn bucket(&self) -> Option<&KnownBucket> {
        Some(&self.0)
    }
}

/// A key in a bucket that exists, whether or not it has an object.
#[derive(Debug)]
pub(crate) struct AnObject {
    pub(crate) bucket: KnownBucket,
    pub(crate) key: ObjectKey,
}

impl Subject for AnObject {
    fn is(target: &Target) -> bool {
        matches!(target, Target::Object(..))
    }

    async fn find(index: &Index, target: &Target) -> Result<Self, ApiError> {
        let TheBucket(bucket) = TheBucket::find(index, target).await?;
        let key = ObjectKey::new(target.key().unwrap_or_default())?;
        Ok(Self { bucket, key })
    }

    fn bucket(&self) -> Option<&KnownBucket> {
        Some(&self.bucket)
    }
}

/// An operation as requests are dispatched to it.
pub(crate) trait Route: Described {
    /// Whether a request is its.
    fn selects(&self, head: &RequestHead, target: &Target) -> bool;

    /// The parameter that it is recognised by.
    fn selector(&self) -> Selector;

    /// Carries out a request whose caller is known.
    fn run<'a>(
        &'a self,
        inner: &'a Inner,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Result<Outbound, ApiError>>;
}

impl<O: Serve> Route for Declared<O> {
    fn selects(&self, head: &RequestHead, target: &Target) -> bool {
        O::On::is(target) && O::SELECTOR.selects(head)
    }

    fn selector(&self) -> Selector {
        O::SELECTOR
    }

    fn run<'a>(
        &'a self,
        inner: &'a Inner,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Result<Outbound, ApiError>> {
        Box::pin(inner.run::<O>(asked))
    }
}

/// The bucket of a name, which must be there.
pub(crate) async fn find_bucket(index: &Index, name: &BucketName) -> Result<KnownBucket, ApiError> {
    index
        .bucket(name.as_str())
        .await?
        .ok_or_else(|| ApiError::new(&code::NO_SUCH_BUCKET).element("BucketName", name.as_str()))
}

/// The name of the bucket that a request goes to.
pub(crate) fn bucket_name(target: &Target) -> Result<BucketName, ApiError> {
    let text = target.bucket().unwrap_or_default();
    BucketName::new(text)
        .map_err(|_| ApiError::new(&code::INVALID_BUCKET_NAME).element("BucketName", text))
}

/// The check of an action on a bucket. Regions in the resource names of policies are `*` alone.
/// Source: the page "RAM policies" of OSS.
fn on_bucket(action: &'static str, scope: &Scope, bucket: &BucketName) -> Need {
    let owner = scope.owner_of(bucket.as_str());
    Need::on(action, Arn::new("oss", "*", owner.as_str(), bucket.as_str()))
}

/// The check of an action on all that an account has here.
fn on_account(action: &'static str, scope: &Scope) -> Need {
    Need::on(action, Arn::new("oss", "*", scope.account.as_str(), "*"))
}

/// The check of deleting a key, or one version of it.
fn delete_need(version: Option<&str>, scope: &Scope, bucket: &BucketName, key: &ObjectKey) -> Need {
    let action = if version.is_some() { "oss:DeleteObjectVersion" } else { "oss:DeleteObject" };
    on_object(action, scope, bucket, key)
}

/// The check of reading an object, or one version of it.
pub(crate) fn read_need(
    version: Option<&str>,
    scope: &Scope,
    bucket: &BucketName,
    key: &ObjectKey,
) -> Need {
    let action = if version.is_some() { "oss:GetObjectVersion" } else { "oss:GetObject" };
    on_object(action, scope, bucket, key)
}

/// The check of an action on an object.
fn on_object(action: &'static str, scope: &Scope, bucket: &BucketName, key: &ObjectKey) -> Need {
    let (owner, relative) = (scope.owner_of(bucket.as_str()), format!("{bucket}/{key}"));
    Need::on(action, Arn::new("oss", "*", owner.as_str(), relative))
}
