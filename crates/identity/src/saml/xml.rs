//! The part of XML that is read: elements, attributes, text, namespaces.
//!
//! Document types, entities beyond the five, processing instructions, comments and CDATA sections
//! are refused: no identity provider writes them, and each has been a way to show a verifier one
//! text and a reader another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quick_xml::events::attributes::Attribute as RawAttribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use super::{SamlError, namespace};

/// The most elements inside each other; limit ours.
const MAX_DEPTH: usize = 16;

/// The most elements of a document; limit ours.
const MAX_ELEMENTS: usize = 4096;

/// The most attributes of an element, declarations of namespaces among them; limit ours.
const MAX_ATTRIBUTES: usize = 64;

/// Prefixes and the namespaces that they stand for.
pub(super) type Scope = Arc<BTreeMap<String, String>>;

/// An element.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) namespace: String,
    /// All namespaces that have a prefix here; the default one stands under the empty prefix.
    pub(super) scope: Scope,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Node>,
}

/// An attribute that declares no namespace.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) namespace: String,
    pub(super) value: String,
}

/// What an element holds.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Whether it is the one of this name.
    pub(super) fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|it| it.prefix.is_empty() && it.local == local);
        found.map(|it| it.value.as_str())
    }

    /// The elements directly in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of a name directly in it.
    pub(super) fn all<'a>(
        &'a self,
        namespace: &'a str,
        local: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.is(namespace, local))
    }

    /// The one element of a name directly in it; `None` where there is none or there are several.
    pub(super) fn one(&self, namespace: &str, local: &str) -> Option<&Self> {
        let mut all = self.elements().filter(|element| element.is(namespace, local));
        all.next().filter(|_| all.next().is_none())
    }

    /// Its text, if it holds no element.
    pub(super) fn text(&self) -> Option<String> {
        self.children
            .iter()
            .map(|node| match node {
                Node::Text(text) => Some(text.as_str()),
                Node::Element(_) => None,
            })
            .collect()
    }

    /// Itself and all elements in it, at any depth.
    pub(super) fn descendants(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for element in self.elements() {
            found.extend(element.descendants());
        }
        found
    }
}

