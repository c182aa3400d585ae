//! A reply's own serialization, shaped as the wire has it while it is written: without a tree of it
//! in between.
//!
//! What differs from the plain form: fields without a value are left out, a list whose elements
//! have a name is wrapped once more, and the outermost struct begins with the request's id.

use std::fmt::{self, Display};

use serde::ser::{Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{Field, Kind};

/// A reply, which begins with the id of its request.
pub(super) struct Reply<'a, T> {
    pub(super) request_id: &'a str,
    pub(super) fields: &'static [Field],
    pub(super) value: &'a T,
}

impl<T: Serialize> Serialize for Reply<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let kind = &Kind::Object(self.fields);
        self.value.serialize(Shaper { kind, request_id: Some(self.request_id), to })
    }
}

/// A value in a reply.
struct Shaped<'a, T: ?Sized> {
    kind: &'a Kind,
    /// The name of a list's elements, which wraps it.
    item: Option<&'static str>,
    value: &'a T,
}

impl<T: Serialize + ?Sized> Serialize for Shaped<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Some(item) = self.item else {
            return self.value.serialize(Shaper { kind: self.kind, request_id: None, to });
        };
        let mut wrapper = to.serialize_map(Some(1))?;
        wrapper.serialize_entry(item, &Shaped { item: None, ..*self })?;
        wrapper.end()
    }
}

/// Hands a value of some kind on; it looks into structs and lists only.
struct Shaper<'a, S> {
    kind: &'a Kind,
    request_id: Option<&'a str>,
    to: S,
}

impl<S: Serializer> Shaper<'_, S> {
    fn object(self) -> Result<Struct<S::SerializeMap>, S::Error> {
        let fields: &'static [Field] = match self.kind {
            Kind::Object(fields) => fields,
            _ => &[],
        };
        let mut map = self.to.serialize_map(None)?;
        if let Some(request_id) = self.request_id {
            map.serialize_entry("RequestId", request_id)?;
        }
        Ok(Struct { fields, map })
    }
}

/// The scalars of serde's data model.
macro_rules! scalars {
    ($each:ident) => {
        $each! {
            serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32),
            serialize_i64(i64), serialize_u8(u8), serialize_u16(u16), serialize_u32(u32),
            serialize_u64(u64), serialize_f32(f32), serialize_f64(f64), serialize_char(char),
            serialize_str(&str), serialize_bytes(&[u8]),
        }
    };
}

macro_rules! hand_on {
    ($($method:ident($type:ty),)*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.to.$method(value)
        })*
    };
}

impl<'a, S: Serializer> Serializer for Shaper<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = List<'a, S::SerializeSeq>;
    type SerializeTuple = S::SerializeTuple;
    type SerializeTupleStruct = S::SerializeTupleStruct;
    type SerializeTupleVariant = S::SerializeTupleVariant;
    type SerializeMap = S::SerializeMap;
    type SerializeStruct = Struct<S::SerializeMap>;
    type SerializeStructVariant = S::SerializeStructVariant;

    scalars!(hand_on);

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<S::Ok, S::Error> {
        self.object()?.end()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.to.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.to.serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let kind = match self.kind {
            Kind::List(kind) => kind,
            other => other,
        };
        Ok(List { kind, seq: self.to.serialize_seq(length)? })
    }

    fn serialize_tuple(self, length: usize) -> Result<S::SerializeTuple, S::Error> {
        self.to.serialize_tuple(length)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<S::SerializeTupleStruct, S::Error> {
        self.to.serialize_tuple_struct(name, length)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<S::SerializeTupleVariant, S::Error> {
        self.to.serialize_tuple_variant(name, index, variant, length)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<S::SerializeMap, S::Error> {
        self.to.serialize_map(length)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.object()
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<S::SerializeStructVariant, S::Error> {
        self.to.serialize_struct_variant(name, index, variant, length)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.to.collect_str(value)
    }
}

/// The elements of a list.
struct List<'a, S> {
    kind: &'a Kind,
    seq: S,
}

impl<S: SerializeSeq> SerializeSeq for List<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.seq.serialize_element(&Shaped { kind: self.kind, item: None, value })
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.seq.end()
    }
}

/// The fields of a struct.
struct Struct<M> {
    fields: &'static [Field],
    map: M,
}

impl<M: SerializeMap> SerializeStruct for Struct<M> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        // A field that its type does not tell of is not for the wire.
        let Some(field) = self.fields.iter().find(|field| field.name == name) else {
            return Ok(());
        };
        if value.serialize(Absent).is_ok() {
            return Ok(());
        }
        self.map.serialize_entry(name, &Shaped { kind: field.kind, item: field.item, value })
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        self.map.end()
    }
}

/// Takes what is no value, and fails on all that is one.
struct Absent;

macro_rules! are_there {
    ($($method:ident($type:ty),)*) => {
        $(fn $method(self, _: $type) -> fmt::Result {
            Err(fmt::Error)
        })*
    };
}

impl Serializer for Absent {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Impossible<(), fmt::Error>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Impossible<(), fmt::Error>;
    type SerializeStruct = Impossible<(), fmt::Error>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    scalars!(are_there);

    fn serialize_none(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, fmt::Error> {
        Err(fmt::Error)
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> fmt::Result {
        Err(fmt::Error)
    }
}
