//! Reading a document by the fields of the type that it becomes.
//!
//! The fields say which elements count and what their texts may be, so that a document is checked
//! while it is read, and nothing is kept of what no field names. A list is an element that repeats,
//! in any place among its siblings.

use std::borrow::Cow;

use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::{Reader, escape};
use rolecall_api::codec::{Tree, typed};
use rolecall_api::{Fault, Field, Kind, Refusal};

/// How deep the elements of a request may lie.
const DEPTH_MAX: usize = 16;

/// The most tags, texts and references of a document: those of four elements for each part of the
/// largest upload, and some. A limit of ours, so that a document cannot keep a processor for long.
const EVENTS_MAX: u32 = 160_000;

/// The most attributes of an element. They are namespaces, and say nothing here.
const ATTRIBUTES_MAX: usize = 8;

/// The most elements of a list without a limit of its own.
const ITEMS_MAX: usize = 1_000;

/// Why a document was not read.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum XmlError {
    /// It is no document, or one of a kind that is not read here.
    #[error("{0}")]
    Syntax(&'static str),
    /// One of its elements is not what its field says.
    #[error("the element {} is missing, stands twice or has a value that it cannot have", .0.name)]
    Refused(Refusal),
}

/// Reads a document whose root is `root`. Namespaces and unknown elements are allowed; document
/// types, instructions and entities of one's own are not.
pub(crate) fn read<'a>(
    root: &str,
    fields: &'static [Field],
    document: &'a [u8],
) -> Result<Tree<'a>, XmlError> {
    let text = std::str::from_utf8(document).map_err(|_| XmlError::Syntax("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(wrong) = text.chars().find(|it| it.is_control() && !it.is_whitespace()) {
        let known = matches!(wrong, '\u{7f}'..='\u{9f}');
        if !known {
            return Err(XmlError::Syntax("it has a control character"));
        }
    }
    let mut reader = Reader::from_str(text);
    let mut open = Open { root, fields, stack: Vec::new(), skipped: 0, done: None };
    let mut is_first = true;
    for _ in 0..EVENTS_MAX {
        let event = reader.read_event().map_err(|_| XmlError::Syntax("it is not well-formed"))?;
        match event {
            Event::Start(start) => open.start(&start)?,
            Event::Empty(start) => {
                open.start(&start)?;
                open.end()?;
            }
            Event::End(_) => open.end()?,
            Event::Text(text) => open.text(text.xml10_content())?,
            Event::CData(text) if open.is_inside() => open.text(text.xml10_content())?,
            Event::GeneralRef(reference) if open.is_inside() => {
                let text = resolved(&reference).ok_or(XmlError::Syntax("an entity is unknown"))?;
                open.text(Cow::Owned(text))?;
            }
            Event::Decl(declaration) if is_first => check_declaration(&declaration)?,
            Event::Comment(_) => {}
            Event::Eof => return open.done.ok_or(XmlError::Syntax("it has no end")),
            Event::DocType(_) => return Err(XmlError::Syntax("it has a document type")),
            Event::PI(_) | Event::Decl(_) | Event::CData(_) | Event::GeneralRef(_) => {
                return Err(XmlError::Syntax("something stands where it may not"));
            }
        }
        is_first = false;
    }
    Err(XmlError::Syntax("it has too many elements"))
}

/// The elements that are open.
struct Open<'r, 'a> {
    root: &'r str,
    fields: &'static [Field],
    stack: Vec<Frame<'a>>,
    /// How many elements are open within the innermost one that counts.
    skipped: usize,
    /// The root, when it is closed.
    done: Option<Tree<'a>>,
}

/// An open element.
struct Frame<'a> {
    /// The field whose value it is; the root is nobody's.
    field: Option<&'static Field>,
    content: Content<'a>,
}

/// What has been read of an element.
enum Content<'a> {
    Text(&'static Kind, Cow<'a, str>),
    Object(Vec<(&'static Field, Tree<'a>)>),
}

