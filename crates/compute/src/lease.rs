//! Addresses of vSwitches for what is no instance, such as a load balancer.

use std::net::Ipv4Addr;

use rolecall_api::{ApiError, Scope};
use rolecall_store::Transaction;

use crate::{VSwitchRecord, records};

/// What became of asking for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// It is taken, in this vSwitch.
    Taken(Ipv4Addr, Box<VSwitchRecord>),
    /// The account has no such vSwitch in the region.
    NoVSwitch,
    /// None is free, or not the one that was asked for.
    NotFree,
}

/// Takes an address of a vSwitch: the one that is wanted, or the next free one. It stays taken, and
/// the vSwitch stays, until it is given back.
pub async fn lease_address(
    transaction: &mut Transaction,
    scope: &Scope,
    v_switch: &str,
    wanted: Option<Ipv4Addr>,
) -> Result<Lease, ApiError> {
    let found = records::find::<VSwitchRecord>(transaction, scope, v_switch).await?;
    let Some(mut v_switch) = found else { return Ok(Lease::NoVSwitch) };
    let pool = &mut v_switch.addresses;
    let taken = match wanted {
        Some(address) => pool.take(address).then_some(address),
        None => pool.take_next(),
    };
    let Some(address) = taken else { return Ok(Lease::NotFree) };
    records::put(transaction, &v_switch)?;
    Ok(Lease::Taken(address, Box::new(v_switch)))
}

/// Gives an address back that was taken.
pub async fn return_address(
    transaction: &mut Transaction,
    scope: &Scope,
    v_switch: &str,
    address: Ipv4Addr,
) -> Result<(), ApiError> {
    let found = records::find::<VSwitchRecord>(transaction, scope, v_switch).await?;
    let Some(mut v_switch) = found else { return Ok(()) };
    v_switch.addresses.give_back(address);
    records::put(transaction, &v_switch)
}
