//! Revoked sessions: what has been taken back before its time was over.
//!
//! Sessions are minted, not stored, so a revocation names them by what they carry: their id, or
//! the account, role or instance for which they were made, up to an instant. What is made after
//! that instant is good again.

use imbl::HashMap;
use rolecall_crypto::{Session, SessionId, SessionMark};
use rolecall_types::{AccountId, InstanceId, PrincipalId, Timestamp};

/// Which sessions of an account a revocation takes back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RevocationScope {
    /// All of them.
    Account,
    /// Those of a role, by its id.
    Role(PrincipalId),
    /// Those of an instance.
    Instance(InstanceId),
    /// One.
    Session(SessionId),
}

/// The revocations of all accounts at one revision: looking a session up copies nothing.
#[derive(Debug, Clone, Default)]
pub struct Revocations(HashMap<AccountId, OfAccount>);

/// Up to when sessions of an account are over, by scope.
#[derive(Debug, Clone, Default)]
struct OfAccount {
    all: Option<Timestamp>,
    roles: HashMap<PrincipalId, Timestamp>,
    instances: HashMap<InstanceId, Timestamp>,
    sessions: HashMap<SessionId, Timestamp>,
    /// The latest of all of them, also of those that are forgotten.
    latest: Option<Timestamp>,
}

/// What a revocation knows a session by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Issued<'a> {
    account: &'a AccountId,
    role_id: &'a PrincipalId,
    instance: Option<&'a InstanceId>,
    session_id: SessionId,
    at: Timestamp,
}

impl<'a> From<&'a Session> for Issued<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            account: &session.account,
            role_id: &session.role_id,
            instance: session.instance.as_ref().map(|binding| &binding.id),
            session_id: session.session_id,
            at: session.issued_at,
        }
    }
}

impl<'a> From<&'a SessionMark> for Issued<'a> {
    fn from(mark: &'a SessionMark) -> Self {
        Self {
            account: &mark.account,
            role_id: &mark.role_id,
            instance: mark.instance.as_ref(),
            session_id: mark.session_id,
            at: mark.issued_at,
        }
    }
}

impl Revocations {
    /// Takes in a revocation of what was made up to `until`.
    pub fn put(&mut self, account: AccountId, scope: RevocationScope, until: Timestamp) {
        let known = self.0.entry(account).or_default();
        known.latest = known.latest.max(Some(until));
        match scope {
            RevocationScope::Account => known.all = Some(until),
            RevocationScope::Role(id) => drop(known.roles.insert(id, until)),
            RevocationScope::Instance(id) => drop(known.instances.insert(id, until)),
            RevocationScope::Session(id) => drop(known.sessions.insert(id, until)),
        }
    }

    /// Forgets a revocation whose sessions are all over.
    pub fn remove(&mut self, account: &AccountId, scope: &RevocationScope) {
        let Some(known) = self.0.get_mut(account) else { return };
        match scope {
            RevocationScope::Account => known.all = None,
            RevocationScope::Role(id) => drop(known.roles.remove(id)),
            RevocationScope::Instance(id) => drop(known.instances.remove(id)),
            RevocationScope::Session(id) => drop(known.sessions.remove(id)),
        }
    }

    /// Whether a session was taken back. Who knows its id took back this one, whenever it was made.
    pub(crate) fn cover(&self, issued: Issued<'_>) -> bool {
        let Some(known) = self.0.get(issued.account) else { return false };
        if known.sessions.contains_key(&issued.session_id) {
            return true;
        }
        let of_instance = issued.instance.and_then(|id| known.instances.get(id));
        let until = [known.all.as_ref(), known.roles.get(issued.role_id), of_instance];
        until.into_iter().flatten().any(|until| issued.at <= *until)
    }

    /// The time to write on a session that is made now, and up to which a revocation of now
    /// reaches. It is `now`, unless the latest revocation of the account is later by a clock that
    /// has stood still or stepped back since, or by another node's.
    pub fn time_of_issue(&self, account: &AccountId, now: Timestamp) -> Timestamp {
        let latest = self.0.get(account).and_then(|known| known.latest);
        let after = latest.and_then(|until| {
            Timestamp::from_nanosecond(until.as_nanosecond().saturating_add(1)).ok()
        });
        after.map_or(now, |after| now.max(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanosecond: i128) -> Timestamp {
        Timestamp::from_nanosecond(nanosecond).unwrap()
    }

    #[test]
    fn what_is_made_after_a_revocation_is_good_whatever_the_clock_says() {
        let account = AccountId::parse("1234567890123456").unwrap();
        let other = AccountId::parse("6543210987654321").unwrap();
        let role_id = PrincipalId::parse("3").unwrap();
        let mut revocations = Revocations::default();
        assert_eq!(revocations.time_of_issue(&account, at(5)), at(5));
        revocations.put(account.clone(), RevocationScope::Role(role_id.clone()), at(1000));
        let issued = |account, at| {
            let session_id = SessionId::parse(&"0".repeat(32)).unwrap();
            Issued { account, role_id: &role_id, instance: None, session_id, at }
        };
        for now in [5, 999, 1000, 1001, 5000] {
            let made = revocations.time_of_issue(&account, at(now));
            assert!(made >= at(now) && !revocations.cover(issued(&account, made)), "{now}");
            assert_eq!(revocations.time_of_issue(&other, at(now)), at(now));
        }
        assert!(revocations.cover(issued(&account, at(1000))));
        assert!(!revocations.cover(issued(&other, at(1000))));
        // A revocation by the same slow clock takes back what was made since.
        let made = revocations.time_of_issue(&account, at(5));
        let until = revocations.time_of_issue(&account, at(5));
        revocations.put(account.clone(), RevocationScope::Account, until);
        assert!(revocations.cover(issued(&account, made)));
    }
}
