//! `slb:SetVServerGroupAttribute`: changes the name and the weights of a group.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ServerGroupId;
use serde::{Deserialize, Serialize};

use super::find;
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerOfGroup, ServerParameter, set_servers};
use crate::{Slb, code};

/// Changes the name of a group, and the weights of its servers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetVServerGroupAttribute {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// The name.
    #[api(chars(1, 80))]
    pub v_server_group_name: Option<String>,
    /// The servers with their weights, as a JSON list.
    #[api(items(1, SERVERS_PER_CALL_MAX))]
    pub backend_servers: Vec<ServerParameter>,
}

/// The group with its servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SetVServerGroupAttributeReply {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// Its name.
    pub v_server_group_name: String,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
}

impl Authorize for SetVServerGroupAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:SetVServerGroupAttribute", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for SetVServerGroupAttribute {
    type Reply = SetVServerGroupAttributeReply;

    const SPEC: Spec = Spec::write(Product::Slb, "SetVServerGroupAttribute")
        .errors(&[&code::SERVER_GROUP_NOT_FOUND, &code::SERVER_NOT_FOUND]);
}

impl Handle<SetVServerGroupAttribute> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<SetVServerGroupAttribute>,
    ) -> Result<SetVServerGroupAttributeReply, ApiError> {
        let id = &call.v_server_group_id;
        let (mut record, mut group) = find::group(transaction, &context.scope, id).await?;
        if let Some(name) = &call.v_server_group_name {
            group.name.clone_from(name);
        }
        set_servers(&mut group.servers, (&call.backend_servers, Ports::Own))?;
        let backend_servers = ServerOfGroup::all(&group.servers);
        let v_server_group_name = group.name.clone();
        record.groups.push(group);
        record.groups.sort_by(|one, other| one.id.cmp(&other.id));
        records::put(transaction, &record)?;
        Ok(SetVServerGroupAttributeReply {
            v_server_group_id: id.clone(),
            v_server_group_name,
            backend_servers,
        })
    }
}
