//! Looking up what an operation names, or saying that it is not there; and the forms of names.

use rolecall_api::{ApiError, Scope, code as common};
use rolecall_gate::resource::records;
use rolecall_gate::resource::tag::looks_like_address;
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, LoadBalancerId, ServerGroupId};

use crate::record::{Listener, Protocol, ServerGroup};
use crate::{LoadBalancerRecord, code};

/// The most resources of one call on tags. Source: SLB `TagResources`.
pub(super) const RESOURCES_MAX: usize = 20;

/// A resource of SLB in the caller's account and region.
fn resource(scope: &Scope, relative: String) -> Arn {
    Arn::new("slb", scope.region.as_str(), scope.account.as_str(), relative)
}

/// A load balancer as policies name it.
pub(super) fn balancer(scope: &Scope, id: &LoadBalancerId) -> Arn {
    resource(scope, format!("loadbalancer/{id}"))
}

/// All load balancers as policies name them.
pub(super) fn balancers(scope: &Scope) -> Arn {
    resource(scope, "loadbalancer/*".to_owned())
}

/// An action on each of these load balancers, or on all where none is named.
pub(super) fn each(action: &'static str, scope: &Scope, ids: &[String]) -> Vec<Need> {
    if ids.is_empty() {
        return vec![Need::on(action, balancers(scope))];
    }
    let one = |id: &String| Need::on(action, resource(scope, format!("loadbalancer/{id}")));
    ids.iter().map(one).collect()
}

/// The load balancer with this id, if the account has it in the region.
pub(super) async fn balancer_record(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &LoadBalancerId,
) -> Result<LoadBalancerRecord, ApiError> {
    let found = records::find(transaction, scope, id.as_str()).await?;
    found.ok_or_else(|| ApiError::new(&code::INVALID_LOAD_BALANCER_ID_NOT_FOUND))
}

/// What a call on a group of servers needs: its load balancer, which the gate has looked up; or
/// all of them, where there is no such group.
pub(super) fn whole(action: &'static str, scope: &Scope, id: &ServerGroupId) -> Vec<Need> {
    let resource = match scope.whole_of(id.as_str()) {
        Some(balancer) => resource(scope, format!("loadbalancer/{balancer}")),
        None => balancers(scope),
    };
    vec![Need::on(action, resource)]
}

/// A group of servers, out of its load balancer.
pub(super) async fn group(
    transaction: &mut Transaction,
    scope: &Scope,
    id: &ServerGroupId,
) -> Result<(LoadBalancerRecord, ServerGroup), ApiError> {
    let unknown = || ApiError::new(&code::SERVER_GROUP_NOT_FOUND);
    let balancer = scope.whole_of(id.as_str()).ok_or_else(unknown)?;
    let record = records::find::<LoadBalancerRecord>(transaction, scope, balancer).await?;
    let mut record = record.ok_or_else(unknown)?;
    let place = record.groups.iter().position(|group| group.id == *id).ok_or_else(unknown)?;
    let group = record.groups.remove(place);
    Ok((record, group))
}

/// The place of a listener among those of its load balancer, by its port, and by what it speaks
/// where that is told.
pub(super) fn listener(
    record: &LoadBalancerRecord,
    port: i64,
    protocol: Option<Protocol>,
) -> Result<usize, ApiError> {
    let is_it = |listener: &Listener| {
        i64::from(listener.id.port) == port
            && protocol.is_none_or(|protocol| protocol == listener.id.protocol)
    };
    let mut found = record.listeners.iter().enumerate().filter(|(_, it)| is_it(it));
    let (place, _) = found.next().ok_or_else(|| ApiError::new(&code::LISTENER_NOT_FOUND))?;
    if found.next().is_some() {
        return Err(ApiError::new(&code::TOO_MANY_LISTENERS));
    }
    Ok(place)
}

/// Checks a name: its first character is a letter, and all are letters, digits or `._-`.
/// Source: SLB `CreateLoadBalancer`.
pub(super) fn check_name(parameter: &str, name: &str) -> Result<(), ApiError> {
    let is_name = name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
        && !looks_like_address(name);
    if is_name { Ok(()) } else { Err(ApiError::of(&common::INVALID_PARAMETER, parameter)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_names() {
        for (name, expected) in [
            ("a", true),
            ("web-1_a.b", true),
            ("名称", true),
            ("", false),
            ("1a", false),
            ("-a", false),
            ("a b", false),
            ("a/b", false),
            ("http://a", false),
        ] {
            assert_eq!(check_name("LoadBalancerName", name).is_ok(), expected, "{name:?}");
        }
    }
}
