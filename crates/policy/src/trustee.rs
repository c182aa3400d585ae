//! Whom a trust policy or a bucket policy names.

use rolecall_types::{AccountId, Arn, RoleName, SessionName, UserName};

use crate::{Check, PrincipalFacts, PrincipalKind};

/// One entry of an element `Principal`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trustee {
    text: String,
    kind: TrusteeKind,
}

/// Whom an entry names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TrusteeKind {
    /// Every user and role of an account, but not the account itself.
    Account(AccountId),
    /// One RAM user.
    User(AccountId, UserName),
    /// The sessions of one RAM role.
    Role(AccountId, RoleName),
    /// A service, by its host.
    Service,
    /// An identity provider of an account, by its relative id, such as `saml-provider/<name>`.
    Federated(AccountId, String),
    /// Everybody. Bucket policies only.
    Everybody,
    /// An account or a user by its id. Bucket policies only: the UIDs of "Bucket Policy".
    Uid,
    /// A session of a role by its name; without one, every session of the role. Bucket policies
    /// only.
    Session(AccountId, RoleName, Option<SessionName>),
}

/// The keys of a trust policy's `Principal`, in the order in which they are printed.
pub(crate) const TRUST_KEYS: &[&str] = &["RAM", "Service", "Federated"];

impl Trustee {
    /// The entry as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whom the entry names.
    pub fn kind(&self) -> &TrusteeKind {
        &self.kind
    }

    /// The key of a trust policy under which the entry stands; `None` in a bucket policy.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self.kind {
            TrusteeKind::Account(_) | TrusteeKind::User(..) | TrusteeKind::Role(..) => Some("RAM"),
            TrusteeKind::Service => Some("Service"),
            TrusteeKind::Federated(..) => Some("Federated"),
            TrusteeKind::Everybody | TrusteeKind::Uid | TrusteeKind::Session(..) => None,
        }
    }

    /// Reads an entry of a trust policy; `None` where it is malformed.
    pub(crate) fn of_trust(key: &str, text: &str) -> Option<Self> {
        let kind = match key {
            "RAM" => ram_kind(text)?,
            "Service" => host(text).then_some(TrusteeKind::Service)?,
            "Federated" => provider_kind(text)?,
            _ => return None,
        };
        Some(Self { text: text.to_owned(), kind })
    }

    /// Reads an entry of a bucket policy; `None` where it is malformed.
    pub(crate) fn of_bucket(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let kind = match text {
            "*" => TrusteeKind::Everybody,
            _ if digits => TrusteeKind::Uid,
            _ => session_kind(text)?,
        };
        Some(Self { text: text.to_owned(), kind })
    }

    /// Whether entries of a statement name the caller of a check. In a statement without conditions
    /// `*` is everybody but the account that owns the bucket. Source: OSS, the page "Bucket
    /// policies".
    pub(crate) fn any_names(entries: &[Self], unconditional: bool, check: &Check<'_>) -> bool {
        let spared = unconditional && check.is_by_owner();
        entries.iter().any(|entry| {
            entry.names(check.principal) && !(spared && entry.kind == TrusteeKind::Everybody)
        })
    }

    /// Whether the entry names this caller; nobody in particular is named by `*` alone.
    fn names(&self, principal: Option<&PrincipalFacts>) -> bool {
        let Some(principal) = principal else { return self.kind == TrusteeKind::Everybody };
        let account = &principal.account;
        match (&self.kind, &principal.kind) {
            (TrusteeKind::Everybody, _) => true,
            (TrusteeKind::Account(of), PrincipalKind::User { .. } | PrincipalKind::Role { .. }) => {
                of == account
            }
            (TrusteeKind::User(of, wanted), PrincipalKind::User { name, .. }) => {
                of == account && wanted == name
            }
            (TrusteeKind::Role(of, wanted), PrincipalKind::Role { name, .. }) => {
                of == account && wanted.as_str().eq_ignore_ascii_case(name.as_str())
            }
            (TrusteeKind::Service, PrincipalKind::Service(host)) => self.text == *host,
            (TrusteeKind::Federated(..), PrincipalKind::Federated(provider)) => {
                provider_kind(provider).as_ref() == Some(&self.kind)
            }
            (TrusteeKind::Uid, PrincipalKind::Root) => self.text == account.as_str(),
            (TrusteeKind::Uid, PrincipalKind::User { id, .. }) => self.text == id.as_str(),
            (TrusteeKind::Session(of, wanted, only), PrincipalKind::Role { name, session, .. }) => {
                of == account
                    && wanted.as_str().eq_ignore_ascii_case(name.as_str())
                    && only.as_ref().is_none_or(|only| only == session)
            }
            _ => false,
        }
    }
}

/// Reads `acs:ram::<account>:root`, `…:user/<name>` or `…:role/<name>`. Wildcards are no names.
fn ram_kind(text: &str) -> Option<TrusteeKind> {
    let arn = ram_arn(text)?;
    let account = AccountId::parse(&arn.account)?;
    if arn.relative == "root" {
        return Some(TrusteeKind::Account(account));
    }
    match arn.relative.split_once('/')? {
        ("user", name) => Some(TrusteeKind::User(account, UserName::new(name).ok()?)),
        ("role", name) => Some(TrusteeKind::Role(account, RoleName::new(name).ok()?)),
        _ => None,
    }
}

/// Reads `acs:ram::<account>:saml-provider/<name>` or `…:oidc-provider/<name>`.
fn provider_kind(text: &str) -> Option<TrusteeKind> {
    let arn = ram_arn(text)?;
    let ("saml-provider" | "oidc-provider", name) = arn.relative.split_once('/')? else {
        return None;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || !name.chars().all(allowed) {
        return None;
    }
    Some(TrusteeKind::Federated(AccountId::parse(&arn.account)?, arn.relative.to_string()))
}

/// Reads `arn:sts::<account>:assumed-role/<role>/<session>`, where `*` is every session. Other
/// wildcards are no names.
fn session_kind(text: &str) -> Option<TrusteeKind> {
    let (account, path) = text.strip_prefix("arn:sts::")?.split_once(':')?;
    let (role, session) = path.strip_prefix("assumed-role/")?.split_once('/')?;
    let session = match session {
        "*" => None,
        name => Some(SessionName::new(name).ok()?),
    };
    Some(TrusteeKind::Session(AccountId::parse(account)?, RoleName::new(role).ok()?, session))
}

fn ram_arn(text: &str) -> Option<Arn> {
    Arn::parse(text).filter(|arn| arn.service == "ram" && matches!(arn.region.as_str(), "" | "*"))
}

/// A service's host, or `<account>@<host>` as older samples write it.
fn host(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@');
    text.contains('.') && text.chars().all(allowed)
}

#[cfg(test)]
mod tests;
