//! What many roles cost, each with a trust policy and a policy of its own: memory, start, and how
//! soon an edit of a policy decides.
//!
//! `scale <roles>` runs itself again for each step, so that what is measured has not been a part of
//! another step: one process writes the records of all roles, as the operations of RAM write them,
//! sealed into a store in a folder; a fresh one opens it, as the server does when it starts. The
//! records do not pass the operations, whose quotas let an account have 1,000 roles: they are
//! spread over as many accounts as it takes. Each line of the output is one JSON object.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use rolecall_crypto::{KeyRing, RecordSealer};
use rolecall_gate::{Directory, RoleEntry, View, Views};
use rolecall_identity::IdentityDirectory;
use rolecall_identity::record::{
    AccountRecord, Attachment, AttachmentRecord, DEFAULT_SESSION_SECONDS, HolderKind, HolderRecord,
    MAX_ROLES, PolicyRecord, PolicyType, PolicyVersion, PolicyVersionRecord, RoleRecord, VersionId,
};
use rolecall_policy::{Check, Context, Decision, Resource};
use rolecall_store::{Backend, Memory, Redb, Store};
use rolecall_types::{
    AccountId, Arn, Clock, PolicyName, PrincipalId, Random, RoleName, SystemClock, SystemRandom,
};

/// Edits, each of another policy's default version.
const EDITS: usize = 1_000;
/// Roles of one account.
const PER_ACCOUNT: usize = MAX_ROLES as usize;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [roles] = *arguments.as_slice() {
        return steps(roles);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    runtime.expect("a runtime").block_on(step(&arguments));
}

async fn step(arguments: &[&str]) {
    let [step, roles, folder] = *arguments else { panic!("usage: scale <roles>") };
    let (roles, folder) = (number(roles), Path::new(folder));
    match step {
        "fill" => fill(redb(folder), roles).await,
        "redb" => measure("redb", redb(folder), roles).await,
        "memory" => {
            let store = store(folder, |_, _| Arc::new(Memory::new()));
            fill(store.clone(), roles).await;
            measure("memory", store, roles).await;
        }
        _ => panic!("{step} is no step"),
    }
}

