//! Statements and documents.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::request::{ACCOUNTS, PROVIDERS, ROLES, SERVICES, USERS, user_uid};
use super::{condition, pattern};
use crate::oracle::{Kind, Principal, Request};

/// Writes documents, at random or around a call.
pub(super) struct Author<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) uniform: bool,
    pub(super) requests: &'a [Request],
    pub(super) principal: &'a Principal,
}

impl Author<'_> {
    /// The documents of one layer.
    pub(super) fn documents(&mut self, kind: Kind) -> Vec<Value> {
        // A few principals have many policies, among which an engine must not lose any.
        let count = match self.dice.below(100) {
            0..16 => 0,
            16..82 => 1,
            82..99 => 2,
            _ => 20,
        };
        (0..count).map(|_| self.document(kind)).collect()
    }

    fn document(&mut self, kind: Kind) -> Value {
        let mut statements: Vec<Value> =
            (0..=self.dice.below(3)).map(|_| self.statement(kind)).collect();
        let statement = if statements.len() == 1 && self.dice.percent(5) {
            statements.swap_remove(0)
        } else {
            Value::Array(statements)
        };
        json!({"Version": "1", "Statement": statement})
    }

    fn statement(&mut self, kind: Kind) -> Value {
        let deny = self.dice.percent(25);
        // A matching Deny settles the case, so most of them are left to chance.
        let around = !self.uniform && self.dice.percent(if deny { 25 } else { 55 });
        let place = self.dice.below(self.requests.len());
        let request = self.requests.get(place).filter(|_| around);

        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), if deny { "Deny" } else { "Allow" }.into());
        let resource_policy = matches!(kind, Kind::Trust | Kind::Bucket);
        let (element, actions) = self.actions(resource_policy, request);
        statement.insert(element.to_owned(), actions);
        if kind != Kind::Trust {
            let (element, resources) = self.resources(resource_policy, request);
            statement.insert(element.to_owned(), resources);
        }
        if resource_policy {
            statement.insert("Principal".to_owned(), self.principals(kind, request.is_some()));
        }
        match request {
            Some(request) if self.dice.percent(50) => {
                let condition = condition::for_context(self.dice, &request.context);
                statement.insert("Condition".to_owned(), condition);
            }
            None if self.dice.percent(50) => {
                statement.insert("Condition".to_owned(), condition::uniform(self.dice));
            }
            _ => {}
        }
        Value::Object(statement)
    }

    fn actions(
        &mut self,
        resource_policy: bool,
        request: Option<&Request>,
    ) -> (&'static str, Value) {
        let negated = !resource_policy && self.dice.percent(10);
        let mut patterns = vec![match request {
            Some(request) if !negated => pattern::action_for(self.dice, &request.action),
            _ => pattern::action(self.dice),
        }];
        while !negated && self.dice.percent(30) {
            patterns.insert(0, pattern::action(self.dice));
        }
        (if negated { "NotAction" } else { "Action" }, self.bare_or_list(patterns))
    }

    fn resources(
        &mut self,
        resource_policy: bool,
        request: Option<&Request>,
    ) -> (&'static str, Value) {
        let negated = !resource_policy && self.dice.percent(8);
        let mut patterns = vec![match request {
            Some(request) if !negated => pattern::resource_for(self.dice, &request.resource),
            _ => pattern::resource(self.dice),
        }];
        while !negated && self.dice.percent(30) {
            patterns.insert(0, pattern::resource(self.dice));
        }
        (if negated { "NotResource" } else { "Resource" }, self.bare_or_list(patterns))
    }

    fn principals(&mut self, kind: Kind, around: bool) -> Value {
        let mut names: Vec<(&str, String)> =
            (0..=self.dice.below(2)).map(|_| somebody(self.dice, kind)).collect();
        if around {
            names.push(entry_for(self.dice, kind, self.principal));
        }
        if kind == Kind::Bucket && self.dice.percent(4) {
            return Value::Array(Vec::new());
        }
        if kind == Kind::Bucket {
            return self.bare_or_list(names.into_iter().map(|(_, name)| name).collect());
        }
        let mut entries = Map::new();
        for kind in ["RAM", "Service", "Federated"] {
            let of_kind: Vec<String> = names
                .iter()
                .filter(|(its, _)| *its == kind)
                .map(|(_, name)| name.clone())
                .collect();
            if !of_kind.is_empty() {
                entries.insert(kind.to_owned(), self.bare_or_list(of_kind));
            }
        }
        Value::Object(entries)
    }

    fn bare_or_list(&mut self, texts: Vec<String>) -> Value {
        self.dice.bare_or_list(texts.into_iter().map(Value::from).collect())
    }
}

/// An entry that names the principal, alone or among others.
fn entry_for(dice: &mut Dice, kind: Kind, principal: &Principal) -> (&'static str, String) {
    let bucket = kind == Kind::Bucket;
    match principal {
        Principal::Service { service } => ("Service", service.clone()),
        Principal::Federated { provider_arn } => ("Federated", provider_arn.clone()),
        Principal::Anonymous => ("", "*".to_owned()),
        Principal::Account { account } if bucket => ("", account.clone()),
        Principal::RamUser(user) if bucket => ("", user.uid.clone()),
        Principal::Role(role) if bucket => ("", role.arn.clone()),
        Principal::Account { account } => ("RAM", format!("acs:ram::{account}:root")),
        Principal::RamUser(identity) | Principal::Role(identity) => match dice.below(5) {
            0..2 => ("RAM", format!("acs:ram::{}:root", identity.account)),
            2..4 => ("RAM", identity.identity_arn.clone()),
            _ => {
                let (kind, name) = identity.identity_arn.split_once('/').unwrap_or_default();
                ("RAM", format!("{kind}/{}", dice.turned(name)))
            }
        },
    }
}

/// An entry that names anybody.
fn somebody(dice: &mut Dice, kind: Kind) -> (&'static str, String) {
    let account = dice.pick(&ACCOUNTS);
    let role = dice.pick(&ROLES);
    if kind == Kind::Bucket {
        let name = match dice.below(5) {
            0 => "*".to_owned(),
            1 => account.to_owned(),
            2 => {
                format!("arn:sts::{account}:assumed-role/{role}/{}", dice.pick(&["s1", "s2", "*"]))
            }
            _ => user_uid(account, dice.below(USERS.len())),
        };
        return ("", name);
    }
    match dice.below(6) {
        0 => ("RAM", format!("acs:ram::{account}:root")),
        1 => ("RAM", format!("acs:ram::{account}:user/{}", dice.pick(&USERS))),
        2 => ("RAM", format!("acs:ram::{account}:role/{role}")),
        3..5 => ("Service", dice.pick(&SERVICES).to_owned()),
        _ => ("Federated", format!("acs:ram::{account}:{}", dice.pick(&PROVIDERS))),
    }
}
