//! `slb:AddVServerGroupBackendServers`: adds servers to a group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ServerGroupId;
use serde::{Deserialize, Serialize};

use super::find;
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerOfGroup, ServerParameter};
use crate::{Slb, code};

/// Adds servers to a group.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddVServerGroupBackendServers {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// The servers, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX), required)]
    pub backend_servers: Vec<ServerParameter>,
}

/// The group with its servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AddVServerGroupBackendServersReply {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
}

impl Authorize for AddVServerGroupBackendServers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:AddVServerGroupBackendServers", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for AddVServerGroupBackendServers {
    type Reply = AddVServerGroupBackendServersReply;

    const SPEC: Spec = Spec::write(Product::Slb, "AddVServerGroupBackendServers").errors(&[
        &code::SERVER_GROUP_NOT_FOUND,
        &code::INVALID_SERVER_ID_NOT_EXIST,
        &code::SERVER_STATUS_NOT_SUPPORT,
        &code::SERVERS_INCONSISTENT,
        &code::SERVER_ALREADY_EXISTS,
        &code::QUOTA_EXCEEDED_BACKEND_SERVER,
    ]);
}

impl Handle<AddVServerGroupBackendServers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<AddVServerGroupBackendServers>,
    ) -> Result<AddVServerGroupBackendServersReply, ApiError> {
        let id = &call.v_server_group_id;
        let (mut record, mut group) = find::group(transaction, &context.scope, id).await?;
        let given = (call.backend_servers.as_slice(), Ports::Own);
        self.add_servers(&context.scope, &record, &mut group.servers, given)?;
        let backend_servers = ServerOfGroup::all(&group.servers);
        record.groups.push(group);
        record.groups.sort_by(|one, other| one.id.cmp(&other.id));
        records::put(transaction, &record)?;
        Ok(AddVServerGroupBackendServersReply { v_server_group_id: id.clone(), backend_servers })
    }
}
