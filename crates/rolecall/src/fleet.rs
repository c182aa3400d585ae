//! The instances that are real on this machine: their namespaces and what listens inside them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rolecall_api::{ApiError, Code};
use rolecall_compute::{InstanceRecord, Instances, NetworkInterface, Status};
use rolecall_crypto::{DocumentSigner, MetadataTokens};
use rolecall_fabric::{Fabric, FabricError, Firewall, HolderRef, InstanceSpec, MachineSpec, dns};
use rolecall_gate::Service;
use rolecall_http::{Limits, Server, Where};
use rolecall_metadata::{CredentialIssuer, MetadataService};
use rolecall_types::InstanceId;
use tokio::sync::{Mutex, oneshot};

use crate::faults::{FaultPlan, FaultyMetadata};
use crate::surroundings;
use crate::tls::TlsConfig;

/// No instance of this id runs here, so nobody can enter it.
const NOT_RUNNING: Code = Code::new(
    "InvalidInstanceId.NotFound",
    404,
    "No instance `{}` runs here in a VPC; rolecall run --role NAME makes one.",
    "An instance is entered that does not exist, does not run, or is in the classic network.",
);

/// The machine cannot make an instance.
pub(crate) const NOT_POSSIBLE: Code = Code::new(
    "OperationDenied.Fabric",
    500,
    "This machine cannot make the instance: {}",
    "Namespaces are switched off, or the machine is out of something.",
);

/// The instance is in a network namespace of somebody else's, and in nothing else of ours.
const ADOPTED: Code = Code::new(
    "OperationDenied.Adopted",
    409,
    "The instance `{}` is bound to a network namespace by rolecall adopt: enter that one.",
    "A command is to run in an instance that is bound to a network namespace of somebody else's.",
);

/// The instance has namespaces of its own, or other ones already.
const REAL_ALREADY: Code = Code::new(
    "OperationDenied.InUse",
    409,
    "The instance `{}` is real already: stop and start it, or release it, and try again.",
    "An instance is to be bound to a network namespace while it has one.",
);

/// Nothing is bound that could be released.
const NOT_ADOPTED: Code = Code::new(
    "InvalidInstanceId.NotAdopted",
    404,
    "The instance `{}` is bound to no network namespace by rolecall adopt.",
    "An instance is to be released that is not bound to a network namespace of somebody else's.",
);

/// What instances are made with and served by.
pub(crate) struct FleetParts {
    /// Makes namespaces.
    pub(crate) fabric: Arc<Fabric>,
    /// What is known of instances.
    pub(crate) instances: Arc<Instances>,
    /// Mints tokens of the metadata service.
    pub(crate) tokens: MetadataTokens,
    /// Signs the identity documents of instances.
    pub(crate) documents: Arc<DocumentSigner>,
    /// Mints credentials.
    pub(crate) credentials: CredentialIssuer,
    /// What answers the API inside.
    pub(crate) edge: Arc<dyn Service>,
    /// Certificates for the API's names.
    pub(crate) tls: TlsConfig,
    /// The faults that befall requests for metadata, where there may be any.
    pub(crate) faults: Option<Arc<FaultPlan>>,
}

/// The instances that are real on this machine. An instance becomes so when somebody enters it, and
/// ends when its record does or it is stopped. One that is rebooted is made anew.
pub(crate) struct Fleet {
    parts: FleetParts,
    running: Mutex<BTreeMap<InstanceId, Running>>,
}

/// One real instance. Dropping it closes its listeners.
struct Running {
    /// The boot that made it: `InstanceRecord::boots`.
    boot: u64,
    /// Who holds its namespaces; none where it was adopted.
    holder: Option<HolderRef>,
    /// Dropped to tell who has it adopted that it has ended.
    adoption: Option<oneshot::Sender<()>>,
    /// The rules that hold.
    firewall: Firewall,
    _servers: [Server; 3],
    dns: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Tells this life of the instance from others: each has a task of its own.
    fn life(&self) -> tokio::task::Id {
        self.dns.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.dns.abort();
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").finish_non_exhaustive()
    }
}

impl Fleet {
    /// A fleet of no real instances yet.
    pub(crate) fn new(parts: FleetParts) -> Self {
        Self { parts, running: Mutex::default() }
    }

    /// How many instances are real.
    pub(crate) async fn count(&self) -> usize {
        self.running.lock().await.len()
    }

    /// The answer to an id that no instance here has.
    pub(crate) fn unknown(id: &str) -> ApiError {
        ApiError::of(&NOT_RUNNING, id)
    }

