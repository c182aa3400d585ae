//! What may stand between the router and the gate.

use std::pin::Pin;

use rolecall_gate::{Call, Gate, Outbound};

/// Stands before the gate: it may keep an RPC call waiting, answer it in the gate's place, or
/// change its answer. A router that was given none sends every call straight to the gate.
pub trait Intercept: Send + Sync + 'static {
    /// Whether it lets all calls pass for the time being. It is asked for each of them.
    fn is_idle(&self) -> bool;

    /// Answers a call, which `gate` would answer otherwise.
    fn call<'a>(
        &'a self,
        gate: &'a Gate,
        call: Call,
    ) -> Pin<Box<dyn Future<Output = Outbound> + Send + 'a>>;
}
