//! Types that describe themselves: names, docs, limits and secrecy as constants.

use rolecall_types::{
    AccessKeyId, AccountId, BucketName, GroupName, InstanceId, KeyPairId, LoadBalancerId,
    ManagedInstanceId, MfaDeviceName, NetworkInterfaceId, PolicyName, PrincipalId, ProviderName,
    RoleName, RouteTableId, SecurityGroupId, SecurityGroupRuleId, ServerGroupId, SessionName,
    TextRule, UserName, VRouterId, VSwitchId, VpcId,
};

use crate::Code;

/// A type that can stand in a request or a reply. Derive it for structs.
pub trait Shape {
    /// What kind of value it is.
    const KIND: Kind;
    /// The fields of a struct, in the order of the wire; empty for other types.
    const FIELDS: &'static [Field] = &[];
    /// The doc comment of a struct.
    const DOC: &'static str = "";
    /// Whether a field of this type must be given.
    const REQUIRED: bool = true;
    /// Whether a field of this type is masked in logs and audit records.
    const SECRET: bool = false;
}

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text, with the rule of its type.
    Text(TextRule),
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// Several values.
    List(&'static Kind),
    /// A struct.
    Object(&'static [Field]),
}

/// Where a field of a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A parameter of an RPC call, in query or form.
    Parameter,
    /// A header of an OSS call.
    Header(&'static str),
    /// A query parameter of an OSS call.
    Query(&'static str),
}

/// One field of a request or a reply.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its type's kind.
    pub kind: &'static Kind,
    /// Whether a request must have it.
    pub required: bool,
    /// Whether it is masked in logs and audit records.
    pub secret: bool,
    /// Whether an empty text is a value, which may be refused, and not the same as none: for texts
    /// that narrow what is given, such as a session policy.
    pub keeps_empty: bool,
    /// Fewest and most characters, narrower than the type's.
    pub chars: Option<(usize, usize)>,
    /// Least and greatest number.
    pub range: Option<(i64, i64)>,
    /// Fewest and most elements.
    pub items: Option<(usize, usize)>,
    /// The texts it may be, if these are few.
    pub choices: &'static [&'static str],
    /// In replies: the name of an element of the list, which wraps it once more.
    pub item: Option<&'static str>,
    /// Where a request carries it.
    pub place: Place,
    /// The code of a wrong value, where it is not the product's usual one.
    pub invalid: Option<&'static Code>,
    /// The code of a missing value, where it is not the product's usual one.
    pub missing: Option<&'static Code>,
}

impl Field {
    /// How many fields several runs of them have: for the derive of [`Shape`].
    #[doc(hidden)]
    pub const fn count(mut runs: &[&[Self]]) -> usize {
        let mut count = 0_usize;
        while let Some((run, rest)) = runs.split_first() {
            count = count.saturating_add(run.len());
            runs = rest;
        }
        count
    }

    /// Several runs of fields as one: for the derive of [`Shape`].
    #[doc(hidden)]
    pub const fn joined<const COUNT: usize>(mut runs: &[&[Self]]) -> [Self; COUNT] {
        const BLANK: Field = Field {
            name: "",
            doc: "",
            kind: &Kind::Boolean,
            required: false,
            secret: false,
            keeps_empty: false,
            chars: None,
            range: None,
            items: None,
            choices: &[],
            item: None,
            place: Place::Parameter,
            invalid: None,
            missing: None,
        };
        let mut joined = [BLANK; COUNT];
        let mut free: &mut [Self] = &mut joined;
        while let Some((run, rest)) = runs.split_first() {
            let mut run = *run;
            while let Some((field, more)) = run.split_first() {
                // `COUNT` is what `count` says of the same runs.
                let Some((place, others)) = free.split_first_mut() else { return [BLANK; COUNT] };
                *place = *field;
                (run, free) = (more, others);
            }
            runs = rest;
        }
        joined
    }
}

/// A text of any content up to 64 KiB: what a field without limits of its own may hold.
const ANY_TEXT: TextRule = TextRule::length(0, 65_536);

macro_rules! kinds {
    ($($type:ty => $kind:expr),* $(,)?) => {
        $(impl Shape for $type {
            const KIND: Kind = $kind;
        })*
    };
}

kinds! {
    String => Kind::Text(ANY_TEXT),
    &'static str => Kind::Text(ANY_TEXT),
    i64 => Kind::Integer,
    u64 => Kind::Integer,
    u32 => Kind::Integer,
    usize => Kind::Integer,
    f64 => Kind::Decimal,
    bool => Kind::Boolean,
    RoleName => Kind::Text(RoleName::RULE),
    UserName => Kind::Text(UserName::RULE),
    GroupName => Kind::Text(GroupName::RULE),
    PolicyName => Kind::Text(PolicyName::RULE),
    MfaDeviceName => Kind::Text(MfaDeviceName::RULE),
    SessionName => Kind::Text(SessionName::RULE),
    ProviderName => Kind::Text(ProviderName::RULE),
    BucketName => Kind::Text(BucketName::RULE),
    AccountId => Kind::Text(ANY_TEXT),
    PrincipalId => Kind::Text(ANY_TEXT),
    AccessKeyId => Kind::Text(ANY_TEXT),
    InstanceId => Kind::Text(ANY_TEXT),
    VpcId => Kind::Text(ANY_TEXT),
    VSwitchId => Kind::Text(ANY_TEXT),
    VRouterId => Kind::Text(ANY_TEXT),
    RouteTableId => Kind::Text(ANY_TEXT),
    SecurityGroupId => Kind::Text(ANY_TEXT),
    NetworkInterfaceId => Kind::Text(ANY_TEXT),
    SecurityGroupRuleId => Kind::Text(ANY_TEXT),
    KeyPairId => Kind::Text(ANY_TEXT),
    LoadBalancerId => Kind::Text(ANY_TEXT),
    ServerGroupId => Kind::Text(ANY_TEXT),
    ManagedInstanceId => Kind::Text(ANY_TEXT),
}

impl<T: Shape> Shape for Option<T> {
    const KIND: Kind = T::KIND;
    const FIELDS: &'static [Field] = T::FIELDS;
    const REQUIRED: bool = false;
    const SECRET: bool = T::SECRET;
}

impl<T: Shape> Shape for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
    const REQUIRED: bool = false;
    const SECRET: bool = T::SECRET;
}
