//! One RPC call from a decoded request to encoded bytes.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use bytes::Bytes;
use rolecall_api::codec::{Format, Parameters, encode_error};
use rolecall_api::{ApiError, Fault, Product, Refusal, Scope, Spec, code};
use rolecall_crypto::{EMPTY_SHA256, Pair, RequestHead, Surface, decode_form, sha256_hex};
use rolecall_types::{AccountId, Arn, RegionId, RequestId, SmolStr, explain};
use serde_json::Value;

use crate::audit::Recorded;
use crate::authenticate::Authenticated;
use crate::caller::Caller;
use crate::context::{Context, Ingress};
use crate::diagnosis::Diagnosis;
use crate::gate::{Gate, record};
use crate::refused::AuthenticationError;
use crate::route::{Form, Route};

/// The largest body of an RPC call, in bytes. Source: the STS page allows 10 MB; no operation that
/// is served here has parameters of more than a tenth of this.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// An RPC call as the edge hands it in.
#[derive(Debug)]
pub struct Call {
    /// The decoded head.
    pub head: RequestHead,
    /// The whole body, at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
    /// Where it came in.
    pub ingress: Ingress,
    /// The product that the host name names, if it names one.
    pub product: Option<Product>,
}

/// What the edge sends back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// What the answer is known by.
    pub request_id: RequestId,
}

/// What an RPC request asks for, before anybody believes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The product, by the host name or by the version.
    pub product: Product,
    /// The operation, which may be one that nobody serves.
    pub action: SmolStr,
    /// The format of the answer.
    pub format: Format,
}

impl Call {
    /// What the call asks for; `None` where that cannot be read, and the gate refuses it.
    pub fn asked(&self) -> Option<Asked> {
        read_form(self).and_then(|form| ask(self, &form)).ok()
    }

    /// The answer that refuses the call with an error.
    pub fn refused(&self, asked: &Asked, error: &ApiError, request_id: RequestId) -> Answer {
        answer_error(self, (asked.product, asked.format), error, request_id)
    }
}

impl Gate {
    /// Answers one RPC call: route, authenticate, authorize, execute, audit, encode.
    pub async fn call(&self, call: &Call) -> Answer {
        let request_id = RequestId::generate(self.parts.random.as_ref());
        let read = read_form(call).and_then(|form| Ok((ask(call, &form)?, form)));
        let (asked, form) = match read {
            Ok(read) => read,
            Err(error) => {
                let whom = (call.product.unwrap_or(Product::Ecs), guessed_format(call));
                return answer_error(call, whom, &error, request_id);
            }
        };
        match self.answer(call, &asked, &form, &request_id).await {
            Ok(body) => {
                let content_type = asked.format.content_type();
                Answer { status: 200, content_type, body, request_id }
            }
            Err(error) => answer_error(call, (asked.product, asked.format), &error, request_id),
        }
    }

    async fn answer(
        &self,
        call: &Call,
        asked: &Asked,
        form: &[Pair],
        request_id: &RequestId,
    ) -> Result<Vec<u8>, ApiError> {
        let hash = if call.body.is_empty() {
            Cow::Borrowed(EMPTY_SHA256.as_str())
        } else {
            Cow::Owned(sha256_hex(&call.body))
        };
        let believed = self
            .authenticate(Surface::Rpc, &call.head, form, Some(&hash), None)
            .map_err(|error| error.into_api_error(Surface::Rpc))?;
        let route = self.route(asked.product, &asked.action);
        let unsigned = route.and_then(|route| route.described().spec().unsigned);
        if believed.caller.account().is_none() && unsigned.is_none() {
            return Err(AuthenticationError::NoCredentials.into_api_error(Surface::Rpc));
        }
        let route = route.ok_or_else(|| ApiError::new(&code::INVALID_ACTION_NOT_FOUND))?;
        let parameters = Parameters::gather(call.head.query.iter().chain(form))
            .map_err(|refusal| ApiError::of(&code::REPEATED_PARAMETER, refusal.name))?;
        let account = match (unsigned, believed.caller.account()) {
            (Some(name), _) => account_in(route, &parameters, name)?,
            (None, Some(account)) => account.clone(),
            (None, None) => {
                return Err(AuthenticationError::NoCredentials.into_api_error(Surface::Rpc));
            }
        };
        let scope = Scope {
            user: believed.caller.user_name().cloned(),
            ..Scope::of(account, self.region_of(asked.product, &parameters)?)
        };
        let context = self.context(request_id.clone(), believed, scope, call.ingress.clone());
        route.serve(self, &context, &parameters, Form::Wire(asked.format)).await
    }

