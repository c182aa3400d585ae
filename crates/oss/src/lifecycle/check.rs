//! Which rules may be set. Source: OSS `PutBucketLifecycle`, and the pages of its ECs, 0014-….

use std::collections::BTreeSet;

use rolecall_api::{ApiError, Code};
use rolecall_types::{Random, Timestamp, time};

use crate::code::{self, invalid_argument};
use crate::record::{
    AbortMultipartUpload, Expiration, LifecycleConfiguration, LifecycleFilter, LifecycleRule,
    Since, Transition,
};
use crate::tagging::Tag;

impl LifecycleConfiguration {
    /// The same, each rule with a name; refused where a rule cannot be carried out, or where two
    /// would do the same to the same objects and the caller did not say that this is meant.
    pub(crate) fn checked(
        mut self,
        allow_overlap: bool,
        random: &dyn Random,
    ) -> Result<Self, ApiError> {
        let mut names = BTreeSet::new();
        for rule in &mut self.rules {
            rule.check()?;
            let name = rule.id.get_or_insert_with(|| random.text(b"0123456789abcdef", 32));
            if !names.insert(name.clone()) {
                return Err(invalid_argument("The ID of a rule is not unique.", "ID", name));
            }
        }
        for (position, rule) in self.rules.iter().enumerate() {
            let before = self.rules.iter().take(position);
            for other in before.filter(|other| rule.overlaps(other)) {
                rule.check_beside(other, allow_overlap)?;
            }
        }
        Ok(self)
    }
}

impl LifecycleRule {
    fn check(&self) -> Result<(), ApiError> {
        let acts = self.expiration.is_some()
            || !self.transition.is_empty()
            || self.abort_multipart_upload.is_some()
            || self.noncurrent_version_expiration.is_some()
            || !self.noncurrent_version_transition.is_empty();
        if !acts {
            return Err(ApiError::of(&code::INVALID_REQUEST, "A rule has no action."));
        }
        let narrows = !self.tag.is_empty() || self.filter.is_some();
        if self.abort_multipart_upload.is_some() && narrows {
            let message = "AbortMultipartUpload can not be specified with Tag or Filter.";
            return Err(ApiError::of(&code::INVALID_REQUEST, message));
        }
        if let Some(filter) = &self.filter {
            filter.check(self.prefix())?;
        }
        if let Some(expiration) = &self.expiration {
            let of_markers = expiration.since()?.is_none();
            if of_markers && narrows {
                let message = "ExpiredObjectDeleteMarker can not be specified with Tag or Filter.";
                return Err(ApiError::of(&code::INVALID_REQUEST, message));
            }
        }
        if let Some(abort) = &self.abort_multipart_upload {
            abort.since()?;
        }
        let mut classes = BTreeSet::new();
        for transition in &self.transition {
            transition.check()?;
            if !classes.insert(&transition.storage_class) {
                return Err(ApiError::new(&code::LIFECYCLE_SAME_TRANSITION));
            }
        }
        for transition in &self.noncurrent_version_transition {
            check_class(&transition.storage_class)?;
            let options = [transition.return_to_std_when_visit, transition.allow_small_file];
            check_access_time(transition.is_access_time, options)?;
        }
        if self.noncurrent_version_transition.len() > 1 {
            return Err(ApiError::new(&code::LIFECYCLE_SAME_TRANSITION));
        }
        if let (Some(expiration), Some(transition)) =
            (&self.noncurrent_version_expiration, self.noncurrent_version_transition.first())
            && expiration.noncurrent_days <= transition.noncurrent_days
        {
            return Err(ApiError::new(&code::LIFECYCLE_ORDER));
        }
        self.check_times(self)
    }

    /// Whether an object can be under both rules. Rules of different tags are taken for rules on
    /// different objects.
    fn overlaps(&self, other: &Self) -> bool {
        let (one, two) = (self.prefix(), other.prefix());
        let tags = |rule: &Self| -> BTreeSet<(String, String)> {
            rule.tag.iter().map(Tag::pair).collect()
        };
        (one.starts_with(two) || two.starts_with(one)) && tags(self) == tags(other)
    }

    /// Refuses a rule beside one of the same objects.
    fn check_beside(&self, other: &Self, allow_overlap: bool) -> Result<(), ApiError> {
        self.check_times(other)?;
        other.check_times(self)?;
        if allow_overlap {
            return Ok(());
        }
        let refuse = |code: &'static Code| Err(ApiError::new(code));
        if self.prefix() == other.prefix() && self.filter == other.filter {
            return refuse(&code::LIFECYCLE_SAME_PREFIX);
        }
        let both = |has: fn(&Self) -> bool| has(self) && has(other);
        if both(|rule| rule.expiration.is_some())
            || both(|rule| rule.abort_multipart_upload.is_some())
            || both(|rule| rule.noncurrent_version_expiration.is_some())
        {
            return refuse(&code::LIFECYCLE_OVERLAP);
        }
        let same = |rule: &Self| rule.transition.iter().any(|it| it.storage_class == "IA");
        let noncurrent = |rule: &Self| !rule.noncurrent_version_transition.is_empty();
        if same(self) && same(other) || noncurrent(self) && noncurrent(other) {
            return refuse(&code::LIFECYCLE_SAME_TRANSITION);
        }
        Ok(())
    }

