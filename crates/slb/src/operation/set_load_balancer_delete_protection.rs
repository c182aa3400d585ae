//! `slb:SetLoadBalancerDeleteProtection`: protects a load balancer from being deleted, or not.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::{Slb, code};

/// Says whether a load balancer may be deleted.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetLoadBalancerDeleteProtection {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// `on` where it must not be.
    #[api(choices("on", "off"))]
    pub delete_protection: String,
}

/// It is done.
#[derive(Debug, Serialize, Shape)]

pub struct SetLoadBalancerDeleteProtectionReply {}

impl Authorize for SetLoadBalancerDeleteProtection {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on(
            "slb:SetLoadBalancerDeleteProtection",
            balancer(scope, &self.load_balancer_id),
        )]
    }
}

impl Operation for SetLoadBalancerDeleteProtection {
    type Reply = SetLoadBalancerDeleteProtectionReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetLoadBalancerDeleteProtection")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND]);
}

impl Handle<SetLoadBalancerDeleteProtection> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetLoadBalancerDeleteProtection>,
    ) -> Result<SetLoadBalancerDeleteProtectionReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        record.delete_protection = call.delete_protection == "on";
        records::put(transaction, &record)?;
        Ok(SetLoadBalancerDeleteProtectionReply {})
    }
}
