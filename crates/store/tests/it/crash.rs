//! Power failures, simulated: a workload runs once on a disk that logs every step; then the disk
//! is cut at random points, where of the steps since the last sync a random subset of sectors was
//! written, and the store is opened on what is left. It must hold every acknowledged commit, and
//! of the others a whole number in their order.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use rolecall_store::{Revision, Store, StoreError};
use rolecall_testkit::store_suite::{Item, PlainSealer};
use rolecall_types::{Random, SeededRandom};

use crate::disk::{Disk, Habit, SECTOR, Step, apply};
use crate::engine::Engine;

/// Threads that commit at once, so that groups form.
const THREADS: u64 = 4;
/// Commits of each thread.
const COMMITS: u64 = 60;
/// Different keys: few enough that they are overwritten and deleted often.
const KEYS: u64 = 80;

/// The content of a store: each key's number.
type Content = BTreeMap<String, u64>;

/// What a run of cuts found.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// Points at which the disk was cut.
    pub(crate) points: usize,
    /// Points after which a commit that had not been acknowledged was there all the same.
    pub(crate) in_flight_kept: usize,
    /// Points at which steps were lost or torn.
    pub(crate) torn: usize,
}

/// Runs workloads of an engine on a disk with a habit and cuts each at some points, until there
/// were `points` of them.
pub(crate) fn cut(
    engine: Engine,
    habit: Habit,
    points: usize,
    seed: u64,
) -> Result<Cuts, Box<dyn Error>> {
    const POINTS_PER_WORKLOAD: usize = 1_000;
    let random = SeededRandom::new(seed);
    let mut cuts = Cuts::default();
    while cuts.points < points {
        let recorded = record(engine, habit, &random)?;
        let left = points.saturating_sub(cuts.points).min(POINTS_PER_WORKLOAD);
        let mut chosen: Vec<usize> =
            (0..left).map(|_| below(&random, recorded.steps.len().saturating_add(1))).collect();
        chosen.sort_unstable();
        let mut walk = Walk::new(&recorded);
        for point in chosen {
            walk.advance(point);
            check_cut(engine, &recorded, &walk, &random, &mut cuts)
                .map_err(|error| format!("seed {seed}, cut before step {point}: {error}"))?;
            cuts.points = cuts.points.saturating_add(1);
        }
    }
    Ok(cuts)
}

/// A workload's steps, and what the store held at each revision.
struct Recorded {
    start: Vec<u8>,
    steps: Vec<Step>,
    contents: Vec<Content>,
}

fn record(engine: Engine, habit: Habit, random: &SeededRandom) -> Result<Recorded, Box<dyn Error>> {
    let disk = Disk::new(habit);
    let sealer = Arc::new(PlainSealer);
    let seed = u64::try_from(below(random, usize::MAX))?;
    let backend = engine.create(&disk, sealer.clone(), Arc::new(SeededRandom::new(seed)))?;
    let start = disk.bytes();
    disk.take_steps();
    let store = Store::new(backend, sealer.clone(), Arc::new(SeededRandom::new(seed)));
    let mut watch = store.watch(Revision::ZERO);
    std::thread::scope(|scope| {
        let works: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (store, disk) = (&store, &disk);
                scope.spawn(move || work(store, disk, seed ^ thread, thread))
            })
            .collect();
        works.into_iter().try_for_each(|work| match work.join() {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(Box::<dyn Error>::from("the workload panicked")),
        })
    })?;
    let mut contents = vec![Content::new()];
    while let Some(events) = watch.try_next()? {
        let mut content = contents.last().cloned().unwrap_or_default();
        for event in &events.events {
            match event.of::<Item>()? {
                Some((key, Some(item))) => content.insert(key.to_string(), item.number),
                Some((key, None)) => content.remove(&key.to_string()),
                None => None,
            };
        }
        contents.push(content);
    }
    drop(watch);
    drop(store);
    Ok(Recorded { start, steps: disk.take_steps(), contents })
}