    /// Refuses a transition that comes with, or after, the other rule's expiration, or that is not
    /// told in the same kind of time.
    fn check_times(&self, other: &Self) -> Result<(), ApiError> {
        let Some(expiration) = &other.expiration else { return Ok(()) };
        for transition in &self.transition {
            match (transition.since()?, expiration.since()?) {
                (Since::Days(first), Some(Since::Days(then))) if then <= first => {
                    return Err(ApiError::new(&code::LIFECYCLE_ORDER));
                }
                (Since::Days(_), Some(Since::CreatedBefore(_)))
                | (Since::CreatedBefore(_), Some(Since::Days(_))) => {
                    return Err(ApiError::new(&code::LIFECYCLE_MIXED));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What its objects' keys begin with.
    pub(crate) fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or_default()
    }
}

impl LifecycleFilter {
    fn check(&self, prefix: &str) -> Result<(), ApiError> {
        if let (Some(above), Some(below)) =
            (self.object_size_greater_than, self.object_size_less_than)
            && below <= above
        {
            let message = "ObjectSizeLessThan must be greater than ObjectSizeGreaterThan.";
            return Err(invalid_argument(message, "ObjectSizeLessThan", &below.to_string()));
        }
        for not in &self.not {
            let inner = not.prefix.as_deref().unwrap_or_default();
            if inner.is_empty() && not.tag.is_none() {
                return Err(ApiError::of(
                    &code::INVALID_REQUEST,
                    "A Not has neither Prefix nor Tag.",
                ));
            }
            if !inner.is_empty() && (!inner.starts_with(prefix) || inner == prefix) {
                let message = "The Prefix of a Not must begin with that of its rule and be longer.";
                return Err(invalid_argument(message, "Prefix", inner));
            }
        }
        Ok(())
    }
}

impl Expiration {
    /// From when on objects are deleted; none: it is about delete markers.
    pub(crate) fn since(&self) -> Result<Option<Since>, ApiError> {
        let markers = self.expired_object_delete_marker == Some(true);
        match (self.days, &self.created_before_date, &self.date, markers) {
            (Some(days), None, None, false) => Ok(Some(Since::Days(days))),
            (None, Some(date), None, false) => {
                midnight("CreatedBeforeDate", date).map(Since::CreatedBefore).map(Some)
            }
            (None, None, Some(date), false) => midnight("Date", date).map(Since::Date).map(Some),
            (None, None, None, true) => Ok(None),
            (None, None, None, false) => Err(ApiError::new(&code::LIFECYCLE_NO_EXPIRATION)),
            _ => Err(ApiError::new(&code::LIFECYCLE_MIXED)),
        }
    }
}

impl Transition {
    fn check(&self) -> Result<(), ApiError> {
        check_class(&self.storage_class)?;
        let options = [self.return_to_std_when_visit, self.allow_small_file];
        check_access_time(self.is_access_time, options)?;
        self.since().map(drop)
    }

    /// From when on objects are kept elsewhere.
    pub(crate) fn since(&self) -> Result<Since, ApiError> {
        one_of(self.days, self.created_before_date.as_deref())
    }
}

impl AbortMultipartUpload {
    /// From when on uploads are given up.
    pub(crate) fn since(&self) -> Result<Since, ApiError> {
        one_of(self.days, self.created_before_date.as_deref())
    }
}

fn one_of(days: Option<u32>, date: Option<&str>) -> Result<Since, ApiError> {
    match (days, date) {
        (Some(days), None) => Ok(Since::Days(days)),
        (None, Some(date)) => midnight("CreatedBeforeDate", date).map(Since::CreatedBefore),
        (None, None) => Err(ApiError::of(
            &code::INVALID_REQUEST,
            "Days or CreatedBeforeDate must be specified.",
        )),
        (Some(_), Some(_)) => Err(ApiError::new(&code::LIFECYCLE_MIXED)),
    }
}

fn midnight(name: &'static str, text: &str) -> Result<Timestamp, ApiError> {
    let whole = text.strip_suffix(".000Z").map(|text| format!("{text}Z"));
    let at = time::parse_seconds(whole.as_deref().unwrap_or(text));
    at.filter(|_| text.get(10..19) == Some("T00:00:00")).ok_or_else(|| {
        let message = format!("The {name} must be midnight UTC, such as 2002-10-11T00:00:00.000Z.");
        invalid_argument(&message, name, text)
    })
}

fn check_class(class: &str) -> Result<(), ApiError> {
    match class {
        "IA" => Ok(()),
        "Archive" | "ColdArchive" | "DeepColdArchive" => {
            Err(ApiError::of(&code::NOT_IMPLEMENTED, format!("the storage class {class}")))
        }
        other => {
            let message = "No such bucket storage class exists.";
            Err(invalid_argument(message, "StorageClass", other))
        }
    }
}

/// Who counts from the last read must have kept when that was.
fn check_access_time(asked: Option<bool>, options: [Option<bool>; 2]) -> Result<(), ApiError> {
    if asked == Some(true) {
        return Err(ApiError::of(&code::NOT_IMPLEMENTED, "IsAccessTime"));
    }
    if options.contains(&Some(true)) {
        let message = "ReturnToStdWhenVisit and AllowSmallFile need IsAccessTime.";
        return Err(ApiError::of(&code::INVALID_REQUEST, message));
    }
    Ok(())
}
