//! `slb:DescribeAvailableResource`: lists what load balancers can be made where.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::ZoneId;
use serde::{Deserialize, Serialize};

use crate::Slb;

/// Lists what load balancers can be made in which pairs of zones.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailableResource {
    /// Whether they are to face the Internet or a VPC. Default: both.
    #[api(choices("internet", "intranet"))]
    pub address_type: Option<String>,
    /// The kind of their addresses: `ipv4`.
    #[api(choices("ipv4"))]
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: Option<String>,
}

/// What can be made.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailableResourceReply {
    /// Pairs of zones.
    #[api(item = "AvailableResource")]
    pub available_resources: Vec<AvailableResource>,
}

impl Authorize for DescribeAvailableResource {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, _scope: &Scope) -> Vec<Need> {
        vec![Need::any("slb:DescribeAvailableResource")]
    }
}

impl Operation for DescribeAvailableResource {
    type Reply = DescribeAvailableResourceReply;

    const SPEC: Spec = Spec::read(Product::Slb, "DescribeAvailableResource");
}

impl Handle<DescribeAvailableResource> for Slb {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeAvailableResource>,
    ) -> Result<DescribeAvailableResourceReply, ApiError> {
        let id = |letter: &char| format!("{}-{letter}", context.scope.region);
        let types = ["internet", "intranet"];
        let types = types
            .into_iter()
            .filter(|one| call.address_type.as_deref().is_none_or(|it| it == *one));
        let supported: Vec<_> = types
            .map(|address_type| SupportResource {
                address_type: address_type.to_owned(),
                address_ip_version: "ipv4".to_owned(),
            })
            .collect();
        let pair = |(master, slave): (&char, &char)| AvailableResource {
            master_zone_id: id(master),
            slave_zone_id: id(slave),
            support_resources: supported.clone(),
        };
        // Each zone with the next one; the last with the first.
        let next = ZoneId::LETTERS.iter().cycle().skip(1);
        let available_resources = ZoneId::LETTERS.iter().zip(next).map(pair).collect();
        Ok(DescribeAvailableResourceReply { available_resources })
    }
}

/// A pair of zones.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct AvailableResource {
    /// The zone that load balancers are in.
    pub master_zone_id: String,
    /// The zone that they would move to.
    pub slave_zone_id: String,
    /// What can be made there.
    #[api(item = "SupportResource")]
    pub support_resources: Vec<SupportResource>,
}

/// What can be made.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SupportResource {
    /// `internet` or `intranet`.
    pub address_type: String,
    /// `ipv4`.
    #[serde(rename = "AddressIPVersion")]
    pub address_ip_version: String,
}
