//! The RAM policy language: parse, validate, compile, decide, explain; maker of the proof of
//! permission.
//!
//! A [`Document`] is read once, with every rule of the grammar. Documents of one layer (a
//! principal's policies, a session's policy, a bucket's) become a [`PolicySet`], which answers a
//! [`Check`]. [`decide`] puts the layers together, and [`authorize`] does so for all [`Need`]s of a
//! call: its [`Allowed`] is the proof that the call may run.
//!
//! Everything here is pure: no clock, no I/O. What a decision depends on is in its arguments; the
//! time of a request is the condition key `acs:CurrentTime`.

mod authority;
mod bound;
mod condition;
mod context;
mod document;
mod error;
mod explain;
mod glob;
mod grams;
mod index;
mod instant;
mod operator;
mod principal;
mod program;
mod resource;
mod resource_rules;
mod set;
mod trie;
mod trustee;

pub use authority::{
    Allowed, Authority, Check, Combine, Denied, Layer, Need, Resource, Verdict, authorize, decide,
    exempt, is_exempt, verdict_of,
};
pub use bound::Bound;
pub use condition::Condition;
pub use context::Context;
pub use document::{
    BUCKET_CHARACTERS_MAX, CONTROL_CHARACTERS_MAX, Document, DocumentKind, Effect,
    IDENTITY_CHARACTERS_MAX, INSTANCE_SESSION_CHARACTERS_MAX, SESSION_CHARACTERS_MAX, Statement,
    TRUST_CHARACTERS_MAX,
};
pub use error::PolicyError;
pub use explain::{Deciding, Explanation, Ignored, Lack, NearMiss, Remedy, explain};
pub use glob::Glob;
pub use operator::{Comparison, Family, Operator, Quantifier};
pub use principal::{PrincipalFacts, PrincipalKind};
pub use resource_rules::{AclGrant, AclOf, Blocked, BlockedAt, PublicAccess, ResourceRules};
pub use set::{Decision, PolicySet, PolicyType, Source};
pub use trustee::{Trustee, TrusteeKind};
