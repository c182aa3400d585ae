//! Where requests say which callback they ask for.

use rolecall_api::{ApiError, Shape};
use rolecall_crypto::RequestHead;
use serde::{Deserialize, Serialize};

use crate::callback::CallbackParameters;
use crate::code::invalid_argument;

/// A callback in headers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CallbackHeaders {
    /// To whom a message is sent when the object is stored, and what it says: JSON in Base64. The
    /// answer to it is that of the request.
    #[api(header = "x-oss-callback")]
    pub(crate) callback: Option<String>,
    /// The values of its variables: JSON in Base64.
    #[api(header = "x-oss-callback-var")]
    pub(crate) callback_var: Option<String>,
}

/// A callback in the query.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CallbackQuery {
    /// The same as `x-oss-callback`, for signed URLs.
    #[api(query = "callback")]
    pub(crate) callback_in_query: Option<String>,
    /// The same as `x-oss-callback-var`.
    #[api(query = "callback-var")]
    pub(crate) callback_var_in_query: Option<String>,
}

impl CallbackHeaders {
    /// What is said of a callback in both places; each parameter stands in one of them.
    pub(super) fn with<'a>(
        &'a self,
        query: &'a CallbackQuery,
        head: &'a RequestHead,
    ) -> Result<CallbackParameters<'a>, ApiError> {
        let one = |name, header: &'a Option<String>, query: &'a Option<String>| match (
            header.as_deref(),
            query.as_deref(),
        ) {
            (Some(_), Some(value)) => {
                let message = "The callback stands in the headers and in the query.";
                Err(invalid_argument(message, name, value))
            }
            (header, query) => Ok(header.or(query)),
        };
        let callback = one("callback", &self.callback, &query.callback_in_query)?;
        let variables = one("callback-var", &self.callback_var, &query.callback_var_in_query)?;
        Ok(CallbackParameters { callback, variables, head })
    }
}
