//! `vpc:DescribeVpcAttribute`: tells everything about one private network.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::VpcId;
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::vpc::{CloudResource, Vpc, VpcView, code, resource};
use crate::{VpcRecord, records};

/// Tells everything about a VPC.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcAttribute {
    /// The VPC.
    pub vpc_id: VpcId,
    /// Whether it is the region's default VPC. There is none here.
    pub is_default: Option<bool>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

impl Authorize for DescribeVpcAttribute {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let vpc = resource(scope, format!("vpc/{}", self.vpc_id));
        vec![Need::on("vpc:DescribeVpcAttribute", vpc)]
    }
}

impl Operation for DescribeVpcAttribute {
    type Reply = VpcView;

    const SPEC: Spec = Spec::read(Product::Vpc, "DescribeVpcAttribute")
        .errors(&[&code::FORBIDDEN_VPC_NOT_FOUND, &shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeVpcAttribute> for Vpc {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<DescribeVpcAttribute>,
    ) -> Result<VpcView, ApiError> {
        let vpc =
            records::find::<VpcRecord>(transaction, &context.scope, call.vpc_id.as_str()).await?;
        let vpc = vpc
            .filter(|_| call.is_default != Some(true))
            .ok_or_else(|| ApiError::new(&code::FORBIDDEN_VPC_NOT_FOUND))?;
        end_dry_run(call.dry_run)?;
        let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
        let resources = [("VRouter", 1), ("RouteTable", 1), ("VSwitch", vpc.v_switch_ids.len())];
        let resources = resources.map(|(kind, number)| CloudResource {
            resource_type: kind.to_owned(),
            resource_count: count(number),
        });
        Ok(VpcView {
            associated_cens: Some(Vec::new()),
            cloud_resources: Some(resources.into()),
            classic_link_enabled: Some(false),
            ..VpcView::new(vpc)
        })
    }
}
