//! A SAML response: who it is about, for whom and until when.
//! Source: SAML 2.0 core and profiles (web browser SSO); the vendor's "SAML response for role-based
//! SSO" for audiences, recipients and attributes.

use rolecall_crypto::PublicKey;
use rolecall_types::{SessionName, Timestamp};

use super::namespace::{ASSERTION, PROTOCOL, SIGNATURE};
use super::xml::{self, Element};
use super::{SamlError, signature};

/// For whom assertions must be made out: the vendor's name in role SSO, for either site.
const AUDIENCES: [&str; 2] =
    ["urn:alibaba:cloudcomputing", "urn:alibaba:cloudcomputing:international"];

/// Where assertions must be handed in, whatever the case. Source: the values of
/// `saml:recipient`.
const RECIPIENTS: [&str; 2] =
    ["https://signin.aliyun.com/saml-role/sso", "https://signin.alibabacloud.com/saml-role/sso"];

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const FORMAT_PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

const ROLE: &str = "https://www.aliyun.com/SAML-Role/Attributes/Role";
const SESSION_NAME: &str = "https://www.aliyun.com/SAML-Role/Attributes/RoleSessionName";
const SESSION_DURATION: &str = "https://www.aliyun.com/SAML-Role/Attributes/SessionDuration";

/// How far the provider's clock may be ahead of ours, in seconds; limit ours.
const LEEWAY_SECONDS: i64 = 60;

/// The longest `NameID`, in bytes. Source: SAML 2.0 core, section 8.3.7, for persistent ones.
const MAX_SUBJECT: usize = 256;

/// What an accepted response says.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The assertion's id, which works once.
    pub(crate) id: String,
    /// When the assertion was made.
    pub(crate) issued_at: Timestamp,
    /// Until when it could be used again.
    pub(crate) usable_until: Timestamp,
    pub(crate) subject: String,
    /// The form of the subject, without the prefix of the standard's own.
    pub(crate) subject_type: String,
    pub(crate) recipient: String,
    /// Pairs of a role and a provider.
    pub(crate) roles: Vec<(String, String)>,
    pub(crate) session_name: SessionName,
    pub(crate) session_seconds: Option<i64>,
    /// When the provider's own session ends, if it says so.
    pub(crate) session_ends_at: Option<Timestamp>,
}

const fn wrong(what: &'static str) -> SamlError {
    SamlError::Content(what)
}

/// Accepts or refuses a response of the provider `issuer`, which signs with one of `keys`.
pub(crate) fn read(
    document: &[u8],
    issuer: &str,
    keys: &[PublicKey],
    now: Timestamp,
) -> Result<Accepted, SamlError> {
    let response = xml::parse(document)?;
    let assertion = signed_assertion(&response, keys)?;
    let status = response.one(PROTOCOL, "Status").and_then(|it| it.one(PROTOCOL, "StatusCode"));
    if status.and_then(|it| it.attribute("Value")) != Some(SUCCESS) {
        return Err(wrong("the status is not a success"));
    }
    for part in [response.one(ASSERTION, "Issuer"), assertion.one(ASSERTION, "Issuer")] {
        let known = part.and_then(Element::text).is_some_and(|text| text.trim() == issuer);
        // The response need not name its issuer; the assertion must.
        if !known && (part.is_some() || response.all(ASSERTION, "Issuer").count() > 0) {
            return Err(wrong("the issuer is not the provider's"));
        }
    }
    if assertion.one(ASSERTION, "Issuer").is_none() || assertion.attribute("Version") != Some("2.0")
    {
        return Err(wrong("the assertion has no issuer, or another version"));
    }
    let subject = assertion.one(ASSERTION, "Subject").ok_or(wrong("there is no subject"))?;
    let name = subject.one(ASSERTION, "NameID").ok_or(wrong("the subject has no name"))?;
    let text = name.text().map(|text| text.trim().to_owned()).unwrap_or_default();
    if text.is_empty() || text.len() > MAX_SUBJECT || text.contains(char::is_control) {
        return Err(wrong("the subject's name is not a text of 1 to 256 bytes"));
    }
    let (recipient, confirmed_until) = confirmation(subject, now)?;
    let destination = response.attribute("Destination").filter(|it| !it.is_empty());
    if destination.is_some_and(|it| !is_recipient(it)) {
        return Err(wrong("the destination is another"));
    }
    let usable_until = conditions(assertion, now)?.max(confirmed_until);
    let attributes = Attributes::of(assertion)?;
    Ok(Accepted {
        id: assertion.attribute("ID").unwrap_or_default().to_owned(),
        issued_at: time(assertion, "IssueInstant")?.ok_or(wrong("there is no time of issue"))?,
        usable_until,
        subject: text,
        subject_type: format_of(name),
        recipient,
        roles: attributes.roles()?,
        session_name: attributes.session_name()?,
        session_seconds: attributes.session_seconds()?,
        session_ends_at: session_end(assertion, now)?,
    })
}

