//! What requests say of backend servers, and what is answered of them.

use rolecall_api::{ApiError, Scope, Shape, code as common};
use rolecall_types::InstanceId;
use serde::{Deserialize, Serialize};

use crate::record::BackendServer;
use crate::{LoadBalancerRecord, Slb, code};

/// The most servers of one call. Source: SLB `AddBackendServers`.
pub(super) const SERVERS_PER_CALL_MAX: usize = 20;
/// The most servers of a load balancer, and of a group. Source: "Limits" of the SLB pages.
const SERVERS_MAX: usize = 200;
/// The weight of a server for which none is given. Source: SLB `AddBackendServers`.
const WEIGHT_DEFAULT: u8 = 100;

/// A server in a request. Numbers come as such or as texts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ServerParameter {
    /// The instance.
    pub server_id: String,
    /// Its weight, 0 to 100; default 100.
    #[api(range(0, 100))]
    pub weight: Option<i64>,
    /// Its port, in a group.
    #[api(range(1, 65_535))]
    pub port: Option<i64>,
    /// What it is: `ecs`.
    #[serde(rename = "Type")]
    #[api(choices("ecs"))]
    pub kind: Option<String>,
    /// Its address, which an instance says itself.
    pub server_ip: Option<String>,
    /// What it is for.
    #[api(chars(1, 256))]
    pub description: Option<String>,
}

/// A server in the answer of a call that adds or changes some: its weight is a text there.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ServerWithText {
    /// The instance.
    pub server_id: InstanceId,
    /// Its weight.
    pub weight: String,
    /// Always `ecs`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for.
    pub description: String,
}

/// A server in the answer of a call that removes some.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ServerWithNumber {
    /// The instance.
    pub server_id: InstanceId,
    /// Its weight.
    pub weight: i64,
    /// Always `ecs`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for.
    pub description: String,
}

/// A server of a group.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ServerOfGroup {
    /// The instance.
    pub server_id: InstanceId,
    /// Its port.
    pub port: i64,
    /// Its weight.
    pub weight: i64,
    /// Always `ecs`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for.
    pub description: String,
}

impl ServerWithText {
    /// All servers, as they are answered.
    pub(super) fn all(servers: &[BackendServer]) -> Vec<Self> {
        let view = |server: &BackendServer| Self {
            server_id: server.server_id.clone(),
            weight: server.weight.to_string(),
            kind: "ecs".to_owned(),
            description: server.description.clone(),
        };
        servers.iter().map(view).collect()
    }
}

impl ServerWithNumber {
    /// All servers, as they are answered.
    pub(super) fn all(servers: &[BackendServer]) -> Vec<Self> {
        let view = |server: &BackendServer| Self {
            server_id: server.server_id.clone(),
            weight: server.weight.into(),
            kind: "ecs".to_owned(),
            description: server.description.clone(),
        };
        servers.iter().map(view).collect()
    }
}

impl ServerOfGroup {
    /// All servers, as they are answered.
    pub(super) fn all(servers: &[BackendServer]) -> Vec<Self> {
        let view = |server: &BackendServer| Self {
            server_id: server.server_id.clone(),
            port: server.port.map(Into::into).unwrap_or_default(),
            weight: server.weight.into(),
            kind: "ecs".to_owned(),
            description: server.description.clone(),
        };
        servers.iter().map(view).collect()
    }
}

/// Whether servers have a port of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ports {
    /// Those of a load balancer have none.
    Listeners,
    /// Those of a group do.
    Own,
}

impl ServerParameter {
    /// Whether it names this server.
    fn names(&self, server: &BackendServer, ports: Ports) -> bool {
        self.server_id == server.server_id.as_str()
            && (ports == Ports::Listeners || self.port == server.port.map(Into::into))
    }

    fn weight(&self) -> Option<u8> {
        self.weight.and_then(|weight| u8::try_from(weight).ok())
    }

    /// Checks what its kind needs.
    fn check(&self, ports: Ports) -> Result<(), ApiError> {
        let missing = ports == Ports::Own && self.port.is_none();
        if missing { Err(ApiError::of(&common::MISSING_PARAMETER, "Port")) } else { Ok(()) }
    }
}

impl Slb {
    /// Adds servers. One that is named twice is added once; one that is there already is refused.
    pub(super) fn add_servers(
        &self,
        scope: &Scope,
        record: &LoadBalancerRecord,
        servers: &mut Vec<BackendServer>,
        (given, ports): (&[ServerParameter], Ports),
    ) -> Result<(), ApiError> {
        let before = servers.clone();
        for one in given {
            one.check(ports)?;
            if before.iter().any(|known| one.names(known, ports)) {
                return Err(ApiError::new(&code::SERVER_ALREADY_EXISTS));
            }
            if !servers.iter().any(|known| one.names(known, ports)) {
                servers.push(self.server(scope, record, one, ports)?);
            }
        }
        if servers.len() > SERVERS_MAX {
            return Err(ApiError::new(&code::QUOTA_EXCEEDED_BACKEND_SERVER));
        }
        Ok(())
    }

    /// A server, if it is one that can be forwarded to.
    fn server(
        &self,
        scope: &Scope,
        record: &LoadBalancerRecord,
        given: &ServerParameter,
        ports: Ports,
    ) -> Result<BackendServer, ApiError> {
        let unknown = || ApiError::new(&code::INVALID_SERVER_ID_NOT_EXIST);
        let server_id = InstanceId::parse(&given.server_id).ok_or_else(unknown)?;
        let server = self.servers.server(&scope.account, &scope.region, &server_id);
        let server = server.ok_or_else(unknown)?;
        if !server.is_running {
            return Err(ApiError::new(&code::SERVER_STATUS_NOT_SUPPORT));
        }
        let inconsistent = || ApiError::new(&code::SERVERS_INCONSISTENT);
        let (vpc, _) = server.place.ok_or_else(inconsistent)?;
        if record.place.as_ref().is_some_and(|place| place.vpc.id != vpc.id) {
            return Err(inconsistent());
        }
        Ok(BackendServer {
            server_id,
            port: given.port.filter(|_| ports == Ports::Own).and_then(|it| u16::try_from(it).ok()),
            weight: given.weight().unwrap_or(WEIGHT_DEFAULT),
            description: given.description.clone().unwrap_or_default(),
        })
    }
}

/// Removes servers; those that are not there are passed over.
pub(super) fn remove_servers(
    servers: &mut Vec<BackendServer>,
    (given, ports): (&[ServerParameter], Ports),
) {
    servers.retain(|server| !given.iter().any(|one| one.names(server, ports)));
}

/// Changes weights and descriptions of servers, which must all be there.
pub(super) fn set_servers(
    servers: &mut [BackendServer],
    (given, ports): (&[ServerParameter], Ports),
) -> Result<(), ApiError> {
    for one in given {
        one.check(ports)?;
        let known = servers.iter_mut().find(|server| one.names(server, ports));
        let known = known.ok_or_else(|| ApiError::new(&code::SERVER_NOT_FOUND))?;
        known.weight = one.weight().unwrap_or(known.weight);
        if let Some(description) = &one.description {
            known.description.clone_from(description);
        }
    }
    Ok(())
}
