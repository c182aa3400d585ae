//! The neutral tree of a request: what its parameters say, with the types of its fields.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Error;

use crate::Field;

/// A value of a request. Texts are those of the parameters, where they can be.
///
/// An operation is deserialized from it. Serialized it is what records show: secret fields are
/// masked. So is its `Debug`.
#[derive(Clone)]
pub enum Tree<'a> {
    /// What was not sent.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// Several values.
    List(Vec<Tree<'a>>),
    /// Fields, in the order of their declaration.
    Object(Vec<(&'static Field, Tree<'a>)>),
}

impl Tree<'_> {
    /// The same, free of the parameters that it was read from.
    pub fn into_owned(self) -> Tree<'static> {
        match self {
            Self::Null => Tree::Null,
            Self::Text(text) => Tree::Text(Cow::Owned(text.into_owned())),
            Self::Integer(number) => Tree::Integer(number),
            Self::Decimal(number) => Tree::Decimal(number),
            Self::Boolean(truth) => Tree::Boolean(truth),
            Self::List(items) => Tree::List(items.into_iter().map(Tree::into_owned).collect()),
            Self::Object(fields) => {
                let owned = fields.into_iter().map(|(field, value)| (field, value.into_owned()));
                Tree::Object(owned.collect())
            }
        }
    }

    /// Whether nothing was sent: no value, or an empty list.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            _ => false,
        }
    }
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Text(text) => to.serialize_str(text),
            Self::Integer(number) => to.serialize_i64(*number),
            Self::Decimal(number) => to.serialize_f64(*number),
            Self::Boolean(truth) => to.serialize_bool(*truth),
            Self::List(items) => to.collect_seq(items),
            Self::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                for (field, value) in fields {
                    if field.secret && !matches!(value, Self::Null) {
                        map.serialize_entry(field.name, "***")?;
                    } else {
                        map.serialize_entry(field.name, value)?;
                    }
                }
                map.end()
            }
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for &'de Tree<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Tree<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Tree::Null => visitor.visit_unit(),
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::Integer(number) => visitor.visit_i64(*number),
            Tree::Decimal(number) => visitor.visit_f64(*number),
            Tree::Boolean(truth) => visitor.visit_bool(*truth),
            Tree::List(items) => {
                let mut items = SeqDeserializer::new(items.iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Tree::Object(fields) => {
                let named = fields.iter().map(|(field, value)| (field.name, value));
                let mut entries = MapDeserializer::new(named);
                let value = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Tree::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Tree::Text(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            _ => Err(Error::invalid_type(Unexpected::Other("no text"), &"one of few texts")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
