//! `slb:DescribeVServerGroups`: lists groups of servers.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::resource::code as shared;
use rolecall_gate::resource::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{LoadBalancerId, ServerGroupId, time};
use serde::{Deserialize, Serialize};

use super::find::{self, balancer};
use crate::record::{Protocol, ServerGroup};
use crate::{LoadBalancerRecord, Slb, code};

/// Lists the groups of servers of a load balancer.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVServerGroups {
    /// The load balancer.
    pub load_balancer_id: LoadBalancerId,
    /// A part of the name.
    #[api(chars(1, 80))]
    pub description: Option<String>,
    /// Whether to tell the listeners that use each. Default false.
    pub include_listener: Option<bool>,
    /// Whether to tell the rules that use each. There are none here.
    pub include_rule: Option<bool>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
}

/// The groups.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVServerGroupsReply {
    /// The groups, in the order of their ids.
    #[api(item = "VServerGroup")]
    pub v_server_groups: Vec<GroupView>,
}

impl Authorize for DescribeVServerGroups {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("slb:DescribeVServerGroups", balancer(scope, &self.load_balancer_id));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for DescribeVServerGroups {
    type Reply = DescribeVServerGroupsReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeVServerGroups")
        .errors(&[&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND, &shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeVServerGroups> for Slb {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVServerGroups>,
    ) -> Result<DescribeVServerGroupsReply, ApiError> {
        let id = &call.load_balancer_id;
        let record = find::balancer_record(transaction, &context.scope, id).await?;
        let fits = |group: &&ServerGroup| {
            let text = call.description.as_ref();
            text.is_none_or(|text| group.name.contains(text.as_str()))
                && tag::carries(&group.tags, &call.tag)
        };
        let view = |group: &ServerGroup| GroupView {
            v_server_group_id: group.id.clone(),
            v_server_group_name: group.name.clone(),
            server_count: i64::try_from(group.servers.len()).unwrap_or(i64::MAX),
            create_time: time::seconds(group.created_at),
            associated_objects: AssociatedObjects {
                listeners: listeners(&record, group, call.include_listener),
                rules: Vec::new(),
            },
            tags: EcsTag::all(&group.tags),
        };
        let v_server_groups = record.groups.iter().filter(fits).map(view).collect();
        Ok(DescribeVServerGroupsReply { v_server_groups })
    }
}

/// A group of a list.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct GroupView {
    /// Its id.
    pub v_server_group_id: ServerGroupId,
    /// Its name.
    pub v_server_group_name: String,
    /// How many servers it has.
    pub server_count: i64,
    /// When it was made.
    pub create_time: String,
    /// What uses it.
    pub associated_objects: AssociatedObjects,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

/// What uses a group.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssociatedObjects {
    /// Listeners.
    #[api(item = "Listener")]
    pub listeners: Vec<AssociatedListener>,
    /// Rules; there are none.
    #[api(item = "Rule")]
    pub rules: Vec<String>,
}

/// A listener that uses a group.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AssociatedListener {
    /// Its port.
    pub port: i64,
    /// What it speaks.
    pub protocol: Protocol,
}

/// The listeners that use a group, where they are asked for.
fn listeners(
    record: &LoadBalancerRecord,
    group: &ServerGroup,
    asked: Option<bool>,
) -> Vec<AssociatedListener> {
    let users = record
        .listeners
        .iter()
        .filter(|listener| asked == Some(true) && listener.group.as_ref() == Some(&group.id));
    let view = |id: crate::record::ListenerId| AssociatedListener {
        port: id.port.into(),
        protocol: id.protocol,
    };
    users.map(|listener| view(listener.id)).collect()
}
