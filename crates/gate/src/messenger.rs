//! Messages to servers of others, whose addresses a caller chooses.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use bytes::Bytes;

/// A message: a `POST`, and what is sent with it.
#[derive(Debug)]
pub struct Message<'a> {
    /// Where it goes: `http://` or `https://`, without a user and a fragment.
    pub url: &'a str,
    /// The `Host` header, where it is not that of the URL.
    pub host: Option<&'a str>,
    /// Whether TLS names the server that is meant (server name indication).
    pub names_server: bool,
    /// Headers beside `Host` and the length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
    /// The longest body of an answer that is read, in bytes.
    pub longest_reply: u64,
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status. Nobody follows a redirect.
    pub status: u16,
    /// The body; of another status than 200 it is not read, and empty.
    pub body: Bytes,
}

/// Why a message got no answer. The reason is for our log.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The address is not in the form that one must have.
    #[error("`{url}` is no address for a message: {reason}")]
    Malformed {
        /// Where it was to go.
        url: String,
        /// What is wrong with that.
        reason: &'static str,
    },
    /// The address leads to no network that may be reached.
    #[error("`{url}` leads to no address that may be reached")]
    Forbidden {
        /// Where it was to go.
        url: String,
    },
    /// The answer did not come in time.
    #[error("`{url}` took too long")]
    Late {
        /// Where it went.
        url: String,
    },
    /// The answer is too long, or does not say how long it is.
    #[error("the answer of `{url}` is too long, or does not say how long it is")]
    Length {
        /// Where it went.
        url: String,
    },
    /// The server could not be reached, or broke off.
    #[error("`{url}` did not answer")]
    Failed {
        /// Where it went.
        url: String,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Who carries messages to servers of others. The edge provides it, with all its bounds: which
/// networks may be reached, and how long it takes.
pub trait Messenger: Send + Sync + 'static {
    /// Checks an address before anything is sent, as far as that is possible without asking for
    /// names. Returns the path and the query as they will be sent.
    fn check(&self, url: &str) -> Result<String, MessageError>;

    /// Sends a message once, and reads the answer.
    fn send<'a>(
        &'a self,
        message: Message<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, MessageError>> + Send + 'a>>;
}

impl fmt::Debug for dyn Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messenger")
    }
}
