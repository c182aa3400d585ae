//! `ecs:ModifyInstanceAttribute`: changes what is said of an instance, and its security groups.

use rolecall_api::{ApiError, Authorize, Code, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, SecurityGroupId};
use serde::{Deserialize, Serialize};

use crate::ecs::membership::{self, GROUPS_MAX};
use crate::ecs::{Ecs, code, find, resource};
use crate::text::{is_ecs_description, is_ecs_name, is_host_name};
use crate::{Status, UserData, records};

/// Changes an instance. What is not named stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceAttribute {
    /// The instance.
    pub instance_id: InstanceId,
    /// The display name.
    #[api(invalid = &code::INVALID_INSTANCE_NAME_MALFORMED)]
    pub instance_name: Option<String>,
    /// What it is for.
    #[api(invalid = &code::INVALID_DESCRIPTION_MALFORMED)]
    pub description: Option<String>,
    /// The host name. Programs see it after the next start.
    #[api(invalid = &code::INVALID_HOST_NAME_MALFORMED)]
    pub host_name: Option<String>,
    /// What it runs when it starts, up to 32 KB, as Base64. The instance must stand still.
    #[api(invalid = &code::INVALID_USER_DATA_SIZE_EXCEEDED)]
    pub user_data: Option<UserData>,
    /// Whether it must not be deleted.
    pub deletion_protection: Option<bool>,
    /// The security groups, in the place of those that it is in: of its VPC, or of none for the
    /// classic network.
    #[api(items(1, GROUPS_MAX))]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// The credit mode of a burstable instance. It is kept and answered.
    #[api(choices("Standard", "Unlimited"))]
    pub credit_specification: Option<String>,
}

/// The instance is changed.
#[derive(Debug, Serialize, Shape)]
pub struct ModifyInstanceAttributeReply {}

impl Authorize for ModifyInstanceAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    /// Who puts an instance into a group must be allowed to on the group too, as those who join
    /// it are: without that check this operation would be a way around `JoinSecurityGroup`.
    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let modify = |resource| Need::on("ecs:ModifyInstanceAttribute", resource);
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        let groups = self.security_group_ids.iter();
        let groups = groups.map(|id| modify(resource(scope, format!("securitygroup/{id}"))));
        [modify(instance)].into_iter().chain(groups).collect()
    }
}

impl Operation for ModifyInstanceAttribute {
    type Reply = ModifyInstanceAttributeReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "ModifyInstanceAttribute")
        .errors(&[
            &code::INVALID_INSTANCE_ID_NOT_FOUND,
            &code::INVALID_INSTANCE_NAME_MALFORMED,
            &code::INVALID_DESCRIPTION_MALFORMED,
            &code::INVALID_HOST_NAME_MALFORMED,
            &code::INVALID_USER_DATA_FORMAT,
            &code::INVALID_USER_DATA_SIZE_EXCEEDED,
            &code::INCORRECT_INSTANCE_STATUS,
            &code::INVALID_SECURITY_GROUP_ID_NOT_FOUND,
            &code::INVALID_INSTANCE_ID_MISMATCH,
        ])
        .stored_only(&["CreditSpecification"]);
}

impl Handle<ModifyInstanceAttribute> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifyInstanceAttribute>,
    ) -> Result<ModifyInstanceAttributeReply, ApiError> {
        call.check()?;
        let scope = &context.scope;
        let mut instance = find::instance(transaction, scope, &call.instance_id).await?;
        if let Some(data) = &call.user_data {
            if instance.status != Status::Stopped {
                return Err(ApiError::new(&code::INCORRECT_INSTANCE_STATUS));
            }
            instance.user_data = Some(data.clone());
        }
        if !call.security_group_ids.is_empty() {
            let wanted = &call.security_group_ids;
            membership::replace(transaction, scope, &mut instance, wanted).await?;
        }
        let replace = |text: &mut String, new: &Option<String>| {
            if let Some(new) = new {
                text.clone_from(new);
            }
        };
        replace(&mut instance.name, &call.instance_name);
        replace(&mut instance.description, &call.description);
        replace(&mut instance.host_name, &call.host_name);
        if let Some(protection) = call.deletion_protection {
            instance.deletion_protection = protection;
        }
        if call.credit_specification.is_some() {
            instance.declared.credit_specification.clone_from(&call.credit_specification);
        }
        records::put(transaction, &instance)?;
        Ok(ModifyInstanceAttributeReply {})
    }
}

impl ModifyInstanceAttribute {
    /// Checks what is asked for, as far as the request alone tells.
    fn check(&self) -> Result<(), ApiError> {
        let check = |text: &Option<String>, rule: fn(&str) -> bool, code: &'static Code| {
            let wrong = text.as_deref().is_some_and(|text| !rule(text));
            if wrong { Err(ApiError::new(code)) } else { Ok(()) }
        };
        check(&self.instance_name, is_ecs_name, &code::INVALID_INSTANCE_NAME_MALFORMED)?;
        check(&self.description, is_ecs_description, &code::INVALID_DESCRIPTION_MALFORMED)?;
        check(&self.host_name, is_host_name, &code::INVALID_HOST_NAME_MALFORMED)?;
        self.user_data.iter().try_for_each(UserData::check)
    }
}
