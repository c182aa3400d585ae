//! What the index keeps of buckets and objects. The bytes of objects are elsewhere, in blobs.

mod account;
mod bucket;
mod configuration;
mod encryption;
mod object;
mod scrub;
mod upload;
mod version;

use rolecall_api::{Kind, Shape};
use serde::{Deserialize, Serialize};

pub(crate) use account::AccountSettings;
pub(crate) use bucket::{Bucket, BucketId, OwnedBucket};
pub(crate) use configuration::{
    AbortMultipartUpload, BucketLoggingStatus, CorsConfiguration, CorsRule, EncryptionRule,
    Expiration, IncludeHeader, Lifecycle, LifecycleConfiguration, LifecycleFilter, LifecycleRule,
    LoggingEnabled, NotFilter, Payer, Redirect, RefererConfiguration, RequestPaymentConfiguration,
    RoutingCondition, RoutingRule, Since, Transition, WebsiteConfiguration,
};
pub(crate) use encryption::Encryption;
pub(crate) use object::{Attributes, Content, ContentHeaders, Object, ObjectKind, Piece};
pub(crate) use scrub::{PassState, ScrubState};
pub(crate) use upload::{PART_NUMBER_MAX, Part, Upload, UploadId};
pub(crate) use version::{DeleteMarker, NullVersion, Version, VersionId, newest_first};

/// Where the bytes are kept: `x-oss-storage-class`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum StorageClass {
    /// As what is read often.
    #[default]
    Standard,
    /// The same for what is seldom read: it is named and counted apart.
    #[serde(rename = "IA")]
    InfrequentAccess,
}

impl StorageClass {
    /// The vendor's classes. Source: OSS `PutBucket`.
    pub(crate) const NAMES: &'static [&'static str] =
        &["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"];

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::InfrequentAccess => "IA",
        }
    }

    /// The class of a word, if it is served.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Standard, Self::InfrequentAccess].into_iter().find(|class| class.as_str() == word)
    }
}

/// Over how many places the bytes of a bucket are spread, as its owner was promised: it is kept and
/// told, and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Redundancy {
    /// In one place.
    #[default]
    Lrs,
    /// In several.
    Zrs,
}

impl Redundancy {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lrs => "LRS",
            Self::Zrs => "ZRS",
        }
    }

    /// The redundancy of a word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Lrs, Self::Zrs].into_iter().find(|it| it.as_str() == word)
    }
}

/// Who may use a bucket without being allowed by a policy: `x-oss-acl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BucketAcl {
    /// Its owner.
    #[default]
    Private,
    /// Everybody, to read objects.
    PublicRead,
    /// Everybody, to read, write and delete objects.
    PublicReadWrite,
}

impl BucketAcl {
    /// The list of a word on the wire.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Private, Self::PublicRead, Self::PublicReadWrite]
            .into_iter()
            .find(|acl| acl.as_str() == text)
    }

    /// Whether it grants anything to everybody.
    pub(crate) fn is_public(self) -> bool {
        self != Self::Private
    }

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }
}

/// Who may use an object without being allowed by a policy: `x-oss-object-acl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObjectAcl {
    /// As the bucket says.
    #[default]
    Default,
    /// Its owner.
    Private,
    /// Everybody, to read.
    PublicRead,
    /// Everybody, to read, write and delete.
    PublicReadWrite,
}

impl ObjectAcl {
    /// The list of a word on the wire.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Default, Self::Private, Self::PublicRead, Self::PublicReadWrite]
            .into_iter()
            .find(|acl| acl.as_str() == text)
    }

    /// Whether it grants anything to everybody itself.
    pub(crate) fn is_public(self) -> bool {
        matches!(self, Self::PublicRead | Self::PublicReadWrite)
    }

    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }
}

/// Whether writes keep what they replace. Source: OSS `PutBucketVersioning`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    /// They do: every write has a version of its own.
    Enabled,
    /// They keep older versions, and replace the one named `null`.
    Suspended,
}

impl Shape for Versioning {
    const KIND: Kind = String::KIND;
}

/// What the owner of a bucket has set: one field for each sub-resource that configures it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Configuration {
    /// From which other sites pages may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cors: Option<CorsConfiguration>,
    /// How new objects are encrypted that ask for nothing themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<EncryptionRule>,
    /// Where its access log goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logging: Option<LoggingEnabled>,
    /// Who pays for the requests of other accounts.
    pub(crate) payer: Payer,
    /// Which pages may link to its objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referer: Option<RefererConfiguration>,
    /// Its tags, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
    /// How it is a site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website: Option<WebsiteConfiguration>,
    /// Its policy, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// Whether what its policy and its access control lists grant to everybody is ignored.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) block_public_access: bool,
}
