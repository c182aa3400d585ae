//! Which resources parts of resources belong to.

use rolecall_types::{AccountId, RegionId};

/// Knows of what is no resource of its own in policies, such as a server group of a load balancer,
/// the resource that it is a part of. The gate asks it before it decides.
pub trait Wholes: Send + Sync + 'static {
    /// The id of the resource that a part belongs to, if the account has such a part in the
    /// region.
    fn whole_of(&self, account: &AccountId, region: &RegionId, part: &str) -> Option<String>;
}
