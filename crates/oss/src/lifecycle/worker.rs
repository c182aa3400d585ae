//! The worker: it looks at the objects of every bucket that has rules, and does what they say.

use rolecall_types::Timestamp;

use super::fate::{Fate, Traits, midnight_before};
use crate::error::ObjectError;
use crate::index::{Position, Scan as _, UploadPlace, UploadPosition};
use crate::objects::Objects;
use crate::record::{Bucket, Lifecycle, LifecycleConfiguration, Object, StorageClass, Version};

/// How many objects are read at once: what the worker keeps in memory, and how long it holds one
/// state of the index.
const BATCH: usize = 500;

/// What lifecycle rules did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LifecycleReport {
    /// Objects, versions, delete markers and uploads looked at.
    pub seen: u64,
    /// Objects deleted; in a bucket with versioning, those that a delete marker stands before.
    pub expired: u64,
    /// Objects and versions that are kept in another class.
    pub transitioned: u64,
    /// Versions deleted that had been replaced.
    pub versions_expired: u64,
    /// Delete markers deleted that hid nothing any more.
    pub markers_expired: u64,
    /// Uploads given up.
    pub uploads_aborted: u64,
    /// Buckets that were left for the next time, because something failed.
    pub failed: u64,
}

impl Objects {
    /// Does what the rules of all buckets say, up to the last midnight. A bucket that was done
    /// already is left alone, and one that fails does not keep the others waiting.
    pub(crate) async fn run_lifecycles(
        &self,
        now: Timestamp,
    ) -> Result<LifecycleReport, ObjectError> {
        let midnight = midnight_before(now);
        let mut report = LifecycleReport::default();
        let mut after = None;
        loop {
            let batch = self.index.lifecycles(after.as_ref()).await?;
            let Some(last) = batch.last() else { return Ok(report) };
            after = Some(last.bucket.clone());
            for lifecycle in batch.iter().filter(|lifecycle| lifecycle.ran < midnight) {
                match self.run_lifecycle(lifecycle, midnight, now, &mut report).await {
                    Ok(()) => self.index.lifecycle_ran(lifecycle, midnight).await?,
                    Err(error) => {
                        let bucket = lifecycle.name.as_str();
                        tracing::warn!(bucket, %error, "lifecycle rules wait for the next time");
                        report.failed = report.failed.saturating_add(1);
                    }
                }
            }
        }
    }

    async fn run_lifecycle(
        &self,
        lifecycle: &Lifecycle,
        midnight: Timestamp,
        now: Timestamp,
        report: &mut LifecycleReport,
    ) -> Result<(), ObjectError> {
        let found = self.index.bucket(lifecycle.name.as_str()).await?;
        let Some(bucket) = found.filter(|bucket| bucket.id == lifecycle.bucket) else {
            return Ok(());
        };
        let rules = &lifecycle.configuration;
        let mut round = Round { objects: self, bucket: &bucket, rules, midnight, now, report };
        for prefix in rules.prefixes() {
            round.objects(prefix).await?;
            round.versions(prefix).await?;
            round.uploads(prefix).await?;
        }
        Ok(())
    }
}

/// One look at a bucket. What it finds is read in batches, each of a state of its own, and changed
/// only if it is still the same.
struct Round<'a> {
    objects: &'a Objects,
    bucket: &'a Bucket,
    rules: &'a LifecycleConfiguration,
    midnight: Timestamp,
    now: Timestamp,
    report: &'a mut LifecycleReport,
}

