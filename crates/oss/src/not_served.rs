//! Operations of the vendor that are not served here: who asks for one is told so, by
//! `NotImplemented`. Source: the list of operations of OSS.

/// What an operation goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The service.
    Service,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
}

/// An operation that is not served.
#[derive(Debug, Clone, Copy)]
pub struct NotServed {
    /// Its name.
    pub name: &'static str,
    /// Its method.
    pub method: &'static str,
    /// What it goes to.
    pub goal: Goal,
    /// The parameter of the query that names it.
    pub parameter: &'static str,
}

macro_rules! not_served {
    ($($name:ident = $method:ident $goal:ident $parameter:literal;)*) => {
        /// The operations that are not served.
        pub const NOT_SERVED: &[NotServed] = &[$(NotServed {
            name: stringify!($name),
            method: stringify!($method),
            goal: Goal::$goal,
            parameter: $parameter,
        }),*];
    };
}

not_served! {
    ListCloudBoxes = GET Service "cloudboxes";
    ListUserDataRedundancyTransition = GET Service "redundancyTransition";
    GetUserQosInfo = GET Service "qosInfo";
    ListResourcePools = GET Service "resourcePool";
    PutBucketInventory = PUT Bucket "inventory";
    GetBucketInventory = GET Bucket "inventory";
    DeleteBucketInventory = DELETE Bucket "inventory";
    PutBucketReplication = POST Bucket "replication";
    GetBucketReplication = GET Bucket "replication";
    GetBucketReplicationLocation = GET Bucket "replicationLocation";
    GetBucketReplicationProgress = GET Bucket "replicationProgress";
    PutBucketRTC = PUT Bucket "rtc";
    PutBucketTransferAcceleration = PUT Bucket "transferAcceleration";
    GetBucketTransferAcceleration = GET Bucket "transferAcceleration";
    InitiateBucketWorm = POST Bucket "worm";
    GetBucketWorm = GET Bucket "worm";
    AbortBucketWorm = DELETE Bucket "worm";
    CompleteBucketWorm = POST Bucket "wormId";
    ExtendBucketWorm = POST Bucket "wormExtend";
    PutBucketObjectWormConfiguration = PUT Bucket "objectWorm";
    GetBucketObjectWormConfiguration = GET Bucket "objectWorm";
    PutBucketAccessMonitor = PUT Bucket "accessmonitor";
    GetBucketAccessMonitor = GET Bucket "accessmonitor";
    PutBucketResourceGroup = PUT Bucket "resourceGroup";
    GetBucketResourceGroup = GET Bucket "resourceGroup";
    PutBucketArchiveDirectRead = PUT Bucket "bucketArchiveDirectRead";
    GetBucketArchiveDirectRead = GET Bucket "bucketArchiveDirectRead";
    PutBucketHttpsConfig = PUT Bucket "httpsConfig";
    GetBucketHttpsConfig = GET Bucket "httpsConfig";
    PutStyle = PUT Bucket "style";
    GetStyle = GET Bucket "style";
    DeleteStyle = DELETE Bucket "style";
    PutCname = POST Bucket "cname";
    ListCname = GET Bucket "cname";
    CreateAccessPoint = PUT Bucket "accessPoint";
    GetAccessPoint = GET Bucket "accessPoint";
    DeleteAccessPoint = DELETE Bucket "accessPoint";
    PutAccessPointPolicy = PUT Bucket "accessPointPolicy";
    GetAccessPointPolicy = GET Bucket "accessPointPolicy";
    DeleteAccessPointPolicy = DELETE Bucket "accessPointPolicy";
    OpenMetaQuery = POST Bucket "metaQuery";
    GetMetaQueryStatus = GET Bucket "metaQuery";
    PutBucketOverwriteConfig = PUT Bucket "overwriteConfig";
    GetBucketOverwriteConfig = GET Bucket "overwriteConfig";
    PutUserDefinedLogFieldsConfig = PUT Bucket "userDefinedLogFieldsConfig";
    GetUserDefinedLogFieldsConfig = GET Bucket "userDefinedLogFieldsConfig";
    DeleteUserDefinedLogFieldsConfig = DELETE Bucket "userDefinedLogFieldsConfig";
    CreateBucketDataRedundancyTransition = POST Bucket "redundancyTransition";
    GetBucketQosInfo = GET Bucket "qosInfo";
    PutBucketQuota = PUT Bucket "quota";
    AsyncFetch = POST Bucket "asyncFetch";
    PutLiveChannel = PUT Object "live";
    DeleteLiveChannel = DELETE Object "live";
    RestoreObject = POST Object "restore";
    CleanRestoredObject = POST Object "cleanRestoredObject";
    SealAppendObject = POST Object "seal";
    PutObjectRetention = PUT Object "retention";
    GetObjectRetention = GET Object "retention";
    PutObjectLegalHold = PUT Object "legalHold";
    GetObjectLegalHold = GET Object "legalHold";
    ProcessObject = POST Object "x-oss-process";
    AsyncProcessObject = POST Object "x-oss-async-process";
}
