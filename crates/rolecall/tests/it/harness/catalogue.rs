//! A request of every operation that is served, made from its declaration: what is said of all
//! operations is checked for each of them, and for those to come.

use rolecall::reference::{operations, sample};
use rolecall_api::codec::{Parameters, decode};
use rolecall_api::{Asks, Authorize, Described, Place, Product, Scope, Style};
use rolecall_crypto::sign::{Credentials, Pairs};
use rolecall_policy::{Need, Resource};
use rolecall_types::{AccountId, RegionId};
use serde_json::{Value, json};

use super::shapes::{ELSEWHERE, OBJECTS};
use super::{ACCOUNT, ALLOW_ALL, Answer, Object, REGION, Request, Scheme, Server, TRUST_ACCOUNT};

/// The bucket that object requests go to.
pub(crate) const BUCKET: &str = "bucket";
/// The object in it.
pub(crate) const KEY: &str = "key";

/// Values that a declaration cannot say, by the field's name.
const TEXTS: &[(&str, &str)] = &[
    ("Acl", "private"),
    ("PolicyDocument", ALLOW_ALL),
    ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
    ("NewAssumeRolePolicyDocument", TRUST_ACCOUNT),
    ("Policy", ALLOW_ALL),
    ("CidrBlock", "172.16.0.0/12"),
    ("ZoneId", "cn-hangzhou-i"),
    ("RegionId", REGION),
    ("VersionId", "v1"),
    ("EncodedSAMLMetadataDocument", include_str!("saml_metadata.txt")),
    ("NewEncodedSAMLMetadataDocument", include_str!("saml_metadata.txt")),
];

/// What a call needs of its optional fields.
const MORE: &[(&str, &[(&str, &str)])] = &[
    ("PutBucketAcl", &[("Acl", "private")]),
    ("PutObjectAcl", &[("ObjectAcl", "private")]),
    ("RevokeSessions", &[("RoleName", "rolename")]),
    ("DescribeInstanceRamRole", &[("RamRoleName", "ramrolename")]),
    ("UntagResources", &[("All", "true")]),
    ("UnTagResources", &[("All", "true")]),
];

/// A request of an operation.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) operation: &'static dyn Described,
    /// The fields, by their names in the declaration.
    pub(crate) parameters: Pairs,
}

/// One request of every operation that is decided by who signed. Whom an identity provider vouches
/// for, the tests of role SSO look at.
pub(crate) fn catalogue() -> Vec<Sample> {
    signed_operations().map(|operation| Sample::of(operation, None)).collect()
}

/// The operations that are decided by who signed, but for those that are looked at elsewhere.
pub(crate) fn signed_operations() -> impl Iterator<Item = &'static dyn Described> {
    operations()
        .into_iter()
        .filter(|it| it.spec().unsigned.is_none() && !ELSEWHERE.contains(&it.spec().action))
}

impl Sample {
    /// A request with what is required, and with the optional field that is named.
    pub(crate) fn of(operation: &'static dyn Described, optional: Option<&str>) -> Self {
        let mut parameters = sample::parameters(operation.request(), optional);
        for (name, value) in &mut parameters {
            if let Some((_, text)) = TEXTS.iter().find(|(known, _)| known == name) {
                (*text).clone_into(value);
            }
        }
        let action = operation.spec().action;
        let more = MORE.iter().find(|(known, _)| *known == action && optional.is_none());
        for (name, value) in more.into_iter().flat_map(|(_, more)| *more) {
            parameters.push(((*name).to_owned(), (*value).to_owned()));
        }
        Self { operation, parameters }
    }

