//! Callbacks of uploads: the key that signs them, made when the first one is sent, and how they
//! leave.

use std::error::Error;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use rolecall_crypto::CallbackKey;
use rolecall_http::{Network, Outward};
use rolecall_oss::{CallbackKeys, Callbacks};
use rolecall_store::{Record, Store, StoreError};
use rolecall_types::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::OnceCell;

/// Where the public key is, for those who verify callbacks.
pub(crate) const KEY_PATH: &str = "/_rolecall/callback-key.pem";

/// The key as it is kept: in the store, whose records the key ring seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptKey {
    /// The private key in DER (PKCS#8).
    #[serde(serialize_with = "expose", deserialize_with = "take")]
    der: Secret<Vec<u8>>,
}

impl Record for KeptKey {
    const TABLE: &'static str = "callback-key";
    const VERSION: u32 = 1;
}

fn expose<S: Serializer>(secret: &Secret<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
    secret.expose().serialize(to)
}

fn take<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<Vec<u8>>, D::Error> {
    Vec::deserialize(from).map(Secret::new)
}

/// The key of one installation.
#[derive(Debug)]
pub(crate) struct KeptCallbackKey {
    store: Store,
    key: OnceCell<Arc<CallbackKey>>,
}

impl KeptCallbackKey {
    /// The key that is in the store; a new one where there is none.
    async fn open(&self) -> Result<Arc<CallbackKey>, Box<dyn Error + Send + Sync>> {
        let der = self.kept().await?;
        // Both take the time of many requests.
        let key = tokio::task::spawn_blocking(move || CallbackKey::read(&der)).await??;
        Ok(Arc::new(key))
    }

    async fn kept(&self) -> Result<Secret<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        if let Some(kept) = self.store.read().await?.get::<KeptKey>(&["key"]).await? {
            return Ok(kept.der);
        }
        let der = tokio::task::spawn_blocking(CallbackKey::generate).await??;
        loop {
            let mut transaction = self.store.begin().await?;
            if let Some(kept) = transaction.get::<KeptKey>(&["key"]).await? {
                return Ok(kept.der);
            }
            transaction.put_at(&["key"], &KeptKey { der: der.clone() })?;
            match transaction.commit().await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(der),
            }
        }
    }
}

impl CallbackKeys for KeptCallbackKey {
    fn key(&self) -> BoxFuture<'_, Result<Arc<CallbackKey>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async { self.key.get_or_try_init(|| self.open()).await.cloned() })
    }
}

/// Callbacks to public addresses and to these networks, with the key that signs them: it is kept in
/// this store and told at this endpoint.
pub(crate) fn callbacks(
    networks: &[Network],
    store: &Store,
    endpoint: &str,
) -> (Callbacks, Arc<KeptCallbackKey>) {
    let key = Arc::new(KeptCallbackKey { store: store.clone(), key: OnceCell::new() });
    let outward = Arc::new(Outward::new(networks.to_vec()));
    let keys: Arc<dyn CallbackKeys> = key.clone();
    (Callbacks::new(outward, keys, &format!("{endpoint}{KEY_PATH}")), key)
}
