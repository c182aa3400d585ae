//! `slb:ModifyVServerGroupBackendServers`: exchanges servers of a group.

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

/// Exchanges servers of a group: takes the old ones out, and puts the new ones in.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVServerGroupBackendServers {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// The servers to take out, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX))]
    pub old_backend_servers: Vec<ServerParameter>,
    /// The servers to put in, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX))]
    pub new_backend_servers: Vec<ServerParameter>,
}

/// The group with its servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVServerGroupBackendServersReply {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
}

impl Authorize for ModifyVServerGroupBackendServers {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:ModifyVServerGroupBackendServers", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for ModifyVServerGroupBackendServers {
    type Reply = ModifyVServerGroupBackendServersReply;

    const SPEC: Spec = Spec::write(Product::Slb, "ModifyVServerGroupBackendServers").errors(&[
        &code::SERVER_GROUP_NOT_FOUND,
        &code::INVALID_SERVER_ID_NOT_EXIST,
        &code::SERVER_STATUS_NOT_SUPPORT,
        &code::SERVERS_INCONSISTENT,
        &code::SERVER_ALREADY_EXISTS,
        &code::QUOTA_EXCEEDED_BACKEND_SERVER,
    ]);
}

impl Handle<ModifyVServerGroupBackendServers> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<ModifyVServerGroupBackendServers>,
    ) -> Result<ModifyVServerGroupBackendServersReply, ApiError> {
        let id = &call.v_server_group_id;
        let (mut record, mut group) = find::group(transaction, &context.scope, id).await?;
        remove_servers(&mut group.servers, (&call.old_backend_servers, Ports::Own));
        let given = (call.new_backend_servers.as_slice(), Ports::Own);
        self.add_servers(&context.scope, &record, &mut group.servers, given)?;
        let backend_servers = ServerOfGroup::all(&group.servers);
        record.groups.push(group);
        record.groups.sort_by(|one, other| one.id.cmp(&other.id));
        records::put(transaction, &record)?;
        Ok(ModifyVServerGroupBackendServersReply { v_server_group_id: id.clone(), backend_servers })
    }
}
