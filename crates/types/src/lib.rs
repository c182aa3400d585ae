//! The nouns everyone speaks: accounts, ARNs, typed ids, names, secrets, clock, randomness.
//!
//! Nothing here does I/O but [`SystemClock`] and [`SystemRandom`], which the binary hands to
//! everything else: time and randomness are arguments, so that expiry is testable and a failure
//! can be replayed from a seed.

pub mod arn;
mod clock;
mod explain;
mod id;
pub mod json;
mod legible;
mod name;
mod random;
mod region;
mod secret;
pub mod time;

pub use arn::Arn;
pub use clock::{Clock, ManualClock, ShiftedClock, SystemClock};
pub use explain::explain;
pub use id::{
    AccessKeyId, AccountId, InstanceId, KeyPairId, LoadBalancerId, ManagedInstanceId,
    NetworkInterfaceId, PrincipalId, RequestId, RouteTableId, SecurityGroupId, SecurityGroupRuleId,
    ServerGroupId, VRouterId, VSwitchId, VpcId,
};
pub use jiff::Timestamp;
pub use legible::{Legible, legible};
pub use name::{
    BucketName, Folded, GroupName, MfaDeviceName, NameError, PolicyName, ProviderName, RoleName,
    SessionName, TextRule, UserName,
};
pub use random::{Random, SeededRandom, SystemRandom};
pub use region::{REGIONS, RegionId, ZoneId};
pub use secret::Secret;
pub use smol_str::SmolStr;
