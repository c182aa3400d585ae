//! The identity providers in the snapshot.

use std::sync::Arc;

use rolecall_crypto::ProviderKind;
use rolecall_gate::{OidcTrust, ProviderEntry, ProviderTrust, SamlTrust, Snapshot};
use rolecall_store::{Key, StoreError};
use rolecall_types::AccountId;

use super::principals::damaged;
use crate::record::{OidcProviderRecord, SamlProviderRecord};
use crate::saml::{self, Metadata};

const SECONDS_PER_HOUR: i64 = 3600;

/// Takes in an OIDC provider, or that it is gone.
pub(super) fn put_oidc(
    snapshot: &mut Snapshot,
    key: &Key,
    record: Option<OidcProviderRecord>,
) -> Result<(), StoreError> {
    let trust = |record: OidcProviderRecord| ProviderEntry {
        account: record.account,
        name: record.name,
        id: record.id,
        trust: ProviderTrust::Oidc(OidcTrust {
            issuer: record.issuer_url,
            client_ids: record.client_ids,
            fingerprints: record.fingerprints.iter().map(|it| it.to_ascii_lowercase()).collect(),
            issuance_limit_seconds: i64::from(record.issuance_limit_hours)
                .saturating_mul(SECONDS_PER_HOUR),
        }),
    };
    put(snapshot, key, ProviderKind::Oidc, record.map(trust))
}

/// Takes in a SAML provider, or that it is gone.
pub(super) fn put_saml(
    snapshot: &mut Snapshot,
    key: &Key,
    record: Option<SamlProviderRecord>,
) -> Result<(), StoreError> {
    let entry = |record: SamlProviderRecord| {
        let document = saml::base64(&record.metadata);
        let metadata = document.and_then(|document| Metadata::parse(&document).ok());
        let Metadata { entity_id, keys } =
            metadata.ok_or_else(|| damaged(key, "its metadata are none"))?;
        Ok::<_, StoreError>(ProviderEntry {
            account: record.account,
            name: record.name,
            id: record.id,
            trust: ProviderTrust::Saml(SamlTrust { issuer: entity_id, keys }),
        })
    };
    put(snapshot, key, ProviderKind::Saml, record.map(entry).transpose()?)
}

fn put(
    snapshot: &mut Snapshot,
    key: &Key,
    kind: ProviderKind,
    entry: Option<ProviderEntry>,
) -> Result<(), StoreError> {
    let parts: Result<[String; 2], _> = key.texts().try_into();
    let place =
        parts.ok().and_then(|[account, name]| Some((AccountId::parse(&account)?, kind, name)));
    let place = place.ok_or_else(|| damaged(key, "its key is none of ours"))?;
    match entry {
        Some(entry) => drop(snapshot.providers.insert(place, Arc::new(entry))),
        None => drop(snapshot.providers.remove(&place)),
    }
    Ok(())
}
