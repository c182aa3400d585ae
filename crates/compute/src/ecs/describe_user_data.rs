//! `ecs:DescribeUserData`: tells what an instance runs when it starts.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId};
use serde::{Deserialize, Serialize};

use crate::UserData;
use crate::ecs::{Ecs, code, find};

/// Tells an instance's user data.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeUserData {
    /// The instance.
    pub instance_id: InstanceId,
}

/// An instance's user data.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeUserDataReply {
    /// The instance.
    pub instance_id: InstanceId,
    /// Its region.
    pub region_id: String,
    /// The data as Base64; empty where there is none.
    pub user_data: UserData,
}

impl Authorize for DescribeUserData {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let instance = Arn::instance(&scope.region, &scope.account, &self.instance_id);
        vec![Need::on("ecs:DescribeUserData", instance)]
    }
}

impl Operation for DescribeUserData {
    type Reply = DescribeUserDataReply;

    const SPEC: Spec = Spec::read(Product::Ecs, "DescribeUserData")
        .errors(&[&code::INVALID_INSTANCE_ID_NOT_FOUND]);
}

impl Handle<DescribeUserData> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeUserData>,
    ) -> Result<DescribeUserDataReply, ApiError> {
        let instance = find::instance(transaction, &context.scope, &call.instance_id).await?;
        Ok(DescribeUserDataReply {
            instance_id: instance.id,
            region_id: instance.region.to_string(),
            user_data: instance.user_data.unwrap_or_default(),
        })
    }
}
