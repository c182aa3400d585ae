//! Roles for instances: who may give one away, and whether it lets ECS wear it.

use rolecall_api::{Code, Scope, code as common};
use rolecall_gate::{ECS_SERVICE, RoleEntry};
use rolecall_policy::{Context, Need};
use rolecall_types::{Arn, RoleName};

use crate::ecs::code;

/// What giving a role to a service needs.
const PASS_ROLE: &str = "ram:PassRole";

/// Whether the role's trust policy lets ECS assume it, and so lets instances wear it: at some time,
/// for conditions on the time are met by none. Who issues credentials asks again, with the time.
pub(crate) fn trusts_ecs(role: &RoleEntry) -> bool {
    role.trusts_service(ECS_SERVICE, &Context::new())
}

/// What a caller needs who gives the role to an instance: without it, any user who may launch an
/// instance could wear every role of the account.
pub(crate) fn pass_role(scope: &Scope, role_name: &RoleName) -> Need {
    let role = Arn::role(&scope.account, role_name.as_str());
    Need::on(PASS_ROLE, role).with("acs:Service", ECS_SERVICE)
}

/// The code of a call that may give a role away and is not allowed `need`.
pub(crate) fn denied(need: &Need) -> &'static Code {
    if need.action == PASS_ROLE {
        &code::INVALID_USER_PASS_ROLE_FORBIDDEN
    } else {
        &common::FORBIDDEN_RAM
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rolecall_policy::{Document, DocumentKind, PolicySet, PolicyType, Source};
    use rolecall_types::{AccountId, PrincipalId, RoleName, SeededRandom};

    use super::*;

    fn check(statements: &str) -> bool {
        let random = SeededRandom::new(1);
        let text = format!(r#"{{"Version":"1","Statement":{statements}}}"#);
        let document = Document::parse(DocumentKind::Trust, &text).unwrap();
        let source = Source {
            policy_type: PolicyType::Custom,
            name: "trust".to_owned(),
            version: String::new(),
        };
        trusts_ecs(&RoleEntry {
            account: AccountId::parse("1234567890123456").unwrap(),
            name: RoleName::new("web").unwrap(),
            id: PrincipalId::generate(&random, '3'),
            policies: PolicySet::compile([]),
            trust: Arc::new(PolicySet::compile([(Arc::new(source), Arc::new(document))])),
            max_session_seconds: 3600,
        })
    }

    fn statement(effect: &str, principal: &str) -> String {
        format!(r#"{{"Action":"sts:AssumeRole","Effect":"{effect}","Principal":{principal}}}"#)
    }

    #[test]
    fn only_the_service_itself_is_trusted() {
        let ecs = statement("Allow", r#"{"Service":["ecs.aliyuncs.com"]}"#);
        assert!(check(&ecs));
        assert!(check(&format!("[{ecs}]")));
        for principal in [
            r#"{"Service":"rds.aliyuncs.com"}"#,
            r#"{"RAM":"acs:ram::1234567890123456:root"}"#,
            r#"{"RAM":"acs:ram::1234567890123456:role/ecs.aliyuncs.com"}"#,
            r#"{"Federated":"acs:ram::1234567890123456:saml-provider/ecs.aliyuncs.com"}"#,
        ] {
            assert!(!check(&statement("Allow", principal)), "{principal}");
        }
    }

    #[test]
    fn a_denial_wins() {
        let ecs = r#"{"Service":"ecs.aliyuncs.com"}"#;
        let both = format!("[{},{}]", statement("Allow", ecs), statement("Deny", ecs));
        assert!(!check(&both));
    }
}
