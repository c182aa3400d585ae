//! The fields of a reply one by one, each written where it belongs: no tree is made of them all.

use bytes::{Bytes, BytesMut};
use rolecall_api::{Field, Place};
use rolecall_gate::{Body, Outbound};
use serde::ser::{Error as _, Impossible, Serialize, SerializeStruct, Serializer};
use serde_json::Error;

use super::header::HeaderValue;
use crate::xml;

/// Serializes a reply, which is a structure, into an answer: fields that are headers, and at most
/// one that is the root of the document. An absent field is left out.
pub(super) struct Fields {
    pub(super) shape: &'static [Field],
    pub(super) outbound: Outbound,
    /// Where the values of headers are written, each of which is then a part of it.
    pub(super) values: BytesMut,
}

impl SerializeStruct for Fields {
    type Ok = Outbound;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let field = self.shape.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| Error::custom(format!("no field is named `{name}`")))?;
        match field.place {
            Place::Header(name) => {
                if value.serialize(HeaderValue(&mut self.values))? {
                    let value = self.values.split().freeze();
                    self.outbound.headers.push((name.into(), value));
                }
            }
            Place::Parameter | Place::Query(_) => {
                let value = serde_json::to_value(value)?;
                if value.is_null() {
                    return Ok(());
                }
                let xml = Bytes::from_static(b"application/xml");
                self.outbound.headers.push(("content-type".into(), xml));
                self.outbound.body = Body::full(xml::write(name, &value));
            }
        }
        Ok(())
    }

    fn end(self) -> Result<Outbound, Error> {
        Ok(self.outbound)
    }
}

/// What is no structure is no reply.
macro_rules! refuse {
    ($($method:ident $(<$generic:ident>)? ($($type:ty),*) -> $result:ty;)*) => {
        $(fn $method $(<$generic: Serialize + ?Sized>)? (self $(, _: $type)*)
            -> Result<$result, Error>
        {
            Err(Error::custom("a reply is a structure"))
        })*
    };
}

type Never = Impossible<Outbound, Error>;

impl Serializer for Fields {
    type Ok = Outbound;
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Self;
    type SerializeStructVariant = Never;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    refuse! {
        serialize_bool(bool) -> Outbound;
        serialize_i8(i8) -> Outbound;
        serialize_i16(i16) -> Outbound;
        serialize_i32(i32) -> Outbound;
        serialize_i64(i64) -> Outbound;
        serialize_u8(u8) -> Outbound;
        serialize_u16(u16) -> Outbound;
        serialize_u32(u32) -> Outbound;
        serialize_u64(u64) -> Outbound;
        serialize_f32(f32) -> Outbound;
        serialize_f64(f64) -> Outbound;
        serialize_char(char) -> Outbound;
        serialize_str(&str) -> Outbound;
        serialize_bytes(&[u8]) -> Outbound;
        serialize_none() -> Outbound;
        serialize_some<T>(&T) -> Outbound;
        serialize_unit() -> Outbound;
        serialize_unit_struct(&'static str) -> Outbound;
        serialize_unit_variant(&'static str, u32, &'static str) -> Outbound;
        serialize_newtype_struct<T>(&'static str, &T) -> Outbound;
        serialize_newtype_variant<T>(&'static str, u32, &'static str, &T) -> Outbound;
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}
