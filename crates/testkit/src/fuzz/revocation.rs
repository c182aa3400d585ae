//! Sessions that were taken back: what the snapshot says of them, and what a plain list says.

use std::sync::{Arc, LazyLock};

use rolecall_crypto::{InstanceBinding, Session, SessionId};
use rolecall_gate::{RevocationScope, Revocations, RoleEntry, Snapshot};
use rolecall_policy::PolicySet;
use rolecall_types::{AccountId, Folded, InstanceId, PrincipalId, RoleName, Timestamp};

const ACCOUNTS: [&str; 2] = ["1234567890123456", "6543210987654321"];
const ROLES: [&str; 2] = ["reader", "writer"];
/// The most lines of an input that are looked at: after each of them all sessions are.
const LINES_MAX: usize = 32;
/// The times at which sessions are made, in nanoseconds; revocations reach up to nine.
const TIMES: i128 = 11;

static SESSIONS: LazyLock<Vec<Made>> = LazyLock::new(|| sessions().unwrap_or_default());

/// A session, and what is known of it by number.
struct Made {
    account: usize,
    role: usize,
    instance: Option<usize>,
    id: usize,
    at: i128,
    session: Session,
}

/// A line of an input: which sessions of an account are taken back or forgotten, up to when.
#[derive(Debug, Clone, Copy)]
struct Line {
    forget: bool,
    account: usize,
    kind: Kind,
    until: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account,
    Role(usize),
    Instance(usize),
    Session(usize),
}

/// A session is over where a plain list of revocations says so, and else not. Each line of the
/// input is one: `r015` takes back what was made up to 5 of role 1 in account 0; `a`, `i` and `s`
/// are for an account, an instance and a session, and a minus before it forgets the revocation.
pub fn revocations(data: &[u8]) {
    let (mut revocations, mut listed) = (Revocations::default(), Vec::<Line>::new());
    let mut latest = [None; ACCOUNTS.len()];
    for line in data.split(|byte| *byte == b'\n').filter_map(line).take(LINES_MAX) {
        let (Some(account), Some(scope)) = (account(line.account), scope(line.kind)) else {
            return;
        };
        listed.retain(|known| known.account != line.account || known.kind != line.kind);
        if line.forget {
            revocations.remove(&account, &scope);
        } else {
            revocations.put(account.clone(), scope, time(line.until));
            listed.push(line);
            if let Some(latest) = latest.get_mut(line.account) {
                *latest = (*latest).max(Some(line.until));
            }
        }
        let snapshot = Snapshot { revocations: revocations.clone(), ..snapshot() };
        for made in SESSIONS.iter() {
            let over = listed.iter().any(|line| is_over(line, made));
            let good = snapshot.role_of(&made.session, time(0)).is_ok();
            assert_eq!(good, !over, "{:?} {listed:?}", made.session);
        }
        for now in 0..TIMES {
            let issued = revocations.time_of_issue(&account, time(now));
            let last = latest.get(line.account).copied().flatten();
            let expected = last.map_or(now, |last: i128| now.max(last + 1));
            assert_eq!(issued, time(expected), "{listed:?}");
        }
    }
}

fn is_over(line: &Line, made: &Made) -> bool {
    line.account == made.account
        && match line.kind {
            Kind::Account => made.at <= line.until,
            Kind::Role(role) => made.role == role && made.at <= line.until,
            Kind::Instance(instance) => made.instance == Some(instance) && made.at <= line.until,
            // Whoever knows the id of a session means this one, whenever it was made.
            Kind::Session(id) => made.id == id,
        }
}

fn line(text: &[u8]) -> Option<Line> {
    let (forget, text) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    let [kind, account, which, until] = text else { return None };
    let number = |byte: &u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    let (account, which) = (number(account)? % ACCOUNTS.len(), number(which)? % 2);
    let kind = match kind {
        b'a' => Kind::Account,
        b'r' => Kind::Role(which),
        b'i' => Kind::Instance(which),
        b's' => Kind::Session(which),
        _ => return None,
    };
    Some(Line { forget, account, kind, until: i128::try_from(number(until)?).ok()? })
}

fn account(number: usize) -> Option<AccountId> {
    AccountId::parse(ACCOUNTS.get(number)?)
}

fn role_id(number: usize) -> Option<PrincipalId> {
    PrincipalId::parse(&format!("30000{number}"))
}

fn instance(number: usize) -> Option<InstanceId> {
    InstanceId::parse(&format!("i-{number}"))
}

fn session_id(number: usize) -> Option<SessionId> {
    SessionId::parse(&format!("{number:032}"))
}

fn scope(kind: Kind) -> Option<RevocationScope> {
    Some(match kind {
        Kind::Account => RevocationScope::Account,
        Kind::Role(number) => RevocationScope::Role(role_id(number)?),
        Kind::Instance(number) => RevocationScope::Instance(instance(number)?),
        Kind::Session(number) => RevocationScope::Session(session_id(number)?),
    })
}

fn time(nanosecond: i128) -> Timestamp {
    Timestamp::from_nanosecond(nanosecond).unwrap_or_default()
}

/// Both accounts with both roles.
fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::default();
    for number in 0..ACCOUNTS.len() {
        for (role, name) in ROLES.iter().enumerate() {
            let entry = account(number).zip(role_id(role)).zip(RoleName::new(*name).ok());
            let Some(((account, id), name)) = entry else { continue };
            let place = (account.clone(), Folded::of(name.as_str()));
            let entry = RoleEntry {
                account,
                name,
                id,
                policies: PolicySet::compile([]),
                trust: Arc::new(PolicySet::compile([])),
                max_session_seconds: 3_600,
            };
            snapshot.roles.insert(place, Arc::new(entry));
        }
    }
    snapshot
}

/// One session of every kind, at every time.
fn sessions() -> Option<Vec<Made>> {
    let mut sessions = Vec::new();
    for case in 0..ACCOUNTS.len() * ROLES.len() * 3 * 2 {
        let (id, case) = (case % 2, case / 2);
        let (worn, case) = ((case % 3).checked_sub(1), case / 3);
        let (role, account_number) = (case % ROLES.len(), case / ROLES.len());
        for at in 0..TIMES {
            let binding = match worn {
                Some(worn) => Some(InstanceBinding { id: instance(worn)?, generation: 1 }),
                None => None,
            };
            let session = Session {
                session_id: session_id(id)?,
                account: account(account_number)?,
                role_name: (*ROLES.get(role)?).to_owned(),
                role_id: role_id(role)?,
                instance: binding,
                session_name: "session".to_owned(),
                source_identity: None,
                issued_at: time(at),
                expires_at: Timestamp::from_second(1_000).ok()?,
                parent: None,
                ancestors: Vec::new(),
                vouched: None,
                policies: Vec::new(),
            };
            sessions.push(Made { account: account_number, role, instance: worn, id, at, session });
        }
    }
    Some(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus is worth something only if there is what it speaks of.
    #[test]
    fn every_kind_of_session_is_there_and_good_before_it_is_taken_back() {
        assert_eq!(SESSIONS.len(), 2 * 2 * 3 * 2 * 11);
        let snapshot = snapshot();
        assert!(SESSIONS.iter().all(|made| snapshot.role_of(&made.session, time(0)).is_ok()));
    }
}
