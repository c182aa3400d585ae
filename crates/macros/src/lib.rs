//! The one small derive: field names, docs, limits and secrecy of a type as constants.
//!
//! `#[derive(Shape)]` reads what a struct already says (its doc comments, its serde names and the
//! `#[api(…)]` limits on its fields) and writes it down as the constants of
//! `rolecall_api::Shape`. It makes no codec: codecs, validation, audit, the command line and the
//! coverage page all read the constants.
//!
//! ```text
//! /// Creates a role.                            -> Shape::DOC
//! #[derive(Serialize, Deserialize, Shape)]
//! #[serde(rename_all = "PascalCase")]
//! struct CreateRole {
//!     /// The role's name.                       -> Field::doc
//!     role_name: RoleName,                       -> Field::name "RoleName", Field::kind
//!     /// Longest session, in seconds.
//!     #[api(range(3600, 43200))]                 -> Field::range
//!     max_session_duration: Option<i64>,         -> Field::required false
//! }
//! ```
//!
//! The words of `#[api(…)]`: `chars(MIN, MAX)`, `range(MIN, MAX)`, `items(MIN, MAX)`,
//! `choices("a", "b")`, `item = "Role"` (the name of an element in a reply's list), `secret`,
//! `required`, `keeps_empty`, `header = "x-oss-acl"`, `query = "max-keys"`, `invalid = &PATH` and
//! `missing = &PATH` (the error code of a wrong or a missing value).

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, parse_macro_input};

mod field;
mod meta;

/// Writes a struct's names, docs, limits and secrecy down as constants of `rolecall_api::Shape`.
#[proc_macro_derive(Shape, attributes(api))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    shape(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn shape(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "a shape is a struct"));
    };
    let pascal_case = meta::renames_to_pascal_case(&input.attrs)?;
    let fields = match &data.fields {
        Fields::Named(named) => named
            .named
            .iter()
            .map(|each| field::constant(each, pascal_case))
            .collect::<syn::Result<Vec<_>>>()?,
        Fields::Unit => Vec::new(),
        Fields::Unnamed(_) => {
            return Err(syn::Error::new_spanned(&input.ident, "a shape names its fields"));
        }
    };
    let doc = meta::doc(&input.attrs);
    if doc.is_empty() {
        return Err(syn::Error::new_spanned(&input.ident, "a shape has a doc comment"));
    }
    let name = &input.ident;
    Ok(quote! {
        impl ::rolecall_api::Shape for #name {
            const KIND: ::rolecall_api::Kind = ::rolecall_api::Kind::Object(
                <Self as ::rolecall_api::Shape>::FIELDS,
            );
            const FIELDS: &'static [::rolecall_api::Field] = &[#(#fields),*];
            const DOC: &'static str = #doc;
        }
    })
}
