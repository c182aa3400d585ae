//! `slb:DeleteVServerGroup`: deletes a group of servers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::records;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ServerGroupId;
use serde::{Deserialize, Serialize};

use super::find;
use crate::{Slb, code};

/// Deletes a group of servers that no listener uses.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVServerGroup {
    /// The group.
    pub v_server_group_id: ServerGroupId,
}

/// It is gone.
#[derive(Debug, Serialize, Shape)]

pub struct DeleteVServerGroupReply {}

impl Authorize for DeleteVServerGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:DeleteVServerGroup", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for DeleteVServerGroup {
    type Reply = DeleteVServerGroupReply;

    const SPEC: Spec = Spec::write(Product::Slb, "DeleteVServerGroup")
        .errors(&[&code::SERVER_GROUP_NOT_FOUND, &code::RSPOOL_VIP_EXIST]);
}

impl Handle<DeleteVServerGroup> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DeleteVServerGroup>,
    ) -> Result<DeleteVServerGroupReply, ApiError> {
        let id = &call.v_server_group_id;
        let (record, group) = find::group(transaction, &context.scope, id).await?;
        if record.listeners.iter().any(|listener| listener.group.as_ref() == Some(&group.id)) {
            return Err(ApiError::new(&code::RSPOOL_VIP_EXIST));
        }
        records::put(transaction, &record)?;
        Ok(DeleteVServerGroupReply {})
    }
}
