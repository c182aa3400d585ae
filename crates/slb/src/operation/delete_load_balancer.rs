//! `slb:DeleteLoadBalancer`: deletes a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::HostAddressRecord;
use crate::{LoadBalancerRecord, Slb, code};

/// Deletes a load balancer with its listeners and its groups of servers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLoadBalancer {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
}

/// It is gone.
#[derive(Debug, Serialize, Shape)]

pub struct DeleteLoadBalancerReply {}

impl Authorize for DeleteLoadBalancer {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:DeleteLoadBalancer", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for DeleteLoadBalancer {
    type Reply = DeleteLoadBalancerReply;

    const SPEC: Spec = Spec::write(Product::Slb, "DeleteLoadBalancer")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND, &code::DELETE_PROTECTION_IS_ON]);
}

impl Handle<DeleteLoadBalancer> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteLoadBalancer>,
    ) -> Result<DeleteLoadBalancerReply, ApiError> {
        let (scope, id) = (&context.scope, &call.load_balancer_id);
        let record = find::balancer_record(transaction, scope, id).await?;
        if record.delete_protection {
            return Err(ApiError::new(&code::DELETE_PROTECTION_IS_ON));
        }
        match &record.place {
            Some(place) => {
                let v_switch = place.v_switch_id.as_str();
                self.addresses.give_back(transaction, scope, v_switch, record.address).await?;
            }
            None => transaction.delete::<HostAddressRecord>(&[&record.address.to_string()]),
        }
        records::delete::<LoadBalancerRecord>(transaction, scope, id.as_str());
        Ok(DeleteLoadBalancerReply {})
    }
}
