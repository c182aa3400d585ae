//! The plan: rules in their order, and how often each has struck.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rule::{Asked, Fault, Rule};

/// The faults that befall requests. It is empty at first, is kept in memory alone, and costs a look
/// at one number for each request as long as no rule can strike.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    /// How many rules are not used up.
    live: AtomicUsize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// How many rules there were since the server started.
    numbered: u32,
    rules: Vec<Numbered>,
}

#[derive(Debug)]
struct Numbered {
    number: u32,
    rule: Rule,
    /// How many requests it was about, struck or not.
    seen: u64,
    struck: u32,
}

/// A rule and what has become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleState {
    /// Its number: the first rule since the server started is 1.
    pub(crate) number: u32,
    /// The rule.
    pub(crate) rule: Rule,
    /// How many requests it has struck.
    pub(crate) struck: u32,
    /// How many it will strike yet, where they are counted.
    pub(crate) left: Option<u32>,
}

/// What befalls one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Strike {
    /// How long it waits first.
    pub(crate) latency: Duration,
    /// What happens then.
    pub(crate) fault: Option<Fault>,
}

impl Strike {
    /// Waits as long as the request must.
    pub(crate) async fn wait(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }
}

impl FaultPlan {
    /// Whether nothing can strike.
    pub(crate) fn is_idle(&self) -> bool {
        self.live.load(Ordering::Relaxed) == 0
    }

    /// Adds a rule behind the others; it strikes from the next request on.
    pub(crate) fn add(&self, rule: Rule) -> RuleState {
        let mut kept = self.lock();
        kept.numbered = kept.numbered.saturating_add(1);
        let numbered = Numbered { number: kept.numbered, rule, seen: 0, struck: 0 };
        let state = numbered.state();
        kept.rules.push(numbered);
        self.recount(&kept);
        state
    }

    /// Takes all rules away.
    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        kept.rules.clear();
        self.recount(&kept);
    }

    /// The rules, those that are used up too.
    pub(crate) fn rules(&self) -> Vec<RuleState> {
        self.lock().rules.iter().map(Numbered::state).collect()
    }

    /// What befalls a request: the latencies of all rules about it up to the first one with another
    /// fault that strikes, and that one.
    pub(crate) fn strike(&self, asked: &Asked<'_>) -> Strike {
        let mut strike = Strike::default();
        if self.is_idle() {
            return strike;
        }
        let mut kept = self.lock();
        for numbered in &mut kept.rules {
            if !numbered.strikes(asked) {
                continue;
            }
            let (number, rule) = (numbered.number, &numbered.rule);
            tracing::info!(number, service = %rule.service, fault = %rule.fault, "a fault strikes");
            match rule.fault {
                Fault::Latency(time) => strike.latency = strike.latency.saturating_add(time),
                fault => {
                    strike.fault = Some(fault);
                    break;
                }
            }
        }
        self.recount(&kept);
        strike
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recount(&self, kept: &Kept) {
        let live = kept.rules.iter().filter(|numbered| numbered.left() != Some(0)).count();
        self.live.store(live, Ordering::Relaxed);
    }
}

impl Numbered {
    fn left(&self) -> Option<u32> {
        self.rule.count.map(|count| count.saturating_sub(self.struck))
    }

    fn state(&self) -> RuleState {
        let Self { number, rule, struck, .. } = self;
        RuleState { number: *number, rule: rule.clone(), struck: *struck, left: self.left() }
    }

    /// Whether a request is struck, which is taken note of.
    fn strikes(&mut self, asked: &Asked<'_>) -> bool {
        if self.left() == Some(0) || !self.rule.is_about(asked) {
            return false;
        }
        let thrown = dice(self.rule.seed, self.seen);
        self.seen = self.seen.wrapping_add(1);
        let strikes = thrown < self.rule.probability;
        self.struck = self.struck.saturating_add(strikes.into());
        strikes
    }
}

/// The throw of number `index` of the dice that begin with `seed`: 0 at least, below 1. It is
/// `SplitMix64`, so that a throw needs none of those before it.
fn dice(seed: u64, index: u64) -> f64 {
    let mut mixed = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // 32 bits are enough for a probability, and a float holds them exactly.
    f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) / 4_294_967_296.0
}
