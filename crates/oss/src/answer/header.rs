//! The value of a header, written from what serializes itself as a text or a number.

use std::fmt::{Display, Write as _};

use bytes::{BufMut as _, BytesMut};
use serde::ser::{Error as _, Impossible, Serialize, Serializer};
use serde_json::Error;

/// Writes behind what is there; gives back whether there was anything to write: `None` is nothing,
/// and an empty text is something. Texts are ISO-8859-1 where they can be.
pub(super) struct HeaderValue<'a>(pub(super) &'a mut BytesMut);

impl HeaderValue<'_> {
    fn display(self, value: impl Display) -> Result<bool, Error> {
        write!(self.0, "{value}").map_err(Error::custom)?;
        Ok(true)
    }
}

/// Lists and structures are no values of headers.
macro_rules! scalars {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, value: $type) -> Result<bool, Error> {
            self.display(value)
        })*
    };
}

type Never = Impossible<bool, Error>;

fn not_a_value<T>() -> Result<T, Error> {
    Err(Error::custom("a header is a text or a number"))
}

impl Serializer for HeaderValue<'_> {
    type Ok = bool;
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    scalars! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
    }

    fn serialize_char(self, value: char) -> Result<bool, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<bool, Error> {
        if text.is_ascii() || !text.chars().all(|it| u8::try_from(it).is_ok()) {
            self.0.put_slice(text.as_bytes());
        } else {
            self.0.extend(text.chars().filter_map(|it| u8::try_from(it).ok()));
        }
        Ok(true)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<bool, Error> {
        not_a_value()
    }

    fn serialize_none(self) -> Result<bool, Error> {
        Ok(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<bool, Error> {
        Ok(false)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<bool, Error> {
        Ok(false)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<bool, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<bool, Error> {
        not_a_value()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
        not_a_value()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Error> {
        not_a_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: impl Serialize) -> Option<Vec<u8>> {
        let mut bytes = BytesMut::from(&b"before "[..]);
        let written = value.serialize(HeaderValue(&mut bytes)).unwrap();
        written.then(|| bytes.strip_prefix(b"before ").unwrap().to_vec())
    }

    #[test]
    fn texts_and_numbers_are_values() {
        assert_eq!(check("text"), Some(b"text".to_vec()));
        assert_eq!(check(""), Some(Vec::new()));
        assert_eq!(check(u64::MAX), Some(b"18446744073709551615".to_vec()));
        assert_eq!(check(Some(true)), Some(b"true".to_vec()));
        assert_eq!(check(None::<String>), None);
        assert_eq!(check("caf\u{e9}"), Some(b"caf\xe9".to_vec()));
        assert_eq!(check("王\u{e9}"), Some("王\u{e9}".as_bytes().to_vec()));
    }

    #[test]
    fn nothing_else_is() {
        assert!([1].serialize(HeaderValue(&mut BytesMut::new())).is_err());
    }
}