    /// Makes an instance real where it is not, and says who holds its namespaces.
    pub(crate) async fn enter(&self, id: &InstanceId) -> Result<HolderRef, ApiError> {
        let not_running = || Self::unknown(id.as_str());
        // The record is read behind the lock: what stops the instance from now on comes later.
        let mut running = self.running.lock().await;
        let record = self.parts.instances.get(id).filter(is_real).ok_or_else(not_running)?;
        let network = record.network.as_ref().ok_or_else(not_running)?;
        if let Some(instance) = running.get(id).filter(|instance| instance.boot == record.boots) {
            return instance.holder.clone().ok_or_else(|| ApiError::of(&ADOPTED, id.as_str()));
        }
        self.end(&mut running, id).await;
        let instance = self.start(&record, network, None).await?;
        let holder = instance.holder.clone();
        running.insert(id.clone(), instance);
        holder.ok_or_else(not_running)
    }

    /// Binds an instance to a network namespace that there is, by its file. What is returned ends
    /// when the instance has left it again.
    pub(crate) async fn adopt(
        &self,
        id: &InstanceId,
        namespace: &Path,
    ) -> Result<oneshot::Receiver<()>, ApiError> {
        let not_running = || Self::unknown(id.as_str());
        let mut running = self.running.lock().await;
        let record = self.parts.instances.get(id).filter(is_real).ok_or_else(not_running)?;
        let network = record.network.as_ref().ok_or_else(not_running)?;
        if running.get(id).is_some_and(|instance| instance.boot == record.boots) {
            return Err(ApiError::of(&REAL_ALREADY, id.as_str()));
        }
        self.end(&mut running, id).await;
        let mut instance = self.start(&record, network, Some(namespace)).await?;
        let (sender, receiver) = oneshot::channel();
        instance.adoption = Some(sender);
        running.insert(id.clone(), instance);
        Ok(receiver)
    }

    /// Takes an adopted instance out of its namespace.
    pub(crate) async fn release(&self, id: &InstanceId) -> Result<(), ApiError> {
        let mut running = self.running.lock().await;
        if running.get(id).is_none_or(|instance| instance.adoption.is_none()) {
            return Err(ApiError::of(&NOT_ADOPTED, id.as_str()));
        }
        self.end(&mut running, id).await;
        Ok(())
    }

    /// What a virtual machine in an instance is told of it.
    pub(crate) fn machine(&self, id: &InstanceId) -> Option<MachineSpec> {
        let record = self.parts.instances.get(id).filter(is_real)?;
        let network = record.network.as_ref()?;
        let vpc = network.vpc_block;
        Some(MachineSpec {
            hardware_address: network.hardware_address()?,
            private_address: network.private_address,
            prefix_length: network.v_switch_block.prefix_length(),
            router: network.router()?,
            vpc: (vpc.address(0)?, vpc.prefix_length()),
            hostname: record.host_name.clone(),
            serial_number: record.serial_number.clone(),
        })
    }

    /// What is known of an instance, whether it is real or not.
    pub(crate) fn describe(&self, id: &InstanceId) -> Option<crate::control::Instance> {
        let record = self.parts.instances.get(id)?;
        let bound = record.binding.bound.as_ref();
        Some(crate::control::Instance {
            // Its names are the API's.
            status: format!("{:?}", record.status),
            in_vpc: record.network.is_some(),
            metadata_enabled: record.metadata_options.enabled,
            role: bound.map(|bound| bound.role_name.to_string()),
            session_policy: bound.and_then(|bound| bound.policy.clone()),
        })
    }

    /// Ends real instances that are gone or stopped, makes those anew that were rebooted, and lets
    /// the rules of all follow their security groups, until the view of instances ends.
    pub(crate) async fn follow(&self) {
        let mut changes = self.parts.instances.changes();
        while changes.changed().await.is_ok() {
            let mut running = self.running.lock().await;
            for id in self.outdated(&running) {
                let adopted = running.get(&id).is_some_and(|it| it.adoption.is_some());
                self.end(&mut running, &id).await;
                // One that was adopted has no other place: whoever has it binds it again.
                let record = self.parts.instances.get(&id).filter(is_real).filter(|_| !adopted);
                let network = record.as_ref().and_then(|record| record.network.as_ref());
                let (Some(record), Some(network)) = (&record, network) else { continue };
                match self.start(record, network, None).await {
                    Ok(instance) => {
                        running.insert(id, instance);
                    }
                    Err(error) => {
                        tracing::error!(instance = %id, ?error, "cannot reboot an instance");
                    }
                }
            }
            let due = self.due_rules(&running);
            // A new member changes the rules of all others, one program each: nobody waits for it.
            drop(running);
            for (id, life, firewall) in due {
                self.set_rules(&id, life, firewall).await;
            }
        }
    }

    /// The real instances for which other rules are due than hold, with those that are.
    fn due_rules(
        &self,
        running: &BTreeMap<InstanceId, Running>,
    ) -> Vec<(InstanceId, tokio::task::Id, Firewall)> {
        let due = running.iter().filter_map(|(id, instance)| {
            let firewall = self.rules_of(id)?;
            let due = firewall != instance.firewall;
            due.then(|| (id.clone(), instance.life(), firewall))
        });
        due.collect()
    }

