//! `slb:RemoveVServerGroupBackendServers`: removes servers from a group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ServerGroupId;
use serde::{Deserialize, Serialize};

use super::find;
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerOfGroup, ServerParameter, remove_servers};
use crate::{Slb, code};

/// Removes servers from a group. Those that are not there are passed over.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveVServerGroupBackendServers {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// The servers, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX), required)]
    pub backend_servers: Vec<ServerParameter>,
}

/// The group with its servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveVServerGroupBackendServersReply {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
}

impl Authorize for RemoveVServerGroupBackendServers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:RemoveVServerGroupBackendServers", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for RemoveVServerGroupBackendServers {
    type Reply = RemoveVServerGroupBackendServersReply;

    const SPEC: Spec = Spec::write(Product::Slb, "RemoveVServerGroupBackendServers")
        .errors(&[&code::SERVER_GROUP_NOT_FOUND]);
}

impl Handle<RemoveVServerGroupBackendServers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<RemoveVServerGroupBackendServers>,
    ) -> Result<RemoveVServerGroupBackendServersReply, ApiError> {
        let id = &call.v_server_group_id;
        let (mut record, mut group) = find::group(transaction, &context.scope, id).await?;
        let given = (call.backend_servers.as_slice(), Ports::Own);
        remove_servers(&mut group.servers, given);
        let backend_servers = ServerOfGroup::all(&group.servers);
        record.groups.push(group);
        record.groups.sort_by(|one, other| one.id.cmp(&other.id));
        records::put(transaction, &record)?;
        Ok(RemoveVServerGroupBackendServersReply { v_server_group_id: id.clone(), backend_servers })
    }
}
