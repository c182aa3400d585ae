//! The object service, called in-process as a client would: signed requests in, answers out.

#[cfg(test)]
mod appending;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod buckets;
#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod copying;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod deleting_many;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod failing_store;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod not_served;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod object_tags;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod scrubbing;
#[cfg(test)]
mod support;
#[cfg(test)]
mod symlinks;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod version_listing;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod versions_model;