impl Round<'_> {
    async fn objects(&mut self, prefix: &str) -> Result<(), ObjectError> {
        let mut from = Position::Start;
        loop {
            let mut scan = self.objects.index.listing(&self.bucket.id).await?;
            let batch = scan.next(prefix, &from, BATCH).await?;
            drop(scan);
            let Some(last) = batch.last() else { return Ok(()) };
            from = Position::After(last.key.as_str().to_owned());
            for object in &batch {
                add(&mut self.report.seen, true);
                match self.rules.of_current(traits(object, object.modified), self.midnight) {
                    Fate::Stay => {}
                    Fate::Expire => {
                        let expired = self.objects.expire(self.bucket, object, self.now).await?;
                        add(&mut self.report.expired, expired);
                    }
                    Fate::Transition => self.transition(object).await?,
                }
            }
        }
    }

    /// Versions that were replaced, and delete markers. What replaced a version is what stands
    /// before it: the version that was seen last if that is of the same key, or the current object.
    async fn versions(&mut self, prefix: &str) -> Result<(), ObjectError> {
        let mut last: Option<Version> = None;
        loop {
            let index = &self.objects.index;
            let batch =
                index.hidden_versions(&self.bucket.id, prefix, last.as_ref(), BATCH).await?;
            if batch.is_empty() {
                return Ok(());
            }
            for version in batch {
                add(&mut self.report.seen, true);
                let newer = last.filter(|last| last.object_key() == version.object_key());
                self.version(&version, newer).await?;
                last = Some(version);
            }
        }
    }

    async fn version(
        &mut self,
        version: &Version,
        newer: Option<Version>,
    ) -> Result<(), ObjectError> {
        let newer = match newer {
            None => self.objects.index.find(self.bucket, version.object_key(), None).await?,
            newer => newer,
        };
        // What a read gets is not replaced by itself.
        let newer = newer.filter(|newer| newer.id() != version.id());
        let replaced = newer.map(|newer| newer.modified());
        match (version, replaced) {
            (Version::Marker(marker), _) => {
                if self.rules.expires_markers(marker.key.as_str()) {
                    let expired = self.objects.expire_version(self.bucket, version).await?;
                    add(&mut self.report.markers_expired, expired);
                }
            }
            (Version::Object(object), Some(replaced)) => {
                match self.rules.of_noncurrent(traits(object, replaced), self.midnight) {
                    Fate::Stay => {}
                    Fate::Expire => {
                        let expired = self.objects.expire_version(self.bucket, version).await?;
                        add(&mut self.report.versions_expired, expired);
                    }
                    Fate::Transition => self.transition(object).await?,
                }
            }
            // It became the current one meanwhile.
            (Version::Object(_), None) => {}
        }
        Ok(())
    }

    async fn uploads(&mut self, prefix: &str) -> Result<(), ObjectError> {
        let mut from = UploadPosition::Start;
        loop {
            let mut scan = self.objects.index.uploads(&self.bucket.id).await?;
            let batch = scan.next(prefix, &from, BATCH).await?;
            drop(scan);
            let Some(last) = batch.last() else { return Ok(()) };
            from = UploadPosition::After(last.key.as_str().to_owned(), last.id.as_str().to_owned());
            for upload in batch {
                add(&mut self.report.seen, true);
                if !self.rules.aborts(upload.key.as_str(), upload.initiated, self.midnight) {
                    continue;
                }
                let id = upload.id.as_str().to_owned();
                let place = UploadPlace { bucket: upload.bucket, key: upload.key, id };
                match self.objects.abort(place).await {
                    Ok(()) => add(&mut self.report.uploads_aborted, true),
                    // It was completed meanwhile.
                    Err(ObjectError::NoSuchUpload) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn transition(&mut self, object: &Object) -> Result<(), ObjectError> {
        let class = StorageClass::InfrequentAccess;
        if object.storage_class != class {
            let moved = self.objects.index.move_object(self.bucket, object, class).await?;
            add(&mut self.report.transitioned, moved);
        }
        Ok(())
    }
}

fn traits(object: &Object, since: Timestamp) -> Traits<'_> {
    Traits { key: object.key.as_str(), size: object.size, tags: &object.tags, since }
}

fn add(count: &mut u64, done: bool) {
    *count = count.saturating_add(u64::from(done));
}
