//! From a declaration to a route: the list of a product's operations and their handlers.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use rolecall_api::codec::{Format, Parameters, Tree};
use rolecall_api::{ApiError, Asks, Described, Field, Operation, Permit, Scope, Shape, Spec};
use rolecall_store::{Store, Transaction};

use crate::{Context, Gate, Prepared};

/// Carries out one operation.
pub trait Handle<O: Operation>: Send + Sync + 'static {
    /// Does what takes long or must not happen twice, once for a call, before its transaction:
    /// those whose transactions met faster ones wait in one line, and must not wait for this. The
    /// handler finds what comes of it in [`Context::prepared`], and must see in its transaction
    /// that it still fits.
    fn prepare(
        &self,
        _context: &Context,
        _store: &Store,
        _call: &Permit<O>,
    ) -> impl Future<Output = Result<Prepared, ApiError>> + Send {
        std::future::ready(Ok(Prepared::default()))
    }

    /// Reads and writes in one transaction, which the gate commits. Where another transaction was
    /// faster on the same records, the gate runs the handler again: it must change nothing else.
    fn handle(
        &self,
        context: &Context,
        transaction: &mut Transaction,
        call: &Permit<O>,
    ) -> impl Future<Output = Result<O::Reply, ApiError>> + Send;
}

/// An operation as the registry lists it.
pub struct Declared<O>(PhantomData<fn() -> O>);

impl<O> Declared<O> {
    /// The one value of this type.
    pub const VALUE: Self = Self(PhantomData);
}

impl<O> fmt::Debug for Declared<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<O>())
    }
}

impl<O: Operation> Described for Declared<O> {
    fn spec(&self) -> &'static Spec {
        &O::SPEC
    }

    fn doc(&self) -> &'static str {
        O::DOC
    }

    fn request(&self) -> &'static [Field] {
        O::FIELDS
    }

    fn reply(&self) -> &'static [Field] {
        <O::Reply as Shape>::FIELDS
    }

    fn asks(&self, request: &Tree<'_>, scope: &Scope) -> Result<Asks, serde_json::Error> {
        Ok(Asks::of(&O::deserialize(request)?, scope))
    }
}

/// The form in which a route returns its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it goes out.
    Wire(Format),
    /// JSON with nothing added or left out.
    Plain,
}

/// An operation with its handler, as the gate dispatches to it.
pub trait Route: Send + Sync + 'static {
    /// What it is.
    fn described(&self) -> &dyn Described;

    /// Decodes, audits, authorizes and executes one call, and returns the reply.
    fn serve<'a>(
        &'a self,
        gate: &'a Gate,
        context: &'a Context,
        parameters: &'a Parameters<'a>,
        form: Form,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ApiError>> + Send + 'a>>;
}

/// The route of one operation to one handler.
pub struct RouteOf<O, H> {
    declared: Declared<O>,
    handler: Arc<H>,
}

impl<O, H> RouteOf<O, H> {
    /// Routes the operation to a handler.
    pub fn new(handler: Arc<H>) -> Self {
        Self { declared: Declared::VALUE, handler }
    }
}

impl<O, H> fmt::Debug for RouteOf<O, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declared.fmt(f)
    }
}

impl<O: Operation, H: Handle<O>> Route for RouteOf<O, H> {
    fn described(&self) -> &dyn Described {
        &self.declared
    }

    fn serve<'a>(
        &'a self,
        gate: &'a Gate,
        context: &'a Context,
        parameters: &'a Parameters<'a>,
        form: Form,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ApiError>> + Send + 'a>> {
        Box::pin(gate.serve::<O, H>(&self.handler, context, parameters, form))
    }
}

/// Lists the operations of a product, once.
///
/// It makes `OPERATIONS` (what documentation, tests and the command line read), a trait that a
/// handler type has when it handles every one of them (so that a missing handler does not compile,
/// and the compiler names the operation), and `routes`, which the gate dispatches by.
#[macro_export]
macro_rules! product {
    ($(#[$doc:meta])* $handlers:ident: $($operation:ty),+ $(,)?) => {
        $(#[$doc])*
        pub trait $handlers: $($crate::Handle<$operation> +)+ {}

        impl<H: $($crate::Handle<$operation> +)+> $handlers for H {}

        /// The operations, as documentation, tests and the command line see them.
        pub const OPERATIONS: &[&dyn ::rolecall_api::Described] =
            &[$(&$crate::Declared::<$operation>::VALUE),+];

        /// The operations with their handler.
        pub fn routes<H: $handlers>(
            handler: &::std::sync::Arc<H>,
        ) -> ::std::vec::Vec<::std::boxed::Box<dyn $crate::Route>> {
            ::std::vec![$(::std::boxed::Box::new(
                $crate::RouteOf::<$operation, H>::new(::std::sync::Arc::clone(handler))
            )),+]
        }
    };
}
