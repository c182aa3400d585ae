//! The names of condition operators.

/// Which of a request's values must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `ForAllValues:`: each; true where the key is absent.
    All,
    /// `ForAnyValue:`: one at least; false where the key is absent.
    Any,
}

/// How an order of two values must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `…Equals`, and `…NotEquals` negated.
    Equal,
    /// `…LessThan`.
    Less,
    /// `…LessThanEquals`.
    LessOrEqual,
    /// `…GreaterThan`.
    Greater,
    /// `…GreaterThanEquals`.
    GreaterOrEqual,
}

/// What values are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Text, letter for letter.
    Text,
    /// Text, whatever the case.
    TextFolded,
    /// Text with wildcards.
    Like,
    /// Decimal numbers.
    Numeric(Comparison),
    /// Instants.
    Date(Comparison),
    /// `true` or `false`.
    Bool,
    /// IPv4 and IPv6 addresses and networks.
    Ip,
}

/// A condition operator, such as `StringNotLike`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// The set qualifier in front, if any.
    pub quantifier: Option<Quantifier>,
    /// What values are compared as.
    pub family: Family,
    /// Whether the comparison is negated.
    pub negated: bool,
    name: &'static str,
}

/// Why a text is no operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperatorFault {
    /// One that the vendor names and refuses.
    Unsupported,
    Unknown,
}

const ALL: &str = "ForAllValues:";
const ANY: &str = "ForAnyValue:";

/// Every operator: name, family, negated. Source: "Policy elements" of the RAM pages.
const OPERATORS: &[(&str, Family, bool)] = &[
    ("StringEquals", Family::Text, false),
    ("StringNotEquals", Family::Text, true),
    ("StringEqualsIgnoreCase", Family::TextFolded, false),
    ("StringNotEqualsIgnoreCase", Family::TextFolded, true),
    ("StringLike", Family::Like, false),
    ("StringNotLike", Family::Like, true),
    ("NumericEquals", Family::Numeric(Comparison::Equal), false),
    ("NumericNotEquals", Family::Numeric(Comparison::Equal), true),
    ("NumericLessThan", Family::Numeric(Comparison::Less), false),
    ("NumericLessThanEquals", Family::Numeric(Comparison::LessOrEqual), false),
    ("NumericGreaterThan", Family::Numeric(Comparison::Greater), false),
    ("NumericGreaterThanEquals", Family::Numeric(Comparison::GreaterOrEqual), false),
    ("DateEquals", Family::Date(Comparison::Equal), false),
    ("DateNotEquals", Family::Date(Comparison::Equal), true),
    ("DateLessThan", Family::Date(Comparison::Less), false),
    ("DateLessThanEquals", Family::Date(Comparison::LessOrEqual), false),
    ("DateGreaterThan", Family::Date(Comparison::Greater), false),
    ("DateGreaterThanEquals", Family::Date(Comparison::GreaterOrEqual), false),
    ("Bool", Family::Bool, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
];

impl Operator {
    /// The operator as it is written in a document.
    pub fn name(&self) -> String {
        let qualifier = match self.quantifier {
            None => "",
            Some(Quantifier::All) => ALL,
            Some(Quantifier::Any) => ANY,
        };
        format!("{qualifier}{}", self.name)
    }

    /// Reads an operator exactly as the pages list it.
    pub(crate) fn parse(text: &str) -> Result<Self, OperatorFault> {
        let (quantifier, base) = if let Some(base) = text.strip_prefix(ALL) {
            (Some(Quantifier::All), base)
        } else if let Some(base) = text.strip_prefix(ANY) {
            (Some(Quantifier::Any), base)
        } else {
            (None, text)
        };
        if base == "Null" || base.ends_with("IfExists") {
            return Err(OperatorFault::Unsupported);
        }
        let known = OPERATORS.iter().find(|(name, ..)| *name == base);
        let (name, family, negated) = *known.ok_or(OperatorFault::Unknown)?;
        Ok(Self { quantifier, family, negated, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_printed() {
        for qualifier in ["", ALL, ANY] {
            for (name, ..) in OPERATORS {
                let text = format!("{qualifier}{name}");
                assert_eq!(Operator::parse(&text).map(|operator| operator.name()), Ok(text));
            }
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in
            ["StringEqual", "stringequals", "", "ForAllValues:", "ForAllvalues:Bool", "Bool "]
        {
            assert_eq!(Operator::parse(text), Err(OperatorFault::Unknown), "{text:?}");
        }
        for text in ["Null", "StringEqualsIfExists", "ForAnyValue:Null", "BoolIfExists"] {
            assert_eq!(Operator::parse(text), Err(OperatorFault::Unsupported), "{text:?}");
        }
    }
}
