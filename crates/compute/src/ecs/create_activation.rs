//! `ecs:CreateActivation`: makes a code with which servers register.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use rolecall_api::{
    ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec, code as common,
};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code as shared;
use crate::ecs::{Ecs, code, resource};
use crate::tag::{self, TAGS_MAX, TagParameter};
use crate::text::{is_ecs_name, looks_like_address};
use crate::{ActivationRecord, Cidr, client_token, records};

/// How many servers may register where nobody says. Source: ECS `CreateActivation`.
const INSTANCE_COUNT_DEFAULT: u32 = 10;
/// How long a code is good where nobody says, in hours. Source: as above.
const HOURS_DEFAULT: i64 = 4;
/// The most characters of what names begin with. Source: as above.
const NAME_MAX: usize = 50;

/// Makes a code with which servers that ECS does not run register, to be managed as instances are.
/// The code is in the answer, and its hash is kept; only where the call has a client token, the
/// answer is kept for a day besides, sealed as all records are.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateActivation {
    /// What the names of its servers begin with, 2 to 50 characters.
    #[api(invalid = &code::INVALID_INSTANCE_NAME_MALFORMED)]
    pub instance_name: Option<String>,
    /// What it is for.
    #[api(chars(1, 100))]
    pub description: Option<String>,
    /// How many servers may register. Default 10.
    #[api(range(1, 1000))]
    pub instance_count: Option<u32>,
    /// How long it is good, in hours. Default 4.
    #[api(range(1, 4))]
    pub time_to_live_in_hours: Option<i64>,
    /// From which addresses servers may register: an address or a block, of IPv4 or IPv6. Default:
    /// from all.
    pub ip_address_range: Option<String>,
    /// Its resource group. It is kept and answered.
    #[api(chars(1, 64))]
    pub resource_group_id: Option<String>,
    /// Tags.
    #[api(items(1, TAGS_MAX), invalid = &shared::INVALID_TAG_COUNT)]
    pub tag: Vec<TagParameter>,
    /// Makes sending the call again harmless.
    #[api(invalid = &shared::INVALID_CLIENT_TOKEN)]
    pub client_token: Option<String>,
}

/// The code. `Debug` leaves it out.
#[derive(Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct CreateActivationReply {
    /// The activation's id.
    pub activation_id: String,
    /// The code. No other answer has it.
    #[api(secret)]
    pub activation_code: String,
}

impl fmt::Debug for CreateActivationReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateActivationReply")
            .field("activation_id", &self.activation_id)
            .finish_non_exhaustive()
    }
}

impl Authorize for CreateActivation {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let need = Need::on("ecs:CreateActivation", resource(scope, "activation/*"));
        vec![need.with_request_tags(tag::requested(&self.tag))]
    }
}

impl Operation for CreateActivation {
    type Reply = CreateActivationReply;

    const SPEC: Spec = Spec::write(Product::Ecs, "CreateActivation")
        .errors(&[
            &code::INVALID_INSTANCE_NAME_MALFORMED,
            &shared::INVALID_TAG_COUNT,
            &shared::INVALID_TAG_KEY_MALFORMED,
            &shared::INVALID_TAG_VALUE_MALFORMED,
            &shared::DUPLICATE_TAG_KEY,
            &shared::INVALID_CLIENT_TOKEN,
            &shared::IDEMPOTENT_PARAMETER_MISMATCH,
        ])
        .stored_only(&["ResourceGroupId"]);
}

impl Handle<CreateActivation> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<CreateActivation>,
    ) -> Result<CreateActivationReply, ApiError> {
        let token = call.client_token.as_deref();
        if let Some(reply) = client_token::earlier(context, transaction, call, token).await? {
            return Ok(reply);
        }
        call.check()?;
        let (id, code) = ActivationRecord::draw(context.random.as_ref());
        let activation = ActivationRecord {
            id,
            account: context.scope.account.clone(),
            region: context.scope.region.clone(),
            code_hash: ActivationRecord::hash(&code),
            instance_name: call.instance_name.clone().unwrap_or_default(),
            description: call.description.clone().unwrap_or_default(),
            instance_count: call.instance_count.unwrap_or(INSTANCE_COUNT_DEFAULT),
            time_to_live_in_hours: call.time_to_live_in_hours.unwrap_or(HOURS_DEFAULT),
            ip_address_range: call.ip_address_range.clone().unwrap_or_default(),
            resource_group_id: call.resource_group_id.clone().unwrap_or_default(),
            tags: tag::given(&call.tag)?,
            created_at: context.now,
            registered: 0,
            deregistered: 0,
        };
        records::put(transaction, &activation)?;
        let reply = CreateActivationReply { activation_id: activation.id, activation_code: code };
        client_token::remember(context, transaction, call, token, &reply).await?;
        Ok(reply)
    }
}

impl CreateActivation {
    /// Checks what is asked for, as far as the request alone tells.
    fn check(&self) -> Result<(), ApiError> {
        let is_name = |name: &str| is_ecs_name(name) && name.chars().count() <= NAME_MAX;
        if self.instance_name.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(ApiError::new(&code::INVALID_INSTANCE_NAME_MALFORMED));
        }
        let wrong = |name: &str| Err(ApiError::of(&common::INVALID_PARAMETER, name));
        if self.description.as_deref().is_some_and(looks_like_address) {
            return wrong("Description");
        }
        if self.ip_address_range.as_deref().is_some_and(|range| !is_range(range)) {
            return wrong("IpAddressRange");
        }
        Ok(())
    }
}

/// Whether a text is an address or a block of addresses, of IPv4 or IPv6.
fn is_range(text: &str) -> bool {
    let is_v6_block = |text: &str| {
        text.split_once('/').is_some_and(|(address, length)| {
            let length = length.parse::<u8>();
            address.parse::<Ipv6Addr>().is_ok() && length.is_ok_and(|length| length <= 128)
        })
    };
    text.parse::<Ipv4Addr>().is_ok()
        || text.parse::<Cidr>().is_ok()
        || text.parse::<Ipv6Addr>().is_ok()
        || is_v6_block(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses() {
        for yes in ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"] {
            assert!(is_range(yes), "{yes}");
        }
        for no in ["", "x", "10.0.0.1/8", "10.0.0.0/33", "::/129", "::/x", "10.0.0.1,10.0.0.2"] {
            assert!(!is_range(no), "{no}");
        }
    }
}