impl<'a> Open<'_, 'a> {
    fn is_inside(&self) -> bool {
        !self.stack.is_empty()
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        check_start(start)?;
        if self.stack.len().saturating_add(self.skipped) >= DEPTH_MAX {
            return Err(XmlError::Syntax("it is too deep"));
        }
        let name = start.local_name();
        let name = name.as_ref();
        let Some(parent) = self.stack.last_mut() else {
            if name != self.root || self.done.is_some() {
                return Err(XmlError::Syntax("it has another root"));
            }
            self.stack.push(Frame { field: None, content: object(self.fields) });
            return Ok(());
        };
        let known = match &mut parent.content {
            Content::Object(values) if self.skipped == 0 => {
                values.iter_mut().find(|(field, _)| field.name == name)
            }
            _ => None,
        };
        let Some(&mut (field, ref value)) = known else {
            self.skipped = self.skipped.saturating_add(1);
            return Ok(());
        };
        let kind = match (field.kind, value) {
            (Kind::List(item), Tree::List(items)) => {
                let (_, most) = field.items.unwrap_or((0, ITEMS_MAX));
                if items.len() >= most {
                    return Err(refused(field, Fault::Length));
                }
                item
            }
            (kind, Tree::Null) => kind,
            _ => return Err(refused(field, Fault::Format)),
        };
        let content = match kind {
            Kind::Object(fields) => object(fields),
            scalar => Content::Text(scalar, Cow::Borrowed("")),
        };
        self.stack.push(Frame { field: Some(field), content });
        Ok(())
    }

    fn text(&mut self, more: Cow<'a, str>) -> Result<(), XmlError> {
        match self.stack.last_mut() {
            None if more.trim().is_empty() => Ok(()),
            None => Err(XmlError::Syntax("it has text beside its root")),
            Some(Frame { content: Content::Text(_, text), .. }) if self.skipped == 0 => {
                if text.is_empty() {
                    *text = more;
                } else {
                    text.to_mut().push_str(&more);
                }
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), XmlError> {
        if self.skipped > 0 {
            self.skipped = self.skipped.saturating_sub(1);
            return Ok(());
        }
        let Some(Frame { field, content }) = self.stack.pop() else { return Ok(()) };
        let value = match (content, field) {
            (Content::Object(values), _) => complete(values)?,
            (Content::Text(kind, text), Some(field)) => value(field, kind, text)?,
            (Content::Text(..), None) => Tree::Null,
        };
        let Some(parent) = self.stack.last_mut() else {
            self.done = Some(value);
            return Ok(());
        };
        if let (Content::Object(values), Some(field)) = (&mut parent.content, field) {
            let place = values.iter_mut().find(|(own, _)| std::ptr::eq(*own, field));
            match place {
                // An empty element of a list is as good as none.
                Some((_, Tree::List(items))) => {
                    items.extend((!matches!(value, Tree::Null)).then_some(value));
                }
                Some((_, place)) => *place = value,
                None => {}
            }
        }
        Ok(())
    }
}

/// An element of fields, before any of them was read.
fn object<'a>(fields: &'static [Field]) -> Content<'a> {
    let absent = |field: &'static Field| match field.kind {
        Kind::List(_) => (field, Tree::List(Vec::new())),
        _ => (field, Tree::Null),
    };
    Content::Object(fields.iter().map(absent).collect())
}

/// An element of fields, after all of them were read.
fn complete<'a>(values: Vec<(&'static Field, Tree<'a>)>) -> Result<Tree<'a>, XmlError> {
    for (field, value) in &values {
        let count = match value {
            Tree::Null => 0,
            Tree::List(items) => items.len(),
            _ => 1,
        };
        if count == 0 && field.required {
            return Err(refused(field, Fault::Missing));
        }
        if count > 0 && field.items.is_some_and(|(least, _)| count < least) {
            return Err(refused(field, Fault::Length));
        }
    }
    Ok(Tree::Object(values))
}

/// The value of a text. Texts are kept as they are; around numbers and words there may be space.
/// An empty one is a text only where it may be empty, and else as good as none.
fn value<'a>(
    field: &'static Field,
    kind: &'static Kind,
    text: Cow<'a, str>,
) -> Result<Tree<'a>, XmlError> {
    let least = match (kind, field.chars) {
        (Kind::Text(_), Some((least, _))) => least,
        (Kind::Text(rule), None) if field.choices.is_empty() => rule.min,
        _ => 1,
    };
    let is_free = matches!(kind, Kind::Text(_)) && field.choices.is_empty();
    let text = if is_free { text } else { trimmed(text) };
    if text.is_empty() && least > 0 && !field.keeps_empty {
        return Ok(Tree::Null);
    }
    let refused = |refusal| XmlError::Refused(refusal);
    match text {
        Cow::Borrowed(text) => typed(field, kind, field.name, text).map_err(refused),
        Cow::Owned(text) => {
            typed(field, kind, field.name, &text).map(Tree::into_owned).map_err(refused)
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn refused(field: &'static Field, fault: Fault) -> XmlError {
    XmlError::Refused(Refusal { name: field.name.to_owned(), field: Some(field), fault })
}

/// Names and attributes say nothing here, and yet must be some.
fn check_start(start: &BytesStart<'_>) -> Result<(), XmlError> {
    let name = start.name().0;
    let begins = |it: char| it.is_alphabetic() || it == '_';
    let goes_on = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':');
    if !name.starts_with(begins) || !name.chars().all(goes_on) {
        return Err(XmlError::Syntax("an element has a name that it cannot have"));
    }
    for (number, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|_| XmlError::Syntax("an attribute is not one"))?;
        if number >= ATTRIBUTES_MAX || attribute.value.contains('<') {
            return Err(XmlError::Syntax("an element has attributes that it cannot have"));
        }
    }
    Ok(())
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    let encoding = declaration.encoding().map(|name| name.map(Cow::into_owned));
    let is_known = match encoding {
        None => true,
        Some(Ok(name)) => ["utf-8", "us-ascii"].iter().any(|it| name.eq_ignore_ascii_case(it)),
        Some(Err(_)) => false,
    };
    if is_known && declaration.version().is_ok() {
        Ok(())
    } else {
        Err(XmlError::Syntax("it is declared as something else than XML in UTF-8"))
    }
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().map(String::from);
    }
    escape::resolve_predefined_entity(reference).map(str::to_owned)
}

#[cfg(test)]
mod tests;
