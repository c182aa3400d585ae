//! What the owner of a bucket can set, as the documents of its sub-resources say it: what is read
//! from a request is what is kept and told.

mod cors;
mod encryption;
mod lifecycle;
mod logging;
mod referer;
mod request_payment;
mod website;

pub(crate) use cors::{CorsConfiguration, CorsRule};
pub(crate) use encryption::EncryptionRule;
pub(crate) use lifecycle::{
    AbortMultipartUpload, Expiration, Lifecycle, LifecycleConfiguration, LifecycleFilter,
    LifecycleRule, NotFilter, Since, Transition,
};
pub(crate) use logging::{BucketLoggingStatus, LoggingEnabled};
pub(crate) use referer::RefererConfiguration;
pub(crate) use request_payment::{Payer, RequestPaymentConfiguration};
pub(crate) use website::{
    IncludeHeader, Redirect, RoutingCondition, RoutingRule, WebsiteConfiguration,
};