    pub(crate) fn action(&self) -> &'static str {
        self.operation.spec().action
    }

    pub(crate) fn product(&self) -> Product {
        self.operation.spec().product
    }

    /// Product and operation, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.product().name(), self.action())
    }

    pub(crate) fn is_object(&self) -> bool {
        self.product().style() == Style::Object
    }

    pub(crate) fn schemes(&self) -> &'static [Scheme] {
        if self.is_object() { &Scheme::OSS } else { &Scheme::RPC }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same with another value of a field that is there.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        for (known, text) in &mut other.parameters {
            if known == name {
                value.clone_into(text);
            }
        }
        other
    }

    /// What the call asks of policies, by its declaration; `None` where it is refused before.
    pub(crate) fn needs(&self, account: &str) -> Option<Vec<Need>> {
        let scope = scope(account);
        Some(self.asks(&scope)?.needs(&scope))
    }

    fn asks(&self, scope: &Scope) -> Option<Asks> {
        let parameters = Parameters::gather(&self.parameters).ok()?;
        let tree = decode(self.operation.request(), &parameters).ok()?;
        self.operation.asks(&tree, scope).ok()
    }

    /// A document of one statement for each check of the call.
    pub(crate) fn policy(&self, effect: &str) -> String {
        statements(&self.needs(ACCOUNT).unwrap(), effect)
    }

    /// Whether no policy is asked about the call, whoever sends it.
    pub(crate) fn is_exempt(&self) -> bool {
        match self.needs(ACCOUNT).unwrap().as_slice() {
            [only] => rolecall_policy::exempt(only.action).is_some(),
            _ => false,
        }
    }

    pub(crate) fn request(&self, server: &Server, scheme: Scheme, caller: &Credentials) -> Request {
        if !self.is_object() {
            let parameters: Vec<(&str, &str)> =
                self.parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
            return server.request(scheme, caller, (self.product(), self.action()), &parameters);
        }
        let known = OBJECTS.iter().find(|(action, ..)| *action == self.action());
        let (_, method, bucket, key, query) = known.unwrap_or_else(|| {
            panic!("{}: say here how it is recognised", self.name());
        });
        let named = |field, known: &'static str| {
            if known.is_empty() { known } else { self.get(field).unwrap_or(known) }
        };
        let target = (named("Bucket", bucket), named("Key", key));
        let (mut sent, mut headers) = (Vec::new(), Vec::new());
        for field in self.operation.request() {
            match (field.place, self.get(field.name)) {
                (Place::Query(name), Some(value)) => sent.push((name, value)),
                (Place::Header(name), Some(value)) => headers.push((name, value)),
                _ => {}
            }
        }
        let plain = query.iter().filter(|(name, _)| !sent.iter().any(|(known, _)| known == name));
        let query: Vec<(&str, &str)> = plain.copied().chain(sent.iter().copied()).collect();
        let (query, headers) = (&query[..], &headers[..]);
        Object { query, headers, ..Object::new(scheme, caller, method, target) }.sign()
    }

    /// Sends it.
    pub(crate) fn send(&self, server: &Server, scheme: Scheme, caller: &Credentials) -> Answer {
        server.send(&self.request(server, scheme, caller))
    }

    /// Sends it, once by each scheme.
    pub(crate) fn send_all(
        &self,
        server: &Server,
        caller: &Credentials,
    ) -> impl Iterator<Item = Answer> {
        self.schemes().iter().map(|scheme| self.send(server, *scheme, caller))
    }

    /// Whether an answer says that no policy allows the call.
    pub(crate) fn is_denied(&self, answer: &Answer) -> bool {
        // An answer to HEAD has no body, and so no code.
        if answer.body.is_empty() {
            return answer.status == 403;
        }
        let (code, scope) = (answer.code(), scope(ACCOUNT));
        let asks = self.asks(&scope).unwrap();
        answer.is_refused() && asks.needs(&scope).iter().any(|need| asks.denied(need).name == code)
    }

    /// Makes what object requests need, where an earlier call took it away.
    pub(crate) fn prepare(&self, server: &Server) {
        if self.is_object() {
            for key in ["", KEY] {
                let put = Object::new(Scheme::OssV4Header, &server.root, "PUT", (BUCKET, key));
                server.send(&put.sign());
            }
        }
    }
}

fn scope(account: &str) -> Scope {
    let account = AccountId::parse(account).unwrap();
    Scope::of(account, RegionId::find(REGION).unwrap())
}

/// A document of one statement for each need.
pub(crate) fn statements(needs: &[Need], effect: &str) -> String {
    let statement = |need: &Need| {
        let resource = match &need.resource {
            Resource::Any => "*".to_owned(),
            Resource::Named(arn) => arn.to_string(),
        };
        json!({"Effect": effect, "Action": need.action, "Resource": resource})
    };
    let statements: Value = needs.iter().map(statement).collect();
    json!({"Version": "1", "Statement": statements}).to_string()
}

/// The audit records that `act` left: of each call what was recorded before it was decided.
pub(crate) fn recorded<T>(server: &Server, act: impl FnOnce() -> T) -> (T, Vec<Value>) {
    let before = server.audit().len();
    let done = act();
    let audit = server.audit().split_off(before);
    let records = audit.lines().map(|line| serde_json::from_str(line).unwrap());
    // What is refused before that has no checks.
    (done, records.filter(|record: &Value| record["checks"][0].is_string()).collect())
}

/// Whatever follows from a request of the catalogue would be worth nothing if the request were
/// refused for another reason before it is decided.
#[test]
fn every_operation_has_a_request_that_comes_to_be_decided() {
    let server = Server::start();
    let (mut reached, mut missed) = (0, Vec::new());
    for sample in catalogue() {
        for scheme in sample.schemes() {
            sample.prepare(&server);
            let (answer, records) =
                recorded(&server, || sample.send(&server, *scheme, &server.root));
            let events: Vec<&Value> = records.iter().map(|record| &record["eventName"]).collect();
            if events == [sample.action()] {
                reached += 1;
            } else {
                missed.push(format!("{} {scheme:?}: {answer:?}", sample.name()));
            }
        }
    }
    assert!(missed.is_empty() && reached > 150, "{reached}, but not {missed:#?}");
}
