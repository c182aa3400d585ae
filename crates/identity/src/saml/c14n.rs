//! Exclusive canonical XML without comments, of an element and what is in it.
//! Source: W3C "Exclusive XML Canonicalization 1.0" and "Canonical XML 1.0".

use std::collections::{BTreeMap, BTreeSet};

use super::xml::{Attribute, Element, Node};

/// What namespaces the elements around have written, by prefix.
type Written = BTreeMap<String, String>;

/// The canonical form of an element. `without` is an element directly in it to leave out: its own
/// signature. `inclusive` are the prefixes that are written wherever they are in scope; the default
/// namespace is the empty one.
pub(super) fn canonicalize(
    element: &Element,
    without: Option<&Element>,
    inclusive: &BTreeSet<String>,
) -> String {
    let mut out = String::new();
    write(&mut out, element, without, inclusive, &Written::new());
    out
}

fn write(
    out: &mut String,
    element: &Element,
    without: Option<&Element>,
    inclusive: &BTreeSet<String>,
    outer: &Written,
) {
    let name = qualified(&element.prefix, &element.local);
    out.push('<');
    out.push_str(&name);
    let mut written = outer.clone();
    for prefix in used_prefixes(element, inclusive) {
        let uri = element.scope.get(prefix).map_or("", String::as_str);
        if written.get(prefix).map_or("", String::as_str) == uri {
            continue;
        }
        written.insert(prefix.to_owned(), uri.to_owned());
        let declaration =
            if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        write_attribute(out, &declaration, uri);
    }
    let mut attributes: Vec<&Attribute> = element.attributes.iter().collect();
    attributes.sort_by(|a, b| (&a.namespace, &a.local).cmp(&(&b.namespace, &b.local)));
    for attribute in attributes {
        write_attribute(out, &qualified(&attribute.prefix, &attribute.local), &attribute.value);
    }
    out.push('>');
    for node in &element.children {
        match node {
            Node::Text(text) => write_text(out, text),
            Node::Element(inner) if without.is_some_and(|it| std::ptr::eq(it, inner)) => {}
            Node::Element(inner) => write(out, inner, None, inclusive, &written),
        }
    }
    out.push_str("</");
    out.push_str(&name);
    out.push('>');
}

/// The prefixes whose namespaces an element writes, in their order: those that it uses, and those
/// that are to be written wherever they are in scope.
fn used_prefixes<'a>(element: &'a Element, inclusive: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let of_attributes = element.attributes.iter().map(|it| it.prefix.as_str());
    let of_attributes = of_attributes.filter(|prefix| !matches!(*prefix, "" | "xml"));
    let listed = inclusive.iter().map(String::as_str);
    let listed = listed.filter(|prefix| prefix.is_empty() || element.scope.contains_key(*prefix));
    let own = Some(element.prefix.as_str()).filter(|prefix| *prefix != "xml");
    own.into_iter().chain(of_attributes).chain(listed).collect()
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn write_text(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
}