/// Each step in a process of its own.
fn steps(roles: &str) {
    let folder = std::env::temp_dir().join(format!("rolecall-scale-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder");
    let done = ["fill", "redb", "memory"].iter().all(|step| {
        let program = std::env::current_exe().expect("this program");
        let status = Command::new(program).arg(step).arg(roles).arg(&folder).status();
        status.expect("this program runs").success()
    });
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    assert!(done, "a step failed");
}

fn redb(folder: &Path) -> Store {
    store(folder, |folder, sealer| {
        let redb = Redb::open(&folder, sealer, Arc::new(SystemRandom));
        Arc::new(redb.expect("the store opens"))
    })
}

/// A store that seals with a key ring, as the server's.
fn store(
    folder: &Path,
    backend: impl FnOnce(PathBuf, Arc<RecordSealer>) -> Arc<dyn Backend>,
) -> Store {
    let ring = KeyRing::open_or_create(&folder.join("keys"), &SystemRandom).expect("a key ring");
    let sealer = Arc::new(RecordSealer::new(&ring));
    Store::new(backend(folder.join("store"), Arc::clone(&sealer)), sealer, Arc::new(SystemRandom))
}

/// Writes roles, an account at a time.
async fn fill(store: Store, roles: usize) {
    let now = SystemClock.now();
    for first in (0..roles).step_by(PER_ACCOUNT) {
        let mut transaction = store.begin().await.expect("a transaction");
        transaction.put(&AccountRecord::new(account(first), now)).expect("an account");
        for number in first..roles.min(first + PER_ACCOUNT) {
            let attachment = Attachment {
                account: account(number),
                holder: HolderKind::Role,
                holder_name: role_name(number).folded(),
                policy_type: PolicyType::Custom,
                policy: policy_name(number),
                attached_at: now,
            };
            transaction.put(&role(number)).expect("a role");
            transaction.put(&policy(number)).expect("a policy");
            transaction.put(&HolderRecord(attachment.clone())).expect("an attachment");
            transaction.put(&AttachmentRecord(attachment)).expect("an attachment");
        }
        transaction.commit().await.expect("committed");
    }
}

/// Loads the directory of a store and edits policies.
async fn measure(kind: &str, store: Store, roles: usize) {
    let stored = resident("VmRSS:");
    let begun = Instant::now();
    let reader = store.read().await.expect("a reader");
    let directory = Arc::new(IdentityDirectory::load(&reader).await.expect("a directory"));
    let load = begun.elapsed();
    let (resident_now, peak) = (resident("VmRSS:"), resident("VmHWM:"));
    let each = |bytes: usize| bytes / roles;
    println!(
        r#"{{"scale":"{kind}","roles":{roles},"store_bytes":{stored},"bytes":{resident_now},"peak_bytes":{peak},"bytes_a_role":{},"load_ms":{}}}"#,
        each(resident_now),
        load.as_millis()
    );

    let view: Arc<dyn View> = directory.clone();
    let (views, follow) = Views::follow(store.clone(), reader.revision(), vec![view]);
    drop(reader);
    let following = tokio::spawn(follow);
    let mut times = Vec::new();
    for _ in 0..EDITS {
        times.push(edit(&store, &views, &directory, drawn(roles)).await);
    }
    following.abort();
    for (name, mut times) in [
        ("from the commit's answer", times.iter().map(|(_, after)| *after).collect::<Vec<_>>()),
        ("from the commit's begin", times.iter().map(|(whole, _)| *whole).collect()),
    ] {
        times.sort_unstable();
        println!(
            r#"{{"edit":"{kind}","roles":{roles},"measured":"{name}","median_ns":{},"p99_ns":{},"max_ns":{}}}"#,
            times[EDITS / 2],
            times[EDITS * 99 / 100],
            times[EDITS - 1]
        );
    }

    let begun = Instant::now();
    let snapshot = directory.snapshot();
    for number in 0..roles {
        let role = snapshot.role(&account(number), role_name(number).as_str()).expect("the role");
        assert_eq!(decide(role, "oss:DeleteBucket", number), Decision::ImplicitDeny);
        assert_eq!(role.trusts_service("ecs.aliyuncs.com", &Context::new()), number % 2 == 0);
    }
    let used = resident("VmRSS:");
    println!(
        r#"{{"used":"{kind}","roles":{roles},"bytes":{used},"bytes_a_role":{},"ms":{}}}"#,
        each(used),
        begun.elapsed().as_millis()
    );
}

/// Makes a new default version of a role's policy, as `CreatePolicyVersion` does, and waits until
/// it decides: nanoseconds from the commit's begin, and from its answer.
async fn edit(
    store: &Store,
    views: &Views,
    directory: &IdentityDirectory,
    number: usize,
) -> (u128, u128) {
    let (account, name) = (account(number), role_name(number));
    let decisions = || {
        let snapshot = directory.snapshot();
        let role = snapshot.role(&account, name.as_str()).expect("the role");
        ["oss:GetObject", "oss:PutObject"].map(|action| decide(role, action, number))
    };
    let mut transaction = store.begin().await.expect("a transaction");
    let parts = [account.as_str(), &policy_name(number).folded()];
    let policy: PolicyRecord = transaction.get(&parts).await.expect("a read").expect("the policy");
    // Chance may come back to a policy that was edited.
    let [reads, writes] = [Decision::Allow, Decision::ImplicitDeny];
    let (action, before, after) = match policy.default.document.contains("oss:Get*") {
        true => ("Put*", [reads, writes], [writes, reads]),
        false => ("Get*", [writes, reads], [reads, writes]),
    };
    assert_eq!(decisions(), before);
    let (version, newest) = next_version(&policy, document(number, action));
    let earlier = PolicyVersionRecord {
        account: policy.account.clone(),
        policy: policy.name.clone(),
        version: policy.default.clone(),
    };
    transaction.put(&earlier).expect("the earlier version");
    transaction.put(&PolicyRecord { default: version, newest, ..policy }).expect("the policy");
    let begun = Instant::now();
    let revision = transaction.commit().await.expect("committed");
    let answered = Instant::now();
    views.reach(revision).await.expect("the views follow");
    let decided = decisions();
    let times = (begun.elapsed().as_nanos(), answered.elapsed().as_nanos());
    assert_eq!(decided, after);
    times
}

fn next_version(policy: &PolicyRecord, document: String) -> (PolicyVersion, VersionId) {
    let newest: u32 = policy.newest.to_string()[1..].parse().expect("a number");
    let newest = VersionId::parse(&format!("v{}", newest + 1)).expect("a version");
    (PolicyVersion { id: newest, document, created_at: SystemClock.now() }, newest)
}

fn decide(role: &RoleEntry, action: &str, number: usize) -> Decision {
    let object = format!("acs:oss:*:{}:bucket-{number:07}/a/key", account(number));
    let resource = Resource::Named(Arn::parse(&object).expect("a name"));
    let context = Context::new();
    role.policies.decide(&Check { action, resource: &resource, context: &context, principal: None })
}

fn role(number: usize) -> RoleRecord {
    let account = account(number);
    // Half are for instances, the others for the account's own users.
    let principal = match number % 2 {
        0 => r#""Service":["ecs.aliyuncs.com"]"#.to_owned(),
        _ => format!(r#""RAM":["acs:ram::{account}:root"]"#),
    };
    let now = SystemClock.now();
    RoleRecord {
        account,
        name: role_name(number),
        id: PrincipalId::generate(&SystemRandom, '3'),
        trust_policy: format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{{principal}}}}}]}}"#
        ),
        description: format!("Reads what service {number} keeps"),
        max_session_seconds: DEFAULT_SESSION_SECONDS,
        allow_console_login: true,
        tags: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

fn policy(number: usize) -> PolicyRecord {
    let now = SystemClock.now();
    PolicyRecord {
        account: account(number),
        name: policy_name(number),
        description: String::new(),
        default: PolicyVersion {
            id: VersionId::FIRST,
            document: document(number, "Get*"),
            created_at: now,
        },
        newest: VersionId::FIRST,
        tags: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

fn document(number: usize, action: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":["oss:{action}","oss:ListObjects"],"Resource":["acs:oss:*:*:bucket-{number:07}","acs:oss:*:*:bucket-{number:07}/*"]}}]}}"#
    )
}

fn account(number: usize) -> AccountId {
    AccountId::parse(&format!("1{:015}", number / PER_ACCOUNT)).expect("an account's id")
}

fn role_name(number: usize) -> RoleName {
    RoleName::new(format!("service-{number:07}")).expect("a role's name")
}

fn policy_name(number: usize) -> PolicyName {
    PolicyName::new(format!("read-bucket-{number:07}")).expect("a policy's name")
}

fn drawn(below: usize) -> usize {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    usize::from_be_bytes(bytes) % below
}

/// Memory of this process in bytes: what is resident, or the most that ever was.
fn resident(line: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|each| each.strip_prefix(line)).expect("Linux tells");
    number(line.trim().trim_end_matches(" kB")) * 1024
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}
