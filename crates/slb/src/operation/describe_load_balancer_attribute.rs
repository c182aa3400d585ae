//! `slb:DescribeLoadBalancerAttribute`: tells all of a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::view::LoadBalancerView;
use crate::{Slb, code};

/// Tells all of a load balancer, with its listeners and servers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancerAttribute {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
}

impl Authorize for DescribeLoadBalancerAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:DescribeLoadBalancerAttribute", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for DescribeLoadBalancerAttribute {
    type Reply = LoadBalancerView;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeLoadBalancerAttribute")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND]);
}

impl Handle<DescribeLoadBalancerAttribute> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeLoadBalancerAttribute>,
    ) -> Result<LoadBalancerView, ApiError> {
        let id = &call.load_balancer_id;
        let record = find::balancer_record(transaction, &context.scope, id).await?;
        Ok(LoadBalancerView::full(self.servers.as_ref(), &record))
    }
}
