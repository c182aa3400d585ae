//! `ecs:DescribeManagedInstances`: lists servers that ECS manages and does not run.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{ManagedInstanceId, time};
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, resource};
use crate::page::Asked;
use crate::tag::{self, EcsTag, TAGS_MAX, TagParameter};
use crate::text::matches_filter;
use crate::{ManagedInstanceRecord, records};

/// Lists managed servers of the region. Filters that are given must all match.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeManagedInstances {
    /// The servers.
    #[api(items(1, 50))]
    pub instance_id: Vec<ManagedInstanceId>,
    /// The display name, in which `*` stands for any text.
    pub instance_name: Option<String>,
    /// The activation.
    pub activation_id: Option<String>,
    /// The id of the machine.
    pub machine_id: Option<String>,
    /// Either of its addresses.
    pub instance_ip: Option<String>,
    /// The operating system's kind.
    #[api(choices("linux", "windows", "FreeBSD"))]
    pub os_type: Option<String>,
    /// Whether its agent is connected.
    pub connected: Option<bool>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
    /// The most elements of a page by token, 10 to 100; what is beyond is brought there.
    #[api(range(1, 2_147_483_647))]
    pub max_results: Option<i64>,
    /// Where the page by token begins: what the one before answered.
    pub next_token: Option<String>,
}

/// A page of managed servers.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeManagedInstancesReply {
    /// The servers, in the order of their ids.
    pub instances: Vec<ManagedInstanceView>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
    /// What asks for the next page by token; empty at the end.
    pub next_token: String,
}

/// A managed server as ECS answers it. Nothing is invoked on it.
#[derive(Debug, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedInstanceView {
    /// Its id.
    pub instance_id: ManagedInstanceId,
    /// Its display name.
    pub instance_name: String,
    /// The activation that it registered with.
    pub activation_id: String,
    /// Its host name.
    pub hostname: String,
    /// The id of the machine.
    pub machine_id: String,
    /// Its operating system's kind.
    pub os_type: String,
    /// Its operating system's version.
    pub os_version: String,
    /// Its agent's version.
    pub agent_version: String,
    /// Whether its agent is connected.
    pub connected: bool,
    /// The address that it registered from.
    pub internet_ip: String,
    /// Its private address.
    pub intranet_ip: String,
    /// How often something was invoked on it.
    pub invocation_count: i64,
    /// When it was last.
    pub last_invoked_time: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// When it registered.
    pub registration_time: String,
    /// Its tags.
    pub tags: Vec<EcsTag>,
}

impl Authorize for DescribeManagedInstances {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let describe = |id: &str| {
            let instance = resource(scope, format!("instance/{id}"));
            Need::on("ecs:DescribeManagedInstances", instance)
                .with_request_tags(tag::requested(&self.tag))
        };
        let ids = self.instance_id.iter();
        let needs: Vec<Need> = ids.map(|id| describe(id.as_str())).collect();
        if needs.is_empty() { vec![describe("*")] } else { needs }
    }
}

impl Operation for DescribeManagedInstances {
    type Reply = DescribeManagedInstancesReply;

    const SPEC: Spec =
        Spec::read(Product::Ecs, "DescribeManagedInstances").errors(&[&shared::INVALID_TAG_COUNT]);
}

impl Handle<DescribeManagedInstances> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeManagedInstances>,
    ) -> Result<DescribeManagedInstancesReply, ApiError> {
        let mut found = records::list::<ManagedInstanceRecord>(transaction, &context.scope).await?;
        found.retain(|instance| call.selects(instance));
        let asked = Asked::either(
            (call.max_results, call.next_token.as_deref()),
            (call.page_number, call.page_size),
        );
        let page = asked.cut(found, |instance| instance.id.as_str())?;
        Ok(DescribeManagedInstancesReply {
            instances: page.items.into_iter().map(ManagedInstanceView::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
            next_token: page.next_token,
        })
    }
}

impl DescribeManagedInstances {
    fn selects(&self, it: &ManagedInstanceRecord) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        (self.instance_id.is_empty() || self.instance_id.contains(&it.id))
            && self.instance_name.as_ref().is_none_or(|filter| matches_filter(filter, &it.name))
            && is(&self.activation_id, &it.activation_id)
            && is(&self.machine_id, &it.machine_id)
            && (is(&self.instance_ip, &it.intranet_ip) || is(&self.instance_ip, &it.internet_ip))
            && is(&self.os_type, &it.os_type)
            && self.connected.is_none_or(|wanted| wanted == it.connected)
            && is(&self.resource_group_id, &it.resource_group_id)
            && tag::carries(&it.tags, &self.tag)
    }
}

impl ManagedInstanceView {
    /// A managed server as it is answered.
    pub(super) fn new(it: ManagedInstanceRecord) -> Self {
        Self {
            instance_id: it.id,
            instance_name: it.name,
            activation_id: it.activation_id,
            hostname: it.hostname,
            machine_id: it.machine_id,
            os_type: it.os_type,
            os_version: it.os_version,
            agent_version: it.agent_version,
            connected: it.connected,
            internet_ip: it.internet_ip,
            intranet_ip: it.intranet_ip,
            invocation_count: 0,
            last_invoked_time: String::new(),
            resource_group_id: it.resource_group_id,
            registration_time: time::seconds(it.registered_at),
            tags: EcsTag::all(&it.tags),
        }
    }
}
