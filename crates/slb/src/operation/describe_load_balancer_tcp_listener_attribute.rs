//! `slb:DescribeLoadBalancerTCPListenerAttribute`: tells all of a listener that speaks TCP.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::listener_view::TcpListenerView;
use crate::record::Settings;
use crate::{Slb, code};

/// Tells all of a listener that speaks TCP.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeLoadBalancerTCPListenerAttribute {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its port.
    #[api(range(1, 65_535))]
    pub listener_port: i64,
}

impl Authorize for DescribeLoadBalancerTCPListenerAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on(
            "slb:DescribeLoadBalancerTCPListenerAttribute",
            balancer(scope, &self.load_balancer_id),
        )]
    }
}

impl Operation for DescribeLoadBalancerTCPListenerAttribute {
    type Reply = TcpListenerView;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeLoadBalancerTCPListenerAttribute")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND, &code::LISTENER_NOT_FOUND]);
}

impl Handle<DescribeLoadBalancerTCPListenerAttribute> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeLoadBalancerTCPListenerAttribute>,
    ) -> Result<TcpListenerView, ApiError> {
        let id = &call.load_balancer_id;
        let record = find::balancer_record(transaction, &context.scope, id).await?;
        let found = record.listeners.iter().find_map(|listener| match &listener.settings {
            Settings::Tcp(settings) if i64::from(listener.id.port) == call.listener_port => {
                Some(TcpListenerView::of(&record, listener, settings))
            }
            _ => None,
        });
        found.ok_or_else(|| ApiError::new(&code::LISTENER_NOT_FOUND))
    }
}
