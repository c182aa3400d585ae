//! The trust policies of roles, each compiled once for all roles that have the same.

use std::collections::HashMap;
use std::sync::Arc;

use rolecall_policy::{DocumentKind, PolicySet};
use rolecall_store::{Keyed, StoreError};

use super::principals::bind;
use crate::record::RoleRecord;

/// What explanations call a trust policy. Whose it is, the resource of the call says.
const LABEL: &str = "trust policy";

/// Trust policies by their texts. Most roles have one of a few.
#[derive(Default)]
pub(super) struct Trusts {
    known: HashMap<Box<str>, Arc<PolicySet>>,
    /// How many there were when those of no role were last let go.
    kept: usize,
}

impl Trusts {
    /// The trust policy of a role.
    pub(super) fn of(&mut self, role: &RoleRecord) -> Result<Arc<PolicySet>, StoreError> {
        let text = role.trust_policy.as_str();
        if let Some(known) = self.known.get(text) {
            return Ok(Arc::clone(known));
        }
        let bound = bind(&role.key(), (LABEL, 0), DocumentKind::Trust, text)?;
        self.let_go();
        let set = Arc::new(PolicySet::of([bound]));
        self.known.insert(text.into(), Arc::clone(&set));
        Ok(set)
    }

    /// Lets go of what no role has any more, each time that twice as many are known: what one role
    /// costs does not grow with their number, and who edits a policy again and again fills no
    /// memory.
    fn let_go(&mut self) {
        if self.known.len() >= self.kept.saturating_mul(2) {
            self.known.retain(|_, set| Arc::strong_count(set) > 1);
            self.kept = self.known.len().max(16);
        }
    }
}

#[cfg(test)]
mod tests {
    use rolecall_types::{AccountId, PrincipalId, RoleName, Timestamp};

    use super::*;

    fn role(service: usize) -> RoleRecord {
        RoleRecord {
            account: AccountId::parse("1000000000000001").unwrap(),
            name: RoleName::new("web").unwrap(),
            id: PrincipalId::parse("3").unwrap(),
            trust_policy: format!(
                r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
                    "Principal":{{"Service":["s{service}.aliyuncs.com"]}}}}]}}"#
            ),
            description: String::new(),
            max_session_seconds: 3600,
            allow_console_login: true,
            tags: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_same_text_is_the_same_set() {
        let mut trusts = Trusts::default();
        let set = trusts.of(&role(1)).unwrap();
        assert!(Arc::ptr_eq(&set, &trusts.of(&role(1)).unwrap()));
        assert!(!Arc::ptr_eq(&set, &trusts.of(&role(2)).unwrap()));
    }

    #[test]
    fn what_no_role_has_is_let_go_and_what_one_has_stays() {
        let mut trusts = Trusts::default();
        let held = trusts.of(&role(0)).unwrap();
        for edit in 1..1_000 {
            trusts.of(&role(edit)).unwrap();
            assert!(trusts.known.len() <= 33, "{edit}: {}", trusts.known.len());
        }
        assert!(Arc::ptr_eq(&held, &trusts.of(&role(0)).unwrap()));
    }

    #[test]
    fn a_text_that_is_no_document_is_damage() {
        let broken = RoleRecord { trust_policy: "{}".to_owned(), ..role(1) };
        let error = Trusts::default().of(&broken).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}
