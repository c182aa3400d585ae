//! What a type and its fields say outside `#[api(…)]`: doc comments and serde names.

use syn::{Attribute, Expr, Lit, Meta};

/// The doc comment, its lines joined by spaces and its paragraphs by a blank line.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let mut paragraphs = vec![String::new()];
    for line in attributes.iter().filter_map(doc_line) {
        let line = line.trim();
        if line.is_empty() {
            paragraphs.push(String::new());
        } else if let Some(paragraph) = paragraphs.last_mut() {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    let Expr::Lit(literal) = &pair.value else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    Some(text.value())
}

/// Whether the type is sent with its fields in `PascalCase`, the vendor's way.
pub(crate) fn renames_to_pascal_case(attributes: &[Attribute]) -> syn::Result<bool> {
    Ok(serde_text(attributes, "rename_all")?.is_some_and(|case| case == "PascalCase"))
}

/// The name that `#[serde(rename = "…")]` gives a field.
pub(crate) fn renamed(attributes: &[Attribute]) -> syn::Result<Option<String>> {
    serde_text(attributes, "rename")
}

/// Whether the fields of a field's type stand in its place: `#[serde(flatten)]`.
pub(crate) fn is_flattened(attributes: &[Attribute]) -> syn::Result<bool> {
    let mut flattened = false;
    for attribute in attributes.iter().filter(|each| each.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            flattened |= meta.path.is_ident("flatten");
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        })?;
    }
    Ok(flattened)
}

fn serde_text(attributes: &[Attribute], word: &str) -> syn::Result<Option<String>> {
    let mut found = None;
    for attribute in attributes.iter().filter(|each| each.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            if meta.input.peek(syn::Token![=]) {
                let value: Expr = meta.value()?.parse()?;
                if let Expr::Lit(literal) = value
                    && let Lit::Str(text) = literal.lit
                    && meta.path.is_ident(word)
                {
                    found = Some(text.value());
                }
            } else if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<proc_macro2::TokenStream>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// `ram_role_name` as `RamRoleName`: serde's rule.
pub(crate) fn pascal_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut letters = part.chars();
        if let Some(first) = letters.next() {
            out.extend(first.to_uppercase());
            out.push_str(letters.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pascal_case_is_serdes() {
        assert_eq!(pascal_case("v_switch_id"), "VSwitchId");
        assert_eq!(pascal_case("max_items"), "MaxItems");
    }

    #[test]
    fn doc_lines_join() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// One
            /// two.
            ///
            /// Three.
            struct X;
        };
        assert_eq!(doc(&item.attrs), "One two.\n\nThree.");
    }
}
