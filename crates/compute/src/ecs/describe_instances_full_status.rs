//! `ecs:DescribeInstancesFullStatus`: tells which instances run, how they are, and what is planned.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, instances};
use crate::page::Asked;
use crate::{InstanceRecord, Status, records};

/// Tells the status, the health and the planned events of instances. Whatever runs is well, and
/// nothing is ever planned. Unknown ids are left out.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstancesFullStatus {
    /// The instances; without them, all of the region.
    #[api(items(1, 100))]
    pub instance_id: Vec<InstanceId>,
    /// The status.
    #[api(choices("Pending", "Starting", "Running", "Stopping", "Stopped"))]
    pub status: Option<String>,
    /// The health.
    #[api(choices(
        "Ok",
        "Impaired",
        "Warning",
        "Maintaining",
        "Initializing",
        "InsufficientData",
        "NotApplicable"
    ))]
    pub health_status: Option<String>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
}

/// A page of statuses.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstancesFullStatusReply {
    /// The statuses, in the order of the instances' ids.
    #[api(item = "InstanceFullStatusType")]
    pub instance_full_status_set: Vec<InstanceFullStatus>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// How an instance is.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceFullStatus {
    /// The instance.
    pub instance_id: InstanceId,
    /// Its status.
    pub status: CodedStatus,
    /// Its health: `Ok` while it runs, else `NotApplicable`.
    pub health_status: CodedStatus,
    /// What is planned: nothing.
    #[api(item = "ScheduledSystemEventType")]
    pub scheduled_system_event_set: Vec<String>,
}

/// A status as a number and as a word.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CodedStatus {
    /// `1` for an instance that runs, as in the vendor's sample, else `0`: the vendor has no list
    /// of these numbers.
    pub code: i64,
    /// The word.
    pub name: String,
}

impl Authorize for DescribeInstancesFullStatus {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instances = instances(scope, &self.instance_id).into_iter();
        instances.map(|instance| Need::on("ecs:DescribeInstancesFullStatus", instance)).collect()
    }
}

impl Operation for DescribeInstancesFullStatus {
    type Reply = DescribeInstancesFullStatusReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstancesFullStatus");
}

impl Handle<DescribeInstancesFullStatus> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeInstancesFullStatus>,
    ) -> Result<DescribeInstancesFullStatusReply, ApiError> {
        let mut found: Vec<InstanceRecord> =
            records::select(transaction, &context.scope, &call.instance_id).await?;
        let is = |wanted: &Option<String>, word: &str| wanted.as_ref().is_none_or(|it| it == word);
        found.retain(|it| {
            is(&call.status, it.status.as_str()) && is(&call.health_status, health(it.status))
        });
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(found, |instance| instance.id.as_str())?;
        Ok(DescribeInstancesFullStatusReply {
            instance_full_status_set: page.items.into_iter().map(InstanceFullStatus::new).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

fn health(status: Status) -> &'static str {
    if status == Status::Running { "Ok" } else { "NotApplicable" }
}

impl InstanceFullStatus {
    fn new(instance: InstanceRecord) -> Self {
        let status = instance.status;
        let code = i64::from(status == Status::Running);
        Self {
            instance_id: instance.id,
            status: CodedStatus { code, name: status.as_str().to_owned() },
            health_status: CodedStatus { code: 0, name: health(status).to_owned() },
            scheduled_system_event_set: Vec::new(),
        }
    }
}
