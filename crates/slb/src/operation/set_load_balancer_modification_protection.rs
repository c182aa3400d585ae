//! `slb:SetLoadBalancerModificationProtection`: protects a load balancer from the console, or not.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::{Slb, code};

/// Says whether the console may change a load balancer. Calls may, in any case.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetLoadBalancerModificationProtection {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// `ConsoleProtection` where it must not, else `NonProtection`.
    #[api(choices("ConsoleProtection", "NonProtection"))]
    pub modification_protection_status: String,
    /// Why it must not.
    #[api(chars(1, 80))]
    pub modification_protection_reason: Option<String>,
}

/// It is done.
#[derive(Debug, Serialize, Shape)]

pub struct SetLoadBalancerModificationProtectionReply {}

impl Authorize for SetLoadBalancerModificationProtection {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on(
            "slb:SetLoadBalancerModificationProtection",
            balancer(scope, &self.load_balancer_id),
        )]
    }
}

impl Operation for SetLoadBalancerModificationProtection {
    type Reply = SetLoadBalancerModificationProtectionReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetLoadBalancerModificationProtection")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND]);
}

impl Handle<SetLoadBalancerModificationProtection> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetLoadBalancerModificationProtection>,
    ) -> Result<SetLoadBalancerModificationProtectionReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let reason = call.modification_protection_reason.clone().unwrap_or_default();
        let is_protected = call.modification_protection_status == "ConsoleProtection";
        record.modification_protection = is_protected.then_some(reason);
        records::put(transaction, &record)?;
        Ok(SetLoadBalancerModificationProtectionReply {})
    }
}
