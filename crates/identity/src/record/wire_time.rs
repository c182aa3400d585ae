//! Times in records: whole seconds, spelled as on the wire.

use rolecall_types::{Timestamp, time};
use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time::seconds(*at))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    time::parse_seconds(&text).ok_or_else(|| de::Error::custom("not a time in whole seconds"))
}
