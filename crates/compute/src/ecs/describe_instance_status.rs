//! `ecs:DescribeInstanceStatus`: tells which instances run.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::ecs::{Ecs, instances};
use crate::page::Asked;
use crate::{InstanceRecord, records};

/// Tells the status of instances. Unknown ids are left out.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceStatus {
    /// The instances; without them, all of the region.
    #[api(items(1, 100))]
    pub instance_id: Vec<InstanceId>,
    /// The zone.
    pub zone_id: Option<String>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 50))]
    pub page_size: Option<i64>,
}

/// A page of statuses.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceStatusReply {
    /// The statuses, in the order of the instances' ids.
    #[api(item = "InstanceStatus")]
    pub instance_statuses: Vec<InstanceStatus>,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// The status of an instance.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceStatus {
    /// The instance.
    pub instance_id: InstanceId,
    /// `Pending`, `Starting`, `Running`, `Stopping` or `Stopped`.
    pub status: String,
}

impl Authorize for DescribeInstanceStatus {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instances = instances(scope, &self.instance_id).into_iter();
        instances.map(|instance| Need::on("ecs:DescribeInstanceStatus", instance)).collect()
    }
}

impl Operation for DescribeInstanceStatus {
    type Reply = DescribeInstanceStatusReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeInstanceStatus");
}

impl Handle<DescribeInstanceStatus> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeInstanceStatus>,
    ) -> Result<DescribeInstanceStatusReply, ApiError> {
        let mut found: Vec<InstanceRecord> =
            records::select(transaction, &context.scope, &call.instance_id).await?;
        found.retain(|it| call.zone_id.as_ref().is_none_or(|zone| zone == it.zone.as_str()));
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(found, |instance| instance.id.as_str())?;
        let status = |instance: InstanceRecord| InstanceStatus {
            instance_id: instance.id,
            status: instance.status.as_str().to_owned(),
        };
        Ok(DescribeInstanceStatusReply {
            instance_statuses: page.items.into_iter().map(status).collect(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}
