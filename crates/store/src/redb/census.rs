//! The census: what the file must hold, counted independently of the order in which it is read.
//!
//! A seal shows that a record is genuine and in its place, but not that it is the latest one, nor
//! that none is missing. The census does: a sum of keyed hashes over every key, revision and sealed
//! value, kept up to date with each write and sealed itself. The hashes' secret is in the census,
//! so a thief cannot look for a set of old records with the same sum.
//!
//! Three more sums name a single record that was lost, added or taken back: they detect nothing
//! that the hash does not.

use rolecall_crypto::BodyHash;
use rolecall_types::Random;
use serde::{Deserialize, Serialize};

use crate::space::Space;
use crate::stored::Stored;
use crate::{Key, Revision};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Census {
    secret: [u8; 32],
    pub(super) revision: Revision,
    count: u64,
    /// Of the hashes, as four lanes of 64 bits.
    sum: [u64; 4],
    /// All keys, laid over each other by exclusive or: one missing key shows.
    keys: Vec<u8>,
    /// Of the records' revisions, and of the revisions times a number that the key gives.
    revisions: u64,
    weighted: u64,
}

impl Census {
    /// The census of an empty store.
    pub(super) fn new(random: &dyn Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self::empty(secret)
    }

    /// The count of what `space` holds, to be compared with this one.
    pub(super) fn recount(&self, space: &Space) -> Self {
        let mut census = Self::empty(self.secret);
        census.revision = self.revision;
        for stored in space.records() {
            census.add(stored);
        }
        census
    }

    pub(super) fn add(&mut self, stored: &Stored) {
        self.count = self.count.wrapping_add(1);
        let lanes = self.lanes(stored);
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_add(lane);
        }
        self.lay_over(stored.key());
        self.revisions = self.revisions.wrapping_add(stored.revision().number());
        self.weighted = self.weighted.wrapping_add(self.weight(stored));
    }

    pub(super) fn remove(&mut self, stored: &Stored) {
        self.count = self.count.wrapping_sub(1);
        let lanes = self.lanes(stored);
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_sub(lane);
        }
        self.lay_over(stored.key());
        self.revisions = self.revisions.wrapping_sub(stored.revision().number());
        self.weighted = self.weighted.wrapping_sub(self.weight(stored));
    }

    /// The one record in which `space`, counted as `found`, differs from this census.
    pub(super) fn culprit(&self, found: &Self, space: &Space) -> Option<(Key, &'static str)> {
        let moved = self.revisions.wrapping_sub(found.revisions);
        let weighted = self.weighted.wrapping_sub(found.weighted);
        if self.count == found.count {
            let taken_back =
                |stored: &&Stored| self.index(stored.key()).wrapping_mul(moved) == weighted;
            let stored = (moved != 0).then(|| space.records().iter().find(taken_back)).flatten()?;
            return Some((stored.entry().key, "the record is an older one"));
        }
        let mut key = self.keys.clone();
        exclusive_or(&mut key, &found.keys);
        let length = key.iter().rposition(|byte| *byte != 0)?.checked_add(1)?;
        key.truncate(length);
        let key = Key::from_bytes(key.into())?;
        match space.stored(&key) {
            None if found.count.checked_add(1) == Some(self.count) => {
                Some((key, "the record is missing"))
            }
            Some(_) if self.count.checked_add(1) == Some(found.count) => {
                Some((key, "the record should have been deleted"))
            }
            _ => None,
        }
    }

    fn empty(secret: [u8; 32]) -> Self {
        Self {
            secret,
            revision: Revision::ZERO,
            count: 0,
            sum: [0; 4],
            keys: Vec::new(),
            revisions: 0,
            weighted: 0,
        }
    }

    fn lay_over(&mut self, key: &[u8]) {
        exclusive_or(&mut self.keys, key);
        let length = self.keys.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.keys.truncate(length);
    }

    fn weight(&self, stored: &Stored) -> u64 {
        self.index(stored.key()).wrapping_mul(stored.revision().number())
    }

    /// A number that stands for the key.
    fn index(&self, key: &[u8]) -> u64 {
        let [index, ..] = self.hash([key, &[], &[]]);
        index
    }

    fn lanes(&self, stored: &Stored) -> [u64; 4] {
        let revision = stored.revision().number().to_be_bytes();
        self.hash([stored.key(), &revision, stored.value()])
    }

    fn hash(&self, pieces: [&[u8]; 3]) -> [u64; 4] {
        let mut hash = BodyHash::new();
        hash.update(&self.secret);
        for piece in pieces {
            hash.update(&piece.len().to_be_bytes());
            hash.update(piece);
        }
        let digits = hash.finish();
        let lane = |index: usize| {
            let digits = digits.get(index * 16..(index + 1) * 16).unwrap_or_default();
            u64::from_str_radix(digits, 16).unwrap_or_default()
        };
        [lane(0), lane(1), lane(2), lane(3)]
    }
}

fn exclusive_or(bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.len() < other.len() {
        bytes.resize(other.len(), 0);
    }
    for (byte, other) in bytes.iter_mut().zip(other) {
        *byte ^= other;
    }
}
