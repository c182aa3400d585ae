//! Where faults befall requests: in front of the metadata service of an instance, and in front of
//! the gate.

use std::pin::Pin;
use std::sync::Arc;

use rolecall_api::{ApiError, Product, code};
use rolecall_gate::{
    Asked as AskedCall, Call, Ending, Gate, Inbound, Ingress, Outbound, Service, Transport,
};
use rolecall_http::Intercept;
use rolecall_metadata::{place, refused};
use rolecall_types::{Clock, InstanceId, RequestId};

use super::plan::FaultPlan;
use super::rule::{Asked, Fault, Target};
use super::spoil::spoil;

/// The status of a throttled request.
const TOO_MANY_REQUESTS: u16 = 429;

/// The metadata service of an instance, with a plan in front.
pub(crate) struct FaultyMetadata {
    plan: Arc<FaultPlan>,
    instance: InstanceId,
    clock: Arc<dyn Clock>,
    service: Arc<dyn Service>,
}

impl FaultyMetadata {
    /// What stands in front of the `service` of `instance`.
    pub(crate) fn new(
        plan: Arc<FaultPlan>,
        instance: InstanceId,
        clock: Arc<dyn Clock>,
        service: Arc<dyn Service>,
    ) -> Self {
        Self { plan, instance, clock, service }
    }

    async fn answer(&self, inbound: Inbound) -> Outbound {
        let target = Target::Metadata(place(&inbound.head.path));
        let asked = Asked { instance: Some(&self.instance), target };
        let strike = self.plan.strike(&asked);
        strike.wait().await;
        match strike.fault {
            None | Some(Fault::Latency(_)) => self.service.serve(inbound).await,
            Some(Fault::Reset) => reset(),
            Some(Fault::Throttle) => refused(TOO_MANY_REQUESTS),
            Some(Fault::Status(status)) => refused(status),
            Some(fault @ (Fault::HalfBody | Fault::MalformedJson | Fault::Expired)) => {
                spoil(self.service.serve(inbound).await, fault, self.clock.now())
            }
        }
    }
}

impl Service for FaultyMetadata {
    fn serve(&self, inbound: Inbound) -> Pin<Box<dyn Future<Output = Outbound> + Send + '_>> {
        if self.plan.is_idle() {
            return self.service.serve(inbound);
        }
        Box::pin(self.answer(inbound))
    }
}

/// The plan in front of the gate, for calls of STS. What the plan refuses reaches neither the
/// verification nor the audit trail, as it would be in front of the service; all else is decided
/// and recorded before its answer is spoilt.
impl Intercept for FaultPlan {
    fn is_idle(&self) -> bool {
        Self::is_idle(self)
    }

    fn call<'a>(
        &'a self,
        gate: &'a Gate,
        call: Call,
    ) -> Pin<Box<dyn Future<Output = Outbound> + Send + 'a>> {
        Box::pin(async move {
            let asked = call.asked().filter(|asked| asked.product == Product::Sts);
            let Some(asked) = asked else { return gate.call(&call).await.into() };
            let instance = match &call.ingress {
                Ingress::Instance { id, .. } => Some(id),
                Ingress::Host { .. } => None,
            };
            let target = Target::Sts(&asked.action);
            let strike = self.strike(&Asked { instance, target });
            strike.wait().await;
            match strike.fault {
                None => gate.call(&call).await.into(),
                Some(fault) if fault.is_refusal() => refuse(gate, &call, &asked, fault),
                Some(fault) => spoil(gate.call(&call).await.into(), fault, gate.clock().now()),
            }
        })
    }
}

/// The answer to a call of STS that is not carried out.
fn refuse(gate: &Gate, call: &Call, asked: &AskedCall, fault: Fault) -> Outbound {
    let (code, status) = match fault {
        Fault::Throttle => (&code::THROTTLING, TOO_MANY_REQUESTS),
        Fault::Status(500) => (&code::INTERNAL_ERROR, 500),
        Fault::Status(status) => (&code::SERVICE_UNAVAILABLE, status),
        _ => return reset(),
    };
    let request_id = RequestId::generate(gate.random().as_ref());
    let mut answer = call.refused(asked, &ApiError::new(code), request_id);
    answer.status = status;
    answer.into()
}

/// No answer, but a connection that is reset.
fn reset() -> Outbound {
    Outbound::empty(500).sent(Transport { ending: Ending::Reset, ..Transport::default() })
}
