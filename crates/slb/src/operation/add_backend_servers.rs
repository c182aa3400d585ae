//! `slb:AddBackendServers`: adds servers to a load balancer.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::LoadBalancerId;
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerParameter, ServerWithText};
use crate::{Slb, code};

/// Adds servers to those of a load balancer itself: those that listeners without a group forward
/// to.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddBackendServers {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// The servers, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX), required)]
    pub backend_servers: Vec<ServerParameter>,
}

/// The servers that there are then.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddBackendServersReply {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerWithText>,
}

impl Authorize for AddBackendServers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        vec![Need::on("slb:AddBackendServers", balancer(scope, &self.load_balancer_id))]
    }
}

impl Operation for AddBackendServers {
    type Reply = AddBackendServersReply;

    const SPEC: Spec = Spec::write(Product::Slb, "AddBackendServers").errors(&[
        &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
        &code::INVALID_SERVER_ID_NOT_EXIST,
        &code::SERVER_STATUS_NOT_SUPPORT,
        &code::SERVERS_INCONSISTENT,
        &code::SERVER_ALREADY_EXISTS,
        &code::QUOTA_EXCEEDED_BACKEND_SERVER,
    ]);
}

impl Handle<AddBackendServers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AddBackendServers>,
    ) -> Result<AddBackendServersReply, ApiError> {
        let id = &call.load_balancer_id;
        let mut record = find::balancer_record(transaction, &context.scope, id).await?;
        let mut servers = std::mem::take(&mut record.servers);
        let given = (call.backend_servers.as_slice(), Ports::Listeners);
        self.add_servers(&context.scope, &record, &mut servers, given)?;
        record.servers = servers;
        records::put(transaction, &record)?;
        let backend_servers = ServerWithText::all(&record.servers);
        Ok(AddBackendServersReply { load_balancer_id: record.id, backend_servers })
    }
}