/// The one assertion, of which every byte is signed. Wherever else a signature or an assertion
/// stands, somebody has moved it.
fn signed_assertion<'a>(
    response: &'a Element,
    keys: &[PublicKey],
) -> Result<&'a Element, SamlError> {
    if !response.is(PROTOCOL, "Response") {
        return Err(wrong("it is no response"));
    }
    let all = response.descendants();
    let count = |local: &str| all.iter().filter(|element| element.local == local).count();
    if count("Assertion") != 1 || count("Response") != 1 || count("EncryptedAssertion") != 0 {
        return Err(wrong("it has not exactly one assertion in the clear"));
    }
    let assertion =
        response.one(ASSERTION, "Assertion").ok_or(wrong("the assertion is not in its place"))?;
    let mut ids: Vec<&str> = all
        .iter()
        .flat_map(|element| &element.attributes)
        .filter(|attribute| attribute.local.eq_ignore_ascii_case("id"))
        .map(|attribute| attribute.value.as_str())
        .collect();
    let found = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < found {
        return Err(wrong("an id stands twice"));
    }
    let holders: Vec<&Element> = [response, assertion]
        .into_iter()
        .filter(|holder| holder.all(SIGNATURE, "Signature").next().is_some())
        .collect();
    if count("Signature") != holders.len() || holders.is_empty() {
        return Err(SamlError::Signature("there is none, or one that is not in its place"));
    }
    holders.iter().try_for_each(|holder| signature::verify(holder, keys))?;
    Ok(assertion)
}