    /// A call of an account's operator, who proved by other means than a signature that all of the
    /// account's secrets are his: the owner of the data folder, on the control socket. It takes the
    /// same road from the decision on, as the account itself.
    pub async fn call_as_operator(
        &self,
        account: &AccountId,
        product: Product,
        action: &str,
        pairs: Vec<(String, String)>,
    ) -> Result<Value, ApiError> {
        let route = self
            .route(product, action)
            .ok_or_else(|| ApiError::new(&code::INVALID_ACTION_NOT_FOUND))?;
        let parameters = Parameters::gather(&pairs)
            .map_err(|refusal| ApiError::of(&code::REPEATED_PARAMETER, refusal.name))?;
        let context = self.operators(account, self.region_of(product, &parameters)?);
        let reply = route.serve(self, &context, &parameters, Form::Plain).await?;
        serde_json::from_slice(&reply)
            .map_err(|error| ApiError::new(&code::INTERNAL_ERROR).because(error))
    }

    /// The context of what an account's operator does.
    fn operators(&self, account: &AccountId, region: RegionId) -> Context {
        let operator = Authenticated {
            caller: Caller::Root(account.clone()),
            access_key_id: None,
            declared_body_sha256: None,
            scheme: None,
            chunks: None,
            snapshot: self.parts.directory.snapshot(),
        };
        let request_id = RequestId::generate(self.parts.random.as_ref());
        let scope = Scope::of(account.clone(), region);
        let ingress = Ingress::Host { peer: Ipv4Addr::LOCALHOST.into(), secure: false };
        self.context(request_id, operator, scope, ingress)
    }

    /// What a diagnostic message says, for the operator of the account that it is sealed for.
    pub fn diagnosis(&self, account: &AccountId, message: &str) -> Option<Diagnosis> {
        Diagnosis::open(&self.parts.key_ring, account, message)
    }

    /// Carries out what an operator does to an account by other means than a call, with a record in
    /// the audit trail as calls have it. Nothing is done that cannot be recorded.
    pub async fn operate<T: Send>(
        &self,
        account: &AccountId,
        event_name: &'static str,
        parameters: &Value,
        work: impl Future<Output = Result<T, ApiError>> + Send,
    ) -> Result<T, ApiError> {
        let context = self.operators(account, self.parts.region.clone());
        let spec = Spec::write(Product::Ram, event_name);
        let record = record(&context, &spec, &[], Recorded::Deed(parameters));
        let open = self.open_record(&context, record)?;
        open.close(work.await)
    }

    fn region_of(
        &self,
        product: Product,
        parameters: &Parameters<'_>,
    ) -> Result<RegionId, ApiError> {
        match parameters.get("RegionId").filter(|text| !text.is_empty()) {
            Some(text) if product.is_regional() => RegionId::find(text)
                .ok_or_else(|| ApiError::new(&code::INVALID_REGION_ID_NOT_FOUND)),
            _ => Ok(self.parts.region.clone()),
        }
    }
}

