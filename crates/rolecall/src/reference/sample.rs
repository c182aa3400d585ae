//! A request of any operation, made up from its declaration.

use rolecall_api::codec::{Parameters, Tree, decode};
use rolecall_api::{Field, Kind};

/// Texts that a declaration cannot say: what an operation reads resources from.
const TEXTS: &[(&str, &str)] = &[
    ("RoleArn", "acs:ram::1234567890123456:role/rolename"),
    ("SerialNumber", "acs:ram::1234567890123456:mfa/mfaname"),
    ("OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/providername"),
    ("SAMLProviderArn", "acs:ram::1234567890123456:saml-provider/providername"),
    ("IssuerUrl", "https://idp.example.com"),
    ("InstanceIds", "i-instanceid"),
    ("InstanceId", "i-instanceid"),
    ("VpcId", "vpc-vpcid"),
    ("VSwitchId", "vsw-vswitchid"),
    ("SecurityGroupId", "sg-securitygroupid"),
    ("SecurityGroupIds", "sg-securitygroupid"),
    ("Bucket", "bucket"),
    ("CopySource", "/bucket/key"),
    ("Key", "key"),
    ("AuthenticationCode1", "123456"),
    ("AuthenticationCode2", "654321"),
    ("LoginNetworkMasks", "10.0.0.0/8"),
];

/// The tree of a request with all required fields, and with the optional one that is named; `None`
/// where the declaration refuses what is made up.
pub fn request(fields: &'static [Field], optional: Option<&str>) -> Option<Tree<'static>> {
    let parameters = parameters(fields, optional);
    decode(fields, &Parameters::gather(&parameters).ok()?).ok().map(Tree::into_owned)
}

/// The parameters of such a request.
pub fn parameters(fields: &[Field], optional: Option<&str>) -> Vec<(String, String)> {
    let given = fields.iter().filter(|field| field.required || Some(field.name) == optional);
    given.flat_map(|field| values(field, field.kind, field.name)).collect()
}

fn values(field: &Field, kind: &Kind, name: &str) -> Vec<(String, String)> {
    let value = match kind {
        Kind::Object(inner) => {
            let mut needed: Vec<&Field> = inner.iter().filter(|field| field.required).collect();
            if needed.is_empty() {
                // Without any parameter it would not be there.
                needed.extend(inner.first());
            }
            return needed
                .into_iter()
                .flat_map(|field| values(field, field.kind, &format!("{name}.{}", field.name)))
                .collect();
        }
        Kind::List(item) => {
            let least = field.items.map_or(1, |(least, _)| least.max(1));
            let items = (1..=least).map(|number| format!("{name}.{number}"));
            return items.flat_map(|name| values(field, item, &name)).collect();
        }
        Kind::Text(rule) => text(field, rule.min, rule.allows),
        Kind::Integer => field.range.map_or(1, |(least, _)| least).to_string(),
        Kind::Decimal => "0.5".to_owned(),
        Kind::Boolean => "true".to_owned(),
    };
    vec![(name.to_owned(), value)]
}

/// The first choice, a known text, or the field's name in lower case.
fn text(field: &Field, min: usize, allows: fn(char) -> bool) -> String {
    if let Some(choice) = field.choices.first() {
        return (*choice).to_owned();
    }
    if let Some((_, text)) = TEXTS.iter().find(|(name, _)| *name == field.name) {
        return (*text).to_owned();
    }
    let letter = ['a', '1'].into_iter().find(|letter| allows(*letter)).unwrap_or('a');
    let (least, most) = field.chars.unwrap_or((min, usize::MAX));
    let named: String = field.name.to_ascii_lowercase().chars().filter(|c| allows(*c)).collect();
    let mut text: String = named.chars().take(most).collect();
    while text.len() < least.max(1) {
        text.push(letter);
    }
    text
}
