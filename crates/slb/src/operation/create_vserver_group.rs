//! `slb:CreateVServerGroup`: makes a group of servers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::tag::{self, TAGS_MAX, TagParameter};
use rolecall_gate::resource::{code as shared, records};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{LoadBalancerId, ServerGroupId};
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use super::servers::{Ports, SERVERS_PER_CALL_MAX, ServerOfGroup, ServerParameter};
use crate::record::ServerGroup;
use crate::{Slb, code};

/// The most groups of a load balancer: more than its listeners can use. The vendor tells another
/// bound for each kind of load balancer.
const GROUPS_MAX: usize = 90;

/// Makes a group of servers, each with a port.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVServerGroup {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// Its name. Default: one that is made up.
    #[api(chars(1, 80))]
    pub v_server_group_name: Option<String>,
    /// Its servers, as a JSON list. Default: none.
    #[api(items(1, SERVERS_PER_CALL_MAX))]
    pub backend_servers: Vec<ServerParameter>,
    /// Its tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The group that was made.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVServerGroupReply {
    /// The group.
    pub v_server_group_id: ServerGroupId,
    /// All its servers.
    #[api(item = "BackendServer")]
    pub backend_servers: Vec<ServerOfGroup>,
}

impl Authorize for CreateVServerGroup {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("slb:CreateVServerGroup", balancer(scope, &self.load_balancer_id));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateVServerGroup {
    type Reply = CreateVServerGroupReply;

    const SPEC: Spec = Spec::write(Product::Slb, "CreateVServerGroup").errors(&[
        &code::INVALID_LOAD_BALANCER_ID_NOT_FOUND,
        &code::QUOTA_EXCEEDED_SERVER_GROUP,
        &code::INVALID_SERVER_ID_NOT_EXIST,
        &code::SERVER_STATUS_NOT_SUPPORT,
        &code::SERVERS_INCONSISTENT,
        &code::SERVER_ALREADY_EXISTS,
        &code::QUOTA_EXCEEDED_BACKEND_SERVER,
        &shared::INVALID_TAG_COUNT,
        &shared::INVALID_TAG_KEY_MALFORMED,
        &shared::INVALID_TAG_VALUE_MALFORMED,
        &shared::DUPLICATE_TAG_KEY,
    ]);
}

impl Handle<CreateVServerGroup> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateVServerGroup>,
    ) -> Result<CreateVServerGroupReply, ApiError> {
        let (scope, id) = (&context.scope, &call.load_balancer_id);
        let mut record = find::balancer_record(transaction, scope, id).await?;
        if record.groups.len() >= GROUPS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_SERVER_GROUP));
        }
        let mut servers = Vec::new();
        let given = (call.backend_servers.as_slice(), Ports::Own);
        self.add_servers(scope, &record, &mut servers, given)?;
        let id = ServerGroupId::generate(context.random.as_ref(), &scope.region);
        let name = call.v_server_group_name.clone();
        let group = ServerGroup {
            name: name.unwrap_or_else(|| format!("auto_named_{id}")),
            id: id.clone(),
            servers,
            tags: tag::given(&call.tag)?,
            created_at: context.now,
        };
        let backend_servers = ServerOfGroup::all(&group.servers);
        record.groups.push(group);
        record.groups.sort_by(|one, other| one.id.cmp(&other.id));
        records::put(transaction, &record)?;
        Ok(CreateVServerGroupReply { v_server_group_id: id, backend_servers })
    }
}
