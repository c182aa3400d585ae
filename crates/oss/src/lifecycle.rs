//! What becomes of objects with time: the rules checked, what they say of an object, and the worker
//! that does it.
//!
//! Rules are looked at once a day, at midnight UTC by the clock of the service, and "so many days
//! after" means that so many times 24 hours were over at such a midnight. Source: the page
//! "Lifecycle rules based on the last modified time" of OSS.

mod check;
mod fate;
mod worker;

pub(crate) use fate::midnight_before;

pub use worker::LifecycleReport;
