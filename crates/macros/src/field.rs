//! One field: its type's kind, narrowed by what `#[api(…)]` says.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Expr, LitStr, Token};

use crate::meta;

/// What `#[api(…)]` on a field says, as the tokens of `rolecall_api::Field`'s members.
#[derive(Default)]
struct Limits {
    chars: Option<(Expr, Expr)>,
    range: Option<(Expr, Expr)>,
    items: Option<(Expr, Expr)>,
    choices: Vec<LitStr>,
    item: Option<LitStr>,
    header: Option<LitStr>,
    query: Option<LitStr>,
    invalid: Option<Expr>,
    missing: Option<Expr>,
    secret: bool,
    required: bool,
    keeps_empty: bool,
}

/// The constant that describes a field.
pub(crate) fn constant(field: &syn::Field, pascal_case: bool) -> syn::Result<TokenStream> {
    let Some(ident) = &field.ident else {
        return Err(syn::Error::new_spanned(field, "a shape names its fields"));
    };
    let doc = meta::doc(&field.attrs);
    if doc.is_empty() {
        return Err(syn::Error::new_spanned(ident, "a field of a shape has a doc comment"));
    }
    let name = match meta::renamed(&field.attrs)? {
        Some(name) => name,
        None if pascal_case => meta::pascal_case(&ident.unraw().to_string()),
        None => ident.unraw().to_string(),
    };
    let limits = Limits::read(field)?;
    let kind = &field.ty;
    let pair = |pair: &Option<(Expr, Expr)>| {
        pair.as_ref().map_or_else(|| quote!(None), |(min, max)| quote!(Some((#min, #max))))
    };
    let (chars, range, items) = (pair(&limits.chars), pair(&limits.range), pair(&limits.items));
    let item = optional(limits.item.as_ref());
    let place = match (&limits.header, &limits.query) {
        (Some(header), None) => quote!(::rolecall_api::Place::Header(#header)),
        (None, Some(query)) => quote!(::rolecall_api::Place::Query(#query)),
        (None, None) => quote!(::rolecall_api::Place::Parameter),
        (Some(_), Some(_)) => {
            return Err(syn::Error::new_spanned(ident, "a field has one place"));
        }
    };
    let (invalid, missing) = (optional(limits.invalid.as_ref()), optional(limits.missing.as_ref()));
    let (choices, secret, must) = (&limits.choices, limits.secret, limits.required);
    let keeps_empty = limits.keeps_empty;
    Ok(quote! {
        ::rolecall_api::Field {
            name: #name,
            doc: #doc,
            kind: &<#kind as ::rolecall_api::Shape>::KIND,
            required: #must || <#kind as ::rolecall_api::Shape>::REQUIRED,
            secret: #secret || <#kind as ::rolecall_api::Shape>::SECRET,
            keeps_empty: #keeps_empty,
            chars: #chars,
            range: #range,
            items: #items,
            choices: &[#(#choices),*],
            item: #item,
            place: #place,
            invalid: #invalid,
            missing: #missing,
        }
    })
}

fn optional<T: quote::ToTokens>(value: Option<&T>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

impl Limits {
    fn read(field: &syn::Field) -> syn::Result<Self> {
        let mut limits = Self::default();
        for attribute in field.attrs.iter().filter(|each| each.path().is_ident("api")) {
            attribute.parse_nested_meta(|meta| limits.read_word(&meta))?;
        }
        Ok(limits)
    }

    fn read_word(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match word.as_str() {
            "chars" => self.chars = Some(two(meta)?),
            "range" => self.range = Some(two(meta)?),
            "items" => self.items = Some(two(meta)?),
            "choices" => self.choices = texts(meta)?,
            "item" => self.item = Some(meta.value()?.parse()?),
            "header" => self.header = Some(meta.value()?.parse()?),
            "query" => self.query = Some(meta.value()?.parse()?),
            "invalid" => self.invalid = Some(meta.value()?.parse()?),
            "missing" => self.missing = Some(meta.value()?.parse()?),
            "secret" => self.secret = true,
            "required" => self.required = true,
            "keeps_empty" => self.keeps_empty = true,
            _ => return Err(meta.error("not a word of #[api(…)]")),
        }
        Ok(())
    }
}

fn two(meta: &ParseNestedMeta<'_>) -> syn::Result<(Expr, Expr)> {
    let content;
    syn::parenthesized!(content in meta.input);
    let min = content.parse()?;
    content.parse::<Token![,]>()?;
    Ok((min, content.parse()?))
}

fn texts(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let texts = content.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,])?;
    Ok(texts.into_iter().collect())
}
