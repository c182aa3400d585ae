//! Who calls and what for.

use serde_json::{Map, Value, json};

use super::condition::{KEYS, found_value};
use super::dice::Dice;
use crate::oracle::{Combine, Identity, Principal, Request, Target};

/// Two accounts that differ in their last digit.
pub(super) const ACCOUNTS: [&str; 2] = ["1234567890123456", "1234567890123457"];
pub(super) const USERS: [&str; 3] = ["alice", "bob", "Alice"];
pub(super) const ROLES: [&str; 3] = ["app-role", "App-Role", "app-role2"];
const SESSIONS: [&str; 2] = ["s1", "s2"];
pub(super) const SERVICES: [&str; 2] = ["ecs.aliyuncs.com", "fc.aliyuncs.com"];
pub(super) const PROVIDERS: [&str; 3] = ["saml-provider/p", "oidc-provider/p", "saml-provider/P"];
pub(super) const CODES: [&str; 6] = ["ecs", "oss", "ram", "sts", "vpc", "RAM"];
pub(super) const REGIONS: [&str; 6] = ["cn-beijing", "cn-hangzhou", "cn", "", "*", "CN"];

/// The name of an action without its service.
pub(super) fn action_name(dice: &mut Dice) -> String {
    let names = ["RunInstances", "RunInstance", "GetObject", "PutObject", "PassRole", "a", "ab"];
    dice.pick(&names).to_owned()
}

/// The last part of an ARN, or one of a few odd texts.
pub(super) fn relative_id(dice: &mut Dice) -> String {
    let known = [
        "role/app-role",
        "role/App-Role",
        "role/*",
        "user/alice",
        "user/Alice",
        "instance/i-1",
        "instance/i-2",
        "instance/*",
        "b",
        "b/k",
        "b/a/b.txt",
        "b/a:b",
        "b/中",
        "b/reports/2020/summary.txt",
        "b/reports/2021/Summary.txt",
        "instance/i-abcdefgh",
    ];
    if dice.percent(80) {
        return dice.pick(&known).to_owned();
    }
    let text = odd_text(dice, 5);
    if text.is_empty() { "b".to_owned() } else { text }
}

/// Up to `longest` characters of an alphabet that makes collisions likely. Its last is the Kelvin
/// sign, which lower case turns into `k` for Unicode but not for ASCII.
pub(super) fn odd_text(dice: &mut Dice, longest: usize) -> String {
    let length = dice.below(longest + 1);
    (0..length)
        .map(|_| dice.pick(&["a", "b", "A", "/", ":", "*", "?", "é", "k", "\u{212a}"]))
        .collect()
}

pub(super) fn request(dice: &mut Dice, combine: Combine) -> Request {
    let Target { action, resource } = target(dice, combine);
    Request { action, resource, context: context(dice) }
}

pub(super) fn target(dice: &mut Dice, combine: Combine) -> Target {
    let assume = matches!(combine, Combine::And | Combine::ResourceOnly) && dice.percent(90);
    let (mut action, resource) = if assume {
        let region = dice.pick(&["", "*"]);
        let (account, role) = (dice.pick(&ACCOUNTS), dice.pick(&ROLES));
        ("sts:AssumeRole".to_owned(), format!("acs:ram:{region}:{account}:role/{role}"))
    } else {
        let code = dice.pick(&CODES);
        (format!("{code}:{}", action_name(dice)), resource(dice, code))
    };
    if dice.percent(8) {
        action = dice.turned(&action);
    }
    Target { action, resource }
}

fn resource(dice: &mut Dice, code: &str) -> String {
    if dice.percent(10) {
        return "*".to_owned();
    }
    let code = if dice.percent(85) { code } else { dice.pick(&CODES) };
    let account = if dice.percent(90) { dice.pick(&ACCOUNTS) } else { dice.pick(&["", "*"]) };
    format!("acs:{code}:{}:{account}:{}", dice.pick(&REGIONS), relative_id(dice))
}

pub(super) fn context(dice: &mut Dice) -> Map<String, Value> {
    let mut context = Map::new();
    for (key, kind) in KEYS {
        if !dice.percent(30) {
            continue;
        }
        let values = match dice.below(20) {
            0..15 => 1,
            15..19 => 2 + dice.below(2),
            _ => 0,
        };
        let mut values: Vec<Value> =
            (0..values).map(|_| Value::from(found_value(dice, kind))).collect();
        let value = if values.len() == 1 && dice.percent(80) {
            values.swap_remove(0)
        } else {
            json!(values)
        };
        // Turned only before the slash: after it, case makes another key.
        let (name, tag) = key.split_once('/').map_or((key, None), |(name, tag)| (name, Some(tag)));
        let name = if dice.percent(5) { dice.turned(name) } else { name.to_owned() };
        context.insert(tag.map_or(name.clone(), |tag| format!("{name}/{tag}")), value);
    }
    context
}

pub(super) fn principal(dice: &mut Dice, combine: Combine) -> Principal {
    let account = dice.pick(&ACCOUNTS).to_owned();
    if combine == Combine::ResourceOnly {
        return if dice.percent(50) {
            Principal::Service { service: dice.pick(&SERVICES).to_owned() }
        } else {
            let provider = dice.pick(&PROVIDERS);
            Principal::Federated { provider_arn: format!("acs:ram::{account}:{provider}") }
        };
    }
    match dice.below(20) {
        19 if combine == Combine::Or => Principal::Anonymous,
        18 if combine == Combine::Or => Principal::Account { account },
        0 => Principal::Account { account },
        1..11 => {
            let place = dice.below(USERS.len());
            let name = USERS.get(place).copied().unwrap_or("");
            let arn = format!("acs:ram::{account}:user/{name}");
            let uid = user_uid(&account, place);
            Principal::RamUser(Identity { account, identity_arn: arn.clone(), arn, uid })
        }
        _ => {
            let (role, session) = (dice.pick(&ROLES), dice.pick(&SESSIONS));
            Principal::Role(Identity {
                identity_arn: format!("acs:ram::{account}:role/{role}"),
                arn: format!("arn:sts::{account}:assumed-role/{role}/{session}"),
                uid: "300000000000000001".to_owned(),
                account,
            })
        }
    }
}

/// The UID of the user at `place` of an account.
pub(super) fn user_uid(account: &str, place: usize) -> String {
    let last = account.chars().last().unwrap_or('0');
    format!("20000000000000{last}{place:03}")
}
