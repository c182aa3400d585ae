//! What handlers do before their transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle, Prepared, RouteOf, Views, store_error};
use rolecall_policy::Need;
use rolecall_store::{Record, Store, StoreError, Transaction};
use rolecall_types::{AccountId, ManualClock};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::{block_on, gate, store};

/// Counts up.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Count {}

/// How far it is.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct CountReply {
    /// The number.
    number: i64,
}

impl Authorize for Count {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _: &Scope) -> Vec<Need> {
        vec![Need::any("ecs:Count")]
    }
}

impl Operation for Count {
    type Reply = CountReply;
    const SPEC: Spec = Spec::write(Product::Ecs, "Count");
}

#[derive(Default, Serialize, Deserialize)]
struct NumberRecord(i64);

impl Record for NumberRecord {
    const TABLE: &'static str = "number";
    const VERSION: u32 = 1;
}

/// Counts, and meets a faster rival at each of its first tries.
#[derive(Default)]
struct Counting {
    /// How often the rival is faster.
    beaten: u64,
    prepared: AtomicU64,
    tried: AtomicU64,
}

impl Handle<Count> for Counting {
    async fn prepare(
        &self,
        _: &Context,
        store: &Store,
        _: &Permit<Count>,
    ) -> Result<Prepared, ApiError> {
        self.prepared.fetch_add(1, Ordering::SeqCst);
        Ok(Prepared::of(store.clone()))
    }

    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        _: &Permit<Count>,
    ) -> Result<CountReply, ApiError> {
        let number = count(transaction).await.map_err(store_error)?;
        if self.tried.fetch_add(1, Ordering::SeqCst) < self.beaten {
            let store: &Store = context.prepared.get()?;
            let mut rival = store.begin().await.map_err(store_error)?;
            count(&mut rival).await.map_err(store_error)?;
            rival.commit().await.map_err(store_error)?;
        }
        Ok(CountReply { number })
    }
}

async fn count(transaction: &mut Transaction) -> Result<i64, StoreError> {
    let NumberRecord(number) = transaction.get(&["it"]).await?.unwrap_or_default();
    transaction.put_at(&["it"], &NumberRecord(number + 1))?;
    Ok(number + 1)
}

/// What becomes of a call whose transaction is beaten so often; it was prepared once.
async fn call(beaten: u64) -> (Result<Value, ApiError>, u64) {
    let (store, counting) = (store(), Arc::new(Counting { beaten, ..Counting::default() }));
    let start = store.read().await.unwrap().revision();
    let (views, work) = Views::follow(store.clone(), start, Vec::new());
    tokio::spawn(async move { panic!("the views stopped: {}", work.await) });
    let clock = Arc::new(ManualClock::at(1_700_000_000));
    let route = RouteOf::<Count, Counting>::new(Arc::clone(&counting));
    let gate = gate(&clock, (store, views), Arc::default(), vec![Box::new(route)]);
    let account = AccountId::parse("1234567890123456").unwrap();
    let outcome = gate.call_as_operator(&account, Product::Ecs, "Count", Vec::new()).await;
    assert_eq!(counting.prepared.load(Ordering::SeqCst), 1);
    (outcome, counting.tried.load(Ordering::SeqCst))
}

/// Slow work happens once for a call, however often its transaction is beaten: who waits in the
/// line of the beaten waits for transactions alone.
#[test]
fn a_call_is_prepared_once_and_handled_until_it_comes_through() {
    let (outcome, tried) = block_on(call(5));
    assert_eq!(outcome.unwrap()["Number"], 6);
    assert_eq!(tried, 6);
}

#[test]
fn a_call_that_is_always_beaten_is_given_up() {
    let (outcome, tried) = block_on(call(u64::MAX));
    assert_eq!(outcome.unwrap_err().name(), "ServiceUnavailable");
    assert_eq!(tried, 64);
}
