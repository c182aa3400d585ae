//! `slb:SetLoadBalancerStatus`: turns a load balancer on or off.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::BalancerStatus;
use crate::{Slb, code};

/// Turns a load balancer on or off. What is off keeps its listeners, and none of them listens.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetLoadBalancerStatus {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// `active` or `inactive`.
    #[api(choices("active", "inactive"))]
    pub load_balancer_status: BalancerStatus,
}

/// It is done.
#[derive(Debug, Serialize, Shape)]

pub struct SetLoadBalancerStatusReply {}

impl Authorize for SetLoadBalancerStatus {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:SetLoadBalancerStatus", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for SetLoadBalancerStatus {
    type Reply = SetLoadBalancerStatusReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetLoadBalancerStatus")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND]);
}

impl Handle<SetLoadBalancerStatus> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetLoadBalancerStatus>,
    ) -> Result<SetLoadBalancerStatusReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        record.status = call.load_balancer_status;
        records::put(transaction, &record)?;
        Ok(SetLoadBalancerStatusReply {})
    }
}