    fn rules_of(&self, id: &InstanceId) -> Option<Firewall> {
        let record = self.parts.instances.get(id)?;
        Some(surroundings::firewall(&record, &self.parts.instances))
    }

    /// Sets the rules of a real instance anew; one that has ended in between needs none.
    async fn set_rules(&self, id: &InstanceId, life: tokio::task::Id, mut firewall: Firewall) {
        let mut set = self.parts.fabric.set_firewall(id, &firewall).await;
        let mut running = self.running.lock().await;
        let Some(instance) = running.get_mut(id) else { return };
        if instance.life() != life {
            // It was made anew while we did, and may have got rules that are older than its own.
            let Some(due) = self.rules_of(id) else { return };
            set = self.parts.fabric.set_firewall(id, &due).await;
            firewall = due;
        }
        match set {
            Ok(()) => instance.firewall = firewall,
            // The old ones hold; the next change of any instance tries again.
            Err(error) => {
                tracing::error!(instance = %id, %error, "cannot change an instance's rules");
            }
        }
    }

    /// The real instances that their records no longer say, or say of another boot.
    fn outdated(&self, running: &BTreeMap<InstanceId, Running>) -> Vec<InstanceId> {
        let is_current = |id: &InstanceId, instance: &Running| {
            let record = self.parts.instances.get(id).filter(is_real);
            record.is_some_and(|record| record.boots == instance.boot)
        };
        let outdated = running.iter().filter(|(id, instance)| !is_current(id, instance));
        outdated.map(|(id, _)| id.clone()).collect()
    }

    /// Ends a real instance, with every process in it.
    async fn end(&self, running: &mut BTreeMap<InstanceId, Running>, id: &InstanceId) {
        // Kept until all is gone: then its end is told to who has adopted it.
        let Some(_instance) = running.remove(id) else { return };
        if let Err(error) = self.parts.fabric.stop(id).await {
            tracing::error!(instance = %id, %error, "cannot end an instance");
        }
    }

    async fn start(
        &self,
        record: &InstanceRecord,
        network: &NetworkInterface,
        adopted: Option<&Path>,
    ) -> Result<Running, ApiError> {
        let parts = &self.parts;
        let firewall = surroundings::firewall(record, &parts.instances);
        let spec = InstanceSpec {
            id: record.id.clone(),
            hostname: record.host_name.clone(),
            private_address: network.private_address,
            prefix_length: network.v_switch_block.prefix_length(),
            hardware_address: surroundings::hardware_address(network)?,
            vpc: surroundings::vpc(network)?,
            firewall: firewall.clone(),
        };
        let made = match adopted {
            None => parts.fabric.start(spec).await,
            Some(namespace) => parts.fabric.adopt(spec, namespace).await,
        };
        let instance = made.map_err(fabric_error)?;
        let mut metadata: Arc<dyn Service> = Arc::new(MetadataService::new(
            record.id.clone(),
            Arc::clone(&parts.instances),
            parts.tokens.clone(),
            Arc::clone(&parts.documents),
            parts.credentials.clone(),
        ));
        if let Some(plan) = &parts.faults {
            let (plan, clock) = (Arc::clone(plan), Arc::clone(&parts.credentials.clock));
            metadata = Arc::new(FaultyMetadata::new(plan, record.id.clone(), clock, metadata));
        }
        let place = || Where::Instance {
            id: record.id.clone(),
            vpc: network.vpc_id.clone(),
            address: network.private_address,
        };
        let serve = |listener, tls, service| {
            let clock = Arc::clone(&parts.credentials.clock);
            Server::start(listener, place(), tls, service, clock, Limits::inside())
                .map_err(|error| ApiError::of(&NOT_POSSIBLE, error.to_string()))
        };
        let servers = [
            serve(instance.metadata, None, metadata)?,
            serve(instance.http, None, Arc::clone(&parts.edge))?,
            serve(instance.https, Some(parts.tls.clone()), Arc::clone(&parts.edge))?,
        ];
        let (id, sockets, zone) = (instance.id, instance.dns, instance.zone);
        let dns = tokio::spawn(async move {
            if let Err(error) = dns::serve_dns(sockets, zone).await {
                tracing::error!(instance = %id, %error, "the name servers of an instance stopped");
            }
        });
        Ok(Running {
            boot: record.boots,
            holder: instance.holder,
            adoption: None,
            firewall,
            _servers: servers,
            dns,
        })
    }
}

/// Whether an instance is one that can be entered: it runs, in a VPC.
fn is_real(record: &Arc<InstanceRecord>) -> bool {
    record.status == Status::Running && record.network.is_some()
}

fn fabric_error(error: FabricError) -> ApiError {
    let text = rolecall_types::explain(&error);
    ApiError::of(&NOT_POSSIBLE, text).because(error)
}
