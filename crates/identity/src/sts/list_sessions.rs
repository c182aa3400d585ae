//! `sts:ListSessions`: lists the sessions of the account's roles that are good now.
//!
//! The vendor has no such operation; see `RevokeSessions`.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use rolecall_types::{Arn, InstanceId, PrincipalId, RoleName, time};
use serde::{Deserialize, Serialize};

use super::Sts;
use crate::paging;
use crate::ram::code;
use crate::record::SessionRecord;

/// Lists sessions that are neither over nor taken back, in no order of meaning. Of an account that
/// makes very many, the latest may be missing.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListSessions {
    /// Only sessions of this role.
    pub role_name: Option<RoleName>,
    /// Only sessions of this instance.
    pub instance_id: Option<InstanceId>,
    /// Where an earlier answer stopped.
    #[api(chars(1, 512), invalid = &code::INVALID_MARKER)]
    pub marker: Option<String>,
    /// The most sessions to answer; 100 where nothing is said.
    #[api(range(1, 1000))]
    pub max_items: Option<i64>,
}

/// A page of sessions.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ListSessionsReply {
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where the next page goes on, if there are more.
    pub marker: Option<String>,
    /// The sessions.
    #[api(item = "Session")]
    pub sessions: Vec<SessionView>,
}

/// A session that is good now.
#[derive(Debug, Clone, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct SessionView {
    /// Its id.
    pub session_id: String,
    /// The id of its AccessKey; it begins with `STS.`.
    pub access_key_id: String,
    /// Who it is, as `GetCallerIdentity` says.
    pub arn: String,
    /// Its role's name.
    pub role_name: String,
    /// Its role's id.
    pub role_id: PrincipalId,
    /// Its name.
    pub role_session_name: String,
    /// The instance whose session it is, if it is one's.
    pub instance_id: Option<InstanceId>,
    /// Who stands behind it, if that was said.
    pub source_identity: Option<String>,
    /// Who assumed the role; in a chain the first and the last, with a space between them. Nobody
    /// assumed the role of an instance.
    pub assumed_by: Option<String>,
    /// The issuer of whoever was vouched for at the origin, where an identity provider did so.
    pub origin_issuer: Option<String>,
    /// That issuer's name for its user.
    pub origin_subject: Option<String>,
    /// Whether it has a session policy.
    pub has_session_policy: bool,
    /// When it was made.
    pub issue_date: String,
    /// When it ends.
    pub expiration: String,
}

impl Authorize for ListSessions {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let role = self.role_name.as_ref().map_or("*", RoleName::as_str);
        vec![Need::on("sts:ListSessions", Arn::role(&scope.account, role))]
    }
}

impl Operation for ListSessions {
    type Reply = ListSessionsReply;
    const SPEC: Spec = Spec::read(Product::Sts, "ListSessions").errors(&[&code::INVALID_MARKER]);
}

impl Handle<ListSessions> for Sts {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<ListSessions>,
    ) -> Result<ListSessionsReply, ApiError> {
        let leading = [call.scope().account.as_str()];
        let marker = call.marker.as_deref().map(paging::read_marker).transpose()?;
        let most = paging::page_length(call.max_items);
        let mut transaction = self.sessions.read().await?;
        let keep = |record: &SessionRecord| {
            call.covers(record) && context.snapshot.role_of(&record.session, context.now).is_ok()
        };
        let page = paging::read(&mut transaction, &leading, marker.as_deref(), most, keep).await?;
        Ok(ListSessionsReply {
            is_truncated: page.more,
            marker: page.marker(),
            sessions: page.items.iter().map(SessionView::of).collect(),
        })
    }
}

impl ListSessions {
    fn covers(&self, record: &SessionRecord) -> bool {
        let session = &record.session;
        let of_role = |name: &RoleName| name.as_str().eq_ignore_ascii_case(&session.role_name);
        let of_instance =
            |id: &InstanceId| session.instance.as_ref().is_some_and(|binding| binding.id == *id);
        self.role_name.as_ref().is_none_or(of_role)
            && self.instance_id.as_ref().is_none_or(of_instance)
    }
}

impl SessionView {
    fn of(record: &SessionRecord) -> Self {
        let session = &record.session;
        Self {
            session_id: session.session_id.to_string(),
            access_key_id: session.session_id.access_key_id().to_string(),
            arn: Arn::assumed_role_identity(
                &session.account,
                &session.role_name,
                &session.session_name,
            ),
            role_name: session.role_name.clone(),
            role_id: session.role_id.clone(),
            role_session_name: session.session_name.clone(),
            instance_id: session.instance.as_ref().map(|binding| binding.id.clone()),
            source_identity: session.source_identity.clone(),
            assumed_by: session.parent.clone(),
            origin_issuer: session.vouched.as_ref().map(|it| it.issuer.clone()),
            origin_subject: session.vouched.as_ref().map(|it| it.subject.clone()),
            has_session_policy: record.restricted,
            issue_date: time::seconds(session.issued_at),
            expiration: time::seconds(session.expires_at),
        }
    }
}
