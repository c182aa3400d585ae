//! What a handler and a condition may know of a request.

use std::any::{Any, type_name};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rolecall_api::{ApiError, Scope, code};
use rolecall_policy as policy;
use rolecall_types::{AccessKeyId, InstanceId, Random, RequestId, Timestamp, VpcId, time};

use crate::{Authenticated, Caller, Gate, Snapshot};

/// Where a request came in: facts of the socket, never of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingress {
    /// A listener of the host.
    Host {
        /// The peer's address.
        peer: IpAddr,
        /// Whether the connection is TLS.
        secure: bool,
    },
    /// A listener inside an instance's network namespace.
    Instance {
        /// The instance whose socket it is.
        id: InstanceId,
        /// Its VPC.
        vpc: VpcId,
        /// Its private address.
        address: Ipv4Addr,
        /// Whether the connection is TLS.
        secure: bool,
    },
}

impl Ingress {
    /// Whether the connection is TLS.
    pub fn is_secure(&self) -> bool {
        match self {
            Self::Host { secure, .. } | Self::Instance { secure, .. } => *secure,
        }
    }

    /// The address that policies see.
    pub fn source(&self) -> IpAddr {
        match self {
            Self::Host { peer, .. } => *peer,
            Self::Instance { address, .. } => IpAddr::V4(*address),
        }
    }

    /// The condition keys that it supplies.
    pub(crate) fn describe(&self, context: &mut policy::Context) {
        context.insert("acs:SecureTransport", self.is_secure().to_string());
        context.insert("acs:SourceIp", self.source().to_string());
        if let Self::Instance { vpc, address, .. } = self {
            context.insert("acs:SourceVpc", vpc.as_str());
            context.insert("acs:VpcSourceIp", address.to_string());
        }
    }
}

/// What a handler may know: the only way to learn the time, the caller and the region.
#[derive(Clone)]
pub struct Context {
    /// When the request reached the gate.
    pub now: Timestamp,
    /// The source of ids and secrets.
    pub random: Arc<dyn Random>,
    /// What the answer is known by.
    pub request_id: RequestId,
    /// Who calls.
    pub caller: Caller,
    /// The AccessKey that was used.
    pub access_key_id: Option<AccessKeyId>,
    /// Whose resources, and where.
    pub scope: Scope,
    /// Where the request came in.
    pub ingress: Ingress,
    /// Keys and principals as they were when the request was authenticated.
    pub snapshot: Arc<Snapshot>,
    /// What the handler worked out before its transaction.
    pub prepared: Prepared,
}

/// What [`Handle::prepare`](crate::Handle::prepare) worked out for one call, if anything.
#[derive(Clone, Default)]
pub struct Prepared(Option<Arc<dyn Any + Send + Sync>>);

impl Prepared {
    /// Takes along the outcome of some work.
    pub fn of<T: Send + Sync + 'static>(outcome: T) -> Self {
        Self(Some(Arc::new(outcome)))
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The outcome, of the type that it was. Another one is a fault of ours.
    pub fn get<T: Send + Sync + 'static>(&self) -> Result<&T, ApiError> {
        self.0.as_ref().and_then(|outcome| outcome.downcast_ref()).ok_or_else(|| {
            let missing = format!("no {} was prepared", type_name::<T>());
            ApiError::new(&code::INTERNAL_ERROR).because(missing)
        })
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prepared").field(&self.0.is_some()).finish()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("request_id", &self.request_id)
            .field("caller", &self.caller.arn())
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// What is known of a call from now on, whose caller is believed.
    pub fn context(
        &self,
        request_id: RequestId,
        believed: Authenticated,
        scope: Scope,
        ingress: Ingress,
    ) -> Context {
        Context {
            now: self.parts.clock.now(),
            random: Arc::clone(&self.parts.random),
            request_id,
            caller: believed.caller,
            access_key_id: believed.access_key_id,
            scope,
            ingress,
            snapshot: believed.snapshot,
            prepared: Prepared::default(),
        }
    }
}

impl Context {
    /// The condition keys of the request as a whole.
    pub fn conditions(&self) -> policy::Context {
        let mut context = conditions_at(self.now);
        self.ingress.describe(&mut context);
        self.caller.describe(&mut context);
        context
    }
}

/// The condition keys that hold whoever asks, and from wherever: the time.
pub fn conditions_at(now: Timestamp) -> policy::Context {
    policy::Context::new().with("acs:CurrentTime", time::seconds(now))
}
