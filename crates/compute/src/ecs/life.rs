//! Starting, stopping and rebooting: of one instance, and of many at once.
//!
//! An instance is made real by who watches [`Instances`](crate::Instances), so that the records
//! know no instance on its way: what is started runs, and what is stopped stands still, once the
//! call is answered.

use rolecall_api::{ApiError, Code, Kind, Shape};
use rolecall_gate::Context;
use rolecall_store::Transaction;
use rolecall_types::{InstanceId, TextRule, Timestamp};
use serde::{Deserialize, Serialize};

use crate::code::end_dry_run;
use crate::ecs::{code, distinct, find};
use crate::{InstanceRecord, Status, StoppedMode, records};

/// What is done to an instance.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// It is started.
    Start,
    /// It is stopped.
    Stop(StoppedMode),
    /// It is stopped and started.
    Reboot,
}

/// What becomes of a batch in which one instance fails. Source: ECS `StartInstances`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchOptimization {
    /// The call fails, and nothing is done.
    #[default]
    AllTogether,
    /// The others are done, and the answer tells which failed.
    SuccessFirst,
}

impl Shape for BatchOptimization {
    const KIND: Kind = Kind::Text(TextRule::length(1, 32));
}

/// How a batch is to be carried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    pub(super) optimization: Option<BatchOptimization>,
    pub(super) dry_run: Option<bool>,
}

/// What became of one instance of a batch.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceResponse {
    /// `200`, or an error code.
    pub code: String,
    /// The instance.
    pub instance_id: InstanceId,
    /// `success`, or what is wrong.
    pub message: String,
    /// Its status after the call; empty where there is no such instance.
    pub current_status: String,
    /// Its status before the call; empty where there is no such instance.
    pub previous_status: String,
}

impl Deed {
    /// Whether it may be done to an instance in this status. Source: ECS `StartInstance`,
    /// `StopInstance`, `RebootInstance`.
    fn check(self, status: Status) -> Result<(), &'static Code> {
        let needed = match self {
            Self::Start => Status::Stopped,
            Self::Stop(_) | Self::Reboot => Status::Running,
        };
        if status == needed { Ok(()) } else { Err(&code::INCORRECT_INSTANCE_STATUS) }
    }

    fn apply(self, instance: &mut InstanceRecord, now: Timestamp) {
        match self {
            Self::Start | Self::Reboot => instance.boot(now),
            Self::Stop(mode) => {
                instance.status = Status::Stopped;
                instance.stopped_mode = Some(mode);
            }
        }
    }
}

/// Does it to one instance.
pub(super) async fn one(
    context: &Context,
    transaction: &mut Transaction,
    id: &InstanceId,
    deed: Deed,
    dry_run: Option<bool>,
) -> Result<(), ApiError> {
    let mut instance = find::instance(transaction, &context.scope, id).await?;
    deed.check(instance.status).map_err(ApiError::new)?;
    end_dry_run(dry_run)?;
    deed.apply(&mut instance, context.now);
    records::put(transaction, &instance)
}

/// Does it to many instances, each once. All of it is one transaction: a call that fails has done
/// nothing.
pub(super) async fn many(
    context: &Context,
    transaction: &mut Transaction,
    ids: &[InstanceId],
    deed: Deed,
    batch: Batch,
) -> Result<Vec<InstanceResponse>, ApiError> {
    let success_first = batch.optimization == Some(BatchOptimization::SuccessFirst);
    let mut responses = Vec::with_capacity(ids.len());
    for id in distinct(ids) {
        let found: Option<InstanceRecord> =
            records::find(transaction, &context.scope, id.as_str()).await?;
        let before = found.as_ref().map(|instance| instance.status);
        let outcome = found.ok_or(&code::INVALID_INSTANCE_ID_NOT_FOUND).and_then(|instance| {
            deed.check(instance.status)?;
            Ok(instance)
        });
        let outcome = match outcome {
            Ok(mut instance) => {
                deed.apply(&mut instance, context.now);
                records::put(transaction, &instance)?;
                Ok(instance.status)
            }
            Err(code) if success_first => Err(code),
            Err(code) => return Err(ApiError::new(code)),
        };
        responses.push(InstanceResponse::new(id, before, outcome));
    }
    if batch.dry_run == Some(true) {
        return Err(ApiError::new(&code::DRY_RUN_SUCCESS));
    }
    Ok(responses)
}

impl InstanceResponse {
    fn new(
        id: &InstanceId,
        before: Option<Status>,
        outcome: Result<Status, &'static Code>,
    ) -> Self {
        let (code, message) = match outcome {
            Ok(_) => ("200", "success"),
            Err(code) => (code.name, code.message),
        };
        let word = |status: Option<Status>| status.map_or("", Status::as_str).to_owned();
        Self {
            code: code.to_owned(),
            instance_id: id.clone(),
            message: message.to_owned(),
            current_status: word(outcome.ok().or(before)),
            previous_status: word(before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deed_has_its_status() {
        let stop = Deed::Stop(StoppedMode::KeepCharging);
        for (deed, allowed) in [
            (Deed::Start, Status::Stopped),
            (stop, Status::Running),
            (Deed::Reboot, Status::Running),
        ] {
            for status in Status::ALL {
                let expected = if status == allowed { "" } else { "IncorrectInstanceStatus" };
                let name = deed.check(status).err().map_or("", |code| code.name);
                assert_eq!(name, expected, "{deed:?} {status:?}");
            }
        }
    }
}
