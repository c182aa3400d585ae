//! What the records of identity providers of OIDC and of SAML have in common.

use rolecall_api::{ApiError, Code};
use rolecall_crypto::ProviderKind;
use rolecall_gate::store_error;
use rolecall_store::{Keyed, Transaction};
use rolecall_types::{AccountId, ProviderName};

use super::{all, get};

/// An identity provider, whose key is its account and its name in lower case.
pub(crate) trait Provider: Keyed {
    /// What vouches.
    const KIND: ProviderKind;
    /// The most of an account.
    const MOST: usize;
    /// The refusal where there is none of a name.
    const MISSING: &'static Code;
    /// The refusal of a name that another has, in any case.
    const TAKEN: &'static Code;
    /// The refusal of more than there may be.
    const FULL: &'static Code;

    /// Whose it is.
    fn account(&self) -> &AccountId;

    /// Its name, as it was given.
    fn name(&self) -> &ProviderName;

    /// Refuses what another provider of the account has already, beside its name.
    fn differs_from(&self, _other: &Self) -> Result<(), ApiError> {
        Ok(())
    }

    /// Its ARN, as trust policies name it.
    fn arn(&self) -> String {
        format!("acs:ram::{}:{}/{}", self.account(), Self::KIND.relative(), self.name())
    }

    /// A provider that must be there, by its name letter for letter, as trust policies name it.
    async fn find(
        transaction: &mut Transaction,
        account: &AccountId,
        name: &ProviderName,
    ) -> Result<Self, ApiError> {
        let provider: Option<Self> = get(transaction, &[account.as_str(), &name.folded()]).await?;
        provider
            .filter(|provider| provider.name() == name)
            .ok_or_else(|| ApiError::new(Self::MISSING))
    }

    /// Adds a provider whose name must be free.
    async fn add(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        let known: Vec<Self> = all(transaction, &[self.account().as_str()], Self::MOST).await?;
        if known.iter().any(|other| other.name().folded() == self.name().folded()) {
            return Err(ApiError::new(Self::TAKEN));
        }
        known.iter().try_for_each(|other| self.differs_from(other))?;
        if known.len() >= Self::MOST {
            return Err(ApiError::new(Self::FULL));
        }
        self.put(transaction)
    }

    /// Writes a provider that was changed.
    fn put(&self, transaction: &mut Transaction) -> Result<(), ApiError> {
        transaction.put(self).map_err(store_error)
    }

    /// Removes a provider. The sessions of its users end with it.
    fn remove(&self, transaction: &mut Transaction) {
        transaction.delete::<Self>(&[self.account().as_str(), &self.name().folded()]);
    }
}
