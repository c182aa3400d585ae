//! `slb:DescribeVServerGroupAttribute`: tells all of a group of servers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::tag::EcsTag;
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{LoadBalancerId, ServerGroupId, time};
use serde::{Deserialize, Serialize};

use super::find;
use super::servers::ServerOfGroup;
use crate::{Slb, code};

/// Tells all of a group of servers.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVServerGroupAttribute {
    /// The group.
    pub v_server_group_id: ServerGroupId,
}

/// A group with its servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVServerGroupAttributeReply {
    /// Its id.
    pub v_server_group_id: ServerGroupId,
    /// Its name.
    pub v_server_group_name: String,
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// When it was made.
    pub create_time: String,
    /// Its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

impl Authorize for DescribeVServerGroupAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        find::whole("slb:DescribeVServerGroupAttribute", scope, &self.v_server_group_id)
    }

    fn parts(&self) -> Vec<&str> {
        vec![self.v_server_group_id.as_str()]
    }
}

impl Operation for DescribeVServerGroupAttribute {
    type Reply = DescribeVServerGroupAttributeReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeVServerGroupAttribute")
        .errors(&[&code::SERVER_GROUP_NOT_FOUND]);
}

impl Handle<DescribeVServerGroupAttribute> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVServerGroupAttribute>,
    ) -> Result<DescribeVServerGroupAttributeReply, ApiError> {
        let id = &call.v_server_group_id;
        let (record, group) = find::group(transaction, &context.scope, id).await?;
        Ok(DescribeVServerGroupAttributeReply {
            backend_servers: ServerOfGroup::all(&group.servers),
            tags: EcsTag::all(&group.tags),
            create_time: time::seconds(group.created_at),
            v_server_group_id: group.id,
            v_server_group_name: group.name,
            load_balancer_id: record.id,
        })
    }
}
