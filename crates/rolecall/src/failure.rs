//! Why a command failed, in words for the person who typed it.

use std::io;
use std::path::PathBuf;

use rolecall_crypto::KeyRingError;
use rolecall_fabric::FabricError;
use rolecall_gate::NonceError;
use rolecall_store::StoreError;

/// Why a command failed. Each says what to do next where there is something to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no folder to keep data in.
    #[error("no folder for data: set HOME, or give --data DIR")]
    NoDataFolder,
    /// The data folder cannot be used.
    #[error("cannot {attempted} `{}`; give another --data DIR, or make it yours", path.display())]
    Folder {
        /// What was tried.
        attempted: &'static str,
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; is another server running? --listen takes another one")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A value of the first account is wrong.
    #[error("{name} `{value}` is not valid: {rule}")]
    Seed {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// The first account cannot be made.
    #[error("cannot make the first account")]
    Account(#[source] rolecall_identity::BootstrapError),
    /// The account has no AccessKey of its own that is switched on.
    #[error(
        "the account has no root AccessKey; give one in ROLECALL_ROOT_ACCESS_KEY_ID and _SECRET"
    )]
    NoRootKey,
    /// The keys of an issuer cannot be used.
    #[error("cannot pin the keys of an issuer; check the file of --issuer-keys")]
    IssuerKeys(#[source] rolecall_identity::PinnedKeysError),
    /// The object service cannot be used.
    #[error("cannot open the object service")]
    Objects(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key ring cannot be used.
    #[error("cannot open the key ring")]
    KeyRing(#[from] KeyRingError),
    /// The store cannot be used.
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    /// The nonce journal cannot be used.
    #[error("cannot open the nonce journal")]
    Nonces(#[from] NonceError),
    /// Instances cannot be made.
    #[error("cannot prepare instances")]
    Fabric(#[from] FabricError),
    /// The local certificate authority cannot be used.
    #[error("cannot use the local certificate authority")]
    Authority(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No server answers.
    #[error("no server runs on `{}`; start one: rolecall dev --data DIR", folder.display())]
    NoServer {
        /// The data folder.
        folder: PathBuf,
        /// Why it cannot be reached.
        source: io::Error,
    },
    /// The server did not start.
    #[error("the server did not start: {reason}")]
    NotStarted {
        /// What was seen.
        reason: String,
    },
    /// The server refused.
    #[error("{code}: {message}")]
    Refused {
        /// The API's error code.
        code: String,
        /// Its message.
        message: String,
    },
    /// The conversation with the server broke.
    #[error("the server does not answer")]
    Conversation(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A command cannot be started.
    #[error("cannot run the command in the instance")]
    Exec(#[from] rolecall_fabric::ExecError),
    /// A file that was named cannot be used.
    #[error("cannot {attempted} `{}`", path.display())]
    File {
        /// What was tried.
        attempted: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A question has no answer.
    #[error("{0}")]
    Question(String),
    /// Something of the system failed.
    #[error("cannot {attempted}")]
    System {
        /// What was tried.
        attempted: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A step of the demo did not hold.
    #[error("the story broke: {0}")]
    Story(String),
}
