//! What handlers do before their transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle, Prepared, RouteOf, Views, store_error};
use rolecall_policy::Need;
use rolecall_store::{Record, Store, StoreError, Transaction};
use rolecall_types::{AccountId, ManualClock};
use serde::{Deserialize, Serialize};

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
    prepared: AtomicU64,
    tried: AtomicU64,
}

/// How often the rival is faster.
const BEATEN: u64 = 5;

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
        if self.tried.fetch_add(1, Ordering::SeqCst) < BEATEN {
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

/// Slow work happens once for a call, however often its transaction is beaten: who waits in the
/// line of the beaten waits for transactions alone.
#[test]
fn a_call_is_prepared_once_and_handled_until_it_comes_through() {
    block_on(async {
        let (store, counting) = (store(), Arc::new(Counting::default()));
        let start = store.read().await.unwrap().revision();
        let (views, work) = Views::follow(store.clone(), start, Vec::new());
        tokio::spawn(async move { panic!("the views stopped: {}", work.await) });
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let route = RouteOf::<Count, Counting>::new(Arc::clone(&counting));
        let gate = gate(&clock, (store, views), Arc::default(), vec![Box::new(route)]);
        let account = AccountId::parse("1234567890123456").unwrap();
        let call = gate.call_as_operator(&account, Product::Ecs, "Count", Vec::new());
        assert_eq!(call.await.unwrap()["Number"], 6);
        assert_eq!(counting.tried.load(Ordering::SeqCst), BEATEN + 1);
        assert_eq!(counting.prepared.load(Ordering::SeqCst), 1);
    });
}
