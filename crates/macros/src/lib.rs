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
//! A field with `#[serde(flatten)]` is a struct whose fields stand in its place.
//!
//! The words of `#[api(…)]`: `chars(MIN, MAX)`, `range(MIN, MAX)`, `items(MIN, MAX)`,
//! `choices("a", "b")`, `item = "Role"` (the name of an element in a reply's list), `secret`,
//! `required`, `keeps_empty`, `header = "x-oss-acl"`, `query = "max-keys"`, `invalid = &PATH` and
//! `missing = &PATH` (the error code of a wrong or a missing value).

use proc_macro::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Fields, Token, parse_macro_input};

mod field;
mod meta;

/// Writes a struct's names, docs, limits and secrecy down as constants of `rolecall_api::Shape`.
#[proc_macro_derive(Shape, attributes(api))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    shape(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The constant that lists the fields: runs of a struct's own and those of what it flattens.
fn fields(
    named: &Punctuated<syn::Field, Token![,]>,
    pascal_case: bool,
) -> syn::Result<proc_macro2::TokenStream> {
    let (mut runs, mut own) = (Vec::new(), Vec::new());
    for each in named {
        if meta::is_flattened(&each.attrs)? {
            let (part, kind) = (std::mem::take(&mut own), &each.ty);
            runs.push(quote!(&[#(#part),*]));
            runs.push(quote!(<#kind as ::rolecall_api::Shape>::FIELDS));
        } else {
            own.push(field::constant(each, pascal_case)?);
        }
    }
    if runs.is_empty() {
        return Ok(quote!(&[#(#own),*]));
    }
    Ok(quote! {{
        const RUNS: &[&[::rolecall_api::Field]] = &[#(#runs),*, &[#(#own),*]];
        const FIELDS: [::rolecall_api::Field; ::rolecall_api::Field::count(RUNS)] =
            ::rolecall_api::Field::joined(RUNS);
        &FIELDS
    }})
}

fn shape(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "a shape is a struct"));
    };
    let pascal_case = meta::renames_to_pascal_case(&input.attrs)?;
    let fields = match &data.fields {
        Fields::Named(named) => fields(&named.named, pascal_case)?,
        Fields::Unit => quote!(&[]),
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
            const FIELDS: &'static [::rolecall_api::Field] = #fields;
            const DOC: &'static str = #doc;
        }
    })
}
