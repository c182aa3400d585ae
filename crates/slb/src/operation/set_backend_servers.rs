//! `slb:SetBackendServers`: changes the weights of servers of a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerParameter, ServerWithText, set_servers};
use crate::{Slb, code};

/// Changes the weights of servers of a load balancer itself.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetBackendServers {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// The servers, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX), required)]
    pub backend_servers: Vec<ServerParameter>,
}

/// The servers that there are then.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetBackendServersReply {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerWithText>,
}

impl Authorize for SetBackendServers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:SetBackendServers", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for SetBackendServers {
    type Reply = SetBackendServersReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetBackendServers")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND, &code::SERVER_NOT_FOUND]);
}

impl Handle<SetBackendServers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetBackendServers>,
    ) -> Result<SetBackendServersReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let given = (call.backend_servers.as_slice(), Ports::Listeners);
        set_servers(&mut record.servers, given)?;
        records::put(transaction, &record)?;
        let backend_servers = ServerWithText::all(&record.servers);
        Ok(SetBackendServersReply { load_balancer_id: record.id, backend_servers })
    }
}
