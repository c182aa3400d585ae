//! `slb:SetLoadBalancerName`: names a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::{Slb, code};

/// Gives a load balancer another name.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetLoadBalancerName {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// The name: 1 to 80 letters, digits and `._-`, of which the first is a letter.
    #[api(chars(1, 80))]
    pub load_balancer_name: String,
}

/// It is done.
#[derive(Debug, Serialize, Shape)]

pub struct SetLoadBalancerNameReply {}

impl Authorize for SetLoadBalancerName {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:SetLoadBalancerName", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for SetLoadBalancerName {
    type Reply = SetLoadBalancerNameReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetLoadBalancerName")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND]);
}

impl Handle<SetLoadBalancerName> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetLoadBalancerName>,
    ) -> Result<SetLoadBalancerNameReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        find::check_name("LoadBalancerName", &call.load_balancer_name)?;
        record.name.clone_from(&call.load_balancer_name);
        records::put(transaction, &record)?;
        Ok(SetLoadBalancerNameReply {})
    }
}