fn work(store: &Store, disk: &Disk, seed: u64, thread: u64) -> Result<(), StoreError> {
    let random = SeededRandom::new(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|_| StoreError::Closed)?;
    for number in 0..COMMITS {
        let revision = runtime.block_on(async {
            let mut transaction = store.begin().await?;
            for _ in 0..=below(&random, 4) {
                let key = below(&random, usize::try_from(KEYS).unwrap_or(1)).to_string();
                // Long parts, so that pages split and merge with few records.
                let key = key.repeat(1 + key.len() * 30);
                if below(&random, 4) == 0 {
                    transaction.delete::<Item>(&[&key]);
                } else {
                    transaction.put_at(&[&key], &Item { number: thread * COMMITS + number })?;
                }
            }
            transaction.commit().await
        })?;
        disk.acknowledged(revision.number());
    }
    Ok(())
}

/// A position in the steps: what is durable there, and what may be.
struct Walk<'a> {
    recorded: &'a Recorded,
    position: usize,
    durable: Vec<u8>,
    unsynced: Vec<&'a Step>,
    acknowledged: u64,
}

impl<'a> Walk<'a> {
    fn new(recorded: &'a Recorded) -> Self {
        let durable = recorded.start.clone();
        Self { recorded, position: 0, durable, unsynced: Vec::new(), acknowledged: 0 }
    }

    fn advance(&mut self, to: usize) {
        let steps = self.recorded.steps.get(self.position..to).unwrap_or_default();
        for step in steps {
            match step {
                Step::Sync => {
                    for step in self.unsynced.drain(..) {
                        apply(&mut self.durable, step);
                    }
                }
                Step::Acknowledged(revision) => {
                    self.acknowledged = self.acknowledged.max(*revision);
                }
                step => self.unsynced.push(step),
            }
        }
        self.position = to;
    }

    /// The disk after a power failure here.
    fn cut(&self, random: &SeededRandom) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for step in &self.unsynced {
            match step {
                Step::Write(offset, data) => {
                    for (index, sector) in data.chunks(SECTOR).enumerate() {
                        if below(random, 2) == 0 {
                            let offset = offset.saturating_add(index.saturating_mul(SECTOR));
                            apply(&mut bytes, &Step::Write(offset, sector.to_vec()));
                        }
                    }
                }
                step => {
                    if below(random, 2) == 0 {
                        apply(&mut bytes, step);
                    }
                }
            }
        }
        bytes
    }
}

fn check_cut(
    engine: Engine,
    recorded: &Recorded,
    walk: &Walk<'_>,
    random: &SeededRandom,
    cuts: &mut Cuts,
) -> Result<(), Box<dyn Error>> {
    let disk = Disk::with(walk.cut(random));
    let sealer = Arc::new(PlainSealer);
    let nonces = Arc::new(SeededRandom::new(0));
    let acknowledged = Revision::new(walk.acknowledged);
    let backend = engine.reopen(&disk, acknowledged, sealer.clone(), nonces.clone())?;
    let store = Store::new(backend, sealer, nonces);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (revision, content) = runtime.block_on(async {
        let reader = store.read().await?;
        let items = reader.all::<Item>(&[]).await?;
        let items = items.into_iter().map(|(key, item)| (key.to_string(), item.number));
        Ok::<_, StoreError>((reader.revision().number(), items.collect::<Content>()))
    })?;
    if recorded.contents.get(usize::try_from(revision)?) != Some(&content) {
        return Err(format!("what is there is not what revision {revision} held").into());
    }
    cuts.in_flight_kept += usize::from(revision > walk.acknowledged);
    cuts.torn += usize::from(!walk.unsynced.is_empty());
    Ok(())
}

fn below(random: &SeededRandom, limit: usize) -> usize {
    let mut bytes = [0; size_of::<u64>()];
    random.fill(&mut bytes);
    let number = usize::try_from(u64::from_be_bytes(bytes)).unwrap_or_default();
    number.checked_rem(limit).unwrap_or_default()
}
