//! Buckets as requests look at them: records decoded and policies compiled, once for each change.
//!
//! Nothing here grows old: what is kept is used only while the store still has the revision that
//! it was made of, so that a change decides on the next request, on every node.

mod objects;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use imbl::HashMap;
use rolecall_policy::{Document, DocumentKind, PolicyError, PolicySet, PolicyType, Source};
use rolecall_store::{Look, Reader, Record, Revision, StoreError};
use rolecall_types::AccountId;

use crate::access::is_public;
use crate::error::ObjectError;
use crate::record::{AccountSettings, Bucket};

pub(crate) use objects::{KnownObject, KnownObjects};

/// A bucket with its policy, as one revision of the store has it. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct KnownBucket(Arc<Content>);

#[derive(Debug)]
struct Content {
    bucket: Bucket,
    policy: Option<BucketPolicy>,
}

/// A bucket's policy, compiled.
#[derive(Debug)]
pub(crate) struct BucketPolicy {
    /// All of it.
    pub(crate) whole: PolicySet,
    /// Where some statement is public: the policy without such, and those alone.
    pub(crate) parts: Option<(PolicySet, PolicySet)>,
}

impl KnownBucket {
    /// Compiles the policy of a bucket.
    fn new(bucket: Bucket) -> Result<Self, ObjectError> {
        let policy = bucket.configuration.policy.as_deref().map(BucketPolicy::compile);
        let policy = policy.transpose().map_err(ObjectError::Policy)?;
        Ok(Self(Arc::new(Content { bucket, policy })))
    }

    /// Its policy, where it has one.
    pub(crate) fn policy(&self) -> Option<&BucketPolicy> {
        self.0.policy.as_ref()
    }
}

impl Deref for KnownBucket {
    type Target = Bucket;

    fn deref(&self) -> &Bucket {
        &self.0.bucket
    }
}

impl BucketPolicy {
    /// Reads and compiles a policy. What was accepted once is so for ever; an error is a fault of
    /// this program.
    fn compile(text: &str) -> Result<Self, PolicyError> {
        let document = Arc::new(Document::parse(DocumentKind::Bucket, text)?);
        let source = Arc::new(Source {
            policy_type: PolicyType::Custom,
            name: "bucket policy".to_owned(),
            version: String::new(),
        });
        let set = |keep: &dyn Fn(bool) -> bool| {
            let documents = [(Arc::clone(&source), Arc::clone(&document))];
            PolicySet::compile_where(documents, |statement| keep(is_public(statement)))
        };
        let whole = set(&|_| true);
        let any = document.statements().any(is_public);
        let parts = any.then(|| (set(&|public| !public), set(&|public| public)));
        Ok(Self { whole, parts })
    }
}

/// What was made of records, by their names.
#[derive(Default)]
pub(crate) struct Known {
    buckets: Kept<KnownBucket>,
    accounts: Kept<bool>,
}

impl Known {
    /// The bucket of a name.
    pub(crate) async fn bucket(
        &self,
        reader: &Reader,
        name: &str,
    ) -> Result<Option<KnownBucket>, ObjectError> {
        self.buckets.get(reader, name, KnownBucket::new).await
    }

    /// Whether an account blocks public access to all of its buckets.
    pub(crate) async fn blocks_public_access(
        &self,
        reader: &Reader,
        account: &AccountId,
    ) -> Result<bool, ObjectError> {
        let blocks = |settings: AccountSettings| Ok(settings.block_public_access);
        Ok(self.accounts.get(reader, account.as_str(), blocks).await?.unwrap_or_default())
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

/// What was made of the records of one table. Reading takes no lock.
struct Kept<V>(ArcSwap<HashMap<String, Arc<Made<V>>>>);

/// What was made of a record.
struct Made<V> {
    value: V,
    span: Span,
}

/// The states of the store that are known to have the same record.
#[derive(Debug)]
struct Span {
    /// The revision that wrote it.
    wrote: Revision,
    /// The latest state in which it was seen.
    seen: AtomicU64,
}

impl Span {
    fn new(wrote: Revision, seen: Revision) -> Self {
        Self { wrote, seen: AtomicU64::new(seen.number()) }
    }

    /// Whether it is known without a look that a state has it.
    fn has(&self, state: Revision) -> bool {
        self.wrote <= state && state.number() <= self.seen.load(Ordering::Acquire)
    }

    /// Notes that a state has it.
    fn reach(&self, state: Revision) {
        self.seen.fetch_max(state.number(), Ordering::AcqRel);
    }
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self(ArcSwap::default())
    }
}

impl<V: Clone> Kept<V> {
    async fn get<T: Record>(
        &self,
        reader: &Reader,
        name: &str,
        make: impl FnOnce(T) -> Result<V, ObjectError>,
    ) -> Result<Option<V>, ObjectError> {
        let (state, kept) = (reader.revision(), self.0.load().get(name).cloned());
        if let Some(kept) = kept.as_ref().filter(|kept| kept.span.has(state)) {
            return Ok(Some(kept.value.clone()));
        }
        let look = reader.look(&[name], kept.as_ref().map(|kept| kept.span.wrote)).await?;
        match (look, kept) {
            (Look::Same, Some(kept)) => {
                kept.span.reach(state);
                Ok(Some(kept.value.clone()))
            }
            (Look::Other(wrote, record), _) => {
                let (value, span) = (make(record)?, Span::new(wrote, state));
                let made = Arc::new(Made { value: value.clone(), span });
                self.change(|all| all.insert(name.to_owned(), Arc::clone(&made)));
                Ok(Some(value))
            }
            (Look::Absent, Some(_)) => {
                self.change(|all| all.remove(name));
                Ok(None)
            }
            (Look::Absent, None) => Ok(None),
            // What is not known cannot be the same.
            (Look::Same, None) => Err(StoreError::Conflict.into()),
        }
    }

    fn change(&self, change: impl Fn(&mut HashMap<String, Arc<Made<V>>>) -> Option<Arc<Made<V>>>) {
        self.0.rcu(|all| {
            let mut all = HashMap::clone(all);
            change(&mut all);
            all
        });
    }
}