/// The account that an unsigned call is about: that of the ARN in one of its parameters.
fn account_in(
    route: &dyn Route,
    parameters: &Parameters,
    name: &'static str,
) -> Result<AccountId, ApiError> {
    let described = route.described();
    let refuse = |fault| {
        let field = described.request().iter().find(|field| field.name == name);
        Refusal { name: name.to_owned(), field, fault }.into_error(described.spec().product)
    };
    let text = parameters.get(name).filter(|text| !text.is_empty());
    let arn = Arn::parse(text.ok_or_else(|| refuse(Fault::Missing))?);
    arn.and_then(|arn| AccountId::parse(&arn.account)).ok_or_else(|| refuse(Fault::Format))
}

/// The parameters of the body. A body of another type is refused where it is not empty.
fn read_form(call: &Call) -> Result<Vec<Pair>, ApiError> {
    if call.body.is_empty() {
        return Ok(Vec::new());
    }
    let kind = call.head.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => decode_form(&call.body)
            .map_err(|error| ApiError::of(&code::MALFORMED_REQUEST, error.to_string())),
        _ => Err(ApiError::new(&code::UNSUPPORTED_CONTENT_TYPE)),
    }
}

fn ask(call: &Call, form: &[Pair]) -> Result<Asked, ApiError> {
    if !matches!(call.head.method.as_str(), "GET" | "POST") {
        return Err(ApiError::new(&code::UNSUPPORTED_HTTP_METHOD));
    }
    let find = |parameter: &str, header: &str| {
        let mut pairs = call.head.query.iter().chain(form);
        let sent = pairs.find(|(name, _)| name == parameter).map(|(_, value)| value.as_str());
        sent.or_else(|| call.head.header(header)).filter(|text| !text.is_empty())
    };
    let missing = |name: &str| ApiError::of(&code::MISSING, name);
    let action = find("Action", "x-acs-action").ok_or_else(|| missing("Action"))?;
    let version = find("Version", "x-acs-version").ok_or_else(|| missing("Version"))?;
    let by_version = Product::ALL
        .iter()
        .copied()
        .find(|product| !version.is_empty() && product.version() == version);
    let product = match (call.product, by_version) {
        (Some(by_host), Some(by_version)) if by_host != by_version => {
            return Err(ApiError::new(&code::INVALID_VERSION));
        }
        (_, Some(product)) => product,
        (_, None) => return Err(ApiError::new(&code::INVALID_VERSION)),
    };
    let format = format_of(find("Format", "accept"))?;
    Ok(Asked { product, action: action.into(), format })
}

/// The format asked for: the `Format` parameter, or what `accept` says.
fn format_of(asked: Option<&str>) -> Result<Format, ApiError> {
    let Some(asked) = asked else { return Ok(Format::Json) };
    if asked.eq_ignore_ascii_case("json") {
        return Ok(Format::Json);
    }
    let asked = asked.to_ascii_lowercase();
    match asked.as_str() {
        "xml" => Ok(Format::Xml),
        // An `accept` header, not a `Format` parameter: JSON unless only XML will do.
        media if media.contains('/') => {
            let xml = media.contains("xml") && !media.contains("json") && !media.contains("*/*");
            Ok(if xml { Format::Xml } else { Format::Json })
        }
        _ => Err(ApiError::new(&code::INVALID_FORMAT)),
    }
}

/// The format for the answer to a request that cannot be read any further.
fn guessed_format(call: &Call) -> Format {
    let asked = call.head.query("Format").or_else(|| call.head.header("accept"));
    format_of(asked).unwrap_or_default()
}

fn answer_error(
    call: &Call,
    (product, format): (Product, Format),
    error: &ApiError,
    request_id: RequestId,
) -> Answer {
    if let Some(cause) = error.cause() {
        let (code, cause) = (error.name(), explain(cause));
        tracing::warn!(%request_id, code, cause, "call failed");
    }
    Answer {
        status: error.code().http,
        content_type: format.content_type(),
        body: encode_error(format, product, error, &call.head.host, request_id.as_str()),
        request_id,
    }
}