/// Reads a document.
pub(super) fn parse(document: &[u8]) -> Result<Element, SamlError> {
    let malformed = SamlError::Xml("it is not well-formed UTF-8");
    let text = std::str::from_utf8(document).map_err(|_| malformed)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut builder = Builder::default();
    loop {
        match reader.read_event().map_err(|_| malformed)? {
            Event::Start(start) => builder.open(&start)?,
            Event::Empty(start) => {
                builder.open(&start)?;
                builder.close()?;
            }
            Event::End(_) => builder.close()?,
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| malformed)?;
                match (character, escape::resolve_predefined_entity(&reference.xml10_content())) {
                    (Some(character), _) => builder.text(character.encode_utf8(&mut [0; 4]))?,
                    (None, Some(text)) => builder.text(text)?,
                    (None, None) => return Err(SamlError::Xml("it has an entity of its own")),
                }
            }
            Event::Decl(declaration) => {
                let utf8 = match declaration.encoding() {
                    None => true,
                    Some(Ok(name)) => name.eq_ignore_ascii_case("utf-8"),
                    Some(Err(_)) => false,
                };
                if !utf8 || builder.begun() {
                    return Err(SamlError::Xml("its declaration is not one of UTF-8 at its start"));
                }
            }
            Event::DocType(_) => return Err(SamlError::Xml("it has a document type")),
            Event::CData(_) => return Err(SamlError::Xml("it has a CDATA section")),
            Event::Comment(_) => return Err(SamlError::Xml("it has a comment")),
            Event::PI(_) => return Err(SamlError::Xml("it has a processing instruction")),
            Event::Eof => return builder.finish(),
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Builder {
    fn begun(&self) -> bool {
        self.root.is_some() || !self.open.is_empty()
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), SamlError> {
        self.elements = self.elements.saturating_add(1);
        if self.root.is_some() {
            return Err(SamlError::Xml("it has several roots"));
        }
        if self.open.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(SamlError::Xml("it is too deep or too long"));
        }
        let outer = self.open.last().map(|element| Arc::clone(&element.scope)).unwrap_or_default();
        self.open.push(element(start, &outer)?);
        Ok(())
    }

    fn close(&mut self) -> Result<(), SamlError> {
        let closed = self.open.pop().ok_or(SamlError::Xml("it is not well-formed"))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(closed)),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), SamlError> {
        let Some(parent) = self.open.last_mut() else {
            let blank = text.chars().all(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{feff}'));
            return if blank {
                Ok(())
            } else {
                Err(SamlError::Xml("text stands outside its root"))
            };
        };
        if !text.chars().all(is_character) {
            return Err(SamlError::Xml("it has a control character"));
        }
        match parent.children.last_mut() {
            Some(Node::Text(known)) => known.push_str(text),
            _ => parent.children.push(Node::Text(text.to_owned())),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, SamlError> {
        let root = self.root.filter(|_| self.open.is_empty());
        root.ok_or(SamlError::Xml("it ends too early"))
    }
}

/// Whether XML 1.0 has the character at all.
fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn element(start: &BytesStart<'_>, outer: &Scope) -> Result<Element, SamlError> {
    let name = start.name();
    let (prefix, local) = split(name.as_ref())?;
    let mut declared = Vec::new();
    let mut plain = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| SamlError::Xml("an attribute is not well-formed"))?;
        let value = value(&attribute)?;
        match split(attribute.key.as_ref())? {
            ("", "xmlns") => declared.push((String::new(), value)),
            ("xmlns", prefix) => declared.push((prefix.to_owned(), value)),
            (prefix, local) => plain.push((prefix.to_owned(), local.to_owned(), value)),
        }
        if declared.len().saturating_add(plain.len()) > MAX_ATTRIBUTES {
            return Err(SamlError::Xml("an element has too many attributes"));
        }
    }
    let scope = extend(outer, declared)?;
    let resolve = |prefix: &str| match (prefix, scope.get(prefix)) {
        ("xml", _) => Ok(namespace::XML.to_owned()),
        (_, Some(uri)) => Ok(uri.clone()),
        ("", None) => Ok(String::new()),
        (_, None) => Err(SamlError::Xml("a prefix stands for no namespace")),
    };
    let mut attributes = Vec::new();
    let mut known = BTreeSet::new();
    for (prefix, local, value) in plain {
        let namespace = if prefix.is_empty() { String::new() } else { resolve(&prefix)? };
        if !known.insert((namespace.clone(), local.clone())) {
            return Err(SamlError::Xml("an attribute stands twice"));
        }
        attributes.push(Attribute { prefix, local, namespace, value });
    }
    let namespace = resolve(prefix)?;
    let (prefix, local) = (prefix.to_owned(), local.to_owned());
    Ok(Element { prefix, local, namespace, scope, attributes, children: Vec::new() })
}

/// The namespaces in an element, of those around it and those that it declares.
fn extend(outer: &Scope, declared: Vec<(String, String)>) -> Result<Scope, SamlError> {
    if declared.is_empty() {
        return Ok(Arc::clone(outer));
    }
    let mut scope = BTreeMap::clone(outer);
    for (prefix, uri) in declared {
        let reserved = matches!(prefix.as_str(), "xml" | "xmlns") || uri == namespace::XML;
        if reserved || (uri.is_empty() && !prefix.is_empty()) {
            return Err(SamlError::Xml("a namespace is declared that cannot be"));
        }
        if uri.is_empty() {
            scope.remove(&prefix);
        } else {
            scope.insert(prefix, uri);
        }
    }
    Ok(Arc::new(scope))
}

fn value(attribute: &RawAttribute<'_>) -> Result<String, SamlError> {
    let malformed = SamlError::Xml("an attribute is not well-formed");
    if attribute.value.contains('<') {
        return Err(malformed);
    }
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| malformed)?;
    if value.chars().all(is_character) { Ok(value.into_owned()) } else { Err(malformed) }
}

/// Prefix and local part of a name.
fn split(name: &str) -> Result<(&str, &str), SamlError> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let fits = !local.is_empty()
        && !local.contains(':')
        && !name.starts_with(':')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.'));
    if fits { Ok((prefix, local)) } else { Err(SamlError::Xml("a name is not well-formed")) }
}