/// The recipient of a confirmation that holds now, and until when it does.
fn confirmation(subject: &Element, now: Timestamp) -> Result<(String, Timestamp), SamlError> {
    let mut refusal = wrong("no bearer is confirmed");
    for confirmation in subject.all(ASSERTION, "SubjectConfirmation") {
        let data = confirmation.one(ASSERTION, "SubjectConfirmationData");
        let (Some(data), Some(BEARER)) = (data, confirmation.attribute("Method")) else { continue };
        match confirmed(data, now) {
            Ok(found) => return Ok(found),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn confirmed(data: &Element, now: Timestamp) -> Result<(String, Timestamp), SamlError> {
    let recipient = data.attribute("Recipient").filter(|it| is_recipient(it));
    let recipient = recipient.ok_or(wrong("the recipient is another"))?;
    let until = within(data, now)?.ok_or(wrong("the confirmation has no end"))?;
    Ok((recipient.to_owned(), until))
}

fn is_recipient(text: &str) -> bool {
    RECIPIENTS.iter().any(|known| known.eq_ignore_ascii_case(text))
}

/// Until when the conditions hold.
fn conditions(assertion: &Element, now: Timestamp) -> Result<Timestamp, SamlError> {
    let conditions =
        assertion.one(ASSERTION, "Conditions").ok_or(wrong("there are no conditions"))?;
    let until = within(conditions, now)?.ok_or(wrong("the conditions have no end"))?;
    let mut restricted = false;
    for part in conditions.elements() {
        match part.local.as_str() {
            "AudienceRestriction" if part.namespace == ASSERTION => {
                let names_us = |audience: &Element| {
                    let text = audience.text().unwrap_or_default();
                    AUDIENCES.contains(&text.trim())
                };
                if !part.all(ASSERTION, "Audience").any(names_us) {
                    return Err(wrong("the audience is another"));
                }
                restricted = true;
            }
            // Each assertion is used once here anyway, and nobody relays it.
            "OneTimeUse" | "ProxyRestriction" if part.namespace == ASSERTION => {}
            _ => return Err(wrong("there is a condition that is not known")),
        }
    }
    if restricted { Ok(until) } else { Err(wrong("no audience is named")) }
}

/// The end of the time that an element gives, if it gives one; refused where that is not now.
fn within(element: &Element, now: Timestamp) -> Result<Option<Timestamp>, SamlError> {
    let ahead = now.as_second().saturating_add(LEEWAY_SECONDS);
    if time(element, "NotBefore")?.is_some_and(|at| at.as_second() > ahead) {
        return Err(wrong("its time is still to come"));
    }
    let until = time(element, "NotOnOrAfter")?;
    if until.is_some_and(|at| now >= at) {
        return Err(SamlError::Expired);
    }
    Ok(until)
}

/// When the provider's own session ends, at the earliest.
fn session_end(assertion: &Element, now: Timestamp) -> Result<Option<Timestamp>, SamlError> {
    let mut end: Option<Timestamp> = None;
    for statement in assertion.all(ASSERTION, "AuthnStatement") {
        if let Some(at) = time(statement, "SessionNotOnOrAfter")? {
            end = Some(end.map_or(at, |end| end.min(at)));
        }
    }
    if end.is_some_and(|at| now >= at) { Err(SamlError::Expired) } else { Ok(end) }
}

fn time(element: &Element, name: &str) -> Result<Option<Timestamp>, SamlError> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    let at = text.parse::<Timestamp>().ok().filter(|_| text.ends_with('Z'));
    at.map(Some).ok_or(wrong("a time is not written in UTC"))
}

fn format_of(name: &Element) -> String {
    let format = name.attribute("Format").unwrap_or_default();
    format.strip_prefix(FORMAT_PREFIX).unwrap_or(format).to_owned()
}

/// The attributes of a statement, by name.
struct Attributes(Vec<(String, Vec<String>)>);

impl Attributes {
    fn of(assertion: &Element) -> Result<Self, SamlError> {
        let mut found = Vec::new();
        for statement in assertion.all(ASSERTION, "AttributeStatement") {
            for attribute in statement.all(ASSERTION, "Attribute") {
                let name = attribute.attribute("Name").unwrap_or_default().to_owned();
                if found.iter().any(|(known, _)| *known == name) {
                    return Err(wrong("an attribute stands twice"));
                }
                let value = |value: &Element| value.text().map(|text| text.trim().to_owned());
                let values: Option<Vec<_>> =
                    attribute.all(ASSERTION, "AttributeValue").map(value).collect();
                // A value that is no text matters only where it is one that is read.
                found.push((name, values.unwrap_or_default()));
            }
        }
        Ok(Self(found))
    }

    fn values(&self, name: &str) -> &[String] {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or(&[], |(_, values)| values)
    }

    /// The pairs `<role>,<provider>`.
    fn roles(&self) -> Result<Vec<(String, String)>, SamlError> {
        let pair = |text: &String| {
            let (role, provider) = text.split_once(',')?;
            Some((role.trim().to_owned(), provider.trim().to_owned()))
        };
        let pairs: Option<Vec<_>> = self.values(ROLE).iter().map(pair).collect();
        pairs.filter(|pairs| !pairs.is_empty()).ok_or(wrong("no role is named as it must be"))
    }

    fn session_name(&self) -> Result<SessionName, SamlError> {
        let [name] = self.values(SESSION_NAME) else {
            return Err(wrong("not exactly one session name is given"));
        };
        SessionName::new(name.as_str()).map_err(|_| wrong("the session name is none"))
    }

    fn session_seconds(&self) -> Result<Option<i64>, SamlError> {
        match self.values(SESSION_DURATION) {
            [] => Ok(None),
            [one] => one.parse().map(Some).map_err(|_| wrong("the session's length is no number")),
            _ => Err(wrong("several lengths of the session are given")),
        }
    }
}
