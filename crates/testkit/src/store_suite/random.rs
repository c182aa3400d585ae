//! Random transactions against a map.

use std::collections::BTreeMap;

use rolecall_store::{Key, Revision, Store, StoreError, Transaction};
use rolecall_types::{Random, SeededRandom};

use super::{Item, changes};

/// Two transactions at a time do random things. A map says what must be read, and the keys that
/// the first to commit has changed say whether the second must be refused.
pub(super) async fn transactions_match_a_map(store: &Store, seed: u64) -> Result<(), StoreError> {
    let random = SeededRandom::new(seed);
    let mut model: BTreeMap<String, u64> = BTreeMap::new();
    let mut watched: BTreeMap<String, u64> = BTreeMap::new();
    let mut watch = store.watch(Revision::ZERO);
    for round in 0..40 {
        let mut first = Actor::begin(store, &model).await?;
        let mut second = Actor::begin(store, &model).await?;
        for step in 0..6 {
            first.act(&random, round * 100 + step).await?;
            second.act(&random, round * 100 + 50 + step).await?;
        }
        for actor in [first, second] {
            let stale = actor.is_stale(&model);
            let Actor { transaction, view, writes, .. } = actor;
            match transaction.commit().await {
                Ok(_) => {
                    assert!(!stale, "seed {seed}: a stale transaction was committed");
                    for name in &writes {
                        match view.get(name) {
                            Some(number) => model.insert(name.clone(), *number),
                            None => model.remove(name),
                        };
                    }
                }
                Err(StoreError::Conflict) => {
                    assert!(stale, "seed {seed}: a sound transaction was refused");
                }
                Err(error) => return Err(error),
            }
        }
        while let Some(events) = watch.try_next()? {
            for (name, number) in changes(&events.events)? {
                match number {
                    Some(number) => watched.insert(name, number),
                    None => watched.remove(&name),
                };
            }
        }
        let stored = store.read().await?.all::<Item>(&[]).await?;
        let stored = stored.into_iter().map(|(key, item)| (key.texts().concat(), item.number));
        assert_eq!(stored.collect::<BTreeMap<_, _>>(), model, "seed {seed}, round {round}");
        assert_eq!(watched, model, "seed {seed}, round {round}: the watch");
    }
    Ok(())
}

/// A transaction beside the map that says what it must see.
struct Actor {
    transaction: Transaction,
    begun: BTreeMap<String, u64>,
    view: BTreeMap<String, u64>,
    writes: Vec<String>,
    reads: Vec<(String, String)>,
}

impl Actor {
    async fn begin(store: &Store, model: &BTreeMap<String, u64>) -> Result<Self, StoreError> {
        let (begun, view) = (model.clone(), model.clone());
        let transaction = store.begin().await?;
        Ok(Self { transaction, begun, view, writes: Vec::new(), reads: Vec::new() })
    }

    async fn act(&mut self, random: &SeededRandom, number: u64) -> Result<(), StoreError> {
        let name = random.text(b"abcdefghijkl", 1);
        let written = self.writes.contains(&name);
        match random.text(b"01234567", 1).as_str() {
            "0" | "1" => {
                self.transaction.put_at(&[&name], &Item { number })?;
                self.view.insert(name.clone(), number);
                self.writes.push(name);
            }
            "2" => {
                self.transaction.delete::<Item>(&[&name]);
                self.view.remove(&name);
                self.writes.push(name);
            }
            "3" | "4" | "5" => {
                let item = self.transaction.get::<Item>(&[&name]).await?;
                assert_eq!(item.map(|item| item.number), self.view.get(&name).copied());
                if !written {
                    self.reads.push((name.clone(), name));
                }
            }
            _ => {
                let limit = random.text(b"123", 1).len() + 1;
                let after = Key::of::<Item>(&[&name]);
                let found = self.transaction.scan::<Item>(&[], Some(&after), limit).await?;
                let found: Vec<_> =
                    found.iter().map(|(key, item)| (key.texts().concat(), item.number)).collect();
                let behind = self.view.iter().filter(|(other, _)| **other > name);
                let expected: Vec<_> =
                    behind.map(|(key, n)| (key.clone(), *n)).take(limit).collect();
                assert_eq!(found, expected, "behind {name}");
                let last = found.last().filter(|_| found.len() == limit);
                let last = last.map_or_else(|| "~".to_owned(), |(last, _)| last.clone());
                self.reads.push((format!("{name}\0"), last));
            }
        }
        Ok(())
    }

    /// Whether something that was read has changed since. Every value is written once, so equal
    /// is unchanged.
    fn is_stale(&self, model: &BTreeMap<String, u64>) -> bool {
        !self.writes.is_empty()
            && self.reads.iter().any(|(first, last)| {
                let within = |(name, _): &(&String, &u64)| *name >= first && *name <= last;
                !model.iter().filter(within).eq(self.begun.iter().filter(within))
            })
    }
}
