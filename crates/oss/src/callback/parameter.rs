//! The parameters of a callback.

use std::collections::BTreeMap;

use rolecall_api::ApiError;
use rolecall_crypto::{RequestHead, decode_base64, decode_path};
use rolecall_gate::{MessageError, Messenger};
use rolecall_types::json;
use serde_json::{Map, Value};

use super::facts::Facts;
use super::template::{BodyType, Template};
use crate::code;

/// The longest parameter, in bytes as it is sent. Source: the page "Callback" of OSS.
const PARAMETER_BYTES_MAX: usize = 5 * 1024;

/// The most URLs of a callback. Source: the page "Callback" of OSS.
const URLS_MAX: usize = 5;

/// The most objects inside each other; limit ours. A callback has one, with headers two.
const DEPTH_MAX: usize = 4;

/// What a request says of its callback, as it is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallbackParameters<'a> {
    /// `x-oss-callback` of the headers, or `callback` of the query or the form.
    pub(crate) callback: Option<&'a str>,
    /// `x-oss-callback-var` or `callback-var`, from the same places.
    pub(crate) variables: Option<&'a str>,
    /// The request; a form's own fields `x:…` are among its headers.
    pub(crate) head: &'a RequestHead,
}

/// A callback that is to be sent.
#[derive(Debug)]
pub(crate) struct Callback {
    /// Where to, one after the other until one succeeds.
    pub(super) goals: Vec<Goal>,
    /// The `Host` header, where it is not the URL's.
    pub(super) host: Option<String>,
    /// Whether TLS names the server.
    pub(super) names_server: bool,
    /// How the body is written.
    pub(super) body_type: BodyType,
    template: Template,
    variables: BTreeMap<String, String>,
}

/// One place that a callback may go to.
#[derive(Debug)]
pub(super) struct Goal {
    /// Its URL.
    pub(super) url: String,
    /// Its path, decoded, with the query as it is: what is signed.
    signed: String,
}

impl Goal {
    /// What the signature is over.
    pub(super) fn signed_text(&self, body: &str) -> Vec<u8> {
        [self.signed.as_bytes(), b"\n", body.as_bytes()].concat()
    }
}

impl CallbackParameters<'_> {
    /// Reads them. An empty `callbackUrl` is no callback.
    pub(super) fn read(&self, messenger: &dyn Messenger) -> Result<Option<Callback>, ApiError> {
        let Some(sent) = self.callback else { return Ok(None) };
        let said = object(sent).map_err(|fault| refused(fault, "callback", sent))?;
        let wrong = |fault: Fault| refused(fault, "callback", sent);
        let urls = text(&said, "callbackUrl").map_err(|()| wrong(Fault::Url))?;
        let urls: Vec<_> = urls.split(';').map(str::trim).filter(|url| !url.is_empty()).collect();
        if urls.is_empty() {
            return Ok(None);
        }
        if urls.len() > URLS_MAX {
            return Err(wrong(Fault::Urls));
        }
        let goals: Result<Vec<_>, _> = urls.iter().map(|url| goal(url, messenger)).collect();
        let goals = goals.map_err(wrong)?;
        let host = text(&said, "callbackHost").map_err(|()| wrong(Fault::Host))?;
        if !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(Fault::Host));
        }
        let body_type = match text(&said, "callbackBodyType") {
            Ok("" | "application/x-www-form-urlencoded") => BodyType::Form,
            Ok("application/json") => BodyType::Json,
            Ok(_) | Err(()) => return Err(wrong(Fault::BodyType)),
        };
        let names_server = match said.get("callbackSNI") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => return Err(wrong(Fault::Sni)),
        };
        if said.contains_key("additionalHeaders") {
            return Err(wrong(Fault::Headers));
        }
        let body = text(&said, "callbackBody").unwrap_or_default();
        if body.is_empty() {
            return Err(wrong(Fault::Body));
        }
        let template = Template::read(body).ok_or_else(|| wrong(Fault::Variable))?;
        let host = (!host.is_empty()).then(|| host.to_owned());
        let variables = self.variables()?;
        Ok(Some(Callback { goals, host, names_server, body_type, template, variables }))
    }

    /// The variables `x:…`, by their names: of a parameter, or of a form's own fields.
    fn variables(&self) -> Result<BTreeMap<String, String>, ApiError> {
        let fields = self.head.headers.iter().filter(|(name, _)| name.starts_with("x:"));
        let mut variables: BTreeMap<String, String> = fields
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        let Some(sent) = self.variables else { return Ok(variables) };
        let wrong = |fault: Fault| refused(fault, "callback-var", sent);
        for (name, value) in object(sent).map_err(wrong)? {
            let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
            match value {
                Value::String(value) if name.starts_with("x:") && is_lower => {
                    variables.insert(name, value);
                }
                _ => return Err(wrong(Fault::Variables)),
            }
        }
        Ok(variables)
    }
}

impl Callback {
    /// Whether the body tells of the object as an image.
    pub(crate) fn tells_image(&self) -> bool {
        self.template.tells_image()
    }

    /// The body with all that it tells.
    pub(super) fn body(&self, facts: &Facts) -> String {
        self.template.fill(self.body_type, |variable| facts.tell(variable, &self.variables))
    }
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Length,
    Base64,
    Json,
    Url,
    Urls,
    Private,
    Host,
    Body,
    BodyType,
    Variable,
    Variables,
    Sni,
    Headers,
}

fn refused(fault: Fault, name: &str, value: &str) -> ApiError {
    let code = match fault {
        Fault::Length => &code::CALLBACK_TOO_LONG,
        Fault::Base64 => &code::CALLBACK_NOT_BASE64,
        Fault::Json => &code::CALLBACK_NOT_JSON,
        Fault::Url => &code::CALLBACK_URL,
        Fault::Urls => &code::CALLBACK_URLS,
        Fault::Private => &code::CALLBACK_PRIVATE,
        Fault::Host => &code::CALLBACK_HOST,
        Fault::Body => &code::CALLBACK_BODY,
        Fault::BodyType => &code::CALLBACK_BODY_TYPE,
        Fault::Variable => &code::CALLBACK_VARIABLE,
        Fault::Variables => &code::CALLBACK_VARIABLES,
        Fault::Sni => &code::CALLBACK_SNI,
        Fault::Headers => &code::CALLBACK_HEADERS,
    };
    ApiError::new(code).element("ArgumentName", name).element("ArgumentValue", value)
}

/// The object that a parameter is: JSON in Base64.
fn object(sent: &str) -> Result<Map<String, Value>, Fault> {
    if sent.len() > PARAMETER_BYTES_MAX {
        return Err(Fault::Length);
    }
    let text = decode_base64(sent).ok_or(Fault::Base64)?;
    json::read_object(&text, DEPTH_MAX).map_err(|_| Fault::Json)
}

/// A field that is a text, empty where it is not there.
fn text<'a>(said: &'a Map<String, Value>, name: &str) -> Result<&'a str, ()> {
    match said.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(()),
    }
}

/// A place by its URL; one without a scheme is of HTTP.
fn goal(url: &str, messenger: &dyn Messenger) -> Result<Goal, Fault> {
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let target = messenger.check(&url).map_err(|error| match error {
        MessageError::Forbidden { .. } => Fault::Private,
        _ => Fault::Url,
    })?;
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let path = decode_path(path).map_err(|_| Fault::Url)?;
    Ok(Goal { url, signed: format!("{path}{query}") })
}

#[cfg(test)]
mod tests;
