//! What access control lists grant to everybody. Source: OSS, the pages "Bucket ACLs", "Object
//! ACLs" and `PutObjectACL`.

use rolecall_policy::{AclGrant, AclOf, PublicAccess};

use crate::record::{BucketAcl, ObjectAcl};

/// Actions that read an object's content. `CopyObject` and `UploadPartCopy` read their source.
const READS: [&str; 2] = ["oss:GetObject", "oss:GetObjectVersion"];

/// Actions that write or delete an object. Neither listings nor access control lists, tags and
/// older versions of objects are ever open to everybody.
const WRITES: [&str; 3] = ["oss:PutObject", "oss:DeleteObject", "oss:AbortMultipartUpload"];

/// The list by which everybody may do something to an object, if they may. The object's own goes
/// before the bucket's, which stands for it where it is absent.
pub(super) fn grant(action: &str, bucket: BucketAcl, object: ObjectAcl) -> Option<AclGrant> {
    let (of, access) = match (object, bucket) {
        (ObjectAcl::PublicRead, _) => (AclOf::Object, PublicAccess::PublicRead),
        (ObjectAcl::PublicReadWrite, _) => (AclOf::Object, PublicAccess::PublicReadWrite),
        (ObjectAcl::Default, BucketAcl::PublicRead) => (AclOf::Bucket, PublicAccess::PublicRead),
        (ObjectAcl::Default, BucketAcl::PublicReadWrite) => {
            (AclOf::Bucket, PublicAccess::PublicReadWrite)
        }
        (ObjectAcl::Private, _) | (ObjectAcl::Default, BucketAcl::Private) => return None,
    };
    let granted = READS.contains(&action)
        || access == PublicAccess::PublicReadWrite && WRITES.contains(&action);
    granted.then_some(AclGrant { of, access })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_list_goes_before_the_buckets() {
        let read = |bucket, object| grant("oss:GetObject", bucket, object).map(|it| it.of);
        for bucket in [BucketAcl::Private, BucketAcl::PublicRead, BucketAcl::PublicReadWrite] {
            assert_eq!(read(bucket, ObjectAcl::Private), None);
            assert_eq!(read(bucket, ObjectAcl::PublicRead), Some(AclOf::Object));
        }
        assert_eq!(read(BucketAcl::Private, ObjectAcl::Default), None);
        assert_eq!(read(BucketAcl::PublicRead, ObjectAcl::Default), Some(AclOf::Bucket));
    }

    #[test]
    fn lists_open_content_and_nothing_else() {
        let open = |action| grant(action, BucketAcl::PublicReadWrite, ObjectAcl::Default).is_some();
        let read = |action| grant(action, BucketAcl::PublicRead, ObjectAcl::Default).is_some();
        for action in ["oss:GetObject", "oss:GetObjectVersion"] {
            assert!(open(action) && read(action), "{action}");
        }
        for action in ["oss:PutObject", "oss:DeleteObject", "oss:AbortMultipartUpload"] {
            assert!(open(action) && !read(action), "{action}");
        }
        for action in [
            "oss:ListObjects",
            "oss:ListParts",
            "oss:GetObjectAcl",
            "oss:PutObjectAcl",
            "oss:PutObjectTagging",
            "oss:DeleteObjectVersion",
            "oss:GetBucketAcl",
            "oss:DeleteBucket",
        ] {
            assert!(!open(action), "{action}");
        }
    }
}
